"""``x[...]`` and ``x[...] = y``, gather and scatter, masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import dtypes
from ..autograd.aliases import no_view
from ..autograd.composite import composite
from ..autograd.modes import no_grad
from ..autograd.names import called, shown_as
from ..autograd.remembered import remembered
from ..errors import kind_of
from ..graph.meta import Meta
from ..graph.storage import Storage
from ..graph.view import View
from ..ops import index as places
from ..ops import rules
from ..ops.arguments import is_tensor
from ..ops.layout import copy_as
from ..ops.names import public
from ..runtime.host import HOST
from . import index_parsing
from .apply import apply
from .batching import slice_by_slice
from .cat import join, unchanged
from .guards import need_alike_dims, warn_expanded
from .host_data import as_number
from .known import check_picks, check_range
from .picks import Picks, scattered, store, taken
from .writes import check_writable, need_apart, placed_at_once, renamed

if TYPE_CHECKING:
    from .tensor import Tensor

Shape = tuple[int, ...]


class Reader:
    """What `subscript` asks of tensors."""

    def is_tensor(self, part: Any) -> bool:
        """Whether a part of an index is a tensor."""
        return is_tensor(part)

    def describe(self, tensor: Tensor) -> tuple[Shape, dtypes.dtype]:
        """Its shape and dtype."""
        return tensor._cl_meta.shape, tensor._cl_meta.dtype

    def host(self, tensor: Tensor) -> np.ndarray:
        """Its elements."""
        return tensor._host()

    def nonzero(self, mask: Tensor) -> tuple[Tensor, ...]:
        """The positions of its true elements along each dimension."""
        return mask.nonzero(as_tuple=True)


_READER = Reader()


def _indexed(view: View, index: Any) -> View:
    """The view that the basic parts of an index make."""
    return index_parsing.basic(view, index) or index_parsing.parse(view, index, _READER).view


def parse(tensor: Tensor, index: Any) -> tuple[Tensor, Picks | None]:
    """The view that the basic parts of an index make, and the index tensors if there are any."""
    meta = tensor._cl_meta
    view = index_parsing.basic(meta.view, index)
    if view is not None:
        return tensor._alias(meta.with_view(view), "Unsqueeze" if index is None else index, _indexed, index), None
    parsed = index_parsing.parse(meta.view, index, _READER)
    if not parsed.indices:
        return tensor._alias(meta.with_view(parsed.view), index, _indexed, index), None
    base = tensor if parsed.view is meta.view else tensor._alias(meta.with_view(parsed.view), None, _indexed, index)
    tensors = [
        tensor._from_array(index, dtypes.int64, meta.device) if isinstance(index, np.ndarray) else index
        for index in parsed.indices
    ]
    return base, Picks(parsed.dims, tuple(tensors))


def _pick(source: Tensor, picks: Picks) -> Tensor:
    """The elements at the picks."""
    check_picks(picks, source._cl_meta)
    return _index(source, picks.how, source._cl_meta, *picks.tensors)


def _found(base: Tensor, picks: Picks | None) -> Tensor:
    """What an index gives: the elements at its picks, laid out as PyTorch has them, or the view that it is without any."""
    if picks is None:
        return base
    return _pick(base, picks)._laid_out(places.layout(picks.request(base._cl_meta.view, base._cl_meta.dtype)))


@composite(
    vjp=lambda g, y, aux, source, how, meta, *tensors: (pick_gradient(g, Picks.by(how, tensors), meta),),
    saves="tensors",
    moves=True,
)
def _index(source: Tensor, how: Any, meta: Meta, *tensors: Tensor) -> Tensor:
    return taken(source, Picks.by(how, tensors), meta.view)


def pick_gradient(g: Tensor, picks: Picks, meta: Meta) -> Tensor:
    """Zeros of the source's shape with the gradient added at the picked positions."""
    return put(g._filled(meta.shape, 0, g.dtype, g._cl_meta.device), g, picks, "add")


