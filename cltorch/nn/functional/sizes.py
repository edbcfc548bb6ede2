"""Numbers that are given once or for each dimension."""

from __future__ import annotations

from typing import Any


def pair(value: Any, name: str = "") -> tuple[int, int]:
    """An integer twice, or two integers."""
    if isinstance(value, int):
        return value, value
    values = tuple(value)
    if len(values) == 1:
        return values[0], values[0]
    if len(values) != 2:
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of 2 values to match the convolution dimensions, but "
            f"got {name}={list(values)}"
        )
    return values  # type: ignore[return-value]
