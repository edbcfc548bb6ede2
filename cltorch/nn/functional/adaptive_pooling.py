"""Pooling to a given size, and with windows of random places. See the torch.nn.functional page of each name."""

from __future__ import annotations

from math import gcd, prod
from typing import Any

from ...autograd.composite import composite, in_float32
from ...autograd.names import called, shown_as
from ...autograd.remembered import remembered
from ...errors import kind_of
from ...ops.arguments import need_kind
from ...ops.rules import integer, integers, wrap_dim
from ...tensor.planes import lasting, lying_as
from ...tensor.sampling import rand
from ...tensor.tensor import Tensor
from . import pooling
from .sizes import sizes

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "fractional_max_pool2d",
    "fractional_max_pool2d_with_indices",
    "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices",
]


def _wanted(n: int, input: Tensor, output_size: Any, name: str) -> tuple[int, ...]:
    """The result's size; None stands for the input's. RuntimeError for what PyTorch refuses."""
    shape = input._cl_meta.shape
    if n > 1 and isinstance(output_size, (tuple, list)) and len(output_size) >= len(shape):
        raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
    if len(shape) not in (n + 1, n + 2):
        raise RuntimeError(f"{name}(): Expected {n + 1}D or {n + 2}D tensor, but got {list(shape)}")
    if 0 in shape[-n:] or (name[9:12] == "max" and 0 in shape[1:]):
        raise RuntimeError(
            f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes {list(shape)}"
        )
    if output_size is None or (n == 1 and isinstance(output_size, (tuple, list)) and None in output_size):
        raise TypeError(f"{name}(): argument 'output_size' (position 2) must be tuple of ints, not NoneType")
    if isinstance(output_size, (tuple, list)):
        if n > 1 and len(output_size) >= len(shape):
            raise ValueError("Input dimension should be at least " + str(len(output_size) + 1))
        given = tuple(want if want is None else integer(want, "output_size") for want in output_size)
    else:
        given = (integer(output_size, "output_size"),) * n
        if n > 1 and not isinstance(output_size, int):
            raise TypeError(f"object of type '{type(output_size).__name__}' has no len()")
    if len(given) != n:
        raise RuntimeError(
            f"{name}() argument 'output_size' should contain one int (got {len(given)})"
            if n == 1
            else f"{name}(): internal error: output_size.size() must be {n}"
            if name[9:12] == "max"
            else f"{name}: output_size must be {n}"
        )
    if not input.is_floating_point() and 0 not in given and not (given == (1,) and name[9:12] == "avg"):
        raise NotImplementedError(f"\"{name}\" not implemented for '{input.dtype.title}'")
    wanted = tuple(size if want is None else want for want, size in zip(given, shape[-n:]))
    if min(wanted) < 0 and name[9:12] == "max":
        made = [*shape[:-n], *((1,) if n == 1 else ()), *wanted]
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(wanted)}: {made}")
    if min(wanted) < 0:
        listed = "{" + (f"1, {wanted[0]}" if n == 1 else f"{wanted[0]}, " + ",".join(map(str, wanted[1:]))) + "}"
        raise RuntimeError(
            f"adaptive_avg_pool{max(n, 2)}d: elements of output_size must be greater than or equal to 0 but received {listed}"
        )
    return wanted


