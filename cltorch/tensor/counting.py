"""What occurs, how often and where: unique, isin, searchsorted, histograms, bincount."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.flat import without_derivative
from ..autograd.modes import no_grad
from ..ops import heavy, rules
from ..ops.arguments import Number, also_named, is_tensor, need_kind, takes
from ..ops.names import public
from ..warned import NOT_CONTIGUOUS, warn_once
from .apply import apply, stored
from .batching import slice_by_slice
from .known import check_range, within
from .return_types import named

if TYPE_CHECKING:
    from .tensor import Tensor

_HISTOGRAM = named("histogram", "hist bin_edges")
_HISTOGRAMDD = named("histogramdd", "hist bin_edges")
INTEGERS = (dtypes.int32, dtypes.int64)


class Counting:
    """Methods of Tensor that find and count elements."""

    __slots__ = ()

    # --- what occurs -------------------------------------------------------------------------------------------------

    @public(out=False)
    def unique(
        self: Tensor,
        sorted: bool = True,
        return_inverse: bool = False,
        return_counts: bool = False,
        dim: int | None = None,
    ) -> Any:
        """The distinct elements (or slices along ``dim``) in order; where each is among them, and how often, if asked for."""
        with no_grad():
            source = self.detach()
            if dim is None:
                values, order = source.reshape(-1)._ordered(0, False)
                first = _starts(values.reshape(-1, 1))
            else:
                at = rules.wrap_dim(dim, self.dim())
                rows = _as_rows(source, at)
                order = _lexical(rows)
                values = source.index_select(at, order)
                first = _starts(rows.index_select(0, order))
            found = _groups(self, values, first, order, dim, return_inverse, return_counts)
        op, name = ("_unique2", "Unique2Backward0") if dim is None else ("unique_dim", "UniqueDimBackward0")
        return without_derivative(found, op, self, name=name)

    @public(out=False)
    @takes("unique", "half wide integer bool")
    def unique_consecutive(
        self: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
    ) -> Any:
        """The elements (or slices along ``dim``) that differ from the one before; positions and counts as `unique`."""
        with no_grad():
            source = self.detach()
            if dim is None:
                values = source.reshape(-1)
                first = _starts(values.reshape(-1, 1))
            else:
                at = rules.wrap_dim(dim, self.dim())
                values = source
                first = _starts(_as_rows(source, at))
            found = _groups(self, values, first, None, dim, return_inverse, return_counts)
        return without_derivative(found, "unique_consecutive", self, name="UniqueConsecutiveBackward0")

    # --- where it would be -------------------------------------------------------------------------------------------

    @public(out=False)
    @slice_by_slice
    def bincount(self: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
        """How often each non-negative integer occurs, or the sum of its weights."""
        if self.is_floating_point() or self.is_complex() or self.dtype is dtypes.bool:
            raise NotImplementedError(f"\"bincount_cpu\" not implemented for '{self.dtype.title}'")
        if self.dim() != 1:
            raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
        if minlength < 0:
            raise RuntimeError("minlength should be >= 0")
        if not self.numel():
            return self._filled((minlength,), 0, dtypes.int64, self._cl_meta.device)
        if weights is not None and weights._cl_meta.shape != self._cl_meta.shape:
            raise RuntimeError("weights should be 1-d and have the same length as input")
        least, most = (int(end.item()) for end in self.aminmax())
        if least < 0:
            raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
        count = max(minlength, most + 1)
        if weights is None:
            weights = self._filled((), 1, dtypes.int64, self._cl_meta.device).expand(self._cl_meta.shape)
        elif weights.dtype is not dtypes.float32:
            weights = weights.double()
        return self._filled((count,), 0, weights.dtype, self._cl_meta.device).index_add(0, self.long(), weights)

    @public()
    def histc(self: Tensor, bins: int = 100, min: Number = 0, max: Number = 0) -> Tensor:
        """How many elements lie in each of ``bins`` equal parts of [min, max] (of what there is, if both are equal)."""
        if not self.is_floating_point():
            raise NotImplementedError(f"\"histogram_cpu\" not implemented for '{self.dtype.title}'")
        bins = rules.integer(bins, "bins")
        if bins <= 0:
            raise RuntimeError("bins must be > 0")
        low, high = _limits(self, self._as_own_number(min), self._as_own_number(max), "histc")
        return _hist(self.detach().reshape(-1), bins, low, high).to(self.dtype)

    @public()
    @takes("histogramdd", "half wide")
    @slice_by_slice
    def histogram(
        self: Tensor,
        bins: int | Tensor = 100,
        *,
        range: Sequence[float] | None = None,
        weight: Tensor | None = None,
        density: bool = False,
    ) -> Any:
        """Counts (or sums of weights) between edges, given as a tensor, or a number of equal parts; and the edges."""
        flat = self.detach().reshape(-1, 1)
        _need_weights(weight, self._cl_meta.shape)
        found, edges = _histogram(flat, [bins], range, weight, density, "histogram")
        return without_derivative(_HISTOGRAM((found, edges[0])), "histogram", self, weight)


def _as_rows(t: Tensor, at: int) -> Tensor:
    """The slices along a dimension, a row each."""
    shape = t._cl_meta.shape
    if shape[at] and not t._cl_meta.view.numel:
        raise RuntimeError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
    return t.movedim(at, 0).reshape(shape[at], prod(n for d, n in enumerate(shape) if d != at))


def _starts(rows: Tensor) -> Tensor:
    """Whether each row differs from the one before; the first does."""
    n = rows._cl_meta.shape[0]
    new = (rows[1:] != rows[:-1]).any(1) if rows._cl_meta.shape[1] != 1 else (rows[1:] != rows[:-1]).reshape(-1)
    return rows._joined([rows._filled((min(1, n),), True, dtypes.bool, rows._cl_meta.device), new], 0)


def _lexical(rows: Tensor) -> Tensor:
    """The order of rows by their first element, then their second and so on."""
    order = rows._range(0, 1, rows._cl_meta.shape[0])
    for column in reversed(range(rows._cl_meta.shape[1])):
        order = order.index_select(0, rows[:, column].index_select(0, order).argsort(0, stable=True))
    return order


def _groups(
    whole: Tensor, values: Tensor, first: Tensor, order: Tensor | None, dim: int | None, inverse: bool, counts: bool
) -> Any:
    """The first of each group of equal ones; the group of every element, and how many each has, where asked for."""
    starts = first._true_positions(False)
    results = [values.index_select(0 if dim is None else dim, starts)]
    if inverse:
        group = first.cumsum(0) - 1
        placed = group if order is None else group.scatter(0, order, group)
        results.append(placed.reshape(whole._cl_meta.shape) if dim is None else placed)
    if counts:
        end = starts._filled((1,), first.numel(), dtypes.int64, whole._cl_meta.device)
        results.append(starts._joined([starts, end], 0).diff())
    return results[0] if len(results) == 1 else tuple(results)


@public(method=False)
@also_named(element="elements", test_element="test_elements")
def isin(
    elements: complex | Tensor,
    test_elements: complex | Tensor,
    *,
    assume_unique: bool = False,
    invert: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Whether each element is one of ``test_elements``. See torch.isin."""
    if not is_tensor(elements) and not is_tensor(test_elements):
        raise TypeError("isin() received an invalid combination of arguments: one must be Tensor")
    for one in (elements, test_elements):
        kind = one.dtype if is_tensor(one) else dtypes.of_scalar(type(one))
        if kind.is_complex or kind is dtypes.bool:
            raise RuntimeError(f"Unsupported input type encountered for isin(): {kind.title}")
    if not is_tensor(elements) and is_tensor(test_elements):
        elements = test_elements._filled((), elements, dtypes.of_scalar(type(elements)), test_elements._cl_meta.device)
    asked: Any = elements
    with no_grad():
        found = _among(asked, test_elements) if is_tensor(test_elements) else asked == test_elements
        return stored(~found if invert else found, out)


