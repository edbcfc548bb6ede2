"""Parameters: tensors that modules register. See torch.nn.Parameter."""

from __future__ import annotations

from typing import Any

from ..tensor.creation import tensor
from ..tensor.tensor import Tensor

__all__ = ["Buffer", "Parameter"]


class Parameter(Tensor):
    """A tensor that becomes a parameter when it is assigned to a module; requires gradients unless told otherwise."""

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Parameter:
        source = tensor([]) if data is None else data
        if not isinstance(source, Tensor):
            raise AttributeError(f"Parameter data must be a Tensor, but got {type(data).__name__}")
        return Tensor._make_subclass(cls, source.detach(), requires_grad)

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()

    __str__ = __repr__

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        """A parameter with the same numbers; its gradient is not copied."""
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.detach().clone(), self.requires_grad)
        return memo[id(self)]


class _BufferKind(type(Tensor)):  # type: ignore[misc]
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and "_is_buffer" in instance.__dict__


class Buffer(Tensor, metaclass=_BufferKind):
    """A tensor that becomes a buffer when it is assigned to a module, saved with it unless ``persistent`` is False."""

    persistent: bool

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        source = tensor([]) if data is None else data
        made = source.detach().requires_grad_(source.requires_grad)
        made.__dict__.update(persistent=persistent, _is_buffer=True)
        return made
