"""States of modules and optimizers by the names of parameters, whatever wraps them. See torch.distributed.checkpoint.state_dict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ...compiler import OptimizedModule
from ...nn.modules.module import Module
from ...nn.parallel.distributed import DistributedDataParallel
from ...tensor.tensor import Tensor
from ..wrapped import Wrapped

__all__ = [
    "StateDictOptions",
    "get_model_state_dict",
    "get_optimizer_state_dict",
    "get_state_dict",
    "set_model_state_dict",
    "set_optimizer_state_dict",
    "set_state_dict",
]


@dataclass
class StateDictOptions:
    """How states are gathered. ``full_state_dict`` and ``broadcast_from_rank0`` change nothing: the one rank has all."""

    full_state_dict: bool = False
    cpu_offload: bool = False
    ignore_frozen_params: bool = False
    keep_submodule_prefixes: bool = True
    strict: bool = True
    broadcast_from_rank0: bool = False
    flatten_optimizer_state_dict: bool = False
    dsd_fqn_modifiers: str = "_fqn_modifiers"


def _inside(module: Module) -> Module:
    """The module in wrappers whose names are in no state."""
    while isinstance(module, (DistributedDataParallel, OptimizedModule, Wrapped)):
        module = next(iter(module._modules.values()))  # type: ignore[assignment]
    return module


def _parameters(module: Module, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All parameters with their names, as if nothing was wrapped; each once."""
    module = _inside(module)
    for name, parameter in module._parameters.items():
        if parameter is not None:
            yield prefix + name, parameter
    for name, child in module._modules.items():
        if child is not None:
            yield from _parameters(child, f"{prefix}{name}.")


def _moved(state: Any, options: StateDictOptions) -> Any:
    """A state, in the memory of the host if that is asked for."""
    if not options.cpu_offload:
        return state
    if isinstance(state, Tensor):
        return state.cpu()
    if isinstance(state, dict):
        return {key: _moved(value, options) for key, value in state.items()}
    return [_moved(value, options) for value in state] if isinstance(state, list) else state


def get_model_state_dict(model: Module, *, submodules: Any = None, options: StateDictOptions | None = None) -> Any:
    """The module's state, of some of its modules alone if there are ``submodules``."""
    options = options or StateDictOptions()
    state: Any = _inside(model).state_dict()
    if options.ignore_frozen_params:
        frozen = {name for name, parameter in _parameters(model) if not parameter.requires_grad}
        state = {key: value for key, value in state.items() if key not in frozen}
    if submodules:
        wanted = [f"{name}." for name, module in _inside(model).named_modules() if module in submodules]
        parts = [(prefix, key) for prefix in wanted for key in state if key.startswith(prefix)]
        state = {key if options.keep_submodule_prefixes else key[len(prefix) :]: state[key] for prefix, key in parts}
    return _moved(state, options)


def set_model_state_dict(model: Module, model_state_dict: Any, *, options: StateDictOptions | None = None) -> Any:
    """Load the module's state; what is missing and unexpected, as `load_state_dict` says it."""
    if not model_state_dict:
        return _inside(model).load_state_dict({}, strict=False)
    return _inside(model).load_state_dict(model_state_dict, strict=options is None or options.strict)


def _init_optim_state(optimizer: Any) -> None:
    """Let an optimizer that has made no step yet have its state: by a step of zero gradients and a rate of zero."""
    given = [p for group in optimizer.param_groups for p in group["params"]]
    if optimizer.state or any(p.grad is not None for p in given):
        return
    for parameter in given:
        if parameter.requires_grad:
            parameter.grad = parameter.detach().new_zeros(parameter.shape)
    rates = [group.get("lr") for group in optimizer.param_groups]
    for group, rate in zip(optimizer.param_groups, rates):
        if rate is not None:
            group["lr"] = rate.new_zeros(()) if isinstance(rate, Tensor) else 0.0
    optimizer.step(closure=None)
    for group, rate in zip(optimizer.param_groups, rates):
        if rate is not None:
            group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)


