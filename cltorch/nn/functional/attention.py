"""Attention. See torch.nn.functional.scaled_dot_product_attention and multi_head_attention_forward."""

from __future__ import annotations

from math import inf, prod, sqrt
from typing import Any

from ... import dtypes
from ...autograd.composite import composite
from ...autograd.modes import MODE
from ...autograd.names import called
from ...ops import attention as rows
from ...ops.rules import broadcast_shape
from ...tensor.apply import apply_several
from ...tensor.indexing import join
from ...tensor.tensor import Tensor
from ...warned import warn
from .dropout import dropout
from .linear import linear
from .padding import pad

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]

SCORES_AT_ONCE = 1 << 22
"""How many scores of queries and keys lie in memory at a time: beyond that queries are taken in blocks of half as many, which a
last-level cache still holds, and of which a causal sequence leaves out almost half."""
FEWEST_ROWS = 64
"""How many queries a block has at least: products of fewer rows read keys and values too often."""


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """``softmax(query @ key.T * scale + mask) @ value`` (Vaswani et al. 2017) for queries (..., L, E), keys (..., S, E) and
    values (..., S, Ev). A bool mask says which keys take part, a floating one is added; ``is_causal`` lets query i see the
    keys up to i. A row that sees nothing is 0. With ``enable_gqa`` groups of query heads share a head of keys and values.

    It is computed in one pass over the keys, so that the matrix of all scores never exists, in the gradient neither. With dropout
    it does; a mask that needs a gradient is worked on in blocks of queries where it is long."""
    _check_attention(query, key, value, attn_mask, is_causal)
    if dropout_p > 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p:g}")
    if enable_gqa and query.dim() > 2:
        heads = query.shape[-3]
        for name, t in (("key", key), ("value", value)):
            if heads % t.shape[-3]:
                raise RuntimeError(f"Number of heads in {name} must divide the number of heads in query")
        key, value = (t.repeat_interleave(heads // t.shape[-3], -3) for t in (key, value))
    factor = 1.0 / sqrt(max(query.shape[-1], 1)) if scale is None else scale
    bias = attn_mask
    if bias is not None and bias.dtype is dtypes.bool:
        bias = query._filled((), 0, query._cl_meta.dtype, query._cl_meta.device).where(bias, -inf)
    if dropout_p == 0.0 and not (bias is not None and bias._is_recorded):
        lead = _heads(query, key, value, bias)
        if lead is not None:
            return _in_one_pass(query, key, value, bias, lead, is_causal, factor)
    length, width = query._cl_meta.shape[-2], key._cl_meta.shape[-2]
    lines: Any = max((t._cl_meta.shape[:-2] for t in (query, key)), key=lambda s: (len(s), s))
    count = prod(lines)
    if dropout_p == 0.0 and count * length * width > SCORES_AT_ONCE:
        at_once = max(SCORES_AT_ONCE // 2 // max(count * width, 1), FEWEST_ROWS)
        return _blocked(query, key, value, bias, rows=at_once, causal=is_causal, scale=factor)
    weights = _probabilities(query, key, bias, factor, 0 if is_causal else None)
    if dropout_p > 0.0:
        weights = dropout(weights, dropout_p)
    return weights.matmul(value)


def _check_attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None, is_causal: bool) -> None:
    if not query.dtype is key.dtype is value.dtype:
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got query.dtype: "
            f"{query.dtype.title} key.dtype: {key.dtype.title} and value.dtype: {value.dtype.title} instead."
        )
    if min(query.dim(), key.dim(), value.dim()) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
            f"{query.dim()}, key.dim: {key.dim()} and value.dim: {value.dim()} instead."
        )
    if attn_mask is None:
        return
    if is_causal:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if attn_mask.dtype is not dtypes.bool and attn_mask.dtype is not query.dtype:
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{attn_mask.dtype.title} and  query.dtype: {query.dtype.title} instead."
        )


