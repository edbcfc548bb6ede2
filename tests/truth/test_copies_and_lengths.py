"""Copies of tensors and what programs have set on them; lengths, files and arguments that PyTorch refuses by the call."""

from __future__ import annotations

import pytest

from ..naming import named
from ..programs import assert_same

HEAD = """
import copy, io, pickle
def outcome(call):
    try:
        r = call()
        return r.shape if hasattr(r, "shape") and r.dim() else r
    except Exception as error:
        return type(error).__name__, str(error)
"""
PROGRAMS = [
    """
# attributes of tensors go with copies, pickles and files
x = R(2, 3); x.note = [1]; p = nn.Parameter(R(2)); p.note = "p"
for made in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x)), copy.copy(p), pickle.loads(pickle.dumps(p))):
    print(type(made).__name__, made.note, made.note is x.note, made.requires_grad)
print(hasattr(copy.deepcopy(p), "note"))
f = io.BytesIO(); torch.save(x, f); f.seek(0); print(torch.load(f, weights_only=False).note)
c = copy.copy(x); c.add_(1); print(torch.equal(c, x), c is x); c = copy.copy(x[0]); c.zero_(); print(x)
g = R(2).requires_grad_(); g.grad = torch.ones(2); print(copy.copy(g).grad, copy.deepcopy(g).grad, copy.copy(g * 2).requires_grad)
""",
    """
# lengths of ctc_loss
lp = R(5, 2, 4).log_softmax(-1); tg = torch.tensor([[1, 2], [3, 1]]); t = torch.tensor
for given in ((t([5, 6]), t([2, 2])), (t([5, 5]), t([2, 3])), (t([-1, 5]), t([2, 2])), (t([5, 5]), t([-1, 2])), ((5, 6), (2, 2)), ((5, 5), (2, 3)), (t([5]), t([2, 2])), (t([5., 5.]), t([2, 2])), (t([5, 5]), t([2., 2.])), (t([[5, 5]]), t([2, 2]))):
    print(outcome(lambda: F.ctc_loss(lp, tg, *given)))
print(outcome(lambda: F.ctc_loss(lp, tg[:1], t([5, 5]), t([2, 2]))), outcome(lambda: F.ctc_loss(lp, tg.repeat(2, 1), t([5, 5]), t([2, 2]))))
""",
    """
# leaves that may not be set, tensors that are too flat for renorm, gradients beside numbers
x = R(3).requires_grad_()
print(outcome(lambda: x.set_(R(2))), outcome(lambda: x.renorm(2, 0, 1.)), outcome(lambda: torch.remainder(2., x).sum().backward()))
for y in (torch.xlogy(x, 2.), torch.xlogy(x, 0.), torch.special.xlog1py(x, 3), torch.special.xlog1py(2, x.abs())):
    x.grad = None; y.sum().backward(); print(y, x.grad)
""",
    """
# roots in float16, and the epsilon of rms_norm
inf = float("inf")
for kind in (torch.float16, torch.bfloat16, torch.float32):
    for power in (0.5, -0.5):
        x = torch.tensor([-inf, -0., 0., inf, 4.], dtype=kind).requires_grad_(); y = x ** power; y.sum().backward(); print(y, x.grad)
    x = torch.tensor([1e-4, 2e-4, -1e-4, 0.], dtype=kind).requires_grad_(); y = F.rms_norm(x, (4,)); y.sum().backward(); print(y.detach().float(), x.grad.float())
""",
    """
# classes of errors for what is no file of tensors
import pickle
f = io.BytesIO(); torch.save({"a": R(2)}, f); whole = f.getvalue()
def kind(data, **options):
    try:
        torch.load(io.BytesIO(data), **options)
    except Exception as error:
        return type(error).__name__
print(kind(b""), kind(b"\\x00" * 100), kind(b"\\x00" * 100, weights_only=False), kind(b"\\x80\\x02"), kind(whole[:100]), kind(whole[:-30]), kind(pickle.dumps(1)), kind(b"PK\\x03\\x04"))
for call in (lambda: torch.load(None), lambda: torch.load(1), lambda: torch.save(1, 1)):
    print(outcome(call))
""",
    """
# no warning of a number made of a loss where no gradients are recorded
import warnings
x = torch.ones((), requires_grad=True)
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    with torch.no_grad():
        float(x); int(x)
print(len(seen))
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_programs_print_what_pytorchs_do(program: str) -> None:
    assert_same(HEAD + program, rtol=2e-3)


def test_indices_beside_dimensions_of_one_position_lie_as_pytorchs() -> None:
    made = "x = R(3, 4).t(); y = R(1, 3, 1, 2).permute(3, 1, 0, 2); v = torch.tensor([0, 1]); m = torch.tensor([[0], [1]])\n"
    calls = "x[None, v]; x[v, None]; x[:, None, v]; x[None, :, v]; y[v]; y[:, v]; y[:, m]; y[None, v, :, v - v]; y[..., None, v - v]; y[v, m]"
    assert_same(made + "\n".join(f"r = {call}; print({call!r}, r.shape, r.stride())" for call in calls.split("; ")))
