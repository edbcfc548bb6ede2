"""What arguments may be, kind by kind: ints beyond 64 bits, None that stands for nothing, NumPy's numbers, factors by position, sizes as one
sequence, dtypes that a kernel refuses. A line each, most of them refusals, whose class must be PyTorch's."""

from __future__ import annotations

import pytest

from ..beside import assert_beside, cases

HEAD = """t, inf, nan, F, L, B = torch.tensor, math.inf, math.nan, torch.nn.functional, torch.linalg, 2**70
x, m, i, h, b = t([1., 2., 3.]), t([[1., 2.], [3., 5.]]), t([1, 2, 3]), t([1., 2., 3.]).half(), t([True, False, True])
"""
BEYOND_64_BITS = """
x + 2**63
i + 2**63
torch.full((2,), B)
torch.scalar_tensor(B)
F.elu(x, B)
F.softplus(x, 1, B)
torch.masked_fill(x, b, B)
x.scatter(0, t([0]), B)
x.norm(B)
torch.var(x, correction=B)
torch.float_power(x, B)
torch.bucketize(B, x)
torch.arange(0, 1, B)
torch.isclose(x, x, B)
F.layer_norm(x, (3,), eps=B) * 0
F.hinge_embedding_loss(x, x, margin=B)
L.matrix_rank(m, B)
torch.abs(B)
torch.hsplit(x, B)
torch.matrix_power(m, B)
torch.zeros(B)
x.view(B)
F.unfold(torch.ones(1, 2, 4, 4), [B, 1])
torch.kl_div(x, x, B)
torch.nonzero_static(x, size=2, fill_value=B)
torch.unravel_index(i, B)
torch.tensor(B, dtype=torch.complex64)
"""
BEYOND_A_DTYPE = """
h == 2**40
h - 2**40
F.threshold(h, 2**40, 1)
torch.where(b, h, 2**40)
torch.where(b, i.byte(), 300)
i.int() // 2**40
i.int() % (2**32 + 2)
torch.fmod(i.int(), 2**40)
torch.ones(2).byte().copy_(2**40)
torch.ones(2, 0).byte().scatter(1, torch.ones(2, 0).long(), 2**40)
torch.linspace(200, 1, 2, dtype=torch.int8)
torch.logspace(0, 200, 2, 2, dtype=torch.int8)
F.pad(h, (1, 1), value=2**40)
F.hardshrink(h, 2**40)
F.hardtanh(h, 0, 2**40)
h.logit(2**40)
torch.histc(h, 3, 0, 2**40)
torch.nan_to_num(t([nan, 1]).half(), 2**40)
torch.add(h, h, alpha=70000)
torch.rsub(h, 2, alpha=70000)
torch.index_add(h, 0, i - 1, h, alpha=70000)
m.long().index_add(0, t([0, 1]), m.long(), alpha=0.0)
m.long().index_add(0, t([0, 1]), m.long(), alpha=2.5)
m.index_add(0, t([0, 1]), m, alpha=1j)
torch.pow(2**40, i.int())
torch.pow(300, i.byte())
i.byte().fill_(-0.5)
i.byte().fill_(-1)
torch.tensor([-1.0], dtype=torch.uint8)
torch.full((2,), -1.0, dtype=torch.uint8)
i.byte().scatter(0, i - 1, -1.0)
F.pad(i.byte(), (1, 1), value=-1)
torch.special.zeta(70000, x)
x.random_(-1, None) <= 2**24
i.random_(2**62, None) >= 2**62
i.random_(-2**63, None) <= i
x.random_(2**40, None)
F.hardtanh_(x, 0.0, nan)
"""
LEFT_OUT = """
x.median(None)
torch.max(x, None)
x.reshape()
t(1.).repeat()
x.view()
x.expand()
torch.zeros()
torch.rand()
torch.norm(torch.zeros(0), -1)
L.vector_norm(torch.zeros(2, 0), -2, 1)
torch.histogramdd(torch.zeros(3, 0), [])
x.prod(None)
x.prod(())
torch.squeeze(x, None)
x.squeeze_(None)
torch.logsumexp(x, None)
torch.logsumexp(m, [])
torch.var(x, unbiased=None)
torch.std(x, False, True)
torch.std(x, False, keepdim=True)
torch.std(x, 0, False, True)
torch.bernoulli(x, None)
torch.eye(2, None)
torch.arange(None, 3)
torch.randint(None, 3, (2,))
x.repeat_interleave(None)
torch.trapezoid(x, None)
torch.frobenius_norm(m, None)
torch.fft.fft2(m, dim=None)
L.pinv(m, None)
torch.where(None)
torch.aminmax(x, dim=[0])
torch.aminmax(m[:0])
"""
NUMBERS = """
torch.add(np.int64(1), 2)
torch.mul(np.float32(2), 3)
torch.add(i, np.int64(1), 0.0)
torch.sub(x, t(2), 2)
torch.subtract(i, 1.5, -1)
torch.subtract(x, 1, x)
torch.subtract(i, 1, 1.5)
torch.rsub(x, x, 2)
torch.rsub(i, 1, 1.5)
torch.rsub(x, 1, True)
torch.addr(m, x[:2], x[:2], alpha=True)
torch.addr(m.int(), i[:2], i[:2], beta=1.5)
torch.polygamma(np.int64(1), x)
torch.round(x, decimals=True)
torch.round(x, decimals=2**40)
torch.gradient(x, dim=np.int64(0))
torch.gradient(x, spacing=[2], dim=[1, 2])
torch.tensor(np.float32(.5), dtype=torch.int64)
torch.isclose(t([0]).byte(), t([3]).byte(), atol=3)
torch.isclose(b, ~b, .5)
torch.isin(x, [1.])
torch.isin(b, True)
torch.searchsorted(b, 2)
torch.searchsorted(x, 'a')
F.pairwise_distance(i, i, 2, 1)
F.hinge_embedding_loss(x, x, True)
torch.trapezoid(x, dx=True)
F.adaptive_avg_pool2d(torch.ones(1, 4, 4), True)
F.interpolate(m[None], size=1.5)
F.conv1d(torch.ones(1, 2, 4), torch.ones(2, 2, 2), groups=np.int64(1))
x.index_put([1], x)
x.expand(3, 3).index_put([t(1)], x)
"""
SIZES = """
torch.flip(m, 0)
torch.permute(m, 1, 0)
torch.tile(x, 2)
torch.reshape(x, 3)
torch.reshape(x)
torch.broadcast_to(x, 3)
x.broadcast_to(2, 3)
torch.expand_copy(x, 3)
torch.view_copy(x)
torch.broadcast_shapes(None, (2, 1))
torch.broadcast_shapes((2, -1))
torch.empty_strided([2, 0], [0, -1]).shape
torch.empty_strided([2], [-1])
torch.cat([i[:0]], 7)
L.vecdot(x, x, dim=3)
torch.take_along_dim(m, t([[0]]).int(), 0)
torch.topk(t(3), 0)
torch.ones(2, 0).kthvalue(1)
torch.baddbmm(m[None], m[None], m)
torch.cov(t(2.), fweights=t(1))
torch.ones((), dtype=torch.bool).sum_to_size([])
[F.max_unpool1d(t([[[1., 2.]]]), t([[[0, 1]]]), n) for n in (2, True, (3,))]
F.max_unpool1d(t([[[1., 2.]]]), t([[[1, 2]]]), (3, 2))
F.max_unpool2d(torch.ones(1, 2, 2), torch.ones(1, 2, 2).long(), 2, padding=7)
F.lp_pool2d(torch.ones(1, 3, 3), 2, [1, 2, 2])
F.unfold(torch.ones(1, 2, 4, 4), 2**70)
F.unfold(torch.ones(1, 2, 4, 4), 2, stride=[1])
F.fold(torch.ones(1, 8, 4), (3, 3), (2, 2), 2**63)
F.pad(x, (2**70, 1))
F.layer_norm(x, (2**70,))
m.count_nonzero(0, 1)
m.count_nonzero(0, 0)
torch.addmm(torch.ones(2, 4), torch.ones(1, 3), torch.ones(3, 4))
torch.addr(torch.ones(1, 2, 4), torch.ones(2), torch.ones(4))
torch.baddbmm(torch.ones(2, 2, 4), torch.ones(1, 2, 3), torch.ones(1, 3, 4))
torch.addmv(torch.ones(2), torch.ones(1, 3), torch.ones(3))
t(.3).addbmm_(torch.ones(2, 2, 3), torch.ones(2, 3, 4))
x.squeeze([-1, 0])
x.scatter(0, t([0]), torch.zeros(2, 1, 3))
x.index_add(0, t([0]), t(1.))
x.index_add(0, t([0, 1, 1]), t(1.))
m.index_reduce(0, t([]).long(), torch.zeros(0, 3), 'prod')
torch.zeros(2, 0)[t([2])]
torch.zeros(0).hash_tensor(0)
torch.segment_reduce(x, 'sum', offsets=t([1, 2, 2]))
F.bilinear(m, m, torch.ones(3, 2, 2), t([1.]))
F.cross_entropy(t(1.), i)
F.embedding(i, torch.zeros(0, 3))
F.fractional_max_pool2d(x, 2, 2)
F.max_pool3d_with_indices(torch.ones(0, 2, 6, 6, 6), 2)
torch.zeros(0, 2, 3).unique(dim=-1)
F.gaussian_nll_loss(t([3.]), t([0.]), t([inf]))
F.smooth_l1_loss(i, i.byte(), beta=0)
F.softplus(h, 0., nan)
F.mse_loss(x, x + 1, size_average=7)
torch.addcmul(x, x, x, tensor1=x)
torch.remainder(x, 2, 3)
t(1.).index_select(0, t([0, 0]))
t(1.).take_along_dim(t(0), 0)
t(1.5).diff(3, 2, m)
i[:0].bincount(x)
torch.logsumexp(torch.zeros(0), [])
torch.segment_reduce(x, 'amax', offsets=t([2]))
F.bilinear(m, m, torch.zeros(0, 2, 2))
F.interpolate(torch.ones(1, 1, 2), scale_factor=1e300)
L.lstsq(m, t(1.))
torch.segment_reduce(x, 'mean', lengths=t([1, 2]).float())
torch.zeros(5).as_strided((3, 2), (1, 2)).copy_(torch.arange(6.).view(3, 2))
torch.zeros(9).as_strided_scatter(torch.arange(8.).view(2, 2, 2), (2, 2, 2), (1, 2, 1))
"""
DTYPES = """
L.solve_triangular(m, m.double(), upper=True).contiguous()
L.solve_triangular(m.double(), m.int(), upper=True).contiguous()
L.solve_triangular(m, m.half(), upper=False, left=False)
F.mse_loss(i, i, weight=i)
F.huber_loss(x, i, weight=x * 1j)
torch.segment_reduce(x, 'amax', lengths=t([2, 1]))
torch.segment_reduce(i, 'sum', lengths=t([2, 1]))
torch.group_norm(x[None], 3)
torch.layer_norm(i, (3,))
F.interpolate(i.int()[None, None], scale_factor=2)
F.grid_sample(torch.ones(1, 1, 2, 2).int(), torch.ones(1, 1, 2, 2).int())
F.conv_transpose1d(torch.ones(1, 1, 2).char(), torch.ones(1, 1, 2).char())
F.bilinear(m, m, torch.ones(3, 2, 2), i)
torch.binomial(t([2.]), t([.5]).double())
L.matrix_norm(m.half(), 2)
L.svdvals(t([[1., -inf], [3, 4]]))
torch.matrix_exp(t([[1e20, 2], [3, 4]]))
torch.igammac(t([nan, nan, 1., -1., 0.]), t([0., 1., nan, 0., 0.]))
x.index_fill(0, t([0]).int(), 1)
F.cross_entropy(m, t([0, 1]), label_smoothing=-1.)
torch.triplet_margin_loss(x, x, x, -1)
torch.fake_quantize_per_channel_affine(x, t([.5, .7, .9]), t([.3, 1.4, 2.2]), 0, 0, 2)
torch.fake_quantize_per_tensor_affine(x, 2, 1, 0, 3)
torch.sym_ite(1, x, x)
torch.layer_norm(x.double(), (3,), x)
torch.group_norm(h[None], 1, x, h)
torch.cholesky_solve(m, m.double())
torch.histogram(x, t([1., 2.]).double())
torch.native_dropout(i, 0, True)
F.max_pool1d(i[None, None], 2)
F.avg_pool2d(i.int()[None, None], 1)
F.avg_pool3d(torch.arange(216).view(1, 1, 6, 6, 6) % 7 - 3, 3, 2, 1, True, False)
F.avg_pool3d(torch.arange(216).view(1, 1, 6, 6, 6) % 7, 3, 2, 1, True)
F.avg_pool3d(torch.arange(216).view(1, 1, 6, 6, 6) % 7, 2, divisor_override=3)
torch.max_pool1d_with_indices(i[None, None].char(), 2)
torch.meshgrid(x, i, indexing='ij')
x.index_reduce(0, t([0., 1, 2]), x, 'prod')
b.cumsum_(0)
b.cumprod_(0)
i.int().cumsum_(0)
x.cumsum_(0, dtype=torch.int64)
torch.ldexp(x, b)
F.grid_sample(torch.ones(1, 2, 3, 3).half(), torch.ones(1, 2, 2, 2))
F.pdist(h[None])
torch.zeros(2, 0).byte().exponential_()
torch.zeros(2, 0).byte().uniform_()
F.threshold(i, nan, 2)
torch.svd(x, compute_uv=False)
F.linear(m, m, x[:2].double())
F.linear(m.half(), m.half(), x[:2].bfloat16())
F.nll_loss(m, t([0, 1]), t([1., 2.]).double())
F.cross_entropy(m.half(), t([0, 1]), t([1., 2.]))
F.multi_margin_loss(m, t([0, 1]).int())
F.soft_margin_loss(x, x * 1j)
F.huber_loss(x, x * 1j)
F.fold(torch.ones(1, 8, 4).int(), 3, 2)
F.alpha_dropout(i, .1, True)
torch.searchsorted(x, x, sorter=i.int() - 1)
i.bincount(x.half())
t(True).kthvalue(1)
torch.zeros(0).int().median()
t([1j]).bernoulli_()
torch.addr(m.int(), x[:2], x[:2], beta=.5)
"""
COMPLEX = """
t([complex(inf, nan), complex(-inf, 1)]).nan_to_num(1, 2, 3)
t([1j, 2j]).normal_(1, 0)
t([1j, 2j]).uniform_(1, 1)
[(u * s) @ v.mH for u, s, v in [torch.svd(t([[1 + 2j, 3 - 1j], [.5j, 2], [1, 1j]]))]]
[abs((u * s) @ v.mH - A).max() < 1e-5 for A in [t([[1 + 2j, 3 - 1j], [.5j, 2], [1, 1j]])] for u, s, v in [torch.svd_lowrank(A, 2)]]
torch.binomial(t([1.3, -2., nan, 2., 3.]), t([2.85, -.5, -2.2, 1.5, 0.]))
t([complex(-.99, 0), complex(-.9, .1), complex(-3, 0), complex(.2, -3)]).atanh()
torch.log10(t([complex(-inf, 0), 1 + 2j]))
t([1 + 2j, 3 - 1j, -5 + 3j, .5j]).logcumsumexp(0)
"""
DRAWN = """
torch.zeros(3).random_(None)
torch.zeros(3).random_(None, 4)
torch.zeros(3).random_(to=None)
torch.zeros(3).random_(2, None).shape
torch.zeros(0).normal_(None)
torch.zeros(0).log_normal_(None)
torch.zeros(0).cauchy_(None)
torch.zeros(0).cauchy_(0, 1).shape
x.softmax(t(True))
x.unsqueeze(t(True))
x.select(t(False), 0)
x.cumsum(t(False))
torch.stack([x, x], t(False))
torch.nn.LayerNorm(np.int64(3)).weight.shape
[f(t(1.5), torch.ones(2, 3).bfloat16()).dtype for f in (F.l1_loss, F.mse_loss, F.smooth_l1_loss)]
F.l1_loss(t(1.).double(), torch.ones(2), reduction='sum').dtype
torch.nn.RMSNorm(np.int32(3)).weight.shape
"""
FACTORS = """
i.add(i, alpha=1.0)
i.add(i, alpha=np.float32(1))
i.add(i, alpha=t(1.))
i.sub(i, alpha=1.0)
torch._foreach_add([i], [i], alpha=1.0)
torch._foreach_add([i], [i], alpha=1)
i.add(2, alpha=1.0)
i.add(x, alpha=1.0)
x.add(x, alpha=np.int64(1))
torch.rsub(torch.tensor(2.0), np.int64(1), alpha=-1.0)
"""
EMPTY = """
F.pixel_unshuffle(torch.ones(1, 2, 0, 4), 2).shape
F.pixel_unshuffle(torch.ones(0, 2, 3, 4), 2)
torch.embedding_renorm_(torch.ones(2, 3).bool(), torch.zeros(2, 0).long(), 3, .1)
torch.embedding_renorm_(torch.ones(2, 0).char(), t([3, 1]), 0, -1.)
torch.count_nonzero(m, 0, 1)
torch.count_nonzero(m, (0, 1))
m.count_nonzero(0, 1)
torch.linalg.tensorinv(t([1 + 1j]))
torch.linalg.tensorinv(t([2.]), 1)
torch.special.hermite_polynomial_h(input=x, n=x)
torch.special.hermite_polynomial_h(x=x, n=x)
F.gaussian_nll_loss(x, x, x, reduction=7)
[f(t([-0., 0., 1., -1., -inf, nan]), a) for f in (F.elu, F.celu) for a in (inf, nan)]
[F.conv_transpose1d(torch.ones(1, 3, 5), torch.ones(3, 2, 3), torch.ones(2).to(d)) for d in (torch.float64, torch.int64, torch.half)]
F.conv_transpose2d(torch.ones(1, 4, 4, 4), torch.ones(4, 2, 2, 2), torch.ones(4).double(), groups=2)
F.conv_transpose2d(torch.ones(1, 4, 4, 4), torch.ones(4, 2, 2, 2), torch.ones(2) * 1j)
F.conv_transpose3d(torch.ones(1, 3, 4, 4, 4), torch.ones(3, 2, 2, 2, 2), torch.ones(2).double())
torch.conv_tbc(torch.ones(4, 2, 3), torch.ones(2, 3, 4), torch.ones(4).double())
"""
PIVOTS = """
[f.contiguous() for f in L.lu_factor_ex(t([[1., nan, 1], [2, 3, 1], [5, 1, 2]]))]
[f.contiguous() for f in L.lu_factor_ex(t([[1., 1, 1], [2, 5, 1], [nan, 1, 2]]))]
[f.contiguous() for f in L.lu_factor_ex(t([[nan, 1., 1], [2, 5, 1], [1, 1, 2]]))]
[f.contiguous() for f in L.lu_factor_ex(t([[0., inf, 2], [0, 3, 4], [0, 4, inf]]))]
[f.contiguous() for f in L.lu_factor_ex(t([[0., 1, 2], [0, 0, 4], [0, 4, 5]]))]
[torch.linalg.lstsq(m, m, rcond=r, driver=d)[1:] for r in (-1., 0., .5, 1., 2.) for d in ("gelsy", "gelss", "gelsd")]
"""
SWEPT = """
torch.rsub(i, h, alpha=1.5)
torch.rsub(b, x, alpha=1.5)
torch.rsub(x, 2, 3)
torch.autograd.grad(torch.rsub(y := x.clone().requires_grad_(), y * y, alpha=3.).sum(), y)
torch.zeros(2, 1, 3).bool().bmm(torch.zeros(2, 3, 1).byte())
t([1j]).geometric_(.1)
torch.zeros(1, 3).expand(3, 1, 3).masked_fill_(h, -1)
torch.zeros(1, 3).expand(3, 3).masked_fill_(b, -1)
[a.scatter_reduce(0, p, s, r, include_self=n) for a in (t(1), t([1])) for p in (t(0), t([0])) for s in (t(5), t([5])) for r in ("amax", "mean") for n in (True, False)]
t([1, 2, 3]).scatter_reduce(0, t(0), t(5), "prod")
F.gelu(t([1j]), approximate="tanh")
F.binary_cross_entropy_with_logits(x, x, pos_weight=torch.ones(2, 3))
F.binary_cross_entropy_with_logits(x, x, weight=torch.ones(0, 3))
F.multilabel_margin_loss(m, m * 1j)
x.histogram(4, weight=t(2.))
F.adaptive_avg_pool3d(x, 1)
F.adaptive_avg_pool2d(t(1.), 1)
F.conv_transpose2d(torch.ones(1, 3, 4, 4).bfloat16(), torch.ones(3, 2, 2, 2).bfloat16(), torch.ones(2))
torch.view_copy(torch.ones(6)[::2], torch.half)
torch.view_copy(m.T, (4,))
L.lu(torch.zeros(2, 0), pivot=False)
torch.diff(m, prepend=x[:2])
torch.nuclear_norm(m, 7)
torch.mode(t(1j))
"""
LINES = (
    BEYOND_64_BITS
    + BEYOND_A_DTYPE
    + LEFT_OUT
    + NUMBERS
    + SIZES
    + DTYPES
    + COMPLEX
    + DRAWN
    + FACTORS
    + EMPTY
    + PIVOTS
    + SWEPT
)


@pytest.mark.parametrize("line", cases(LINES))
def test_kinds_of_arguments(line: str) -> None:
    assert_beside(f"{HEAD}R = {line}")
