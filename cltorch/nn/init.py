"""Filling parameters with first values. See torch.nn.init."""

from __future__ import annotations

from math import ceil, erf, erfc, pi, prod, sqrt
from typing import Any

from ..autograd.modes import no_grad
from ..ops.special import erfcx
from ..tensor.apply import apply
from ..tensor.creation import eye as identity
from ..tensor.solving import qr
from ..tensor.tensor import Tensor
from ..warned import warn

GAINS = {"linear": 1, "sigmoid": 1, "tanh": 5.0 / 3, "relu": sqrt(2.0), "selu": 3.0 / 4}
GAINS |= {f"conv{kind}{n}d": 1 for kind in ("", "_transpose") for n in (1, 2, 3)}


def calculate_gain(nonlinearity: str, param: Any = None) -> float:
    """The recommended gain of a nonlinearity."""
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"negative_slope {param} not a valid number")
        return sqrt(2.0 / (1 + slope**2))
    if nonlinearity not in GAINS:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return GAINS[nonlinearity]


def calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """Inputs and outputs of one unit of a weight."""
    if tensor.dim() < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


_calculate_fan_in_and_fan_out = calculate_fan_in_and_fan_out


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform numbers in [a, b)."""
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Normally distributed numbers."""
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None
) -> Tensor:
    """Normally distributed numbers, those outside [a, b] left out (by inverting the distribution function). It warns where the
    mean is more than two deviations outside."""
    if mean < a - 2 * std or mean > b + 2 * std:
        warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be incorrect."
        )
    with no_grad():
        if mean < a or mean > b:
            side, ends = (1, (a - mean, b - mean)) if mean < a else (-1, (mean - b, mean - a))
            tail = _tail(tensor.uniform_(generator=generator), ends[0] / std, ends[1] / std)
            return tensor.copy_(tail.mul_(side * std).add_(mean).clamp_(a, b))
        root = sqrt(2.0)
        low, high = _phi((a - mean) / std), _phi((b - mean) / std)
        tensor.uniform_(2 * low - 1, 2 * high - 1, generator=generator)
        return tensor.erfinv_().mul_(std * root).add_(mean).clamp_(a, b)


def _tail(u: Tensor, low: float, high: float) -> Tensor:
    """Numbers of the normal distribution between ``low``, which is positive, and ``high``, from uniform ones: the logarithm of its
    tail is inverted by Newton's steps from where it would lie in an exponential distribution."""
    left = (-u * (1 - _beyond(high) / _beyond(low) if _beyond(low) else 1.0)).log1p()
    z = low - left / max(low, 1.0)
    wanted = left - low * low / 2 + apply(erfcx, (u.new_tensor(low / sqrt(2.0)),)).log()
    for _ in range(4):
        scaled = apply(erfcx, (z / sqrt(2.0),))
        z = z + (scaled.log() - z * z / 2 - wanted) * scaled * sqrt(pi / 2)
    return z


def _beyond(x: float) -> float:
    """The probability of more than x."""
    return erfc(x / sqrt(2.0)) / 2


def _phi(x: float) -> float:

    return (1.0 + erf(x / sqrt(2.0))) / 2.0


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Every element ``val``."""
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """Every element 1."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Every element 0."""
    return constant_(tensor, 0.0)


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix."""
    if tensor.dim() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    with no_grad():
        return tensor.copy_(identity(*tensor.shape, dtype=tensor.dtype, device=tensor.device))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """A convolution's weight that gives its input back, channel by channel (in each of ``groups``)."""
    if tensor.dim() not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if tensor.shape[0] % groups:
        raise ValueError("dim 0 must be divisible by groups")
    rows = tensor.shape[0] // groups
    middle = tuple(n // 2 for n in tensor.shape[2:])
    with no_grad():
        tensor.zero_()
        for group in range(groups):
            for channel in range(min(rows, tensor.shape[1])):
                place = (group * rows + channel, channel, *middle)
                tensor[place] = 1
        return tensor


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform numbers that keep variance through a layer (Glorot, Bengio 2010)."""
    fan_in, fan_out = calculate_fan_in_and_fan_out(tensor)
    bound = sqrt(3.0) * gain * sqrt(2.0 / (fan_in + fan_out))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Normal numbers that keep variance through a layer (Glorot, Bengio 2010)."""
    fan_in, fan_out = calculate_fan_in_and_fan_out(tensor)
    return normal_(tensor, 0.0, gain * sqrt(2.0 / (fan_in + fan_out)), generator)


def _fan(tensor: Tensor, mode: str) -> int:
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode.lower()} not supported, please use one of ['fan_in', 'fan_out']")
    return calculate_fan_in_and_fan_out(tensor)[mode.lower() == "fan_out"]


