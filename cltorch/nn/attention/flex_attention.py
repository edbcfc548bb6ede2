"""Attention whose scores a function of one's own changes (Dong et al. 2024). See torch.nn.attention.flex_attention.

The functions are called once on all scores, with places as tensors that broadcast; so they become one fused kernel."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, sqrt
from typing import Any, NamedTuple, TypedDict

from ...tensor.creation import arange
from ...tensor.tensor import Tensor
from .block_mask import BLOCK, BlockMask, blocked, noop_mask

__all__ = [
    "AuxOutput",
    "AuxRequest",
    "BlockMask",
    "FlexKernelOptions",
    "and_masks",
    "create_block_mask",
    "create_mask",
    "flex_attention",
    "noop_mask",
    "or_masks",
]

_DEFAULT_SPARSE_BLOCK_SIZE = BLOCK


class FlexKernelOptions(TypedDict, total=False):
    """What PyTorch's kernels can be told; nothing of it changes a result, and here nothing is done about it."""

    num_warps: int
    num_stages: int
    BLOCK_M: int
    BLOCK_N: int
    BLOCK_M1: int
    BLOCK_N1: int
    BLOCK_M2: int
    BLOCK_N2: int
    PRESCALE_QK: bool
    ROWS_GUARANTEED_SAFE: bool
    BLOCKS_ARE_CONTIGUOUS: bool
    WRITE_DQ: bool
    FORCE_USE_FLEX_ATTENTION: bool
    USE_TMA: bool
    kpack: int
    matrix_instr_nonkdim: int
    waves_per_eu: int
    BACKEND: str


class AuxRequest(NamedTuple):
    """What `flex_attention` gives beside its result: log-sums of exponentials, largest scores."""

    lse: bool = False
    max_scores: bool = False


class AuxOutput(NamedTuple):
    """What was asked for by `AuxRequest`."""

    lse: Tensor | None = None
    max_scores: Tensor | None = None


def and_masks(*mask_mods: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The mask that shows what all of some show."""

    def mask(b: Any, h: Any, q: Any, k: Any) -> Tensor:
        result = noop_mask(b, h, q, k)
        for one in mask_mods:
            result = result & one(b, h, q, k)
        return result

    return mask


def or_masks(*mask_mods: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The mask that shows what any of some shows."""

    def mask(b: Any, h: Any, q: Any, k: Any) -> Tensor:
        result = ~noop_mask(b, h, q, k)
        for one in mask_mods:
            result = result | one(b, h, q, k)
        return result

    return mask


def _places(batch: int, heads: int, rows: int, columns: int, device: Any) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The places along batch, heads, queries and keys, as tensors that broadcast to all scores."""
    return (
        arange(batch, device=device).reshape(-1, 1, 1, 1),
        arange(heads, device=device).reshape(1, -1, 1, 1),
        arange(rows, device=device).reshape(1, 1, -1, 1),
        arange(columns, device=device).reshape(1, 1, 1, -1),
    )


def create_mask(
    mod_fn: Callable[..., Tensor], B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device: Any = None
) -> Tensor:
    """The whole mask (B, H, Q_LEN, KV_LEN) of a function of places."""
    batch, heads = B or 1, H or 1
    return mod_fn(*_places(batch, heads, Q_LEN, KV_LEN, device)).expand(batch, heads, Q_LEN, KV_LEN)


def create_block_mask(
    mask_mod: Callable[..., Tensor],
    B: int | None,
    H: int | None,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = None,
    BLOCK_SIZE: Any = BLOCK,
    _compile: bool = False,
    separate_full_blocks: bool = True,
    compute_dq_write_order: bool = False,
    dq_kv_order: bool = True,
) -> BlockMask:
    """A mask from a function of batch, head, query and key that says which scores count. NotImplementedError for
    ``compute_dq_write_order``, which PyTorch's kernels for CUDA alone need."""
    if not isinstance(dq_kv_order, bool):
        raise ValueError("dq_kv_order must be a bool when using create_block_mask")
    if compute_dq_write_order:
        raise NotImplementedError("create_block_mask: the order of writes is for PyTorch's kernels for CUDA")
    whole = create_mask(mask_mod, B, H, Q_LEN, KV_LEN, device)
    return blocked(whole, mask_mod, (Q_LEN, KV_LEN), BLOCK_SIZE, separate_full_blocks)


def flex_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    score_mod: Callable[..., Tensor] | None = None,
    block_mask: BlockMask | None = None,
    scale: float | None = None,
    enable_gqa: bool = False,
    return_lse: bool = False,
    kernel_options: Any = None,
    *,
    return_aux: AuxRequest | None = None,
) -> Any:
    """``softmax(score_mod(query @ key.T * scale, b, h, q, k)) @ value`` for (B, H, L, E); ``block_mask`` hides scores. With
    ``return_lse`` also the log-sums of exponentials."""
    if query.dim() != 4 or key.dim() != 4 or value.dim() != 4:
        raise ValueError(
            "NYI: query, key, and value must be 4D tensors. "
            f"Got {query.dim()}, {key.dim()} and {value.dim()} dimensions."
        )
    if enable_gqa:
        key, value = (t.repeat_interleave(query.shape[1] // t.shape[1], 1) for t in (key, value))
    elif query.shape[1] != key.shape[1]:
        raise ValueError(
            f"Expect query and key/value to have the same number of heads but got Hq={query.shape[1]} and "
            f"Hkv={key.shape[1]}. Try setting enable_gqa=True for GQA."
        )
    scores = query.matmul(key.transpose(-1, -2)) * (1.0 / sqrt(query.shape[-1]) if scale is None else scale)
    batch, heads, rows, columns = scores.shape
    places = _places(batch, heads, rows, columns, query.device)
    if score_mod is not None:
        scores = score_mod(scores, *places)
    if block_mask is not None:
        scores = scores.masked_fill(~block_mask.shown(*places), -inf)
    largest = scores.detach().amax(-1, True)
    unseen = largest == -inf
    weights = scores.masked_fill(unseen, 0.0).softmax(-1).masked_fill(unseen, 0.0)
    result = weights.matmul(value)
    if not return_lse and return_aux is None:
        return result
    lse = scores.masked_fill(unseen, 0.0).logsumexp(-1).masked_fill(unseen.squeeze(-1), -inf)
    if return_lse or return_aux is None:
        return result, lse
    return result, AuxOutput(lse if return_aux.lse else None, largest.squeeze(-1) if return_aux.max_scores else None)
