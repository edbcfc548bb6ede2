"""Options of parameters in parts. See torch.distributed.fsdp.api."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "BackwardPrefetch",
    "CPUOffload",
    "CPUOffloadPolicy",
    "FullOptimStateDictConfig",
    "FullStateDictConfig",
    "LocalOptimStateDictConfig",
    "LocalStateDictConfig",
    "MixedPrecision",
    "MixedPrecisionPolicy",
    "OffloadPolicy",
    "OptimStateDictConfig",
    "OptimStateKeyType",
    "ShardedOptimStateDictConfig",
    "ShardedStateDictConfig",
    "ShardingStrategy",
    "StateDictConfig",
    "StateDictSettings",
    "StateDictType",
]


class ShardingStrategy(enum.Enum):
    """Which of parameters, gradients and states would be in parts."""

    FULL_SHARD, SHARD_GRAD_OP, NO_SHARD, HYBRID_SHARD, _HYBRID_SHARD_ZERO2 = range(1, 6)


class BackwardPrefetch(enum.Enum):
    """When parts would be fetched."""

    BACKWARD_PRE, BACKWARD_POST = range(1, 3)


class StateDictType(enum.Enum):
    """How a state would be saved."""

    FULL_STATE_DICT, LOCAL_STATE_DICT, SHARDED_STATE_DICT = range(1, 4)


class OptimStateKeyType(enum.Enum):
    """What an optimizer's state is keyed by."""

    PARAM_NAME, PARAM_ID = range(1, 3)


@dataclass
class StateDictConfig:
    """How a module's state is saved."""

    offload_to_cpu: bool = False


@dataclass
class FullStateDictConfig(StateDictConfig):
    """A whole state, on rank 0 only or on all."""

    rank0_only: bool = False


@dataclass
class LocalStateDictConfig(StateDictConfig):
    """A state of this rank's parts."""


@dataclass
class ShardedStateDictConfig(StateDictConfig):
    """A state in parts."""

    _use_dtensor: bool = False


@dataclass
class OptimStateDictConfig:
    """How an optimizer's state is saved."""

    offload_to_cpu: bool = True


@dataclass
class FullOptimStateDictConfig(OptimStateDictConfig):
    """A whole state, on rank 0 only or on all."""

    rank0_only: bool = False


@dataclass
class LocalOptimStateDictConfig(OptimStateDictConfig):
    """A state of this rank's parts."""

    offload_to_cpu: bool = False


@dataclass
class ShardedOptimStateDictConfig(OptimStateDictConfig):
    """A state in parts."""

    _use_dtensor: bool = False


@dataclass
class StateDictSettings:
    """How states are saved."""

    state_dict_type: StateDictType = StateDictType.FULL_STATE_DICT
    state_dict_config: StateDictConfig = field(default_factory=FullStateDictConfig)
    optim_state_dict_config: OptimStateDictConfig = field(default_factory=FullOptimStateDictConfig)


@dataclass(frozen=True)
class CPUOffload:
    """Whether parts would lie on the host; with one rank they stay on the device."""

    offload_params: bool = False


@dataclass(frozen=True)
class OffloadPolicy:
    """Where parts would lie: on the device."""


@dataclass(frozen=True)
class CPUOffloadPolicy(OffloadPolicy):
    """Where parts would lie: on the host."""

    pin_memory: bool = True


@dataclass(frozen=True)
class MixedPrecisionPolicy:
    """In which dtypes parts would be computed and joined."""

    param_dtype: Any = None
    reduce_dtype: Any = None
    output_dtype: Any = None
    cast_forward_inputs: bool = True


@dataclass(frozen=True)
class MixedPrecision:
    """In which dtypes parts would be computed and joined."""

    param_dtype: Any = None
    reduce_dtype: Any = None
    buffer_dtype: Any = None
    keep_low_precision_grads: bool = False
    cast_forward_inputs: bool = False
    cast_root_forward_inputs: bool = True
