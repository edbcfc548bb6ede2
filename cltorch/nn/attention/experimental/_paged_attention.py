"""Keys and values of many sequences in one cache of pages. See torch.nn.attention.experimental._paged_attention."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .... import dtypes
from ....tensor.creation import arange, full, tensor, zeros
from ....tensor.tensor import Tensor
from ...functional import pad
from ..block_mask import BlockMask, noop_mask

__all__ = ["PagedAttention"]


class PagedAttention:
    """Which pages of a cache hold which part of which sequence: of a batch of sequences of different lengths none takes more pages than it
    needs (Kwon et al. 2023). `reserve` gives pages to a sequence, `assign` writes keys and values into them, and masks and changes of
    scores that were made for places in a sequence are turned into ones for places in the cache, for `flex_attention`.

    ``page_table`` (sequences, pages) has for each page of a sequence where it lies, -1 for none, ``physical_to_logical`` the same the
    other way round, ``capacity`` how many places a sequence has, ``empty_pages`` what is free.
    """

    def __init__(self, n_pages: int, page_size: int, max_batch_size: int, device: Any = "cuda") -> None:
        self.n_pages, self.page_size = n_pages, page_size
        self.page_table = full((max_batch_size, n_pages), -1, dtype=dtypes.int64, device=device)
        self.capacity = zeros(max_batch_size, dtype=dtypes.int64, device=device)
        self.empty_pages = list(range(n_pages - 1, -1, -1))
        self.physical_to_logical = self.page_table.clone()

    def reserve(self, batch_idx: Tensor, seq_len: Tensor) -> None:
        """Give pages to the sequence ``batch_idx`` (1,) until it has ``seq_len`` (1,) places. AssertionError if there are not enough."""
        missing = int(seq_len) - int(self.capacity[batch_idx])
        if missing <= 0:
            return
        count = -(-missing // self.page_size)
        if len(self.empty_pages) < count:
            raise AssertionError(f"requested {count} pages but there are only {len(self.empty_pages)} empty pages")
        start = int(self.capacity[batch_idx]) // self.page_size
        pages = tensor(self.empty_pages[-count:], device=self.page_table.device)
        del self.empty_pages[-count:]
        self.page_table[batch_idx, start : start + count] = pages
        self.physical_to_logical[batch_idx, pages] = arange(start, start + count, device=pages.device)
        self.capacity[batch_idx] += count * self.page_size

    def erase(self, batch_idx: Tensor) -> None:
        """Take its pages from the sequence ``batch_idx`` (1,)."""
        table = self.page_table[batch_idx]
        self.empty_pages += table[table != -1].tolist()
        for kept, value in ((self.capacity, 0), (self.physical_to_logical, -1), (self.page_table, -1)):
            kept[batch_idx] = value

    def assign(
        self, batch_idx: Tensor, input_pos: Tensor, k_val: Tensor, v_val: Tensor, k_cache: Tensor, v_cache: Tensor
    ) -> None:
        """Write keys (B, H, S, D) and values of the sequences ``batch_idx`` (B,) at their places ``input_pos`` (B, S) into caches
        (1, H, places, D).

        RuntimeError for keys that need a gradient, and for shapes that do not go together.
        """
        if k_val.requires_grad:
            raise RuntimeError("val must not require gradient")
        b, h, s, width = k_val.shape
        if b != batch_idx.shape[0]:
            raise RuntimeError(
                f"Expect val and batch_idx have the same batch size but got B={b} and B={batch_idx.shape[0]}."
            )
        if h != k_cache.shape[1]:
            raise RuntimeError(
                f"Expect val and cache has the same number of heads but got H={h} and H={k_cache.shape[1]}."
            )
        if s != input_pos.shape[1]:
            raise RuntimeError(
                f"Expect val and input_pos has the same length but got S={s} and S={input_pos.shape[0]}."
            )
        for name, found, cache in (("k", width, k_cache), ("v", v_val.shape[3], v_cache)):
            if found != cache.shape[3]:
                raise RuntimeError(
                    f"Expect {name}_val and {name}_cache has the same hidden dim but got D={found} and D={cache.shape[3]}."
                )
        page = self.page_table[batch_idx].gather(1, input_pos.to(dtypes.int64) // self.page_size)
        places = (page * self.page_size + input_pos % self.page_size).flatten()
        for given, cache in ((k_val, k_cache), (v_val, v_cache)):
            cache[:, :, places, :] = given.transpose(0, 1).reshape(1, h, b * s, -1)

    def convert_logical_block_mask(
        self, block_mask: BlockMask, batch_idx: Tensor | None = None, kv_len: Tensor | None = None
    ) -> BlockMask:
        """A mask (B, H, Q_LEN, KV_LEN) of the sequences ``batch_idx`` (B,), all when None, as one of places in the cache; keys from
        ``kv_len`` (B,) on are hidden. RuntimeError where a block is not as wide as a page."""
        if block_mask.BLOCK_SIZE[1] != self.page_size:
            raise RuntimeError(
                "Expect block_mask has the same column block size as page_size"
                f"but got size={block_mask.BLOCK_SIZE[1]} and size={self.page_size}"
            )
        count = block_mask.kv_indices.shape[0]
        sequences = arange(count, device=block_mask.kv_indices.device) if batch_idx is None else batch_idx
        table = self.page_table[sequences]
        whole = block_mask.full_kv_num_blocks
        return BlockMask.from_kv_blocks(
            block_mask.kv_num_blocks.clone(),
            self._pages(table, block_mask.kv_indices),
            None if whole is None else whole.clone(),
            None if block_mask.full_kv_indices is None else self._pages(table, block_mask.full_kv_indices),
            block_mask.BLOCK_SIZE,
            self.get_mask_mod(block_mask.mask_mod, kv_len),
            seq_lengths=(block_mask.seq_lengths[0], self.n_pages * self.page_size),
        )

    def _pages(self, table: Tensor, indices: Tensor) -> Tensor:
        """Blocks of sequences (B, H, rows, columns) as pages, with as many columns as there are of these; ``table`` is theirs, (B, pages)."""
        found = table.gather(1, indices.reshape(len(table), -1).to(dtypes.int64)).view(indices.shape).to(dtypes.int32)
        return pad(found, (0, self.n_pages - indices.shape[3]))

    def get_mask_mod(
        self, mask_mod: Callable[..., Tensor] | None, kv_len: Tensor | None = None
    ) -> Callable[..., Tensor]:
        """``mask_mod`` of places in a sequence, None for one that hides nothing, as one of places in the cache: what another sequence has
        there is hidden, and what lies behind ``kv_len`` (B,)."""
        shown = mask_mod or noop_mask

        def of_places(b: Tensor, h: Tensor, q_idx: Tensor, physical_kv_idx: Tensor) -> Tensor:
            place, valid = self._place(b, physical_kv_idx, kv_len)
            return shown(b, h, q_idx, place).where(valid, False)

        return of_places

    def get_score_mod(
        self, score_mod: Callable[..., Tensor] | None, kv_len: Tensor | None = None
    ) -> Callable[..., Tensor]:
        """``score_mod`` of places in a sequence, None for one that changes nothing, as one of places in the cache: what another sequence has
        there gets -inf, and what lies behind ``kv_len`` (B,)."""

        def of_places(score: Tensor, b: Tensor, h: Tensor, q_idx: Tensor, physical_kv_idx: Tensor) -> Tensor:
            place, valid = self._place(b, physical_kv_idx, kv_len)
            changed = score if score_mod is None else score_mod(score, b, h, q_idx, place)
            return changed.where(valid, float("-inf"))

        return of_places

    def _place(self, b: Tensor, physical: Tensor, kv_len: Tensor | None) -> tuple[Tensor, Tensor]:
        """The places in a sequence of places in the cache, and which of them are its own and before its end."""
        page = self.physical_to_logical[b, physical // self.page_size]
        place = page * self.page_size + physical % self.page_size
        valid = page >= 0
        return place, valid if kv_len is None else valid & (place < kv_len[b])