def _is_empty(tensor: Tensor) -> bool:
    """Whether there is nothing to fill, which PyTorch warns of."""
    if 0 in tensor.shape:
        warn("Initializing zero-element tensors is a no-op")
        return True
    return False


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Uniform numbers for rectified layers (He et al. 2015)."""
    if _is_empty(tensor):
        return tensor
    bound = sqrt(3.0) * calculate_gain(nonlinearity, a) / sqrt(_fan(tensor, mode))
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Normal numbers for rectified layers (He et al. 2015)."""
    if _is_empty(tensor):
        return tensor
    return normal_(tensor, 0.0, calculate_gain(nonlinearity, a) / sqrt(_fan(tensor, mode)), generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """A (semi-)orthogonal matrix of the last dimensions flattened, by QR of normal numbers. See torch.nn.init.orthogonal_.

    ValueError for fewer than two dimensions. Saxe et al., Exact solutions to the nonlinear dynamics of learning, 2013.
    """
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    with no_grad():
        rows = tensor.size(0)
        columns = tensor.numel() // rows
        flat = tensor.new_empty((rows, columns)).normal_(0, 1, generator=generator)
        q, r = qr(flat.t() if rows < columns else flat)
        q = q * r.diagonal().sign()  # makes the matrix uniformly distributed
        return tensor.copy_((q.t() if rows < columns else q).reshape(tensor.shape)).mul_(gain)


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """A matrix of normal numbers of which in each column a share of ``sparsity`` is 0. ValueError for other dimensions."""
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    with no_grad():
        rows = tensor.size(0)
        zeros = ceil(sparsity * rows)
        order = tensor.new_empty(tuple(tensor.shape)).uniform_(0, 1, generator=generator).argsort(0).argsort(0)
        tensor.normal_(0, std, generator=generator)
        return tensor.masked_fill_(order < zeros, 0)


def _older(name: str, function: Any) -> Any:
    """A function under its name from before, which warns."""

    def older(*args: Any, **kwargs: Any) -> Any:
        warn(f"`nn.init.{name}` is now deprecated in favor of `nn.init.{function.__name__}`.", FutureWarning)
        return function(*args, **kwargs)

    older.__name__ = name
    older.__doc__ = f"`{function.__name__}` under its name from before."
    return older


uniform, normal, constant, eye, dirac = (
    _older(f.__name__.rstrip("_"), f) for f in (uniform_, normal_, constant_, eye_, dirac_)
)
xavier_uniform, xavier_normal, kaiming_uniform, kaiming_normal, orthogonal, sparse = (
    _older(f.__name__.rstrip("_"), f)
    for f in (xavier_uniform_, xavier_normal_, kaiming_uniform_, kaiming_normal_, orthogonal_, sparse_)
)


def _no_grad_uniform_(tensor: Tensor, a: float, b: float, generator: Any = None) -> Tensor:
    """`uniform_` under the name that programs take from PyTorch's insides."""
    return uniform_(tensor, a, b, generator)


def _no_grad_normal_(tensor: Tensor, mean: float, std: float, generator: Any = None) -> Tensor:
    """`normal_` under the name that programs take from PyTorch's insides."""
    return normal_(tensor, mean, std, generator)


_no_grad_trunc_normal_ = trunc_normal_
_no_grad_fill_ = constant_
_no_grad_zero_ = zeros_


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    """The number of inputs or outputs of one unit; ValueError for another mode."""
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode.lower()} not supported, please use one of ['fan_in', 'fan_out']")
    fans = calculate_fan_in_and_fan_out(tensor)
    return fans[0] if mode.lower() == "fan_in" else fans[1]
