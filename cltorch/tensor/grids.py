"""Functions of whole tensors: grids and combinations, statistics of rows, differences and areas under curves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import Any

from .. import dtypes
from ..autograd.composite import in_float32, is_narrow
from ..autograd.names import called, shown_as
from ..autograd.remembered import remembered
from ..ops import rules
from ..ops.arguments import Number, Omitted, is_tensor, takes
from ..ops.names import public
from ..warned import warn
from .apply import stored
from .batching import slice_by_slice
from .creation import arange, zeros
from .factory import number
from .joining import cat, meshgrid, stack
from .tensor import Tensor
from .views import several
from .writes import need_apart


@public(method=False)
@shown_as("BlockDiagBackward0")
def block_diag(*tensors: Tensor) -> Tensor:
    """Matrices along the diagonal of one, zeros elsewhere. See torch.block_diag."""
    for k, t in enumerate(tensors):
        if t.dim() > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {k} has {t.dim()} dimensions"
            )
    if not tensors:
        return zeros(1, 0)
    blocks = [t.reshape(1, -1) if t.dim() < 2 else t for t in tensors]
    dtype, width = blocks[0].dtype, sum(t._cl_meta.shape[1] for t in blocks)
    for t in blocks[1:]:
        dtype = dtypes.promote_types(dtype, t.dtype)
    rows, before = [], 0
    for t in blocks:
        height, own = t._cl_meta.shape
        left = t._filled((height, before), 0, dtype, t._cl_meta.device)
        right = t._filled((height, width - before - own), 0, dtype, t._cl_meta.device)
        rows.append(cat([left, t.to(dtype), right], 1))
        before += own
    return cat(rows, 0)


@public(method=True)
@shown_as("UnsafeViewBackward0")
def kron(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Kronecker's product: ``other`` times each element of ``input``, side by side. See torch.kron."""
    if is_tensor(out):
        need_apart(out, (input, other), ("partial",))
    depth = max(input.dim(), other.dim())
    a = (1,) * (depth - input.dim()) + tuple(input.shape)
    b = (1,) * (depth - other.dim()) + tuple(other.shape)
    left = input.reshape(tuple(n for size in a for n in (size, 1)))
    right = other.reshape(tuple(n for size in b for n in (1, size)))
    return stored((left * right).reshape(tuple(m * n for m, n in zip(a, b, strict=True))), out, exact=False)


@public(method=False)
def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All ways to take ``r`` elements of a vector, a row each. See torch.combinations."""
    if input.dim() != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input._cl_meta.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    n = input.numel()
    if not r or (r > n and not with_replacement):
        return input._filled((0,) if not r else (0, r), 0, input.dtype, input._cl_meta.device)
    places = arange(n, device=input._cl_meta.device)
    grids = meshgrid(*[places] * r, indexing="ij")
    chosen = None
    for one, two in pairwise(grids):
        right = one <= two if with_replacement else one < two
        chosen = right if chosen is None else chosen & right
    if chosen is None:
        return stack([input], 1)
    return stack([input.index_select(0, grid.masked_select(chosen)) for grid in grids], 1)


@public(method=False)
def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """Powers of a vector's elements, a row each. See torch.vander."""
    if x.dim() != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = x.numel() if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    kind = x.dtype if x.is_floating_point() or x.is_complex() else dtypes.int64
    if not count:
        return x._filled((x.numel(), 0), 0, kind, x._cl_meta.device)
    one = x._filled((x.numel(), 1), 1, kind, x._cl_meta.device)
    powers = cat([one, x.to(kind).unsqueeze(1).expand(x.numel(), count - 1)], 1).cumprod(1)
    return powers if increasing else powers.flip(1)


# --- statistics of rows ---------------------------------------------------------------------------------------------------


