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
x.reshape(shape=(3, 8)); x.view(size=(3, 8)); x.permute(dims=(1, 0)); m.permute(x, dims=(1, 0)); x.expand(size=(2, 4, 6)); x.flip(dims=(0, 1)); x.H; x.mH
m.adjoint(x); m.fliplr(x); m.flipud(x); m.rot90(x); m.rot90(x, 3); m.rot90(x, 2, (1, 0)); m.diag(v); m.diag(v, -1); m.diag(x); m.diag(x, 1); m.diagflat(x)
m.diag_embed(x); m.diag_embed(x, 1, 0, 2); m.tensor_split(x, 3, 1)[1]; m.tensor_split(x, (1, 3))[2]; m.tensor_split(x, (3, 1))[1]; m.tensor_split(x, indices=(1, 3))[2]; m.tensor_split(x, sections=2, dim=1)[1]; m.hsplit(x, 2)[1]
m.vsplit(x, (1,))[1]; m.split(x, split_size_or_sections=2)[0]; m.atleast_1d(x[0, 0]); m.atleast_2d(v); m.atleast_3d(v); m.atleast_3d(x, v)[0]; x.repeat(2, 1, 1)
x.repeat((2, 1)); x.repeat(1, 1); v.repeat(1); m.meshgrid(v, v[:2], indexing='xy')[0]; m.broadcast_tensors(b, v)[1]; m.dstack([v, v])
m.column_stack([v, v]); m.column_stack([x, x[:, 0]]); m.row_stack([x, v]); m.cat([x, x], axis=1); m.cartesian_prod(v[:2], v[:3]); x.repeat_interleave(2, dim=0)
m.repeat_interleave(v, 2); m.repeat_interleave(v, m.arange(6)); x.repeat_interleave(m.tensor([1, 0, 2, 1]), 0); m.triu(m.ones(3, 3, dtype=m.bool), 1); m.tril(b)
x.contiguous(memory_format=m.contiguous_format); x.t().clone(memory_format=m.contiguous_format); x[None, None].contiguous(memory_format=m.channels_last)
x.view(1, 2, 3, 4).to(memory_format=m.channels_last); x.swapaxes(axis0=0, axis1=1); m.unflatten(x, 1, (-1, 3))
x.t().flip(0); x[:, ::2].flip(1); x.t().roll(1, 0); x.t().masked_fill(b.t(), 0); x.view(2, 2, 6).permute(2, 0, 1).flip(0)
m.unravel_index(k.abs(), (7, 3, 2))[1]; m.unravel_index(k, m.Size([40]))[0]; m.unravel_index(k.int(), 9)[0]; m.unravel_index(k[:0], (0, 3))[1]
"""
REDUCTIONS = """
x.sum(); x.sum(0); x.sum((0, 1)); x.sum(1, keepdim=True); x.mean(); x.mean(-1); x.prod(); x.prod(1); x.max(); x.min(1).values; x.max(0).indices
x.amax(1); x.amin((0, 1)); x.argmax(); x.argmin(1); x.argmax(0, keepdim=True); k.sum(); b.sum(); k.max(); b.any(); b.all(1); k.prod()
x.std(); x.var(1); x.std(0, unbiased=False); x.var(1, correction=0); x.norm(); x.norm(dim=1); x.norm(1); x.logsumexp(1); x.softmax(0)
x.log_softmax(1); x.cumsum(1); x.cumsum(0); x.cumprod(1); k.cumsum(1); x.count_nonzero(); x.sum(dtype=m.float64); k.sum(1, dtype=m.int32)
x.sort().values; x.sort(0, descending=True).indices; x.topk(2).values; x.topk(3, 0, largest=False).indices; x.argsort(1); x[:0].sum()
x[:0].sum(0); x[:0].prod(); k.float().mean(); x.t().sum(1); x[::2, 1:].sum(0); x.max(1, keepdim=True).values; m.var_mean(x, 1)[0]
x.sum(axis=0); m.sum(x, axis=1, keepdims=True); x.mean(axis=(0, 1)); m.argmax(x, axis=1); m.max(x, other=v); x.max(axis=0)[0]; x.amax(axis=1); x.softmax(axis=1)
m.aminmax(x)[1]; x.aminmax(dim=1).min; m.std_mean(x, dim=1)[0]; m.var_mean(x, dim=1, correction=0)[0]; m.std_mean(x)[1]; m.median(x); m.median(x, 1).values
m.median(x, 0, keepdim=True).indices; v.median(0).values; (x / (x > 9)).detach().median(); m.norm(x, p=-float('inf')); m.kthvalue(x, 2).values; x.kthvalue(1, 0).indices; m.msort(x)
m.cummax(x, 1).values; m.cummax(x, 0).indices; k.cummin(1).values; m.diff(v); m.diff(x, dim=0); x.diff(2); b.diff(); m.diff(v, prepend=v[:1], append=v[:2])
x.t().softmax(0); x.t().log_softmax(1); x[:0].softmax(0); x[:0].log_softmax(1); x.t().sort(0).values; x.t().argsort(0); x.view(2, 2, 6).permute(2, 0, 1).sort(1).values; x.t().topk(2, 0).values
(x * (x > -1)).cumprod(1); (x * (k > 9)).cumprod(0); (x * 0).cumprod(1); k.cumsum(1, dtype=m.int32); b.cumsum(0); k.cumprod(0, dtype=m.float32); m.cumsum(x, 1, dtype=m.float64)
x[0, 0].sort().values; x[0, 0].cumsum(0); x.mean(dtype=m.float64); x.half().mean(0)
k.to(m.uint8).any(); k.to(m.uint8).all(1); b.logsumexp(1); k.logsumexp(0)
"""
PRODUCTS = """
x @ x.t(); x.mm(x.t()); x @ v; v @ v; v @ x.t(); x.matmul(x.t()[None]); x[None].expand(3, 4, 6) @ x.t(); m.dot(v, v); m.mv(x, v); m.outer(v, v)
m.bmm(x[None], x.t()[None]); m.addmm(x[:, :4], x, x.t()); m.addmm(v[:4], x, x.t(), beta=0.5, alpha=2); k @ k.t(); x[:0] @ x.t(); x[:, :0] @ x.t()[:0]
m.baddbmm(x[None, :, :4], x[None], x.t()[None]); x.double() @ x.t().double(); x[:, ::2] @ x[:, 1::2].t()
m.einsum('ij,kj->ik', x, x); m.einsum('ij->ji', x); m.einsum('ij->', x); m.einsum('ii->i', x[:, :4]); m.einsum('ii', x[:, :4]); m.einsum('ij,j', x, v)
m.einsum('bij,bjk->bik', x[None], x.t()[None]); m.einsum('i,j->ij', v, v); m.einsum('...ij,...kj->...ik', x[None], x[None]); m.einsum('ij,ij->i', x, x)
m.einsum('ij,kj,lk->il', x, x, x[:, :4]); m.einsum('b i, b j -> i j', x, x); m.einsum('i,i->', v, v); m.einsum('ij,ik->ijk', x, x); m.einsum('...,j->...j', x, v)
m.einsum('i...->...', x); m.einsum('ij,jk', x, x.t()); m.einsum('abcd,cd->ab', x.view(2, 2, 2, 3), x[:2, :3]); m.einsum('ij,kj->ik', [x, x[:1]])
m.tensordot(x, x, dims=([1], [1])); m.tensordot(x, x.t(), dims=1); m.tensordot(v, v, dims=0); m.tensordot(v[0], v[1], dims=0); m.einsum(',->', v[0], v[1]); m.tensordot(k[:1, 0], k[0], dims=1); m.tensordot(x.view(2, 2, 6), x, ([2], [1])); m.inner(v, v); m.inner(x, v)
m.vdot(v, v); m.ger(v, v); m.addmv(x[:, 0], x, v, beta=0.5); m.addr(x[:4, :4], x[:, 0], x[:, 1], alpha=2); m.addbmm(x[:, :4], x[None], x.t()[None])
m.addmm(x[:, :4] / 0, x.detach(), x.t().detach(), beta=0); m.trace(x[:, :4]); m.mm(input=x, mat2=x.t())
"""
INDEXING = """
x[[0, 2]]; x[k[:, 0] % 4]; x[b]; x[:, [1, 1]]; x[k[0, :3] % 4, k[1, :3] % 4]; x[1, [0, 2]]; x[b[:, 0]]; x[None, 1:, ..., 0]; x.gather(1, k % 6)
x.index_select(0, k[0] % 4); x.take(k % 24); x.take_along_dim(k % 4, 0); x.masked_select(b); b.nonzero().contiguous(); x.masked_fill(b, -1.0); x.where(b, 0.0)
x.scatter(1, k % 6, 2.0); x.scatter_add(0, k % 4, x); x.index_add(0, k[0, :2] % 4, x[:2]); x.index_fill(1, k[0, :2] % 6, 7.0)
x.index_put((k[0] % 4, k[1] % 6), v); x.index_put((k[0] % 4, k[1] % 6), v, accumulate=True); x[-1, -1]; x[1:1]; m.where(b, x, -x)
x.masked_scatter(b, v[:4] * 2); x.masked_scatter(b[0], x.detach() * 3); m.take_along_dim(x, k % 24); x.detach().unique(); (k % 5).unique(); m.unique(k % 5, return_counts=True)[1]
m.unique(k % 5, return_inverse=True)[1]; m.bincount(k[0]); m.bincount(k[0] % 4, weights=v.detach(), minlength=7); m.bincount(k[0, :0]); m.argwhere(b); b.nonzero(); m.nonzero(x[0, 0])
k.masked_fill(b, 2.7); b.masked_fill(b, 3)
x[0, 0].index_select(0, k[0, :1] * 0); x.index_copy(0, k[0, :2] * 0 + m.tensor([0, 2]), x.detach()[:2]); x.index_fill(0, m.tensor(1), m.tensor(2.0))
x.index_add(1, m.tensor([0, 0]), x[:, :2], alpha=2); x[0, 0].index_fill(0, m.tensor([0]), 3.0)
"""
CREATION = """
m.div(7, 2, rounding_mode="trunc"); m.add(1, 2.5); m.mul(2, 3); m.sub(1, 2); m.div(7, 2); m.div(7, k.abs() + 1, rounding_mode="floor")
m.arange(5); m.arange(1, 2, 0.25); m.arange(5, 0, -2); m.linspace(0, 1, 7); m.logspace(0, 2, 3); m.eye(3); m.eye(2, 4); m.full((2, 3), 7)
m.full((2,), 1.5); m.zeros(2, 3, dtype=m.int8); m.ones((2, 2)); m.zeros_like(x); m.ones_like(k); m.full_like(x, 3); m.tensor([[1, 2], [3, 4]])
m.tensor([1, 2.5]); m.tensor([True, False]); m.tensor(3); m.empty(0, 3); m.tensor([]); m.scalar_tensor(2); m.as_tensor([1.0]); m.rand(3, 2) * 0
m.arange(3, dtype=m.float16); m.tensor([[]]); m.zeros(()); m.randperm(6).sort().values; m.rand_like(x) * 0; m.randint(3, 4, (2, 2))
"""
CONVERSION = """
x.int(); (x * 3).long(); x.half(); x.bfloat16(); x.double(); k.float(); k.bool(); x.bool(); x.to(m.int16); x.type(m.float64); b.float(); x.to(x)
(x * 40).to(m.int8); k.to(m.uint8); x.clone(); x.detach(); x.type_as(k); x + k; x * True; k / 2; k // 2; k % 3; k ** 2; 2 - k; 1 / (k + 1)
x.half() + 1; x[0, 0] + k; k + 1.5; b + b; b * 2; x.clamp(-1, 1); x.clamp(min=0); x.round(decimals=1); x.lerp(x * 2, 0.3); x.addcmul(x, x, value=2)
x.to(float); x.to(dtype=int); x.type('torch.DoubleTensor'); x.type(m.LongTensor); x.float().real; 1 << (k % 4); 100 >> (k % 4); m.mul(2, x); m.pow(2, x)
m.remainder(7, k + 1); m.true_divide(1, k + 1); m.rsub(x, 1); m.rsub(k, 1, alpha=2); m.bitwise_and(3, k); m.positive(x); m.arctan2(x, x); m.arcsinh(x); m.arctanh(x.tanh())
m.nan_to_num(x / (x > 0)); m.nan_to_num(x / 0, posinf=1.0, neginf=-2.0); m.deg2rad(x); m.rad2deg(x); m.isposinf(x / 0); m.isneginf(x / 0); m.isreal(x); m.logit(x.sigmoid(), 1e-3)
m.add(k, 1, alpha=3); 1.5 - b.float(); k.to(m.uint8) - 3
"""
PARTS = """
m.heaviside(x.detach(), v.detach()); m.heaviside(k % 3 - 1, k); m.nextafter(x, v); m.nextafter(x.detach().half(), v.detach().half()); m.nextafter(x.detach().bfloat16(), -x.detach().bfloat16())
m.frexp(x).mantissa; m.frexp(x).exponent; m.ldexp(x, k % 5); x.ldexp(v); m.float_power(x.abs(), 2.5); m.float_power(2, k % 4); k.float_power(2); m.logaddexp2(x, v); m.signbit(x); (x * 0 * -1).signbit(); m.signbit(k - 9)
m.gcd(k, k.t().reshape(4, 6)); m.lcm(k, 6 + k * 0); m.gcd(k - 20, m.tensor(12)); m.kron(x, v); m.kron(v[:2], k); m.nansum(x / (b * 1.0) * 0 + v, 0); m.nansum(k, 1); (x.masked_fill(b, float('nan'))).nanmean(1); (x.masked_fill(b, float('nan'))).nansum()
m.hash_tensor(x.detach()).long(); m.hash_tensor(k, 1, keepdim=True).long(); m.segment_reduce(x.detach(), 'sum', lengths=m.tensor([1, 0, 3])); m.segment_reduce(x, 'max', lengths=m.tensor([1, 3])); m.segment_reduce(x, 'mean', offsets=m.tensor([0, 2, 4]), unsafe=True)
m.cdist(x, x.flip(0) * 2); m.cdist(x, v[None], p=1); m.cdist(x, v[None], p=float('inf')); m.cdist(x.repeat(8, 1), v[None] + x); m.pdist(x); m.constant_pad_nd(x, (1, -2, 0, 1), 3.5); m.special.airy_ai(x.detach() * 9)
"""
WINDOWS = """
m.hann_window(7); m.hamming_window(6, False); m.blackman_window(5).abs(); m.bartlett_window(8, False); m.kaiser_window(9, True, 5.0); m.hann_window(1); m.hann_window(0); m.signal.windows.hann(6); m.signal.windows.nuttall(7, sym=False)
m.signal.windows.gaussian(6, std=1.5); m.signal.windows.exponential(5, tau=2.0); m.signal.windows.cosine(5); m.signal.windows.kaiser(6, beta=3.0); m.signal.windows.general_cosine(5, a=[0.5, 0.3, 0.2]); m.signal.windows.bartlett(5)
m.stft(x.reshape(-1), 8, 2, window=m.hann_window(8), return_complex=True).abs(); m.stft(x, 4, 2, window=m.hann_window(4), center=False, normalized=True, return_complex=True).imag; m.stft(x.repeat(1, 3), 8, 4, 6, m.hann_window(6), pad_mode='constant', return_complex=True).real
m.istft(m.stft(x.reshape(-1), 8, 2, window=m.hann_window(8), return_complex=True), 8, 2, window=m.hann_window(8), length=24); m.istft(m.stft(x.repeat(1, 3), 8, 2, window=m.ones(8), return_complex=True), 8, 2, window=m.ones(8)); m.istft(m.complex(x.reshape(-1)[:12].reshape(6, 2), x.reshape(-1)[12:].reshape(6, 2)), 6, window=m.ones(6))
"""
MASKED = """
m.masked.sum(x, mask=b); m.masked.sum(k, 1, mask=b); m.masked.prod(x, 0, mask=b); m.masked.amax(x, 1, mask=b); m.masked.amin(x, mask=~b); m.masked.argmax(x, 1, mask=b); m.masked.mean(x, 0, mask=b); m.masked.median(x, 1, mask=b)
m.masked.std(x, 1, mask=~b); m.masked.var(x, mask=b, correction=0); m.masked.norm(x, 3, 0, mask=b); m.masked.logsumexp(x, 1, mask=~b); m.masked.softmax(x, 1, mask=~b); m.masked.log_softmax(x, 0); m.masked.softmin(x, 1, mask=~b)
m.masked.normalize(x, 2.0, 1, mask=~b); m.masked.cumsum(x, 1, mask=b); m.masked.cumprod(x, 0, mask=b); m.masked.logaddexp(x, v.expand(4, 6), input_mask=b); m.masked.argmin(x, mask=b)
"""
OLDER = """
m.slice_copy(x, 1, 1, 5, 2); m.norm_except_dim(x, 2, 1); m.norm_except_dim(x, 1, -1); m.index_put_(x.detach().clone(), (m.tensor([1, 2]),), v); x.detach().clone().apply_(lambda a: a + 1); x.detach().clone().map_(v.detach(), lambda a, b: a * b)
m.tensor(x.t().dim_order()); x.unsafe_chunk(2)[1]; x.unsafe_split(3, 1)[0]; m.tensor((x > 0).nonzero_static(size=3).tolist()); m.diff(v, n=0, prepend=v); 2 / x.abs(); x.abs().__rdiv__(2); v.__rmatmul__(x); m.addr(b, b[:, 0], b[0])
x.prelu(v[:1]); x.hardshrink(); m.embedding_bag(x, m.tensor([1, 2, 3, 0]), m.tensor([0, 2]), mode=1)[0]; m.convolution(x[None], x[None, :, :2].detach(), None, (1,), (0,), (1,), False, (0,), 1); m.sparse.spdiags(x.detach(), m.tensor([0, 1, -1, 2]), (5, 6)).to_dense()
"""
WRONG = """
x.view(5, 5); x.t().view(-1); x.reshape(7, -1); x[4]; x[0, 6]; x[0, 0, 0]; x.squeeze(3); x.permute(0, 0); x.expand(2, 6); x.narrow(1, 5, 3); x.select(2, 0)
x @ x; x.mm(v); x + x[:3]; m.cat([x, v]); m.stack([x, v]); x.sum(2); x.max(3); k.mean(); x.gather(1, k[:, :1, None]); x[k.float()]; x.index_select(2, k[0])
m.zeros(-1); m.arange(0, 5, -1); m.tensor([[1], [2, 3]]); x.item(); bool(x); x & 1; x.view(m.Size([1])); int(x); m.randint(3, 3, (2,)); x.unflatten(1, (4, 2))
x.chunk(0); x.split(-1); m.dot(x, x); x.scatter(2, k, 1.0); x.masked_fill(k, 0.0); len(x[0, 0]); x.t_().item(); x.half().item(); x.topk(9); x[:0].max()
1 - b; k - b; x - True; b - b; m.add(k, 1, alpha=0.5); m.sub(k, k, alpha=True); m.pow(k, -1); k ** -2; m.argmax(b); m.norm(k); m.softmax(k, 1); b @ b.t(); +b; m.cat(x)
m.cat([x, 3]); m.stack([v, v], 3); m.masked_fill(k, b, float('inf')); m.einsum('ij,jk', x, x); m.einsum('ijk', x); m.einsum('i,j->ij', v); m.einsum('ij->k', x)
m.tensordot(x, x, 1); m.inner(x, v[:3]); m.outer(x, v); m.trace(v); m.diag(x[None]); m.diag_embed(x, 0, 1, 1); x.rot90(1, (0, 0)); x.repeat_interleave(m.tensor([1, 2]), 0)
m.hsplit(x, 4); m.vsplit(v, 1); m.tensor_split(x, 0); x.masked_scatter(b, v[:1]); x.masked_scatter(k, v); m.bincount(x); m.bincount(-k[0]); m.kthvalue(x, 9); x[0, 0].diff()
x.to('a'); x.to(str); x.type('torch.Nothing'); x.median(4); m.meshgrid(v, v, indexing='a'); x.t().contiguous(memory_format=m.preserve_format)
x.contiguous(memory_format=m.channels_last); m.where(x, x, x); m.broadcast_tensors(x, v[:5]); x.fill_diagonal_(1) if v.fill_diagonal_(1) is None else 0; x.H if x[None].H is None else 0
x.index_add(0, m.tensor([0, 2]), x[:1]); x.index_copy(0, m.tensor([0, 2]), x[:1]); x.index_add(0, m.tensor([0]), k[:1]); x.index_copy(0, m.tensor([0]), k[:1])
x.index_add(0, m.tensor([0, 2]), x[:2, :3]); x.index_copy(0, m.tensor([0, 2]), x[:2, :3]); x.index_add(0, m.tensor([0, 2]), x[0]); x.index_copy(0, m.tensor([0., 2]), x[:2])
x.index_select(0, m.tensor([0., 2])); x.index_fill(0, m.tensor([[0]]), 1.0); x.index_fill(0, m.tensor([0.]), 1.0); x.scatter(1, k % 6, 1.0, reduce='a'); x.take(m.tensor([0.]))
x.index_put((k[0] % 4,), m.tensor(1)); x.gather(1, k + 6).sum().item(); x.detach().index_select(1, m.tensor([9])).sum().item(); x[0, 0].split(1); x[0].tril(); k.clone().normal_(); k.clone().uniform_()
x.mean(dim='a'); x.sum(dim=1.5); x.narrow(1, 0, 9); x.scatter(1, k + 6, 1.0).sum().item()
m.isclose(x, x.double()); m.allclose(k, x); m.isclose(x, 1.0); abs(b); b % b; b ** b; m.floor(b); -b
m.unravel_index(x, (2, 3)); m.unravel_index(k, (2, -3)); m.unravel_index(k, (0, 3)); m.unravel_index(b, (2,)); m.unravel_index(k, (2.0,))
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
        "s": m.tensor(2.5).requires_grad_(),
    }


def array(tensor: Any) -> np.ndarray:
    tensor = tensor.detach()
    return tensor.float().numpy() if repr(tensor.dtype) == "torch.bfloat16" else tensor.numpy()


GROUPS = (VIEWS, REDUCTIONS, PRODUCTS, INDEXING, CREATION, CONVERSION, PARTS, WINDOWS, MASKED, OLDER)


@pytest.mark.parametrize("case", [c for t in GROUPS for c in listed(t)])
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


def test_there_is_no_cuda() -> None:
    """As in PyTorch's CPU build; its build for CUDA, which PyPI has for Linux, says another version and asks for a driver."""
    assert cltorch.version.cuda is None
    with pytest.raises(AssertionError, match="there is no CUDA here"):
        cltorch.ones(2).cuda()
