"""An optimizer over other parameters for a while. See torch.optim.swap_in_optimizer_params_and_state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..tensor.tensor import Tensor
from .optimizer import Group, Optimizer

__all__ = ["swap_in_optimizer_params_and_state"]

NEEDS = "swap_in_optimizer_params_and_state requires "


@contextmanager
def swap_in_optimizer_params_and_state(
    optimizer: Optimizer, swapin_parameters: dict[str, Tensor], swapin_optim_state: dict[str, Any]
) -> Iterator[None]:
    """Let ``optimizer`` work on other tensors while the context lasts: on those of ``swapin_parameters``, in the order of its own,
    with the state and the options of ``swapin_optim_state``, which is what `Optimizer.state_dict` gives.

    Only what is changed in place in these tensors remains. RuntimeError where the optimizer has not stepped yet, and where the
    dictionary does not fit its groups. See torch.optim.swap_in_optimizer_params_and_state.
    """
    if not optimizer.state:
        raise RuntimeError(NEEDS + "initialized optimizer state.")
    groups, states = _checked(optimizer.param_groups, swapin_optim_state)
    params = _shared_out(groups, list(swapin_parameters.values()), states)
    old_state, old_groups = optimizer.state, [dict(group) for group in optimizer.param_groups]
    optimizer.state = defaultdict(dict)
    try:
        for group, new, tensors in zip(optimizer.param_groups, groups, params, strict=True):
            group.update(new, params=tensors)
            for number, tensor in zip(new["params"], tensors, strict=True):
                optimizer.state[tensor] = dict(states.get(number, {}))
        yield
    finally:
        for group, old in zip(optimizer.param_groups, old_groups, strict=True):
            group.clear()
            group.update(old)
        optimizer.state = old_state


def _checked(own: list[Group], given: Any) -> tuple[list[Group], dict[Any, Any]]:
    """The groups and the states of a dictionary that fits groups; RuntimeError where it does not."""
    if not isinstance(given, dict):
        raise RuntimeError(NEEDS + "a DCP-style optimizer state_dict.")
    states, groups = given.get("state"), given.get("param_groups")
    if not isinstance(states, dict):
        raise RuntimeError(
            f"{NEEDS}swapin_optim_state['state'] to be a dict mapping packed parameter ids to per-param state dicts, "
            f"got {type(states).__name__}."
        )
    if any(isinstance(key, Tensor) for key in states):
        raise RuntimeError(NEEDS + "optimizer.state_dict()-style state keyed by packed parameter ids.")
    if any(isinstance(key, int) and not isinstance(value, dict) for key, value in states.items()):
        raise RuntimeError(NEEDS + "per-parameter optimizer state entries to be dictionaries.")
    if not isinstance(groups, list):
        raise RuntimeError(
            f"{NEEDS}swapin_optim_state['param_groups'] to be a list of param-group dicts, got {type(groups).__name__}."
        )
    if len(groups) != len(own):
        raise RuntimeError("swapin_optim_state has a different number of parameter groups than the live optimizer.")
    for i, (old, new) in enumerate(zip(own, groups, strict=True)):
        _check_group(i, old, new)
    return groups, states


def _check_group(i: int, old: Group, new: Any) -> None:
    """RuntimeError unless ``new`` has the options of ``old``, and numbers for as many parameters."""
    if not isinstance(new, dict):
        raise RuntimeError(NEEDS + "each optimizer param group to be a dictionary.")
    numbers = new.get("params")
    if not isinstance(numbers, list) or not all(isinstance(number, int) for number in numbers):
        raise RuntimeError(
            NEEDS + "optimizer.state_dict()-style param_groups[*]['params'] entries keyed by packed parameter ids."
        )
    if len(numbers) != len(old["params"]):
        raise RuntimeError(
            f"swapin_optim_state param group {i} has a different number of params than the live optimizer param group."
        )
    more, less = [key for key in new if key not in old], [key for key in old if key not in new]
    if more or less:
        raise RuntimeError(
            f"{NEEDS}optimizer.state_dict()-style param group keys to exactly match the live optimizer group keys for group {i}. "
            f"Keys only in swap-in: {more}. Keys only in live: {less}."
        )


def _shared_out(groups: list[Group], tensors: list[Tensor], states: dict[Any, Any]) -> list[list[Tensor]]:
    """The tensors of each group; RuntimeError where there are too few, and for states of numbers that no group has."""
    found, start = [], 0
    for group in groups:
        end = start + len(group["params"])
        if end > len(tensors):
            raise RuntimeError(NEEDS + "the explicit parameter state to match optimizer.param_groups ordering.")
        found.append(tensors[start:end])
        start = end
    known = {number for group in groups for number in group["params"]}
    extra = [key for key in states if key not in known]
    if extra:
        raise RuntimeError(
            f"{NEEDS}swapin_optim_state['state'] to be keyed only by packed parameter ids from param_groups[*]['params']; "
            f"got extra keys {extra!r}."
        )
    return found
