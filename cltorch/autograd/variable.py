"""``torch.autograd.Variable``: a tensor, since tensors and variables became one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ops.arguments import is_tensor
from ..ops.asking import PLACES
from .modes import MODE


class _VariableKind(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return is_tensor(instance)


class _Engine:
    """What runs backward passes, for programs that want to be called when one is done."""

    @staticmethod
    def queue_callback(callback: Callable[[], None]) -> None:
        """Call a function when the pass that is under way is done. RuntimeError outside of one."""
        if MODE.running is None:
            raise RuntimeError("Final callbacks can only be installed during backward pass.")
        MODE.running.callbacks.append(callback)


class Variable(metaclass=_VariableKind):
    """``Variable(tensor)`` is a new leaf with the tensor's numbers, without its history; every tensor is an instance. See
    torch.autograd.Variable. TypeError for anything else, RuntimeError where a tensor without gradients is to require them."""

    _execution_engine = _Engine()

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool = False) -> Any:
        if data is None:
            data = PLACES[0][0]()
        if not is_tensor(data):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        if requires_grad and not (data.is_floating_point() or data.is_complex()):
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        return data.detach().requires_grad_(bool(requires_grad))
