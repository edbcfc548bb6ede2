"""Resizing. See torch.nn.functional.interpolate.

Every mode is linear and works along one dimension at a time: a result is a weighted sum of few inputs that lie together, and
the gradient of an input a weighted sum of few gradients. `_band` makes both lists of places and weights, once for each size.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, floor, prod
from typing import Any

from ... import dtypes
from ...autograd.composite import composite
from ...autograd.names import called
from ...ops.autocast import autocasting
from ...ops.rules import integers
from ...ops.taps import taps_along
from ...tensor.apply import apply
from ...tensor.cat import of_its_own
from ...tensor.creation import arange
from ...tensor.planes import lying_as
from ...tensor.tensor import Tensor
from ...warned import warn
from .adaptive_pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d

__all__ = ["interpolate", "upsample", "upsample_bilinear", "upsample_nearest"]

_MODES = {  # mode: the number of the input's dimensions, and what is done along each
    **{"linear": (3, "linear"), "bilinear": (4, "linear"), "trilinear": (5, "linear"), "bicubic": (4, "cubic")},
    "lanczos": (4, "lanczos"),
    **{"nearest": (0, "nearest"), "nearest-exact": (0, "exact"), "area": (0, "area")},
}
_REACH = {"nearest": 1.0, "exact": 1.0, "linear": 1.0, "cubic": 2.0}
_SMOOTH_REACH = {
    "linear_smooth": 1.0,
    "cubic_smooth": 2.0,
    "lanczos_smooth": 3.0,
}  # with ``antialias``, of an upsampled image
_AREA = {3: adaptive_avg_pool1d, 4: adaptive_avg_pool2d, 5: adaptive_avg_pool3d}


def interpolate(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """(N, C, ...) with one to three spatial dimensions resized to ``size`` or by ``scale_factor``; ``mode`` is ``nearest``,
    ``nearest-exact``, ``area``, ``linear``, ``bilinear``, ``trilinear``, ``bicubic`` (Keys 1981, a = -0.75) or ``lanczos`` (Duchon 1979, of three lobes; with ``antialias`` only)."""
    out, factors = _sizes(input, size, scale_factor, mode, align_corners, recompute_scale_factor)
    if antialias and not (mode in ("bilinear", "bicubic", "lanczos") and input.dim() == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )
    if mode == "lanczos" and not antialias:
        raise ValueError("Lanczos mode requires antialias=True")
    if mode == "lanczos" and align_corners:
        raise ValueError("Lanczos mode does not support align_corners=True")
    dims, kind = _MODES.get(mode, (-1, ""))
    if not kind or input.dim() not in (3, 4, 5):
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.dim()}D) for the modes: nearest | linear | "
            f"bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})"
        )
    if dims and input.dim() != dims:
        raise NotImplementedError(f"Got {input.dim()}D input, but {mode} mode needs {dims}D input")
    if min(out) < 1 or 0 in input._cl_meta.shape[1:]:
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input (H: {input.shape[-2]}, W: {input.shape[-1]}) "
            f"output (H: {out[-2] if len(out) > 1 else 1}, W: {out[-1]})"
        )
    if kind == "area":
        return _AREA[input.dim()](input, out)
    if not input.is_floating_point() and not (
        input.dtype is dtypes.uint8 and (kind in ("nearest", "exact") or input.dim() == 4)
    ):
        raise NotImplementedError(f"\"upsample_{mode}\" not implemented for '{input.dtype.title}'")
    made = resized(input, f"{kind}_smooth" if antialias else kind, out, factors, bool(align_corners))
    made = of_its_own(lying_as(made, input), input)
    words = "".join(word.capitalize() for word in mode.split("-"))
    return called(made, f"Upsample{words}{input.dim() - 2}D{'Aa' * antialias}Backward0")


@autocasting
def resized(
    input: Tensor, kind: str, out: tuple[int, ...], factors: tuple[float | None, ...] | None, align_corners: bool
) -> Tensor:
    """The spatial dimensions resized to ``out``, the last one first; positions from ``factors`` where these are given. Bytes are
    rounded behind each dimension."""
    whole = input.dtype is dtypes.uint8 and kind not in ("nearest", "exact")
    result = input.float() if whole else input
    for at in reversed(range(len(out))):
        n, scale = input._cl_meta.shape[at + 2], None if factors is None else factors[at]
        result = _resized(result, at + 2, kind, n, out[at], scale, align_corners, whole)
    return result.to(input.dtype) if whole else result


def _sizes(
    input: Tensor, size: Any, scale_factor: Any, mode: str, align_corners: bool | None, recompute: bool | None
) -> tuple[tuple[int, ...], tuple[float, ...] | None]:
    """The result's size, and the factors where positions are computed from them."""
    if mode in ("nearest", "area", "nearest-exact") and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    shape = tuple(input._cl_meta.shape[2:])
    given = size if size is not None else scale_factor
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if given is None:
        raise ValueError("either size or scale_factor should be defined")
    if size is not None and recompute:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    what = "output size" if size is not None else "scale_factor"
    if isinstance(given, (list, tuple)):
        if len(given) != len(shape):
            raise ValueError(
                f"Input and {what.split()[0]} must have the same number of spatial dimensions, but got input with spatial "
                f"dimensions of {list(shape)} and {what} of {given}. Please provide input tensor in (N, C, d1, d2, ...,dK) "
                f"format and {what} in ({'o1, o2, ...,oK' if size is not None else 's1, s2, ...,sK'}) format."
            )
        each = tuple(given)
    else:
        each = (given,) * len(shape)
    if size is not None:
        return integers(each, "output_size"), None
    wanted = [float(n) * float(factor) for n, factor in zip(shape, each)]
    if not all(abs(n) < 2.0**63 for n in wanted):
        raise RuntimeError("value cannot be converted to type int64_t without overflow")
    out = tuple(map(floor, wanted))
    return out, None if recompute or mode == "area" else tuple(float(factor) for factor in each)


