"""Writes through views that show elements of memory several times: expanded, unfolded and strided ones."""

from __future__ import annotations

import pytest

from .cases import assert_same

MADE = {
    "expanded rows": "torch.zeros(1, 3).expand(2, 3)",
    "expanded columns": "torch.zeros(3, 1).expand(3, 4)",
    "unfolded": "torch.arange(6.).unfold(0, 3, 1)",
    "unfolded twice": "torch.arange(12.).reshape(3, 4).unfold(1, 2, 1).unfold(0, 2, 1)",
    "strided": "torch.arange(5.).as_strided((3, 3), (1, 1))",
}
WRITES = """
x[torch.tensor([0])] = 1.0; x[:] = x; x.copy_(x[...]); x[True] = y; x[False] = y.double(); x[True] = y.double(); x[x > -1] = 7.0; x[x > 1] = 7.0; x[0] = 5.0; x[:] = 2.0; x[torch.arange(x.shape[0]) < 1] = torch.tensor(3.0); x[[0, 1], 0] = torch.tensor([8.0, 9.0])[(...,) + (None,) * (x.dim() - 2)]
x.fill_(3); x.zero_(); x.mul_(2); x.add_(1); x.add_(y); x.sub_(y, alpha=2); x.neg_(); x.copy_(y); x.copy_(torch.tensor(4.0)); x.clamp_(0, 1); x.pow_(2); x.floor_divide_(2); x.relu_()
x.masked_fill_(x > 0, 9.0); x.masked_fill_(y > 2, 9.0); x.index_fill_(0, k, 1.0); x.index_put_((k,), torch.tensor(2.0)); x.index_put_((k,), torch.tensor(2.0), accumulate=True)
x.addcmul_(y, y); x.lerp_(y, 0.5); x += y; x.bernoulli_(1.0); x.eq_(0); x.nan_to_num_(); torch.exp(y * 0, out=x); torch.nn.functional.relu(x, inplace=True); x[..., 0].sub_(1); x.random_(1, 2)
"""


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_writes(made: str) -> None:
    calls = [call.strip() for call in WRITES.replace("\n", ";").split(";") if call.strip()]
    lines = ["import warnings; warnings.simplefilter('ignore')", "k = torch.tensor([0, 1])"]
    for call in calls:
        lines.append(f"x = {made}; y = torch.arange(float(x.numel())).reshape(x.shape)")
        lines.append(f"try: {call}\nexcept Exception as error: print('!!', type(error).__name__)\nprint({call!r}, x)")
    assert_same("\n".join(lines))


def test_expanded_tensors_are_warned_of() -> None:
    assert_same("""
import warnings
def seen(f):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        f(torch.zeros(1, 3).expand(2, 3))
    print([w.category.__name__ for w in found])
seen(lambda x: x.__setitem__(torch.tensor([0]), 1.0)); seen(lambda x: x.masked_fill_(torch.ones(2, 3) > 0, 1.0)); seen(lambda x: x.fill_(1.0)); seen(lambda x: x[0].add_(1.0))
""")


def test_gradients_are_refused() -> None:
    assert_same("""
x = torch.arange(6.).requires_grad_()
T(lambda: (x * 1).expand(2, 6).add_(1))
""")


