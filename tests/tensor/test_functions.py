"""Functions and methods beyond the op table beside PyTorch: views, creation, reductions, products, indexing, conversion.

Each case is an expression over ``m`` (the library), ``x`` (4x6 float32), ``v`` (6 float32), ``k`` (4x6 int64) and ``b`` (4x6
bool). Values, dtype, shape and strides must be PyTorch's, and so must the gradient of what is differentiable, or the error's class.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import cltorch

VIEWS = """
x[1:4:2, ::3]; x.t(); x.T; x.permute(1, 0); x.transpose(0, -1); x.view(3, 8); x.view(-1); x.reshape(2, 2, 6); x.t().reshape(-1)
x.unsqueeze(1); x[:1].squeeze(0); x.expand(3, 4, 6); x.narrow(1, 2, 3); x.select(0, -1); m.stack(x.unbind(1)); x.split(2)[1]
x.split([1, 3])[1]; x.chunk(4, 1)[2]; x.diagonal(); x.diagonal(1); x.unfold(1, 3, 2); x.flip(0); x.flip((0, 1)); x.flatten()
x.unflatten(1, (2, 3)); x.movedim(0, 1); x.swapaxes(0, 1); x.as_strided((2, 3), (6, 2), 1); x.repeat(2, 1); m.tile(x, (2,)); x.roll(1, 1)
m.broadcast_to(v, (3, 6)); x.tril(); x.triu(1); m.cat([x, x], 1); m.stack([x, x], 2); m.hstack([x, x]); m.vstack([x, v]); x.contiguous()
x.t().contiguous(); x.expand_as(x); x.view_as(x); x.ravel(); m.meshgrid(v, v, indexing='ij')[0]; x.mT; x[..., None]; x[None]
"""
REDUCTIONS = """
x.sum(); x.sum(0); x.sum((0, 1)); x.sum(1, keepdim=True); x.mean(); x.mean(-1); x.prod(); x.prod(1); x.max(); x.min(1).values; x.max(0).indices
x.amax(1); x.amin((0, 1)); x.argmax(); x.argmin(1); x.argmax(0, keepdim=True); k.sum(); b.sum(); k.max(); b.any(); b.all(1); k.prod()
x.std(); x.var(1); x.std(0, unbiased=False); x.var(1, correction=0); x.norm(); x.norm(dim=1); x.norm(1); x.logsumexp(1); x.softmax(0)
x.log_softmax(1); x.cumsum(1); x.cumsum(0); x.cumprod(1); k.cumsum(1); x.count_nonzero(); x.sum(dtype=m.float64); k.sum(1, dtype=m.int32)
x.sort().values; x.sort(0, descending=True).indices; x.topk(2).values; x.topk(3, 0, largest=False).indices; x.argsort(1); x[:0].sum()
x[:0].sum(0); x[:0].prod(); k.float().mean(); x.t().sum(1); x[::2, 1:].sum(0); x.max(1, keepdim=True).values; m.var_mean(x, 1)[0]
"""
PRODUCTS = """
x @ x.t(); x.mm(x.t()); x @ v; v @ v; v @ x.t(); x.matmul(x.t()[None]); x[None].expand(3, 4, 6) @ x.t(); m.dot(v, v); m.mv(x, v); m.outer(v, v)
m.bmm(x[None], x.t()[None]); m.addmm(x[:, :4], x, x.t()); m.addmm(v[:4], x, x.t(), beta=0.5, alpha=2); k @ k.t(); x[:0] @ x.t(); x[:, :0] @ x.t()[:0]
m.baddbmm(x[None, :, :4], x[None], x.t()[None]); x.double() @ x.t().double(); x[:, ::2] @ x[:, 1::2].t()
"""
INDEXING = """
x[[0, 2]]; x[k[:, 0] % 4]; x[b]; x[:, [1, 1]]; x[k[0, :3] % 4, k[1, :3] % 4]; x[1, [0, 2]]; x[b[:, 0]]; x[None, 1:, ..., 0]; x.gather(1, k % 6)
x.index_select(0, k[0] % 4); x.take(k % 24); x.take_along_dim(k % 4, 0); x.masked_select(b); b.nonzero().contiguous(); x.masked_fill(b, -1.0); x.where(b, 0.0)
x.scatter(1, k % 6, 2.0); x.scatter_add(0, k % 4, x); x.index_add(0, k[0, :2] % 4, x[:2]); x.index_fill(1, k[0, :2] % 6, 7.0)
x.index_put((k[0] % 4, k[1] % 6), v); x.index_put((k[0] % 4, k[1] % 6), v, accumulate=True); x[-1, -1]; x[1:1]; m.where(b, x, -x)
"""
CREATION = """
m.arange(5); m.arange(1, 2, 0.25); m.arange(5, 0, -2); m.linspace(0, 1, 7); m.logspace(0, 2, 3); m.eye(3); m.eye(2, 4); m.full((2, 3), 7)
m.full((2,), 1.5); m.zeros(2, 3, dtype=m.int8); m.ones((2, 2)); m.zeros_like(x); m.ones_like(k); m.full_like(x, 3); m.tensor([[1, 2], [3, 4]])
m.tensor([1, 2.5]); m.tensor([True, False]); m.tensor(3); m.empty(0, 3); m.tensor([]); m.scalar_tensor(2); m.as_tensor([1.0]); m.rand(3, 2) * 0
m.arange(3, dtype=m.float16); m.tensor([[]]); m.zeros(()); m.randperm(6).sort().values; m.rand_like(x) * 0; m.randint(3, 4, (2, 2))
"""
CONVERSION = """
x.int(); (x * 3).long(); x.half(); x.bfloat16(); x.double(); k.float(); k.bool(); x.bool(); x.to(m.int16); x.type(m.float64); b.float(); x.to(x)
(x * 40).to(m.int8); k.to(m.uint8); x.clone(); x.detach(); x.type_as(k); x + k; x * True; k / 2; k // 2; k % 3; k ** 2; 2 - k; 1 / (k + 1)
x.half() + 1; x[0, 0] + k; k + 1.5; b + b; b * 2; x.clamp(-1, 1); x.clamp(min=0); x.round(decimals=1); x.lerp(x * 2, 0.3); x.addcmul(x, x, value=2)
"""
WRONG = """
x.view(5, 5); x.t().view(-1); x.reshape(7, -1); x[4]; x[0, 6]; x[0, 0, 0]; x.squeeze(3); x.permute(0, 0); x.expand(2, 6); x.narrow(1, 5, 3); x.select(2, 0)
x @ x; x.mm(v); x + x[:3]; m.cat([x, v]); m.stack([x, v]); x.sum(2); x.max(3); k.mean(); x.gather(1, k[:, :1, None]); x[k.float()]; x.index_select(2, k[0])
m.zeros(-1); m.arange(0, 5, -1); m.tensor([[1], [2, 3]]); x.item(); bool(x); x & 1; x.view(m.Size([1])); int(x); m.randint(3, 3, (2,)); x.unflatten(1, (4, 2))
x.chunk(0); x.split(-1); m.dot(x, x); x.scatter(2, k, 1.0); x.masked_fill(k, 0.0); len(x[0, 0]); x.t_().item(); x.half().item(); x.topk(9); x[:0].max()
"""


def listed(text: str) -> list[str]:
    return [case.strip() for case in text.replace("\n", ";").split(";") if case.strip()]


def names(m: Any) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    x, v = rng.normal(size=(4, 6)).astype(np.float32), rng.normal(size=6).astype(np.float32)
    k = rng.integers(0, 50, size=(4, 6))
    return {
        "m": m,
        "x": m.tensor(x).requires_grad_(),
        "v": m.tensor(v).requires_grad_(),
        "k": m.tensor(k),
        "b": m.tensor(k % 3 == 0),
    }


def array(tensor: Any) -> np.ndarray:
    tensor = tensor.detach()
    return tensor.float().numpy() if repr(tensor.dtype) == "torch.bfloat16" else tensor.numpy()


@pytest.mark.parametrize(
    "case", [c for t in (VIEWS, REDUCTIONS, PRODUCTS, INDEXING, CREATION, CONVERSION) for c in listed(t)]
)
def test_result_and_gradient(case: str) -> None:
    ours, theirs = names(cltorch), names(torch)
    found, expected = eval(case, ours), eval(case, theirs)
    assert repr(found.dtype) == repr(expected.dtype)
    assert found.shape == tuple(expected.shape)
    if expected.numel():
        assert found.stride() == expected.stride()
    tolerance = {"torch.float16": 1e-3, "torch.bfloat16": 1e-2}.get(repr(found.dtype), 1e-5)
    np.testing.assert_allclose(array(found), array(expected), rtol=tolerance, atol=tolerance)
    assert found.requires_grad == expected.requires_grad
    if expected.requires_grad:
        weight = np.random.default_rng(1).normal(size=tuple(expected.shape))
        (found.float() * cltorch.tensor(weight).float()).sum().backward()
        (expected.float() * torch.tensor(weight).float()).sum().backward()
        for name in "xv":
            a, b = ours[name].grad, theirs[name].grad
            assert (a is None) == (b is None), name
            if b is not None:
                np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("case", listed(WRONG))
def test_wrong_use_raises_pytorchs_class_and_changes_nothing(case: str) -> None:
    ours, theirs = names(cltorch), names(torch)
    before = ours["x"].detach().numpy()
    try:
        eval(case, theirs)
    except Exception as error:
        with pytest.raises(type(error)):
            eval(case, ours)
    else:
        eval(case, ours)
    np.testing.assert_array_equal(ours["x"].detach().numpy(), before)
