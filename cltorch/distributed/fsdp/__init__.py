"""Parameters in parts on several ranks: with one rank each is whole. See torch.distributed.fsdp."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from ...nn.modules.module import Module
from ..distributed_c10d import _get_default_group

__all__ = [
    "BackwardPrefetch",
    "CPUOffload",
    "CPUOffloadPolicy",
    "FSDPModule",
    "FullyShardedDataParallel",
    "MixedPrecision",
    "MixedPrecisionPolicy",
    "OffloadPolicy",
    "ShardingStrategy",
    "StateDictType",
    "fully_shard",
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


class FSDPModule:
    """What `fully_shard` makes of a module's class in PyTorch. Nothing is one: with one rank modules stay as they are."""


class FullyShardedDataParallel(Module):
    """A module whose parameters are in parts on all ranks: whole on one. ValueError before `init_process_group`.

    RuntimeError for mixed precision, which is autocast's here.
    """

    def __init__(
        self, module: Module, process_group: Any = None, *args: Any, mixed_precision: Any = None, **options: Any
    ) -> None:
        super().__init__()
        if mixed_precision is not None:
            raise RuntimeError("FullyShardedDataParallel: mixed precision by parts is not here; use torch.autocast")
        self.process_group = process_group or _get_default_group()
        self._fsdp_wrapped_module = module

    @property
    def module(self) -> Module:
        """The module itself."""
        return self._modules["_fsdp_wrapped_module"]

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self._modules["_fsdp_wrapped_module"](*args, **kwargs)


def fully_shard(module: Any, *, mp_policy: Any = None, **options: Any) -> Any:
    """The module, whose parameters are whole on one rank. RuntimeError for mixed precision, which is autocast's here."""
    if mp_policy is not None and (mp_policy.param_dtype or mp_policy.reduce_dtype):
        raise RuntimeError("fully_shard(): mixed precision by parts is not here; use torch.autocast")
    return module
