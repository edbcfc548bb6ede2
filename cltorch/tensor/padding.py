"""Padding. See torch.nn.functional.pad."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from ..autograd.names import COPIED, called, shown_as
from ..autograd.remembered import remembered
from ..ops import rules
from ..ops.autocast import cast_as
from ..ops.names import public
from ..ops.pad import LARGE, pad_constant, pad_from_input
from ..runtime.host import HOST
from .apply import apply
from .planes import lying_as
from .tensor import Tensor

MODES = ("reflect", "replicate", "circular")
_SHOWN = {"reflect": "Reflection", "replicate": "Replication"}


@remembered
def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """More elements at the ends of the last dimensions: ``pad`` is (before, after) of the last one, then of the one
    before it, and so on; negative numbers take elements away.

    The new elements are ``value`` (0), or with another mode numbers of the input: ``reflect`` without the edge,
    ``replicate`` the edge, ``circular`` from the other end."""
    ends = _ends(input, rules.integers(pad, "pad"))
    if mode == "constant":
        return lying_as(constant_pad_nd(input, tuple(pad), 0.0 if value is None else float(value)), input)
    if mode not in MODES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if not len(ends) < input.dim() <= len(ends) + 2 or len(ends) > 3:
        raise NotImplementedError(
            f"Padding size {2 * len(ends)} is not supported for {input.dim()}D input tensor.\nSupported combinations for non-constant "
            "padding:\n  - 2D or 3D input: padding size = 2 (pads last dimension)\n  - 3D or 4D input: padding size = 4 (pads last 2 "
            "dimensions)\n  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
        )
    if mode != "circular":
        input = cast_as(f"{_SHOWN[mode].lower()}_pad{len(ends)}d", input)
    made = _from_input(input, ends, mode)
    return made if mode == "circular" else lying_as(made, input)


@public()
@remembered
@shown_as("ConstantPadNdBackward0")
def constant_pad_nd(input: Tensor, pad: Sequence[int], value: complex = 0) -> Tensor:
    """`pad` with a number. See torch.constant_pad_nd."""
    ends = _ends(input, tuple(pad))
    return _constant(input, ends, value) if any(pad) else input.clone()


def _ends(input: Tensor, amounts: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """Dimensions with what is added before and after."""
    if len(amounts) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(amounts) > 2 * input.dim():
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(amounts)} and input of dimension {input.dim()}"
        )
    return [(input.dim() - 1 - k, amounts[2 * k], amounts[2 * k + 1]) for k in range(len(amounts) // 2)]


def _constant(input: Tensor, ends: list[tuple[int, int, int]], value: complex) -> Tensor:
    shape = list(input._cl_meta.shape)
    for dim, before, after in ends:
        size = shape[dim] + before + after
        if size < 0:
            raise RuntimeError(
                f"The input size {shape[dim]}, plus negative padding {before} and {after}, resulted in a negative output "
                f"size, which is invalid. Check dimension {dim} of your input."
            )
        shape[dim] = size
    number, dtype = input._as_own_number(value), input._cl_meta.dtype
    plain = not dtype.is_complex and (dtype.itemsize > 1 or not dtype.is_floating_point)
    if plain and prod(shape) >= LARGE and input._cl_meta.device is not HOST:
        return apply(
            pad_constant,
            (input._dense(),),
            (_amounts(input, ends),),
            (number if dtype.is_floating_point else int(number),),
        )
    inside = _cropped(input, ends)
    result = input._filled(tuple(shape), number, dtype, input._cl_meta.device)
    place = result
    for dim, before, _ in ends:
        place = place.narrow(dim, max(before, 0), inside._cl_meta.shape[dim])
    place.copy_(inside)
    return result


def _cropped(input: Tensor, ends: list[tuple[int, int, int]]) -> Tensor:
    """What is left of the input when negative padding has taken its part."""
    for dim, before, after in ends:
        if before < 0 or after < 0:
            low, high = max(-before, 0), input._cl_meta.shape[dim] - max(-after, 0)
            input = input.narrow(dim, low, max(high - low, 0))
    return input


def _from_input(input: Tensor, ends: list[tuple[int, int, int]], mode: str) -> Tensor:
    for dim, before, after in ends:
        size = input._cl_meta.shape[dim]
        if mode == "reflect" and max(before, after) >= size:
            raise RuntimeError(
                "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
                f"({before}, {after}) at dimension {dim} of input {list(input.shape)}"
            )
        if mode == "circular" and max(before, after) > size:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if size + before + after <= 0 or size == 0:
            raise RuntimeError(
                f"padding ({before}, {after}) leaves nothing of dimension {dim} of input {list(input.shape)}"
            )
    if mode == "circular":  # wraps around what is left, where the other modes look at the whole input
        input = _cropped(input, ends)
        ends = [(dim, max(before, 0), max(after, 0)) for dim, before, after in ends]
    made = apply(pad_from_input, (input._dense(),), (_amounts(input, ends), mode))
    return called(made, COPIED if mode == "circular" else f"{_SHOWN[mode]}Pad{len(ends)}DBackward0")


def _amounts(input: Tensor, ends: list[tuple[int, int, int]]) -> tuple[tuple[int, int], ...]:
    """What is added before and after in each dimension."""
    found = [(0, 0)] * input.dim()
    for dim, before, after in ends:
        found[dim] = (before, after)
    return tuple(found)
