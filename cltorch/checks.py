"""What programs assert about values and ask about the process: ``torch._check`` and its kin, threads, warnings, symbols.

Symbols (``SymInt``) are what PyTorch's compiler puts in the place of sizes; here sizes are always numbers.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from typing import Any

from . import dtypes
from .ops.asking import handle, hook_of
from .tensor.device_names import device as _Device
from .tensor.tensor import Tensor
from .warned import Settings as Warnings

Message = Callable[[], Any] | None
UNSAID = "Expected cond to be True, but got False. (Could this error message be improved? If so, please report an enhancement request to PyTorch.)"


def _assert(condition: Any, message: str) -> None:
    """AssertionError with a message unless the condition (a bool, or a tensor of one element) holds.

    What stands for a value, as in a traced function, is asked by ``__torch_function__``, so that the check is recorded.
    """
    if type(condition) is not bool and type(condition) is not Tensor and hook_of(type(condition)) is not None:
        handle(_assert, [condition], (condition, message), {})
        return
    if not condition:
        raise AssertionError(message)


def _assert_async(condition: Tensor, assert_msg: str | None = None) -> None:
    """RuntimeError unless a tensor of one element holds. It is read at once, which waits for the device."""
    if not bool(condition):
        raise RuntimeError(assert_msg or "Expected Tensor with single nonzero value, but got zero")


def cond(pred: Any, true_fn: Callable[..., Any], false_fn: Callable[..., Any], operands: Any = ()) -> Any:
    """``true_fn(*operands)`` or ``false_fn(*operands)``, by a bool or a tensor of one element, which is read: this waits for the device.

    RuntimeError for a tensor of more elements. See torch.cond.
    """
    if isinstance(pred, Tensor) and pred.numel() != 1:
        raise RuntimeError(f"Expected pred to be bool or single-element tensor, but got {pred}.")
    return (true_fn if pred else false_fn)(*operands)


def _check_with(error_type: type[Exception], cond: bool, message: Message) -> None:
    if isinstance(cond, Tensor):
        raise TypeError(
            "cond must be a bool, but got a Tensor. For tensor conditions, use torch._check_tensor_all() to assert that all elements are true."
        )
    if not isinstance(cond, bool):
        raise TypeError(f"cond must be a bool, but got {type(cond)}")
    if cond:
        return
    if message is not None and not callable(message):
        raise TypeError("message must be a callable")
    raise error_type(UNSAID if message is None else str(message()))


def _check(cond: bool, message: Message = None) -> None:
    """RuntimeError with a message unless the condition holds."""
    _check_with(RuntimeError, cond, message)


def _check_index(cond: bool, message: Message = None) -> None:
    """IndexError unless the condition holds."""
    _check_with(IndexError, cond, message)


def _check_value(cond: bool, message: Message = None) -> None:
    """ValueError unless the condition holds."""
    _check_with(ValueError, cond, message)


def _check_type(cond: bool, message: Message = None) -> None:
    """TypeError unless the condition holds."""
    _check_with(TypeError, cond, message)


def _check_not_implemented(cond: bool, message: Message = None) -> None:
    """NotImplementedError unless the condition holds."""
    _check_with(NotImplementedError, cond, message)


def _check_is_size(i: int, message: Message = None, *, max: int | None = None) -> None:
    """RuntimeError unless a number is a size: not negative (and not above ``max``)."""
    _check_with(RuntimeError, i >= 0 and (max is None or i <= max), message)


def _check_tensor_all_with(error_type: type[Exception], cond: Tensor, message: Message = None) -> None:
    """An error unless all elements of a bool tensor are True."""
    if not isinstance(cond, Tensor):
        raise TypeError(f"cond must be a tensor, but got {type(cond)}")
    if cond.dtype is not dtypes.bool:
        raise TypeError(f"cond tensor must have dtype torch.bool, but got {cond.dtype}")
    _check_with(error_type, bool(cond.all()), message)


def _check_tensor_all(cond: Tensor, message: Message = None) -> None:
    """RuntimeError unless all elements of a bool tensor are True."""
    _check_tensor_all_with(RuntimeError, cond, message)


class SymInt:
    """A size that PyTorch's compiler does not know yet. Nothing is one."""

    __module__ = "cltorch"


class SymFloat:
    """A number that PyTorch's compiler does not know yet. Nothing is one."""

    __module__ = "cltorch"


class SymBool:
    """A condition that PyTorch's compiler does not know yet. Nothing is one."""

    __module__ = "cltorch"


def sym_int(a: Any) -> int:
    """The whole number."""
    return int(a)


def sym_float(a: Any) -> float:
    """The number."""
    return float(a)


def sym_max(a: Any, b: Any) -> Any:
    """The greater number."""
    return max(a, b)


def sym_min(a: Any, b: Any) -> Any:
    """The smaller number."""
    return min(a, b)


def sym_sqrt(a: Any) -> float:
    """The square root of a number."""
    return math.sqrt(a)


def sym_sum(*args: Any) -> Any:
    """The sum of numbers, given one by one or in a list."""
    return sum(args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args)


def sym_ite(b: Any, t: Any, f: Any) -> Any:
    """``t`` if the condition holds, else ``f``."""
    if not isinstance(b, (SymBool, bool)):
        raise AssertionError(f"expected SymBool or bool, got {type(b)}")
    return t if b else f


def sym_not(a: Any) -> bool:
    """Whether the condition does not hold."""
    return not a


class _Settings:
    """What was set for the process."""

    threads = os.cpu_count() or 1
    interop_threads = os.cpu_count() or 1


def get_num_threads() -> int:
    """What `set_num_threads` was called with last, at first the host's number: kernels run on the OpenCL driver's threads."""
    return _Settings.threads


def set_num_threads(int: Any, /) -> None:
    """Keep a number of threads: the OpenCL driver has its own. RuntimeError if it is not positive."""
    if not hasattr(int, "__index__"):
        raise TypeError(f"set_num_threads expects an int, but got {type(int).__name__}")
    if int <= 0:
        raise RuntimeError("set_num_threads expects a positive integer")
    _Settings.threads = int


def get_num_interop_threads() -> int:
    """What `set_num_interop_threads` was called with last."""
    return _Settings.interop_threads


def set_num_interop_threads(int: Any, /) -> None:
    """Keep a number of threads: operations are recorded by the program's own."""
    _Settings.interop_threads = int


def set_warn_always(b: bool) -> None:
    """Choose whether warnings that come once a process come every time; Python's filters see them either way."""
    Warnings.always = bool(b)


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` was called with last."""
    return Warnings.always


def set_flush_denormal(mode: bool) -> bool:
    """False: whether small numbers become zero is the OpenCL device's affair."""
    return False


def compiled_with_cxx11_abi() -> bool:
    """True, as in every PyTorch of this level."""
    return True


def is_vulkan_available() -> bool:
    """False."""
    return False


def get_device_module(device: Any = None) -> Any:
    """The module of ``torch`` about a device: ``torch.cuda`` for ``cuda``. RuntimeError if there is none."""
    package = sys.modules[__name__.partition(".")[0]]
    kind = package.get_default_device().type if device is None else _Device(device).type
    found = vars(package).get(kind)
    if found is None:
        raise RuntimeError(f"Device '{kind}' does not have a corresponding module registered as 'torch.{kind}'.")
    return found
