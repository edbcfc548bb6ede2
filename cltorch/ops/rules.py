"""Shape, dtype and device rules that ops share, with PyTorch's exception classes and texts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import log2
from operator import index
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..dtypes import dtype as DType
from ..errors import kind_of
from ..kernels.sizes import Size

if TYPE_CHECKING:
    from ..graph.meta import Meta
    from ..runtime.device import Device

Shape = tuple[int, ...]


def broadcast_shape(shapes: Sequence[Shape]) -> Shape:
    """The common shape of operands (NumPy's broadcasting rules); RuntimeError when there is none."""
    first = shapes[0]
    if all(shape == first for shape in shapes):
        return first
    result: Shape = ()
    for shape in shapes:
        result = _broadcast_pair(result, shape)
    return result


BITS = frozenset(dtypes.BITS)
"""The dtypes that nothing computes with."""
_MOVING = frozenset("cast copy_as cat_parts gather take index".split())
"""Ops that move elements as they are, where the dtype stays the same."""


def need_numbers(name: str, operands: Sequence[Any]) -> None:
    """NotImplementedError if one of the operands or results has a dtype that names bits, not numbers, and they are not only moved."""
    kinds: set[Any] = {getattr(operand, "dtype", None) for operand in operands}
    for kind in BITS.intersection(kinds):
        if kind in dtypes.NARROW or name not in _MOVING or not kinds <= {kind, dtypes.int64, None}:
            raise NotImplementedError(f"\"{name}\" not implemented for '{kind.title}'")


def expands(shape: Shape, wanted: Shape) -> bool:
    """Whether a tensor can be expanded to a shape."""
    lead = len(wanted) - len(shape)
    return lead >= 0 and all(n in (1, m) for n, m in zip(shape, wanted[lead:], strict=True))


def _broadcast_pair(a: Shape, b: Shape) -> Shape:
    ndim = max(len(a), len(b))
    out = []
    for d in reversed(range(ndim)):  # from the last one, which a refusal names first
        m = a[d - ndim + len(a)] if d - ndim + len(a) >= 0 else 1
        n = b[d - ndim + len(b)] if d - ndim + len(b) >= 0 else 1
        if m != n and m != 1 and n != 1:
            raise RuntimeError(
                f"The size of tensor a ({m}) must match the size of tensor b ({n}) at non-singleton dimension {d}"
            )
        out.append(n if m == 1 else m)
    return tuple(reversed(out))


def same_device(name: str, metas: Sequence[Meta]) -> Device:
    """The device of all operands; RuntimeError when they differ."""
    device = metas[0].device
    for meta in metas:
        if meta.device is not device:
            raise RuntimeError(
                "Expected all tensors to be on the same device, but found at least two devices, "
                f"{device} and {meta.device}! (when calling {name})"
            )
    return device


def need_dtype(device: Device, dtype: DType) -> None:
    """Refuse float64, and complex128, where the device lacks it."""
    if dtype.itemsize >= 8 and dtype.to_real() is dtypes.float64 and not device.traits.fp64:
        raise RuntimeError(
            f"{dtype.name} is not supported by {device.name}: use {'complex64' if dtype.is_complex else 'float32'}, or another device (CLTORCH_DEVICE)"
        )


def promoted(operands: tuple[Any, ...]) -> DType:
    """PyTorch's result type of tensors, 0-dimensional tensors and Python scalars."""
    dims = [o.dtype for o in operands if not isinstance(o, tuple) and o.shape]
    zero_dims = [o.dtype for o in operands if not isinstance(o, tuple) and not o.shape]
    scalars = [o[0] for o in operands if isinstance(o, tuple)]
    return dtypes.result_dtype(dims, zero_dims, scalars)


def floating(dtype: DType) -> DType:
    """The dtype itself when it is a floating or complex one, else the default dtype."""
    return dtype if dtype.differentiable else dtypes.get_default_dtype()


LARGEST = 1 << 63


def integer(value: Any, name: str = "size") -> int:
    """The one conversion of sizes, dims, counts and steps: ints, NumPy's integers and integer tensors of one element.

    TypeError for anything else, floats and bools among it; ValueError beyond 64 bits.
    """
    if value.__class__ is not int:
        if value.__class__ is Size:
            return value  # type: ignore[return-value]
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise TypeError(f"argument '{name}' must be int, not {kind_of(value)}")
        try:
            value = index(value)
        except TypeError:
            raise TypeError(f"argument '{name}' must be int, not {kind_of(value)}") from None
    if not -LARGEST <= value < LARGEST:
        raise ValueError("Overflow when unpacking long long")
    return value


def scalar(value: Any) -> Any:
    """A number that takes part in a computation, itself; OverflowError for an int beyond 64 bits, with or without a sign."""
    if value.__class__ is int and not -LARGEST <= value < 2 * LARGEST:
        raise OverflowError("int too big to convert")
    return value


def single(value: Any, name: str) -> int:
    """`integer` where PyTorch takes no tensor with dimensions, not even one of one element, and none of bools."""
    if getattr(value, "ndim", 0) or getattr(value, "dtype", None) is dtypes.bool:
        raise TypeError(f"argument '{name}' must be int, not {kind_of(value)}")
    return integer(value, name)


def integers(values: Any, name: str = "size") -> Shape:
    """`integer` of every part of a sequence, and bools behind the first part; TypeError for what is no sequence."""
    if not isinstance(values, (tuple, list, range)):
        raise TypeError(f"argument '{name}' must be tuple of ints, not {kind_of(values)}")
    try:
        return tuple([n if n.__class__ is int and -LARGEST <= n < LARGEST else _part(n, values, name) for n in values])
    except ValueError as error:
        raise TypeError(f"argument '{name}' failed to unpack: {error}") from None


def _part(value: Any, values: Any, name: str) -> int:
    """`integer` of a part of a sequence. PyTorch looks for bools only in the first one: ``zeros(2, n > 1)`` is common."""
    return int(value) if value.__class__ is bool and values[0].__class__ is not bool else integer(value, name)


def are_integers(values: Any) -> bool:
    """Whether `integers` takes the parts of a sequence."""
    return all(is_integer(one) or (one.__class__ is bool and is_integer(values[0])) for one in values)


def is_integer(value: Any) -> bool:
    """Whether `integer` takes it (tensors are asked when converted)."""
    return value.__class__ is int or (hasattr(value, "__index__") and not isinstance(value, bool))


def wrap_dim(dim: int, ndim: int) -> int:
    """``dim`` counted from the front; IndexError when out of range. 0-dimensional tensors have a dimension 0 (and -1)."""
    size = max(ndim, 1)
    if dim.__class__ is not int:
        dim = single(dim, "dim")
    if not -size <= dim < size:
        integer(dim)
        raise IndexError(f"Dimension out of range (expected to be in range of [{-size}, {size - 1}], but got {dim})")
    return dim + size if dim < 0 else dim


def existing_dim(dim: int, ndim: int) -> int:
    """`wrap_dim`, but IndexError where there are no dimensions."""
    at = wrap_dim(dim, ndim)
    if not ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return at


def wrap_dims(dims: int | Sequence[int] | None, ndim: int) -> Shape:
    """Sorted dimensions counted from the front; None or () means all of them. RuntimeError where one is named of more than 64."""
    if dims is None:
        return tuple(range(ndim))
    if ndim > 64:  # PyTorch's limit
        raise RuntimeError("only tensors with up to 64 dims are supported")
    listed = (integer(dims, "dim"),) if is_integer(dims) else integers(dims, "dim")
    if not listed:
        return tuple(range(ndim))
    wrapped = [wrap_dim(d, ndim) for d in listed]
    for d in wrapped:
        if wrapped.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return tuple(sorted(d for d in wrapped if d < ndim))


@lru_cache(maxsize=1024)
def check_bounds(low: int, high: int, dtype: DType) -> tuple[str, ...]:
    """RuntimeError for limits of random integers that a dtype does not hold; what to warn of where floats leave some of them out."""
    if dtype.is_complex:
        raise RuntimeError("check_random_bounds handles only integral, floating-point and boolean types")
    if dtype.is_floating_point:
        least, most = dtypes.finfo(dtype).min, dtypes.finfo(dtype).max
    else:
        least, most = (0, 1) if dtype is dtypes.bool else (dtypes.iinfo(dtype).min, dtypes.iinfo(dtype).max)
    limits = (("from", low), ("to - 1", high - 1))
    for name, limit in limits:
        if not least <= limit <= most:
            raise RuntimeError(f"{name} is out of bounds for {dtype.c_name}")
    if not dtype.is_floating_point:
        return ()
    digits = 1 - int(log2(dtypes.finfo(dtype).eps))
    return tuple(
        f"{name} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision limitations {dtype.c_name} can support discrete "
        "uniform distribution only within this range. This warning will become an error in version 1.7 release, please fix the "
        "code in advance"
        for name, limit in limits
        if abs(limit) > 1 << digits
    )


def reduced_shape(shape: Shape, dims: Shape, keepdim: bool) -> Shape:
    """The shape after ``dims`` are reduced."""
    if keepdim:
        return tuple(1 if d in dims else n for d, n in enumerate(shape))
    return tuple(n for d, n in enumerate(shape) if d not in dims)


def text(shape: Shape) -> str:
    """A shape as PyTorch's error texts print it: ``[2, 3]``."""
    return str(list(shape))
