"""Views: other sights of the same storage. Nothing is computed unless strides cannot express a reshape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any, TypeVar

from .. import dtypes
from ..autograd.aliases import mark_several, no_view
from ..graph.meta import Meta
from ..graph.moulds import remembered
from ..graph.view import View
from ..ops import rules
from ..ops.arguments import Omitted, is_tensor
from ..ops.layout import copy_as
from ..ops.names import public
from ..warned import REVERSED, warn_once
from .apply import apply
from .formats import arranged, contiguous_format, is_arranged, preserve_format

if TYPE_CHECKING:
    from .tensor import Tensor

Shape = tuple[int, ...]
Kept = TypeVar("Kept")


def sizes(args: tuple[Any, ...]) -> Shape:
    """The sizes given as separate integers or as one sequence."""
    if len(args) == 1 and not rules.is_integer(args[0]):
        args = args[0]
    return rules.integers(args)


def spread(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """What is given one by one, or as one tuple."""
    return args[0] if len(args) == 1 and args[0].__class__ is tuple else args


def of_ints(function: Callable[..., Kept]) -> Callable[..., Kept]:
    """A function of a meta, perhaps, and Python ints that remembers its results; TypeError for all else, which has to be looked at."""

    @lru_cache(maxsize=4096, typed=True)
    def remembered(*given: Any) -> Kept:
        for one in given:
            if one.__class__ is not Meta and (one.__class__ is not int or not -rules.LARGEST <= one < rules.LARGEST):
                raise TypeError
        return function(*given)

    return remembered


def named_sizes(args: tuple[Any, ...], named: Any) -> Shape:
    """`sizes`, or the sequence that was given by name."""
    return sizes(args) if named is None else rules.integers(named)


_SIZES = {"permute": "dims", "tile": "dims", "flip": "dims", "reshape": "shape", "repeat": "repeats"}


def need_sizes(name: str, args: tuple[Any, ...], named: Any) -> Shape:
    """`named_sizes`, of which there must be some: TypeError for none at all."""
    if not args and named is None:
        raise TypeError(f'{name}() missing 1 required positional arguments: "{_SIZES.get(name, "size")}"')
    return named_sizes(args, named)


def several(dims: Any, name: str) -> Shape:
    """The dimensions given as one integer or as a sequence."""
    return (rules.integer(dims, name),) if rules.is_integer(dims) else rules.integers(dims, name)


def geometry(shape: Shape, strides: Shape, offset: int, room: int, itemsize: int = 1) -> View:
    """The view with these parts; RuntimeError when it reaches outside a storage of ``room`` elements of ``itemsize`` bytes."""
    if len(shape) != len(strides):
        raise RuntimeError("mismatch in length of strides and shape")
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    if min(shape, default=0) < 0:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)} and strides={list(strides)}")
    if min(strides, default=0) < 0:
        raise RuntimeError(
            f"as_strided: Negative strides are not supported at the moment, got strides: {list(strides)}"
        )
    view = View.of(shape, strides, offset)
    if view.numel and view.max_position >= room:
        raise RuntimeError(
            f"setStorage: sizes {list(shape)}, strides {list(strides)}, storage offset {offset}, and itemsize {itemsize} "
            f"requiring a storage size of {(view.max_position + 1) * itemsize} are out of bounds for storage of size {room * itemsize}"
        )
    return view


def new_geometry(shape: Shape, strides: Shape) -> View:
    """The view of a new tensor that has just the room for it; along dimensions of one position steps may be negative."""
    if len(shape) != len(strides):
        raise RuntimeError(
            f"dimensionality of sizes ({len(shape)}) must match dimensionality of strides ({len(strides)})"
        )
    return geometry(shape, tuple(abs(s) if n < 2 else s for n, s in zip(shape, strides, strict=True)), 0, 1 << 62)


def full_shape(shape: Shape, numel: int) -> Shape:
    """``shape`` with its -1 (one at most) filled in; RuntimeError when it does not hold ``numel`` elements."""
    if -1 in shape:
        if shape.count(-1) > 1:
            raise RuntimeError("only one dimension can be inferred")
        at = shape.index(-1)
        known = prod(n for n in shape if n != -1)
        if known == 0 and numel == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension size -1 "
                "can be any value and is ambiguous"
            )
        if known and numel % known == 0:
            return (*shape[:at], numel // known, *shape[at + 1 :])
    elif prod(shape) == numel and min(shape, default=0) >= 0:
        return shape
    bad = [n for n in shape if n < -1]
    if bad:
        raise RuntimeError(f"invalid shape dimension {bad[0]} at index {shape.index(bad[0])} of shape {list(shape)}")
    raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {numel}")


def viewed(meta: Meta, *shape: int) -> Meta:
    """The meta of ``view(*shape)``; RuntimeError when strides cannot express it."""
    found = reshaped(meta, *shape)
    if found is None:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return found


def reshaped(meta: Meta, *shape: int) -> Meta | None:
    """The meta of ``reshape(*shape)``; None when strides cannot express it."""
    view = meta.view.reshape(full_shape(shape, meta.view.numel))
    return None if view is None else meta.with_view(view)


def permuted(meta: Meta, *order: int) -> Meta:
    """The meta of ``permute(*order)``."""
    ndim = len(meta.shape)
    if len(order) != ndim:
        raise RuntimeError(
            f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(order)}"
        )
    wrapped = tuple(rules.wrap_dim(d, ndim) for d in order)
    if len(set(wrapped)) != ndim:
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return meta.with_view(meta.view.permute(wrapped))


_shaped = View.reshape


def _made_so(view: View, call: tuple[Any, tuple[Any, ...]]) -> View:
    how, args = call
    return how(view, *args)  # type: ignore[no-any-return]


def _reordered(view: View, order: Sequence[int]) -> View:
    return view.permute(tuple([rules.wrap_dim(d, len(order)) for d in order]))


def _same(view: View) -> View:
    return view


@remembered(1 << 12)
def _pieces(meta: Meta, dim: int, size: int) -> list[tuple[Meta, tuple[Any, ...]]]:
    """The metas of pieces of a size along a dimension, each with how it is made (see `_made_so`)."""
    n, found = meta.shape[dim], []
    for start in range(0, n, size):
        args = (dim, start, min(size, n - start))
        found.append((meta.with_view(meta.view.narrow(*args)), (View.narrow, args)))
    return found


_viewed, _reshaped, _permuted = of_ints(viewed), of_ints(reshaped), of_ints(permuted)
_SQUEEZED = ("SqueezeBackward0", "SqueezeBackward1", "SqueezeBackward2")


class Views:
    """Methods of Tensor that give views."""

    __slots__ = ()

    def _see(self: Tensor, view: View, made: Any = None) -> Tensor:
        return self._alias(self._cl_meta.with_view(view), made)

    def _by(self: Tensor, made: Any, how: Any, *args: Any) -> Tensor:
        """The view that a method of View makes, or a function like one; ``made`` says what it is called (see `_alias`)."""
        meta = self._cl_meta
        return self._alias(meta.with_view(how(meta.view, *args)), made, _made_so, (how, args))

    def view(self: Tensor, *shape: Any, size: Any = None, dtype: Any = None) -> Tensor:
        """The same elements in another shape; RuntimeError when strides cannot express it (use `reshape`)."""
        if dtype is None and size is None and shape:
            try:
                meta = _viewed(self._cl_meta, *spread(shape))
                return self._alias(meta, "View", _shaped, meta.shape)
            except TypeError:
                pass
        if dtype is not None or (len(shape) == 1 and isinstance(shape[0], dtypes.dtype)):
            return self._viewed_as(dtype or shape[0])
        meta = viewed(self._cl_meta, *need_sizes("view", shape, size))
        return self._alias(meta, "View", _shaped, meta.shape)

    @public(out=False)
    def reshape(self: Tensor, *args: Any, shape: Any = None) -> Tensor:
        """The same elements in another shape: a view where strides allow it, else a copy."""
        meta = None
        if shape is None and args:
            try:
                meta = _reshaped(self._cl_meta, *spread(args))
            except TypeError:  # no sizes: what is wrong is said below
                meta = None
        if meta is not None:
            return self._alias(meta, "View", _shaped, meta.shape)
        wanted = full_shape(need_sizes("reshape", args, shape), self._cl_meta.view.numel)
        view = self._cl_meta.view.reshape(wanted)
        if view is not None:
            return self._alias(self._cl_meta.with_view(view), "View", _shaped, wanted)
        return no_view(self.contiguous()._see(View.dense(wanted), "UnsafeView"))

    def view_as(self: Tensor, other: Tensor) -> Tensor:
        """``view(other.shape)``."""
        return self.view(other._cl_meta.shape)

    def reshape_as(self: Tensor, other: Tensor) -> Tensor:
        """``reshape(other.shape)``."""
        return self.reshape(other._cl_meta.shape)

    def contiguous(self: Tensor, *, memory_format: Any = contiguous_format) -> Tensor:
        """The tensor itself if it is row-major (or in another memory format), else such a copy."""
        if memory_format is contiguous_format:
            if self._cl_meta.view.is_contiguous:
                return self
            return apply(copy_as, (self,), (View.dense(self._cl_meta.shape),))
        if memory_format is preserve_format and not self._cl_meta.view.is_contiguous:
            raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
        wanted = arranged(self._cl_meta.view, memory_format)
        return self if is_arranged(self._cl_meta.view, memory_format) else self._laid_out(wanted)

    def _laid_out(self: Tensor, view: View) -> Tensor:
        """The tensor itself if it is laid out as ``view``, else such a copy."""
        return self if self._cl_meta.view is view else apply(copy_as, (self,), (view,))

    def _dense(self: Tensor) -> Tensor:
        """Row-major and read from the start of its storage, as kernels of their own want it."""
        if self._cl_meta.view.is_dense_at_zero:
            return self
        return apply(copy_as, (self,), (View.dense(self._cl_meta.shape),))

    @public(out=False)
    def ravel(self: Tensor) -> Tensor:
        """One-dimensional: a view if contiguous, else a copy."""
        return self.contiguous().reshape(-1)

    @public(out=False)
    def flatten(self: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
        """Dimensions ``start_dim`` to ``end_dim`` merged into one."""
        shape = self._cl_meta.shape
        start, end = rules.wrap_dim(start_dim, len(shape)), rules.wrap_dim(end_dim, len(shape))
        if start > end:
            raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
        if not shape:
            return self.reshape(1)
        if start == end:
            return self
        return self.reshape(*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :])

    @public(out=False)
    def unflatten(self: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
        """One dimension split into several."""
        shape = self._cl_meta.shape
        at = rules.wrap_dim(dim, len(shape))
        if not shape:
            raise RuntimeError("unflatten: a tensor without dimensions has none that could be split")
        wanted = rules.integers(sizes, "sizes")
        if not wanted:
            raise RuntimeError("unflatten: sizes must be non-empty")
        try:
            full = full_shape(wanted, shape[at])
        except RuntimeError as error:
            if not str(error).startswith("shape"):
                raise
            raise RuntimeError(
                f"unflatten: Provided sizes {list(wanted)} don't multiply up to the size of dim {at} ({shape[at]}) in the input tensor"
            ) from None
        return self.view(*shape[:at], *full, *shape[at + 1 :])

    @public(out=False)
    def permute(self: Tensor, *args: Any, dims: Any = None) -> Tensor:
        """Dimensions in the order ``dims``."""
        if dims is None and args:
            try:
                order = spread(args)
                return self._alias(_permuted(self._cl_meta, *order), "Permute", _reordered, order)
            except TypeError:
                pass
        order = need_sizes("permute", args, dims)
        return self._alias(permuted(self._cl_meta, *order), "Permute", _reordered, order)

    @public("torch", aliases="swapdims", out=False)
    def transpose(self: Tensor, dim0: int, dim1: int) -> Tensor:
        """Two dimensions swapped."""
        ndim = len(self._cl_meta.shape)
        return self._by("Transpose", View.transpose, rules.wrap_dim(dim0, ndim), rules.wrap_dim(dim1, ndim))

    @public(out=False)
    def swapaxes(self: Tensor, axis0: int, axis1: int) -> Tensor:
        """Two dimensions swapped."""
        return self.transpose(axis0, axis1)

    @public(out=False)
    def t(self: Tensor) -> Tensor:
        """The transpose of a matrix; vectors stay as they are."""
        ndim = len(self._cl_meta.shape)
        if ndim > 2:
            raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {ndim}D")
        return self._by("T", View.transpose, 0, 1) if ndim == 2 else self._by("T", _same)

    @property
    def T(self: Tensor) -> Tensor:
        """All dimensions in reverse order."""
        ndim = len(self._cl_meta.shape)
        if ndim == 2:
            return self._by("Permute", View.transpose, 0, 1)
        if not ndim:
            warn_once("Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases.")
            return self._by("Permute", _same)
        warn_once(REVERSED)
        return self.permute(*range(ndim - 1, -1, -1))

    @property
    def H(self: Tensor) -> Tensor:
        """The transpose of a matrix, complex elements conjugated."""
        if len(self._cl_meta.shape) not in (0, 2):
            ndim = len(self._cl_meta.shape)
            batches = " For batches of matrices, consider using tensor.mH" if ndim > 2 else ""
            raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {ndim}-D tensor.{batches}")
        if not self._cl_meta.shape:
            warn_once("Tensor.H is deprecated on 0-D tensors. Consider using x.conj().")
            return self.conj()
        return self.mT.conj()

    @property
    def mH(self: Tensor) -> Tensor:
        """The last two dimensions swapped, complex elements conjugated."""
        return self._matrices_moved("Tensor.mH").conj()

    @public(out=False)
    def adjoint(self: Tensor) -> Tensor:
        """The last two dimensions swapped, complex elements conjugated."""
        return self._matrices_moved("adjoint()").conj()

    @property
    def mT(self: Tensor) -> Tensor:
        """The last two dimensions swapped."""
        return self._matrices_moved("Tensor.mT")

    def _matrices_moved(self: Tensor, name: str) -> Tensor:
        """The last two dimensions swapped, for what is called ``name``."""
        ndim = len(self._cl_meta.shape)
        if not ndim:
            instead = (
                "This function is the identity in these cases." if name == "Tensor.mT" else "Consider using x.conj()."
            )
            warn_once(f"{name} is deprecated on 0-D tensors. {instead}")
            return self
        if ndim < 2:
            raise RuntimeError(
                f"tensor.{name.removeprefix('Tensor.')} is only supported on matrices or batches of matrices. Got {ndim}-D tensor."
            )
        return self.transpose(-2, -1)

    @public("torch", aliases="moveaxis", out=False)
    def movedim(self: Tensor, source: Any, destination: Any) -> Tensor:
        """Dimensions moved to new places; the others keep their order."""
        ndim = len(self._cl_meta.shape)
        if any(getattr(dims, "ndim", 0) for dims in (source, destination)):
            raise TypeError("movedim() received an invalid combination of arguments: dimensions must be ints")
        if rules.is_integer(source) != rules.is_integer(destination):
            raise TypeError(
                "movedim() received an invalid combination of arguments: both must be int, or both tuples of ints"
            )
        listed = several(source, "source"), several(destination, "destination")
        if len(listed[0]) != len(listed[1]):
            raise RuntimeError(
                f"movedim: Invalid source or destination dims: source ({list(listed[0])} dims) should contain the same number of "
                f"dims as destination ({list(listed[1])} dims)"
            )
        src, dst = ([rules.wrap_dim(d, ndim) for d in dims] for dims in listed)
        for name, dims, given in zip(("source", "destination"), (src, dst), listed, strict=True):
            if len(set(dims)) < len(dims):
                raise RuntimeError(f"movedim: repeated dim in `{name}` ({list(given)})")
        if not ndim:
            return self._by(None, _same)
        order: list[int] = [-1] * ndim
        for s, d in zip(src, dst, strict=True):
            order[d] = s
        rest = iter(d for d in range(ndim) if d not in src)
        return self.permute([next(rest) if d < 0 else d for d in order])

    @public(out=False)
    def squeeze(self: Tensor, dim: int | Sequence[int] | Omitted = None) -> Tensor:
        """Without dimensions of size 1 (all of them, or those named)."""
        ndim = len(self._cl_meta.shape)
        dims = range(ndim) if dim is None else several(dim, "dim")
        which = 0 if dim is None else 1 if rules.is_integer(dim) else 2
        wrapped = [rules.wrap_dim(d, ndim) for d in dims]
        for d in wrapped if len(set(wrapped)) < len(wrapped) else ():
            if wrapped.count(d) > 1:
                raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
        return self._by(_SQUEEZED[which], View.squeeze, tuple(wrapped))

    @public(out=False)
    def unsqueeze(self: Tensor, dim: int) -> Tensor:
        """With a new dimension of size 1 at ``dim``."""
        return self._by("Unsqueeze", View.unsqueeze, rules.wrap_dim(dim, len(self._cl_meta.shape) + 1))

    def expand(self: Tensor, *args: Any, size: Any = None, implicit: bool = False) -> Tensor:
        """Repeated along dimensions of size 1 without a copy; -1 keeps a size."""
        wanted, mine = need_sizes("expand", args, size), self._cl_meta.shape
        lead = len(wanted) - len(mine)
        if lead < 0:
            raise RuntimeError(
                f"expand({self._describe()}, size={list(wanted)}): the number of sizes provided ({len(wanted)}) must be "
                f"greater or equal to the number of dimensions in the tensor ({len(mine)})"
            )
        full = list(wanted)
        for d, n in reversed(list(enumerate(wanted))):  # from the last one, which a refusal names first
            have = mine[d - lead] if d >= lead else 1
            if n == -1:
                if d < lead:
                    raise RuntimeError(
                        f"The expanded size of the tensor ({n}) isn't allowed in a leading, non-existing dimension {d}"
                    )
                full[d] = have
            elif n != have and have != 1:
                raise RuntimeError(
                    f"The expanded size of the tensor ({n}) must match the existing size ({have}) at non-singleton "
                    f"dimension {d}.  Target sizes: {rules.text(wanted)}.  Tensor sizes: {rules.text(mine)}"
                )
            elif n < 0:
                raise RuntimeError("numel: integer multiplication overflow")
        return self._by("Expand", View.expand, tuple(full))

    def _describe(self: Tensor) -> str:
        return f"{self._cl_meta.dtype.title}Tensor{rules.text(self._cl_meta.shape)}"

    def expand_as(self: Tensor, other: Tensor) -> Tensor:
        """``expand(other.shape)``."""
        return self.expand(other._cl_meta.shape)

    @public(out=False)
    def broadcast_to(self: Tensor, *args: Any, size: Any = None) -> Tensor:
        """``expand(size)``."""
        return self.expand(*args, size=size)

    @public(out=False)
    def narrow(self: Tensor, dim: int, start: Any, length: int) -> Tensor:
        """``length`` positions along ``dim`` from ``start``."""
        shape = self._cl_meta.shape
        if not shape:
            raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
        if is_tensor(start) and (start.dim() or start.dtype.differentiable or start.dtype is dtypes.bool):
            raise RuntimeError("start must be an 0-dim integral Tensor.")
        at, start, length = (
            rules.wrap_dim(dim, len(shape)),
            rules.integer(start, "start"),
            rules.integer(length, "length"),
        )
        n = shape[at]
        if length < 0:
            raise RuntimeError("narrow(): length must be non-negative.")
        if not -n <= start <= n:
            raise IndexError(f"start out of range (expected to be in range of [{-n}, {n}], but got {start})")
        start = start + n if start < 0 else start
        if start + length > n:
            raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
        return self._by("Slice", View.narrow, at, start, length)

    @public(out=False)
    def select(self: Tensor, dim: int, index: int) -> Tensor:
        """One position along ``dim``, which disappears."""
        shape = self._cl_meta.shape
        if not shape:
            raise IndexError("select() cannot be applied to a 0-dim tensor.")
        at = rules.wrap_dim(dim, len(shape))
        n, index = shape[at], rules.integer(index, "index")
        if not -n <= index < n:
            raise IndexError(
                f"select(): index {index} out of range for tensor of size {rules.text(shape)} at dimension {at}"
            )
        return self._by("Select", View.select, at, index + n if index < 0 else index)

    @public(out=False)
    def unbind(self: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
        """All positions along ``dim``."""
        at = rules.existing_dim(dim, len(self._cl_meta.shape))
        return self._positions(at, "Unbind")

    def split(self: Tensor, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
        """Pieces of a size (the last may be smaller), or of the sizes given."""
        shape = self._cl_meta.shape
        if not shape:
            raise RuntimeError("split expects at least a 1-dimensional tensor")
        at = rules.wrap_dim(dim, len(shape))
        n = shape[at]
        if rules.is_integer(split_size):
            split_size = rules.integer(split_size, "split_size")
            if split_size > 0 and n:
                parts = _pieces(self._cl_meta, at, split_size)
                pieces = [self._alias(meta, "Slice", _made_so, given) for meta, given in parts]
                mark_several(pieces, "Split")
                return tuple(pieces)
            if split_size == 0 and n:
                raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")
            if split_size < 0:
                raise RuntimeError(f"split expects split_size be non-negative, but got split_size={split_size}")
            return (self.narrow(at, 0, 0),)
        lengths = list(rules.integers(split_size, "split_sizes"))
        if sum(lengths) != n:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {at}), "
                f"but got split_sizes={lengths}"
            )
        pieces, start = [], 0
        for length in lengths:
            pieces.append(self.narrow(at, start, length))
            start += length
        mark_several(pieces, "SplitWithSizes")
        return tuple(pieces)

    @public(out=False)
    def chunk(self: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
        """At most ``chunks`` pieces of equal size (the last may be smaller)."""
        chunks = rules.single(chunks, "chunks")
        if not self._cl_meta.shape:
            raise RuntimeError("chunk expects at least a 1-dimensional tensor")
        if chunks <= 0:
            raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
        n = self._cl_meta.shape[rules.wrap_dim(dim, len(self._cl_meta.shape))]
        if not n:
            return tuple(self.narrow(dim, 0, 0) for _ in range(chunks))
        return self.split(-(-n // chunks), dim)

    @public(out=False)
    def diagonal(self: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
        """The diagonal of two dimensions as a new last dimension."""
        ndim = len(self._cl_meta.shape)
        a, b = rules.wrap_dim(dim1, ndim), rules.wrap_dim(dim2, ndim)
        if a == b:
            raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
        return self._by("Diagonal", View.diagonal, rules.single(offset, "offset"), a, b)

    def unfold(self: Tensor, dimension: int, size: int, step: int) -> Tensor:
        """Windows of ``size`` every ``step`` along a dimension, as a new last dimension."""
        shape = self._cl_meta.shape
        at = rules.wrap_dim(dimension, len(shape))
        limit, size, step = shape[at] if shape else 1, rules.integer(size, "size"), rules.integer(step, "step")
        if size < 0:
            raise RuntimeError(f"size is {size} but must be >= 0")
        if size > limit:
            raise RuntimeError(f"maximum size for tensor at dimension {at} is {limit} but size is {size}")
        if step <= 0:
            raise RuntimeError(f"step is {step} but must be > 0")
        return self._by("Unfold", View.unfold, at, size, step)

    @public(out=False)
    def as_strided(
        self: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
    ) -> Tensor:
        """Any view of the storage; RuntimeError when it reaches outside."""
        shape, strides = rules.integers(size, "size"), rules.integers(stride, "stride")
        offset = (
            self._cl_meta.view.offset if storage_offset is None else rules.integer(storage_offset, "storage_offset")
        )
        return self._see(geometry(shape, strides, offset, self._room, self.dtype.itemsize))