def _resized(
    input: Tensor, dim: int, kind: str, n: int, out: int, factor: float | None, align_corners: bool, whole: bool
) -> Tensor:
    if n == out and (factor is None or factor == 1.0) and not kind.endswith("smooth"):
        return input
    if align_corners:
        scale = (n - 1) / (out - 1) if out > 1 else 0.0
    else:
        scale = n / out if factor is None else 1.0 / factor
    exact = input.dtype is dtypes.float64 or (whole and input._cl_meta.device.traits.fp64)
    kept = dtypes.float64 if exact else dtypes.float32
    there, back = _band(kind, n, out, scale, align_corners, kept, input.device, whole)
    made = _taps(input, *there, *back, dim=dim)
    return (made + 0.5).floor().clamp(0.0, 255.0) if whole else made


def _taps_vjp(
    g: Tensor,
    y: Any,
    aux: Any,
    input: Any,
    index: Tensor,
    weights: Any,
    index_back: Tensor,
    weights_back: Any,
    dim: int,
) -> tuple[Tensor]:
    return (_taps(g, index_back, weights_back, index, weights, dim=dim),)


@composite(vjp=_taps_vjp, saves="index weights index_back weights_back", name="upsample")
def _taps(input: Tensor, index: Tensor, weights: Any, index_back: Tensor, weights_back: Any, dim: int) -> Tensor:
    """Weighted sums along ``dim`` of the elements at ``index`` (taps, places); the gradient is the same with the other
    index. Without weights one element is taken."""
    if weights is None:
        return input.index_select(dim, index.reshape(-1))
    shape = input._cl_meta.shape
    before, n, behind = shape[:dim], shape[dim], shape[dim + 1 :]
    planes = input.reshape(prod(before), n, prod(behind))._dense()
    made = apply(taps_along, (planes, index.unsqueeze(0), weights.unsqueeze(0)), (n,))
    return made.reshape(*before, index._cl_meta.shape[1], *behind)


@lru_cache(maxsize=256)
def _band(
    kind: str, n: int, out: int, scale: float, align_corners: bool, dtype: Any, device: Any, whole: bool
) -> tuple[tuple[Tensor, Any], tuple[Tensor, Any]]:
    """(places (taps, out), weights) for resizing ``n`` to ``out`` elements, and the same for the gradient. Weights of a ``whole``
    result are 16-bit integers over a power of two."""
    shift = 0.0 if align_corners and not kind.endswith("smooth") else 0.5 * scale
    if kind in ("linear", "cubic") and not align_corners:
        shift -= 0.5
    elif kind == "nearest":
        shift = 0.0
    if kind.endswith("smooth"):
        reach = _SMOOTH_REACH[kind] * max(scale, 1.0)
        taps = ceil(reach) * 2 + 1
        begin = (_places(out, device).to(dtype) * scale + (shift - reach + 0.5)).long().clamp_min(0)
        shift -= 0.5  # where the middle of an element lies, for the gradient
        reach += 1.0
    else:
        reach, taps = _REACH[kind], {"linear": 2, "cubic": 4}.get(kind, 1)
        begin = _position(_places(out, device), kind, n, scale, align_corners, dtype).floor().long() - int(
            kind == "cubic"
        )
    there = begin.unsqueeze(1) + _places(taps, device)
    rows = _places(out, device).unsqueeze(1)
    weights = _weight(rows, there, kind, n, scale, align_corners, dtype)
    total = None
    if kind.endswith("smooth"):
        total = weights.sum(1)
        weights = weights / total.unsqueeze(1)
        there = there.where(weights != 0, -1)
    if whole:
        weights = _of_16_bits(weights)
    wide = min(ceil(2 * reach / scale) + 2, out) if scale > 0 else out
    if wide >= out:
        back = _places(out, device).unsqueeze(0).expand(n, out)
    else:
        first = ((_places(n, device).to(dtype) - (reach + shift)) / scale).floor().long()
        back = first.unsqueeze(1) + _places(wide, device)
    columns = _places(n, device).unsqueeze(1)
    adjoint = _weight(back.clamp(0, out - 1), columns, kind, n, scale, align_corners, dtype)
    if total is not None:
        adjoint = adjoint / total.index_select(0, back.clamp(0, out - 1).reshape(-1)).reshape(back.shape)
        back = back.where(adjoint != 0, -1)
    if kind in ("nearest", "exact"):
        return (_lying(there.clamp(0, n - 1)), None), _within(back, adjoint, out)
    return _within(there, weights, n), _within(back, adjoint, out)


