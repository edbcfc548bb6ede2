"""Linear maps, convolution, pooling, normalization, dropout, embedding. See the torch.nn.functional page of each name."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, prod
from typing import Any

from ... import dtypes
from ...autograd.composite import composite
from ...tensor.creation import rand_like
from ...tensor.tensor import Tensor
from .padding import pad


def pair(value: Any, name: str = "") -> tuple[int, int]:
    """An integer twice, or two integers."""
    if isinstance(value, int):
        return value, value
    values = tuple(value)
    if len(values) == 1:
        return values[0], values[0]
    if len(values) != 2:
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of 2 values to match the convolution dimensions, but "
            f"got {name}={list(values)}"
        )
    return values  # type: ignore[return-value]


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``: (..., in_features) -> (..., out_features)."""
    return input._linear(weight, bias)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Two-dimensional cross-correlation: (N, C, H, W) or (C, H, W) with weight (O, C / groups, kH, kW)."""
    padding = padding if isinstance(padding, str) else pair(padding, "padding")
    strides, dilations = pair(stride, "stride"), pair(dilation, "dilation")
    pads, extra = _convolution(
        input._meta, weight._meta, None if bias is None else bias._meta, strides, padding, dilations, groups
    )
    batched = input if len(input._meta.shape) == 4 else input.unsqueeze(0)
    if extra is not None:
        batched = pad(batched, extra)
    result = batched._conv2d(weight, strides, pads, dilations, groups, bias)
    return result if len(input._meta.shape) == 4 else result.squeeze(0)


@lru_cache(maxsize=1024)
def _convolution(
    input: Any, weight: Any, bias: Any, stride: tuple[int, int], padding: Any, dilation: tuple[int, int], groups: int
) -> tuple[tuple[int, int], tuple[int, int, int, int] | None]:
    """The padding on both sides of rows and columns, and what is to be padded before where the sides differ; arguments
    are metas. RuntimeError for what PyTorch refuses. Remembered, since a training loop asks the same each step."""
    if len(input.shape) not in (3, 4):
        raise RuntimeError(
            f"Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: {list(input.shape)}"
        )
    _check_convolution(input, weight, bias, stride, dilation, groups)
    pads, extra = _padding(padding, weight.shape[2:], stride, dilation)
    sizes = [n + 2 * p for n, p in zip(input.shape[-2:], pads)]
    padded = [n + more for n, more in zip(sizes, (extra[3], extra[1]) if extra else (0, 0))]
    extents = [d * (k - 1) + 1 for k, d in zip(weight.shape[2:], dilation)]
    if any(n < extent for n, extent in zip(padded, extents)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({padded[0]} x {padded[1]}). Kernel size: "
            f"({extents[0]} x {extents[1]}). Kernel size can't be greater than actual input size"
        )
    return pads, extra


def _check_convolution(
    input: Any, weight: Any, bias: Any, stride: tuple[int, int], dilation: tuple[int, int], groups: int
) -> None:
    shape, channels = list(weight.shape), input.shape[-3]
    if len(shape) != 4:
        raise RuntimeError(f"Expected 4-dimensional weight for conv2d, but got weight of size {shape}")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if min(stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(dilation) <= 0:
        raise RuntimeError(f"dilation should be greater than zero, but got {list(dilation)}")
    if shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size "
            f"[{shape}] instead"
        )
    if channels != shape[1] * groups:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {shape}, expected input{list(input.shape)} to have "
            f"{shape[1] * groups} channels, but got {channels} channels instead"
        )
    if bias is not None and tuple(bias.shape) != (shape[0],):
        raise RuntimeError(
            f"Given weight of size {shape}, expected bias to be 1-dimensional with {shape[0]} elements, but got bias of "
            f"size {list(bias.shape)} instead"
        )
    for name, other in (("weight", weight), ("bias", bias)):
        if other is not None and other.dtype is not input.dtype:
            raise RuntimeError(f"Input type ({input.dtype}) and {name} type ({other.dtype}) should be the same")


def _padding(
    padding: Any, kernel: tuple[int, ...], stride: tuple[int, int], dilation: tuple[int, int]
) -> tuple[tuple[int, int], tuple[int, int, int, int] | None]:
    if padding == "valid":
        return (0, 0), None
    if padding == "same":
        if stride != (1, 1):
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        height, width = (d * (k - 1) for k, d in zip(kernel, dilation))
        extra = (0, width % 2, 0, height % 2)
        return (height // 2, width // 2), extra if any(extra) else None
    if isinstance(padding, str):
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    return padding, None


def _pool_geometry(
    input: Tensor, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[Tensor, tuple[Any, ...]]:
    window = pair(kernel, "kernel_size")
    steps = window if stride is None or stride == [] else pair(stride, "stride")
    params = _pooling(
        input._meta.shape, window, steps, pair(padding, "padding"), pair(dilation, "dilation"), bool(ceil_mode)
    )
    return input if len(input._meta.shape) == 4 else input.unsqueeze(0), params


@lru_cache(maxsize=1024)
def _pooling(
    shape: tuple[int, ...],
    window: tuple[int, int],
    steps: tuple[int, int],
    pads: tuple[int, int],
    dilations: tuple[int, int],
    ceil_mode: bool,
) -> tuple[Any, ...]:
    """What pooling ops take: sizes of the batch and of the result, and the windows. RuntimeError for what PyTorch
    refuses. Remembered as `_convolution` is."""
    if len(shape) not in (3, 4):
        raise RuntimeError(f"non-empty 3D or 4D (batch mode) tensor expected for input, got {list(shape)}")
    batch = shape if len(shape) == 4 else (1, *shape)
    for name, values in (("stride", steps), ("kernel size", window), ("dilation", dilations)):
        if min(values) <= 0:
            raise RuntimeError(f"{name} should be greater than zero, but got {list(values)}")
    if min(pads) < 0:
        raise RuntimeError(f"pad must be non-negative, but got pad: {min(pads)}")
    out = []
    for n, k, s, p, d in zip(batch[2:], window, steps, pads, dilations, strict=True):
        if p > k // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and dilation={d}"
            )
        span = n + 2 * p - d * (k - 1) - 1
        count = (ceil(span / s) if ceil_mode else span // s) + 1
        if ceil_mode and (count - 1) * s >= n + p:
            count -= 1
        out.append(count)
    if min(out) < 1 or 0 in batch[1:]:
        given, made = ("x".join(map(str, sizes)) for sizes in (batch[1:], (batch[1], *out)))
        raise RuntimeError(f"Given input size: ({given}). Calculated output size: ({made}). Output size is too small")
    return batch, tuple(out), window, steps, pads, dilations


def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window; with ``return_indices`` also its flat position in the plane (int64)."""
    batched, params = _pool_geometry(input, kernel_size, stride, padding, dilation, ceil_mode)
    if not return_indices:
        result = batched._max_pool(params)
        return result if input.dim() == 4 else result.squeeze(0)
    values, indices = batched._dense()._max_pool_with_indices(params)
    if batched.requires_grad:
        values = batched._max_pool(params)
    indices = indices.long()
    return (values, indices) if input.dim() == 4 else (values.squeeze(0), indices.squeeze(0))


def avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window."""
    batched, (x, out, window, steps, pads, _) = _pool_geometry(input, kernel_size, stride, padding, 1, ceil_mode)
    result = batched._avg_pool(x, out, window, steps, pads, count_include_pad, divisor_override)
    return result if input.dim() == 4 else result.squeeze(0)


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zeros elements with probability ``p`` and scales the others by ``1 / (1 - p)``."""
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0.0:
        return input
    result = (
        input * 0.0
        if p == 1.0
        else _dropout(input, rand_like(input.detach(), dtype=dtypes.float32) >= p, 1.0 / (1.0 - p))
    )
    return input.copy_(result) if inplace else result


@composite(vjp=lambda g, y, aux, input, keep, scale: ((g * scale).where(keep, 0.0),), saves="keep")
def _dropout(input: Tensor, keep: Tensor, scale: float) -> Tensor:
    return (input * scale).where(keep, 0.0)


# --- normalization --------------------------------------------------------------------------------------------------------


def _normalize_vjp(
    g: Tensor,
    y: Any,
    aux: tuple[Tensor, Tensor],
    input: Tensor,
    weight: Any,
    bias: Any,
    dims: Any,
    shape: Any,
    eps: float,
) -> tuple[Any, ...]:
    """Gradients of ``(input - mean) * rstd * weight + bias`` over ``dims`` (Ioffe, Szegedy 2015)."""
    mean, rstd = aux
    count = prod(input._meta.shape[d] for d in dims)
    centred = (input - mean) * rstd
    summed = tuple(d for d, n in enumerate(shape) if n == 1) if weight is not None or bias is not None else ()
    scaled = g if weight is None else g * weight.reshape(shape)
    first, second = scaled.sum(dims, True), (scaled * centred).sum(dims, True)
    grad = rstd * (scaled - (first + centred * second) / count)
    grad_weight = None if weight is None else (g * centred).sum(summed, True).reshape(weight._meta.shape)
    grad_bias = None if bias is None else g.sum(summed, True).reshape(bias._meta.shape)
    return grad, grad_weight, grad_bias


