"""What optimizers count is a tensor for whoever looks at it, and goes on being the count."""

from __future__ import annotations

import pytest

from .cases import assert_same

PROGRAM = """
p, q = torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.ones(3, 2))
o = torch.optim.NAME([p, q])
def step():
    p.grad, q.grad = torch.full((2,), 0.5), torch.full((3, 2), 0.25)
    o.step()
step()
state = o.state[p]
print([(k, tuple(v.shape), v.dtype) if isinstance(v, torch.Tensor) else (k, v) for k, v in state.items()])
kept = state["step"]; step(); step(); print(kept, o.state[p]["step"] is kept)
kept.add_(5); step(); print(o.state[p]["step"], p.detach())
o.state[q]["step"] = torch.tensor(1.0); step(); print(o.state[q]["step"], q.detach())
print(o.state_dict()["state"][0]["step"], len(state), "step" in state, list(state), state.get("step"), dict(state)["step"], {**state}["step"])
again = torch.optim.NAME([p, q]); again.load_state_dict(copy.deepcopy(o.state_dict())); print(again.state[p]["step"])
print([s["step"] for s in copy.deepcopy(o).state.values()], sorted(pickle.loads(pickle.dumps(o.state_dict()))["state"][0]))
for entries in o.state.values():
    for k, v in list(entries.items()):
        entries[k] = v.clone() if torch.is_tensor(v) else v
step(); print(p.detach(), q.detach(), o.state[p]["step"])
"""


@pytest.mark.parametrize("name", "Adam NAdam RAdam Adamax Adagrad Adadelta RMSprop Rprop ASGD Adafactor".split())
def test_counts_are_tensors(name: str) -> None:
    assert_same(PROGRAM.replace("NAME", name))
