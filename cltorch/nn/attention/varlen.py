"""Attention of sequences of different lengths that lie one behind the other. See torch.nn.attention.varlen."""

from __future__ import annotations

from typing import Any, NamedTuple

from ... import dtypes
from ...tensor.creation import arange
from ...tensor.tensor import Tensor
from ..functional.attention import scaled_dot_product_attention
from ._utils import _calculate_scale

__all__ = ["AuxRequest", "varlen_attn", "varlen_attn_out"]


class AuxRequest(NamedTuple):
    """What else is asked for: ``lse``, the logarithms of the sums of exponentials."""

    lse: bool = False


def varlen_attn(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    cu_seq_q: Tensor,
    cu_seq_k: Tensor | None,
    max_q: int,
    max_k: int,
    *,
    return_aux: AuxRequest | None = None,
    scale: float | None = None,
    window_size: tuple[int, int] = (-1, -1),
    enable_gqa: bool = False,
    seqused_k: Tensor | None = None,
    block_table: Tensor | None = None,
    num_splits: int | None = None,
) -> Any:
    """Attention of N sequences: queries (T_q, H, D), keys and values (T_k, H_kv, D), whose n-th sequence begins at
    ``cu_seq_q[n]`` and ``cu_seq_k[n]`` (N + 1 numbers) and has at most ``max_q`` and ``max_k`` elements; to (T_q, H, D).

    ``window_size`` (left, right) says how far a query sees, -1 without bound; the last query and the last key stand side by side,
    so (-1, 0) is causal. ``seqused_k`` (N) keeps the first keys of each sequence alone. With ``block_table`` (N, pages) keys and
    values are pages (pages, page size, H_kv, D), and the table says which of them a sequence has. ``return_aux`` with ``lse`` gives
    (H, T_q) beside the result. ``num_splits`` is accepted. Nothing is read on the host.

    ValueError for numbers of heads that don't fit; RuntimeError for ``seqused_k`` and ``block_table`` where gradients are recorded.
    """
    _check(query, key, window_size, enable_gqa, block_table)
    if query._is_recorded or key._is_recorded or value._is_recorded:
        for name, given in (("seqused_k", seqused_k), ("block_table", block_table)):
            if given is not None:
                raise RuntimeError(f"{name} is an inference-only parameter.")
    starts, lengths_q = cu_seq_q[:-1].long(), cu_seq_q.diff().long()
    places = starts.unsqueeze(1) + arange(
        max_q, device=query.device
    )  # (N, max_q), clamped: what is behind an end is dropped
    rows = query[places.clamp(max=query.shape[0] - 1)].transpose(1, 2)
    keys, values, lengths_k = _keys(key, value, cu_seq_k, max_k, seqused_k, block_table)
    seen = _seen(lengths_q, lengths_k, max_q, keys.shape[2], window_size)
    made = scaled_dot_product_attention(rows, keys, values, seen, scale=scale, enable_gqa=enable_gqa)
    made = made.masked_fill(~seen.any(-1, keepdim=True), 0)
    owner, step = _owners(cu_seq_q, query.shape[0])
    result = made[owner, :, step]
    if return_aux is None or not return_aux.lse:
        return result
    keys = keys.repeat_interleave(query.shape[1] // keys.shape[1], 1)
    scores = rows.float() @ keys.float().mT * _calculate_scale(query.shape[-1], scale)
    lse = scores.masked_fill(~seen, float("-inf")).logsumexp(-1)
    return result, lse[owner, :, step].mT.contiguous()


def varlen_attn_out(
    out: Tensor,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    cu_seq_q: Tensor,
    cu_seq_k: Tensor | None,
    max_q: int,
    max_k: int,
    *,
    return_aux: AuxRequest | None = None,
    scale: float | None = None,
    window_size: tuple[int, int] = (-1, -1),
    enable_gqa: bool = False,
    seqused_k: Tensor | None = None,
    block_table: Tensor | None = None,
    num_splits: int | None = None,
) -> Any:
    """`varlen_attn` into a tensor that is given."""
    made = varlen_attn(
        query,
        key,
        value,
        cu_seq_q,
        cu_seq_k,
        max_q,
        max_k,
        return_aux=AuxRequest(True),
        scale=scale,
        window_size=window_size,
        enable_gqa=enable_gqa,
        seqused_k=seqused_k,
        block_table=block_table,
        num_splits=num_splits,
    )
    out.copy_(made[0])
    return (out, made[1]) if return_aux is not None and return_aux.lse else out


def _check(query: Tensor, key: Tensor, window_size: Any, enable_gqa: bool, block_table: Tensor | None) -> None:
    heads_q, heads_k = query.size(1), key.size(2 if block_table is not None else 1)
    if not enable_gqa and heads_q != heads_k:
        raise ValueError(
            f"Expect query and key/value to have the same number of heads but got Hq={heads_q} and Hkv={heads_k}. "
            "Try setting enable_gqa=True for GQA."
        )
    if enable_gqa and heads_q % heads_k != 0:
        raise ValueError(
            f"Expect number of query heads to be a multiple of kv heads for GQA but got Hq={heads_q} and Hkv={heads_k}."
        )
    if len(window_size) != 2:
        raise ValueError(f"window_size must have length 2, got {len(window_size)}")


def _keys(
    key: Tensor, value: Tensor, starts: Tensor | None, longest: int, used: Tensor | None, pages: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Keys and values as (N, heads, longest, D), and how many of them each sequence has."""
    if pages is not None:
        if used is None:
            raise RuntimeError("block_table requires seqused_k")
        keys, values = (t[pages.long()].flatten(1, 2).transpose(1, 2) for t in (key, value))
        return keys, values, used.long()
    if starts is None:
        raise RuntimeError("cu_seq_k is needed unless there is a block_table")
    places = (starts[:-1].long().unsqueeze(1) + arange(longest, device=key.device)).clamp(max=key.shape[0] - 1)
    lengths = starts.diff().long() if used is None else used.long()
    return key[places].transpose(1, 2), value[places].transpose(1, 2), lengths


def _seen(lengths_q: Tensor, lengths_k: Tensor, max_q: int, max_k: int, window: tuple[int, int]) -> Tensor:
    """Which keys each query sees, as (N, 1, max_q, max_k)."""
    at = arange(max_k, device=lengths_k.device)
    here = arange(max_q, device=lengths_q.device).unsqueeze(1) + (lengths_k - lengths_q).reshape(-1, 1, 1)
    seen = at < lengths_k.reshape(-1, 1, 1)
    left, right = window
    if left >= 0:
        seen = seen & (at >= here - left)
    if right >= 0:
        seen = seen & (at <= here + right)
    return seen.expand(lengths_k.shape[0], max_q, max_k).unsqueeze(1)


def _owners(starts: Tensor, total: int) -> tuple[Tensor, Tensor]:
    """The sequence of each query, and its place in it."""
    at = arange(total, device=starts.device)
    owner = (at.unsqueeze(1) >= starts[1:-1].to(dtypes.int64)).sum(1)
    return owner, at - starts.long()[owner]
