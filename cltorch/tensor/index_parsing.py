"""What stands between the brackets of ``x[...]``, as a view and the places that index tensors pick from it.

Pure geometry: index tensors are only asked for shape and dtype, except where PyTorch needs their numbers too (an
integer tensor without dimensions, a mask). The rules and the errors are those of PyTorch's indexing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from .. import dtypes
from ..dtypes import dtype as DType
from ..graph.integers import clamped
from ..graph.moulds import TRACING, remembered
from ..graph.view import MISSED, View
from ..ops import rules
from ..warned import warn

Shape = tuple[int, ...]
MASKS = (dtypes.bool, dtypes.uint8)
INTEGERS = (dtypes.int64, dtypes.int32)
LEGACY_LENGTH = 32  # shorter sequences of indices are taken as tuples
_SIMPLE = (int, type(None))
_LARGEST = 1 << 63


class Tensors(Protocol):
    """What the parser has to know of tensors."""

    def is_tensor(self, part: Any) -> bool:
        """Whether a part of an index is a tensor."""

    def describe(self, tensor: Any) -> tuple[Shape, DType]:
        """Its shape and dtype."""

    def host(self, tensor: Any) -> np.ndarray:
        """Its elements."""

    def nonzero(self, mask: Any) -> Sequence[Any]:
        """The positions of its true elements: per dimension a 1-dimensional int64 tensor."""


class Parsed(NamedTuple):
    """``view`` is what integers, slices, None and ``...`` make; ``indices`` pick from its dimensions ``dims``.

    An index is one of the caller's integer tensors, or an int64 array whose range has been checked. Without indices the
    view is the result.
    """

    view: View
    dims: Shape = ()
    indices: tuple[Any, ...] = ()


class Pick(NamedTuple):
    """How an index tensor takes part: its element for a position of the result, times ``step``, is added to the place.

    ``strides`` and ``offset`` find that element in the index tensor's storage; ``size`` bounds it (negative ones count
    from there); ``number`` is which index tensor it is, as errors tell it.
    """

    strides: Shape
    offset: int
    size: int
    step: int
    number: int


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Where the elements of an advanced index lie: ``offset + sum(i[d] * strides[d])`` plus what the picks add.

    ``strides`` are 0 along the ``shared`` dimensions that index tensors make; they begin at dimension ``at``.
    """

    shape: Shape
    strides: Shape
    offset: int
    picks: tuple[Pick, ...]
    at: int
    shared: Shape


class _NoTensors:
    """For indices in which there are none."""

    def is_tensor(self, part: Any) -> bool:
        return False

    def _absent(self, part: Any) -> Any:
        raise TypeError(f"{part!r} is no tensor")

    describe = host = nonzero = _absent


_NO_TENSORS = _NoTensors()


# --- basic indices ----------------------------------------------------------------------------------------------------


def basic(view: View, index: Any) -> View | None:
    """The view that integers, slices, None and ``...`` make, remembered; None when there is anything else."""
    parts = index if index.__class__ is tuple else (index,)
    key: list[Any] = []
    for part in parts:
        if part.__class__ is int or part is None or part is Ellipsis:
            key.append(part)
        elif part.__class__ is slice:
            bounds = (part.start, part.stop, part.step)
            for bound in bounds:
                if bound is not None and bound.__class__ is not int:
                    return None
            key.append(bounds)
        else:
            return None
    found = view.derived.get(tuple(key))
    if found is None:
        MISSED[0](view, _basic, (), tuple(key))
        found = view.remember(tuple(key), _Parser(view, index, _NO_TENSORS).view)
    return found


def _basic(view: View, *key: Any) -> View:
    """`basic` by what its result is remembered under."""
    index = tuple([slice(*part) if part.__class__ is tuple else part for part in key])
    return _Parser(view, index, _NO_TENSORS).view


def is_plain(index: Any) -> bool:
    """Whether an index is a tuple of ints, ``...`` and slices forwards between ints, which NumPy takes as they are meant here."""
    if index.__class__ is not tuple:
        return False
    for part in index:
        if part.__class__ is slice:
            start, stop = part.start, part.stop
            if part.step is not None or not (
                (start is None or start.__class__ is int) and (stop is None or stop.__class__ is int)
            ):
                return False
        elif part.__class__ is not int and part is not Ellipsis:
            return False
    return True


