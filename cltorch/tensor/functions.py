"""Public functions made from the rows of pointwise ops: one closure each, in `FUNCTIONS` by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..errors import kind_of
from ..ops.arguments import is_any_tensor, is_tensor
from ..ops.names import public
from ..ops.op import TABLE
from ..ops.rules import promoted
from ..warned import warn
from .apply import SCALARS, call, check_divisor, function, stored
from .guards import warn_once
from .host_data import as_number, is_array

if TYPE_CHECKING:
    from .tensor import Tensor

LARGEST_HALF = dtypes.finfo(dtypes.float16).max
FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: function(op) for name, op in TABLE.items() if op.family == "pointwise"
}


def record(name: str, *operands: Any) -> Any:
    """Record the pointwise op ``name`` on operands in any order of tensors and numbers."""
    return call(TABLE[name], operands)


def check_factor(alpha: Any, *operands: Any, name: str = "alpha") -> None:
    """A factor must not be of a higher category than the operands."""
    alpha = _plain(alpha)
    kinds = [o.dtype if is_any_tensor(o) else dtypes.of_scalar(type(_plain(o))) for o in operands]
    if isinstance(alpha, complex) and not any(kind.is_complex for kind in kinds):
        raise RuntimeError(f"For non-complex input tensors, argument {name} must not be a complex number.")
    if isinstance(alpha, float) and not any(kind.differentiable for kind in kinds):
        raise RuntimeError(f"For integral input tensors, argument {name} must not be a floating point number.")
    if isinstance(alpha, bool) and any(kind is not dtypes.bool for kind in kinds):
        raise RuntimeError(f"Boolean {name} only supported for Boolean results.")
    if isinstance(alpha, SCALARS) and abs(alpha) > LARGEST_HALF:
        as_number(alpha, promoted(tuple([o._cl_meta if is_tensor(o) else (type(o), o) for o in operands])))


def _factor_first(name: str, alpha: Any, other: Any, *more: Any) -> tuple[Any, Any]:
    """The order of the first versions, ``add(alpha, other)``, which PyTorch still takes with this warning."""
    alpha = _plain(alpha)
    if more or not isinstance(alpha, SCALARS):
        raise TypeError(f"{name}() received an invalid combination of arguments")
    warn(
        f"This overload of {name} is deprecated:\n\t{name}(Number alpha, Tensor other)\nConsider using one of the following "
        f"signatures instead:\n\t{name}(Tensor other, *, Number alpha = 1)"
    )
    return alpha, _plain(other)


def _plain(value: Any) -> Any:
    """NumPy's numbers and tensors of no dimension as Python's numbers."""
    return value.item() if hasattr(value, "item") and not value.ndim else value


def number_and_factor(name: str, other: Any, alpha: Any, *more: Any) -> tuple[Any, Any]:
    """A number and the factor that is given by position; TypeError for tensors, which take it by name alone."""
    other, alpha = _plain(other), _plain(alpha)
    if more or not isinstance(other, SCALARS) or not isinstance(alpha, SCALARS):
        raise TypeError(f"{name}() received an invalid combination of arguments")
    return other, alpha


def powered(input: Any, exponent: Any, general: Callable[..., Any] = call) -> Any:
    """``input`` raised to ``exponent``: squares and square roots by themselves, all else by ``general``. In float16 roots are powers too, as
    in PyTorch: of -inf and -0 they are something else."""
    meta = getattr(input, "_cl_meta", None)
    kind = exponent.__class__
    rooted = meta is not None and meta.dtype.is_floating_point and meta.dtype is not dtypes.float16
    if rooted and kind is float and abs(exponent) == 0.5:
        return FUNCTIONS["pow_half" if exponent > 0 else "pow_minus_half"](input)
    if meta is not None and (kind is int or kind is float) and exponent == 3 and meta.dtype.is_floating_point:
        return FUNCTIONS["pow_three"](input)
    if meta is not None and kind in (int, float, complex) and exponent in (2, 3) and meta.dtype.is_complex:
        return FUNCTIONS["square"](input) if exponent == 2 else FUNCTIONS["pow_three"](input)
    if meta is not None and kind is bool and meta.dtype is dtypes.bool:
        return input | (not exponent)
    if meta is not None and kind is int:
        if exponent == 2 and meta.dtype is not dtypes.bool:
            return FUNCTIONS["square"](input)
        if exponent < 0 and not meta.dtype.differentiable:
            raise RuntimeError("Integers to negative integer powers are not allowed.")
    return general(TABLE["pow"], (input, exponent))


@public("torch", method=True, inplace=True)
def add(
    input: Tensor | complex, other: Tensor | complex, *older: Any, alpha: complex = 1, out: Tensor | None = None
) -> Tensor:
    """``input + alpha * other``, with broadcasting and type promotion. See torch.add."""
    if older:
        alpha, other = _factor_first("add", other, *older)
    if alpha.__class__ is int and alpha == 1:
        return FUNCTIONS["add"](input, other, out=out)
    check_factor(alpha, input, other)
    result = record("add_scaled", input, other, alpha)
    return stored(result, out, False, (input, other))


@public("torch", method=True, inplace=True)
def sub(
    input: Tensor | complex, other: Tensor | complex, *older: Any, alpha: complex = 1, out: Tensor | None = None
) -> Tensor:
    """``input - alpha * other``, with broadcasting and type promotion. See torch.sub."""
    if older:
        alpha, other = _factor_first("sub", other, *older)
    if alpha.__class__ is int and alpha == 1:
        return FUNCTIONS["sub"](input, other, out=out)
    check_factor(alpha, input, other)
    result = record("sub_scaled", input, other, alpha)
    return stored(result, out, False, (input, other))


@public("torch", method=True, inplace=True)
def subtract(
    input: Tensor | complex, other: Tensor | complex, *number: Any, alpha: complex = 1, out: Tensor | None = None
) -> Tensor:
    """`sub`; ``alpha`` may be the third argument where ``other`` is a number. See torch.subtract."""
    if number:
        other, alpha = number_and_factor("subtract", other, *number)
    return sub(input, other, alpha=alpha, out=out)


@public("torch", aliases="divide", method=True, inplace=True)
def div(
    input: Tensor | complex, other: Tensor | complex, *, rounding_mode: str | None = None, out: Tensor | None = None
) -> Tensor:
    """``input / other``, exact or rounded (``trunc`` towards zero, ``floor`` downwards). See torch.div."""
    if rounding_mode is None and out is None and hasattr(input, "_cl_meta"):
        return FUNCTIONS["true_divide"](input, other)
    names = {None: "true_divide", "trunc": "trunc_divide", "floor": "div_floor"}
    if rounding_mode not in names:
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    if rounding_mode is not None:
        check_divisor(input, other)
    result = record(names[rounding_mode], input, other)
    return result if out is None else stored(result, out, False, (input, other))


def _like_number(input: Tensor, bound: Tensor) -> Tensor:
    """A tensor without dimensions that stands beside a number: it counts as one for the result's dtype."""
    if bound._cl_meta.shape:
        raise TypeError(
            "clamp() received an invalid combination of arguments: min and max must both be Tensor or Number"
        )
    kind = bound._cl_meta.dtype
    scalar = complex if kind.is_complex else float if kind.is_floating_point else bool if kind is dtypes.bool else int
    return bound.to(promoted((input._cl_meta, (scalar, None))))


