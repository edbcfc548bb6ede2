"""Python's nested sequences and NumPy's arrays on their way to a tensor: their elements, and the dtype they stand for."""

from __future__ import annotations

from array import array as packed
from functools import reduce
from math import copysign, inf, isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import dtypes
from ..ops.arguments import is_tensor
from ..ops.rules import scalar
from ..warned import SLOW_LIST, warn_once

if TYPE_CHECKING:
    from .tensor import Tensor


def host_array(data: Any, dtype: dtypes.dtype | None) -> np.ndarray:
    """Numbers, nested sequences of numbers (tensors of one element among them) or an array, as an array."""
    if dtype in dtypes.BITS:
        raise RuntimeError("store_scalar: invalid type")
    if isinstance(data, np.ndarray):
        return checked_strides(data)
    if hasattr(data, "__dlpack__") and not is_tensor(data) and not isinstance(data, np.generic):
        data = np.from_dlpack(data)
        return checked_strides(data)
    if isinstance(data, bytes):
        raise TypeError("new(): invalid data type 'bytes'")
    if isinstance(data, (list, tuple)):
        if data and isinstance(data[0], np.ndarray):
            warn_once(SLOW_LIST)
        data = _without_tensors(data)
    try:
        array = np.asarray(data)
        if dtype is not None and data is None:
            said = (
                "must be real number, not NoneType"
                if dtype.differentiable
                else "'NoneType' object cannot be interpreted as an integer"
            )
            raise TypeError(said)
        if dtype is not None and dtype.differentiable and array.dtype.kind in "Ou" and array.size:
            array = array.astype(np.float64)  # ints beyond 64 bits
        if dtype is dtypes.bool and array.dtype.kind in "Ou" and all(isinstance(n, (int, float)) for n in array.flat):
            array = array.astype(np.bool_)
    except ValueError:
        return _uneven(data, dtype)
    except TypeError:
        if isinstance(data, (list, tuple)) or not hasattr(data, "__getitem__"):
            raise
        len(data)  # whose own error comes first
        raise ValueError(f"could not determine the shape of object type '{type(data).__name__}'") from None
    if array.dtype.kind in "USO":
        _refuse(data, array)
    if dtype is not None and dtype.kind == "integer" and isinstance(data, np.floating) and not isinstance(data, float):
        raise TypeError(f"'numpy.{type(data).__name__}' object cannot be interpreted as an integer")
    if array.dtype == np.uint64 and dtype is not dtypes.uint64 and not isinstance(data, np.generic):
        raise ValueError("Overflow when unpacking long long")
    if array.dtype.kind == "c" and dtype is not None and not isinstance(data, np.generic):
        if dtype.is_floating_point:
            raise TypeError("must be real number, not complex")
        if dtype.kind == "integer":
            raise TypeError("'complex' object cannot be interpreted as an integer")
    if dtype is not None and dtype.kind == "integer" and array.size:
        _check_range(array, dtype)
    return array


def _uneven(data: Any, dtype: dtypes.dtype | None) -> np.ndarray:
    """Nested sequences that are no box of numbers: an empty array if one of the first ones is empty, as nobody looks further.

    Raises for all others what is the matter with them.
    """
    shape = _first_sizes(data)
    kinds: set[dtypes.dtype] = set()
    _collect(data, kinds)
    if 0 in shape:
        return np.empty(shape, np.float32)
    number = "be interpreted as an integer" if kinds <= _WHOLE else "be converted to a number"
    _check_sizes(data, shape, 0, number)
    raise ValueError("expected sequences of equal lengths")


_WHOLE = {kind for kind in dtypes.EVERY if kind.kind == "integer"}


def _is_sequence(data: Any) -> bool:
    return isinstance(data, (list, tuple, range)) or bool(getattr(data, "ndim", 0))


MOST_DIMENSIONS = 128  # of nested sequences: those that hold themselves have no end


def _first_sizes(data: Any) -> tuple[int, ...]:
    """The sizes that the first element of each sequence shows, down to an empty one."""
    shape: list[int] = []
    while _is_sequence(data):
        if len(shape) > MOST_DIMENSIONS:
            raise ValueError(f"too many dimensions '{type(data).__name__}'")
        shape.append(len(data))
        if not shape[-1]:
            break
        data = data[0]
    if isinstance(data, str) and data:  # whose first element is a string, and so on
        raise ValueError("too many dimensions 'str'")
    return tuple(shape)


