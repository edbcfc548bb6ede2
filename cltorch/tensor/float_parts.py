"""Functions of the parts of numbers: mantissa and exponent, neighbours, steps, powers in double. See the torch page of each name."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..autograd.composite import is_narrow
from ..autograd.names import shown_as
from ..ops import rules
from ..ops.arguments import is_tensor, no_overload
from ..ops.names import public
from .apply import stored
from .functions import powered, record
from .return_types import named
from .tensor import Tensor

_FREXP = named("frexp", "mantissa exponent")


@public(method=True, inplace=True)
def heaviside(input: Tensor, values: Tensor, *, out: Tensor | None = None) -> Tensor:
    """0 below 0, 1 above it, and ``values`` at 0. See torch.heaviside."""
    if input.dtype is not values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    if input.is_complex():
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    return stored(record("step_at", input, values), out)


@public(method=True, inplace=True)
def nextafter(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The next number after ``input`` towards ``other``. See torch.nextafter."""
    kind = dtypes.promote_types(input.dtype, other.dtype)
    if not is_narrow(kind):
        return stored(record("next_float", input, other), out, exact=False)
    return stored(_next_narrow(input.to(kind), other.to(kind)), out, exact=False)


def _next_narrow(x: Tensor, to: Tensor) -> Tensor:
    """Of 16-bit floats: the bits of the next number are those of this one and 1 more or less."""
    shape = rules.broadcast_shape([x.shape, to.shape])
    x, to = x.expand(shape), to.expand(shape)
    grows = (to > x) == (x > 0)
    bits = x.contiguous().view(dtypes.int16)
    step = (bits + 1).where(grows, bits - 1)
    least = (to.contiguous().view(dtypes.int16) & -32768) + 1
    moved = least.where(x == 0, step).view(x.dtype)
    return (x + to).where((x != x) | (to != to), to.where(x == to, moved))


@public(method=True)
def frexp(input: Tensor, *, out: Any = None) -> Any:
    """``mantissa * 2 ** exponent``: floats of absolute value in [0.5, 1), and int32. See torch.frexp."""
    if not input.is_floating_point():
        raise RuntimeError(f"torch.frexp() only supports floating-point dtypes, but got {input.dtype.title}")
    exponent = input.detach()._op("frexp_exponent").to(dtypes.int32)
    return stored(_FREXP((input._op("frexp_mantissa"), exponent)), out)


@public(method=True, inplace=True)
@shown_as("LdexpBackward0")
def ldexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input * 2 ** other``. See torch.ldexp."""
    if is_tensor(other) and other.dtype is dtypes.bool and input.is_floating_point():
        raise NotImplementedError("\"ldexp_cpu_exp\" not implemented for 'Bool'")
    if is_tensor(other) and not other.dtype.differentiable:
        other = other.to(input.dtype if input.is_floating_point() else dtypes.get_default_dtype())
    return stored(input * record("pow", 2.0, other), out, exact=False)


_FLOAT_POWER = tuple(
    f"{first}, {second} exponent, *, Tensor out = None"
    for first, second in (("Tensor input", "Tensor"), ("Number self", "Tensor"), ("Tensor input", "Number"))
)
"""The signatures of `float_power`."""


@public(method=True, inplace=True)
def float_power(input: Any, exponent: Any, *, out: Tensor | None = None) -> Tensor:
    """``input`` to the power of ``exponent``, in float64 or complex128; either may be a number. See torch.float_power."""
    operands = (input, exponent)
    for one in operands:
        if not isinstance(one, (Tensor, bool, int, float, complex)) and not hasattr(one, "item"):
            raise no_overload("float_power", operands, *_FLOAT_POWER)
    if not any(isinstance(one, Tensor) for one in operands):
        raise no_overload("float_power", operands, *_FLOAT_POWER)
    has_complex = any(o.is_complex() if isinstance(o, Tensor) else isinstance(o, complex) for o in operands)
    kind = dtypes.complex128 if has_complex else dtypes.float64
    base, power = (
        o.to(kind) if isinstance(o, Tensor) else (complex if has_complex else float)(rules.scalar(o)) for o in operands
    )
    return stored(powered(base, power), out)