def _probabilities(query: Tensor, key: Tensor, bias: Tensor | None, scale: float, first: int | None) -> Tensor:
    """The softmax of the scores, zeros where a row sees nothing; ``first`` is the place of the first query in a causal
    sequence, None where all keys are seen."""
    if query._cl_meta.dtype.itemsize < 4:
        root = sqrt(abs(scale))  # half the scale on each side keeps products in the range of 16 bits
        scores = (query * (root if scale >= 0 else -root)).matmul((key * root).transpose(-1, -2))
    else:
        scores = query.matmul(key.transpose(-1, -2)) * scale  # no pass of its own: it is a part of the softmax
    if bias is not None:
        scores = scores + bias
    if first is not None:
        rows, columns = scores._cl_meta.shape[-2:]
        unseen = scores._range(0, 1, columns) > scores._range(first, 1, rows).unsqueeze(1)
        scores = scores.masked_fill(unseen, -inf)
    if bias is None:
        return scores.softmax(-1)
    unseen = scores.detach().amax(-1, True) == -inf
    return scores.masked_fill(unseen, 0.0).softmax(-1).masked_fill(unseen, 0.0)


def _blocks(query: Tensor, key: Tensor, bias: Any, rows: int, causal: bool) -> Any:
    """For each block of queries its first place, its length, how many keys it sees, and its part of the bias."""
    length, width = query._cl_meta.shape[-2], key._cl_meta.shape[-2]
    for start in range(0, length, rows):
        count = min(rows, length - start)
        seen = min(width, start + count) if causal else width
        part = bias
        if bias is not None and bias._cl_meta.shape[-2] != 1:
            part = bias.narrow(-2, start, count)
        yield start, count, seen, part


def _blocked_vjp(
    g: Tensor,
    y: Any,
    aux: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Any,
    rows: int,
    causal: bool,
    scale: float,
) -> tuple[Any, ...]:
    grads = [t._filled(t._cl_meta.shape, 0, t._cl_meta.dtype, t._cl_meta.device) for t in (key, value)]
    queries, masks = [], []
    for start, count, seen, part in _blocks(query, key, bias, rows, causal):
        q, k, v = query.narrow(-2, start, count), key.narrow(-2, 0, seen), value.narrow(-2, 0, seen)
        weights = _probabilities(q, k, part, scale, start if causal else None)
        arrived = g.narrow(-2, start, count)
        through = arrived.matmul(v.transpose(-1, -2))
        scores = weights * (through - (through * weights).sum(-1, True))
        queries.append(scores.matmul(k) * scale)
        if bias is not None and bias._is_recorded:
            masks.append(scores)
        for grad, found in (
            (grads[0], scores.transpose(-1, -2).matmul(q) * scale),
            (grads[1], weights.transpose(-1, -2).matmul(arrived)),
        ):
            grad.narrow(-2, 0, seen).add_(found._fit(k._cl_meta if grad is grads[0] else v._cl_meta))
    return join(queries, -2), grads[0], grads[1], join(masks, -2) if masks else None


@composite(vjp=_blocked_vjp, saves="query key value bias", name="scaled_dot_product_attention")
def _blocked(query: Tensor, key: Tensor, value: Tensor, bias: Any, rows: int, causal: bool, scale: float) -> Tensor:
    parts = []
    for start, count, seen, part in _blocks(query, key, bias, rows, causal):
        q, k, v = query.narrow(-2, start, count), key.narrow(-2, 0, seen), value.narrow(-2, 0, seen)
        parts.append(_probabilities(q, k, part, scale, start if causal else None).matmul(v))
    return join(parts, -2)


# --- in one pass -----------------------------------------------------------------------------------------------------------


def _heads(query: Tensor, key: Tensor, value: Tensor, bias: Any) -> tuple[int, ...] | None:
    """The leading dimensions of the result; None where there is nothing to compute, no kernel for it, or a size that does not fit."""
    length, depth, width, columns = (*query._cl_meta.shape[-2:], *value._cl_meta.shape[-2:])
    fits = key._cl_meta.shape[-2:] == (width, depth) and rows.fits(query._cl_meta, value._cl_meta)
    given = [query, key, value]
    if bias is not None:
        given.append(bias)
        sizes = zip(reversed(bias._cl_meta.shape[-2:]), (width, length), strict=False)
        fits = fits and all(n in (1, size) for n, size in sizes)
    if not fits:
        return None
    lead = broadcast_shape([t._cl_meta.shape[:-2] for t in given])
    return lead if prod((*lead, length, depth, width, columns)) else None


