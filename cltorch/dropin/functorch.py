"""``functorch``, the package that `torch.func` comes from: its names with a FutureWarning, and modules as functions of tuples of parameters.

See PyTorch's guide for moving on from it: https://pytorch.org/docs/main/func.migrating.html.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Sequence
from typing import Any

from .. import func as _func
from ..nn.modules.module import Module
from ..nn.utils.stateless import _functional_call
from ..tensor.tensor import Tensor
from ..warned import warn

__all__ = [
    "FunctionalModule",
    "FunctionalModuleWithBuffers",
    "combine_state_for_ensemble",
    "functionalize",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "make_functional",
    "make_functional_with_buffers",
    "vjp",
    "vmap",
]


def _warn(name: str, newer: str) -> None:
    warn(
        f"We've integrated functorch into PyTorch. As the final step of the integration, `functorch.{name}` is deprecated as of "
        "PyTorch 2.0 and will be deleted in a future version of PyTorch >= 2.3. Please use "
        f"`{newer}` instead; see the PyTorch 2.0 release notes and/or the `torch.func` migration guide for more details "
        "https://pytorch.org/docs/main/func.migrating.html",
        FutureWarning,
    )


def _older(name: str, newer: str) -> Callable[..., Any]:
    """A function of `torch.func` that says where it is now."""
    function = getattr(_func, name)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        _warn(name, newer)
        return function(*args, **kwargs)

    return call


vmap = _older("vmap", "torch.vmap")
grad = _older("grad", "torch.func.grad")
grad_and_value = _older("grad_and_value", "torch.func.grad_and_value")
vjp = _older("vjp", "torch.func.vjp")
jvp = _older("jvp", "torch.func.jvp")
jacrev = _older("jacrev", "torch.func.jacrev")
jacfwd = _older("jacfwd", "torch.func.jacfwd")
hessian = _older("hessian", "torch.func.hessian")
functionalize = _older("functionalize", "torch.func.functionalize")


class _Stateless(Module):
    """A module that is called with its parameters, under these names."""

    def __init__(self, stateless_model: Module, *names: Sequence[str]) -> None:
        super().__init__()
        self.stateless_model = stateless_model
        self.names = names

    def _call(self, given: Sequence[Sequence[Tensor]], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        tensors: dict[str, Any] = {}
        for names, values in zip(self.names, given, strict=True):
            tensors.update(zip(names, values, strict=True))
        return _functional_call(self.stateless_model, tensors, args, kwargs)


class FunctionalModule(_Stateless):
    """What `make_functional` gives: called as ``f(params, *args, **kwargs)``."""

    def forward(self, params: Sequence[Tensor], *args: Any, **kwargs: Any) -> Any:
        """The module's result with these parameters."""
        return self._call((params,), args, kwargs)


class FunctionalModuleWithBuffers(_Stateless):
    """What `make_functional_with_buffers` gives: called as ``f(params, buffers, *args, **kwargs)``."""

    def forward(self, params: Sequence[Tensor], buffers: Sequence[Tensor], *args: Any, **kwargs: Any) -> Any:
        """The module's result with these parameters and buffers."""
        return self._call((params, buffers), args, kwargs)


def _taken_apart(model: Module, untracked: bool) -> tuple[Module, list[str], tuple[Tensor, ...], list[str], Any]:
    """A copy of a module on the meta device, and the names and the values of its parameters and buffers, tied ones once."""
    copied = copy.deepcopy(model)
    parameters, buffers = dict(copied.named_parameters()), dict(copied.named_buffers())
    values = tuple(parameters.values())
    if untracked:
        for value in values:
            value.requires_grad_(False)
    return copy.deepcopy(copied).to("meta"), list(parameters), values, list(buffers), tuple(buffers.values())


def make_functional(
    model: Module, disable_autograd_tracking: bool = False
) -> tuple[FunctionalModule, tuple[Tensor, ...]]:
    """A function of a module's parameters, and these: ``f(params, *args)`` is ``model(*args)``. RuntimeError for a module with buffers.

    The parameters are copies; with ``disable_autograd_tracking`` they do not require gradients."""
    _warn("make_functional", "torch.func.functional_call")
    if list(model.buffers()):
        raise RuntimeError(
            "make_functional(model): `model` has buffers. Please use make_functional_with_buffers(model) instead."
        )
    stateless, names, values, _, _ = _taken_apart(model, disable_autograd_tracking)
    return FunctionalModule(stateless, names), values


def make_functional_with_buffers(
    model: Module, disable_autograd_tracking: bool = False
) -> tuple[FunctionalModuleWithBuffers, tuple[Tensor, ...], tuple[Tensor, ...]]:
    """A function of a module's parameters and buffers, and these: ``f(params, buffers, *args)`` is ``model(*args)``."""
    _warn("make_functional_with_buffers", "torch.func.functional_call")
    stateless, names, values, held, buffers = _taken_apart(model, disable_autograd_tracking)
    return FunctionalModuleWithBuffers(stateless, names, held), values, buffers


def combine_state_for_ensemble(
    models: Sequence[Module],
) -> tuple[FunctionalModuleWithBuffers, tuple[Tensor, ...], tuple[Tensor, ...]]:
    """A function of the parameters and buffers of modules of one class, and these stacked: fit for `vmap`.

    RuntimeError for no module, or modules of several classes or modes."""
    _warn("combine_state_for_ensemble", "torch.func.stack_module_state")
    if not len(models):
        raise RuntimeError("combine_state_for_ensemble: Expected at least one model, got 0.")
    if len({model.training for model in models}) > 1:
        raise RuntimeError("combine_state_for_ensemble: Expected all models to have the same training/eval mode.")
    if len({type(model) for model in models}) > 1:
        raise RuntimeError("combine_state_for_ensemble: Expected all models to be of the same class.")
    stateless, names, _, held, _ = _taken_apart(models[0], False)
    parameters, buffers = _func.stack_module_state(models)
    stacked = tuple(parameters[name] for name in names), tuple(buffers[name] for name in held)
    return FunctionalModuleWithBuffers(stateless, names, held), *stacked