def _windows(input: Tensor, dim: int, out: int) -> tuple[Tensor, Tensor, Tensor]:
    """The windows of ``out`` results along ``dim``, as a new dimension behind it; window o reaches from
    ``floor(o * n / out)`` to ``ceil((o + 1) * n / out)``. Shorter ones have their last element again. Also the first
    positions of the windows, and how many elements each has, both of shape (out,)."""
    n = input._cl_meta.shape[dim]
    longest = -(-(n + out - gcd(n, out)) // out)
    places = input._range(0, 1, out)
    first, end = places * n // out, ((places + 1) * n + (out - 1)) // out
    taken = (first.unsqueeze(1) + input._range(0, 1, longest)).minimum(end.unsqueeze(1) - 1)
    shape = input._cl_meta.shape
    windows = input.index_select(dim, taken.reshape(-1)).reshape(*shape[:dim], out, longest, *shape[dim + 1 :])
    return windows, first, end - first


def _along(values: Tensor, dim: int, ndim: int) -> Tensor:
    """A vector so that it lies along ``dim`` of a tensor of ``ndim`` dimensions."""
    return values.reshape(tuple(-1 if d == dim else 1 for d in range(ndim)))


# --- mean -----------------------------------------------------------------------------------------------------------------


def _empty(n: int, input: Tensor, wanted: tuple[int, ...], name: str) -> Tensor:
    """A result without elements. Its gradient is zeros; RuntimeError where it is not the batch that is empty."""
    lead = input._cl_meta.shape[:-n]
    if not input.numel():
        return input.reshape(*lead, *wanted)
    return _nothing(input, (*lead, *wanted), name)


@composite(vjp=lambda g, y, aux, input, shape, name: (_refuse(g, name),))
def _nothing(input: Tensor, shape: tuple[int, ...], name: str) -> Tensor:
    return input.reshape(-1)[:0].reshape(shape)


def _refuse(grad: Tensor, name: str) -> Tensor:
    empty = next(d for d, size in enumerate(grad.shape) if d and not size)
    raise RuntimeError(
        f"{name}_backward(): Expected grad_output to have non-zero size for non-batch dimensions, but grad_output has sizes "
        f"{list(grad.shape)} with dimension {empty} being empty"
    )


_AVERAGES = {1: pooling.avg_pool1d, 2: pooling.avg_pool2d, 3: pooling.avg_pool3d}


def _adaptive_avg(n: int, input: Tensor, output_size: Any) -> Tensor:
    if n > 1 and (output_size is None or isinstance(output_size, (bool, str))):
        said = f"argument 'output_size' (position 2) must be tuple of ints, not {kind_of(output_size)}"
        raise TypeError(f"adaptive_avg_pool{n}d(): {said}")
    given = tuple(output_size or ()) if isinstance(output_size, (tuple, list)) else (output_size,) * n
    if given == (1,) * n and n > 1:  # a mean, of any dtype and with any dimensions before it
        wrap_dim(-n, input.dim())
    if given == (1,) * n and n > 1 and input.numel():
        return input.mean(tuple(range(-n, 0)), keepdim=True)
    wanted = _wanted(n, input, output_size, f"adaptive_avg_pool{n}d")
    shape = input._cl_meta.shape
    if wanted == (1,) * n:
        return input.mean(tuple(range(-n, 0)), keepdim=True)
    if 0 in wanted or 0 in shape:
        return _empty(n, input, wanted, f"adaptive_avg_pool{max(n, 2)}d")
    if all(size % want == 0 for size, want in zip(shape[-n:], wanted)):
        return _AVERAGES[n](input, tuple(size // want for size, want in zip(shape[-n:], wanted)))
    return _averaged(input, wanted)


@in_float32
def _averaged(input: Tensor, wanted: tuple[int, ...]) -> Tensor:
    """Means of windows of different sizes, over one dimension after another."""
    result, first = input, input.dim() - len(wanted)
    for dim, want in enumerate(wanted, first):
        if result._cl_meta.shape[dim] != want:
            windows, _, counts = _windows(result, dim, want)
            inside = _along(result._range(0, 1, windows._cl_meta.shape[dim + 1]), dim + 1, windows.dim()) < _along(
                counts, dim, windows.dim()
            )
            total = windows.where(inside, 0.0).sum(dim + 1)
            result = total / _along(counts, dim, total.dim()).to(total.dtype)
    return result


@shown_as("SqueezeBackward1")
@remembered
def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """Means of ``output_size`` windows that cover (N, C, L) or (C, L)."""
    return _adaptive_avg(1, input, output_size)


@remembered
def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """Means of windows that cover the planes of (N, C, H, W) or (C, H, W); None keeps a size."""
    made = lying_as(_adaptive_avg(2, input, output_size), input)
    return made if made._cl_meta.shape[-2:] == (1, 1) else called(made, "AdaptiveAvgPool2DBackward0")


@remembered
def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """Means of windows that cover the volumes of (N, C, D, H, W) or (C, D, H, W); None keeps a size."""
    made = _adaptive_avg(3, input, output_size)
    return lying_as(made, input) if made._cl_meta.shape[-3:] == (1, 1, 1) else made  # others are row-major in PyTorch


# --- maximum --------------------------------------------------------------------------------------------------------------

_MAXIMA = {1: pooling.max_pool1d, 2: pooling.max_pool2d, 3: pooling.max_pool3d}


def _adaptive_max(n: int, input: Tensor, output_size: Any, return_indices: bool) -> Any:
    if not input.is_floating_point():
        raise NotImplementedError(f"\"adaptive_max_pool{max(n, 2)}d\" not implemented for '{input.dtype.title}'")
    wanted = _wanted(n, input, output_size, f"adaptive_max_pool{n}d")
    shape = input._cl_meta.shape
    if 0 in wanted:
        empty = _empty(n, input, wanted, f"adaptive_max_pool{max(n, 2)}d")
        return (empty, empty.long()) if return_indices else empty
    if all(size % want == 0 for size, want in zip(shape[-n:], wanted)) and 0 not in shape:
        window = tuple(size // want for size, want in zip(shape[-n:], wanted))
        if n == 3:
            input = input.contiguous()  # results are row-major, unlike those of windows of a fixed size
        return _MAXIMA[n](input, window, return_indices=return_indices)
    result, positions, step = input, None, 1
    for dim, want in zip(reversed(range(len(shape) - n, len(shape))), reversed(wanted)):
        windows, first, _ = _windows(result, dim, want)
        result, winner = windows.max(dim + 1)
        if return_indices:  # the first of equal elements wins in each dimension, last dimension first: row-major order
            here = (winner + _along(first, dim, winner.dim())) * step
            if positions is not None:
                here = here + _windows(positions, dim, want)[0].gather(dim + 1, winner.unsqueeze(dim + 1)).squeeze(
                    dim + 1
                )
            positions, step = here, step * shape[dim]
    return (result, positions) if return_indices else result


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Largest elements of ``output_size`` windows that cover (N, C, L) or (C, L), and their positions if asked for."""
    return _adaptive_max(1, input, output_size, return_indices)


@shown_as("AdaptiveMaxPool2DBackward0")
@lasting
def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Largest elements of windows that cover planes, and their flat positions if asked for."""
    return _adaptive_max(2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Largest elements of windows that cover volumes, and their flat positions if asked for."""
    return _adaptive_max(3, input, output_size, return_indices)


def adaptive_max_pool1d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool1d` and the positions, whatever ``return_indices`` says."""
    return _adaptive_max(1, input, output_size, True)


@lasting
def adaptive_max_pool2d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool2d` and the positions, whatever ``return_indices`` says."""
    return _adaptive_max(2, input, output_size, True)


def adaptive_max_pool3d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool3d` and the positions, whatever ``return_indices`` says."""
    return _adaptive_max(3, input, output_size, True)


# --- windows of random places ---------------------------------------------------------------------------------------------


def _starts(samples: Tensor, size: int, out: int, window: int) -> Tensor:
    """First positions of ``out`` windows by one random number each row of (N, C): pseudo-random steps (Graham 2014)."""
    if out == 1:
        return samples.unsqueeze(-1).long() * 0 + (size - window)
    step = (size - window) / (out - 1)
    places = samples._range(0, 1, out).to(samples.dtype)
    found = ((places + samples.unsqueeze(-1)) * step).long() - (samples.unsqueeze(-1) * step).long()
    return found.where(samples._range(0, 1, out) < out - 1, size - window)


def _check_samples(samples: Tensor, shape: tuple[int, ...], n: int) -> None:
    """RuntimeError for random numbers that are none for each dimension of each plane."""
    if samples.dim() != 3:
        raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {samples.dim()}")
    given = samples._cl_meta.shape
    if given[0] < shape[0]:
        raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
    if given[1] != shape[1]:
        raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
    if given[2] != n:
        raise RuntimeError(f"Expect _random_samples.size(2) equals to {n}; got {given[2]}.")


def _fractional(
    n: int,
    input: Tensor,
    kernel_size: Any,
    output_size: Any,
    output_ratio: Any,
    return_indices: bool,
    samples: Tensor | None,
) -> Any:
    name = f"fractional_max_pool{n}d"
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    if n == 2 and isinstance(output_ratio, (int, float)) and output_size is None:
        raise TypeError(f"object of type '{type(output_ratio).__name__}' has no len()")
    if samples is None or output_size is None:  # their number, or the size, is asked of these dimensions first
        wrap_dim(-n - 1 if samples is None else -n, input.dim())
    if input.dim() not in (n + 1, n + 2):
        raise RuntimeError(f"{name}(): Expected {n + 1}D or {n + 2}D tensor, but got: {list(input.shape)}")
    missing = [d for d, size in enumerate(input.shape) if d >= input.dim() - n - 1 and not size]
    if missing:
        called_as = name if n == 2 else f"{name}_out"
        raise RuntimeError(
            f"{called_as}(): Expected input to have non-zero size for non-batch dimensions, but got{list(input.shape)} with "
            f"dimension {missing[0]} being empty."
        )
    need_kind(
        "check_uniform_bounds" if samples is None else f"{name}_out_frame", ("half", "wide"), input._cl_meta.dtype
    )
    batched = input if input.dim() == n + 2 else input.unsqueeze(0)
    window, shape = sizes(kernel_size, n, "kernel_size"), batched._cl_meta.shape
    words = f"must either be a single Int or tuple of {'three ' if n == 3 else ''}Ints"
    for what, given in (("kernel_size", kernel_size), ("output_size", output_size)):
        if isinstance(given, (tuple, list)) and len(integers(given, what)) == 1:
            raise RuntimeError(f"{name}: {what} {words}")
    if output_size is None:
        ratios = (output_ratio,) * n if n == 3 and isinstance(output_ratio, (int, float)) else tuple(output_ratio)
        out = tuple(int(size * ratio) for size, ratio in zip(shape[2:], ratios))
    else:
        out = sizes(output_size, n, "output_size")
    for want, k, size in zip(out, window, shape[2:]):
        if want + k - 1 > size:
            raise RuntimeError(f"{name}(): pool size {k} too large relative to input size {size}")
    if min(window) < 1:  # windows without elements
        empty = input._filled(
            (*input._cl_meta.shape[:-n], *out), float("-inf"), input._cl_meta.dtype, input._cl_meta.device
        )
        return (empty, empty.new_zeros(empty.shape).long()) if return_indices else empty
    if samples is None:
        samples = rand(*shape[:2], n, dtype=input.dtype, device=input.device)
    _check_samples(samples, shape, n)
    samples = samples[: shape[0], : shape[1]]
    order = (1, 0) if n == 2 else (0, 1, 2)  # which random number serves which dimension, as PyTorch has it
    starts = [_starts(samples[:, :, order[d]], shape[d + 2], out[d], window[d]) for d in range(n)]
    result, indices = _picked(batched, starts, window)
    if input.dim() == n + 1:
        result, indices = result.squeeze(0), indices.squeeze(0)
    return (result, indices) if return_indices else result


def _picked(input: Tensor, starts: list[Tensor], window: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """The largest element of windows that begin at other places in each plane, and its flat position."""
    n, shape = len(window), input._cl_meta.shape
    taken, positions = input, input._range(0, 1, 1).reshape((1,) * (n + 2))
    for d, (first, k) in enumerate(zip(starts, window)):
        length = first._cl_meta.shape[-1] * k
        places = (first.unsqueeze(-1) + input._range(0, 1, k)).reshape(*shape[:2], length)
        lying = places.reshape(*shape[:2], *(length if e == d else 1 for e in range(n)))
        wanted = tuple(places._cl_meta.shape[2] if e == d + 2 else size for e, size in enumerate(taken._cl_meta.shape))
        taken = taken.gather(d + 2, lying.expand(wanted))
        positions = positions * shape[d + 2] + lying
    outs = [first._cl_meta.shape[-1] for first in starts]
    split = [size for out, k in zip(outs, window) for size in (out, k)]
    order = (0, 1, *(2 + 2 * d for d in range(n)), *(3 + 2 * d for d in range(n)))
    flat = [
        t.expand(taken._cl_meta.shape)
        .reshape(*shape[:2], *split)
        .permute(order)
        .reshape(*shape[:2], *outs, prod(window))
        for t in (taken, positions)
    ]
    values, winner = flat[0].max(-1)
    return values, flat[1].gather(-1, winner.unsqueeze(-1)).squeeze(-1)


def fractional_max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """`fractional_max_pool2d` and the positions, whatever ``return_indices`` says."""
    return _fractional(2, input, kernel_size, output_size, output_ratio, True, _random_samples)


def fractional_max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """`fractional_max_pool3d` and the positions, whatever ``return_indices`` says."""
    return _fractional(3, input, kernel_size, output_size, output_ratio, True, _random_samples)


@shown_as("FractionalMaxPool2DBackward0")
def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """Largest elements of windows whose places are drawn at random (Graham 2014), and their flat positions if asked for."""
    return _fractional(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """Largest elements of windows whose places are drawn at random (Graham 2014), and their flat positions if asked for."""
    return _fractional(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)
