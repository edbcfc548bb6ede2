"""Attention whose scores and masks are functions of places. See torch.nn.attention.flex_attention.

The functions are called once, with tensors of all batches, heads, queries and keys that broadcast against each other, so they are
recorded and fused with the softmax like any program. What is masked is computed and left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from ...tensor.creation import arange, zeros
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
Function = Callable[..., Any]


class AuxRequest(NamedTuple):
    """What `flex_attention` is to give besides."""

    lse: bool = False
    max_scores: bool = False


class AuxOutput(NamedTuple):
    """What `flex_attention` gives besides: the logarithms of the sums, and the greatest scores."""

    lse: Tensor | None = None
    max_scores: Tensor | None = None


def noop_mask(batch: Tensor, head: Tensor, token_q: Tensor, token_kv: Tensor) -> Tensor:
    """Every query sees every key."""
    return token_q >= 0


def and_masks(*mask_mods: Function) -> Function:
    """Keys that all masks let through."""

    def both(*places: Tensor) -> Any:
        found = mask_mods[0](*places)
        for mask in mask_mods[1:]:
            found = found & mask(*places)
        return found

    return both


def or_masks(*mask_mods: Function) -> Function:
    """Keys that any mask lets through."""

    def either(*places: Tensor) -> Any:
        found = mask_mods[0](*places)
        for mask in mask_mods[1:]:
            found = found | mask(*places)
        return found

    return either


def _places(batch: int, heads: int, queries: int, keys: int, device: Any) -> list[Tensor]:
    """Indices of batch, head, query and key, each along its own dimension."""
    made = []
    for at, size in enumerate((batch, heads, queries, keys)):
        shape = [1, 1, 1, 1]
        shape[at] = size
        made.append(arange(size, device=device).view(shape))
    return made


def create_mask(mod_fn: Function, B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device: Any = None) -> Tensor:
    """The mask (B, H, Q_LEN, KV_LEN) that a function says."""
    shape = (B or 1, H or 1, Q_LEN, KV_LEN)
    return mod_fn(*_places(*shape, device)).expand(shape)


class BlockMask:
    """A mask as a function, with the sizes it is for. See torch.nn.attention.flex_attention.BlockMask."""

    def __init__(
        self, mask_mod: Function, shape: tuple[int, int, int, int], block_size: Any = _DEFAULT_SPARSE_BLOCK_SIZE
    ) -> None:
        self.mask_mod = mask_mod
        self.shape = shape
        self.seq_lengths = shape[2:]
        self.BLOCK_SIZE = (block_size, block_size) if isinstance(block_size, int) else tuple(block_size)

    def to_dense(self) -> Tensor:
        """1 for every block in which a query sees a key, else 0."""
        batch, heads, queries, keys = self.shape
        rows, columns = (math.ceil(size / block) for size, block in zip((queries, keys), self.BLOCK_SIZE))
        whole = zeros(batch, heads, rows * self.BLOCK_SIZE[0], columns * self.BLOCK_SIZE[1])
        whole[:, :, :queries, :keys] = create_mask(self.mask_mod, *self.shape)
        blocks = whole.view(batch, heads, rows, self.BLOCK_SIZE[0], columns, self.BLOCK_SIZE[1])
        return blocks.amax((3, 5)).int()

    def sparsity(self) -> float:
        """The share of blocks that nobody sees, in percent."""
        dense = self.to_dense()
        return 100 * (1 - dense.sum().item() / dense.numel())

    def __repr__(self) -> str:
        return f"BlockMask(shape={self.shape}, block_size={self.BLOCK_SIZE})"


def create_block_mask(
    mask_mod: Function,
    B: int | None,
    H: int | None,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = None,
    BLOCK_SIZE: Any = _DEFAULT_SPARSE_BLOCK_SIZE,
    _compile: bool = False,
    **options: Any,
) -> BlockMask:
    """The mask that a function of (batch, head, query, key) says. See torch.nn.attention.flex_attention.create_block_mask."""
    return BlockMask(mask_mod, (B or 1, H or 1, Q_LEN, KV_LEN), BLOCK_SIZE)


def flex_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    score_mod: Function | None = None,
    block_mask: BlockMask | None = None,
    scale: float | None = None,
    enable_gqa: bool = False,
    return_lse: bool = False,
    kernel_options: Any = None,
    *,
    return_aux: AuxRequest | None = None,
) -> Any:
    """Attention of (B, H, L, E), (B, H, S, E) and (B, H, S, V) whose scores pass ``score_mod(score, b, h, q, k)``.

    Queries that see no key give 0. With ``return_lse`` the logarithms of the sums too; with ``return_aux`` what it asks for.
    """
    if enable_gqa:
        groups = query.size(1) // key.size(1)
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
    scores = (query @ key.transpose(-2, -1)) * (1 / math.sqrt(query.size(-1)) if scale is None else scale)
    scores = scores.float() if scores.dtype.itemsize < 4 else scores
    places = _places(*scores.shape, query.device)
    if score_mod is not None:
        scores = score_mod(scores, *places)
    if block_mask is not None:
        scores = scores.masked_fill(~block_mask.mask_mod(*places), -math.inf)
    greatest = scores.amax(-1, keepdim=True)
    finite = greatest.masked_fill(greatest == -math.inf, 0)
    weights = (scores - finite).exp()
    total = weights.sum(-1, keepdim=True)
    output = ((weights / total.masked_fill(total == 0, 1)).to(query.dtype)) @ value
    lse = (finite + total.log()).squeeze(-1)
    if return_aux is not None:
        return output, AuxOutput(
            lse if return_aux.lse else None, greatest.squeeze(-1) if return_aux.max_scores else None
        )
    return (output, lse) if return_lse else output
