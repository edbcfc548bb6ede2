"""Where a tensor's elements lie in its flat storage: shape, strides and offset, counted in elements. Pure geometry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from math import prod
from operator import index
from typing import Any, Literal, TypeVar, cast

from ..kernels.sizes import TRACING
from .interned import Interned

Shape = tuple[int, ...]
Overlap = Literal["no", "full", "partial", "unknown"]
Method = TypeVar("Method", bound=Callable[..., "View | None"])
Derived = TypeVar("Derived", "View", "View | None")

CACHED_VIEWS = 256  # derived views remembered per view
LARGEST = 1 << 63  # elements, and strides
_MISSING: Any = object()
MISSED: list[Callable[..., Any]] = [lambda *call: None]
"""Called with a view, what makes another of it, and what the key under which that is remembered begins and ends with, where there is none yet (`cohorts`)."""


def _remembered(method: Method) -> Method:
    """Keep what a method returns with the view: a training step asks for the same views again and again."""
    name = method.__name__

    @wraps(method)
    def derive(self: View, *args: Any) -> View | None:
        key = (name, *args)
        found = self.derived.get(key, _MISSING)
        if found is _MISSING:
            MISSED[0](self, method, (name,), args)
            found = self.remember(key, method(self, *args))
        return found  # type: ignore[no-any-return]

    return cast(Method, derive)


class View:
    """An interned (shape, strides, offset); equal views are one object. Strides are never negative.

    ``is_contiguous``: row-major without gaps, at any offset (empty views are). ``is_dense``: every position between
    the lowest and the highest is reached exactly once, in any order of the dimensions (torch's
    non-overlapping-and-dense). ``may_overlap_itself``: two indices may share a position (a no is sure, a rare yes is
    wrong). ``is_repeated``: two indices do because a dimension has stride 0, and PyTorch refuses to write.
    ``max_position`` is the highest position reached, ``offset - 1`` when there is none. ``derived`` holds what
    `remember` was given.
    """

    __slots__ = (
        "__weakref__",
        "derived",
        "is_contiguous",
        "is_dense",
        "is_dense_at_zero",
        "is_repeated",
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
    is_dense: bool
    is_dense_at_zero: bool
    is_repeated: bool
    max_position: int
    may_overlap_itself: bool
    derived: dict[tuple[object, ...], View | None]

    @staticmethod
    def of(shape: Shape, strides: Shape, offset: int = 0) -> View:
        """The view with these parts, tuples of Python ints."""
        if TRACING.now:
            return Seen.of(shape, strides, offset)
        key = (shape, strides, offset)
        view = _VIEWS.get(key)
        if view is None:
            for n in (*shape, *strides, offset):
                if n.__class__ is not int:  # what is equal to an int must not stand for it from now on
                    return View.of(_ints(shape), _ints(strides), *_ints((offset,)))
            if shape.__class__ is not tuple or strides.__class__ is not tuple:
                return View.of(tuple(shape), tuple(strides), offset)
            view = _VIEWS.keep(key, _make(shape, strides, offset))
        return view

    @staticmethod
    def dense(shape: Shape) -> View:
        """The row-major view of a whole storage."""
        return Seen.of(shape, row_major(shape)) if TRACING.now else _dense(shape)

    def __repr__(self) -> str:
        return f"View({self.shape}, {self.strides}, {self.offset})"

    def __reduce__(self) -> tuple[Any, ...]:
        return View.of, (self.shape, self.strides, self.offset)

    def __copy__(self) -> View:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> View:
        return self

    def remember(self, key: tuple[object, ...], view: Derived) -> Derived:
        """Keep a view made from this one under a key of the caller's; methods begin theirs with their name."""
        if len(self.derived) >= CACHED_VIEWS:
            self.derived.clear()
        self.derived[key] = view
        return view

    # --- derived views; the callers have checked the arguments and counted dimensions from the front -----------------

    @_remembered
    def permute(self, dims: Shape, /) -> View:
        """Dimensions in another order."""
        return View.of(tuple(self.shape[d] for d in dims), tuple(self.strides[d] for d in dims), self.offset)

    @_remembered
    def transpose(self, a: int, b: int, /) -> View:
        """Two dimensions swapped; a view without dimensions stays as it is."""
        order = list(range(self.ndim))
        if order:
            order[a], order[b] = order[b], order[a]
        return self.permute(tuple(order))

    @_remembered
    def from_zero(self) -> View:
        """The same steps from position 0."""
        return View.of(self.shape, self.strides, 0)

    @_remembered
    def expand(self, shape: Shape, /) -> View:
        """Repeated with stride 0 to a shape to which this one broadcasts."""
        lead = len(shape) - self.ndim
        strides = [0 if m != n else s for m, n, s in zip(self.shape, shape[lead:], self.strides, strict=True)]
        for n in reversed(shape[:lead]):  # a new dimension of size 1 is no repetition: it steps over all that follows
            strides.insert(0, shape[-len(strides)] * strides[0] if n == 1 and strides else 0)
        return View.of(shape, tuple(strides), self.offset)

    @_remembered
    def reshape(self, shape: Shape, /) -> View | None:
        """The same elements in another shape of as many, or None when strides cannot say it (the rule of ``view``)."""
        strides = _reshaped_strides(self, shape)
        return None if strides is None else View.of(shape, strides, self.offset)

    @_remembered
    def slice(self, dim: int, start: int, stop: int, step: int = 1, /) -> View:
        """``start:stop:step`` along a dimension, with bounds already clamped to it."""
        length = max(0, (stop - start + step - 1) // step)
        stride = self.strides[dim]
        return View.of(
            (*self.shape[:dim], length, *self.shape[dim + 1 :]),
            (*self.strides[:dim], stride * step, *self.strides[dim + 1 :]),
            self.offset + start * stride,
        )

    def narrow(self, dim: int, start: int, length: int, /) -> View:
        """``length`` elements along a dimension from ``start``."""
        return self.slice(dim, start, start + length)

    @_remembered
    def select(self, dim: int, index: int, /) -> View:
        """One position along a dimension, which disappears."""
        return View.of(
            self.shape[:dim] + self.shape[dim + 1 :],
            self.strides[:dim] + self.strides[dim + 1 :],
            self.offset + index * self.strides[dim],
        )

    def positions(self, dim: int, /) -> list[View]:
        """Every position along a dimension: `select` of each, whose geometry is the same but for where it begins."""
        if not self.shape[dim]:
            return []
        first, step = self.select(dim, 0), self.strides[dim]
        return [first._moved(self.offset + k * step) for k in range(self.shape[dim])]

    def _moved(self, offset: int) -> View:
        """The same shape and strides at another offset."""
        key = (self.shape, self.strides, offset)
        view = _VIEWS.get(key)
        if view is None:
            view = _new(View)
            view.shape, view.strides, view.offset, view.numel, view.ndim = (
                self.shape,
                self.strides,
                offset,
                self.numel,
                self.ndim,
            )
            view.is_contiguous, view.is_dense, view.is_repeated = self.is_contiguous, self.is_dense, self.is_repeated
            view.is_dense_at_zero = self.is_contiguous and offset == 0
            view.max_position = self.max_position - self.offset + offset
            view.may_overlap_itself = self.may_overlap_itself
            view.derived = {}
            view = _VIEWS.keep(key, view)
        return view

    def squeeze(self, dims: Sequence[int], /) -> View:
        """Without those of ``dims`` that have size 1."""
        return self.permute(tuple(d for d in range(self.ndim) if self.shape[d] != 1 or d not in dims))

    @_remembered
    def unsqueeze(self, dim: int, /) -> View:
        """With a dimension of size 1 at ``dim``."""
        stride = self.shape[dim] * self.strides[dim] if dim < self.ndim else 1
        return View.of(
            (*self.shape[:dim], 1, *self.shape[dim:]), (*self.strides[:dim], stride, *self.strides[dim:]), self.offset
        )

    @_remembered
    def diagonal(self, offset: int, dim1: int, dim2: int, /) -> View:
        """The diagonal of two dimensions as a new last dimension, ``offset`` above the main one (negative: below)."""
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

    @_remembered
    def unfold(self, dim: int, size: int, step: int, /) -> View:
        """Windows of ``size`` every ``step`` along a dimension, as a new last dimension."""
        if not self.ndim:
            return View.of((size,), (1,), self.offset)
        count = (self.shape[dim] - size) // step + 1
        return View.of(
            (*self.shape[:dim], count, *self.shape[dim + 1 :], size),
            (*self.strides[:dim], self.strides[dim] * step, *self.strides[dim + 1 :], self.strides[dim]),
            self.offset,
        )

    @_remembered
    def dense_like(self) -> View:
        """The view of a dense copy that keeps the order of the strides: PyTorch's ``preserve_format``.

        A dense view keeps its strides; of any other the dimensions are put in the order of their strides.
        """
        if self.is_dense:
            return View.of(self.shape, self.strides, 0)
        return View.of(self.shape, _packed(self.shape, _stride_order(self.shape, [self.strides]), 1), 0)

    # --- relations ---------------------------------------------------------------------------------------------------

    @property
    def min_position(self) -> int:
        """The lowest position reached: strides are not negative."""
        return self.offset

    def writing_order(self) -> tuple[int, range]:
        """Of a view that overlaps itself: a dimension, and the positions along it, for writing part by part.

        Written in this order, of the elements that share a position that stays which comes last in the order of memory, as PyTorch
        walks: the outermost dimension has the longest stride, or is the longest where strides are equal.
        """

        def outer(d: int) -> tuple[int, int, int]:
            return self.strides[d], self.shape[d], -d

        for dim, (n, stride) in enumerate(zip(self.shape, self.strides, strict=True)):
            if n > 1 and stride == 0:
                return dim, range(n - 1, n)
        dims = sorted((d for d in range(self.ndim) if self.shape[d] > 1), key=self.shape.__getitem__)
        outermost = max(dims, key=outer)
        if self.shape[outermost] <= 64:
            return outermost, range(self.shape[outermost])
        dim = next((d for d in dims if not self.select(d, 0).may_overlap_itself), dims[0])
        backwards = any(outer(d) > outer(dim) for d in dims)
        return dim, range(self.shape[dim] - 1, -1, -1) if backwards else range(self.shape[dim])

    def covers(self, numel: int) -> bool:
        """Whether this is the plain sight of a whole storage of ``numel`` elements."""
        return self.is_dense_at_zero and self.numel == numel

    def overlaps(self, other: View) -> Overlap:
        """How two views of one storage meet, as PyTorch tells it before it writes to one and reads the other.

        ``full``: the same elements in the same places. ``partial``: some are shared; PyTorch refuses to write.
        ``unknown``: one has gaps or repetitions and is not looked into; PyTorch writes.
        """
        if not self.numel or not other.numel or self.max_position < other.offset or other.max_position < self.offset:
            return "no"
        if self is other:
            return "full"
        if not self.is_dense or not other.is_dense:
            return "unknown"
        same_extent = self.offset == other.offset and self.max_position == other.max_position
        return "full" if same_extent and self.strides == other.strides else "partial"


@lru_cache(maxsize=4096)  # which keeps them alive: programs make and drop the same ones all the time
def _dense(shape: Shape) -> View:
    return View.of(shape, row_major(shape), 0)


class _Nothing(dict[Any, Any]):
    """Has nothing under any key, whether that is one or not."""

    def get(self, key: Any, default: Any = None) -> Any:
        """``default``."""
        return default


_NOTHING = _Nothing()


class Seen(View):
    """A view of sizes that are traced. Unlike other views, equal ones are not one object, and they remember nothing."""

    __slots__ = ()

    @staticmethod
    def of(shape: Shape, strides: Shape, offset: int = 0) -> View:
        """The view with these parts."""
        view = _new(Seen)
        view.shape, view.strides, view.offset = shape, strides, offset
        view.numel, view.ndim = prod(shape), len(shape)
        view.derived = _NOTHING
        return view

    def __getattr__(self, name: str) -> Any:
        """A fact that nobody has asked for yet: finding it out may decide something of the sizes. A `View` has all its facts, as a class with a
        ``__getattr__`` is slow to ask for anything."""
        fact = _FACTS.get(name)
        if fact is None:
            raise AttributeError(name)
        found = fact(self)
        setattr(self, name, found)
        return found

    def remember(self, key: tuple[object, ...], view: Derived) -> Derived:
        """Forget it: a key would be compared with others."""
        return view

    def __eq__(self, other: object) -> bool:
        return isinstance(other, View) and (self.shape, self.strides, self.offset) == (
            other.shape,
            other.strides,
            other.offset,
        )

    def __hash__(self) -> int:
        return hash((self.shape, self.strides, self.offset))


_VIEWS: Interned[View] = Interned(lambda view: view.derived.clear())
_new = object.__new__


def _ints(numbers: Sequence[Any]) -> Shape:
    return tuple([int(index(n)) for n in numbers])


def _make(shape: Shape, strides: Shape, offset: int) -> View:
    numel = prod(shape)
    if numel >= LARGEST:
        if 0 in strides:
            raise RuntimeError("numel: integer multiplication overflow")
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)}")
    if not numel and max(strides) >= LARGEST:
        raise RuntimeError("Stride calculation overflowed")
    is_contiguous = is_dense = _is_contiguous(shape, strides)
    reach, overlaps = numel - 1, False
    if not is_dense:  # so there are elements; from the least stride on
        reach, step, is_dense = 0, 1, True
        for stride, n in sorted([(stride, n) for stride, n in zip(strides, shape, strict=True) if n > 1]):
            is_dense = is_dense and stride == step
            overlaps = overlaps or stride <= reach
            step *= n
            reach += (n - 1) * stride
    repeated = overlaps and any(s == 0 and n > 1 for n, s in zip(shape, strides, strict=True))
    return _with(shape, strides, offset, numel, offset + reach, (is_contiguous, is_dense, overlaps, repeated))


