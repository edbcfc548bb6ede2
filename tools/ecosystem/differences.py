"""Whether two digests agree. Needs neither library."""

from __future__ import annotations

import numpy as np

Digest = dict[str, np.ndarray]


def difference(ours: Digest, theirs: Digest) -> str:
    """What differs by more than 1e-3 of the largest value (gradients: 1e-2, as rounding adds up twice); "" if nothing does."""
    if list(ours) != list(theirs):
        missing = [name for name in theirs if name not in ours] or [name for name in ours if name not in theirs]
        return f"has other results: {missing[0]}"
    largest = max((_largest(theirs[name]) for name in theirs if name.startswith("d ")), default=0.0)
    for name, wanted in theirs.items():
        if wanted.dtype == np.uint8:  # pictures: rounded from nearly the same numbers
            if np.abs(ours[name].astype(int) - wanted).max(initial=0) > 1:
                return f"{name} differs by more than one level"
            continue
        if wanted.dtype.kind in "biu":
            if not np.array_equal(ours[name], wanted):
                return f"{name} differs"
            continue
        allowed = 1e-2 * _largest(wanted) + 1e-4 * largest if name.startswith("d ") else 1e-3 * _largest(wanted)
        apart = _largest(ours[name].astype(np.float64) - wanted)
        if not apart <= allowed and not np.array_equal(ours[name], wanted, equal_nan=True):
            return f"{name} differs by {apart:.2g} of {_largest(wanted):.2g}"
    return ""


def _largest(array: np.ndarray) -> float:
    return float(np.abs(array).max()) if array.size else 0.0
