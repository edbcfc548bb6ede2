"""Comparisons, logic, bits and selection: results are bool, or picked from the operands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .op import no_derivative
from .pointwise import pointwise

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor


@pointwise("input == other", dtypes="bool")
def eq(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Where ``input`` is equal to ``other``; bool."""
    ...


@pointwise("input != other", dtypes="bool", aliases="not_equal")
def ne(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Where ``input`` is unequal to ``other``; bool."""
    ...


@pointwise("input < other", dtypes="bool", aliases="less")
def lt(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Where ``input`` is less than ``other``; bool."""
    ...


@pointwise("input <= other", dtypes="bool", aliases="less_equal")
def le(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Where ``input`` is less than or equal to ``other``; bool."""
    ...


@pointwise("input > other", dtypes="bool", aliases="greater")
def gt(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Where ``input`` is greater than ``other``; bool."""
    ...


@pointwise("input >= other", dtypes="bool", aliases="greater_equal")
def ge(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Where ``input`` is greater than or equal to ``other``; bool."""
    ...


@pointwise("(input != 0) and (other != 0)", dtypes="logical", numbers="refused")
def logical_and(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Where both elements are true (not zero); bool."""
    ...


@pointwise("(input != 0) or (other != 0)", dtypes="logical", numbers="refused")
def logical_or(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Where either element is true (not zero); bool."""
    ...


@pointwise("(input != 0) != (other != 0)", dtypes="logical", numbers="refused")
def logical_xor(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Where exactly one element is true (not zero); bool."""
    ...


@pointwise("input == 0", dtypes="logical")
def logical_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Where the element is false (zero); bool."""
    ...


@pointwise("input != 0", dtypes="logical", method=False)
def is_true(input: Tensor) -> Tensor:
    """Where the element is true (not zero); bool."""
    ...


@pointwise("input & other", dtypes="integral", number_first=True)
def bitwise_and(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Bitwise and of integers (and bools)."""
    ...


@pointwise("input | other", dtypes="integral", number_first=True)
def bitwise_or(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Bitwise or of integers (and bools)."""
    ...


@pointwise("input ^ other", dtypes="integral", number_first=True)
def bitwise_xor(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Bitwise exclusive or of integers (and bools)."""
    ...


@pointwise("input << other", dtypes="integer", number_first=True)
def bitwise_left_shift(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Shift to the left of integers (and bools)."""
    ...


@pointwise("input >> other", dtypes="integer", number_first=True)
def bitwise_right_shift(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Arithmetic shift to the right of integers (and bools)."""
    ...


@pointwise("~input", dtypes="integral", exact_out=True)
def bitwise_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Bitwise complement of integers; logical not of bools."""
    ...


@pointwise("isnan(input)", dtypes="bool", inplace=False)
def isnan(input: Tensor) -> Tensor:
    """Where the element is NaN; bool."""
    ...


@pointwise("isinf(input)", dtypes="bool", inplace=False)
def isinf(input: Tensor) -> Tensor:
    """Where the element is infinite; bool."""
    ...


@pointwise("isfinite(input)", dtypes="bool", inplace=False)
def isfinite(input: Tensor) -> Tensor:
    """Where the element is neither infinite nor NaN; bool."""
    ...


@pointwise(
    "where(condition, input, other)",
    vjp=(None, lambda g, condition: g.where(condition, 0.0), lambda g, condition: g.where(~condition, 0.0)),
    tensors="condition input other",
    extra="condition",
    method=False,
    numbers="wide holds",
)
def where_(condition: Tensor, input: Tensor, other: Tensor) -> Tensor:
    """``input`` where ``condition`` holds, else ``other``: what ``where`` and ``masked_fill`` record."""
    ...


@pointwise("copysign(1, input) < 0", dtypes="bool", inplace=False, exact_out=True)
def signbit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Where the sign is negative, that of -0.0 too; bool. See torch.signbit."""
    ...


@pointwise(
    "where(input == 0, values, where(input > 0, 1, 0))",
    vjp=(no_derivative(RuntimeError("derivative for aten::heaviside is not implemented")),) * 2,
    method=False,
)
def step_at(input: Tensor, values: Tensor) -> Tensor:
    """0 below 0, 1 above it, and ``values`` at 0: what ``heaviside`` records."""
    ...


@pointwise("class_count(target, classes, ignored)", method=False)
def class_count(target: Tensor, classes: int, ignored: int) -> Tensor:
    """1 for a class from 0 to ``classes`` - 1, 0 for ``ignored``: what a loss counts. IndexError at the next wait for any other."""
    ...