def _among(elements: Tensor, wanted: Tensor) -> Tensor:
    """Where an element is one of those wanted: by comparing with each of a few, else by search."""
    kind = dtypes.promote_types(elements.dtype, wanted.dtype)
    wanted, asked = wanted.detach().reshape(-1).to(kind), elements.detach().to(kind)
    if not wanted.numel():
        return elements._filled(elements._cl_meta.shape, False, dtypes.bool, elements._cl_meta.device)
    if wanted.numel() <= 16:
        return (asked.unsqueeze(-1) == wanted).any(-1)
    ordered = wanted.sort().values
    places = searchsorted(ordered, asked.contiguous()).clamp(max=wanted.numel() - 1)
    return ordered.index_select(0, places.reshape(-1)).reshape(asked._cl_meta.shape) == asked


@public(method=False)
def searchsorted(
    sorted_sequence: Tensor,
    input: Number | Tensor,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Where values would have to be put into sorted rows so that they stay sorted. See torch.searchsorted."""
    if side is not None and side not in ("left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    if sorter is not None and sorter.dtype is not dtypes.int64:
        raise RuntimeError(
            f"torch.searchsorted(): sorter must be a tensor of long dtype but got dtype {sorter.dtype.title}"
        )
    for what, given in (("input value", input), ("boundary", sorted_sequence), ("sorter", sorter)):
        if is_tensor(given) and not given.is_contiguous():
            warn_once(NOT_CONTIGUOUS.format(what))
    if sorter is not None and sorted_sequence.dim():
        last = sorted_sequence._cl_meta.shape[-1] - 1
        check_range(sorter, 0, last, RuntimeError, "torch.searchsorted(): sorter index out of range")
    with no_grad():
        if not is_tensor(input):
            if sorted_sequence.dtype is dtypes.bool:
                sorted_sequence = sorted_sequence.to(dtypes.of_scalar(type(input)))
            kind = dtypes.of_scalar(type(input)) if isinstance(input, float) else sorted_sequence.dtype
            kind = sorted_sequence.dtype if sorted_sequence.dtype.is_floating_point else kind
            input = sorted_sequence._filled((), input, kind, sorted_sequence._cl_meta.device)
        if sorted_sequence.is_complex() or input.is_complex() or input.dtype is sorted_sequence.dtype is dtypes.bool:
            raise NotImplementedError(f"\"searchsorted_out_cpu\" not implemented for '{sorted_sequence.dtype.title}'")
        if input.dtype is not sorted_sequence.dtype:
            wide = dtypes.promote_types(input.dtype, sorted_sequence.dtype)
            input, sorted_sequence = input.to(wide), sorted_sequence.to(wide)
        made = _search(sorted_sequence, input, out_int32, right or side == "right", sorter)
    if is_tensor(out) and out.dtype is not made.dtype:
        raise RuntimeError(
            "torch.searchsorted(): output tensor's dtype is wrong, it can only be Int(int32) or Long(int64) depending on whether "
            f"out_int32 flag is True, but we got output tensor's dtype {out.dtype.title} and out_int32 flag is {out_int32}"
        )
    return stored(made, out)


def _search(edges: Tensor, values: Tensor, out_int32: bool, right: bool, sorter: Tensor | None) -> Tensor:
    shape, mine = edges._cl_meta.shape, values._cl_meta.shape
    shared = len(shape) == 1
    if not mine and not shared:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries "
            f"tensor dim({len(shape)}) and input value's dim(0) numel(1)"
        )
    if not shape:
        raise RuntimeError("torch.searchsorted(): boundary tensor should have positive dimension, but got 0 dimension")
    if not shared and (len(mine) != len(shape) or mine[:-1] != shape[:-1]):
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor "
            f"and input value tensor must match, but we got boundaries tensor {list(shape)} and input value tensor {list(mine)}"
        )
    rows, m = (1, prod(mine)) if shared else (prod(mine[:-1]), mine[-1])
    out = dtypes.int32 if out_int32 else dtypes.int64
    params = (rows, shape[-1], m, out, right, shared)
    given = (edges.detach()._dense(), values.detach()._dense())
    if sorter is None:
        return apply(heavy.search_rows, given, params)
    if sorter._cl_meta.shape != shape:
        raise RuntimeError(
            f"torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor {list(shape)}and got "
            f"sorter tensor {list(sorter._cl_meta.shape)}"
        )
    return apply(heavy.search_ordered, (*given, within(sorter, shape[-1])._dense()), params)


@public(method=False)
def bucketize(
    input: Number | Tensor,
    boundaries: Tensor,
    *,
    out_int32: bool = False,
    right: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Between which boundaries each element lies. See torch.bucketize."""
    if boundaries.dim() != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.dim()})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right, out=out)


