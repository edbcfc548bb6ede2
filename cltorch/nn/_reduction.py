"""Words for the reductions of losses, and what older programs say instead. See torch.nn._reduction."""

from __future__ import annotations

from ..warned import warn

NUMBERS = {"none": 0, "mean": 1, "elementwise_mean": 1, "sum": 2}


def get_enum(reduction: str) -> int:
    """The number of a reduction. ValueError for a word that is none."""
    if reduction not in NUMBERS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if reduction == "elementwise_mean":
        warn("reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.")
    return NUMBERS[reduction]


def legacy_get_string(size_average: bool | None, reduce: bool | None, emit_warning: bool = True) -> str:
    """The reduction that ``size_average`` and ``reduce`` mean, None being True; with a warning."""
    word = "none" if reduce is not None and not reduce else "mean" if size_average is None or size_average else "sum"
    if emit_warning:
        warn(f"size_average and reduce args will be deprecated, please use reduction='{word}' instead.")
    return word


def legacy_get_enum(size_average: bool | None, reduce: bool | None, emit_warning: bool = True) -> int:
    """The number of the reduction that ``size_average`` and ``reduce`` mean."""
    return get_enum(legacy_get_string(size_average, reduce, emit_warning))