def _several(optimizers: Any) -> list[Any]:
    return list(optimizers) if isinstance(optimizers, Iterable) else [optimizers]


def get_optimizer_state_dict(
    model: Module, optimizers: Any, *, submodules: Any = None, options: StateDictOptions | None = None
) -> dict[str, Any]:
    """The states of one or several optimizers, with names of parameters in the place of numbers."""
    options = options or StateDictOptions()
    names = {id(parameter): name for name, parameter in _parameters(model)}
    found: dict[str, Any] = {"state": {}, "param_groups": []}
    for optimizer in _several(optimizers):
        _init_optim_state(optimizer)
        own = optimizer.state_dict()
        named = _numbered(optimizer, names)
        found["state"].update({named[k]: state for k, state in own["state"].items()})
        for group in own["param_groups"]:
            found["param_groups"].append({**group, "params": [named[k] for k in group["params"]]})
    found = _moved(found, options)
    return _flat(found) if options.flatten_optimizer_state_dict else found


def _numbered(optimizer: Any, names: dict[int, str]) -> dict[int, str]:
    """The names of an optimizer's parameters by their numbers. KeyError for one that is not the module's."""
    given = [p for group in optimizer.param_groups for p in group["params"]]
    return {k: names[id(p)] for k, p in enumerate(given)}


def _flat(states: dict[str, Any]) -> dict[str, Any]:
    """One level: a name for each value of each parameter."""
    flat = {f"state.{name}.{key}": v for name, state in states["state"].items() for key, v in state.items()}
    for group in states["param_groups"]:
        for name in group["params"]:
            flat |= {f"param_groups.{name}.{key}": value for key, value in group.items() if key != "params"}
    return flat


def _found(given: dict[str, Any], names: list[str], group: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is given for a group of parameters: their states by name, and the group's settings."""
    if "state" in given:
        states = {name: given["state"][name] for name in names if name in given["state"]}
        for other in given["param_groups"]:
            if names and names[0] in other["params"]:
                return states, other
        raise RuntimeError(f"there are no param_groups for {names[:1]} in the state of the optimizer")
    states = {}
    for key, value in given.items():
        for name in names:
            if key.startswith(f"state.{name}."):
                states.setdefault(name, {})[key[len(f"state.{name}.") :]] = value
    keys = {key: f"param_groups.{names[0]}.{key}" for key in group if key != "params"}
    return states, {key: given[long] for key, long in keys.items() if long in given}


def set_optimizer_state_dict(
    model: Module, optimizers: Any, optim_state_dict: Any, *, options: StateDictOptions | None = None
) -> None:
    """Load the states of one or several optimizers. RuntimeError for a group of which nothing is there."""
    names = {id(parameter): name for name, parameter in _parameters(model)}
    for optimizer in _several(optimizers):
        _init_optim_state(optimizer)
        named = _numbered(optimizer, names)
        own = optimizer.state_dict()
        state: dict[int, Any] = {}
        groups = []
        for group in own["param_groups"]:
            states, settings = _found(optim_state_dict, [named[k] for k in group["params"]], group)
            state |= {k: states[named[k]] for k in group["params"] if named[k] in states}
            groups.append({**group, **settings, "params": group["params"]})
        optimizer.load_state_dict({**own, "state": state, "param_groups": groups})


def get_state_dict(
    model: Module, optimizers: Any, *, submodules: Any = None, options: StateDictOptions | None = None
) -> tuple[Any, dict[str, Any]]:
    """`get_model_state_dict` and `get_optimizer_state_dict`."""
    states = get_optimizer_state_dict(model, optimizers, submodules=submodules, options=options)
    return get_model_state_dict(model, submodules=submodules, options=options), states


def set_state_dict(
    model: Module,
    optimizers: Any,
    *,
    model_state_dict: Any,
    optim_state_dict: Any,
    options: StateDictOptions | None = None,
) -> Any:
    """`set_model_state_dict` and `set_optimizer_state_dict`."""
    found = set_model_state_dict(model, model_state_dict, options=options)
    set_optimizer_state_dict(model, optimizers, optim_state_dict, options=options)
    return found