@public(method=True)
@shown_as("SqueezeBackward0")
def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
) -> Tensor:
    """The covariance matrix of variables (rows) from observations (columns), perhaps weighted. See torch.cov."""
    if input.dim() > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {input.dim()} dimensions"
        )
    if input.dtype is dtypes.bool:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = input.reshape(1, -1) if input.dim() < 2 else input
    rows = rows if rows.is_floating_point() or rows.is_complex() else rows.to(dtypes.get_default_dtype())
    weights = None
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is None:
            continue
        if given.dim() > 1:
            raise RuntimeError(
                f"cov(): expected {name} to have one or fewer dimensions but got {name} with {given.dim()} dimensions"
            )
        integral = not given.dtype.differentiable and given.dtype is not dtypes.bool
        if not (integral if name == "fweights" else given.is_floating_point()):
            raise RuntimeError(
                f"cov(): expected {name} to have {'integral' if name == 'fweights' else 'floating point'} dtype but got "
                f"{name} with {given.dtype.title} dtype"
            )
        if given.numel() != rows._cl_meta.shape[1]:
            raise RuntimeError(
                f"cov(): expected {name} to have the same numel as there are observations in the input but got {given.numel()} "
                f"!= {rows._cl_meta.shape[1]}"
            )
        if bool((given < 0).any().item()):
            raise RuntimeError(f"cov(): {name} cannot be negative")
        weights = given if weights is None else weights * given
    n = rows._cl_meta.shape[1]
    if weights is None:
        if n - correction <= 0:
            warn(
                "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations."
            )
        return _covariance(rows, max(n - correction, 0))
    total = weights.sum()
    mean = (rows * weights).sum(1, keepdim=True) / total
    scale = total - correction if aweights is None else total - correction * (weights * aweights).sum() / total
    centred = rows - mean
    return _as_number(_products(centred * weights, centred) / scale.clamp(min=0))


@remembered
def _covariance(rows: Tensor, scale: float) -> Tensor:
    """Products of what rows are beyond their means, by ``scale``."""
    centred = rows - (rows.mean(1, keepdim=True) if rows._cl_meta.shape[1] else rows.sum(1, keepdim=True))
    return _as_number(_products(centred, centred).true_divide(float(scale)))


def _products(one: Tensor, two: Tensor) -> Tensor:
    """Of each row with each conjugated row."""
    return one @ (two.t().conj() if two.is_complex() else two.t())


def _as_number(made: Tensor) -> Tensor:
    """The covariance of one variable has no dimension."""
    return made.reshape(()) if made.numel() == 1 else made


@public(method=True)
def corrcoef(input: Tensor) -> Tensor:
    """The correlation coefficients of variables (rows). See torch.corrcoef."""
    if input.dim() > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {input.dim()} dimensions"
        )
    made = cov(input)
    if not made.dim():
        return made / made
    deviation = (made.diagonal().real if made.is_complex() else made.diagonal()).sqrt()
    made = made / deviation.unsqueeze(1) / deviation.unsqueeze(0)
    return made if made.is_complex() else made.clamp(-1, 1)


# --- areas and slopes -----------------------------------------------------------------------------------------------------


def _areas(name: str, y: Tensor, x: Any, dx: Any, dim: int) -> tuple[Tensor, int]:
    """Areas of the trapezoids between neighbours along a dimension."""
    at = rules.wrap_dim(dim, y.dim())
    n = y._cl_meta.shape[at]
    sides = y.narrow(at, 0, max(n - 1, 0)) + y.narrow(at, min(1, n), max(n - 1, 0))
    if x is None:
        if isinstance(dx, (bool, complex)):
            raise RuntimeError(f"{name}: Currently, we only support dx as a real number.")
        return sides * (dx / 2), at
    if x.dtype is dtypes.bool:
        raise RuntimeError(f"{name}: received a bool input for `x` or `y`, but bool is not supported")
    if x.dim() == 1 and x.numel() != n:
        raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
    width = x.diff().reshape(tuple(-1 if d == at else 1 for d in range(y.dim()))) if x.dim() == 1 else None
    if width is None:
        shape = (1,) * max(y.dim() - x.dim(), 0) + tuple(x._cl_meta.shape)
        wide = x.reshape(shape)
        width = wide.diff(dim=rules.wrap_dim(dim, wide.dim()))
    return sides * width / 2, at


