"""States of modules and optimizers, gathered from all ranks: those of the one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class StateDictOptions:
    """How states are gathered, which with one rank changes nothing but ``strict``."""

    full_state_dict: bool = False
    cpu_offload: bool = False
    ignore_frozen_params: bool = False
    keep_submodule_prefixes: bool = True
    strict: bool = True
    broadcast_from_rank0: bool = False


def get_model_state_dict(model: Any, *, submodules: Any = None, options: Any = None) -> dict[str, Any]:
    """The module's state."""
    return model.state_dict()


def set_model_state_dict(model: Any, model_state_dict: Any, *, options: StateDictOptions | None = None) -> Any:
    """Load the module's state."""
    return model.load_state_dict(model_state_dict, strict=options is None or options.strict)


def get_optimizer_state_dict(model: Any, optimizers: Any, **options: Any) -> dict[str, Any]:
    """The optimizer's state."""
    return optimizers.state_dict()


def set_optimizer_state_dict(model: Any, optimizers: Any, optim_state_dict: Any, **options: Any) -> None:
    """Load the optimizer's state."""
    optimizers.load_state_dict(optim_state_dict)
