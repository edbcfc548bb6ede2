"""Masks of attention as lists of blocks. See torch.nn.attention.flex_attention.BlockMask."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from ... import dtypes
from ...tensor.creation import arange
from ...tensor.tensor import Tensor
from ..functional import pad

BLOCK = 128
"""The rows and columns of a block, unless another size is asked for."""

_TENSORS = (
    "kv_num_blocks",
    "kv_indices",
    "full_kv_num_blocks",
    "full_kv_indices",
    "q_num_blocks",
    "q_indices",
    "full_q_num_blocks",
    "full_q_indices",
    "dq_write_order",
    "dq_write_order_full",
    "dq_kv_order",
)
_SLICED = (
    "Cannot use mask_mod from a sliced BlockMask. When you slice a BlockMask using [], the mask_mod attribute is reset. "
    "You must set it from the original BlockMask's mask_mod."
)


def noop_mask(batch: Any, head: Any, token_q: Any, token_kv: Any) -> Tensor:
    """The mask that hides nothing."""
    return token_q * 0 + token_kv * 0 == 0


def _of_a_slice(batch: Any, head: Any, token_q: Any, token_kv: Any) -> Tensor:
    raise RuntimeError(_SLICED)


class BlockMask:
    """A mask (B, H, Q_LEN, KV_LEN) as lists of blocks: for each block of queries how many blocks of keys there are (B, H, rows),
    and which (B, H, rows, columns). Within those of the ``full_`` lists everything is seen, within the others what ``mask_mod``
    shows, elsewhere nothing. The ``q_`` lists are the same by blocks of keys; they and the ``dq_`` ones are kept, and used by
    PyTorch's kernels alone. RuntimeError for less than two dimensions."""

    __module__ = "cltorch.nn.attention.flex_attention"
    _is_its_function = False  # the lists say no more than `mask_mod` does

    def __init__(
        self,
        seq_lengths: tuple[int, int],
        kv_num_blocks: Tensor,
        kv_indices: Tensor,
        full_kv_num_blocks: Tensor | None,
        full_kv_indices: Tensor | None,
        q_num_blocks: Tensor | None,
        q_indices: Tensor | None,
        full_q_num_blocks: Tensor | None,
        full_q_indices: Tensor | None,
        BLOCK_SIZE: tuple[int, int] = (BLOCK, BLOCK),
        mask_mod: Callable[..., Tensor] = noop_mask,
        *,
        dq_write_order: Tensor | None = None,
        dq_write_order_full: Tensor | None = None,
        dq_kv_order: Tensor | None = None,
        dq_kv_order_spt: bool | None = None,
    ) -> None:
        if kv_indices.dim() < 2:
            raise RuntimeError("BlockMask must have at least 2 dimensions")
        if (full_kv_num_blocks is None) != (full_kv_indices is None):
            raise AssertionError("full_kv_num_blocks and full_kv_indices must be both provided or omitted")
        if (full_q_num_blocks is None) != (full_q_indices is None):
            raise AssertionError("full_q_num_blocks and full_q_indices must be both provided or omitted")
        if dq_write_order_full is not None and dq_write_order is None:
            raise ValueError("dq_write_order_full requires dq_write_order")
        self.seq_lengths, self.BLOCK_SIZE, self.mask_mod = seq_lengths, BLOCK_SIZE, mask_mod
        self.kv_num_blocks, self.kv_indices = kv_num_blocks, kv_indices
        self.full_kv_num_blocks, self.full_kv_indices = full_kv_num_blocks, full_kv_indices
        self.q_num_blocks, self.q_indices = q_num_blocks, q_indices
        self.full_q_num_blocks, self.full_q_indices = full_q_num_blocks, full_q_indices
        self.dq_write_order, self.dq_write_order_full = dq_write_order, dq_write_order_full
        self.dq_kv_order, self.dq_kv_order_spt = dq_kv_order, dq_kv_order_spt

    @classmethod
    def from_kv_blocks(
        cls,
        kv_num_blocks: Tensor,
        kv_indices: Tensor,
        full_kv_num_blocks: Tensor | None = None,
        full_kv_indices: Tensor | None = None,
        BLOCK_SIZE: Any = BLOCK,
        mask_mod: Callable[..., Tensor] | None = None,
        seq_lengths: tuple[int, int] | None = None,
        compute_q_blocks: bool = True,
        *,
        dq_write_order: Tensor | None = None,
        dq_write_order_full: Tensor | None = None,
        dq_kv_order: Any = None,
    ) -> BlockMask:
        """The mask of lists of blocks of keys; those by blocks of queries are computed from them."""
        if kv_indices.dim() < 2:
            raise RuntimeError("BlockMask must have at least 2 dimensions")
        if (full_kv_num_blocks is None) != (full_kv_indices is None):
            raise AssertionError("full_kv_num_blocks and full_kv_indices must be both provided or omitted")
        if dq_kv_order is not None and not isinstance(dq_kv_order, (bool, Tensor)):
            raise ValueError("dq_kv_order must be a bool, Tensor, or None")
        height, width = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else BLOCK_SIZE
        turned: list[Any] = [None] * 4
        if compute_q_blocks:
            turned[:2] = _ordered(_table(kv_num_blocks, kv_indices).transpose(-2, -1))
            if full_kv_num_blocks is not None and full_kv_indices is not None:
                turned[2:] = _ordered(_table(full_kv_num_blocks, full_kv_indices).transpose(-2, -1))
        return cls(
            seq_lengths or (kv_indices.shape[-2] * height, kv_indices.shape[-1] * width),
            kv_num_blocks,
            kv_indices,
            full_kv_num_blocks,
            full_kv_indices,
            turned[0],
            turned[1],
            turned[2],
            turned[3],
            (height, width),
            mask_mod or noop_mask,
            dq_write_order=dq_write_order,
            dq_write_order_full=dq_write_order_full,
            dq_kv_order=dq_kv_order if isinstance(dq_kv_order, Tensor) else None,
            dq_kv_order_spt=dq_kv_order if isinstance(dq_kv_order, bool) else None,
        )

    def shown(self, b: Tensor, h: Tensor, q: Tensor, k: Tensor) -> Tensor:
        """Which scores count, at places that broadcast."""
        if self._is_its_function:
            return self.mask_mod(b, h, q, k)
        some = _four(_table(self.kv_num_blocks, self.kv_indices)) != 0
        at = (b % some.shape[0], h % some.shape[1], q // self.BLOCK_SIZE[0], k // self.BLOCK_SIZE[1])
        seen = some[at] & self.mask_mod(b, h, q, k)
        if self.full_kv_num_blocks is None or self.full_kv_indices is None:
            return seen
        return seen | (_four(_table(self.full_kv_num_blocks, self.full_kv_indices)) != 0)[at]

    @property
    def shape(self) -> tuple[int, ...]:
        """(B, H, Q_LEN, KV_LEN)."""
        return (*self.kv_indices.shape[:-2], *self.seq_lengths)

    def numel(self) -> int:
        """How many scores the mask is for."""
        count = 1
        for n in self.shape:
            count *= n
        return count

    def sparsity(self) -> float:
        """How many scores lie in blocks that are left out, in percent."""
        blocks = int(self.kv_num_blocks.sum())
        if self.full_kv_num_blocks is not None:
            blocks += int(self.full_kv_num_blocks.sum())
        return 100 * (1 - blocks * self.BLOCK_SIZE[0] * self.BLOCK_SIZE[1] / self.numel())

    def to_dense(self) -> Tensor:
        """1 for the blocks in which something may be seen, else 0: int32 (B, H, rows, columns)."""
        some = _table(self.kv_num_blocks, self.kv_indices)
        if self.full_kv_num_blocks is None or self.full_kv_indices is None:
            return some
        return some | _table(self.full_kv_num_blocks, self.full_kv_indices)

    def as_tuple(self, flatten: bool = True) -> tuple[Any, ...]:
        """Lengths, lists, sizes of blocks and the function, as PyTorch's operators take them."""
        kept = (getattr(self, name) for name in _TENSORS)
        lengths, sizes = (self.seq_lengths, self.BLOCK_SIZE) if flatten else ((self.seq_lengths,), (self.BLOCK_SIZE,))
        return (*lengths, *kept, self.dq_kv_order_spt, *sizes, self.mask_mod)

    def __getitem__(self, index: Any) -> BlockMask:
        """The mask of some batches, heads or blocks of queries; its ``mask_mod`` is to be set anew."""
        if self.dq_kv_order is not None:
            raise NotImplementedError("Slicing BlockMask with tensor dq_kv_order is not supported yet.")
        given = index if isinstance(index, tuple) else (index,)
        given = (*given, slice(None), slice(None), slice(None))[:3]
        at = tuple(
            slice(i % n, i % n + 1) if isinstance(i, int) and -n <= i < n else i
            for i, n in zip(given, self.kv_num_blocks.shape[:3], strict=True)
        )
        taken: Any = {name: None if (t := getattr(self, name)) is None else t[at] for name in _TENSORS[:4]}
        taken |= {"BLOCK_SIZE": self.BLOCK_SIZE, "mask_mod": _of_a_slice, "seq_lengths": self.seq_lengths}
        mask = BlockMask.from_kv_blocks(**taken, compute_q_blocks=self.q_indices is not None)
        mask.dq_kv_order_spt = self.dq_kv_order_spt
        return mask

    def to(self, device: Any) -> BlockMask:
        """The mask with its lists on a device."""
        moved = {name: None if (t := getattr(self, name)) is None else t.to(device) for name in _TENSORS}
        mask = BlockMask(
            self.seq_lengths,
            **moved,  # type: ignore[arg-type]
            BLOCK_SIZE=self.BLOCK_SIZE,
            mask_mod=self.mask_mod,
            dq_kv_order_spt=self.dq_kv_order_spt,
        )
        mask._is_its_function = self._is_its_function
        return mask

    def to_string(self, grid_size: Any = (20, 20), limit: int = 4) -> str:
        """A picture of blocks for each batch and head, ``limit`` of them: full, shaded where some are left out, or empty."""
        table = self.to_dense()
        *lead, rows, columns = table.shape
        most = (grid_size, grid_size) if isinstance(grid_size, int) else grid_size
        height, width = (max(1, -(-n // limit_)) for n, limit_ in zip((rows, columns), most, strict=True))
        pictures = []
        for count, at in enumerate(itertools.product(*map(range, lead))):
            if count == limit:
                pictures += ["...", "To print out more, set BlockMask.to_string(limit=N)"]
                pictures += ["You can also index (BlockMask[batch, head]) to choose a specific batch or head"]
                break
            own = table[at].float()
            lines = [f"{at}"]
            for r in range(0, rows, height):
                means = [own[r : r + height, c : c + width].mean().item() for c in range(0, columns, width)]
                lines.append("".join(("█" if m == 1 else "░" if m else " ") * 2 for m in means))
            pictures.append("\n".join(lines) + "\n")
        return "\n".join(pictures)

    def __repr__(self) -> str:
        lines = [
            f"    {name}={None if (t := getattr(self, name)) is None else t.shape},"
            for name in _TENSORS
            if name[:2] != "dq"
        ]
        name = getattr(self.mask_mod, "__name__", self.mask_mod)
        lines += [f"    BLOCK_SIZE={self.BLOCK_SIZE},", f"    shape={self.shape},"]
        lines += [f"    sparsity={self.sparsity():.2f}%,", f"    mask_mod={name}"]
        return "\n".join(["BlockMask(", *lines, ")"])

    def __str__(self) -> str:
        return f"BlockMask(shape={self.shape}, sparsity={self.sparsity():.2f}%, \n{self.to_string().strip()}\n)"


def blocked(
    mask: Tensor, mask_mod: Callable[..., Tensor], lengths: tuple[int, int], block_size: Any, separate: bool
) -> BlockMask:
    """The blocks of a whole mask (B, H, Q_LEN, KV_LEN), of which ``mask_mod`` is the function; full ones listed apart if asked."""
    height, width = (block_size, block_size) if isinstance(block_size, int) else block_size
    mask = pad(mask.to(dtypes.int32), (0, -lengths[1] % width, 0, -lengths[0] % height))
    batch, heads, rows, columns = mask.shape
    counts = mask.reshape(batch, heads, rows // height, height, columns // width, width).sum((3, 5))
    full = counts == height * width
    some = _ordered((counts > 0) & ~full if separate else counts > 0)
    count, indices = _ordered(full) if separate else (None, None)
    found = BlockMask.from_kv_blocks(some[0], some[1], count, indices, (height, width), mask_mod, lengths)
    found._is_its_function = True
    return found


def _table(count: Tensor, indices: Tensor) -> Tensor:
    """Which blocks are among the first ``count`` of a list: int32 (..., rows, columns), 1 or 0."""
    columns = arange(indices.shape[-1], device=indices.device)
    valid = columns < count.unsqueeze(-1)
    return ((indices.unsqueeze(-1) == columns) & valid.unsqueeze(-1)).any(-2).to(dtypes.int32)


def _ordered(table: Tensor) -> tuple[Tensor, Tensor]:
    """How many blocks of each row are there, and all of them, those that are there first."""
    table = table.to(dtypes.int32)
    return table.sum(-1).to(dtypes.int32), table.argsort(-1, descending=True, stable=True).to(dtypes.int32)


def _four(table: Tensor) -> Tensor:
    return table.reshape((1,) * (4 - table.dim()) + tuple(table.shape))