def _of_16_bits(weights: Tensor) -> Tensor:
    """Weights as PyTorch has them for bytes: integers over the largest power of two, of 22 bits at most, that keeps all below 2**15."""
    unit = ((32767.5 / weights.max()).log2().ceil() - 1).clamp(0, 22).exp2()
    return ((weights.abs() * unit + 0.5).floor() * weights.sign() / unit).float()


def _within(places: Tensor, weights: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """Places and weights as `taps_along` reads them; what lies outside of ``n`` elements is nothing, not 0 times another element."""
    return _lying(places.where((places >= 0) & (places < n), -1)), _lying(weights)


def _lying(x: Tensor) -> Tensor:
    """(out, taps) as `taps_along` reads it: (taps, out), places in 32 bits."""
    return (x if x.is_floating_point() else x.int()).t().contiguous()


def _places(count: int, device: Any) -> Tensor:
    return arange(count, device=device)


def _position(rows: Tensor, kind: str, n: int, scale: float, align_corners: bool, dtype: Any) -> Tensor:
    """Where results lie among the inputs."""
    places = rows.to(dtype)
    if kind == "nearest":
        return (places * scale).clamp_max(n - 1)
    if kind == "exact":
        return ((places + 0.5) * scale).clamp_max(n - 1)
    if align_corners:
        return places * scale
    found = (places + 0.5) * scale - 0.5
    return found.clamp_min(0.0) if kind == "linear" else found


def _weight(rows: Tensor, columns: Tensor, kind: str, n: int, scale: float, align_corners: bool, dtype: Any) -> Tensor:
    """How much the input at ``columns`` adds to the result at ``rows``."""
    if kind.endswith("smooth"):
        reach = _SMOOTH_REACH[kind] * max(scale, 1.0)
        centre = (rows.to(dtype) + 0.5) * scale
        first = (centre - reach + 0.5).long().clamp_min(0)
        last = (centre + reach + 0.5).long().clamp_max(n)
        distance = (columns.to(dtype) - centre + 0.5) * (1.0 / scale if scale >= 1.0 else 1.0)
        return _smooth(kind, distance.abs()).where((columns >= first) & (columns < last), 0.0)
    position = _position(rows, kind, n, scale, align_corners, dtype)
    begin = position.floor()
    rest, begin = position - begin, begin.long()
    if kind in ("nearest", "exact"):
        return (begin == columns).to(dtype)
    if kind == "linear":
        second = (begin + 1).clamp_max(n - 1)
        return (1.0 - rest).where(columns == begin, 0.0) + rest.where(columns == second, 0.0)
    total = _cubic(rest + 1.0, -0.75).where((begin - 1).clamp(0, n - 1) == columns, 0.0)
    for step in (0, 1, 2):
        total = total + _cubic((rest - step).abs(), -0.75).where((begin + step).clamp(0, n - 1) == columns, 0.0)
    return total


def _smooth(kind: str, x: Tensor) -> Tensor:
    """The kernel of a mode with ``antialias`` at distances ``x``."""
    if kind == "linear_smooth":
        return (1.0 - x).clamp_min(0.0)
    return _cubic(x, -0.5) if kind == "cubic_smooth" else (x.sinc() * (x / 3).sinc()).where(x < 3, 0.0)


def _cubic(x: Tensor, a: float) -> Tensor:
    """The kernel of cubic convolution at distances ``x`` (Keys 1981)."""
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((x - 5) * x + 8) * x * a - 4 * a
    return near.where(x <= 1, far.where(x < 2, 0.0))


def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Tensor:
    """The older name of `interpolate`."""
    warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` to the nearest."""
    warn("`nn.functional.upsample_nearest` is deprecated. Use `nn.functional.interpolate` instead.")
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate`, bilinear with aligned corners."""
    warn("`nn.functional.upsample_bilinear` is deprecated. Use `nn.functional.interpolate` instead.")
    return interpolate(input, size, scale_factor, "bilinear", True)