# --- histograms -----------------------------------------------------------------------------------------------------------


def _limits(t: Tensor, low: float, high: float, name: str, given: bool = False, d: int = 0) -> tuple[float, float]:
    """The range of a histogram: as given, or what there is (widened where that is one number)."""
    if low == high and t.numel() and not given:
        least, most = t.detach().reshape(-1).aminmax()
        low, high = float(least.item()), float(most.item())
    if low == high and not t.numel() and name != "histc":
        low, high = 0.0, 1.0
    elif low == high:
        widening = 1.0 if name == "histc" else 0.5
        low, high = low - widening, high + widening
    if not abs(low) < float("inf") or not abs(high) < float("inf"):
        if name == "histc":
            raise RuntimeError(f"torch.histc: range of [{low}, {high}] is not finite")
        raise RuntimeError(f"torch.histogramdd: dimension {d}'s range [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError(f"torch.{name}: max must be larger than min")
    return low, high


def _hist(flat: Tensor, bins: int, low: float, high: float) -> Tensor:
    """Counts in equal parts, as int64; what lies outside is put into a part behind the last, which is cut off."""
    place = ((flat - low) * bins / (high - low)).floor().clamp(max=bins - 1)
    place = place.where((flat >= low) & (flat <= high), float(bins)).long()
    ones = flat._filled((), 1, dtypes.int64, flat._cl_meta.device).expand(flat._cl_meta.shape)
    return flat._filled((bins + 1,), 0, dtypes.int64, flat._cl_meta.device).index_add(0, place, ones)[:bins]


def _need_weights(weight: Tensor | None, shape: tuple[int, ...]) -> None:
    if weight is not None and weight._cl_meta.shape != shape:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor excluding its innermost "
            f"dimension, but got input with shape {[*shape, 1]} and weight with shape {list(weight.shape)}"
        )


