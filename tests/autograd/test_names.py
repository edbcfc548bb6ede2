"""Names of nodes, which prints of tensors show: views, ops, compositions, layers, and what in-place changes make of them."""

from __future__ import annotations

import pytest

from ..programs import assert_same

HEAD = """
import warnings; warnings.simplefilter("ignore")
def name(v):
    v = v[0] if isinstance(v, (tuple, list)) else v
    return v.grad_fn.name() if v.grad_fn else None
x = R(2, 3, 4).abs().requires_grad_(); m = R(2, 3).abs().requires_grad_(); c = torch.ones(2, dtype=torch.complex64, requires_grad=True)
"""
FUNCTIONS = """
x[0]; x[:1]; x[None]; x[...]; x[:]; x[::2]
x[:, 0]; x[0, 1]; x[0, 1, 2]; x[0, 1:]; x[1:, 0]; x[1:, None]
x[None, 0]; x[0, None]; x[..., None]; x[..., 0]; x[..., :1]; x[:, :, :]
x[:, None]; x[True]; x[0, ...]; x[..., 1:, :]; x[[0]]; x[0, [0]]
x[:, [0]]; x[x > 3]; x.view(6, 4); x.view(2, 3, 4); x.reshape(6, 4); x.reshape(2, 3, 4)
x.mT.reshape(6, 4); x.mT.contiguous(); x.flatten(); x.flatten(1); x.mT.flatten(); x.ravel()
x.mT.ravel(); x.unflatten(2, (2, 2)); x.view_as(x); x.reshape_as(x); x.permute(0, 2, 1); x.transpose(0, 1)
x.swapaxes(0, 1); x.mT; m.T; m.t(); m.H; m.mH
x.adjoint(); x.movedim(0, 1); x.squeeze(); x.squeeze(0); x.squeeze((0, 1)); x.unsqueeze(0)
x.expand(2, 2, 3, 4); x.expand_as(x); x.broadcast_to((2, 2, 3, 4)); x.narrow(0, 0, 1); x.select(0, 1); x.unbind(0)
x.split(1); x.split([1, 1]); x.chunk(2); x.tensor_split(2); x.hsplit(3); x.vsplit(2)
x.dsplit(2); x.diagonal(); m.diag(); m[0].diag(); torch.diag_embed(m); x.unfold(0, 1, 1)
x.as_strided((2,), (1,)); x.real; c.real; c.imag; torch.view_as_real(c); torch.view_as_complex(torch.ones(2, 2, requires_grad=True))
c.resolve_conj(); x.detach(); torch.atleast_1d(m); torch.atleast_3d(m); x.repeat(1, 1, 2); x.tile(2)
x.repeat_interleave(2); x.flip(0); x.roll(1); x.rot90(); x.clone(); x.contiguous()
x.double(); x.half(); x.float(); x.to('cpu'); x.type(torch.float64); x.tril()
m.triu(); x.gather(0, x.long() * 0); x.index_select(0, torch.tensor([0])); x.take(torch.tensor([0])); x.masked_select(x > 1); x.masked_fill(x > 1, 0.)
x.where(x > 1, 0.); torch.where(x > 1, x, x); x.scatter(0, x.long() * 0, 1.); x.scatter_add(0, x.long() * 0, x); x.index_add(0, torch.tensor([0]), x[:1]); x.index_fill(0, torch.tensor([0]), 1.)
x.index_copy(0, torch.tensor([0]), x[:1]); x.index_put((torch.tensor([0]),), x[0]); x.masked_scatter(x > 1, x); torch.cat([x, x]); torch.stack([x, x]); torch.hstack([x, x])
torch.vstack([x, x]); torch.dstack([x, x]); torch.column_stack([m, m]); torch.block_diag(m, m); torch.cartesian_prod(m[0], m[0]); torch.combinations(m[0])
torch.meshgrid(m[0], m[0], indexing='ij'); x.sum(); x.sum(0); x.sum((0, 1)); x.mean(); x.mean(0)
x.prod(); x.prod(0); x.max(); x.max(0); x.min(); x.min(0)
x.amax(); x.amax(0); x.amin(0); x.aminmax(); x.median(); x.median(0)
x.nanmedian(); x.mode(0); x.var(); x.var(0); x.std(); x.std(0)
torch.var_mean(x); torch.std_mean(x); x.norm(); x.norm(dim=0); x.norm(1); x.norm(p=3, dim=1)
torch.linalg.norm(m); torch.linalg.vector_norm(m); torch.linalg.matrix_norm(m); x.logsumexp(0); x.softmax(0); x.log_softmax(0)
x.cumsum(0); x.cumprod(0); x.cummax(0); x.logcumsumexp(0); x.sort(); x.argsort()
x.topk(1); x.kthvalue(1); x.msort(); x.nansum(); x.nanmean(); x.nan_to_num()
x.diff(); m.mm(m.T).trace(); x @ x.mT; m @ m.T; m.mv(m[0]); m[0] @ m[1]
m[0].dot(m[1]); m.matmul(m[0]); x.matmul(m[0].new_ones(4)); x.bmm(x.mT); torch.addmm(m, m, torch.ones(3, 3)); torch.baddbmm(x, x, torch.ones(2, 4, 4))
torch.addmv(m[:, 0], m, m[0]); torch.addr(m, m[:, 0], m[0]); torch.outer(m[0], m[0]); torch.einsum('ij,kj->ik', m, m); torch.tensordot(m, m, ([1], [1])); torch.cross(m, m)
torch.cdist(m, m); torch.inner(m, m); torch.inverse(m @ m.T + torch.eye(2)); torch.det(m @ m.T); torch.logdet(m @ m.T + torch.eye(2)); torch.linalg.solve(m @ m.T + torch.eye(2), m)
torch.linalg.svd(m); torch.linalg.qr(m); torch.linalg.cholesky(m @ m.T + torch.eye(2)); torch.linalg.eigh(m @ m.T); x ** 2; x ** 2.5
x ** x; 2 ** x; x / 2; 2 / x; x / x; x - 1
1 - x; x + 1; 1 + x; x * 2; -x; abs(x)
x % 2; x.fmod(2); x.remainder(2); x.sqrt(); x.rsqrt(); x.square()
x.exp(); x.log(); x.log1p(); x.log2(); x.log10(); x.expm1()
x.exp2(); x.sin(); x.atan2(x); x.tanh(); x.sigmoid(); x.relu()
x.clamp(0); x.clamp(0, 1); x.clamp(min=x); x.clamp(max=1); x.clip(0, 1); x.abs()
x.sign(); x.floor(); x.round(); x.round(decimals=1); x.trunc(); x.frac()
x.reciprocal(); x.neg(); x.positive(); x.erf(); x.erfinv(); x.lgamma()
x.digamma(); x.lerp(x, 0.5); x.lerp(x, x); torch.maximum(x, x); torch.minimum(x, x); torch.fmax(x, x)
x.quantile(0.5); x.quantile(0.5, dim=1); x.nanquantile(0.5, dim=0); torch.cov(m); torch.trapezoid(m); torch.trapezoid(m, torch.arange(3.))
torch.linalg.cond(m); torch.linalg.cond(m @ m.T, 1); torch.linalg.lstsq(m.T, m.T[:, :1]); torch.linalg.inv(m @ m.T + torch.eye(2)); torch.linalg.matrix_norm(m, 'nuc'); torch.kron(m, m)
x.sum_to_size(1, 3, 4); x.masked_fill(x > 1, torch.tensor(0.)); torch.fft.fft(m); torch.fft.ifft(m); torch.fft.rfft(m); torch.fft.fft2(m); torch.fft.rfft2(m); torch.linalg.matrix_norm(m, 1); torch.linalg.matrix_norm(m, float("-inf")); F.pad(x, (1, 1), mode="circular"); F.rms_norm(m.bfloat16(), (3,)); torch.stft(x.reshape(2, 12), 4, window=torch.ones(4), return_complex=True)
torch.hypot(x, x); torch.logaddexp(x, x); torch.copysign(x, x); torch.copysign(x, 1); torch.xlogy(x, x); torch.xlogy(x, 2)
torch.addcmul(x, x, x); torch.addcdiv(x, x, x); torch.ldexp(x, torch.tensor(1)); torch.sinc(x); torch.logit(x); torch.polygamma(1, x)
torch.i0(x); torch.nextafter(x, x); torch.special.entr(x); torch.special.xlog1py(x, x); torch.div(x, 2, rounding_mode='floor'); torch.true_divide(x, x)
torch.float_power(x, 2); torch.frexp(x); torch.dist(x, x); torch.renorm(x, 2, 0, 1.); torch.cumulative_trapezoid(m); torch.gradient(m[0])
torch.corrcoef(m); torch.fft.rfft(x); torch.fft.irfft(torch.fft.rfft(x)); torch.polar(m, m); torch.complex(m, m)
c.abs(); c.angle(); c * c; torch.view_as_real(c * 2)
"""
LAYERS = """
F.relu(x); F.relu6(x); F.gelu(x); F.elu(x)
F.selu(x); F.celu(x); F.silu(x); F.mish(x)
F.leaky_relu(x); F.prelu(x, torch.ones(1)); F.rrelu(x); F.hardtanh(x)
F.hardswish(x); F.hardsigmoid(x); F.softplus(x); F.softsign(x)
F.tanhshrink(x); F.softshrink(x); F.hardshrink(x); F.threshold(x, 0, 1)
F.logsigmoid(x); F.glu(x); F.softmax(x, 1); F.softmin(x, 1)
F.log_softmax(x, 1); F.gumbel_softmax(x); F.dropout(x); F.dropout(x, 0.0)
F.dropout(x, training=False); F.alpha_dropout(x); F.dropout2d(x); F.feature_alpha_dropout(x)
F.linear(m, m); F.linear(m, m, m[:, 0]); F.linear(s, torch.ones(4, 8)); F.linear(s, torch.ones(4, 8), torch.ones(4))
F.bilinear(m, m, torch.ones(4, 3, 3)); F.conv1d(s, torch.ones(4, 3, 3)); F.conv2d(x, torch.ones(4, 3, 3, 3)); F.conv_transpose2d(x, torch.ones(3, 4, 3, 3))
F.max_pool1d(s, 2); F.max_pool2d(x, 2); F.max_pool2d(x, 2, return_indices=True); F.max_pool3d(x, 2)
F.avg_pool1d(s, 2); F.avg_pool2d(x, 2); F.avg_pool3d(x, 2); F.lp_pool2d(x, 2, 2)
F.adaptive_avg_pool1d(s, 2); F.adaptive_avg_pool2d(x, 2); F.adaptive_avg_pool2d(x, 1); F.adaptive_max_pool2d(x, 2)
F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2); F.fractional_max_pool2d(x, 2, 4); F.interpolate(x, scale_factor=2); F.interpolate(x, scale_factor=2, mode='bilinear')
F.interpolate(x, scale_factor=2, mode='bicubic'); F.interpolate(s, scale_factor=2, mode='linear'); F.interpolate(x, scale_factor=2, mode='area'); F.grid_sample(x, torch.zeros(2, 4, 4, 2), align_corners=False)
F.affine_grid(torch.ones(2, 2, 3, requires_grad=True), (2, 3, 4, 4), align_corners=False); F.pixel_shuffle(x.repeat(1, 4, 1, 1), 2); F.pixel_unshuffle(x, 2); F.channel_shuffle(x, 3)
F.pad(x, (1, 1))
F.unfold(x, 2); F.fold(F.unfold(x, 2), (8, 8), 2); F.batch_norm(x, torch.zeros(3), torch.ones(3)); F.batch_norm(x, None, None, training=True)
F.layer_norm(x, (8,)); F.group_norm(x, 3); F.instance_norm(x); F.local_response_norm(x, 2)
F.normalize(x); F.embedding(t, m); F.embedding_bag(t, m, t[:1]); F.one_hot(t)
F.cosine_similarity(m, m); F.pairwise_distance(m, m); F.pdist(m); F.mse_loss(m, m)
F.mse_loss(m, m, reduction='none'); F.l1_loss(m, m); F.smooth_l1_loss(m, m); F.huber_loss(m, m)
F.cross_entropy(m, t); F.cross_entropy(m, t, reduction='none'); F.nll_loss(m, t); F.kl_div(m, m)
F.binary_cross_entropy(m.sigmoid(), m.detach().clamp(0, 1)); F.binary_cross_entropy_with_logits(m, m.detach()); F.gaussian_nll_loss(m, m, torch.ones(2, 3)); F.poisson_nll_loss(m, m)
F.hinge_embedding_loss(m, m); F.margin_ranking_loss(m, m, m); F.triplet_margin_loss(m, m, m); F.cosine_embedding_loss(m, m, torch.ones(2))
F.multi_margin_loss(m, t); F.multilabel_margin_loss(m, torch.zeros(2, 3).long()); F.multilabel_soft_margin_loss(m, m); F.ctc_loss(x[:, :, 0, :5].log_softmax(2), t[:1].expand(3, 1) + 1, torch.tensor([2, 2, 2]), torch.tensor([1, 1, 1]))
F.scaled_dot_product_attention(s, s, s); nn.MultiheadAttention(8, 2)(s, s, s); nn.LSTM(8, 4)(s); nn.GRU(8, 4)(s)
nn.RNN(8, 4)(s); nn.LSTMCell(8, 4)(s[0]); nn.GRUCell(8, 4)(s[0]); nn.RNNCell(8, 4)(s[0])
nn.TransformerEncoderLayer(8, 2)(s); nn.Linear(8, 2)(s); nn.Conv2d(3, 2, 3)(x); nn.BatchNorm2d(3)(x)
nn.Embedding(3, 2)(t); nn.utils.parameters_to_vector([m]); nn.Sequential(nn.Flatten(), nn.Linear(192, 2), nn.ReLU())(x)
"""
OPERANDS = "x = R(2, 3, 8, 8).requires_grad_(); s = R(2, 3, 8).requires_grad_(); t = torch.tensor([0, 1])\n"
WRITES = """
y = x * 1; v = y[0]; y += 1; print(name(v), name(y)); v.mul_(2); print(name(v), name(y)); y.view(-1)[0] = 5; print(name(y), name(v))
y = torch.zeros(2, 3, 4); y[0].copy_(x[0]); print(y[0], name(y)); y = torch.zeros(2, 3, 4); y.copy_(x); print(name(y)); y.zero_(); print(name(y))
y = m * 1; y.t_(); print(name(y)); y = m * 1; y.squeeze_(); print(name(y)); y.unsqueeze_(0); print(name(y))
y = m * 1; y[y > 0] = 2; print(name(y)); y[[0]] = 2; print(name(y)); y.fill_(1); print(name(y)); y.masked_fill_(y > 0, 2); print(name(y)); y.clamp_(0, 1); print(name(y))
y = m * 1; y.add_(m); print(name(y)); y.relu_(); print(name(y)); y.tril_(); print(name(y)); y.t().add_(1); print(name(y), name(y.detach()))
with torch.no_grad():
    y.zero_(); print(y, name(y))
print(x[0], x[:1], m.T, m.sum(0), m.max(), m.max(0), x.unbind()[0], F.linear(x, torch.ones(2, 4)), sep="\\n")
"""


def lines(calls: str) -> str:
    """A program that prints each call and the name of its result's node."""
    found = [call.strip() for line in calls.strip().splitlines() for call in line.split("; ")]
    return "".join(f"print({call!r}, name({call}))\n" for call in found)


@pytest.mark.parametrize(
    "program", [lines(FUNCTIONS), OPERANDS + lines(LAYERS), WRITES], ids=["functions", "layers", "writes"]
)
def test_nodes_have_pytorchs_names(program: str) -> None:
    assert_same(HEAD + program)