def _in_one_pass(
    query: Tensor, key: Tensor, value: Tensor, bias: Any, lead: tuple[int, ...], causal: bool, scale: float
) -> Tensor:
    """`scaled_dot_product_attention` by a kernel for the whole; ``lead`` are the leading dimensions of the result."""
    by_rows = len(lead) == 2 and _lies_by_rows(query) and query._cl_meta.shape[-1] == value._cl_meta.shape[-1]
    folded = (prod(lead[:-1]), *(lead[-1:] or (1,)))
    if bias is not None:
        bias = _folded(bias, lead, folded, (query._cl_meta.shape[-2], key._cl_meta.shape[-2]))
    query, key, value = (_folded(t, lead, folded, t._cl_meta.shape[-2:]) for t in (query, key, value))
    apart = not by_rows and all(map(_merges, (query, key, value, *(() if bias is None else (bias,)))))
    made = _one_pass(query, key, value, bias, causal=causal, scale=scale, by_rows=by_rows, apart=apart)
    if folded == lead:
        return called(made, "ScaledDotProductFlashAttentionForCpuBackward0")
    return called(made.reshape((*lead, *made._cl_meta.shape[-2:])), "UnsafeViewBackward0")


def _folded(t: Tensor, lead: tuple[int, ...], folded: tuple[int, ...], size: tuple[int, ...]) -> Tensor:
    """A stack of matrices with two leading dimensions, all of them of one size."""
    if t._cl_meta.shape != (*lead, *size):
        t = t.expand((*lead, *size))
    return t if lead == folded else t.reshape((*folded, *size))


def _lies_by_rows(t: Tensor) -> bool:
    """Whether all heads of a row lie together, as in what was split into heads: the result lies as the query does, as PyTorch's."""
    strides = t._cl_meta.view.strides
    return len(strides) == 4 and strides[1] < strides[2]


def _rows(t: Tensor) -> Tensor:
    """A tensor whose rows lie dense."""
    return t if t._cl_meta.view.strides[-1] == 1 else t._dense()


def _merges(t: Tensor) -> bool:
    """Whether the two leading dimensions of a tensor whose rows lie dense are one without a copy."""
    view = t._cl_meta.view
    return view.strides[-1] != 1 or view.shape[0] == 1 or view.strides[0] == view.strides[1] * view.shape[1]


def _stacked(t: Tensor, apart: bool) -> Tensor:
    """What the kernels read. They write all heads of a row together; heads that are to lie apart are given as a batch."""
    t = _rows(t)
    return t.reshape(-1, 1, *t._cl_meta.shape[2:]) if apart else t


def _heads_of(made: Tensor, like: Tensor) -> Tensor:
    """What the kernels wrote, (outer, rows, inner, columns), as (..., heads, rows, columns); ``like`` has the first two."""
    turned, lead = made.transpose(1, 2), like._cl_meta.shape[:2]
    return turned if turned._cl_meta.shape[:2] == lead else turned.reshape(*lead, *turned._cl_meta.shape[2:])


def _one_pass_vjp(
    g: Tensor, y: Any, aux: Any, *operands: Any, causal: bool, scale: float, **how: bool
) -> tuple[Any, ...]:
    (made, logs), (*given, bias), apart = aux, operands, how["apart"]
    if made is None:
        made = y.transpose(1, 2)
    read = [_stacked(t, apart) for t in (given[0] if bias is None else bias, *given, g)]
    found = apply_several(
        rows.attention_gradient, (read[-1], made, logs, *read[1:-1], read[0]), (causal, bias is not None), (scale,)
    )
    return tuple(_heads_of(grad, query) for grad, query in zip(found, given))