@public(aliases="trapz", method=False)
@takes("trapezoid", "half wide integer complex")
def trapezoid(y: Tensor, x: Tensor | Omitted = None, *, dx: Number = 1, dim: int = -1) -> Tensor:
    """The area under ``y`` along ``dim`` by the trapezoidal rule. See torch.trapezoid."""
    at = rules.wrap_dim(dim, y.dim())
    if y.dim() and not y._cl_meta.shape[at]:
        return y.sum(at).to(y.dtype)
    if x is None and not y.dtype.differentiable:  # integers add up before they are scaled, which bytes could not hold
        sides, at = _areas("trapezoid", y.to(dtypes.int64), x, dx, dim)
        return sides.sum(at)
    if x is not None and is_narrow(y.dtype):
        y = y.to(dtypes.promote_types(y.dtype, x.dtype))
    return called(_trapezoid(y, x, dx, dim), f"{'Mul' if x is None else 'Div'}Backward1")


@in_float32
def _trapezoid(y: Tensor, x: Tensor | None, dx: Number, dim: int) -> Tensor:
    areas, at = _areas("trapezoid", y, x, dx, dim)
    return areas.sum(at)


@public(method=False)
@takes("cumulative_trapezoid", "half wide integer complex")
def cumulative_trapezoid(y: Tensor, x: Tensor | Omitted = None, *, dx: Number = 1, dim: int = -1) -> Tensor:
    """Running areas under ``y`` along ``dim`` by the trapezoidal rule. See torch.cumulative_trapezoid."""
    areas, at = _areas("cumulative_trapezoid", y, x, dx, dim)
    return areas.cumsum(at)


@public(method=False)
def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Tensor, ...]:
    """Slopes of ``input`` along each dimension, to second order; ``spacing`` is one step, one a dimension, or coordinates.

    See torch.gradient.
    """
    spacing = 1 if spacing is None else spacing
    if isinstance(spacing, (list, tuple)):
        for s in filter(is_tensor, spacing):
            if s.dim() != 1:
                raise RuntimeError(
                    "torch.gradient expected each element of spacing to have one dimension, but got an element with "
                    f"{s.dim()} dimensions!"
                )
            if s.device != input.device:
                raise RuntimeError(
                    "torch.gradient expected each tensor to be on the same device, but got devices "
                    f"{input.device} and {s.device}!"
                )
        spacing = [s if is_tensor(s) else number(s) for s in spacing]
    elif not is_tensor(spacing):
        spacing = number(spacing)
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    if input.dtype is dtypes.uint8:
        raise RuntimeError("torch.gradient does not support uint8 input.")
    given = isinstance(spacing, (list, tuple))
    if dim is None:
        dims = tuple(range(input.dim()))
    else:
        dims = several(dim, "dim")
    spacings = list(spacing) if given else [spacing] * len(dims)
    if len(spacings) != len(dims):
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar or "
            + (
                f"a list of length {len(dims)} but got a list of length {len(spacings)}"
                if dim is None
                else "it's spacing and dim arguments to have the same length, but got a spacing argument of length "
                f"{len(spacings)} and a dim argument of length {len(dims)}."
            )
        )
    dims = tuple(rules.wrap_dim(d, input.dim()) for d in dims)
    rules.wrap_dims(dims, input.dim())  # refuses one that is named twice
    for d in dims:
        if input._cl_meta.shape[d] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    return tuple(_slope(input, d, step, edge_order) for d, step in zip(dims, spacings, strict=True))