def _histogram(points: Tensor, bins: list[Any], range_: Any, weight: Any, density: bool, name: str) -> Any:
    """Counts of points (n, dimensions) between the edges of each dimension; and the edges."""
    if weight is not None and weight.dtype is not points.dtype:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the same dtype, but got "
            f"input({points.dtype.c_name}), and weight({weight.dtype.c_name})"
        )
    edges, places, size = [], [], []
    inside: Any = None
    for d, wanted in enumerate(bins):
        column = points[:, d]
        if not is_tensor(wanted):
            need_kind("histogramdd", ("half", "wide") if range_ else ("wide",), points._cl_meta.dtype)
            if wanted <= 0:
                raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {wanted} for dimension {d}")
            given = (range_[2 * d], range_[2 * d + 1]) if range_ else (0.0, 0.0)
            if given[0] > given[1]:
                raise RuntimeError(
                    f"torch.histogramdd: min should not exceed max, but got min {given[0]:g} max {given[1]:g} for dimension {d}"
                )
            low, high = _limits(column, float(given[0]), float(given[1]), name, bool(range_), d)
            at = points._range(0, 1, wanted + 1)
            step, steps = (high - low) / wanted, at.to(points.dtype)
            wanted = (steps * step + low).where(at < (wanted + 1) // 2, (wanted - steps) * -step + high)
        if wanted.dtype is not points.dtype:
            raise RuntimeError(
                "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with dtype "
                f"{points.dtype.c_name} and bins for dimension {d} with dtype {wanted.dtype.c_name}"
            )
        if wanted.dim() != 1:
            raise RuntimeError(
                f"torch.histogramdd: bins tensor should have one dimension, but got {wanted.dim()} dimensions in the bins tensor "
                f"for dimension {d}"
            )
        if not wanted.numel():
            raise RuntimeError(
                "torch.histogramdd: bins tensor should have at least 1 element, but got 0 elements in the bins tensor for "
                f"dimension {d}"
            )
        if wanted.numel() == 1:
            raise RuntimeError(f"torch.histogram(): bins must be > 0, but got 0 for dimension {d}")
        count = wanted.numel() - 1
        place = searchsorted(wanted, column.contiguous(), right=True) - 1
        place = place.where(column != wanted[-1], count - 1)
        valid = (column >= wanted[0]) & (column <= wanted[-1])
        inside = valid if inside is None else inside & valid
        edges.append(wanted)
        places.append(place)
        size.append(count)
    if not places:
        return points._filled((), 0, points.dtype, points._cl_meta.device), []
    flat = places[0]
    for place, count in zip(places[1:], size[1:], strict=True):
        flat = flat * count + place
    flat = flat.where(inside, prod(size))
    weight = points._filled((), 1, points.dtype, points._cl_meta.device) if weight is None else weight.reshape(-1)
    found = points._filled((prod(size) + 1,), 0, points.dtype, points._cl_meta.device)
    found = found.index_add(0, flat, weight.expand(flat._cl_meta.shape))[:-1].reshape(tuple(size))
    if density:
        found = found / found.sum()
        for d, edge in enumerate(edges):
            found = found / edge.diff().reshape(tuple(-1 if k == d else 1 for k in range(len(size))))
    return found, edges


@public(method=False)
@takes("histogramdd", "half wide")
def histogramdd(
    input: Tensor,
    bins: int | Sequence[int] | Sequence[Tensor],
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> Any:
    """The histogram of points (..., dimensions) between edges in each dimension; and the edges. See torch.histogramdd."""
    if input.dim() < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    dims = input._cl_meta.shape[-1]
    wanted = [bins] * dims if not isinstance(bins, (list, tuple)) else list(bins)
    if len(wanted) != dims:
        raise RuntimeError("histogramdd: The size of bins must be equal to the innermost dimension of the input.")
    if range is not None and len(range) != 2 * dims:
        raise RuntimeError(
            f"torch.histogramdd: for a {dims}-dimensional histogram range should have {2 * dims} elements, but got {len(range)}"
        )
    points = input.detach().reshape(prod(input._cl_meta.shape[:-1]), dims)
    found, edges = _histogram(points, wanted, range, weight, density, "histogramdd")
    return without_derivative(_HISTOGRAMDD((found, tuple(edges))), "_histogramdd_from_bin_cts", input, weight)


@public()
def count_nonzero(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """How many elements are not zero, of all or along dimensions; int64. See torch.count_nonzero."""
    return input.count_nonzero(dim)
