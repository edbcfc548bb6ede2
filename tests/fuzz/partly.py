"""What can be compared of results that are not unique: what holds for every right one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .draw import Call

DRAWN = "numbers are drawn"
EQUAL = "which of equal elements is found"
FACTORS = "factors and vectors are not unique"
DRAWS = 48
"""How often PyTorch draws again."""
UNTOLD = frozenset("cauchy_ log_normal_ svd_lowrank pca_lowrank".split())
"""Distributions whose largest number says nothing of the next, and vectors whose sign is not drawn."""
Arrays = list[np.ndarray]


def alike(why: str, call: Call, ours: Any, theirs: Any, limit: float, again: Callable[[], Any]) -> bool:
    """Whether two results agree in what both must have, where they may differ for the reason ``why``; ``again`` makes PyTorch's anew."""
    name = call[0].name
    if why == DRAWN and name not in UNTOLD:
        draws = [arrays(again()) for _ in range(DRAWS)]
        return all(_lies(mine, [d[k] for d in draws if len(d) > k]) for k, mine in enumerate(arrays(ours)))
    one, other = arrays(ours), arrays(theirs)
    if why == EQUAL:  # values are the same, wherever they were found
        compared = [np.sort(one[0], None), np.sort(other[0], None)] if name == "argsort" else [one[0], other[0]]
        return np.allclose(*compared, limit, limit, equal_nan=True)
    unique = UNIQUE.get(name)
    if why != FACTORS or unique is None or not all(np.isfinite(array).all() for array in (*one, *other)):
        return True
    adjoint = call[0].space != "linalg"
    return all(_close(a, b, 50 * limit) for a, b in zip(unique(one, adjoint), unique(other, adjoint), strict=True))


def arrays(result: Any) -> Arrays:
    """The tensors of a result, in double precision, whatever they lie in."""
    if isinstance(result, tuple) and len(result) == 3 and isinstance(result[2], np.ndarray):
        return [result[2].astype(np.complex128 if result[2].dtype.kind == "c" else np.float64)]
    return [array for part in result for array in arrays(part)] if isinstance(result, list) else []


def _lies(mine: np.ndarray, draws: Arrays) -> bool:
    """Whether numbers lie where others do that are drawn alike, or not much farther out; NaN where these may be NaN."""
    many = np.stack([draw for draw in draws if draw.shape == mine.shape])
    if mine.dtype.kind == "c":
        return _lies(mine.real, list(many.real)) and _lies(mine.imag, list(many.imag))
    low, high = np.fmin.reduce(many), np.fmax.reduce(many)
    finite = np.isfinite(low) & np.isfinite(high)
    spread = 3 * np.max(high - low, where=finite, initial=0.0)
    margin = spread + 1e-2 * np.abs(high) + 1e-6
    inside = (mine >= low - margin) & (mine <= high + margin)
    return bool(np.all(inside | ~finite | (np.isnan(mine) & np.isnan(many).any(0))))


def _close(one: np.ndarray, other: np.ndarray, limit: float) -> bool:
    scale = max(1.0, float(np.abs(other).max(initial=0.0)))
    return one.shape == other.shape and np.allclose(one, other, limit, limit * scale)


def _turned(array: np.ndarray) -> np.ndarray:
    return np.conj(np.swapaxes(array, -1, -2))


def _svd(parts: Arrays, adjoint: bool) -> Arrays:
    left, values, right = parts
    count, right = values.shape[-1], _turned(right) if adjoint else right
    return [values, (left[..., :count] * values[..., None, :]) @ right[..., :count, :]]


def _qr(parts: Arrays, adjoint: bool) -> Arrays:
    left, right = parts
    return [left @ right] if left.size else [_turned(right) @ right]


def _powers(parts: Arrays, adjoint: bool) -> Arrays:
    """Sums of powers of eigenvalues, which have no order."""
    values = parts[0]
    return [np.sum(values**k, -1) for k in range(1, min(values.shape[-1], 3) + 1)]


UNIQUE: dict[str, Callable[[Arrays, bool], Arrays]] = {
    "eig": _powers,
    "eigh": lambda parts, adjoint: [parts[0], (parts[1] * parts[0][..., None, :]) @ _turned(parts[1])],
    "eigvals": _powers,
    "lu": lambda parts, adjoint: [parts[0] @ parts[1] @ parts[2]] if len(parts) == 3 and parts[0].size else [],
    "qr": _qr,
    "svd": _svd,
}
"""What every right decomposition has, from its parts; ``adjoint``: the right factor of an SVD is given as V."""
