"""Discrete Fourier transforms. See torch.fft. Any length: those with large prime factors by Bluestein's algorithm (1970)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from math import inf, prod
from typing import Any

from .. import dtypes
from ..autograd.composite import composite
from ..autograd.modes import no_grad
from ..autograd.names import called
from ..autograd.remembered import remembered, table
from ..errors import kind_of
from ..ops import fft as rows
from ..ops import rules
from ..ops.arguments import is_tensor
from ..ops.names import public
from .apply import apply, stored
from .creation import arange
from .factory import target
from .tensor import Tensor

KEPT = 64  # tables of roots
_ROOTS: OrderedDict[Any, Tensor] = OrderedDict()


def _roots(like: Tensor, n: int) -> Tensor:
    """The table of a length, kept for the next transform of it."""
    dtype = like.dtype.to_complex()
    key = (n, dtype, like._cl_meta.device)
    found = _ROOTS.get(key)
    if found is None:
        with no_grad():
            found = _ROOTS[key] = apply(rows.roots_of_unity, (like._filled((), 0, dtype, like._cl_meta.device),), (n,))
        if len(_ROOTS) > KEPT:
            _ROOTS.popitem(last=False)
    return table(found)


def _blocks(x: Tensor) -> Tensor:
    """Blocks along the first dimension, each of them dense: where they lie apart is nothing that a copy is worth."""
    view = x._cl_meta.view
    expected = 1
    for n, stride in zip(reversed(view.shape[1:]), reversed(view.strides[1:]), strict=True):
        if n > 1 and stride != expected:
            return x._dense()
        expected *= n
    return x


def _rows(x: Tensor, roots: Tensor, dim: int, inverse: bool, scale: float) -> Tensor:
    """Transforms along a dimension, times ``scale``."""
    shape = x._cl_meta.shape
    flat = _blocks(x.reshape(prod(shape[:dim]), shape[dim], prod(shape[dim + 1 :])))
    return apply(rows.fourier, (flat, roots), (inverse,), (scale,)).reshape(shape)


def _bluestein(x: Tensor, roots: Tensor, chirp: Tensor, inverse: bool) -> Tensor:
    """A transform of the last dimension as a convolution with a chirp, by transforms of a power of two."""
    n, last = x._cl_meta.shape[-1], x.dim() - 1
    size = roots._cl_meta.shape[0] // 2
    k = x._range(0, 1, n)
    chirp = chirp[(k * k) % (2 * n)]
    chirp = chirp.conj_physical() if inverse else chirp
    padded = x.new_zeros((*x._cl_meta.shape[:-1], size))
    padded[..., :n] = x * chirp
    answer = x.new_zeros((size,))
    answer[:n] = chirp.conj_physical()
    answer[size - n + 1 :] = chirp.conj_physical()[1:].flip(0)
    product = _rows(padded, roots, last, False, 1.0) * _rows(answer, roots, 0, False, 1.0)
    return _rows(product, roots, last, True, 1.0 / size)[..., :n] * chirp


def _fourier_vjp(
    g: Tensor, y: Any, aux: Any, x: Tensor, roots: Tensor, chirp: Tensor | None, dim: int, inverse: bool, scale: float
) -> tuple[Tensor, None, None]:
    return _fourier(g, roots, chirp, dim, not inverse, scale), None, None


@composite(vjp=_fourier_vjp, saves="roots chirp", name="fft_c2c")
def _fourier(x: Tensor, roots: Tensor, chirp: Tensor | None, dim: int, inverse: bool, scale: float) -> Tensor:
    """Without gradients. The tables are operands: what a composite makes, it makes anew every time."""
    if chirp is None:
        return _rows(x, roots, dim, inverse, scale)
    return _bluestein(x.movedim(dim, -1), roots, chirp, inverse).movedim(-1, dim) * scale


def _transform(x: Tensor, dim: int, inverse: bool, scale: float) -> Tensor:
    """Transforms along a dimension, of any length, times ``scale``."""
    n = x._cl_meta.shape[dim]
    if rows.has_passes(n):
        return _fourier(x, _roots(x, n), None, dim, inverse, scale)
    return _fourier(x, _roots(x, 1 << (2 * n - 2).bit_length()), _roots(x, 2 * n), dim, inverse, scale)


# --- real rows of an even length: by a transform of their pairs, half as long -------------------------------------------------


def _has_pairs(x: Tensor, n: int, dim: int) -> bool:
    """Whether rows of ``n`` real elements along ``dim`` go this way: they have to lie as pairs."""
    return dim == x.dim() - 1 and n > 0 and n % 2 == 0 and rows.has_passes(n // 2)


def _from_real_vjp(
    g: Tensor, y: Any, aux: Any, x: Tensor, roots: Tensor, ends: Tensor, inverse: bool, scale: float
) -> tuple[Tensor, None, None]:
    twice = g * 0.5
    twice[..., 0], twice[..., -1] = g[..., 0], g[..., -1]
    return _into_real(twice, roots, ends, not inverse, scale), None, None


@composite(vjp=_from_real_vjp, saves="roots ends", name="fft_r2c")
def _from_real(x: Tensor, roots: Tensor, ends: Tensor, inverse: bool, scale: float) -> Tensor:
    """The first half of the transforms of the last dimension. Tables: the roots of half the length, and of the whole."""
    *shape, n = x._cl_meta.shape
    found = apply(rows.fourier_of_real, (_blocks(x.reshape(prod(shape), n)), roots, ends), (inverse,), (scale,))
    return found.reshape(*shape, n // 2 + 1)


def _into_real_vjp(
    g: Tensor, y: Any, aux: Any, x: Tensor, roots: Tensor, ends: Tensor, inverse: bool, scale: float
) -> tuple[Tensor, None, None]:
    found = _from_real(g, roots, ends, not inverse, scale)
    twice = found * 2.0
    twice[..., 0], twice[..., -1] = found[..., 0], found[..., -1]
    return twice, None, None


@composite(vjp=_into_real_vjp, saves="roots ends", name="fft_c2r")
def _into_real(x: Tensor, roots: Tensor, ends: Tensor, inverse: bool, scale: float) -> Tensor:
    """Real rows from the first half of their transforms: the inverse of `_from_real` but for the scale."""
    *shape, more = x._cl_meta.shape
    made = apply(rows.fourier_to_real, (_blocks(x.reshape(prod(shape), more)), roots, ends), (inverse,), (scale,))
    return made.reshape(*shape, 2 * (more - 1))


# --- arguments ------------------------------------------------------------------------------------------------------------


def _complex(name: str, x: Any) -> Tensor:
    if not is_tensor(x):
        raise TypeError(f"fft_{name}(): argument 'input' (position 1) must be Tensor, not {kind_of(x)}")
    if x.dtype in (dtypes.float16, dtypes.bfloat16):
        raise RuntimeError(f"Unsupported dtype {x.dtype.title}")
    if x.is_complex():
        return x
    return x.to((x.dtype if x.is_floating_point() else dtypes.get_default_dtype()).to_complex())


def _real(name: str, x: Any) -> Tensor:
    if not is_tensor(x) or x.dtype in (dtypes.float16, dtypes.bfloat16):
        return _complex(name, x)
    if x.is_complex():
        raise RuntimeError(f"{name} expects a real input tensor, but got {x.dtype.title}")
    return x if x.is_floating_point() else x.to(dtypes.get_default_dtype())


def _real_out(made: Tensor, out: Tensor | None) -> Tensor:
    """`stored` in a tensor of real numbers alone."""
    if out is not None and not out.is_floating_point():
        raise RuntimeError(f"irfft expects a floating point output tensor, but got {out.dtype.title}")
    return stored(made, out, exact=False)


def _scale(norm: str | None, n: int, inverse: bool) -> float:
    if norm not in (None, "backward", "ortho", "forward"):
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')
    if norm == "ortho":
        return float(n) ** -0.5
    return 1.0 / n if inverse == (norm in (None, "backward")) else 1.0


def _resized(x: Tensor, n: int, dim: int) -> Tensor:
    """Cut or padded with zeros to ``n`` elements along ``dim``."""
    have = x._cl_meta.shape[dim]
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")
    if n == have:
        return x
    if n < have:
        return x.narrow(dim, 0, n)
    shape = list(x._cl_meta.shape)
    shape[dim] = n - have
    return x._joined([x, x.new_zeros(tuple(shape))], dim)


def _sized(x: Tensor, n: int | None, dim: int) -> Tensor:
    return x if n is None else _resized(x, n, dim)


def _along(x: Tensor, dim: int, inverse: bool, norm: str | None) -> Tensor:
    n = x._cl_meta.shape[dim]
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")
    return _transform(x, dim, inverse, _scale(norm, n, inverse))


def _one(x: Tensor, n: int | None, dim: int) -> tuple[Tensor, int]:
    at = rules.wrap_dim(dim, x.dim())
    if not x.dim():
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return _sized(x, n, at), at


@public("fft")
@remembered
def fft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The transform along one dimension, of ``n`` elements. See torch.fft.fft."""
    x, at = _one(_complex("fft", input), n, dim)
    made = _along(x, at, False, norm)
    return stored(made if input.is_complex() else called(made, "FftR2CBackward0"), out, exact=False)