def _check_sizes(data: Any, shape: tuple[int, ...], dim: int, number: str) -> None:
    """Raise for the first part of nested sequences that does not fit into ``shape``."""
    if dim == len(shape):
        if _is_sequence(data):
            raise TypeError(f"'{type(data).__name__}' object cannot {number}")
        return
    if not _is_sequence(data):
        raise TypeError("not a sequence")
    if len(data) != shape[dim]:
        raise ValueError(f"expected sequence of length {shape[dim]} at dim {dim} (got {len(data)})")
    for part in data:
        _check_sizes(part, shape, dim + 1, number)


def plain_array(data: Any, dtype: dtypes.dtype | None) -> np.ndarray | None:
    """A Python float, or a list or tuple of them, as an array of float32; None for what needs a closer look."""
    if data.__class__ is not float and (data.__class__ not in (list, tuple) or set(map(type, data)) != {float}):
        return None
    if (dtype or dtypes.get_default_dtype()) is not dtypes.float32:
        return None
    numbers: Any = (data,) if data.__class__ is float else data
    array = np.frombuffer(packed("f", numbers), np.float32)
    return array if numbers is data else array.reshape(())


def _refuse(data: Any, array: np.ndarray) -> None:
    """Raise for data that are no numbers."""
    if not isinstance(data, str):
        _first_sizes(data)
    _collect(data, set())
    raise ValueError("Overflow when unpacking long long")


LARGEST = {  # what still rounds to a finite number: half a step beyond the largest
    dtype: dtypes.finfo(dtype).max * (1 + dtypes.finfo(dtype).eps / 4)
    for dtype in dtypes.EVERY
    if dtype.is_floating_point
}


def is_array(value: Any) -> bool:
    """Whether something is an array of NumPy's, which is no number even where it has no dimensions."""
    return isinstance(value, np.ndarray)


def beside_array(tensor: Tensor, array: np.ndarray, divides: bool) -> tuple[Tensor, Tensor]:
    """A tensor and an array as the operands of an operator, which is NumPy's there: its promotion holds, and there are no gradients.
    RuntimeError for a tensor that requires one, TypeError for a dtype that NumPy does not have."""
    if tensor.requires_grad:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
    own = tensor._cl_meta.dtype
    if np.dtype(own.np).kind == "V":
        raise TypeError(f"Got unsupported ScalarType {own.title}")
    kind = np.result_type(own.np, array.dtype)
    common = dtypes.from_numpy_dtype(np.dtype(np.float64) if divides and kind.kind in "iub" else kind)
    other = tensor._from_array(array, dtypes.from_numpy_dtype(array.dtype), tensor._cl_meta.device)
    return tensor.to(common), other.to(common)


def as_number(value: Any, dtype: dtypes.dtype, alone: bool = False) -> Any:
    """A number as Python's number of a dtype's kind; RuntimeError when it does not fit, OverflowError for an int beyond
    64 bits, TypeError for what is no number. A number ``alone``, for one element, fits every 16-bit float: it becomes infinity."""
    value = scalar(value.item() if hasattr(value, "item") and not is_array(value) else value)
    if not isinstance(value, (int, float, complex)):
        raise TypeError(f"value must be a number or a tensor, not {type(value).__name__}")
    if dtype.is_complex:
        return complex(value)
    if isinstance(value, complex):
        if dtype is dtypes.bool:
            return bool(value)
        if value.imag:
            raise RuntimeError(f"value cannot be converted to type {dtype.limited_name} without overflow")
        value = value.real
    if dtype.is_floating_point:
        value = float(value)
        if isfinite(value) and abs(value) > LARGEST.get(dtype, inf):
            if alone and dtype.itemsize == 2:
                return copysign(inf, value)
            raise RuntimeError(f"value cannot be converted to type {dtype.limited_name} without overflow")
        return value
    if dtype is dtypes.bool:
        return bool(value)
    least, most = _held(dtype, isinstance(value, float))
    if not least <= value <= most:
        raise RuntimeError(f"value cannot be converted to type {dtype.limited_name} without overflow")
    return int(value)


def _held(dtype: dtypes.dtype, of_floats: bool) -> tuple[int, int]:
    """The limits of what becomes an integer of a dtype: negative integers wrap around in unsigned types, floats do not."""
    limits = dtypes.iinfo(dtype)
    return limits.min if dtype.is_signed or of_floats else -limits.max, limits.max


