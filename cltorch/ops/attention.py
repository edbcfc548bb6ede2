"""The rows of attention in one pass over the keys, and of its gradient. See `nn.functional.attention`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernels import attention
from .heavy import Job, heavy

if TYPE_CHECKING:
    from ..graph.meta import Meta


def fits(query: Meta, value: Meta) -> bool:
    """Whether the device has kernels for such heads."""
    traits = query.device.traits
    return query.dtype.is_floating_point and attention.fits(query.shape[-1], value.shape[-1], query.dtype, traits)


def _request(
    query: Meta, key: Meta, value: Meta, bias: Meta, causal: bool, masked: bool, *grad: Meta
) -> attention.Attention:
    """The request for operands (outer, inner, rows, columns)."""
    operands = (*grad, query, key, value, *((bias,) if masked else ()))
    strided = tuple(attention.Strided._make((*meta.view.strides, meta.view.offset)) for meta in operands)
    outer, inner, length, depth = query.shape
    width, columns = value.shape[2:]
    return attention.Attention(outer, inner, length, width, depth, columns, causal, masked, strided, query.dtype)


@heavy("query key value bias", params=("causal", "masked"), raw=True, numbers=1)
def attention_forward(query: Meta, key: Meta, value: Meta, bias: Meta, causal: bool, masked: bool) -> Job:
    """(outer, length, inner, columns), and the logarithms of sums; what stands for ``bias`` is read if it is ``masked``."""
    p = _request(query, key, value, bias, causal, masked)
    shapes = (p.outer, p.length, p.inner, p.columns), (p.outer, p.inner, p.length)
    return attention.lower, p, tuple((shape, p.dtype) for shape in shapes)


@heavy("grad result logs query key value bias", params=("causal", "masked"), raw=True, numbers=1)
def attention_gradient(
    grad: Meta, result: Meta, logs: Meta, query: Meta, key: Meta, value: Meta, bias: Meta, causal: bool, masked: bool
) -> Job:
    """Gradients of query, key and value, as (outer, rows, inner, columns)."""
    p = _request(query, key, value, bias, causal, masked, grad)
    shapes = ((p.length, p.depth), (p.width, p.depth), (p.width, p.columns))
    results = tuple(((p.outer, rows, p.inner, columns), p.dtype) for rows, columns in shapes)
    return attention.lower_gradient, p, results