@composite(vjp=_one_pass_vjp, saves="y aux query key value bias", name="scaled_dot_product_attention")
def _one_pass(
    query: Tensor, key: Tensor, value: Tensor, bias: Any, causal: bool, scale: float, by_rows: bool, apart: bool
) -> Any:
    """The result lies by rows, in what the kernel wrote, or by heads."""
    if MODE.enabled:  # for a second derivative: of what has rules
        return _probabilities(query, key, bias, scale, 0 if causal else None).matmul(value)
    read = tuple(_stacked(t, apart) for t in (query, key, value, query if bias is None else bias))
    made, logs = apply_several(rows.attention_forward, read, (causal, bias is not None), (scale,))
    found = _heads_of(made, query)
    return (found, (None, logs)) if by_rows else (found._dense(), (made, logs))


# --- several heads --------------------------------------------------------------------------------------------------------


def _none_or_dtype(input: Tensor | None) -> Any:
    """The dtype of a tensor that may be missing."""
    return None if input is None else input.dtype


def _canonical_mask(
    mask: Tensor | None, mask_name: str, other_type: Any, other_name: str, target_type: Any, check_other: bool = True
) -> Tensor | None:
    """A mask as numbers to be added: a bool one's True, which hides a key, becomes minus infinity."""
    if mask is None:
        return None
    if mask.dtype is not dtypes.bool and not mask.is_floating_point():
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if check_other and other_type is not None and mask.dtype is not other_type:
        warn(f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for both instead.")
    if mask.dtype is not dtypes.bool:
        return mask
    return mask._filled(mask._cl_meta.shape, 0, target_type, mask._cl_meta.device).masked_fill(mask, -inf)


def _mha_shape_check(
    query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Any, attn_mask: Any, num_heads: int
) -> bool:
    """Whether there is a batch; AssertionError for shapes that do not go together."""
    if query.dim() not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {query.dim()}-D query tensor"
        )
    batched = query.dim() == 3
    word, dims = ("batched", 3) if batched else ("unbatched", 2)
    if key.dim() != dims or value.dim() != dims:
        raise AssertionError(
            f"For {word} ({dims}-D) `query`, expected `key` and `value` to be {dims}-D but found {key.dim()}-D and "
            f"{value.dim()}-D tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.dim() != dims - 1:
        raise AssertionError(
            f"For {word} ({dims}-D) `query`, expected `key_padding_mask` to be `None` or {dims - 1}-D but found "
            f"{key_padding_mask.dim()}-D tensor instead"
        )
    if attn_mask is not None and attn_mask.dim() not in (2, 3):
        raise AssertionError(
            f"For {word} ({dims}-D) `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.dim()}-D "
            "tensor instead"
        )
    expected = (num_heads, query.shape[0], key.shape[0])
    if not batched and attn_mask is not None and attn_mask.dim() == 3 and attn_mask.shape != expected:
        raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {attn_mask.shape}")
    return batched


def _in_projection_packed(q: Tensor, k: Tensor, v: Tensor, w: Tensor, b: Tensor | None = None) -> list[Tensor]:
    """Query, key and value through the thirds of one map; in one product where they are one tensor."""
    if q is k and k is v:
        found = linear(q, w, b)
        width = found._cl_meta.shape[-1] // 3
        return [found.narrow(-1, part * width, width) for part in range(3)]
    return list(_in_projection(q, k, v, *w.chunk(3), *(() if b is None else b.chunk(3))))


def _in_projection(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    w_q: Tensor,
    w_k: Tensor,
    w_v: Tensor,
    b_q: Tensor | None = None,
    b_k: Tensor | None = None,
    b_v: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Query, key and value through their maps."""
    return linear(q, w_q, b_q), linear(k, w_k, b_k), linear(v, w_v, b_v)


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Attention of several heads with its projections: query (L, N, E), key and value (S, N, E), or without N. Returns the
    result and, with ``need_weights``, the weights (N, L, S), by head unless averaged."""
    batched = _mha_shape_check(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        same = query is key and key is value
        query = query.unsqueeze(1)
        key, value = (query, query) if same else (key.unsqueeze(1), value.unsqueeze(1))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, n, width = query._cl_meta.shape
    key_padding_mask = _canonical_mask(
        key_padding_mask, "key_padding_mask", _none_or_dtype(attn_mask), "attn_mask", query.dtype
    )
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None
    else:
        attn_mask = _canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, False)
        is_causal = is_causal and key_padding_mask is None
    if width != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {width}")
    each = width // num_heads
    if each * num_heads != width:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight and key.shape[:2] != value.shape[:2]:
        raise AssertionError(f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
    if not use_separate_proj_weight and key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
    if use_separate_proj_weight:
        maps: Any = (q_proj_weight, k_proj_weight, v_proj_weight)
        q, k, v = _in_projection(query, key, value, *maps, *(() if in_proj_bias is None else in_proj_bias.chunk(3)))
    else:
        q, k, v = _in_projection_packed(query, key, value, in_proj_weight, in_proj_bias)  # type: ignore[arg-type]
    attn_mask = _shaped_mask(attn_mask, length, key._cl_meta.shape[0], n * num_heads)
    if bias_k is not None and bias_v is not None:
        k, v = join([k, bias_k.expand(1, n, width)], 0), join([v, bias_v.expand(1, n, width)], 0)
        attn_mask, key_padding_mask = (None if m is None else pad(m, (0, 1)) for m in (attn_mask, key_padding_mask))
    q = q.reshape(length, n * num_heads, each).transpose(0, 1)
    k = k.reshape(k._cl_meta.shape[0], n * num_heads, each).transpose(0, 1) if static_k is None else static_k
    v = v.reshape(v._cl_meta.shape[0], n * num_heads, each).transpose(0, 1) if static_v is None else static_v
    if add_zero_attn:
        zeros = k._filled((n * num_heads, 1, each), 0, k._cl_meta.dtype, k._cl_meta.device)
        k, v = join([k, zeros], 1), join([v, zeros], 1)
        attn_mask, key_padding_mask = (None if m is None else pad(m, (0, 1)) for m in (attn_mask, key_padding_mask))
    seen = k._cl_meta.shape[1]
    if key_padding_mask is not None:
        for d, size in enumerate((n, seen)):
            if key_padding_mask.shape[d] != size:
                raise AssertionError(
                    f"Expected key_padded_mask.shape[{d}] to be {size}, but got {key_padding_mask.shape[d]}"
                )
        hidden = key_padding_mask.reshape(n, 1, 1, seen).expand(n, num_heads, 1, seen).reshape(n * num_heads, 1, seen)
        attn_mask = hidden if attn_mask is None else attn_mask + hidden
    chance = dropout_p if training else 0.0
    if not need_weights:
        heads = [t.reshape(n, num_heads, t._cl_meta.shape[1], each) for t in (q, k, v)]
        if attn_mask is not None:
            attn_mask = (
                attn_mask.unsqueeze(0)
                if attn_mask._cl_meta.shape[0] == 1
                else attn_mask.reshape(n, num_heads, -1, seen)
            )
        q, k, v = heads
        result = scaled_dot_product_attention(q, k, v, attn_mask, chance, is_causal and attn_mask is None)
        result = linear(result.permute(2, 0, 1, 3).reshape(length, n, width), out_proj_weight, out_proj_bias)
        return (result if batched else result.squeeze(1)), None
    scores = (q * sqrt(1.0 / each)).bmm(k.transpose(1, 2))
    weights = (scores if attn_mask is None else scores + attn_mask).softmax(-1)
    if chance > 0.0:
        weights = dropout(weights, chance)
    result = weights.bmm(v).transpose(0, 1).reshape(length, n, width)
    result = linear(result, out_proj_weight, out_proj_bias)
    weights = weights.reshape(n, num_heads, length, seen)
    weights = weights.mean(1) if average_attn_weights else weights
    return (result, weights) if batched else (result.squeeze(1), weights.squeeze(0))


def _shaped_mask(mask: Tensor | None, length: int, seen: int, heads: int) -> Tensor | None:
    """The mask with a dimension for heads; RuntimeError for another shape than (L, S) or (N * heads, L, S)."""
    if mask is None:
        return None
    wanted = (length, seen) if mask.dim() == 2 else (heads, length, seen)
    if mask._cl_meta.shape != wanted:
        raise RuntimeError(f"The shape of the {mask.dim()}D attn_mask is {mask.shape}, but should be {wanted}.")
    return mask.unsqueeze(0) if mask.dim() == 2 else mask
