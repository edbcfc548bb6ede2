"""Activations. See the torch.nn.functional page of each name."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, pi, sqrt
from typing import Any

from ... import dtypes
from ...autograd.composite import composite, in_float32, is_narrow
from ...autograd.flat import without_derivative
from ...autograd.names import shown_as
from ...autograd.remembered import remembered
from ...ops.arguments import Number, need_kind, takes
from ...tensor.apply import stored
from ...tensor.sampling import rand_like
from ...tensor.tensor import Tensor
from ...warned import warn

__all__ = [
    "celu",
    "celu_",
    "elu",
    "elu_",
    "gelu",
    "glu",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "leaky_relu",
    "leaky_relu_",
    "log_softmax",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "rrelu",
    "rrelu_",
    "selu",
    "selu_",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "threshold_",
]


def _kept(input: Tensor, compute: Callable[[Tensor], Tensor], inplace: bool) -> Tensor:
    """What ``compute`` gives for the input; put into it if ``inplace``, where gradients still see what it was."""
    return input._inplace(compute) if inplace else compute(input)


def _inplace(function: Any) -> Any:
    """The in-place form of an activation that has an argument ``inplace``."""

    def changed(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return function(input, *args, inplace=True, **kwargs)

    changed.__wrapped__ = function  # type: ignore[attr-defined]  # its annotations are this one's
    changed.__name__ = changed.__qualname__ = f"{function.__name__}_"
    changed.__doc__ = f"In-place `{function.__name__}`."
    return changed


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """``max(input, 0)``."""
    return input.relu_() if inplace else input.relu()


def relu_(input: Tensor) -> Tensor:
    """In-place `relu`."""
    return input.relu_()


def sigmoid(input: Tensor) -> Tensor:
    """``1 / (1 + exp(-input))``."""
    return input.sigmoid()


def tanh(input: Tensor) -> Tensor:
    """Hyperbolic tangent."""
    return input.tanh()


@takes("leaky_relu_cpu", "half wide complex")
def leaky_relu(input: Tensor, negative_slope: Number = 0.01, inplace: bool = False) -> Tensor:
    """``input`` where positive, else ``negative_slope * input``."""
    return _kept(input, lambda x: _leaky_relu(x, slope=negative_slope), inplace)


@composite(
    vjp=lambda g, y, aux, input, slope: (g.where(input > 0, g * slope),), saves="input", name="leaky_relu", flat=True
)
def _leaky_relu(input: Tensor, slope: float) -> Tensor:
    return input.where(input > 0, input * slope)


@takes("elu_cpu", "half wide complex")
def elu(input: Tensor, alpha: Number = 1.0, inplace: bool = False) -> Tensor:
    """``input`` where positive, else ``alpha * (exp(input) - 1)``."""
    return _kept(input, lambda x: _elu(x, alpha=float(alpha), scale=1.0, input_scale=1.0), inplace)


def _elu_vjp(
    g: Tensor, y: Any, aux: Any, input: Tensor, alpha: float, scale: float, input_scale: float
) -> tuple[Tensor]:
    below = input.where(input < 0, 0.0)  # at 0 the slope is that from below, which ends there
    slope = (below * input_scale).exp() * (alpha * scale * input_scale)
    return ((g * slope).where(input <= 0, g * scale),)


@composite(vjp=_elu_vjp, saves="input", name="elu")
def _elu(input: Tensor, alpha: float, scale: float, input_scale: float) -> Tensor:
    """What `elu`, `selu` and `celu` are cases of."""
    return ((input.clamp_max(0.0) * input_scale).expm1() * (alpha * scale)).where(input < 0, input * scale)


@takes("elu_cpu", "half wide complex")
def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """`elu` scaled so that activations keep mean 0 and variance 1 (Klambauer et al. 2017)."""
    alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
    return _kept(input, lambda x: _elu(x, alpha=alpha, scale=scale, input_scale=1.0), inplace)


@takes("elu_cpu", "half wide complex")
@shown_as("CeluBackward0")
def celu(input: Tensor, alpha: Number = 1.0, inplace: bool = False) -> Tensor:
    """``input`` where positive, else ``alpha * (exp(input / alpha) - 1)`` (Barron 2017)."""
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return _kept(input, lambda x: _elu(x, alpha=float(alpha), scale=1.0, input_scale=1.0 / alpha), inplace)


leaky_relu_, selu_, celu_ = _inplace(leaky_relu), _inplace(selu), _inplace(celu)


@takes("elu_cpu", "half wide complex")
def elu_(input: Tensor, alpha: Number = 1.0, scale: Number = 1, input_scale: Number = 1) -> Tensor:
    """In-place `elu`: ``scale`` times ``input`` where positive, ``scale * alpha * (exp(input * input_scale) - 1)`` elsewhere."""
    numbers = {"alpha": float(alpha), "scale": float(scale), "input_scale": float(input_scale)}
    return input._inplace(lambda x: _elu(x, **numbers))


def hardtanh(input: Tensor, min_val: Number = -1.0, max_val: Number = 1.0, inplace: bool = False) -> Tensor:
    """``input`` limited to [min_val, max_val]; no gradient at the limits."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    if input.dtype is dtypes.bool:
        raise RuntimeError("Bool inputs not supported for hardtanh")
    if not input._cl_meta.dtype.differentiable:
        min_val, max_val = int(min_val), int(max_val)
        if input.dtype is dtypes.uint8 and min(min_val, max_val) < 0:
            raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    low, high = input._as_own_number(min_val), input._as_own_number(max_val)
    return _kept(input, lambda x: _hardtanh(x, low=low, high=high), inplace)


