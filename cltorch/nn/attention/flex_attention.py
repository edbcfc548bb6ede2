"""Attention whose scores a function of one's own changes (Dong et al. 2024). See torch.nn.attention.flex_attention.

The functions are called once on all scores, with places as tensors that broadcast; so they become one fused kernel."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, sqrt
from typing import Any, NamedTuple

from ...tensor.creation import arange
from ...tensor.tensor import Tensor

__all__ = [
    "AuxOutput",
    "AuxRequest",
    "BlockMask",
    "and_masks",
    "create_block_mask",
    "create_mask",
    "flex_attention",
    "noop_mask",
    "or_masks",
]

_DEFAULT_SPARSE_BLOCK_SIZE = 128


class AuxRequest(NamedTuple):
    """What `flex_attention` gives beside its result: log-sums of exponentials, largest scores."""

    lse: bool = False
    max_scores: bool = False


class AuxOutput(NamedTuple):
    """What was asked for by `AuxRequest`."""

    lse: Tensor | None = None
    max_scores: Tensor | None = None


def noop_mask(batch: Any, head: Any, token_q: Any, token_kv: Any) -> Tensor:
    """The mask that hides nothing."""
    return token_q * 0 + token_kv * 0 == 0


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


class BlockMask:
    """A mask as a function of places, for sequences of given lengths."""

    def __init__(
        self, seq_lengths: tuple[int, int], mask_mod: Callable[..., Tensor], batch: int, heads: int, block_size: Any
    ) -> None:
        self.seq_lengths, self.mask_mod = seq_lengths, mask_mod
        self.batch, self.heads = batch, heads
        self.BLOCK_SIZE = (block_size, block_size) if isinstance(block_size, int) else tuple(block_size)

    @classmethod
    def from_kv_blocks(
        cls,
        kv_num_blocks: Tensor,
        kv_indices: Tensor,
        full_kv_num_blocks: Tensor | None = None,
        full_kv_indices: Tensor | None = None,
        BLOCK_SIZE: Any = _DEFAULT_SPARSE_BLOCK_SIZE,
        mask_mod: Callable[..., Tensor] | None = None,
        seq_lengths: tuple[int, int] | None = None,
        compute_q_blocks: bool = True,
    ) -> BlockMask:
        """The mask of lists of blocks of keys: for each block of queries (B, H, rows) how many there are, and which (B, H, rows,
        columns). Within the ``full_`` ones everything is seen, within the others what ``mask_mod`` shows."""
        if kv_indices.dim() < 2:
            raise RuntimeError("BlockMask must have at least 2 dimensions")
        if (full_kv_num_blocks is None) != (full_kv_indices is None):
            raise AssertionError("full_kv_num_blocks and full_kv_indices must be both provided or omitted")
        height, width = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else BLOCK_SIZE
        lengths = seq_lengths or (kv_indices.shape[-2] * height, kv_indices.shape[-1] * width)
        some = _listed(kv_num_blocks, kv_indices)
        whole = None if full_kv_indices is None else _listed(full_kv_num_blocks, full_kv_indices)
        shown = noop_mask if mask_mod is None else mask_mod

        def mask(b: Tensor, h: Tensor, q: Tensor, k: Tensor) -> Tensor:
            at = (b % some.shape[0], h % some.shape[1], q // height, k // width)
            seen = some[at] & shown(b, h, q, k)
            return seen if whole is None else seen | whole[at]

        return cls(lengths, mask, some.shape[0], some.shape[1], (height, width))

    @property
    def shape(self) -> tuple[int, ...]:
        """(B, H, Q_LEN, KV_LEN)."""
        return self.batch, self.heads, *self.seq_lengths

    def to(self, device: Any) -> BlockMask:
        """The same: a function lies on no device."""
        return self

    def __repr__(self) -> str:
        return f"BlockMask(shape={self.shape}, block_size={self.BLOCK_SIZE})"


def _listed(count: Any, indices: Tensor) -> Tensor:
    """Which blocks are among the first ``count`` of a list of ``indices``, as a bool table (B, H, rows, columns)."""
    indices = indices.reshape((1,) * (4 - indices.dim()) + tuple(indices.shape))
    columns = arange(indices.shape[-1], device=indices.device)
    valid = columns < count.reshape((1,) * (3 - count.dim()) + tuple(count.shape)).unsqueeze(-1)
    return ((indices.unsqueeze(-1) == columns) & valid.unsqueeze(-1)).any(-2)


def create_block_mask(
    mask_mod: Callable[..., Tensor],
    B: int | None,
    H: int | None,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = None,
    BLOCK_SIZE: Any = _DEFAULT_SPARSE_BLOCK_SIZE,
    _compile: bool = False,
) -> BlockMask:
    """A mask from a function of batch, head, query and key that says which scores count."""
    return BlockMask((Q_LEN, KV_LEN), mask_mod, B or 1, H or 1, BLOCK_SIZE)


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
        scores = scores.masked_fill(~block_mask.mask_mod(*places), -inf)
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
