"""What programs read from ``torch._C``: the compiled core of PyTorch, of which there is none here."""

from __future__ import annotations

import enum
from contextlib import AbstractContextManager
from typing import Any

from ...accelerator import current_accelerator
from ...autograd.modes import MODE
from ...autograd.modes import is_grad_enabled as is_grad_enabled
from ...backends import get_float32_matmul_precision as _get_float32_matmul_precision
from ...dtypes import dtype as dtype
from ...dtypes import get_default_dtype as _get_default_dtype
from ...jit import ScriptFunction, ScriptModule
from ...library import FunctionSchema as FunctionSchema
from ...library import parse_schema as parse_schema
from ...library import without
from ...ops.asking import STATE
from ...ops.asking import DisableTorchFunction as DisableTorchFunction
from ...ops.asking import DisableTorchFunctionSubclass as DisableTorchFunctionSubclass
from ...ops.asking import _disabled_torch_function_impl as _disabled_torch_function_impl
from ...overrides import _len_torch_function_stack as _len_torch_function_stack
from ...overrides import has_torch_function as _has_torch_function
from ...overrides import has_torch_function_unary as _has_torch_function_unary
from ...overrides import has_torch_function_variadic as _has_torch_function_variadic
from ...tensor.device_names import device as device
from ...tensor.formats import memory_format as memory_format
from ...tensor.random import Generator as Generator
from ...tensor.random import default_generator as default_generator
from ...tensor.sizes import Size as Size
from ...tensor.tensor import Tensor
from .functorch import _are_functorch_transforms_active as _are_functorch_transforms_active

TensorBase = Tensor
_TensorBase = Tensor
_TensorMeta = type(Tensor)
ScriptObject = ScriptFunction
ScriptMethod = ScriptFunction
_ScriptModule = ScriptModule


_disabled_torch_dispatch_impl = _disabled_torch_function_impl


class DispatchKey(enum.Enum):
    """Keys of PyTorch's dispatcher, as names: nothing is dispatched by them."""

    Undefined = 0
    CPU = 1
    CUDA = 2
    XPU = 3
    MPS = 4
    Meta = 5
    AutogradCPU = 6
    AutogradCUDA = 7
    AutocastCPU = 8
    AutocastCUDA = 9
    AutocastXPU = 10
    AutocastMPS = 11
    CompositeImplicitAutograd = 12
    CompositeExplicitAutograd = 13
    Autograd = 14
    Python = 15
    FuncTorchBatched = 16
    Functionalize = 17


class DispatchKeySet:
    """A set of `DispatchKey`."""

    def __init__(self, *keys: DispatchKey) -> None:
        self.keys = frozenset(keys)

    def has(self, key: DispatchKey) -> bool:
        """Whether a key is in it."""
        return key in self.keys

    def __or__(self, other: DispatchKeySet) -> DispatchKeySet:
        return DispatchKeySet(*(self.keys | other.keys))


def _current_graph_task_id() -> int:
    """A number of the backward pass that is under way, -1 outside of one."""
    return -1 if MODE.running is None else int(MODE.running.number)


def _saved_tensors_hooks_is_enabled() -> bool:
    """Whether `saved_tensors_hooks` may be used: not inside of `disable_saved_tensors_hooks`."""
    return MODE.no_packing is None


def _ExcludeDispatchKeyGuard(keys: DispatchKeySet) -> AbstractContextManager[None]:
    """A block in which operators do not take their implementations for some keys."""
    return without(key.name for key in keys.keys)


def _log_api_usage_once(event: str) -> None:
    """Count nothing: nobody is told which names a program uses."""


def _log_api_usage_metadata(event: str, metadata: Any) -> None:
    """Count nothing."""


def _get_tracing_state() -> None:
    """None: nothing is traced."""
    return None


def _is_tracing() -> bool:
    """False: nothing is traced."""
    return False


def _jit_set_profiling_executor(enabled: bool) -> bool:
    """False, as it was: nothing is compiled."""
    return False


_jit_set_profiling_mode = _jit_set_texpr_fuser_enabled = _jit_set_nvfuser_enabled = _jit_set_profiling_executor
_jit_override_can_fuse_on_cpu = _jit_override_can_fuse_on_gpu = _debug_set_autodiff_subgraph_inlining = (
    _jit_set_profiling_executor
)


def _is_torch_function_enabled() -> bool:
    """Whether classes of tensors are asked about functions, in this block of this thread."""
    return STATE.anything and STATE.subclasses


def _get_privateuse1_backend_name() -> str:
    """The name of a backend that a program brought: none did."""
    return "privateuseone"


def _get_cudnn_enabled() -> bool:
    """False: there is no cuDNN."""
    return False


def _get_accelerator(check: bool | None = None) -> device:
    """The device that tensors are made on when none is named."""
    return current_accelerator() or device("cpu")


def _cuda_isInBadFork() -> bool:
    """Whether this process was forked from one that had opened a device; a fork finds none, and says so itself."""
    return False


def _cuda_clearCublasWorkspaces() -> None:
    """Free nothing: products have no work space that is kept."""
