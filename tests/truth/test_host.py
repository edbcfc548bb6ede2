"""No op computes on the host: numbers are read only where the shape of the result depends on them, or whether PyTorch refuses them."""

from __future__ import annotations

import pytest

import cltorch
from cltorch.ops.mode import MODE

from ..tensor.test_functions import GROUPS, listed, names

READ = {
    "the shape": (
        *("x[b]", "x[b[:, 0]]", ".masked_select(", ".nonzero(", "argwhere(", "unique(", "bincount("),
        *("m.repeat_interleave(v, m.arange(6))", "x.repeat_interleave(m.tensor("),
    ),
    "whether there are enough elements": ("masked_scatter(",),
    "whether a divisor is 0": ('m.div(7, k.abs() + 1, rounding_mode="floor")', "m.remainder(7, k + 1)"),
    "whether lengths add up": ("segment_reduce(",),
    "whether windows leave gaps": ("istft(",),
    "whether a diagonal is given twice": ("spdiags(",),
    "what a function of Python makes of each element": (".apply_(", ".map_("),
    "a list that the case asks for": (".tolist()",),
}
"""What depends on numbers that are read, and in which cases."""


@pytest.mark.parametrize("case", [c for group in GROUPS for c in listed(group)])
def test_no_number_is_read(case: str) -> None:
    given = names(cltorch)
    reads = MODE.reads
    eval(case, given)
    is_told = any(part in case for parts in READ.values() for part in parts)
    assert MODE.reads == reads or is_told
