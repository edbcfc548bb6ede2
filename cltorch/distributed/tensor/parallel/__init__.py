"""Modules in parts on several ranks: with one rank they stay whole. See torch.distributed.tensor.parallel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = [
    "ColwiseParallel",
    "ParallelStyle",
    "PrepareModuleInput",
    "PrepareModuleInputOutput",
    "PrepareModuleOutput",
    "RowwiseParallel",
    "SequenceParallel",
    "loss_parallel",
    "parallelize_module",
]


class ParallelStyle:
    """How a module would be in parts: what its options say is kept and changes nothing on one rank."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.args, self.options = args, options


class ColwiseParallel(ParallelStyle):
    """The weight's output dimension in parts."""


class RowwiseParallel(ParallelStyle):
    """The weight's input dimension in parts."""


class SequenceParallel(ParallelStyle):
    """The input's sequence in parts."""


class PrepareModuleInput(ParallelStyle):
    """A module's arguments in parts."""


class PrepareModuleOutput(ParallelStyle):
    """A module's results in parts."""


class PrepareModuleInputOutput(ParallelStyle):
    """A module's arguments and results in parts."""


def parallelize_module(
    module: Any, device_mesh: Any = None, parallelize_plan: Any = None, *, src_data_rank: int | None = 0
) -> Any:
    """The module, of which the one rank has all."""
    return module


@contextmanager
def loss_parallel() -> Iterator[None]:
    """A block in which losses may be computed from logits in parts: with one rank they are whole."""
    yield
