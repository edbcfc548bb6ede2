"""What kernels report: an index outside of its dimension, or a number that an op refuses. Told at the next wait.

A kernel writes the index, the size that it exceeds and a number that says what it was: the dimension, `ALONG` more for gather and
scatter, whose error is of another class in PyTorch, or one of `REFUSALS`, which are below 0.
"""

from __future__ import annotations

ALONG = 1000
# TARGET is spelled in kernels/prelude/fault.cl too
TARGET, CHANCE, DEVIATION, WEIGHTS, NO_WEIGHT, RATE, NEGATIVE, ENDLESS = range(-2, -10, -1)
REFUSALS: dict[int, tuple[type[Exception], str]] = {
    TARGET: (IndexError, "Target {} is out of bounds."),
    CHANCE: (
        RuntimeError,
        "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If so, please report an "
        "enhancement request to PyTorch.)",
    ),
    DEVIATION: (RuntimeError, "normal expects all elements of std >= 0.0"),
    WEIGHTS: (RuntimeError, "probability tensor contains either `inf`, `nan` or element < 0"),
    NO_WEIGHT: (RuntimeError, "invalid multinomial distribution (sum of probabilities <= 0)"),
    NEGATIVE: (RuntimeError, "invalid multinomial distribution (encountering probability entry < 0)"),
    ENDLESS: (RuntimeError, "invalid multinomial distribution (encountering probability entry = infinity or NaN)"),
    RATE: (RuntimeError, "invalid Poisson rate, expected rate to be non-negative"),
}


def error_of(index: int, size: int, place: int) -> Exception:
    """The exception for what a kernel has reported."""
    if place < 0:
        kind, text = REFUSALS[place]
        return kind(text.format(index))
    kind = RuntimeError if place >= ALONG else IndexError
    return kind(f"index {index} is out of bounds for dimension {place % ALONG} with size {size}")
