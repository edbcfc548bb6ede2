"""``DataParallel``: the batch is split over devices. "cuda" means one device here, which gets the whole batch."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from ...autograd.modes import is_grad_enabled
from ..modules.module import Module
from .parallel_apply import parallel_apply
from .replicate import replicate
from .scatter_gather import gather, scatter_kwargs

__all__ = ["DataParallel", "data_parallel"]


T = TypeVar("T", bound=Module)


class DataParallel(Module, Generic[T]):
    """A module whose batches are split over devices: over one, so that it is called as it is. See torch.nn.DataParallel."""

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        self.module = module
        self.dim = dim
        self.device_ids = list(device_ids) if device_ids is not None else [0]
        self.output_device = self.device_ids[0] if output_device is None and self.device_ids else output_device
        if len(self.device_ids) > 1:
            raise RuntimeError(f"DataParallel: one device is there, device_ids names {len(self.device_ids)}")

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)

    def replicate(self, module: Module, device_ids: Any) -> list[Any]:
        """A copy of the module for each device."""
        return replicate(module, device_ids, not is_grad_enabled())

    def scatter(self, inputs: Any, kwargs: Any, device_ids: Any) -> Any:
        """For each device its part of the arguments."""
        return scatter_kwargs(inputs, kwargs, device_ids, self.dim)

    def parallel_apply(self, replicas: Any, inputs: Any, kwargs: Any) -> list[Any]:
        """The outputs of all copies."""
        return parallel_apply(replicas, inputs, kwargs, self.device_ids[: len(replicas)])

    def gather(self, outputs: Any, output_device: Any) -> Any:
        """The outputs of all devices, joined."""
        return gather(outputs, output_device, self.dim)


def data_parallel(
    module: Module,
    inputs: Any,
    device_ids: Any = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: Any = None,
) -> Any:
    """The module's outputs for a batch. See torch.nn.parallel.data_parallel."""
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    return module(*inputs, **(module_kwargs or {}))