def _with(shape: Shape, strides: Shape, offset: int, numel: int, most: int, facts: tuple[bool, ...]) -> View:
    view = _new(View)
    view.shape, view.strides, view.offset = shape, strides, offset
    view.numel, view.ndim, view.max_position, view.derived = numel, len(shape), most, {}
    view.is_contiguous, view.is_dense, view.may_overlap_itself, view.is_repeated = facts
    view.is_dense_at_zero = view.is_contiguous and not offset
    return view


def known_view(shape: Shape, strides: Shape, offset: int, numel: int, most: int, facts: tuple[bool, ...]) -> View:
    """`View.of` where all is known of it already: elements, the highest position, and what `known_of` says."""
    key = (shape, strides, offset)
    return _VIEWS.get(key) or _VIEWS.keep(key, _with(shape, strides, offset, numel, most, facts))


def known_of(view: View) -> tuple[bool, ...]:
    """What `_make` finds out of a view, here of traced sizes, which decides on these; TypeError where no view is made without a look."""
    if not view.numel or view.numel >= LARGEST:
        raise TypeError("a view without elements, or with too many")
    return view.is_contiguous, view.is_dense, view.may_overlap_itself, view.is_repeated


def _is_contiguous(shape: Shape, strides: Shape) -> bool:
    step = 1
    for n, stride in zip(shape[::-1], strides[::-1], strict=True):
        if n != 1:
            if stride != step:
                return 0 in shape
            step *= n
    return True


