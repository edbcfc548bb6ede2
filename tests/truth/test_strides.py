"""How results lie in memory: permuted, transposed and gappy operands beside PyTorch's strides."""

from __future__ import annotations

import pytest

from .cases import assert_same

CALLS = """
x.index_fill(0, k, 1.0); x.index_add(0, k, x[:1]); x.index_copy(0, k, x[:1]); x.index_select(0, k); x[[0, 1], None]; x[:, [0]]; x.gather(0, x.long() * 0); x.take(k)
x.scatter(0, x.long() * 0, 1.0); x.masked_fill(x > 1, 0); x.masked_scatter(x > 1, x); x.put(k, x.reshape(-1)[:1])
x.cumsum(0); x.cumprod(1); x.cummax(0)[0]; x.logcumsumexp(0); x.sort(0)[0]; x.flip(0); x.roll(1, 0); x.rot90(); x.rot90(4); x.diff(dim=0)
x.nan_to_num(); x.repeat_interleave(2, 0); x.tile(2); x.tril(); x.clone(); x.abs(); x + 1; x + x.sum(0); x * x.contiguous(); x.where(x > 1, 0.0); x.clamp(0, 1); x.lerp(x, 0.5)
x.sum(0); x.mean(1, True); x.amax(0); x.var(0); x.softmax(0); x.log_softmax(1); x.norm(dim=0); x.renorm(2, 0, 1.0); x.ravel()[:3]; x.flatten(1); x.reshape(-1, 1); x.to(torch.float64)
F.relu(x); F.threshold(x, 0.5, 1.0); F.hardshrink(x); F.gelu(x); F.layer_norm(x, x.shape[-1:]); F.rms_norm(x, x.shape[-1:]); F.pad(x, (1, 1)); F.dropout(x, 0.0); F.normalize(x)
F.kl_div(x, x, reduction='none'); F.mse_loss(x, x * 2, reduction='none'); F.hinge_embedding_loss(x, x.sign(), reduction='none'); torch.cat([x, x]); torch.stack([x, x]); torch.zeros_like(x)
"""
THREE = "; x.index_put((k,), x[0]); F.group_norm(x, 1); F.instance_norm(x); F.batch_norm(x, None, None, training=True); x.bmm(x.mT); torch.baddbmm(x.bmm(x.mT), x, x.mT)"
TWO = "; x.mm(x.T); torch.addmm(x.mm(x.T).T, x, x.T); x.cov(); x.unfold(0, 2, 1)"
MADE = {
    "permuted": "x = torch.arange(24.).reshape(2, 3, 4).permute(2, 0, 1)",
    "transposed": "x = torch.arange(24.).reshape(2, 3, 4).mT",
    "gappy": "x = torch.arange(48.).reshape(2, 3, 8)[..., ::2]",
    "expanded": "x = torch.arange(8.).reshape(2, 1, 4).expand(2, 3, 4)",
    "matrix": "x = torch.arange(12.).reshape(3, 4).T",
}


ATTENTION = """
F.scaled_dot_product_attention(q, q, q); F.scaled_dot_product_attention(q, turned, turned, is_causal=True); F.scaled_dot_product_attention(turned, q, q)
F.scaled_dot_product_attention(q.mT.contiguous().mT, q, q); F.scaled_dot_product_attention(turned, q, q[..., :4]); F.scaled_dot_product_attention(q[0], q[0], q[0])
F.scaled_dot_product_attention(turned[0], q[0], q[0]); F.scaled_dot_product_attention(q, q, q, attn_mask=torch.ones(2, 1, 3, 3)); F.scaled_dot_product_attention(q[None], q[None], q[None])
F.scaled_dot_product_attention(q[:1].expand(2, 4, 3, 8), turned, q); F.scaled_dot_product_attention(q.double(), q.double(), q.double()); F.scaled_dot_product_attention(q[:, :, :1], q, q)
"""


def test_attention_lies_as_pytorchs() -> None:
    """As the query does, so that `view` takes it or does not; with the numbers, and their gradients."""
    lines = [call.strip() for call in ATTENTION.replace("\n", ";").split(";") if call.strip()]
    program = "F = torch.nn.functional\nq = (torch.arange(192.) % 7 / 4).reshape(2, 4, 3, 8).requires_grad_()\n"
    program += "turned = (torch.arange(192.) % 5 / 4).reshape(2, 3, 4, 8).transpose(1, 2)\n"
    show = "T(lambda: ({0!r}, tuple(({0}).stride()), round(({0}).sum().item(), 2), round(torch.autograd.grad((({0}) ** 2).sum(), q)[0].std().item(), 2)))"
    assert_same(program + "\n".join(show.replace("{0!r}", repr(call)).replace("{0}", call) for call in lines))