def _rows_of(index: Tensor) -> Picks:
    """The picks of rows by an index tensor of any shape."""
    return Picks((0,), (index.reshape(-1),), strict=1)


@composite(
    vjp=lambda g, y, aux, weight, index, meta: (
        pick_gradient(g.reshape(index._cl_meta.view.numel, meta.shape[1]), _rows_of(index), meta),
    ),
    saves="index",
    name="embedding",
    moves=True,
)
def _look_up(weight: Tensor, index: Tensor, meta: Meta) -> Tensor:
    picks = _rows_of(index)
    rows = taken(weight, picks, meta.view)
    return rows.reshape(*index._cl_meta.shape, meta.shape[1])


def put(base: Tensor, values: Tensor, picks: Picks, mode: str) -> Tensor:
    """A copy of ``base`` with values set or added (or multiplied) at the picks."""
    check_picks(picks, base._cl_meta)
    whole = base._cl_meta.view.is_dense_at_zero and base._room == base._cl_meta.view.numel
    value = base._storage.value
    apart = whole and all(t._storage.value is not value for t in (values, *picks.tensors))
    return _index_put(base, values, picks.how, mode, values._cl_meta.shape, apart, *picks.tensors)


def _put_gradients(g: Tensor, picks: Picks, mode: str, shape: Shape) -> tuple[Tensor, Tensor]:
    if mode == "prod":
        raise RuntimeError("derivative for scatter(reduce='multiply') is not implemented")
    zeros = g._filled((), 0, g.dtype, g._cl_meta.device).expand(shape)
    return g if mode == "add" else put(g, zeros, picks, "set"), _pick(g, picks)


@composite(
    vjp=lambda g, y, aux, base, values, how, mode, shape, apart, *tensors: _put_gradients(
        g, Picks.by(how, tensors), mode, shape
    ),
    saves="tensors",
    moves=True,
)
def _index_put(
    base: Tensor, values: Tensor, how: Any, mode: str, shape: Shape, apart: bool, *tensors: Tensor
) -> Tensor:
    source = base if apart else apply(copy_as, (base,), (View.dense(base._cl_meta.shape),))
    value = scattered(source, Picks.by(how, tensors), values, mode)
    return source._made(Storage(value, source._storage.nbytes), source._cl_meta, None)


def _has_mask(index: Any) -> bool:
    """Whether a bool tensor is part of an index."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(is_tensor(part) and part._cl_meta.dtype is dtypes.bool for part in parts)


def _with_dims(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Tensors without dimensions as vectors of one element."""
    return tuple([t if t._cl_meta.shape else t.reshape(1) for t in tensors])


_FITS: dict[type, float] = {float: 1e38, int: rules.LARGEST}  # numbers of less are numbers of float32