def parse(view: View, index: Any, tensors: Tensors) -> Parsed:
    """An index of any kind, applied to a tensor that looks at its storage through ``view``.

    Raises IndexError (bounds, shapes, dtypes, wrong kinds), ValueError (steps), TypeError (strings, slice bounds) or
    RuntimeError (sequences of no numbers), as PyTorch does.
    """
    parser = _Parser(view, index, tensors)
    if not parser.found:
        return Parsed(parser.view)
    dims, indices = parser.expanded()
    return Parsed(parser.view, dims, indices)


class _Parser:
    """Applies the parts of an index one after the other; ``found`` collects (dimension, tensor or array)."""

    def __init__(self, view: View, index: Any, tensors: Tensors) -> None:
        self.tensors = tensors
        self.view = view
        self.dim = 0
        self.found: list[tuple[int, Any]] = []
        parts = self.parts_of(index)
        used = sum(self.width(part) for part in parts)
        if used > view.ndim:
            raise IndexError(_too_many(view, index))
        for position, part in enumerate(parts):
            if part is Ellipsis:
                self.dim += view.ndim - used
            else:
                self.apply(position, part)

    def parts_of(self, index: Any) -> Sequence[Any]:
        """The parts of an index. A short list that holds sequences, slices, None or ``...`` counts as a tuple."""
        if isinstance(index, tuple):
            return index
        if self.tensors.is_tensor(index) or isinstance(index, np.ndarray) or not _is_sequence(index):
            return (index,)
        if len(index) < LEGACY_LENGTH and any(self.makes_tuple(part) for part in index):
            if not isinstance(index, (str, bytes)):
                warn(
                    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch 2.9; use "
                    "x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, "
                    "x[torch.tensor(seq)], which will result either in an error or a different result"
                )
            return tuple(index)
        return (index,)

    def makes_tuple(self, part: Any) -> bool:
        return (
            part is None
            or part is Ellipsis
            or isinstance(part, slice)
            or self.tensors.is_tensor(part)
            or _is_sequence(part)
        )

    def width(self, part: Any) -> int:
        """How many dimensions a part uses up."""
        if part is None or part is Ellipsis or part is True or part is False:
            return 0
        if self.tensors.is_tensor(part):
            shape, dtype = self.tensors.describe(part)
            return len(shape) if dtype in MASKS else 1
        return part.ndim if isinstance(part, np.ndarray) and part.dtype.kind == "b" else 1

    def apply(self, position: int, part: Any) -> None:
        """One part other than ``...``."""
        if part is None or part is True or part is False:
            self.insert()
            if part is not None:
                self.pick(np.zeros(int(part), np.int64))
            else:
                self.dim += 1
        elif isinstance(part, slice):
            self.cut(part)
        elif isinstance(part, (int, np.integer)):
            self.select(position, int(part))
        elif self.tensors.is_tensor(part):
            shape, dtype = self.tensors.describe(part)
            if shape or dtype.is_floating_point:
                self.pick(part, len(shape) if dtype in MASKS else 1)
            elif dtype in MASKS:
                self.apply(position, bool(self.tensors.host(part)))
            else:
                self.select(position, int(self.tensors.host(part)))
        elif _is_sequence(part):
            array = _integers(part, self.tensors)
            if array.ndim:
                self.pick(array, array.ndim if array.dtype == np.bool_ else 1)
            else:
                self.apply(position, array.item())
        else:
            self.select(position, _as_integer(part))

    def insert(self) -> None:
        ndim = self.view.ndim
        if self.dim > ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-ndim - 1}, {ndim}], but got {self.dim})"
            )
        self.view = self.view.unsqueeze(self.dim)

    def cut(self, part: slice) -> None:
        exists = self.dim < self.view.ndim  # after a second ``...`` there may be none left
        start, stop, step = _bounds(part, self.view.shape[self.dim] if exists else 0)
        if exists:
            self.view = self.view.slice(self.dim, start, max(start, stop), step)
        self.dim += 1

    def select(self, position: int, index: int) -> None:
        n = self.view.shape[self.dim] if self.dim < self.view.ndim else 0
        if not -n <= index < n:
            if not -_LARGEST <= index < _LARGEST:
                raise ValueError(f"Overflow when unpacking long long: index {index}")
            raise IndexError(f"index {index} is out of bounds for dimension {position} with size {n}")
        self.view = self.view.select(self.dim, index + n if index < 0 else index)

    def pick(self, index: Any, width: int = 1) -> None:
        self.found.append((self.dim, index))
        self.dim += width
        if self.dim > self.view.ndim:
            raise IndexError(f"too many indices for tensor of dimension {self.view.ndim} (got {self.dim})")

    # --- index tensors -----------------------------------------------------------------------------------------------

    def describe(self, index: Any) -> tuple[Shape, DType]:
        if isinstance(index, np.ndarray):
            return index.shape, dtypes.bool if index.dtype == np.bool_ else dtypes.int64
        return self.tensors.describe(index)

    def expanded(self) -> tuple[Shape, tuple[Any, ...]]:
        """Dimensions and index tensors, with every mask replaced by the positions of its true elements."""
        dims: list[int] = []
        indices: list[Any] = []
        for dim, index in self.found:
            shape, dtype = self.describe(index)
            if dtype in MASKS:
                self.check_mask(dim, shape, dtype)
                positions = np.nonzero(index) if isinstance(index, np.ndarray) else self.tensors.nonzero(index)
                dims += range(dim, dim + len(shape))
                indices += positions
            elif dtype in INTEGERS:
                dims.append(dim)
                indices.append(index)
            else:
                raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        self.check_range(dims, indices, broadcast([self.describe(index)[0] for index in indices]))
        return tuple(dims), tuple(indices)

    def check_mask(self, dim: int, shape: Shape, dtype: DType) -> None:
        if dtype is dtypes.uint8:
            warn("indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.")
        for k, n in enumerate(shape):
            if n != self.view.shape[dim + k]:
                raise IndexError(
                    f"The shape of the mask {rules.text(shape)} at index {k} does not match the shape of the indexed "
                    f"tensor {rules.text(self.view.shape)} at index {dim + k}"
                )

    def check_range(self, dims: Sequence[int], indices: Sequence[Any], shape: Shape) -> None:
        """Refuse arrays that point outside; tensors are checked when they are read on the device."""
        if 0 in shape:
            return
        if any(self.view.shape[d] == 0 for d in dims):
            raise IndexError("index is out of bounds for dimension with size 0")
        if not self.view.numel:
            return  # nothing is picked
        for number, (dim, index) in enumerate(zip(dims, indices, strict=True)):
            if isinstance(index, np.ndarray):
                n = self.view.shape[dim]
                outside = index[(index < -n) | (index >= n)]
                if outside.size:
                    raise IndexError(f"index {outside[0]} is out of bounds for dimension {number} with size {n}")


