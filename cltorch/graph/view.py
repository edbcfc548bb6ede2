"""Where a tensor's elements lie in its flat storage: shape, strides and offset, counted in elements. Pure geometry."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from weakref import WeakValueDictionary

Shape = tuple[int, ...]
CACHED_VIEWS = 256  # derived views remembered per view
COMPARED_POSITIONS = 1 << 12  # views with up to so many elements are compared position by position


class View:
    """An interned (shape, strides, offset); equal views are one object. Strides are never negative."""

    __slots__ = (
        "__weakref__",
        "_derived",
        "is_contiguous",
        "is_dense_at_zero",
        "max_position",
        "may_overlap_itself",
        "ndim",
        "numel",
        "offset",
        "shape",
        "strides",
    )

    shape: Shape
    strides: Shape
    offset: int
    numel: int
    ndim: int
    is_contiguous: bool
    is_dense_at_zero: bool
    max_position: int
    may_overlap_itself: bool
    _derived: dict[tuple[object, ...], View | None]

    @staticmethod
    def of(shape: Shape, strides: Shape, offset: int = 0) -> View:
        """The view with these parts."""
        key = (shape, strides, offset)
        view = _VIEWS.get(key)
        if view is None:
            view = _VIEWS.setdefault(key, _make(shape, strides, offset))
        return view

    @staticmethod
    def dense(shape: Shape) -> View:
        """The row-major view of a whole storage."""
        return View.of(shape, row_major(shape), 0)

    def __repr__(self) -> str:
        return f"View({self.shape}, {self.strides}, {self.offset})"

    def _cached(self, key: tuple[object, ...], shape: Shape, strides: Shape, offset: int) -> View:
        view = View.of(shape, strides, offset)
        self._keep(key, view)
        return view

    def _keep(self, key: tuple[object, ...], view: View | None) -> None:
        if len(self._derived) >= CACHED_VIEWS:
            self._derived.clear()
        self._derived[key] = view

    # --- derived views; arguments are checked by the callers ---------------------------------------------------------

    def permute(self, dims: Shape) -> View:
        """Dimensions in another order."""
        key = ("permute", dims)
        found = self._derived.get(key)
        if found is None:
            found = self._cached(
                key, tuple(self.shape[d] for d in dims), tuple(self.strides[d] for d in dims), self.offset
            )
        return found

    def transpose(self, a: int, b: int) -> View:
        """Two dimensions swapped."""
        order = list(range(self.ndim))
        if order:
            order[a], order[b] = order[b], order[a]
        return self.permute(tuple(order))

    def expand(self, shape: Shape) -> View:
        """Repeated to a larger shape with stride 0; the caller has checked that it broadcasts."""
        key = ("expand", shape)
        found = self._derived.get(key)
        if found is None:
            lead = len(shape) - self.ndim
            strides = (0,) * lead + tuple(
                0 if m != n else s for m, n, s in zip(self.shape, shape[lead:], self.strides, strict=True)
            )
            found = self._cached(key, shape, strides, self.offset)
        return found

    def reshape(self, shape: Shape) -> View | None:
        """The same elements in another shape, or None when strides cannot say it (PyTorch's rule for ``view``)."""
        key = ("reshape", shape)
        if key in self._derived:
            return self._derived[key]
        strides = _reshaped_strides(self, shape)
        view = None if strides is None else View.of(shape, strides, self.offset)
        self._keep(key, view)
        return view

    def slice(self, dim: int, start: int, stop: int, step: int = 1) -> View:
        """``start:stop:step`` along a dimension, with bounds already clamped."""
        key = ("slice", dim, start, stop, step)
        found = self._derived.get(key)
        if found is None:
            length = max(0, (stop - start + step - 1) // step)
            shape = (*self.shape[:dim], length, *self.shape[dim + 1 :])
            stride = self.strides[dim]
            strides = (*self.strides[:dim], stride * step, *self.strides[dim + 1 :])
            found = self._cached(key, shape, strides, self.offset + start * stride)
        return found

    def narrow(self, dim: int, start: int, length: int) -> View:
        """``length`` elements along a dimension from ``start``."""
        return self.slice(dim, start, start + length)

    def select(self, dim: int, index: int) -> View:
        """One position along a dimension, which disappears."""
        key = ("select", dim, index)
        found = self._derived.get(key)
        if found is None:
            found = self._cached(
                key,
                self.shape[:dim] + self.shape[dim + 1 :],
                self.strides[:dim] + self.strides[dim + 1 :],
                self.offset + index * self.strides[dim],
            )
        return found

    def squeeze(self, dims: Sequence[int]) -> View:
        """Without those of ``dims`` that have size 1."""
        kept = [d for d in range(self.ndim) if d not in dims or self.shape[d] != 1]
        return View.of(tuple(self.shape[d] for d in kept), tuple(self.strides[d] for d in kept), self.offset)

    def unsqueeze(self, dim: int) -> View:
        """With a dimension of size 1 at ``dim``."""
        stride = self.shape[dim] * self.strides[dim] if dim < self.ndim else 1
        return View.of(
            (*self.shape[:dim], 1, *self.shape[dim:]), (*self.strides[:dim], stride, *self.strides[dim:]), self.offset
        )

    def diagonal(self, offset: int, dim1: int, dim2: int) -> View:
        """The diagonal of two dimensions as a new last dimension."""
        rows, columns = self.shape[dim1], self.shape[dim2]
        length = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
        start = self.offset
        if length:
            start += offset * self.strides[dim2] if offset >= 0 else -offset * self.strides[dim1]
        rest = [d for d in range(self.ndim) if d not in (dim1, dim2)]
        return View.of(
            (*(self.shape[d] for d in rest), length),
            (*(self.strides[d] for d in rest), self.strides[dim1] + self.strides[dim2]),
            start,
        )

    def unfold(self, dim: int, size: int, step: int) -> View:
        """Windows of ``size`` every ``step`` along a dimension, as a new last dimension."""
        if not self.ndim:
            return View.of((size,), (1,), self.offset)
        count = (self.shape[dim] - size) // step + 1
        return View.of(
            (*self.shape[:dim], count, *self.shape[dim + 1 :], size),
            (*self.strides[:dim], self.strides[dim] * step, *self.strides[dim + 1 :], self.strides[dim]),
            self.offset,
        )

    # --- relations ----------------------------------------------------------------------------------------------------

    @property
    def min_position(self) -> int:
        """The lowest position that the view reaches (strides are not negative)."""
        return self.offset

    def covers(self, numel: int) -> bool:
        """Whether this is the plain sight of a whole storage of ``numel`` elements."""
        return self.is_dense_at_zero and self.numel == numel

    def positions(self) -> set[int]:
        """Every position that the view reaches."""
        return {
            self.offset + sum(i * s for i, s in zip(index, self.strides, strict=True))
            for index in product(*(range(n) for n in self.shape))
        }

    def overlaps(self, other: View) -> str:
        """How two views of one storage meet: ``full`` (the same view), ``no`` or ``partial``."""
        if self is other:
            return "full"
        if not self.numel or not other.numel:
            return "no"
        if self.max_position < other.offset or other.max_position < self.offset:
            return "no"
        if is_non_overlapping_and_dense(self) and is_non_overlapping_and_dense(other):
            if self.offset == other.offset and self.numel == other.numel:
                return "full" if self.strides == other.strides else "partial"
            return "partial"
        if self.numel <= COMPARED_POSITIONS and other.numel <= COMPARED_POSITIONS:
            return "partial" if self.positions() & other.positions() else "no"
        return "partial"


_VIEWS: WeakValueDictionary[tuple[Shape, Shape, int], View] = WeakValueDictionary()


def _make(shape: Shape, strides: Shape, offset: int) -> View:
    view = View()
    view.shape, view.strides, view.offset = shape, strides, offset
    view.numel = prod(shape)
    view.ndim = len(shape)
    view.is_contiguous = _is_contiguous(shape, strides)
    view.is_dense_at_zero = view.is_contiguous and offset == 0
    reach = sum((n - 1) * s for n, s in zip(shape, strides, strict=True)) if view.numel else -1
    view.max_position = offset + reach
    view.may_overlap_itself = _may_overlap_itself(shape, strides)
    view._derived = {}
    return view


def row_major(shape: Shape) -> Shape:
    """Strides of a dense array whose last dimension varies fastest."""
    strides = []
    step = 1
    for n in reversed(shape):
        strides.append(step)
        step *= max(n, 1)
    return tuple(reversed(strides))


def _is_contiguous(shape: Shape, strides: Shape) -> bool:
    if 0 in shape:
        return True
    step = 1
    for n, s in zip(reversed(shape), reversed(strides), strict=True):
        if n != 1:
            if s != step:
                return False
            step *= n
    return True


def _may_overlap_itself(shape: Shape, strides: Shape) -> bool:
    """Whether two indices can share a position: a repeated dimension, or steps shorter than what they step over."""
    if 0 in shape:
        return False
    reach = 0
    for s, n in sorted((s, n) for n, s in zip(shape, strides, strict=True) if n > 1):
        if s <= reach:
            return True
        reach += (n - 1) * s
    return False


def is_non_overlapping_and_dense(view: View) -> bool:
    """Whether the view reaches each position between its lowest and its highest exactly once."""
    step = 1
    for s, n in sorted((s, n) for n, s in zip(view.shape, view.strides, strict=True) if n != 1):
        if s != step:
            return n == 0
        step *= n
    return True


def _reshaped_strides(view: View, shape: Shape) -> Shape | None:
    """Strides after a reshape: runs of dimensions that are contiguous among themselves may be cut anew."""
    if not view.numel:
        return view.strides if shape == view.shape else row_major(shape)
    strides = [0] * len(shape)
    at = len(shape) - 1
    run, base = 1, 1
    for d in range(view.ndim - 1, -1, -1):
        if run == 1:
            base = view.strides[d]
        run *= view.shape[d]
        ends = d == 0 or (view.shape[d - 1] != 1 and view.strides[d - 1] != run * base)
        if ends:
            inner = 1
            while at >= 0 and (inner < run or shape[at] == 1):
                strides[at] = inner * base
                inner *= shape[at]
                at -= 1
            if inner != run:
                return None
            run = 1
    while at >= 0 and shape[at] == 1:
        strides[at] = 1
        at -= 1
    return tuple(strides) if at < 0 else None


def elementwise_strides(shape: Shape, views: Sequence[View]) -> Shape:
    """Strides of the dense result of an elementwise op: its operands' memory order (torch's TensorIterator rule).

    Row-major operands give a row-major result; else the dimensions are ordered by the operands' strides, the first
    operand deciding, ambiguous ones by the next.
    """
    for view in views:
        if view.shape != shape or not view.is_contiguous:
            break
    else:
        return row_major(shape)
    order = _stride_order(shape, views)
    strides = [0] * len(shape)
    step = 1
    for d in order:
        strides[d] = step
        step *= max(shape[d], 1)
    return tuple(strides)


def _stride_order(shape: Shape, views: Sequence[View]) -> list[int]:
    """Dimensions from the fastest to the slowest, by insertion from the last to the first."""
    order = list(range(len(shape) - 1, -1, -1))
    for k in range(1, len(order)):
        at = k
        for j in range(k - 1, -1, -1):
            verdict = _compare(shape, views, order[j], order[at])
            if verdict > 0:
                order[j], order[at] = order[at], order[j]
                at = j
            elif verdict < 0:
                break
    return order


def _compare(shape: Shape, views: Sequence[View], a: int, b: int) -> int:
    """1 when dimension ``a`` should be slower than ``b``, -1 when faster, 0 when the operands do not say."""
    for view in views:
        s, t = view.strides[a], view.strides[b]
        if s == 0 or t == 0:
            continue
        if s < t:
            return -1
        if s > t or shape[a] > shape[b]:
            return 1
    return 0