@composite(vjp=_normalize_vjp, saves="aux", name="native_batch_norm")
def _normalize(input: Tensor, weight: Any, bias: Any, dims: Any, shape: Any, eps: float) -> Any:
    """Normalized over ``dims``, scaled by weight and bias of broadcast shape ``shape``; also mean and 1 / deviation."""
    count = prod(input._meta.shape[d] for d in dims)
    mean = input.sum(dims, True) / count
    centred = input - mean
    rstd = ((centred * centred).sum(dims, True) / count + eps).rsqrt()
    result = centred * rstd
    if weight is not None:
        result = result * weight.reshape(shape)
    if bias is not None:
        result = result + bias.reshape(shape)
    return result, (mean, rstd)


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-05,
) -> Tensor:
    """Normalizes each channel (dimension 1) over batch and space, or by the running statistics."""
    _check_channels(
        input._meta, *(None if part is None else part._meta for part in (running_mean, running_var, weight, bias))
    )
    dims = (0, *range(2, input.dim()))
    shape = tuple(n if d == 1 else 1 for d, n in enumerate(input._meta.shape))
    if not training:
        if running_mean is None or running_var is None:
            missing = "running_mean" if running_mean is None else "running_var"
            raise RuntimeError(f"{missing} must be defined in evaluation mode")
        result = (input - running_mean.reshape(shape)) * (running_var.reshape(shape) + eps).rsqrt()
        result = result if weight is None else result * weight.reshape(shape)
        return result if bias is None else result + bias.reshape(shape)
    count = prod(input._meta.shape[d] for d in dims)
    if count == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")
    result, (mean, rstd) = _normalize.with_aux(input, weight, bias, dims=dims, shape=shape, eps=eps)
    if running_mean is not None and running_var is not None and count:
        unbiased = (1.0 / (rstd * rstd) - eps) * (count / (count - 1))
        running_mean.copy_(running_mean * (1 - momentum) + mean.reshape(running_mean._meta.shape) * momentum)
        running_var.copy_(running_var * (1 - momentum) + unbiased.reshape(running_var._meta.shape) * momentum)
    return result


@lru_cache(maxsize=1024)
def _check_channels(input: Any, *parts: Any) -> None:
    """RuntimeError unless running mean and variance, weight and bias have one number a channel; arguments are metas."""
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f"\"batch_norm\" not implemented for '{input.dtype.title}'")
    for name, part in zip(("running_mean", "running_var", "weight", "bias"), parts):
        if part is not None and part.shape != (input.shape[1],):
            raise RuntimeError(f"{name} should contain {input.shape[1]} elements not {part.view.numel}")


def layer_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-05
) -> Tensor:
    """Normalizes over the last dimensions, which have ``normalized_shape`` (Ba et al. 2016)."""
    last = tuple(normalized_shape)
    if tuple(input.shape[input.dim() - len(last) :]) != last:
        raise RuntimeError(
            f"Given normalized_shape={list(last)}, expected input with shape [*, {', '.join(map(str, last))}], but got input "
            f"of size{list(input.shape)}"
        )
    dims = tuple(range(input.dim() - len(last), input.dim()))
    shape = (1,) * (input.dim() - len(last)) + last
    return _normalize_last(input, weight, bias, dims=dims, shape=shape, eps=eps)


def _normalize_last_vjp(
    g: Tensor, y: Any, aux: Any, input: Tensor, weight: Any, bias: Any, dims: Any, shape: Any, eps: float
) -> tuple[Any, ...]:
    mean, rstd = aux
    count = prod(input._meta.shape[d] for d in dims)
    centred = (input - mean) * rstd
    lead = tuple(range(input.dim() - len(dims)))
    scaled = g if weight is None else g * weight
    grad = rstd * (scaled - (scaled.sum(dims, True) + centred * (scaled * centred).sum(dims, True)) / count)
    grad_weight = None if weight is None else ((g * centred).sum(lead) if lead else g * centred)
    return grad, grad_weight, None if bias is None else (g.sum(lead) if lead else g)


_normalize_last = composite(vjp=_normalize_last_vjp, saves="aux", name="native_layer_norm")(_normalize.__wrapped__)  # type: ignore[attr-defined]


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None) -> Tensor:
    """Rows of ``weight`` by the indices in ``input``."""
    if max_norm is not None:
        raise RuntimeError("embedding with max_norm is not supported: normalize the weight after the optimizer's step")
    if input.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(
            f"Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"torch.{input.dtype.name} instead (while checking arguments for embedding)"
        )
    rows = weight.index_select(0, input.reshape(-1)).reshape(*input.shape, weight.shape[1])
    if padding_idx is None:
        return rows
    return rows.detach().where((input == padding_idx % weight.shape[0]).unsqueeze(-1), rows)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """1 at the class that each element names, else 0; int64, with a new last dimension."""
    if tensor.dtype is not dtypes.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    count = int(tensor.max().item()) + 1 if num_classes < 0 else num_classes
    return (tensor.unsqueeze(-1) == tensor._range(0, 1, count)).long()