def _bounds(part: slice, n: int) -> tuple[int, int, int]:
    if TRACING.now:
        return clamped(part, n)
    start, stop, step = part.indices(n)
    if step < 0:
        raise ValueError("step must be greater than zero")
    return start, stop, step


def _too_many(view: View, index: Any) -> str:
    if not view.ndim and isinstance(index, slice):
        _bounds(index, 0)  # a wrong step is told first
        return "slice() cannot be applied to a 0-dim tensor."
    if not view.ndim and isinstance(index, (int, np.integer)):
        return (
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a "
            "0-dim tensor to a number"
        )
    return f"too many indices for tensor of dimension {view.ndim}"


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """The common shape of index tensors; IndexError when there is none."""
    try:
        return rules.broadcast_shape(shapes)
    except RuntimeError:
        listed = ", ".join(rules.text(shape) for shape in shapes)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {listed}"
        ) from None


# --- sequences and other objects -----------------------------------------------------------------------------------


def _is_sequence(part: Any) -> bool:
    """Whether a part is a sequence in the sense of Python's C interface: it can be indexed and is no mapping."""
    return hasattr(type(part), "__getitem__") and not isinstance(part, (dict, np.generic, slice))


def _as_integer(part: Any) -> int:
    try:
        return int(type(part).__index__(part))
    except (AttributeError, TypeError):
        kind = type(part)
        name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
            f"(got {name})"
        ) from None


