"""Which modules a wrapper goes around. See torch.distributed.fsdp.wrap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from ...nn.modules.container import ModuleDict, ModuleList
from ...nn.modules.module import Module

__all__ = [
    "CustomPolicy",
    "ModuleWrapPolicy",
    "always_wrap_policy",
    "enable_wrap",
    "lambda_auto_wrap_policy",
    "size_based_auto_wrap_policy",
    "transformer_auto_wrap_policy",
    "wrap",
]


def always_wrap_policy(*args: Any, **kwargs: Any) -> bool:
    """True: every module is wrapped."""
    return True


def lambda_auto_wrap_policy(
    module: Module, recurse: bool, nonwrapped_numel: int, lambda_fn: Callable[[Module], bool]
) -> bool:
    """Whether to go on below a module (always), or to wrap it: ``lambda_fn`` says."""
    return recurse or lambda_fn(module)


def transformer_auto_wrap_policy(
    module: Module, recurse: bool, nonwrapped_numel: int, transformer_layer_cls: set[type[Module]]
) -> bool:
    """Whether to go on below a module (always), or to wrap it: if it is one of some classes."""
    return recurse or isinstance(module, tuple(transformer_layer_cls))


def _wrap_module_cls_individually(
    module: Module, module_classes: Any, recurse: bool, *args: Any, **kwargs: Any
) -> bool:
    """Whether to go on below a module (always), or to wrap it: if it is one of some classes."""
    return recurse or isinstance(module, tuple(module_classes))


def _or_policy(module: Module, recurse: bool, nonwrapped_numel: int, policies: Any) -> bool:
    """Whether one of several policies says so."""
    return any(policy(module=module, recurse=recurse, nonwrapped_numel=nonwrapped_numel) for policy in policies)


def size_based_auto_wrap_policy(
    module: Module,
    recurse: bool,
    nonwrapped_numel: int,
    min_num_params: int = int(1e8),
    force_leaf_modules: set[type[Module]] | None = None,
    exclude_wrap_modules: set[type[Module]] | None = None,
) -> bool:
    """Whether to go on below a module, or to wrap it: if at least ``min_num_params`` are not in a wrapped one yet."""
    leaves = tuple(_LEAVES if force_leaf_modules is None else force_leaf_modules)
    excluded = tuple(_EXCLUDED if exclude_wrap_modules is None else exclude_wrap_modules)
    large = nonwrapped_numel >= int(min_num_params)
    return large and not isinstance(module, leaves if recurse else excluded)


_EXCLUDED: set[type[Module]] = {ModuleList, ModuleDict}
_LEAVES: set[type[Module]] = set()
size_based_auto_wrap_policy.EXCLUDE_WRAP_MODULES = _EXCLUDED  # type: ignore[attr-defined]
size_based_auto_wrap_policy.FORCE_LEAF_MODULES = _LEAVES  # type: ignore[attr-defined]


class ModuleWrapPolicy:
    """A policy that wraps the modules of some classes."""

    def __init__(self, module_classes: Any) -> None:
        self._module_classes = set(module_classes)

    def __call__(self, module: Module, recurse: bool, *args: Any, **kwargs: Any) -> bool:
        return _wrap_module_cls_individually(module, self._module_classes, recurse)

    def __repr__(self) -> str:
        return f"{super().__repr__()}({self._module_classes})"


class CustomPolicy:
    """A policy that asks a function: it gives False, True, or options of the wrapper."""

    def __init__(self, lambda_fn: Callable[[Module], Any]) -> None:
        self._lambda_fn = lambda_fn

    def __call__(self, module: Module, recurse: bool, *args: Any, **kwargs: Any) -> bool:
        return recurse or bool(self._lambda_fn(module))


class _Wrapping:
    """What `wrap` puts around modules, inside a block of `enable_wrap`."""

    around: Callable[[Module], Module] | None = None


@contextmanager
def enable_wrap(*, wrapper_cls: Any, **wrapper_kwargs: Any) -> Iterator[None]:
    """A block in which `wrap` puts a ``wrapper_cls`` around modules."""
    before, _Wrapping.around = _Wrapping.around, partial(wrapper_cls, **wrapper_kwargs)
    try:
        yield
    finally:
        _Wrapping.around = before


def wrap(module: Module, **wrap_overrides: Any) -> Module:
    """The module wrapped, inside a block of `enable_wrap`; else itself."""
    return module if _Wrapping.around is None else _Wrapping.around(module, **wrap_overrides)
