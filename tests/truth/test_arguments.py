"""Kinds of arguments that a random search found, a line each: what is taken, what is refused and how, and what comes out."""

from __future__ import annotations

import pytest

from ..beside import assert_beside, cases

HEAD = "t, inf, nan, F = torch.tensor, math.inf, math.nan, torch.nn.functional\n"
LOSSES = """
[torch.binary_cross_entropy_with_logits(t([.5, 2.]), t([1., 0.]), reduction=n) for n in (-1, 0, 1, 2, 3)]
torch.binary_cross_entropy_with_logits(t([1.]), t([[.5], [1.]]))
torch.binary_cross_entropy_with_logits(torch.ones(2, 3), t([.5]))
torch.margin_ranking_loss(t(1.), t(2.), torch.ones(3, 2), reduction=2)
torch.kl_div(t([.5, .1]), t([.3, .2]), -1, log_target=True)
torch.kl_div(t([.5, .1]), t([.3, .2]), 1)
F.soft_margin_loss(t([2., -3., .5]), t([-1., 1e20, 1.]))
F.cosine_similarity(t([[1.1, 2.3]]), t([[1.7, 2.2]], dtype=torch.bfloat16))
F.cosine_similarity(t([[1.1, 2.3]]).half(), t([[1.7, 2.2]]).half())
F.l1_loss(t([True, False]), t([1., .5]))
F.huber_loss(t([1., 2.]), t([1., .5]).double())
"""
NO_GRADIENT = """
F.binary_cross_entropy_with_logits(t([.5]), t([1.]), weight=t([1.], requires_grad=True))
F.binary_cross_entropy_with_logits(t([.5]), t([1.]), pos_weight=t([1.], requires_grad=True))
F.binary_cross_entropy(t([.5]), t([1.]), weight=t([1.], requires_grad=True))
F.cross_entropy(t([[.5, 1.]]), t([1]), weight=t([1., 2.], requires_grad=True))
F.nll_loss(t([[.5, 1.]]), t([1]), weight=t([1., 2.], requires_grad=True))
F.multi_margin_loss(t([[.5, 1.]]), t([1]), weight=t([1., 2.], requires_grad=True))
F.soft_margin_loss(t([.5]), t([1.], requires_grad=True))
F.batch_norm(t([[.5], [1.]]), t([1.], requires_grad=True), t([1.]))
torch.autograd.grad(F.multilabel_margin_loss(x := t([[.5, 1., 2.]], requires_grad=True), t([[0, 2, -1]])), x)
torch.autograd.grad((torch.ones(3).index_fill(0, t([0, 0, 1]), v := t(2., requires_grad=True)) * t([1., 10., 100.])).sum(), v)
torch.autograd.grad(F.multi_margin_loss(x := t([[.5, 1., 2.]], requires_grad=True), t([1])), x)
"""
DTYPES = """
F.dropout(torch.ones(2, 2).bool(), 1.)
F.dropout2d(torch.ones(2, 0).bool())
torch.native_dropout(torch.ones(2, 0).half(), .5, True)
torch.native_dropout(torch.ones(2).int(), 1., True)
torch.native_dropout(torch.ones(2), 7., True)
[t([inf, -inf, nan, 300., -1., 1e10]).to(d) for d in (torch.int32, torch.int64, torch.uint8, torch.int16)]
(t([inf, -inf, 1e10]) * 2).int() + 1
[torch.logspace(.5, 3, n, dtype=torch.int8) for n in (0, 1, 2, 3, 5)]
t([1., 2]).float_power_(2)
t([1., 2]).double().float_power_(2)
t([1j]).abs_()
t([1j]).absolute_()
t([True, False]).clamp(min=True)
t([True, False]).clamp(t([True]), t([False]))
torch.isin(t([True]), t([1]))
torch.binomial(t([1, 2]), t([.5, .5]))
torch.binomial(t([3., -1.]), t([2., .5]))
torch.cdist(torch.ones(2, 3), torch.ones(2, 3).double())
torch.cdist(torch.ones(2, 3).long(), torch.ones(2, 3).long())
torch.rms_norm(torch.ones(2, 2).bool(), [2])
F.adaptive_avg_pool2d(torch.ones(1, 2, 6, 6) * 1j, 1)
F.adaptive_avg_pool2d(torch.ones(1, 2, 6, 6).long(), 1)
torch.all(t([1, 2, 0]), out=torch.ones((), dtype=torch.uint8))
torch.any(t([[1, 2]]), 0, out=torch.zeros(2, dtype=torch.uint8))
torch.all(t([1, 2]), out=torch.zeros(()))
"""
SHAPES = """
torch.gradient(torch.arange(6.).reshape(3, 2) ** 2, spacing=[2, -1], dim=[-1, -2])
torch.gradient(torch.arange(6.).reshape(3, 2) ** 2, dim=[1, 1])
torch.linalg.norm(torch.ones(2, 2, 2), 'fro')
torch.linalg.norm(torch.ones(2, 2, 2), 'fro', dim=0)
torch.linalg.cond(torch.ones(3, 0, 2))
F.rms_norm(torch.ones(2, 2), [])
F.layer_norm(torch.ones(2, 2), [])
torch.embedding(torch.ones(2, 3), t([0]), 2)
torch.fft.fftn(torch.ones(2, 3), np.int64(2))
torch.fft.fftn(torch.ones(2, 3), 2**70)
F.max_pool2d(torch.ones(1, 4, 4), 2**70)
F.conv2d(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 2, 2), padding=2**70)
F.adaptive_avg_pool2d(torch.ones(6, 6), 1)
F.adaptive_avg_pool3d(torch.ones(2, 2, 2, 2, 2, 2), 1)
F.adaptive_avg_pool1d(torch.ones(2, 2, 2, 2), 1)
torch.var(torch.ones(0, 3), 0, correction=-1)
torch.scatter_reduce(t(1), 0, t(0), t([1, 2, 3]), 'amin')
t([1., 2.]).index_copy(0, t([0]), t([[1.]]))
t([1, 2]).index_fill(1, t([0]), t([1.]))
t(1.5).index_fill(0, t([], dtype=torch.long), 2.)
F.one_hot(torch.ones(2, 3, 4).long().permute(2, 0, 1))
"""
REFUSED = """
F.kl_div(torch.ones(2), torch.ones(2), log_target=1)
F.poisson_nll_loss(torch.ones(2), torch.ones(2), 1)
F.gaussian_nll_loss(torch.ones(2), torch.ones(2), torch.ones(2), 1)
F.multi_margin_loss(t([[.1, nan, 2.]]), t([1]))
F.grid_sample(torch.ones(1, 2, 4, 4), torch.ones(5))
torch.grid_sampler(torch.ones(()), torch.ones(()), 2, 1, False)
F.rrelu(torch.ones(2), 1.5)
F.softshrink(t([-2., .5, 2.]), True)
torch.dropout(torch.ones(2), 7, True)
torch.ones(1).expand(-9)
torch.ones(3).copy_(np.float32(2.5))
torch.ones(3).copy_(2, [.5])
torch.ones(2, 3).fill_diagonal_(1., 1)
torch.ones(2, 3).var(1, 1)
torch.ones(2, 3).var(True, correction=0)
torch.ones(2, 3).permute()
torch.ones(2, 3).narrow(0, t([0]), 1)
torch.cov(t([[1., 2.], [2., 3.]]), fweights=t([1., 2.]))
torch.linalg.solve_triangular(torch.ones(3, 3), torch.ones(5), upper=False)
torch.repeat_interleave(torch.ones(2), t([1., 2.]))
torch.bincount(t([], dtype=torch.int8), t([], dtype=torch.int8), 1)
torch.remainder(t([], dtype=torch.uint8), 0)
torch.pca_lowrank(torch.ones(3, 2), True)[1].shape
torch.broadcast_shapes([1], 1.5)
torch.hstack([])
torch.amax(torch.ones(0), keepdim=True)
torch.amin(torch.ones(0, 3), ())
torch.amax(torch.ones(0, 3), 1)
t([True]).kthvalue(1)
F.prelu(t([1.]).double(), t([1]))
torch.polygamma(2, t([1j]))
t([]).double().float_power_(np.int64(1))
t([2.]).double().float_power_(2)
torch.vstack(())
torch.dstack(())
torch.column_stack([])
torch.cat([])
torch.stack([])
torch.as_tensor(1., None)
torch.normal(3, .1, 7)
"""
OUT = """
torch.kron(torch.ones(2), torch.ones(2), out=torch.zeros(4).double())
torch.ldexp(torch.ones(2), torch.ones(2), out=torch.zeros(2).double())
torch.max(torch.ones(2), out=torch.zeros(()).double())
torch.max(torch.ones(2), 0, out=(torch.zeros(()).double(), torch.zeros(()).long()))
torch.maximum(torch.ones(2), torch.ones(2), out=torch.zeros(2).double())
torch.nansum(torch.ones(2), out=torch.zeros(()).half())
torch.bitwise_not(t([1, 2]), out=torch.zeros(2))
torch.signbit(t([1., 2]), out=torch.zeros(2))
torch.fft.irfft(torch.ones(3), out=torch.zeros(4) * 1j)
torch.hardshrink(torch.ones(2), out=torch.zeros(2))
F.softplus(torch.ones(2), out=torch.zeros(2))
F.gelu(torch.ones(2), out=torch.zeros(2))
F.gelu(torch.ones(2), "tanh")
F.linear(torch.ones(2, 3), torch.ones(2, 3), out=torch.zeros(2, 2))
F.soft_margin_loss(t([-.74]), t([3], dtype=torch.uint8))
F.multilabel_soft_margin_loss(t([1.2]), torch.ones(2, 1, 3))
torch.meshgrid((0, 1), indexing='xy')
"""
NANS = """
F.max_pool1d(t([[1., nan, 2., nan]]), 4, return_indices=True)
F.max_pool2d(t([[[1., nan, 2.], [nan, 3., nan], [4., nan, 0.]]]), 2, 1, return_indices=True)
F.max_pool3d(t([[[[1., nan, 2., nan]]]]), (1, 1, 4), return_indices=True)
F.max_pool2d(torch.arange(144.).sin().log().reshape(1, 12, 12), 3, return_indices=True)
F.adaptive_max_pool3d(t([[[[1., nan, 2., nan]]]]), 1, return_indices=True)
t(1j).mH.resolve_conj()
torch.view_copy(torch.ones(3, 1).expand(3, 3), [1, -1])
torch.frobenius_norm(torch.ones(2, 3), np.int64(1))
torch.logsumexp(torch.ones(2, 0) * 1j, [0, 1])
torch.diff(t([0, 2, 1]), 2**40, append=t([1, 0]))
torch.diff(t([0, 2, 1]), 2)
torch.ones(3, dtype=torch.uint8).lerp(torch.ones(3, dtype=torch.uint8), .5)
torch.ones(3).lerp(torch.ones(3), t(.5, dtype=torch.float64))
torch.ones(3).half().lerp(torch.zeros(3).half(), .3)
F.fractional_max_pool2d(torch.ones(1, 6, 6), [-1, 0], 2)
"""
SLOPES = """
F.elu_(x * 1); F.selu(x); F.leaky_relu(x); F.relu6(x); F.hardsigmoid(x); F.mish(x); F.hardshrink(x); F.softshrink(x); F.celu(x); F.hardswish(x); torch.sinc(x); torch.logit(x); F.huber_loss(x, x.flip(0), reduction='none')
torch.nextafter(x, t(1.).expand(9)); torch.special.spherical_bessel_j0(x); x[5:].prod(); x[:3].prod()
"""


@pytest.mark.parametrize("line", cases(LOSSES + NO_GRADIENT + DTYPES + SHAPES + REFUSED + OUT + NANS))
def test_arguments(line: str) -> None:
    assert_beside(f"{HEAD}R = {line}")


@pytest.mark.parametrize("line", [part.strip() for part in SLOPES.replace("\n", ";").split(";") if part.strip()])
def test_values_and_slopes_at_special_points(line: str) -> None:
    points = "x = t([0., -0., 1e-30, .5, 1., nan, inf, -inf, -20.], requires_grad=True)\n"
    assert_beside(f"{HEAD}{points}R = {line}\nif R.requires_grad: R.sum().backward()\nR = [R.detach(), x.grad]")


@pytest.mark.parametrize(
    "name", "elu selu celu leaky_relu hardtanh relu6 hardsigmoid hardswish mish hardshrink softshrink".split()
)
def test_recorded_slopes_of_activations(name: str) -> None:
    """With ``create_graph`` too, where the composition itself is differentiated."""
    code = f"""x = t([-3., -1., -.5, 0., .5, 1., 3., 6.], requires_grad=True)
R = torch.autograd.grad(F.{name}(x).sum(), x, create_graph=True)[0].detach()
"""
    assert_beside(HEAD + code)
