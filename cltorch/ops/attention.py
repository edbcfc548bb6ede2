"""The rows of attention in one pass over the keys, and of its gradient. See `nn.functional.attention`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernels import attention
from .heavy import Job, heavy

if TYPE_CHECKING:
    from ..graph.meta import Meta


def _strided(operand: Meta) -> attention.Strided:
    """The strides of (outer, inner, rows, columns); columns lie side by side, but those of a bias."""
    return attention.Strided(*operand.view.strides[:3], operand.view.offset)


def _request(
    query: Meta, key: Meta, value: Meta, bias: Meta, causal: bool, masked: bool, grad: Meta | None = None
) -> attention.Attention:
    operands = (query, key, value, bias) if masked else (query, key, value)
    return attention.Attention(
        *query.shape[:3],
        *key.shape[2:],
        value.shape[3],
        causal,
        masked,
        tuple(map(_strided, operands)),
        bias.view.strides[3] if masked else 0,
        query.dtype,
        *(() if grad is None else (_strided(grad),)),
    )


@heavy("query key value bias", params=("causal", "masked"), raw=True, numbers=1)
def attention_forward(query: Meta, key: Meta, value: Meta, bias: Meta, causal: bool, masked: bool) -> Job:
    """(outer, length, inner, columns), and the logarithms of sums; what stands for ``bias`` is read if it is ``masked``."""
    request = _request(query, key, value, bias, causal, masked)
    shape = (request.outer, request.length, request.inner, request.columns)
    return (
        attention.lower,
        request,
        ((shape, query.dtype), ((request.outer, request.inner, request.length), query.dtype)),
    )


@heavy("grad result logs query key value bias", params=("causal", "masked"), raw=True, numbers=1)
def attention_gradient(
    grad: Meta, result: Meta, logs: Meta, query: Meta, key: Meta, value: Meta, bias: Meta, causal: bool, masked: bool
) -> Job:
    """Gradients of query, key and value, as (outer, rows, inner, columns)."""
    p = _request(query, key, value, bias, causal, masked, grad)
    shapes = ((p.length, p.depth), (p.width, p.depth), (p.width, p.columns))
    results = tuple(((p.outer, rows, p.inner, columns), p.dtype) for rows, columns in shapes)
    return attention.lower_gradient, p, results
