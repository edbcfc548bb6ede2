"""The tape's instructions for any number of elements, made from those of two: the same as are written for that number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import cltorch
from cltorch.graph.record import recorder
from cltorch.graph.tape import Codes, is_plain
from cltorch.graph.value import Record
from cltorch.runtime import device as devices
from tests.tape import ready

PROGRAMS: dict[str, Callable[[int], Any]] = {
    "one operation": lambda n: cltorch.zeros(n) * cltorch.zeros(n),
    "temporaries": lambda n: cltorch.nn.functional.gelu(cltorch.zeros(n)),
    "numbers": lambda n: cltorch.zeros(n).mul(3.25).clamp(-0.75, 7.5),
    "a comparison": lambda n: cltorch.zeros(n) < 0.25,
    "integers": lambda n: cltorch.zeros(n, dtype=cltorch.int64) * 7 // 3,
    "narrow integers": lambda n: cltorch.zeros(n, dtype=cltorch.int8) + 3,
    "positions": lambda n: cltorch.arange(n, dtype=cltorch.float32),
    "random numbers": lambda n: cltorch.rand(n),
    "matrices": lambda n: cltorch.zeros(n, 3).sigmoid(),
}


def instructions(record: Record, codes: Codes, is_pattern: bool) -> list[Any]:
    code = codes.of(record) if is_pattern else codes._assembled(record)
    assert code
    return [list(code.sealed), code.reads, code.outs, code.temps, code.numbers, code.scratch, code.faults]


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_pattern_gives_what_would_be_written(program: Callable[[int], Any]) -> None:
    found = recorder(devices.default())
    codes = ready(found).codes
    seen = 0
    for n in (2, 3, 16, 17, 100, 1024, 3000):
        found.flush()
        kept = program(n)
        for value in found.pending:
            if is_plain(value.record):
                seen += 1
                assert instructions(value.record, codes, True) == instructions(value.record, codes, False)
        del kept
    assert seen >= 7


def test_a_pattern_tells_zero_from_minus_zero() -> None:
    x = cltorch.tensor([1.0, -1.0, 2.0])
    assert [str(v) for v in (x * 0.0).tolist()] == ["0.0", "-0.0", "0.0"]
    assert [str(v) for v in (x * -0.0).tolist()] == ["-0.0", "0.0", "-0.0"]