CHANNELS_LAST = """
F.pad(x, (1, 1)); F.pad(x, (1, 1, 1, 1)); F.pad(x, (1, 1, 1, 1), mode='reflect'); F.pad(x, (1, 1, 1, 1), mode='replicate'); F.pad(x, (1, 1, 1, 1), mode='circular')
F.pad(x, (0, 0)); F.pad(x.contiguous().mT, (0, 0)); F.channel_shuffle(x, 2); F.channel_shuffle(x.contiguous().mT, 1); F.pixel_shuffle(torch.cat((x, x), 1).contiguous(memory_format=torch.channels_last), 2); F.pixel_unshuffle(x, 2)
torch.stack([x, x]); torch.stack([x, x], 1); torch.stack([x, x], 3); torch.stack([x], -1); torch.stack([x, x.contiguous()]); torch.stack([x[:, 1:], x[:, :3]], 2); x.roll(1, 2); torch.cat([x[:, 1:], x[:, :, :, 1:3].mT.contiguous(memory_format=torch.channels_last)[:, :3]], 3)
F.pixel_shuffle(x.contiguous().mT, 1); x.roll(0, 0); x[0, 0].T.roll(4, 0); torch.addr(x[0, 0].contiguous().T, x[0, 0, 0], x[0, 0, 1]); F.relu(x); x + 1; F.dropout2d(x, 0.0)
F.max_pool2d(x, 2); F.max_pool2d(x, 2, return_indices=True)[1]; F.max_pool2d(x[:, :3], 2); F.max_pool2d(x[0], 2); F.max_pool2d(x[:, :1], 2); F.avg_pool2d(x, 2); F.lp_pool2d(x, 2, 2); F.adaptive_avg_pool2d(x, 2)
F.adaptive_avg_pool2d(x, 3); F.adaptive_avg_pool2d(x, 1); F.adaptive_max_pool2d(x, 3, return_indices=True)[1]; F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2); F.interpolate(x, scale_factor=2)
F.interpolate(x, size=(3, 5), mode='bilinear'); F.interpolate(x, size=3, mode='bicubic', antialias=True); F.interpolate(x, size=3, mode='area'); F.group_norm(x, 2); F.batch_norm(x[:, :3], None, None, training=True)
F.interpolate(F.adaptive_avg_pool2d(x, 1), size=4, mode='bilinear'); F.pixel_shuffle(x, 2); torch.nn.BatchNorm2d(4)(x).relu()
"""
VOLUMES = """
F.max_pool3d(v, 2); F.max_pool3d(v, 2, return_indices=True)[1]; F.avg_pool3d(v, 2); F.adaptive_avg_pool3d(v, 1); F.adaptive_avg_pool3d(v, 2); F.adaptive_max_pool3d(v, 2); F.interpolate(v, scale_factor=2)
F.interpolate(v, size=3, mode='trilinear'); F.batch_norm(v, None, None, training=True); F.batch_norm(v, v[0, :, 0, 0, 0], v[0, :, 0, 0, 1] + 1); F.group_norm(v, 2); F.instance_norm(v); F.pad(v, (1, 1)); F.pad(v, (1,) * 6, mode='reflect')
"""


def test_channels_last_stays() -> None:
    lines = [call.strip() for call in (CHANNELS_LAST + VOLUMES).replace("\n", ";").split(";") if call.strip()]
    program = "F = torch.nn.functional\nx = torch.arange(128.).reshape(2, 4, 4, 4).contiguous(memory_format=torch.channels_last)\n"
    program += "v = torch.arange(512.).reshape(2, 4, 4, 4, 4).contiguous(memory_format=torch.channels_last_3d)\n"
    show = "T(lambda: ({0!r}, tuple(({0}).stride()), ({0}).double().flatten()[:9].tolist()))"
    assert_same(program + "\n".join(show.replace("{0!r}", repr(call)).replace("{0}", call) for call in lines))


@pytest.mark.parametrize("made", MADE)
def test_results_lie_as_pytorchs(made: str) -> None:
    calls = CALLS.replace("\n", ";") + (TWO if made == "matrix" else THREE)
    lines = [call.strip() for call in calls.split(";") if call.strip()]
    program = f"import warnings; warnings.simplefilter('ignore')\nF = torch.nn.functional\n{MADE[made]}\nk = torch.tensor([0])\n"
    assert_same(program + "\n".join(f"T(lambda: ({call!r}, tuple(({call}).stride())))" for call in lines))