class Indexing:
    """Methods of Tensor that pick and place elements."""

    __slots__ = ()

    def __getitem__(self: Tensor, index: Any) -> Tensor:
        if is_tensor(index) and index.dtype is dtypes.bool and index._cl_meta.shape == self._cl_meta.shape != ():
            return called(self.masked_select(index), "IndexBackward0")
        if is_tensor(index) and index.dtype is dtypes.int64:
            return self._rows_at(index)
        return _found(*parse(self, index))

    @remembered
    def _rows_at(self: Tensor, index: Tensor) -> Tensor:
        """The rows at an index of integers."""
        return _found(*parse(self, index))

    def __setitem__(self: Tensor, index: Any, value: Any) -> None:
        whole = is_tensor(index) and index.dtype is dtypes.bool and index._cl_meta.shape == self._cl_meta.shape
        if whole and not (is_tensor(value) and value.numel() != 1):
            if is_tensor(value) and not self._cl_meta.shape:  # which PyTorch does not take for a mask to be filled
                need_apart(self, (value,))
                self._check_put_dtype(value)
            filled = self.masked_fill_(index, value.reshape(()) if is_tensor(value) else self._assigned(value))
            renamed(filled, "IndexPutBackward0")
            return
        if self._cl_meta.device is HOST and index_parsing.is_plain(index) and placed_at_once(self, index, value):
            return
        if index is False:  # no element; True is all of them
            return
        base, picks = parse(self, None if index is True else index)
        if is_tensor(index) and index.dtype is dtypes.uint8 and index.dim() and not is_tensor(value):
            raise RuntimeError("masked_fill_ only supports boolean masks, but got mask with dtype unsigned char")
        if picks is None and not is_tensor(value):
            check_writable(base)
            base._become(self._assigned(value))
            return
        if not is_tensor(value):
            value = self._filled((), self._assigned(value), self._cl_meta.dtype, self._cl_meta.device)
        elif picks is not None and value.numel() == 1 and _has_mask(index):
            value = value.to(self._cl_meta.dtype)  # as `masked_fill` takes it
        ndim = base.dim() if picks is None else len(picks.request(base._cl_meta.view, base.dtype).shape)
        while value.dim() > ndim and value._cl_meta.shape[0] == 1:
            value = value.squeeze(0)
        if picks is None:
            fits = rules.expands(value._cl_meta.shape, base._cl_meta.shape)
            if (
                not fits or value._storage.value is base._storage.value
            ):  # which says what does not fit, and is seen to be the same
                value = value.expand(base._cl_meta.shape)
            base.copy_(value)
        else:
            base._index_put(picks, value, "set")

    def _check_put_dtype(self: Tensor, values: Tensor) -> None:
        if values._cl_meta.dtype is not self._cl_meta.dtype:
            raise RuntimeError(
                "Index put requires the source and destination dtypes match, got "
                f"{self.dtype.title} for the destination and {values.dtype.title} for the source."
            )

    def __delitem__(self: Tensor, index: Any) -> None:
        raise TypeError("Tensor does not support deleting items")

    def _assigned(self: Tensor, value: Any) -> Any:
        """A number that is assigned to elements; TypeError for what is none."""
        if self._cl_meta.dtype is dtypes.float32 and (limit := _FITS.get(value.__class__)) and -limit < value < limit:
            return float(value)
        if not isinstance(value, (int, float, complex, np.generic)):
            raise TypeError(f"can't assign a {type(value).__name__} to a {self.type()}")
        if isinstance(value, int) and not -rules.LARGEST <= value < rules.LARGEST:
            raise ValueError("Overflow when unpacking long long")
        return as_number(value, self._cl_meta.dtype, alone=True)

    def _index_put(self: Tensor, picks: Picks, values: Tensor, mode: str) -> Tensor:
        """Place ``values`` at advanced indices of this tensor, in place."""
        need_apart(self, (values, *picks.tensors))
        request = picks.request(self._cl_meta.view, self.dtype)
        if not rules.expands(values._cl_meta.shape, request.shape):
            raise RuntimeError(
                f"shape mismatch: value tensor of shape {rules.text(values._cl_meta.shape)} cannot be broadcast to "
                f"indexing result of shape {rules.text(request.shape)}"
            )
        self._check_put_dtype(values)
        values = values.expand(request.shape)
        if self._cl_meta.view.may_overlap_itself:
            return self._placed_in_shared(picks, values, mode)
        return renamed(self._changed(lambda old: put(old, values, picks, mode)), "IndexPutBackward0")

    def _placed_in_shared(self: Tensor, picks: Picks, values: Tensor, mode: str) -> Tensor:
        """`_index_put` where elements share positions: straight into the storage."""
        if self._is_recorded or values._is_recorded:
            raise RuntimeError(
                "index_put_ of a tensor whose elements share memory has no gradient. Please clone() it first."
            )
        warn_expanded(self, "index_put_")
        store(self, picks, values, mode)
        return self

    def _changed(self: Tensor, compute: Any) -> Tensor:
        """In-place form of a function of this tensor."""
        return self._inplace(compute)

    def index_put_(self: Tensor, indices: tuple[Tensor, ...], values: Tensor, accumulate: bool = False) -> Tensor:
        """Place (or add) ``values`` at ``self[indices]``."""
        for k, index in enumerate(indices):
            if index is not None and not is_tensor(index):
                raise TypeError(f"expected Tensor as element {k} in argument 0, but got {kind_of(index)}")
        if not len(indices):
            if not self.numel():
                return self
            raise RuntimeError("at least one index tensor is needed to place values")
        base, picks = parse(self, tuple(indices))
        if picks is None:  # numbers as tensors without dimensions
            self._check_put_dtype(values)
            if accumulate:
                base.add_(values)
            else:
                base.copy_(values)
        else:
            base._index_put(picks, values, "add" if accumulate else "set")
        return self

    @public(out=False)
    @remembered
    def index_put(self: Tensor, indices: tuple[Tensor, ...], values: Tensor, accumulate: bool = False) -> Tensor:
        """A copy with ``values`` at ``self[indices]``."""
        return self.clone().index_put_(indices, values, accumulate)

    # --- along one dimension -----------------------------------------------------------------------------------------

    def _along(self: Tensor, dim: int, index: Tensor, name: str) -> Picks:
        """Positions for gather and scatter: ``index`` along ``dim``, its own position along the others."""
        if index.dtype not in (dtypes.int64, dtypes.int32) and index.numel():
            raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
        shape, mine = index._cl_meta.shape, self._cl_meta.shape
        if not index.numel():  # nothing is picked, whatever the dimensions
            return Picks((dim,), (index,), along=True)
        if len(shape) != len(mine):
            own_name = "input" if name == "gather" else "self"
            raise RuntimeError(f"Index tensor must have the same number of dimensions as {own_name} tensor")
        for d, n in enumerate(shape):
            if d != dim and d < len(mine) and n > mine[d]:
                raise RuntimeError(
                    f"{f'Size does not match at dimension {d} expected' if name == 'gather' else 'Expected'} index {rules.text(shape)} to be no "
                    f"larger than self {rules.text(mine)} apart from dimension {dim}"
                )
        if not mine[dim]:
            raise RuntimeError(f"index {int(index.flatten()[0])} is out of bounds for dimension {dim} with size 0")
        return Picks((dim,), (index,), along=True, strict=2)

    @public(out="apart")
    @remembered
    @shown_as("GatherBackward0")
    def gather(self: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
        """``out[i][j] = self[index[i][j]][j]`` (for dim 0, and likewise for others)."""
        at = rules.wrap_dim(dim, self.dim())
        source, where = _with_dims(self, index)
        picked = _pick(source, source._along(at, where, "gather"))
        return picked if picked._cl_meta.shape == index._cl_meta.shape else picked.reshape(index._cl_meta.shape)

    @public(out="apart")
    @remembered
    def take_along_dim(self: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
        """`gather` with broadcasting; of the flattened tensor without ``dim``."""
        if dim is not None and indices.dtype is not dtypes.int64:
            raise RuntimeError(f"torch.take_along_dim(): dtype of indices should be Long but got {indices.dtype.title}")
        if dim is None:
            return self.reshape(-1).gather(0, indices.reshape(-1))
        if self.dim() == indices.dim() == 0:
            raise IndexError("Dimension specified as 0 but tensor has no dimensions")
        if self.dim() != indices.dim():
            raise RuntimeError(
                "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
                f"{self.dim()} dimensions for input, and {indices.dim()} dimensions for indices"
            )
        at = rules.wrap_dim(dim, self.dim())
        shape = rules.broadcast_shape(
            [tuple(1 if d == at else n for d, n in enumerate(t._cl_meta.shape)) for t in (self, indices)]
        )
        own = tuple(self._cl_meta.shape[at] if d == at else n for d, n in enumerate(shape))
        wanted = tuple(indices._cl_meta.shape[at] if d == at else n for d, n in enumerate(shape))
        if (
            own and own[at] and not indices.dtype.is_floating_point and indices.dtype is not dtypes.bool
        ):  # positions go round, as PyTorch's do
            indices = indices.remainder(own[at])
        return self.expand(own).gather(at, indices.expand(wanted))

    @public(out="placed")
    @remembered
    def scatter(
        self: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
    ) -> Tensor:
        """A copy with ``src`` at positions ``index`` along ``dim``."""
        modes = {None: "set", "add": "add", "multiply": "prod"}
        if reduce not in modes:
            raise RuntimeError("reduce argument must be either add or multiply.")
        given = value if src is None else src
        if given is None:
            raise TypeError("scatter() received an invalid combination of arguments")
        number = 2 * (reduce is not None) + (not is_tensor(given))
        return called(self._scattered(dim, index, given, modes[reduce]), f"ScatterBackward{number}")

    @public(out="placed")
    @remembered
    @shown_as("ScatterAddBackward0")
    def scatter_add(self: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
        """A copy with ``src`` added at positions ``index`` along ``dim``."""
        return self._scattered(dim, index, src, "add")

    def _scattered(self: Tensor, dim: int, index: Tensor, src: Any, mode: str) -> Tensor:
        at = rules.wrap_dim(dim, self.dim())
        base, where = _with_dims(self, index)
        picks = base._along(at, where, "scatter")
        if not is_tensor(src):
            number = self._as_own_number(src if index.numel() else 0)
            src = self._filled((), number, self.dtype, self._cl_meta.device).expand(where._cl_meta.shape)
        if src.dtype is not self.dtype:
            raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
        if not index.numel():
            return unchanged(self, src)
        src = src if src._cl_meta.shape else src.reshape(1)
        need_alike_dims(where, src)
        for d, n in enumerate(where._cl_meta.shape):
            src = src.narrow(d, 0, n)
        return put(base, src, picks, mode).reshape(self._cl_meta.shape)

    def scatter_(
        self: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
    ) -> Tensor:
        """In-place `scatter`."""
        need_apart(self, (index, src))
        return self._inplace(lambda old: old.scatter(dim, index, src, value=value, reduce=reduce))

    def scatter_add_(self: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
        """In-place `scatter_add`."""
        need_apart(self, (index, src))
        return self._inplace(lambda old: old.scatter_add(dim, index, src))

    def _rows(self: Tensor, dim: int, index: Tensor, name: str, strict: bool = True) -> Picks:
        at = rules.wrap_dim(dim, self.dim())
        if index.dim() > 1:
            raise IndexError(f"{name}(): Index is supposed to be a vector")
        if index.dtype not in (dtypes.int64, dtypes.int32):
            raise RuntimeError(f"{name}(): Expected dtype int32 or int64 for index")
        return Picks((at,), (index.reshape(-1),), strict=(2 if at and name == "index_select" else 1) if strict else 0)

    def _placed(
        self: Tensor, dim: int, index: Tensor, source: Tensor, mode: str, name: str, strict: bool = True
    ) -> Tensor:
        """A copy with ``source`` set or added at positions along ``dim``; all shapes and dtypes are checked."""
        if mode == "set" and self._cl_meta.shape and source._cl_meta.shape and self.dim() != source.dim():
            raise IndexError(
                "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
                f"dimensionality ({source.dim()}), destination dimensionality ({self.dim()})"
            )
        base, rows = (t.reshape(1) if not t._cl_meta.shape else t for t in (self, source))
        picks = base._rows(dim, index, name, strict)
        at, count, shape = picks.dims[0], picks.tensors[0].numel(), base._cl_meta.shape
        if source.dtype is not self.dtype:
            raise RuntimeError(
                f"{name}(): self ({self.dtype.title}) and source ({source.dtype.title}) must have the same scalar type"
            )
        if rows.dim() <= at or rows._cl_meta.shape[at] != count:
            raise (RuntimeError if mode == "add" else IndexError)(
                f"{name}_(): Number of indices ({count}) should be equal to source.size(dim)"
                + (": ({0}), for dim: {1}" if mode == "add" else " ({0})").format(
                    rows._cl_meta.shape[at] if rows.dim() > at else 1, dim
                )
            )
        if rows._cl_meta.shape != (*shape[:at], count, *shape[at + 1 :]):
            if mode != "add":
                mine, theirs = (" ".join(map(str, (*s[:at], *s[at + 1 :]))) for s in (shape, rows._cl_meta.shape))
                raise RuntimeError(
                    f"{name}_(): Source/destination tensor must have same slice shapes. Destination slice shape: {mine} at dimension {at} "
                    f"and source slice shape: {theirs} at dimension 0."
                )
            raise RuntimeError(
                f"source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
                f"{rules.text(self._cl_meta.shape)} source.shape = {rules.text(source._cl_meta.shape)}"
            )
        if mode == "add" and strict:
            kind = RuntimeError if len(shape) > 1 else IndexError
            check_range(index, 0, shape[at] - 1, kind, "index out of range in self")
        return put(base, rows, picks, mode).reshape(self._cl_meta.shape)

    def _looked_up(self: Tensor, index: Tensor) -> Tensor:
        """The rows of this matrix that an index tensor of any shape names."""
        check_picks(_rows_of(index), self._cl_meta)
        return _look_up(self, index, self._cl_meta)

    @public(out="apart")
    @remembered
    @shown_as("IndexSelectBackward0")
    def index_select(self: Tensor, dim: int, index: Tensor) -> Tensor:
        """The positions ``index`` along ``dim``."""
        source = self.reshape(1) if not self._cl_meta.shape else self
        if not self._cl_meta.shape and index.numel() != 1:
            raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index.numel()} value(s)")
        picks = source._rows(dim, index, "index_select")
        if source.dim() > 1 and not source._cl_meta.shape[picks.dims[0]] and index.numel():
            raise RuntimeError("index_select(): self indexing axis dim should be positive")
        picked = _pick(source, picks)
        return picked if self._cl_meta.shape or index.numel() != 1 else picked.reshape(())

    @public(out="placed")
    @remembered
    @shown_as("IndexCopyBackward0")
    def index_copy(self: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
        """A copy with ``source`` at positions ``index`` along ``dim``."""
        if index.dtype is not dtypes.int64:
            raise RuntimeError(f"index_copy_(): Expected a long tensor for index, but got {index.dtype.title}")
        return self._placed(dim, index, source, "set", "index_copy")

    @public(out=False)
    @remembered
    @shown_as("IndexFillBackward0")
    def index_fill(self: Tensor, dim: int, index: Tensor, value: complex | Tensor) -> Tensor:
        """A copy with ``value`` at positions ``index`` along ``dim``."""
        if is_tensor(value) and value.dim():
            raise RuntimeError(
                f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.dim()} dimension(s)."
            )
        at = rules.wrap_dim(dim, self.dim())
        if not self.is_complex() and (value.is_complex() if is_tensor(value) else isinstance(value, complex)):
            raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
        if index.dtype is not dtypes.int64:
            raise IndexError("index_fill_(): Expected dtype int64 for index.")
        if index.dim() > 1:
            raise RuntimeError("Index has to be a vector/scalar")
        if not self._cl_meta.shape and not index.numel():
            return self.clone()
        if is_tensor(value) and value._is_recorded:  # its gradient counts a place that is named twice once
            length = self._cl_meta.shape[at] if self._cl_meta.shape else 1
            hit = self._filled((length,), False, dtypes.bool, self._cl_meta.device).index_fill(0, index, True)
            shape = tuple(n if d == at else 1 for d, n in enumerate(self._cl_meta.shape))
            return value.to(self.dtype).where(hit.reshape(shape), self)
        if is_tensor(value):
            filling = value.to(self.dtype)
        else:
            filling = self._filled((), self._as_own_number(value), self.dtype, self._cl_meta.device)
        shape = tuple(index.numel() if d == at else n for d, n in enumerate(self._cl_meta.shape))
        source = filling.expand(shape if self._cl_meta.shape else (1,))
        return self._placed(dim, index, source, "set", "index_fill", strict=False)._laid_out(
            self._cl_meta.view.dense_like()
        )

    def index_copy_(self: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
        """In-place `index_copy`."""
        need_apart(self, (index, source))
        return self._inplace(lambda old: old.index_copy(dim, index, source))

    def index_fill_(self: Tensor, dim: int, index: Tensor, value: complex | Tensor) -> Tensor:
        """In-place `index_fill`."""
        need_apart(self, (index,))
        if self._cl_meta.view.may_overlap_itself:
            self[(slice(None),) * rules.wrap_dim(dim, self.dim()) + (index,)] = value
            return self
        return self._inplace(lambda old: old.index_fill(dim, index, value))

    @public(out="apart")
    @remembered
    @shown_as("TakeBackward0")
    def take(self: Tensor, index: Tensor) -> Tensor:
        """Elements of the flattened tensor at positions ``index``."""
        if index.dtype is not dtypes.int64:
            raise RuntimeError(f"take(): Expected a long tensor for index, but got {index.dtype.title}")
        return _pick(self.reshape(-1), Picks((0,), (index.reshape(-1),))).reshape(index._cl_meta.shape)

    # --- masks -------------------------------------------------------------------------------------------------------

    @public(out="apart")
    def nonzero(self: Tensor, *, as_tuple: bool = False) -> Any:
        """Coordinates of the elements that are not zero, one row each; or one tensor per dimension. Reads the count."""
        found = (self if self.dtype is dtypes.bool else self != 0)._true_positions(bool(self._cl_meta.shape))
        if not self._cl_meta.shape:
            return (found,) if as_tuple else self._filled((found.numel(), 0), 0, dtypes.int64, self._cl_meta.device)
        return found.unbind(0) if as_tuple else no_view(found.t())

    def _true_positions(self: Tensor, coordinates: bool) -> Tensor:
        """Where a mask is true, in order: coordinates, a row a dimension, or flat positions. Reads the count."""
        with no_grad():
            mask = self.detach()._dense()
            if not mask.numel():
                count, sums = 0, mask._filled((1,), 0, dtypes.int64, self._cl_meta.device)
            else:
                sums = mask._op("count_true")
                count = int(sums[-1].item())
            return mask._op("write_true", sums, count, coordinates)

    @public(out=False)
    @slice_by_slice
    def argwhere(self: Tensor) -> Tensor:
        """Coordinates of the elements that are not zero, one row each."""
        return self.nonzero()

    @public(out="apart")
    @shown_as("MaskedSelectBackward0")
    def masked_select(self: Tensor, mask: Tensor) -> Tensor:
        """The elements where ``mask`` holds, as a vector."""
        if mask.dtype is not dtypes.bool:
            raise RuntimeError("masked_select: expected BoolTensor for mask")
        shape = rules.broadcast_shape([self._cl_meta.shape, mask._cl_meta.shape])
        positions = mask.expand(shape)._true_positions(False)
        return self.expand(shape).reshape(-1).index_select(0, positions)

    # --- joining -----------------------------------------------------------------------------------------------------

    def _joined(self: Tensor, tensors: list[Tensor], dim: int) -> Tensor:
        """Tensors side by side along ``dim``."""
        return join(tensors, dim)
