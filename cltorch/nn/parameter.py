"""Parameters: tensors that modules register. See torch.nn.Parameter."""

from __future__ import annotations

from typing import Any

from ..tensor.creation import tensor
from ..tensor.tensor import Tensor


class Parameter(Tensor):
    """A tensor that becomes a parameter when it is assigned to a module; requires gradients unless told otherwise."""

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Parameter:
        source = tensor([]) if data is None else data
        if not isinstance(source, Tensor):
            raise TypeError(f"Parameter data must be a Tensor, not {type(data).__name__}")
        return Tensor._make_subclass(cls, source.detach(), requires_grad)

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()
