"""Numbers that are given once or for each dimension."""

from __future__ import annotations

from typing import Any

from ...ops import rules


def sizes(value: Any, count: int, name: str = "") -> tuple[int, ...]:
    """An integer ``count`` times, or ``count`` integers; RuntimeError for another number of them, TypeError for what is none."""
    if value.__class__ is int and -rules.LARGEST <= value < rules.LARGEST:
        return (value,) * count
    if not isinstance(value, (tuple, list)):
        return (rules.integer(value, name),) * count
    values = rules.integers(value, name)
    if len(values) == 1:
        return values * count
    if len(values) != count:
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {count} values to match the convolution "
            f"dimensions, but got {name}={list(values)}"
        )
    return values


def pair(value: Any, name: str = "") -> tuple[int, ...]:
    """An integer twice, or two integers."""
    return sizes(value, 2, name)