RESULTS = """
x.index_add_(0, i, x); x.scatter_reduce_(0, i, x, 'sum'); x.index_reduce_(0, i, x, 'prod'); x.put_(i, x)
torch.index_add(x, 0, i, torch.ones(5), out=x); torch.index_add(x, 0, i, x, out=x); torch.index_copy(x, 0, i, torch.ones(5), out=x)
torch.index_copy(x, 0, i, x, out=x); torch.index_reduce(x, 0, i, torch.ones(5), 'prod', out=x); torch.index_reduce(x, 0, i, x, 'prod', out=x)
torch.scatter(x, 0, i, torch.ones(5), out=x); torch.scatter(x, 0, i, x, out=x); torch.scatter_add(x, 0, i, torch.ones(5), out=x)
torch.scatter_add(x, 0, i, x, out=x); torch.scatter_reduce(x, 0, i, torch.ones(5), 'sum', out=x); torch.scatter_reduce(x, 0, i, x, 'sum', out=x)
i.index_copy_(0, i, i); i.scatter_(0, i, i); i.index_add_(0, i, torch.ones(5).long()); i.put_(i, torch.ones(5).long())
i.scatter_reduce_(0, i, torch.ones(5).long(), 'sum'); i.index_fill_(0, i, 1); i.index_reduce_(0, i, torch.ones(5).long(), 'prod')
i.masked_fill_(i > 0, 1); torch.gather(i, 0, i, out=i); torch.index_select(i, 0, i, out=i); torch.take(i, i, out=i); torch.searchsorted(x, x, out=i)
torch.bucketize(x, x, out=i); torch.max(x, 0, out=(x[0], torch.tensor(0))); torch.min(x, 0, out=(x[0], torch.tensor(0)))
torch.topk(x, 2, out=(x[:2], torch.zeros(2).long())); torch.median(x, 0, out=(x[0], torch.tensor(0)))
torch.nanmedian(x, 0, out=(x[0], torch.tensor(0))); torch.mode(x, 0, out=(x[0], torch.tensor(0))); torch.aminmax(x, dim=0, out=(x[0], x[1]))
torch.cross(torch.ones(3), x[:3], dim=0, out=x[:3]); torch.linalg.cross(torch.ones(3), x[:3], out=x[:3]); torch.cross(x[:3], x[:3], dim=0, out=x[:3])
torch.diff(x, out=x[1:]); torch.outer(x[:1], x, out=x.view(1, 5)); torch.outer(x[:1] * 1, x * 1, out=x.view(1, 5))
torch.addr(x.view(1, 5), torch.ones(1), x, out=x.view(1, 5)); torch.addr(x.view(1, 5), torch.ones(1), torch.ones(5), out=x.view(1, 5))
torch.kron(x[:1], x, out=x); torch.kron(x[:1] * 1, x, out=x); torch.max(x, out=x[0]); torch.amax(x, 0, out=x[0]); torch.sum(x, 0, out=x[0])
torch.mean(x, 0, out=x[0]); torch.cummin(x, 0, out=(x, i)); torch.cumprod(x, 0, out=x); torch.logcumsumexp(x, 0, out=x); torch.std(x, 0, out=x[0])
torch.nansum(x, 0, out=x[0]); torch.nanmean(x, 0, out=x[0]); torch.tril(x.view(1, 5), out=x.view(1, 5)); torch.diag(x[:1], out=x[:1].view(1, 1))
torch.hstack([x[:2], x[2:]], out=x); torch.atan2(x, x, out=x); torch.max(x, x, out=x); torch.addcdiv(x, x, x, out=x); torch.clamp(x, x, x, out=x)
torch.heaviside(x, x, out=x); torch.ldexp(x, x, out=x); torch.gcd(i, i, out=i); torch.tensordot(x, x, 1, out=x[0]); torch.logaddexp(x, x, out=x)
torch.special.zeta(x, x, out=x); torch.polygamma(1, x, out=x); torch.isposinf(x, out=x > 0); torch.signbit(x, out=x > 0)
torch.frexp(x, out=(x, i.int())); torch.nn.functional.relu_(x); torch.log_softmax(x, 0, out=x); torch.fmod(x, x, out=x)
torch.bitwise_and(i, i, out=i); torch.chain_matmul(x.view(1, 5), torch.ones(5, 5), out=x.view(1, 5))
torch.linalg.multi_dot([x.view(1, 5), torch.ones(5, 5)], out=x.view(1, 5)); torch.linalg.vector_norm(x, out=x[0]); torch.linalg.norm(x, out=x[0])
torch.linalg.matrix_power(x[:1].view(1, 1), 2, out=x[:1].view(1, 1)); torch.linalg.vecdot(x, x, out=x[0]); torch.linalg.matmul(x, x, out=x[0])
torch.masked_select(x, x > 0, out=x); torch.msort(x, out=x); torch.nonzero(i, out=i.view(5, 1))
torch.renorm(x.view(1, 5), 2, 0, 0.5, out=x.view(1, 5)); torch.take_along_dim(x, i, 0, out=x)
torch.column_stack([x[:2], x[2:4]], out=x[:4].view(2, 2)); torch.nan_to_num(x, out=x[:]); torch.add(x, x[0], out=x)
torch.add(x[:2], x[1:3], out=x[:2]); torch.mul(x, x[None, 0], out=x); torch.sub(1, x[1:], out=x[:-1]); torch.sort(x, out=(x[:], i))
"""


def test_what_shares_elements_with_what_is_written_is_refused_as_by_pytorch() -> None:
    """In-place changes and ``out=``: the same elements, or some of them, among the operands."""
    lines = ["x = torch.arange(1.0, 6.0)", "i = torch.arange(5)", "import warnings; warnings.simplefilter('ignore')"]
    for call in [call.strip() for call in RESULTS.replace("\n", ";").split(";") if call.strip()]:
        lines.append("x.copy_(torch.arange(1.0, 6.0)); i.copy_(torch.arange(5))")
        lines.append(
            f"try: {call}; print({call!r}, 'is done')\nexcept Exception as error: print({call!r}, type(error).__name__, str(error)[:60])"
        )
    assert_same("\n".join(lines))