def _integers(sequence: Any, tensors: Tensors) -> np.ndarray:
    """A sequence or array as int64 (fractions are cut off), or as bool where it is a mask."""
    if isinstance(sequence, np.ndarray):
        array = sequence
        if array.dtype.kind not in "biuf" or not array.dtype.isnative:
            dtypes.from_numpy_dtype(array.dtype)  # raises
    else:
        array = _array(_numbers(sequence, tensors))
    if array.dtype == np.uint8:
        warn("indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.")
    if array.dtype in (np.bool_, np.uint8):
        return array.astype(np.bool_)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise RuntimeError("value cannot be converted to type int64 without overflow")
    return array.astype(np.int64)


def _numbers(sequence: Any, tensors: Tensors) -> list[Any]:
    """Nested lists of numbers; tensors among them must hold one integer."""
    if isinstance(sequence, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(sequence).__name__}'")
    made: list[Any] = []
    for part in sequence:
        if tensors.is_tensor(part):
            value = tensors.host(part)
            if value.size != 1 or value.dtype.kind not in "biu":
                raise TypeError("only integer tensors of a single element can be converted to an index")
            made.append(value.reshape(())[()])
        elif isinstance(part, np.ndarray) or not _is_sequence(part):
            made.append(part)
        else:
            made.append(_numbers(part, tensors))
    return made


def _array(numbers: list[Any]) -> np.ndarray:
    try:
        array = np.array(numbers)
    except ValueError:
        raise ValueError("expected sequences of one length in an index") from None
    if array.dtype.kind in "biuf":
        return array
    for element in np.array(numbers, object).flat:
        if isinstance(element, complex):
            raise TypeError("'complex' object cannot be interpreted as an integer")
        if not isinstance(element, (bool, int, float, np.generic)):
            raise RuntimeError(f"Could not infer dtype of {type(element).__name__}")
    raise ValueError("Overflow when unpacking long long: an index does not fit into 64 bits")


def _spread(index: View, at: int, shape: Shape) -> Shape:
    """An index tensor's steps along the dimensions of a result, in which its own begin at ``at``: 0 along longer ones. Along those of one
    position they read nothing, but PyTorch chooses the result's memory order by them."""
    end = at + index.ndim
    seen = index.reshape((1,) * at + index.shape + (1,) * (len(shape) - end))
    steps = index.strides if seen is None else seen.strides
    return tuple([steps[d] if at <= d < end or n == 1 else 0 for d, n in enumerate(shape)])


# --- the geometry of a gather or scatter ---------------------------------------------------------------------------


@remembered(maxsize=4096)
def place(view: View, dims: Shape, index_views: tuple[View, ...]) -> Placement:
    """Where the elements lie that index tensors, seen through ``index_views``, pick from ``view`` along ``dims``.

    The dimensions that the index tensors make take the place of ``dims`` where those are neighbours, else they come
    first. IndexError when the index tensors do not broadcast.
    """
    shared = broadcast([index.shape for index in index_views])
    adjacent = dims == tuple(range(dims[0], dims[0] + len(dims)))
    at = dims[0] if adjacent else 0
    kept = [d for d in range(view.ndim) if d not in dims]
    before, after = kept[:at], kept[at:]
    shape = (*(view.shape[d] for d in before), *shared, *(view.shape[d] for d in after))
    picks = tuple(
        Pick(_spread(index.expand(shared), at, shape), index.offset, view.shape[d], view.strides[d], number)
        for number, (d, index) in enumerate(zip(dims, index_views, strict=True))
    )
    return Placement(
        shape,
        (*(view.strides[d] for d in before), *(0,) * len(shared), *(view.strides[d] for d in after)),
        view.offset,
        picks,
        at,
        shared,
    )
