"""``torch.autograd.Variable``: a tensor, since tensors and variables became one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ops.arguments import is_tensor
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
    """``Variable(tensor)`` is the tensor; every tensor is an instance. See torch.autograd.Variable."""

    _execution_engine = _Engine()

    def __new__(cls, data: Any, requires_grad: bool = False, volatile: bool = False) -> Any:
        return data.requires_grad_() if requires_grad else data
