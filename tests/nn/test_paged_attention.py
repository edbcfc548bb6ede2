"""Pages of a cache: the tables beside PyTorch's, and attention over the cache beside attention over each sequence alone."""

from __future__ import annotations

from typing import Any

import cltorch
from cltorch.nn.attention.experimental._paged_attention import PagedAttention
from cltorch.nn.attention.flex_attention import create_block_mask, flex_attention

from ..programs import assert_same

LENGTHS = (40, 17, 60)


def test_tables_are_those_of_pytorch() -> None:
    assert_same("""
from torch.nn.attention.experimental._paged_attention import PagedAttention
from torch.nn.attention.flex_attention import create_block_mask
pages = PagedAttention(12, 16, 3, device="cpu")
def attempt(f):
    try: print(f())
    except (AssertionError, RuntimeError) as error: print(error)
for b, n in ((0, 17), (2, 60), (0, 40), (1, 17)):
    pages.reserve(torch.tensor([b]), torch.tensor([n]))
    print(pages.page_table, pages.capacity, pages.empty_pages, pages.physical_to_logical)
attempt(lambda: pages.reserve(torch.tensor([1]), torch.tensor([400])))
k, v, places = R(3, 2, 17, 8), R(3, 2, 17, 4, seed=2), torch.arange(17).expand(3, 17)
caches = torch.zeros(1, 2, 192, 8), torch.zeros(1, 2, 192, 4)
pages.assign(torch.tensor([2, 0, 1]), places, k, v, *caches)
print(caches)
everything = torch.arange(3)
attempt(lambda: pages.assign(torch.arange(2), places, k, v, *caches))
attempt(lambda: pages.assign(everything, places, k[:, :1], v, *caches))
attempt(lambda: pages.assign(everything, places[:, :3], k, v, *caches))
attempt(lambda: pages.assign(everything, places, k[..., :4], v, *caches))
attempt(lambda: pages.assign(everything, places, k, k, *caches))
attempt(lambda: pages.assign(everything, places, k.clone().requires_grad_(), v, *caches))
causal = lambda b, h, i, j: i >= j
mask = create_block_mask(causal, 3, 1, 64, 64, device="cpu", BLOCK_SIZE=16)
one = pages.convert_logical_block_mask(create_block_mask(causal, 1, 1, 64, 64, device="cpu", BLOCK_SIZE=16), torch.tensor([2]))
for made in (pages.convert_logical_block_mask(mask, kv_len=torch.tensor([40, 17, 60])), one):
    print(made.shape, made.kv_num_blocks, made.kv_indices, made.full_kv_num_blocks, made.full_kv_indices, made.seq_lengths, made.BLOCK_SIZE)
attempt(lambda: pages.convert_logical_block_mask(create_block_mask(causal, 3, 1, 64, 64, device="cpu", BLOCK_SIZE=32)))
b, i, j = torch.tensor(1), torch.tensor(5), torch.arange(192)
print(pages.get_mask_mod(None)(b, 0, i, j), pages.get_mask_mod(causal, torch.tensor([40, 17, 60]))(b, 0, i, j))
print(pages.get_score_mod(None)(torch.ones(192), b, 0, i, j), pages.get_score_mod(lambda s, b, h, i, j: s * j)(torch.ones(192), b, 0, i, j))
pages.erase(torch.tensor([0]))
print(pages.page_table, pages.capacity, pages.empty_pages)
pages.reserve(torch.tensor([0]), torch.tensor([40]))
print(pages.page_table, pages.empty_pages)
""")


def test_pages_of_an_erased_sequence_are_no_longer_its_own() -> None:
    pages = PagedAttention(2, 4, 2, device="cpu")
    for sequence in (0, 1):
        pages.reserve(cltorch.tensor([sequence]), cltorch.tensor([4]))
        pages.erase(cltorch.tensor([sequence]))
    assert (pages.physical_to_logical == -1).all()
    assert sorted(pages.empty_pages) == [0, 1]


def test_attention_over_pages_is_attention_over_each_sequence() -> None:
    cltorch.manual_seed(0)
    pages = PagedAttention(12, 16, 3, device="cpu")
    q, k, v = (cltorch.randn(3, 2, 64, 8) for _ in range(3))
    caches = cltorch.zeros(1, 2, 192, 8), cltorch.zeros(1, 2, 192, 8)
    for start in (0, 16, 32, 48):  # as sequences grow: their pages lie among each other's
        for sequence, length in enumerate(LENGTHS):
            end = min(length, start + 16)
            if start < end:
                at, of = cltorch.arange(start, end), cltorch.tensor([sequence])
                pages.reserve(of, cltorch.tensor([end]))
                pages.assign(of, at[None], k[of][:, :, at], v[of][:, :, at], *caches)

    def biased(score: Any, b: Any, h: Any, i: Any, j: Any) -> Any:
        return score + (i - j) * 0.1

    lengths = cltorch.tensor(LENGTHS)
    mask = create_block_mask(lambda b, h, i, j: i >= j, 3, 1, 64, 64, device="cpu", BLOCK_SIZE=16)
    found = flex_attention(
        q,
        *(cache.expand(3, -1, -1, -1) for cache in caches),
        score_mod=pages.get_score_mod(biased, lengths),
        block_mask=pages.convert_logical_block_mask(mask, kv_len=lengths),
    )
    for sequence, length in enumerate(LENGTHS):
        places = cltorch.arange(length)
        bias = (places[:, None] - places) * 0.1 + cltorch.full((length, length), -cltorch.inf).triu(1)
        alone = (t[sequence, :, :length] for t in (q, k, v))
        wanted = cltorch.nn.functional.scaled_dot_product_attention(*alone, attn_mask=bias)
        cltorch.testing.assert_close(found[sequence, :, :length], wanted, rtol=1e-5, atol=1e-5)
