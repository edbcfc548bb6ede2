"""What a second search found, by kinds, a line each: edges of arguments, 16-bit floats in compositions, arrays as operands, and gradients of gradients
where a function has kinks or its logarithm has none."""

from __future__ import annotations

import pytest

from ..beside import assert_beside, cases

HEAD = "t, inf, nan, F, x = torch.tensor, math.inf, math.nan, torch.nn.functional, torch.tensor([1., 2., 3.])\n"
EDGES = """
[F.rrelu(-x, *bounds) for bounds in ((.1, .3), (.2, .2))]
F.rrelu(-x, nan, .3)
F.rrelu(-x, inf, inf)
F.rrelu_(-x, .1, inf)
F.rrelu_(-x, nan, .5)
t([1, 2]).repeat_interleave()
torch.repeat_interleave(t([1, 2, 3]))
torch.repeat_interleave(repeats=t([1, 2, 3]))
torch.repeat_interleave(x)
torch.repeat_interleave(x, t([1, -1, 2]))
torch.repeat_interleave(x, t([1, 2, 3]), output_size=5)
torch.repeat_interleave(x, t([1, 2, 3]), output_size=6)
F.fractional_max_pool2d(torch.ones(1, 1, 4, 4), 2, [1])
F.fractional_max_pool2d(torch.ones(1, 1, 4, 4), [2], 1)
F.fractional_max_pool3d(torch.ones(1, 2, 2, 2, 2), 2, [1])
F.fractional_max_pool2d(torch.ones(1, 1, 4, 4), 2, 2, _random_samples=torch.zeros(1, 1, 1))
F.fractional_max_pool2d(torch.ones(1, 1, 4, 4), 2, 2, _random_samples=torch.zeros(1, 2))
torch.split_copy(x, [1, 2])
torch.split_copy(x, 2)
F.embedding_bag(t([0, 1]), torch.ones(2, 2), t([0.]))
F.embedding_bag(t([0, 1]), torch.ones(2, 2), t([0]), padding_idx=5)
F.embedding_bag(t([0, 1]), torch.ones(2, 2), t([], dtype=torch.long), include_last_offset=True)
F.one_hot(t([0]), -2)
[(torch.arange(4.) * (1 + 1j)) ** p for p in (2, 2.0, 2 + 0j, 3, 3.0, 3 + 0j)]
(torch.arange(4.) * (1 + 1j)).float_power(2)
F.multilabel_margin_loss(torch.zeros(1, 3), t([[-2, -1, 0]]))
F.gumbel_softmax(t([1, 2]))
F.ctc_loss(torch.empty(0, 1, 3), t([[1]]), [0], [1])
F.ctc_loss(torch.empty(2, 0, 3), torch.empty(0, 1, dtype=torch.long), [], [])
F.ctc_loss(t([[[0, 1, 0]]]), t([[1]]), [1], [1])
F.ctc_loss(t([[[0., 1., 0.]]]).half(), t([[1]]), [1], [1])
F.ctc_loss(t([[[nan, 0., 0.]]]), t([[1]]), [1], [1])
torch.scatter_reduce(x, 0, t([0, 0]), t([5., 7.]), "max")
torch.scatter_reduce(x, 0, t([2, 2]), t([5., 1.]), "min")
torch.masked_fill(x, x > 1, t(1j))
torch.masked_fill(x, x > 1, t(5 + 0j))
torch.searchsorted(x, t([2.]), sorter=t([0, 1, 3]))
[F.grid_sample(torch.arange(9.).reshape(1, 1, 3, 3), t([[[[v, 0.], [.5, .5]]]]), mode="bicubic", align_corners=False) for v in (nan, inf, .2)]
torch.triu_indices(2, 3, dtype=torch.float32)
torch.tril_indices(2, 3, dtype=torch.uint8)
torch.arange(3, dtype=torch.bool)
torch.arange(3, dtype=torch.complex64)
torch.arange(0, 1, nan)
torch.arange(1j)
torch.linspace(0, 1, 3, dtype=torch.bool)
torch.logspace(0, 1, 3, dtype=torch.bool)
torch.scalar_tensor(1j)
x.set_(x.untyped_storage(), 1, (2,), (1,))
x.set_(x.untyped_storage())
x[t([True, False, True])].__setitem__(0, 2**70)
t([1, 2]).__setitem__(slice(None), 2**63)
torch.cat([x, x], out=x)
torch.cat([x[:1], x[1:2]], out=x[2:])
torch.stack([x], out=x)
[getattr(torch, name)(x, 0, dtype=torch.double, out=torch.empty(3)) for name in ("cumsum", "cumprod")]
[getattr(torch, name)(x, 0, dtype=torch.double, out=torch.empty(())) for name in ("sum", "mean", "prod")]
torch.sum(x, 0, dtype=torch.double, out=torch.empty((), dtype=torch.double))
x.requires_grad_().__setattr__("data", t([1, 2]))
x.__setattr__("requires_grad", 5)
"""
SIXTEEN_BITS = """
t([[6e4, 6e4], [-6e4, 1.]]).half().renorm(2, 0, 1.)
torch.trapz(t([6e4, 6e4, -6e4, 1.]).half())
torch.linalg.matrix_power(t([[6e4, 6e4], [-6e4, 1.]]).bfloat16(), 3)
F.adaptive_avg_pool1d(t([[[6e4, 6e4, -6e4, 1.]]]).half(), 3)
F.adaptive_avg_pool2d(torch.full((1, 1, 4, 5), 6e4).half(), 3)
F.hardshrink(t([.1, .2]).bfloat16(), .1)
torch.autograd.grad(F.hardshrink(a := t([.1, .2]).bfloat16().requires_grad_(), .1).sum(), a)
torch.linalg.vector_norm(t(1e30))
torch.linalg.vector_norm(t([[1e30], [-1e-30]]), 3, dim=1)
t([[1e30], [-1e-30]]).norm(dim=1, keepdim=True)
"""
ARRAYS = """
[f(x, np.array([1, 2, 3])) for f in (lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b, lambda a, b: a ** b, lambda a, b: a % b)]
[x.half() * np.array([1, 2, 3], dtype=kind) for kind in (np.int8, np.int64, np.float32)]
t([1, 2]) / np.array([2, 4])
t([1, 2]) // np.array([2, 4])
x + np.array(2)
x == np.array([1., 5., 3.])
x.bfloat16() + np.array([1, 2, 3])
x.requires_grad_() + np.array([1, 2, 3])
x.__iadd__(np.array([1, 2, 3]))
x.mul(np.array(2))
x.clamp(np.array(1))
x.add(1, alpha=np.array(2))
x.fill_(np.array(2))
torch.full((2,), np.array(5))
torch.full_like(x, np.array(2))
torch.where(x > 1, np.array(2), x)
"""
OVERLAPPING = """
[(a := torch.arange(9.).view(3, 3)).scatter_(0, t([[0, 0, 0]]), a)]
[(a := torch.arange(9.).view(3, 3)).scatter_add_(0, t([[0, 0, 0]]), a[1:2])]
[(a := torch.arange(9.).view(3, 3)).index_copy_(0, t([0]), a[1:2])]
[(a := torch.arange(9.).view(3, 3)).__setitem__(t([0]), a[1:2]), a]
[(a := torch.arange(9.).view(3, 3)).__setitem__(t([0, 1]), a[t([1, 0])]), a]
[(a := torch.arange(4)).__setitem__(a, 9), a]
[(a := torch.arange(4)).index_fill_(0, a[:2], 9)]
[(a := torch.arange(4)).scatter_(0, a, 9)]
[(a := torch.arange(9.).view(3, 3)), torch.gather(a, 0, t([[1, 1, 1]]), out=a[:1])]
[(a := torch.arange(9.).view(3, 3)), torch.index_select(a, 0, t([1]), out=a[:1])]
[(a := torch.arange(9.).view(3, 3)), torch.take(a, t([0, 1, 2]), out=a[0])]
[(a := torch.arange(9.).view(3, 3)), torch.masked_select(a, a > 3, out=a.view(-1))]
[(a := torch.arange(9.).view(3, 3)), torch.clamp(a[1:], 0, 1, out=a[:2])]
[(a := torch.arange(9.).view(3, 3)), torch.clamp(a, 0, 1, out=a)]
[(a := torch.arange(9.).view(3, 3)), torch.pow(a[1:], 2, out=a[:2])]
[(a := torch.arange(9.).view(3, 3)), torch.where(a > 0, a, a.t(), out=a)]
torch.zeros(1, 3).expand(3, 3).set_(x)
"""
NOTHING = """
[torch.nn.LSTM(3, 2)(torch.empty(0, 1, 3)), 0][1]
[torch.nn.RNN(3, 2, batch_first=True)(torch.empty(2, 0, 3)), 0][1]
F.grid_sample(torch.empty(0, 3, 8, 8), torch.empty(0, 2, 2, 2), align_corners=False)
torch.pow(x, np.array(2))
torch.ones(0, 3).index_select(0, t([0]))
torch.ones(0, 3).index_select(0, t([], dtype=torch.long))
F.affine_grid(torch.ones(1, 2, 3), (2, 1, 2, 2), align_corners=False)
F.smooth_l1_loss(x > 1, x, reduction="none", beta=0)
F.smooth_l1_loss(x > 1, x, reduction="none", beta=.1)
x.to(torch.int, torch.float)
x.type(int)
t([1]).map_(x[:1], lambda a, b: a + b)
torch.device(None)
torch.hann_window(3, dtype=torch.complex64)
[torch.hann_window(n, dtype=torch.complex64) for n in (0, 1)]
F.adaptive_avg_pool2d(t(1.), 2)
F.adaptive_avg_pool3d(t(1.), 1)
x.histc(True)
t([3 + 4j]).norm(dtype=torch.complex64)
F.fractional_max_pool3d(torch.ones(1, 2, 6, 6, 6), 2, [.5])
[t([2., 3., 0., -2., 5., -0., .5]).double() ** e for e in (1., 3., -1., t([1., 1., 2., 3., 2., 0., -2.]).double())]
torch.device("cpu", -1)
"""
TWICE = """
(a := t([0., 1., 2.], requires_grad=True), g := torch.autograd.grad(a.logcumsumexp(0), a, t([.7, .7, -.7]), create_graph=True)[0], torch.autograd.grad(g, a, t([1.3, 1., 2.])))[1:]
[torch.autograd.grad(torch.autograd.grad(f(a := t([0., -0., 1., -1.], requires_grad=True)).sum(), a, create_graph=True)[0].sum(), a) for f in (F.elu, F.selu, F.celu, F.relu6, F.hardtanh, F.leaky_relu, F.hardshrink, F.softshrink)]
torch.autograd.grad(torch.autograd.grad(torch.special.entr(a := t([0., -0., 1., -1., nan], requires_grad=True)).sum(), a, create_graph=True)[0].sum(), a)
[torch.autograd.grad(torch.cdist(a := t([[nan], [1.], [2.]], requires_grad=True), t([[0.], [1.]]), p=p).sum(), a) for p in (1, inf, 0)]
torch.autograd.grad(torch.pdist(a := t([[1.]], requires_grad=True)).sum(), a)
torch.autograd.grad(F.ctc_loss(a := t([[[-1., -2., -.5]], [[-1., -.2, -3.]]], requires_grad=True), t([[1]]), [2], [1]), a)
"""


@pytest.mark.parametrize("case", cases(EDGES + SIXTEEN_BITS + ARRAYS + OVERLAPPING + NOTHING + TWICE))
def test_as_pytorch(case: str) -> None:
    assert_beside(f"{HEAD}R = {case}")