def _check_range(array: np.ndarray, dtype: dtypes.dtype) -> None:
    """RuntimeError for a number that an integer dtype cannot hold."""
    least, most = _held(dtype, array.dtype.kind == "f")
    if not least <= array.min() <= array.max() <= most or (array.dtype.kind == "f" and array.max() >= 2.0**63):
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")


def _without_tensors(data: Any, depth: int = 0) -> Any:
    """Nested sequences with the numbers of tensors in their place."""
    if is_tensor(data):
        if data.numel() != 1:
            if data.dtype.kind == "integer":
                raise TypeError("only integer tensors of a single element can be converted to an index")
            raise ValueError("only one element tensors can be converted to Python scalars")
        return data._host().reshape(())[()]
    if isinstance(data, (list, tuple)):
        simple = set(map(type, data)) <= {int, float, bool, complex}
        if not simple and depth > MOST_DIMENSIONS:
            raise ValueError(f"too many dimensions '{type(data).__name__}'")
        if not simple and any(part is data for part in data[1:]):
            raise TypeError("new(): self-referential lists are incompatible")
        return data if simple else [_without_tensors(part, depth + 1) for part in data]
    return data


def checked_strides(array: np.ndarray) -> np.ndarray:
    """The array itself; ValueError when it has a negative stride."""
    if any(stride < 0 for stride in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently "
            "supported. (You can probably work around this by making a copy of your array  with array.copy().) "
        )
    return array


SPARSE = 16  # arrays that use less than one in so many elements of their memory are packed when they are taken over


def spanned(array: np.ndarray) -> tuple[tuple[int, ...], np.ndarray]:
    """An array's strides in elements and all elements between its first and its last; the array itself if it is row-major."""
    if array.flags.c_contiguous:
        return (), array
    size = array.itemsize
    checked_strides(array)
    if any(stride % size for stride in array.strides):
        raise ValueError(
            "given numpy array strides not a multiple of the element byte size. Copy the numpy array first."
        )
    strides = tuple(stride // size for stride in array.strides)
    span = 1 + sum((n - 1) * step for n, step in zip(array.shape, strides, strict=True))
    if not array.size or span > SPARSE * array.size + 4096:
        return strides, array
    return strides, np.lib.stride_tricks.as_strided(array, (span,), (size,))


def dtype_of_data(data: Any, array: np.ndarray) -> dtypes.dtype:
    """The dtype of a tensor made from data without one named: that of arrays and tensors, Python numbers' own kind."""
    if isinstance(data, (np.ndarray, np.generic)) or hasattr(data, "__dlpack__"):
        return dtypes.from_numpy_dtype(array.dtype)
    if array.size and array.dtype.kind not in "fbiuc":
        return dtypes.from_numpy_dtype(array.dtype)
    kinds: set[dtypes.dtype] = set()
    _collect(data, kinds)
    return reduce(dtypes.promote_types, kinds)


def _collect(data: Any, kinds: set[dtypes.dtype]) -> None:
    """Add the dtypes of all numbers in nested sequences, and the default one for an empty sequence; raise for what is no number."""
    if hasattr(data, "dtype"):
        kinds.add(data.dtype if isinstance(data.dtype, dtypes.dtype) else dtypes.from_numpy_dtype(data.dtype))
    elif isinstance(data, (int, float, complex)):
        kinds.add(dtypes.of_scalar(type(data)))
    elif isinstance(data, str):
        raise TypeError("new(): invalid data type 'str'")
    elif isinstance(data, dict) or not (hasattr(data, "__getitem__") and hasattr(data, "__len__")):
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    else:
        parts = data if isinstance(data, (list, tuple)) else list(data)
        types = set(map(type, parts))
        if not types:
            kinds.add(dtypes.get_default_dtype())
        elif types <= {int, float, bool, complex}:
            kinds.update(map(dtypes.of_scalar, types))
        else:
            for part in parts:
                _collect(part, kinds)


def check_part(length: int, size: int, count: int, offset: int) -> None:
    """ValueError for elements of some size that do not lie in a buffer of ``length`` bytes."""
    if not length or not count:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} bytes) minus 1"
        )
    if count > 0 and offset + count * size > length:
        raise ValueError(
            f"requested buffer length ({count} * {size} bytes) after offset ({offset} bytes) must not be greater than actual "
            f"buffer length ({length} bytes)"
        )
    if count < 0 and (length - offset) % size:
        raise ValueError(
            f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a multiple of element size ({size})"
        )
