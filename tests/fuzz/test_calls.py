"""A sample of random calls; 20,000 of them: ``python -m tests.fuzz.calls 20000``."""

from __future__ import annotations

import io
from typing import Any

from .calls import differences
from .draw import Draw
from .names import targets

SAMPLE = """abs add all allclose amax any argmax atan2 bitwise_or cat chunk clamp cumsum diagonal div dot eq exp expand fill_ flatten flip gather
index_add index_select isnan lerp logical_and logsumexp masked_fill masked_select matmul max mean min mul narrow nonzero norm permute pow prod
remainder repeat reshape roll scatter select softmax sort split squeeze stack std sub sum t take topk transpose tril unfold unique unsqueeze var
view where""".split()
ALLOWED = 2


def test_random_calls_give_what_pytorch_gives_and_spoil_nothing() -> None:
    """Two calls of each function and method: what is drawn for one does not depend on which others there are."""
    several: list[Any] = [t for t in targets() if t.name in SAMPLE and t.space in ("torch", "Tensor")]
    assert len(several) > 100
    found = differences([Draw([t], f"{t.space}.{t.name} {k}") for t in several for k in range(2)], io.StringIO())
    assert found.taken > len(several)
    assert len(found.lines) <= ALLOWED, "\n".join(found.lines)