@public("torch", aliases="clip", method=True, inplace=True)
def clamp(
    input: Tensor,
    min: Tensor | complex | None = None,
    max: Tensor | complex | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """``input`` limited to [min, max]; either bound may be missing. See torch.clamp."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, complex) or isinstance(max, complex):
        if input.is_floating_point():
            raise RuntimeError("value cannot be converted to type double without overflow")
        raise NotImplementedError("clamp is not supported for complex types")
    if min is not None and max is not None and is_tensor(min) != is_tensor(max):
        min, max = (_like_number(input, bound) if is_tensor(bound) else bound for bound in (min, max))
    if max is None:
        result = record("clamp_min", input, min)
    elif min is None:
        result = record("clamp_max", input, max)
    else:
        result = record("clamp_both", input, min, max)
    return stored(result, out, operands=(input, min, max))


@public("torch", method=True, inplace=True)
def pow(input: Tensor | complex, exponent: Tensor | complex, *, out: Tensor | None = None) -> Tensor:
    """``input`` raised to ``exponent``; either may be a number. See torch.pow."""
    base: Any = input
    result = base.__pow__(exponent) if is_tensor(base) and not is_array(exponent) else record("pow", base, exponent)
    if result is NotImplemented:
        raise TypeError(f"pow(): argument 'exponent' must be Tensor, not {kind_of(exponent)}")
    return stored(result, out, False, (input, exponent))


@public("torch")
def where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """``input`` where ``condition`` holds, else ``other``; with one argument ``condition.nonzero(as_tuple=True)``."""
    if not is_tensor(condition):
        raise TypeError(f"where(): argument 'condition' (position 1) must be Tensor, not {kind_of(condition)}")
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)
    if condition.dtype not in (dtypes.bool, dtypes.uint8):
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype.title}"
        )
    if condition.dtype is dtypes.uint8:
        warn_once(
            "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future version of "
            "PyTorch. Use a boolean condition instead."
        )
    if not is_tensor(input) and not is_tensor(other):
        input = condition._scalar_tensor(input)
    result = record("where_", condition, input, other)
    return stored(result, out, operands=(condition, input, other))
