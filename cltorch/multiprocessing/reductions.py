"""How tensors are sent to other processes. See torch.multiprocessing.reductions."""

from __future__ import annotations

from multiprocessing import reduction
from typing import Any

from ..nn.parameter import Parameter
from ..tensor.sharing import register
from ..tensor.tensor import Tensor

__all__ = ["init_reductions", "reduce_tensor", "reduction"]


def init_reductions() -> None:
    """Let Python's pipes and queues take tensors, as they do since this package was imported."""
    register(Tensor)
    register(Parameter)


def reduce_tensor(tensor: Tensor) -> Any:
    """The function, and its arguments, that make a tensor in another process."""
    return reduction.ForkingPickler._extra_reducers[type(tensor)](tensor)  # type: ignore[attr-defined]
