"""``torch.autograd.Variable``: a tensor, since tensors and variables became one."""

from __future__ import annotations

from typing import Any

from ..ops.arguments import is_tensor


class _VariableKind(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return is_tensor(instance)


class Variable(metaclass=_VariableKind):
    """``Variable(tensor)`` is the tensor; every tensor is an instance. See torch.autograd.Variable."""

    def __new__(cls, data: Any, requires_grad: bool = False, volatile: bool = False) -> Any:
        return data.requires_grad_() if requires_grad else data