def _slope(t: Tensor, d: int, step: Any, order: int) -> Tensor:
    """Slopes along one dimension."""
    n = t._cl_meta.shape[d]

    def part(start: int, count: int) -> Tensor:
        return t.narrow(d, start, count)

    if is_tensor(step) and step.dim():
        steps = step.diff().reshape(tuple(-1 if k == d else 1 for k in range(t.dim())))
        before, after = steps.narrow(d, 0, n - 2), steps.narrow(d, 1, n - 2)
        inner = (
            part(0, n - 2) * (-after / (before * (before + after)))
            + part(1, n - 2) * ((after - before) / (before * after))
            + part(2, n - 2) * (before / (after * (before + after)))
        )
        first, second, last, next_last = (steps.narrow(d, k, 1) for k in (0, min(1, n - 2), n - 2, max(n - 3, 0)))
    else:
        inner = (part(2, n - 2) - part(0, n - 2)) / (2 * step)
        first = second = last = next_last = step
    if order == 1:
        left, right = (part(1, 1) - part(0, 1)) / first, (part(n - 1, 1) - part(n - 2, 1)) / last
    elif not (is_tensor(step) and step.dim()):
        left = (part(0, 1) * -1.5 + part(1, 1) * 2.0 - part(2, 1) * 0.5) / step
        right = (part(n - 3, 1) * 0.5 - part(n - 2, 1) * 2.0 + part(n - 1, 1) * 1.5) / step
    else:
        left = (
            part(0, 1) * (-(2 * first + second) / (first * (first + second)))
            + part(1, 1) * ((first + second) / (first * second))
            + part(2, 1) * (-first / (second * (first + second)))
        )
        right = (
            part(n - 3, 1) * (last / (next_last * (next_last + last)))
            + part(n - 2, 1) * (-(next_last + last) / (next_last * last))
            + part(n - 1, 1) * ((2 * last + next_last) / (last * (next_last + last)))
        )
    return cat([left, inner, right], d)


@public(method=True)
@shown_as("DistBackward0")
def dist(input: Tensor, other: Tensor, p: Number = 2) -> Tensor:
    """The p-norm of the difference of two tensors. See torch.dist."""
    return (input - other).norm(p)


@public(method=True, inplace=True)
@shown_as("RenormBackward0")
def renorm(input: Tensor, p: Number, dim: int, maxnorm: Number, *, out: Tensor | None = None) -> Tensor:
    """Slices along ``dim`` scaled down so that none has a p-norm above ``maxnorm``. See torch.renorm."""
    if not p > 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if input.dim() < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.dim()} dimensions")
    at = rules.wrap_dim(dim, input.dim())
    others = tuple(d for d in range(input.dim()) if d != at)
    size = input.norm(p, others, keepdim=True, dtype=dtypes.float32 if is_narrow(input.dtype) else None)
    factor = (maxnorm / (size + 1e-7)).where(size > maxnorm, 1.0)
    made = (input * factor.to(input.dtype)).contiguous()
    return stored(made, out)


@public(method=True)
@slice_by_slice
def nonzero_static(input: Tensor, *, size: int, fill_value: int = -1, out: Tensor | None = None) -> Tensor:
    """The first ``size`` rows of `nonzero`, filled up with rows of ``fill_value``. See torch.nonzero_static."""
    fill_value = rules.integer(fill_value, "fill_value")
    if size < 0:
        raise RuntimeError(f"nonzero_static: 'size' must be an non-negative integer, but got {size}")
    found = input.nonzero()[:size].contiguous()
    missing = size - found._cl_meta.shape[0]
    if missing:
        rest = found._filled((missing, found._cl_meta.shape[1]), fill_value, dtypes.int64, found._cl_meta.device)
        found = cat([found, rest], 0)
    return stored(found, out)


@public(method=False)
def empty_permuted(
    size: Any, physical_layout: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """A tensor whose dimensions lie in memory in the order ``physical_layout`` (zeros here). See torch.empty_permuted."""
    size, physical_layout = rules.integers(size, "size"), rules.integers(physical_layout, "physical_layout")
    count = len(size)
    if len(physical_layout) != count:
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. "
            f"len(size) = {count} is not equal to len(physical_layout) = {len(physical_layout)}"
        )
    for k, d in enumerate(physical_layout):
        if not 0 <= d < count:
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {count - 1}, but got {d} at index {k}).  NB: negative "
                "dims not currently supported; file an issue if you want it."
            )
    if len(set(physical_layout)) < count:
        raise RuntimeError("Duplicate dim not allowed")
    made = zeros(tuple(size[d] for d in physical_layout), dtype=dtype, device=device)
    back = tuple(list(physical_layout).index(d) for d in range(len(size)))
    return made.permute(back).requires_grad_(requires_grad)