def _is_repeated(view: View) -> bool:
    return view.numel > 0 and any(s == 0 and n > 1 for n, s in zip(view.shape, view.strides, strict=True))


def _max_position(view: View) -> int:
    if not view.numel:
        return view.offset - 1
    return view.offset + sum((n - 1) * s for n, s in zip(view.shape, view.strides, strict=True))


_FACTS: dict[str, Callable[[View], Any]] = {
    "is_contiguous": lambda view: _steps_through(view.shape, view.strides, range(view.ndim - 1, -1, -1)),
    "is_dense": lambda view: view.is_contiguous or _is_dense(view.shape, view.strides),
    "is_dense_at_zero": lambda view: view.offset == 0 and view.is_contiguous,
    "is_repeated": _is_repeated,
    "max_position": _max_position,
    "may_overlap_itself": lambda view: not view.is_dense and _may_overlap_itself(view.shape, view.strides),
}
"""What is found out about a view of traced sizes when it is first asked for."""


def row_major(shape: Shape) -> Shape:
    """Strides of a dense array whose last dimension varies fastest."""
    return _packed(shape, range(len(shape) - 1, -1, -1), 1)


def _packed(shape: Shape, order: Sequence[int], least: int) -> Shape:
    """Strides without gaps, the first of ``order`` varying fastest; sizes below ``least`` count as ``least``."""
    strides = [0] * len(shape)
    step = 1
    for d in order:
        strides[d] = step
        step *= max(shape[d], least)
    return tuple(strides)


