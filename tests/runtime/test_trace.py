"""What each level of CLTORCH_DEBUG shows."""

from __future__ import annotations

import re

import pytest

from cltorch.runtime.device import default

from .programs import python

CODE = """
    import cltorch
    x = cltorch.arange(1000.0)
    print(((x * 2.5).sin().sum() + 1).item() != 0)
"""


def shown(level: str) -> str:
    done = python(CODE, CLTORCH_DEBUG=level, CLTORCH_TIER="fused")  # plans and their kernels are shown
    assert (done.returncode, done.stdout.strip()) == (0, "True"), done.stderr
    return done.stderr


ATTRIBUTE = r"__attribute__\(\(reqd_work_group_size\(\d+, \d+, \d+\)\)\) " if default().traits.form == "gpu" else ""
PATTERNS = {
    1: (
        r"opencl:0 is .+ kernels in (cpu|gpu) form",
        r"programs are kept in /",
        r"(built|loaded) \d+ kernels in \d+ ms",
    ),
    2: (r"cltorch: reduce_\w+ \(\d+,?.*\) by \(.*\): [\d.]+ us, [\d.]+ GB/s",),
    3: (r"plan on opencl:0: \d+ groups, \d+ launches", r"= sin\(input\) of \["),
    4: (rf"__kernel {ATTRIBUTE}void reduce_\w+\(",),
    5: (
        r"graph on opencl:0: \d+ values",
        r"%\d+ torch.float32 \[1000\] = sin\(input\) of \(%\d+\)",
        r"numbers \(2.5,\)",
    ),
}


@pytest.mark.parametrize("level", range(6))
def test_a_level_shows_its_own_and_those_below(level: int) -> None:
    text = shown(str(level))
    for needed, patterns in PATTERNS.items():
        for pattern in patterns:
            assert bool(re.search(pattern, text)) == (level >= needed), f"{pattern} at level {level}:\n{text[:2000]}"
    assert level or not text


def test_a_level_that_is_no_number_is_refused() -> None:
    done = python("import cltorch", CLTORCH_DEBUG="verbose")
    assert "CLTORCH_DEBUG must be a number from 0 to 5, not 'verbose'" in done.stderr