def _hardtanh_vjp(g: Tensor, y: Any, aux: Any, input: Tensor, low: float, high: float) -> tuple[Tensor]:
    return (g.masked_fill((input <= low) | (input >= high), 0.0),)


@composite(vjp=_hardtanh_vjp, saves="input", name="hardtanh", flat=True)
def _hardtanh(input: Tensor, low: float, high: float) -> Tensor:
    if low != low or high != high:  # a limit that is no number leaves none
        return input * float("nan")
    return input.detach().clamp(low, high).where((input <= low) | (input >= high), input)


def hardtanh_(input: Tensor, min_val: Number = -1.0, max_val: Number = 1.0) -> Tensor:
    """In-place `hardtanh`; a lower limit above the upper one is the upper one."""
    return hardtanh(input, max_val if min_val > max_val else min_val, max_val, True)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """``min(max(input, 0), 6)``."""
    return hardtanh(input, 0.0, 6.0, inplace)


@takes("hardsigmoid_cpu", "half wide complex")
def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """``relu6(input + 3) / 6``."""
    return _kept(input, _hardsigmoid, inplace)


def _hardsigmoid_vjp(g: Tensor, y: Any, aux: Any, input: Tensor) -> tuple[Tensor]:
    slope = (g / 6.0).where((input > -3.0) & (input < 3.0), 0.0)
    return (without_derivative(slope, "hardsigmoid_backward", g, input),)


@composite(vjp=_hardsigmoid_vjp, saves="input", name="hardsigmoid")
def _hardsigmoid(input: Tensor) -> Tensor:
    return _hardtanh(input + 3.0, low=0.0, high=6.0) / 6.0


@takes("hardswish_cpu", "half wide complex")
def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """``input * hardsigmoid(input)`` (Howard et al. 2019)."""
    return _kept(input, _hardswish, inplace)


def _hardswish_vjp(g: Tensor, y: Any, aux: Any, input: Tensor) -> tuple[Tensor]:
    return ((g * (input / 3.0 + 0.5)).where(input < 3.0, g).masked_fill(input <= -3.0, 0.0),)


@composite(vjp=_hardswish_vjp, saves="input", name="hardswish")
def _hardswish(input: Tensor) -> Tensor:
    return input * _hardtanh(input + 3.0, low=0.0, high=6.0) / 6.0


def _wide(x: Tensor) -> Tensor:
    """16-bit floats as float32, to be compared with a number that is not rounded to 16 bits."""
    return x.float() if is_narrow(x.dtype) else x


@shown_as("ThresholdBackward0")
def threshold(input: Tensor, threshold: Number, value: Number, inplace: bool = False) -> Tensor:
    """``input`` above the threshold, else ``value``."""
    if input.dtype is dtypes.bool:
        raise NotImplementedError("\"threshold_cpu\" not implemented for 'Bool'")
    if not input._cl_meta.dtype.differentiable:
        threshold = input._as_own_number(threshold)
    return _kept(input, lambda x: x._masked_fill(_wide(x) <= threshold, value), inplace)


threshold_ = _inplace(threshold)


@takes("hardshrink_cpu", "half wide complex")
def hardshrink(input: Tensor, lambd: Number = 0.5, *, out: Tensor | None = None) -> Tensor:
    """``input`` where its magnitude is above ``lambd``, else 0."""
    return stored(_hardshrink(input, lambd=input._as_own_number(lambd)), out)


def _shrink_vjp(g: Tensor, y: Any, aux: Any, input: Tensor, lambd: float) -> tuple[Tensor]:
    return (g.masked_fill((input >= -lambd) & (input <= lambd), 0.0),)