def _steps_through(shape: Shape, strides: Shape, order: Sequence[int]) -> bool:
    """Whether the strides have no gaps when the first of ``order`` varies fastest. Sizes of 1 may have any stride."""
    step = 1
    for d in order:
        if shape[d] != 1:
            if strides[d] != step and 0 not in shape:
                return False
            step *= shape[d]
    return True


def _is_dense(shape: Shape, strides: Shape) -> bool:
    return _steps_through(shape, strides, sorted(range(len(shape)), key=lambda d: (shape[d] < 2, strides[d])))


def _may_overlap_itself(shape: Shape, strides: Shape) -> bool:
    """Whether, of the dimensions in order of strides, one steps no further than those before it reach."""
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
    return view.is_dense


def _reshaped_strides(view: View, shape: Shape) -> Shape | None:
    """Strides after a reshape: runs of dimensions that step through one another may be cut anew; others may not."""
    if not view.numel:
        return view.strides if shape == view.shape else row_major(shape)
    if not view.ndim:
        return (1,) * len(shape)
    strides = [0] * len(shape)
    at = len(shape) - 1  # the dimension to fill next
    base, run = view.strides[-1], 1  # of the run so far: its smallest stride and its number of elements
    for d in range(view.ndim - 1, -1, -1):
        run *= view.shape[d]
        if d and (view.shape[d - 1] == 1 or view.strides[d - 1] == run * base):
            continue
        filled = 1
        while at >= 0 and (filled < run or shape[at] == 1):
            strides[at] = filled * base
            filled *= shape[at]
            at -= 1
        if filled != run:
            return None
        base, run = view.strides[d - 1], 1
    return tuple(strides)


