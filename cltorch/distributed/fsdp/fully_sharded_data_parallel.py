"""A module whose parameters are in parts on all ranks: whole on one. See torch.distributed.fsdp.FullyShardedDataParallel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...nn.modules.module import Module
from ...nn.utils.clip_grad import clip_grad_norm_
from ...optim.optimizer import Optimizer
from ...tensor.tensor import Tensor
from ..distributed_c10d import _get_default_group
from ..wrapped import Wrapped
from .api import (
    BackwardPrefetch,
    CPUOffload,
    FullOptimStateDictConfig,
    FullStateDictConfig,
    LocalOptimStateDictConfig,
    LocalStateDictConfig,
    MixedPrecision,
    OptimStateDictConfig,
    OptimStateKeyType,
    ShardedOptimStateDictConfig,
    ShardedStateDictConfig,
    ShardingStrategy,
    StateDictConfig,
    StateDictSettings,
    StateDictType,
)

__all__ = [
    "BackwardPrefetch",
    "CPUOffload",
    "FullOptimStateDictConfig",
    "FullStateDictConfig",
    "FullyShardedDataParallel",
    "LocalOptimStateDictConfig",
    "LocalStateDictConfig",
    "MixedPrecision",
    "OptimStateDictConfig",
    "OptimStateKeyType",
    "ShardedOptimStateDictConfig",
    "ShardedStateDictConfig",
    "ShardingStrategy",
    "StateDictConfig",
    "StateDictSettings",
    "StateDictType",
]


class FullyShardedDataParallel(Wrapped):
    """A module whose parameters are in parts on all ranks: whole on one. ValueError before `init_process_group`.

    RuntimeError for mixed precision, which is autocast's here. States have the keys of the module inside; an optimizer's is keyed by
    the parameters' names where PyTorch's is.
    """

    _inside = "_fsdp_wrapped_module"

    def __init__(
        self, module: Module, process_group: Any = None, *args: Any, mixed_precision: Any = None, **options: Any
    ) -> None:
        if mixed_precision is not None:
            raise RuntimeError("FullyShardedDataParallel: mixed precision by parts is not here; use torch.autocast")
        super().__init__(module)
        self.process_group = process_group or _get_default_group()
        self._settings = StateDictSettings()

    @property
    def module(self) -> Any:
        """The module itself."""
        return self._modules[self._inside]

    def clip_grad_norm_(self, max_norm: float, norm_type: float = 2.0) -> Tensor:
        """Limit the norm of all gradients together, and return what it was."""
        return clip_grad_norm_(self.parameters(), max_norm, norm_type)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """A block in which gradients are not joined: with one rank they are the same."""
        yield

    @staticmethod
    @contextmanager
    def summon_full_params(module: Module, *args: Any, **options: Any) -> Iterator[None]:
        """A block in which parameters are whole, which they are."""
        yield

    @staticmethod
    def fsdp_modules(module: Module, root_only: bool = False) -> list[FullyShardedDataParallel]:
        """The modules of this class in a module; or those which are in no other of them."""
        found = [one for one in module.modules() if isinstance(one, FullyShardedDataParallel)]
        inner = {id(below) for one in found for below in one.module.modules()} if root_only else set()
        return [one for one in found if id(one) not in inner]

    @staticmethod
    def set_state_dict_type(
        module: Module,
        state_dict_type: StateDictType,
        state_dict_config: StateDictConfig | None = None,
        optim_state_dict_config: OptimStateDictConfig | None = None,
    ) -> StateDictSettings:
        """How states are saved from now on; returns how they were. With one rank they are whole in any case."""
        before = FullyShardedDataParallel.get_state_dict_type(module)
        settings = StateDictSettings(
            state_dict_type,
            state_dict_config or FullStateDictConfig(),
            optim_state_dict_config or FullOptimStateDictConfig(),
        )
        for one in FullyShardedDataParallel.fsdp_modules(module):
            one._settings = settings
        return before

    @staticmethod
    def get_state_dict_type(module: Module) -> StateDictSettings:
        """How states are saved."""
        found = FullyShardedDataParallel.fsdp_modules(module)
        return found[0]._settings if found else StateDictSettings()

    @staticmethod
    @contextmanager
    def state_dict_type(
        module: Module,
        state_dict_type: StateDictType,
        state_dict_config: StateDictConfig | None = None,
        optim_state_dict_config: OptimStateDictConfig | None = None,
    ) -> Iterator[None]:
        """A block in which states are saved in some way."""
        put = FullyShardedDataParallel.set_state_dict_type
        before = put(module, state_dict_type, state_dict_config, optim_state_dict_config)
        try:
            yield
        finally:
            put(module, before.state_dict_type, before.state_dict_config, before.optim_state_dict_config)

    @staticmethod
    def optim_state_dict(
        model: Module, optim: Optimizer, optim_state_dict: dict[str, Any] | None = None, group: Any = None
    ) -> dict[str, Any]:
        """An optimizer's state, keyed by the names of parameters."""
        names = _names(model, optim.param_groups)
        return _rekeyed(optim.state_dict() if optim_state_dict is None else optim_state_dict, dict(enumerate(names)))

    @staticmethod
    def full_optim_state_dict(
        model: Module,
        optim: Optimizer,
        optim_input: Any = None,
        rank0_only: bool = True,
        group: Any = None,
    ) -> dict[str, Any]:
        """An optimizer's state, keyed by the names of parameters."""
        return FullyShardedDataParallel.optim_state_dict(model, optim)

    @staticmethod
    def optim_state_dict_to_load(
        model: Module,
        optim: Optimizer,
        optim_state_dict: dict[str, Any],
        is_named_optimizer: bool = False,
        load_directly: bool = False,
        group: Any = None,
    ) -> dict[str, Any]:
        """A state that is keyed by names, as the optimizer loads it (and loads it now, if ``load_directly``)."""
        places = {name: place for place, name in enumerate(_names(model, optim.param_groups))}
        state = _rekeyed(optim_state_dict, places)
        if load_directly:
            optim.load_state_dict(state)
        return state

    @staticmethod
    def scatter_full_optim_state_dict(
        full_optim_state_dict: dict[str, Any] | None,
        model: Module,
        optim_input: Any = None,
        optim: Optimizer | None = None,
        group: Any = None,
    ) -> dict[str, Any]:
        """A state that is keyed by names, as the optimizer loads it. ValueError without a state or an optimizer."""
        if full_optim_state_dict is None or optim is None:
            raise ValueError("scatter_full_optim_state_dict(): the one rank needs the state and the optimizer")
        return FullyShardedDataParallel.optim_state_dict_to_load(model, optim, full_optim_state_dict)

    shard_full_optim_state_dict = scatter_full_optim_state_dict

    @staticmethod
    def rekey_optim_state_dict(
        optim_state_dict: dict[str, Any],
        optim_state_key_type: OptimStateKeyType,
        model: Module,
        optim_input: Any = None,
        optim: Optimizer | None = None,
    ) -> dict[str, Any]:
        """A state keyed by names in place of numbers, or the other way round."""
        names = _names(model, optim.param_groups if optim else [{"params": list(model.parameters())}])
        pairs = dict(enumerate(names))
        wanted = optim_state_key_type is OptimStateKeyType.PARAM_NAME
        return _rekeyed(optim_state_dict, pairs if wanted else {name: place for place, name in pairs.items()})


def _names(model: Module, groups: list[dict[str, Any]]) -> list[str]:
    """The names of an optimizer's parameters, in its order, as they are in the module inside."""
    known = {id(p): name.replace("_fsdp_wrapped_module.", "") for name, p in model.named_parameters()}
    return [known[id(p)] for group in groups for p in group["params"]]


def _rekeyed(state: dict[str, Any], keys: dict[Any, Any]) -> dict[str, Any]:
    """An optimizer's state with other keys for its parameters; those that are no such keys stay."""
    return {
        **state,
        "state": {keys.get(key, key): value for key, value in state["state"].items()},
        "param_groups": [
            {**group, "params": [keys.get(key, key) for key in group["params"]]} for group in state["param_groups"]
        ],
    }