@composite(vjp=_shrink_vjp, saves="input", name="hardshrink", moves=True, flat=True)
def _hardshrink(input: Tensor, lambd: float) -> Tensor:
    return input._masked_fill((input >= -lambd) & (input <= lambd), 0.0)


@takes("softshrink_check", "half wide complex")
def softshrink(input: Tensor, lambd: Number = 0.5, *, out: Tensor | None = None) -> Tensor:
    """``input`` moved towards 0 by ``lambd``, 0 where it is nearer."""
    most = dtypes.finfo(input.dtype).max
    if not 0 <= lambd <= most:
        raise RuntimeError(
            f"lambda must be in range [0, {most:g}] for input dtype {input.dtype.title}, but found {lambd:g}"
        )
    return stored(_softshrink(input, lambd=float(lambd)), out)


@composite(vjp=_shrink_vjp, saves="input", name="softshrink", flat=True)
def _softshrink(input: Tensor, lambd: float) -> Tensor:
    near = input._masked_fill(~input.isnan(), 0.0)
    return (input - lambd).where(input > lambd, (input + lambd).where(input < -lambd, near))


def tanhshrink(input: Tensor) -> Tensor:
    """``input - tanh(input)``."""
    return input - input.tanh()


def softsign(input: Tensor) -> Tensor:
    """``input / (1 + |input|)``."""
    return input / (input.abs() + 1.0)


@takes("prelu_cpu", "half wide complex")
@remembered
@shown_as("PreluKernelBackward0")
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """``input`` where positive, else ``weight * input``; one weight, or one for each channel (dimension 1)."""
    if weight.dim() > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.dim()}")
    if weight.dtype is not input.dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {input.dtype.title} and {weight.dtype.title}")
    channels = input.shape[1] if input.dim() > 1 else 1
    if weight.numel() != 1:
        if not input.dim():
            raise RuntimeError("Not allow zero-dim input tensor.")
        if weight.numel() != channels:
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.numel()} and "
                f"channel size = {channels}."
            )
        weight = weight.reshape(tuple(channels if d == 1 else 1 for d in range(input.dim())))
    elif weight.dim():
        weight = weight.reshape(())
    return input.where(input > 0, input * weight)


@takes("leaky_relu_cpu", "half wide complex")
@shown_as("RreluWithNoiseBackward0")
def rrelu(
    input: Tensor, lower: Number = 1.0 / 8, upper: Number = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """`leaky_relu` whose slope is drawn from [lower, upper) for each element in training, their mean otherwise."""
    for name, bound in (("lower", lower), ("upper", upper)):
        if not isfinite(bound) and (training or not inplace):
            raise RuntimeError(f"rrelu: {name} bound must be finite, got {bound:g}")
    if not lower <= upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace)
    input = input if inplace else input.contiguous()
    slope = rand_like(input.detach()) * (upper - lower) + lower
    return _kept(input, lambda x: x.where(x > 0, x * slope), inplace)


rrelu_ = _inplace(rrelu)


@takes("mish_cpu", "half wide complex")
def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """``input * tanh(softplus(input))`` (Misra 2019)."""
    return _kept(input, _mish, inplace)


def _mish_vjp(g: Tensor, y: Any, aux: Any, input: Tensor) -> tuple[Tensor]:
    turn = softplus(input).tanh()
    return (g * (turn + input * input.sigmoid() * (1 - turn * turn)),)


@composite(vjp=_mish_vjp, saves="input", name="mish")
def _mish(input: Tensor) -> Tensor:
    return input * softplus(input).tanh()