# --- layouts of results ------------------------------------------------------------------------------------------


def elementwise_strides(shape: Shape, views: Sequence[View]) -> Shape:
    """Strides of the dense result of an elementwise op: its operands' memory order (torch's TensorIterator rule).

    Args:
        shape: the operands' common shape.
        views: the operands as they are, before they are broadcast to ``shape``; scalars as views of shape ().

    Operands of one shape that are all row-major, all channels-last, or all dense with the same strides give just that.
    Else the dimensions are put in the order of the operands' strides, the first operand deciding, and the next where it
    does not say; the result has no gaps.
    """
    if all(view.shape == shape for view in views):
        if all(view.is_contiguous for view in views):
            return row_major(shape)
        if len(shape) == 4 and all(_steps_through(shape, view.strides, _CHANNELS_LAST) for view in views):
            return _packed(shape, _CHANNELS_LAST, 1)
        if all(view.is_dense and view.strides == views[0].strides for view in views):
            return views[0].strides
    order = _stride_order(shape, [_broadcast_strides(view, shape) for view in views])
    inverted = all(d == len(shape) - 1 - k for k, d in enumerate(order))
    return _packed(shape, order, 1 if inverted else 0)


_CHANNELS_LAST = (1, 3, 2, 0)


def _broadcast_strides(view: View, shape: Shape) -> Shape:
    """The view's strides along the dimensions of ``shape``, 0 where it is repeated."""
    lead = len(shape) - view.ndim
    repeated = zip(view.shape, shape[lead:], view.strides, strict=True)
    return (0,) * lead + tuple(0 if m == 1 != n else s for m, n, s in repeated)


def _stride_order(shape: Shape, operands: Sequence[Shape]) -> list[int]:
    """Dimensions from the fastest to the slowest, from the last to the first where the operands' strides do not say.

    An insertion sort, because the comparison knows "undecided", which does not stop the search for the place.
    """
    order = list(range(len(shape) - 1, -1, -1))
    for k in range(1, len(order)):
        at = k
        for j in range(k - 1, -1, -1):
            verdict = _compare(shape, operands, order[j], order[at])
            if verdict > 0:
                order[j], order[at] = order[at], order[j]
                at = j
            elif verdict < 0:
                break
    return order


def _compare(shape: Shape, operands: Sequence[Shape], a: int, b: int) -> int:
    """1 when dimension ``a`` should be slower than ``b``, -1 when faster, 0 when the operands do not say."""
    for strides in operands:
        s, t = strides[a], strides[b]
        if s == 0 or t == 0:
            continue
        if s < t:
            return -1
        if s > t or shape[a] > shape[b]:
            return 1
    return 0


def collapse(views: Sequence[View]) -> tuple[View, ...]:
    """Views of one shape with as few dimensions as express them all, and the same elements in the same order.

    Dimensions of size 1 go, and neighbours are merged where every view steps through them as through one.
    """
    shape: list[int] = []
    strides: list[list[int]] = [[] for _ in views]
    for d, n in enumerate(views[0].shape):
        if n == 1:
            continue
        steps = [view.strides[d] for view in views]
        if shape and all(known[-1] == step * n for known, step in zip(strides, steps, strict=True)):
            shape[-1] *= n
            for known, step in zip(strides, steps, strict=True):
                known[-1] = step
        else:
            shape.append(n)
            for known, step in zip(strides, steps, strict=True):
                known.append(step)
    return tuple(View.of(tuple(shape), tuple(known), view.offset) for known, view in zip(strides, views, strict=True))
