"""What optimizers that are written elsewhere import from `torch.optim.optimizer`, most of them made after PyTorch's own files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import dtypes
from ..nn.parameter import Parameter
from ..tensor.complex import view_as_real
from ..tensor.tensor import Tensor
from .state import scalar_dtype

_foreach_supported_types = [Tensor, Parameter]

_params_doc = (
    "params (iterable): parameters, or pairs of names and parameters, or dictionaries that describe groups of these"
)
_foreach_doc = (
    "foreach (bool, optional): accepted; all parameters of a group are one fused update anyway (default: None)"
)
_fused_doc = "fused (bool, optional): accepted; all parameters of a group are one fused update anyway (default: None)"
_capturable_doc = "capturable (bool, optional): accepted; a step never waits for the device (default: False)"
_differentiable_doc = "differentiable (bool, optional): whether autograd records the steps (default: False)"
_maximize_doc = "maximize (bool, optional): whether to climb instead of to descend (default: False)"


def _get_value(x: Any) -> Any:
    """A hyperparameter as a Python number: a tensor of one element is read, numbers stay as they are."""
    return x.item() if isinstance(x, Tensor) else x


def _to_scalar(x: Any) -> Any:
    """A tensor of one element without its dimensions; numbers stay as they are."""
    return x.squeeze() if isinstance(x, Tensor) and x.dim() != 0 else x


def _stack_if_compiling(x: Any) -> Any:
    """The list as it is: PyTorch stacks it in graphs that it compiles."""
    return x


def _view_as_real(params: list[Any], *state_and_grads: list[Any]) -> None:
    """Put, in all lists, pairs of real numbers in the place of parameters that are complex."""
    for i, param in enumerate(params):
        if param.is_complex():
            for tensors in (params, *state_and_grads):
                tensors[i] = view_as_real(tensors[i])


def _get_scalar_dtype(is_fused: bool | None = None) -> dtypes.dtype:
    """The dtype of a count of steps."""
    return dtypes.float32 if is_fused else scalar_dtype()


def _disable_dynamo_if_unsupported(single_tensor_fn: Callable[..., Any] | None = None) -> Callable[[Any], Any]:
    """A decorator that leaves functions as they are: there is no Dynamo to be disabled."""
    return lambda function: function


def _default_to_fused_or_foreach(params: Any, differentiable: bool, use_fused: bool = False) -> tuple[bool, bool]:
    """Whether PyTorch's optimizers would take their fused or their list form: optimizers outside ask for it."""
    if differentiable:
        return False, False
    fused = use_fused and all(param is None or param.is_floating_point() for param in params)
    return fused, not fused


def _device_dtype_check_for_fused(p: Tensor, cuda_unsupported: bool = False) -> None:
    """RuntimeError unless a parameter's dtype is one of floating point, as fused updates want it in PyTorch."""
    if not p.is_floating_point():
        raise RuntimeError(
            "`fused=True` requires all the params to be floating point Tensors of supported devices: ['opencl'] "
            f"but {p.dtype} and {p.device.type}"
        )


def _get_capturable_supported_devices(supports_xla: bool = True) -> list[str]:
    """The kinds of devices on which ``capturable`` has a meaning in PyTorch, and that of this library's."""
    return ["cuda", "xpu", "hpu", "opencl", *(["xla"] if supports_xla else [])]
