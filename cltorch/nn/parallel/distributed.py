"""``DistributedDataParallel``: gradients are averaged over the ranks of a world, which has one rank so far."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from ...autograd.modes import no_grad
from ...distributed import distributed_c10d
from ..modules.module import Module

__all__ = ["DistributedDataParallel"]


class DistributedDataParallel(Module):
    """A module whose gradients are averaged over all ranks. See torch.nn.parallel.DistributedDataParallel.

    ValueError before `init_process_group`; RuntimeError for a module without parameters that require gradients.
    """

    def __init__(
        self,
        module: Module,
        device_ids: Any = None,
        output_device: Any = None,
        dim: int = 0,
        broadcast_buffers: bool = True,
        init_sync: bool = True,
        process_group: Any = None,
        bucket_cap_mb: float | None = None,
        find_unused_parameters: bool = False,
        check_reduction: bool = False,
        gradient_as_bucket_view: bool = False,
        static_graph: bool = False,
        **options: Any,
    ) -> None:
        super().__init__()
        self.process_group = process_group or distributed_c10d._get_default_group()
        if not any(p.requires_grad for p in module.parameters()):
            raise RuntimeError(
                "DistributedDataParallel is not needed when a module doesn't have any parameter that requires a gradient."
            )
        self.module = module
        self.device_ids, self.output_device, self.dim = device_ids, output_device, dim
        self.device = next(module.parameters()).device
        self.broadcast_buffers, self.find_unused_parameters = broadcast_buffers, find_unused_parameters
        self.static_graph, self.gradient_as_bucket_view = static_graph, gradient_as_bucket_view
        self.require_backward_grad_sync = True
        self._comm_hook: tuple[Any, Any] | None = None

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """A block in which gradients are not averaged: with one rank they are the same."""
        before, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before

    @contextmanager
    def join(self, *args: Any, **kwargs: Any) -> Iterator[None]:
        """A block in which ranks may have uneven numbers of batches."""
        yield

    def register_comm_hook(self, state: object, hook: Any) -> None:
        """Let ``hook(state, bucket)`` make what becomes of each parameter's gradient, once that is there: a future of a tensor.

        TypeError where it cannot be called, RuntimeError for a second hook. See torch.nn.parallel.DistributedDataParallel.
        """
        if not callable(hook):
            raise TypeError("Communication hook must be callable.")
        if self._comm_hook is not None:
            raise RuntimeError("register_comm_hook or register_builtin_comm_hook can only be called once.")
        self._comm_hook = (state, hook)
        self._seen = 0
        parameters = [p for p in self.module.parameters() if p.requires_grad]
        for parameter in parameters:
            parameter.register_post_accumulate_grad_hook(partial(self._communicate, len(parameters)))

    def _communicate(self, count: int, parameter: Any) -> None:
        """Give a gradient to the hook, and keep what it makes of it."""
        if not self.require_backward_grad_sync or self._comm_hook is None:
            return
        state, hook = self._comm_hook
        self._seen = self._seen % count + 1
        bucket = distributed_c10d.GradBucket(self._seen - 1, parameter, self._seen == count)
        with no_grad():
            made = hook(state, bucket).wait()
            made = made[0] if isinstance(made, (list, tuple)) else made
            parameter.grad.copy_(made.view(parameter.shape))