def _check_chunks(tensors: Any, dim: int, num_chunks: int) -> None:
    """RuntimeError for what `_chunk_cat` refuses."""
    if not tensors:
        raise RuntimeError("_chunk_cat expects a non-empty input tensor list")
    if num_chunks <= 0:
        raise RuntimeError("_chunk_cat expects positive num_chunks")
    if not all(t.numel() for t in tensors):
        raise RuntimeError("_chunk_cat expects non-empty tensor")
    if dim < 0 and len({t.dim() for t in tensors}) > 1:
        raise RuntimeError("_chunk_cat expects non-negative dim when input tensors have different ndims")
    at = rules.wrap_dim(dim, tensors[0].dim()) if dim < 0 else dim
    if any(at >= t.dim() for t in tensors):
        raise RuntimeError("_chunk_cat expects dim < ndim for all input tensors")
    if len({tuple(t.shape[:at]) for t in tensors}) > 1:
        raise RuntimeError("_chunk_cat expects same sizes of 0,...,dim-1 dimensions for all tensors")


@public(method=False)
def _chunk_cat(tensors: Any, dim: int, num_chunks: int, *, out: Tensor | None = None) -> Tensor:
    """Chunks of several tensors, padded with zeros to equal length, side by side. See torch._chunk_cat."""
    _check_chunks(tensors, dim, num_chunks)
    at = rules.wrap_dim(dim, tensors[0].dim())
    parts = []
    for t in tensors:
        shape = t._cl_meta.shape
        length = -(-shape[at] // num_chunks)
        pad = length * num_chunks - shape[at]
        if pad:
            rest = t._filled((*shape[:at], pad, *shape[at + 1 :]), 0, t.dtype, t._cl_meta.device)
            t = cat([t, rest], at)
        parts.append(t.reshape((*shape[:at], num_chunks, -1)))
    made = cat(parts, -1)
    return stored(made, out, exact=False)


@public()
def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """The coordinates, a tensor for each dimension of ``shape``, of flat positions in row-major order. See torch.unravel_index."""
    if indices.is_complex() or indices.is_floating_point() or indices.dtype is dtypes.bool:
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    if not isinstance(shape, (int, Sequence)):
        raise TypeError(f"expected 'shape' to be int or sequence of ints, but got {type(shape)}")
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    for n in sizes:
        if not isinstance(n, int):
            raise TypeError(f"expected 'shape' sequence to only contain ints, but got {type(n)}")
        rules.integer(int(n))
    if any(n < 0 for n in sizes):
        raise ValueError(f"'shape' cannot have negative values, but got {sizes}")
    if 0 in sizes and indices.numel():
        raise RuntimeError("ZeroDivisionError")
    steps = [prod(sizes[d + 1 :]) for d in range(len(sizes))]
    found = [indices.long().floor_divide(max(step, 1)) % max(n, 1) for n, step in zip(sizes, steps, strict=True)]
    return stack(found, -1).unbind(-1) if found else ()


@public()
def repeat_interleave(
    input: Tensor | Omitted = None,
    repeats: Tensor | int | Omitted = None,
    dim: int | None = None,
    *,
    output_size: int | None = None,
) -> Tensor:
    """Every element (or position along ``dim``) repeated in its place, as often as ``repeats`` says; with one tensor that is
    what it holds, and what is repeated are the positions. See torch.repeat_interleave."""
    if input is None or repeats is None:
        counts = repeats if input is None else input
        if not is_tensor(counts):
            raise TypeError(
                f"repeat_interleave() received an invalid combination of arguments - got ({type(counts).__name__})"
            )
        if counts.dtype not in (dtypes.int32, dtypes.int64):
            raise NotImplementedError(f"\"repeat_interleave_cpu\" not implemented for '{counts.dtype.title}'")
        if counts.dim() != 1:
            raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
        input, repeats, dim = counts._range(0, 1, counts.numel()).to(counts.dtype), counts, 0
    return input.repeat_interleave(repeats, dim, output_size=output_size)