@shown_as("GluBackward0")
@remembered
def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half along ``dim`` times the sigmoid of the second (Dauphin et al. 2016)."""
    if not input.dim():
        raise RuntimeError("glu does not support scalars because halving size must be even")
    size = input.shape[dim]
    if size % 2:
        at = dim % input.dim()
        raise RuntimeError(f"Halving dimension must be even, but dimension {at} is size {size}")
    need_kind("glu_cpu", ("half", "wide"), input.dtype)
    return input.narrow(dim, 0, size // 2) * input.narrow(dim, size // 2, size // 2).sigmoid()


def _silu_vjp(g: Tensor, y: Any, aux: Any, input: Tensor) -> tuple[Tensor]:
    gate = input.sigmoid()
    return (g * gate * (1 + input * (1 - gate)),)


@composite(vjp=_silu_vjp, saves="input", name="silu")
def _silu(input: Tensor) -> Tensor:
    return input * input.sigmoid()


@takes("silu_cpu", "half wide complex")
def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """``input * sigmoid(input)``."""
    return _kept(input, _silu, inplace)


def _softplus_vjp(g: Tensor, y: Any, aux: Any, input: Tensor, beta: float, threshold: float) -> tuple[Tensor]:
    scaled = input * beta
    return (g.where(scaled > threshold, g * scaled.sigmoid()),)


@composite(vjp=_softplus_vjp, saves="input", name="softplus")
def _softplus(input: Tensor, beta: float, threshold: float) -> Tensor:
    scaled = input * beta
    bounded = scaled.clamp_max(threshold) if threshold == threshold else scaled
    return input.where(scaled > threshold, bounded.exp().log1p() / beta)


@takes("softplus_cpu", "half wide complex")
def softplus(input: Tensor, beta: Number = 1.0, threshold: Number = 20.0, *, out: Tensor | None = None) -> Tensor:
    """``log(1 + exp(beta * input)) / beta``; the input itself above the threshold."""
    return stored(_softplus(input, beta=float(beta), threshold=float(threshold)), out)


def _logsigmoid_vjp(g: Tensor, y: Any, aux: Any, input: Tensor) -> tuple[Tensor]:
    return (g * (-input).sigmoid(),)


@composite(vjp=_logsigmoid_vjp, saves="input", name="log_sigmoid")
def _logsigmoid(input: Tensor) -> Tensor:
    return input.clamp_max(0.0) - (-input.abs()).exp().log1p()


@takes("log_sigmoid_cpu", "half wide complex")
def logsigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log(sigmoid(input))``, accurately; row-major whatever the input is."""
    return stored(_logsigmoid(input.contiguous()), out)


def _gelu_vjp(g: Tensor, y: Any, aux: Any, input: Tensor) -> tuple[Tensor]:
    density = (input * input * -0.5).exp() * (1 / sqrt(2 * pi))
    return (g * ((input * (1 / sqrt(2))).erf() * 0.5 + 0.5 + input * density),)


@composite(vjp=_gelu_vjp, saves="input", name="gelu")
def _gelu(input: Tensor) -> Tensor:
    return input * 0.5 * ((input * (1 / sqrt(2))).erf() + 1.0)


@in_float32
def _gelu_tanh(input: Tensor) -> Tensor:
    inner = sqrt(2 / pi) * (input + 0.044715 * input * input * input)
    return 0.5 * input * (1.0 + inner.tanh())


@takes("GeluKernelImpl", "half wide complex")
def gelu(input: Tensor, *, approximate: str = "none", out: Tensor | None = None) -> Tensor:
    """``input * Phi(input)`` with the normal distribution's Phi, exact or by the tanh formula (Hendrycks, Gimpel 2016)."""
    if approximate == "tanh":
        need_kind("GeluKernelImpl", ("half", "wide"), input._cl_meta.dtype)
        return stored(_gelu_tanh(input), out)
    if approximate != "none":
        raise RuntimeError("approximate argument must be either none or tanh.")
    return stored(_gelu(input), out)


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """``exp(input) / sum(exp(input))`` along ``dim``."""
    return input.softmax(_get_softmax_dim("softmax", input.dim()) if dim is None else dim, dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """`softmax` of ``-input``."""
    return (-input).softmax(_get_softmax_dim("softmin", input.dim()) if dim is None else dim, dtype)


def gumbel_softmax(logits: Tensor, tau: Number = 1, hard: bool = False, eps: Any = 1e-10, dim: int = -1) -> Tensor:
    """A sample of the Gumbel-softmax distribution (Jang et al. 2017); with ``hard`` one-hot, its gradient the soft one's."""
    if eps != 1e-10:
        warn("`eps` parameter is deprecated and has no effect.")
    if not logits.is_floating_point():
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a floating point but you "
            f"specified {logits.dtype.title}"
        )
    uniform = rand_like(logits.detach())
    smallest = dtypes.finfo(logits.dtype).tiny
    noise = -(-uniform.clamp_min(smallest).log()).clamp_min(smallest).log()
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    return (soft * 0.0).detach().scatter(dim, index, 1.0) - soft.detach() + soft


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """``log(softmax(input))`` along ``dim``."""
    return input.log_softmax(_get_softmax_dim("log_softmax", input.dim()) if dim is None else dim, dtype)


def _get_softmax_dim(name: str, ndim: int, stacklevel: int = 3) -> int:
    """The dimension that PyTorch takes when none is named, with its warning."""
    warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.")
    return 0 if ndim in (0, 1, 3) else 1
