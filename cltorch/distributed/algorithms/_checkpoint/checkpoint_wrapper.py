"""Modules whose activations are computed again in backward. See torch.distributed.algorithms._checkpoint.checkpoint_wrapper."""

from __future__ import annotations

import enum
from collections.abc import Callable
from functools import partial
from typing import Any

from ....autograd.graph import save_on_cpu
from ....nn.modules.module import Module
from ....utils.checkpoint import checkpoint
from ...wrapped import Wrapped

_CHECKPOINT_WRAPPED_MODULE = "_checkpoint_wrapped_module"
_CHECKPOINT_PREFIX = f"{_CHECKPOINT_WRAPPED_MODULE}."


class CheckpointImpl(enum.Enum):
    """Which form of `utils.checkpoint.checkpoint` computes again."""

    REENTRANT, NO_REENTRANT = range(1, 3)


class ActivationWrapper(Wrapped):
    """A module around one whose activations are treated in some way; keys of states are the inner module's."""

    _inside = _CHECKPOINT_WRAPPED_MODULE


class OffloadWrapper(ActivationWrapper):
    """A module whose activations lie on the host until backward. See torch.autograd.graph.save_on_cpu."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        with save_on_cpu(pin_memory=True):
            return super().forward(*args, **kwargs)


class CheckpointWrapper(ActivationWrapper):
    """A module that backward calls again instead of having kept its activations."""

    def __init__(
        self,
        mod: Module,
        checkpoint_impl: CheckpointImpl = CheckpointImpl.NO_REENTRANT,
        checkpoint_fn: Callable[..., Any] | None = None,
        **checkpoint_fn_kwargs: Any,
    ) -> None:
        super().__init__(mod)
        self.checkpoint_impl = checkpoint_impl
        again = checkpoint_impl is CheckpointImpl.REENTRANT
        function = partial(checkpoint, use_reentrant=again) if checkpoint_fn is None else checkpoint_fn
        self.checkpoint_fn = partial(function, **checkpoint_fn_kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        inner = self._modules[self._inside]
        if self.checkpoint_impl is CheckpointImpl.REENTRANT and kwargs:  # which takes positions alone
            return self.checkpoint_fn(lambda *values: inner(*values, **kwargs), *args)  # type: ignore[misc]
        return self.checkpoint_fn(inner, *args, **kwargs)


def offload_wrapper(module: Module) -> Module:
    """The module with its activations on the host until backward."""
    return OffloadWrapper(module)


def checkpoint_wrapper(
    module: Module,
    checkpoint_impl: CheckpointImpl = CheckpointImpl.NO_REENTRANT,
    checkpoint_fn: Callable[..., Any] | None = None,
    **checkpoint_fn_kwargs: Any,
) -> Module:
    """The module with its activations computed again in backward."""
    return CheckpointWrapper(module, checkpoint_impl, checkpoint_fn, **checkpoint_fn_kwargs)


def apply_activation_checkpointing(
    model: Module,
    checkpoint_wrapper_fn: Callable[..., Any] = checkpoint_wrapper,
    check_fn: Callable[[Any], bool] = lambda module: True,
    auto_wrap_policy: Callable[..., bool] | None = None,
) -> None:
    """Wrap every submodule that ``check_fn``, or else ``auto_wrap_policy``, is True of, in place."""
    if auto_wrap_policy is None:
        _wrap_below(model, check_fn, checkpoint_wrapper_fn)
    else:
        numel = sum(p.numel() for p in model.parameters())
        policy = partial(auto_wrap_policy, recurse=False, nonwrapped_numel=numel)
        _wrap_below(model, lambda module: policy(module=module), checkpoint_wrapper_fn)


def _wrap_below(module: Module, chosen: Callable[[Any], bool], wrap: Callable[..., Any]) -> None:
    """Innermost first, so that a wrapped module's parts are wrapped too."""
    for name, child in list(module.named_children()):
        _wrap_below(child, chosen, wrap)
        if chosen(child):
            setattr(module, name, wrap(child))
