"""Plans for sizes that have not been met: what is cast is what planning would have made, and few plans are built."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import cltorch
import cltorch.nn.functional as F
from cltorch import nn
from cltorch.graph import families
from cltorch.graph.plan import Plan
from cltorch.graph.record import recorder
from cltorch.kernels.sizes import Size, Trace, choose, least, most
from cltorch.runtime import device as devices


def actions(plan: Plan) -> list[Any]:
    """What a plan does: its copies' bytes; its launches' kernels, numbers and ranges."""
    plan.bind()
    return [
        action[2]
        if action.__class__ is tuple
        else (action.name, [repr(x) for x in action._flat], action._enqueue.args[2:])
        for action in plan.actions
    ]


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Plan]]:
    """Every plan that is cast, after it was compared with one that is laid out for the same sizes."""
    found: list[Plan] = []
    make = families.Plans.make

    def compared(self: families.Plans, key: Any, values: Any, inputs: Any) -> Plan:
        built = self.built
        plan = make(self, key, values, inputs)
        if self.built == built:
            fresh = Plan(self.device, values, inputs, key)
            assert actions(plan) == actions(fresh)
            sizes, others = dict(plan.made), dict(fresh.made)
            for (slot, place), (_, other) in zip(plan.results, fresh.results, strict=True):
                assert sizes.get(place) == others.get(other), slot
            found.append(plan)
        return plan

    recorded = recorder(devices.default())
    for name in ("plans", "ops"):
        monkeypatch.setattr(recorded, name, families.Plans(recorded.device, 512))
    monkeypatch.setattr(families.Plans, "make", compared)
    yield found


def attention(x: Any, y: Any) -> Any:
    heads = x.reshape(x.shape[0], x.shape[1], 2, 8).transpose(1, 2)
    return (F.softmax(heads @ heads.transpose(-1, -2) / 2, -1) @ heads).sum(1)


def written(x: Any, y: Any) -> Any:
    z = x.clone()
    z[:, 1:] += y[:, :-1]
    z[0] = 0
    return z, z.cumsum(1)


SIZES = [(3, 9), (4, 9), (4, 10), (4, 11), (5, 11), (7, 33), (7, 35), (2, 130), (6, 20), (1, 9), (3, 1000)]
PROGRAMS: dict[str, Callable[[Any, Any], Any]] = {
    "chain": lambda x, y: (x * y + x).tanh(),
    "broadcast": lambda x, y: x * y[:, :1] + y[0],
    "transposed": lambda x, y: (x.transpose(0, 1) * 2 + y.transpose(0, 1)).contiguous(),
    "sums": lambda x, y: (x.sum(), x.sum(1), y.mean((0, 2)), x.amax(-1)),
    "normalised": lambda x, y: F.layer_norm(x, x.shape[-1:]) + F.softmax(y, 1),
    "product": lambda x, y: x @ y.transpose(1, 2),
    "linear": lambda x, y: F.linear(x, y[0, :3]),
    "attention": attention,
    "written": written,
    "sorted": lambda x, y: (x.sort(1)[0], y.topk(2, 1)[0], x.argmax(1)),
    "picked": lambda x, y: (x[:, (y[0, :, 0] > 0).long()], x.gather(1, (y > 0).long())),
    "joined": lambda x, y: cltorch.cat([x, y * 2], 1).flip(1),
    "convolved": lambda x, y: F.max_pool1d(F.conv1d(x.transpose(1, 2), cltorch.ones(4, 16, 3)), 2),
    "random": lambda x, y: F.dropout(x, 0.5) + cltorch.randn(y.shape),
    "complex": lambda x, y: (cltorch.complex(x, y) * cltorch.complex(y, x)).abs(),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_other_sizes_get_what_planning_would_make(name: str, cast: list[Plan]) -> None:
    source = np.random.default_rng(0)
    for batch, length in SIZES:
        x, y = (cltorch.tensor(source.standard_normal((batch, length, 16)).astype("f")) for _ in "xy")
        made = PROGRAMS[name](x, y)
        cltorch.synchronize()
        del made
    assert cast


def train(length: int, model: Any, optimizer: Any) -> float:
    """One step of a small language model on eight sequences."""
    table, mix, out = model
    words = cltorch.tensor(np.random.default_rng(length).integers(0, 50, (8, length)))
    h = table(words)
    h = h + F.scaled_dot_product_attention(h, h, h)
    h = h + mix(F.layer_norm(h, (64,))).relu()
    loss = F.cross_entropy(out(h).reshape(-1, 50), words.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def test_lengths_that_come_once_build_few_plans() -> None:
    recorded = recorder(devices.default())
    model = nn.ModuleList([nn.Embedding(50, 64), nn.Linear(64, 64), nn.Linear(64, 50)])
    optimizer = cltorch.optim.SGD(model.parameters(), lr=0.1)
    before = recorded.built
    for length in range(100, 200, 3):
        assert np.isfinite(train(length, model, optimizer))
    assert recorded.built - before <= 5


def test_what_a_trace_decides_and_computes() -> None:
    trace = Trace([6, 10])
    a, b = trace.given
    made = [a * b, -(-a // 4), most(a, 3), least(b, 7), choose(a, 5, b, a), (a + 1) % 4, 2 - b]
    assert [n.value for n in made if isinstance(n, Size)] == [60, 2, 6, 7, 10, 3, -8]
    assert a < b and a != 4 and sorted([b, a])[0] is a and a * 1 is a and a * 0 == 0
    bind = trace.function([*made, 5])
    assert bind([6, 10]) == (60, 2, 6, 7, 10, 3, -8, 5)
    assert bind([2, 4]) == (8, 1, 3, 4, 2, 3, -2, 5)
    assert bind([9, 8]) is None  # a < b
    assert bind([4, 9]) is None


def test_what_needs_a_plain_number_decides_that_it_is_this_one() -> None:
    for use in (str, int, float, range, lambda n: [0] * n, lambda n: f"{n}", lambda n: [1, 2, 3, 4][n]):
        trace = Trace([3])
        use(trace.given[0])  # type: ignore[operator]
        bind = trace.function([trace.given[0]])
        assert bind([3]) == (3,) and bind([4]) is None


def test_a_structure_that_cannot_be_traced_is_planned_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise TypeError

    recorded = recorder(devices.default())
    monkeypatch.setattr(families, "traced_layout", fail)
    monkeypatch.setattr(recorded, "plans", families.Plans(recorded.device, 512))
    for n in range(3, 8):
        x = cltorch.arange(float(n))
        y = x * 2
        assert (y.sum() + y[0]).item() == n * (n - 1)
    assert recorded.plans.built == len(recorded.plans.known) > 3