@public("fft")
@remembered
def ifft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The inverse transform along one dimension. See torch.fft.ifft."""
    x, at = _one(_complex("ifft", input), n, dim)
    made = _along(x, at, True, norm)
    return stored(made if input.is_complex() else called(made, "ConjBackward0"), out, exact=False)


def _half(x: Tensor, dim: int, norm: str | None) -> Tensor:
    """The first half of the transforms of real ``x`` along a dimension."""
    n = x._cl_meta.shape[dim]
    if _has_pairs(x, n, dim):
        return _from_real(x, _roots(x, n // 2), _roots(x, n), False, _scale(norm, n, False))
    whole = _along(x.to(x.dtype.to_complex()), dim, False, norm)
    return called(whole.narrow(dim, 0, n // 2 + 1).contiguous(), "FftR2CBackward0")


def _half_back(x: Tensor, dim: int, norm: str | None) -> Tensor:
    """The first half of the inverse transforms of real ``x``: conjugates of the others, by their zeros' signs too."""
    turned = {None: "forward", "backward": "forward", "forward": "backward"}
    return _half(x, dim, turned.get(norm, norm)).conj()


def _hermitian(x: Tensor, n: int, dim: int) -> Tensor:
    """All ``n`` elements of which the first ``n // 2 + 1`` are given: the others are their conjugates."""
    x = _resized(x, n // 2 + 1, dim)
    count = n - n // 2 - 1
    if not count:
        return x
    return x._joined([x, x.narrow(dim, 1, count).flip(dim).conj()], dim)


@public("fft")
@remembered
def rfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The non-negative frequencies of real input. See torch.fft.rfft."""
    x, at = _one(_real("rfft", input), n, dim)
    return stored(_half(x, at, norm), out, exact=False)


def _to_real(x: Tensor, n: int | None, dim: int, inverse: bool, norm: str | None) -> Tensor:
    size = 2 * (x._cl_meta.shape[dim] - 1) if n is None else n
    if size < 1:
        raise RuntimeError(f"Invalid number of data points ({size}) specified")
    if _has_pairs(x, size, dim):
        given = _resized(x, size // 2 + 1, dim)
        return _into_real(given, _roots(x, size // 2), _roots(x, size), inverse, _scale(norm, size, inverse))
    return _along(_hermitian(x, size, dim), dim, inverse, norm).real.contiguous()


@public("fft")
@remembered
def irfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Real output from the non-negative frequencies. See torch.fft.irfft."""
    x, at = _one(_complex("irfft", input), None, dim)
    return _real_out(_to_real(x, n, at, True, norm), out)


@public("fft")
@remembered
def hfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The real transform of a Hermitian signal, of which half is given. See torch.fft.hfft."""
    x, at = _one(_complex("hfft", input), None, dim)
    return _real_out(_to_real(x, n, at, False, norm), out)


@public("fft")
@remembered
def ihfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The inverse of `hfft`, of real input. See torch.fft.ihfft."""
    x, at = _one(_real("ihfft", input), n, dim)
    return stored(called(_half_back(x, at, norm), "ConjBackward0"), out, exact=False)


# --- several dimensions -----------------------------------------------------------------------------------------------------


def _several(x: Tensor, s: Any, dim: Any) -> tuple[list[int], list[int | None]]:
    """The dimensions, from the front, and the size asked for along each."""
    ndim = x.dim()
    dim, s = ((rules.integer(v),) if v is not None and not isinstance(v, (tuple, list)) else v for v in (dim, s))
    if dim is not None:
        dims = [rules.existing_dim(d, ndim) for d in dim]
        if len(set(dims)) < len(dims):
            raise RuntimeError("FFT dims must be unique")
    else:
        if s is not None and len(s) > ndim:
            raise RuntimeError(f"Got shape with {len(s)} values but input tensor only has {ndim} dimensions.")
        dims = list(range(ndim)) if s is None else list(range(ndim - len(s), ndim))
    if s is not None and len(s) != len(dims):
        raise RuntimeError("When given, dim and shape arguments must have the same length")
    return dims, [None if s is None or n == -1 else n for n in (s if s is not None else dims)]


def _each(x: Tensor, dims: list[int], sizes: list[int | None], inverse: bool, norm: str | None) -> Tensor:
    for d, n in zip(dims, sizes, strict=True):
        x = _along(_sized(x, n, d), d, inverse, norm)
    return x


@public("fft")
@remembered
def fftn(
    input: Tensor,
    s: int | Sequence[int] | None = None,
    dim: int | Sequence[int] | None = None,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The transform along several dimensions. See torch.fft.fftn."""
    x = _complex("fftn", input)
    return stored(_each(x, *_several(x, s, dim), False, norm), out, exact=False)


@public("fft")
@remembered
def ifftn(
    input: Tensor,
    s: int | Sequence[int] | None = None,
    dim: int | Sequence[int] | None = None,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The inverse transform along several dimensions. See torch.fft.ifftn."""
    x = _complex("ifftn", input)
    return stored(_each(x, *_several(x, s, dim), True, norm), out, exact=False)


def _need_dims(name: str, dims: list[int]) -> None:
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")


@public("fft")
@remembered
def rfftn(
    input: Tensor,
    s: int | Sequence[int] | None = None,
    dim: int | Sequence[int] | None = None,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Half of the transform of real input along several dimensions. See torch.fft.rfftn."""
    x = _real("rfftn", input)
    dims, sizes = _several(x, s, dim)
    _need_dims("rfftn", dims)
    last = _half(_sized(x, sizes[-1], dims[-1]), dims[-1], norm)
    return stored(called(_each(last, dims[:-1], sizes[:-1], False, norm), "FftR2CBackward0"), out, exact=False)


@public("fft")
@remembered
def irfftn(
    input: Tensor,
    s: int | Sequence[int] | None = None,
    dim: int | Sequence[int] | None = None,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Real output from half of a transform along several dimensions. See torch.fft.irfftn."""
    x = _complex("irfftn", input)
    dims, sizes = _several(x, s, dim)
    _need_dims("irfftn", dims)
    x = _each(x, dims[:-1], sizes[:-1], True, norm)
    return _real_out(_to_real(x, sizes[-1], dims[-1], True, norm), out)


@public("fft")
@remembered
def hfftn(
    input: Tensor,
    s: int | Sequence[int] | None = None,
    dim: int | Sequence[int] | None = None,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The real transform of a Hermitian signal along several dimensions. See torch.fft.hfftn."""
    x = _complex("hfftn", input)
    dims, sizes = _several(x, s, dim)
    _need_dims("hfftn", dims)
    x = _each(x, dims[:-1], sizes[:-1], False, norm)
    return _real_out(_to_real(x, sizes[-1], dims[-1], False, norm), out)


@public("fft")
@remembered
def ihfftn(
    input: Tensor,
    s: int | Sequence[int] | None = None,
    dim: int | Sequence[int] | None = None,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The inverse of `hfftn`, of real input. See torch.fft.ihfftn."""
    x = _real("ihfftn", input)
    dims, sizes = _several(x, s, dim)
    _need_dims("ihfftn", dims)
    last = _half_back(_sized(x, sizes[-1], dims[-1]), dims[-1], norm)
    return stored(_each(last, dims[:-1], sizes[:-1], True, norm), out, exact=False)


def _planar(name: str, over: Any) -> Any:
    def two(
        input: Tensor,
        s: int | Sequence[int] | None = None,
        dim: int | Sequence[int] = (-2, -1),
        norm: str | None = None,
        *,
        out: Tensor | None = None,
    ) -> Tensor:
        return over(input, s, dim, norm, out=out)

    two.__name__ = two.__qualname__ = name
    two.__doc__ = f"`{over.__name__}` along the last two dimensions. See torch.fft.{name}."
    return public("fft")(two)


fft2, ifft2 = _planar("fft2", fftn), _planar("ifft2", ifftn)
rfft2, irfft2 = _planar("rfft2", rfftn), _planar("irfft2", irfftn)
hfft2, ihfft2 = _planar("hfft2", hfftn), _planar("ihfft2", ihfftn)


# --- frequencies ------------------------------------------------------------------------------------------------------------


def _step(n: int, d: float) -> float:
    """The distance of frequencies; infinite where the signal has no length."""
    return 1.0 / (n * d) if n * d else inf


@public("fft")
def fftfreq(
    n: int,
    d: float = 1.0,
    *,
    out: Tensor | None = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """The frequencies of a transform of ``n`` samples that lie ``d`` apart. See torch.fft.fftfreq."""
    aim = target("fftfreq", dtype, device, requires_grad, out, layout)
    k = arange(n, dtype=dtypes.int64, device=device)
    return aim.finish((k.where(k < (n + 1) // 2, k - n)).to(aim.dtype) * _step(n, d))


@public("fft")
def rfftfreq(
    n: int,
    d: float = 1.0,
    *,
    out: Tensor | None = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """The non-negative frequencies of a transform of ``n`` samples. See torch.fft.rfftfreq."""
    aim = target("rfftfreq", dtype, device, requires_grad, out, layout)
    return aim.finish(arange(int(n / 2) + 1, dtype=dtypes.int64, device=device).to(aim.dtype) * _step(n, d))


def _dims(x: Tensor, dim: Any) -> list[int]:
    return (
        list(range(x.dim()))
        if dim is None
        else [rules.wrap_dim(d, x.dim()) for d in ((dim,) if rules.is_integer(dim) else dim)]
    )


@public("fft")
@remembered
def fftshift(input: Tensor, dim: Any = None) -> Tensor:
    """Frequency zero in the middle. See torch.fft.fftshift."""
    dims = _dims(input, dim)
    return input.roll([input.shape[d] // 2 for d in dims], dims)


@public("fft")
@remembered
def ifftshift(input: Tensor, dim: Any = None) -> Tensor:
    """The inverse of `fftshift`. See torch.fft.ifftshift."""
    dims = _dims(input, dim)
    return input.roll([(input.shape[d] + 1) // 2 for d in dims], dims)
