"""``torch.cuda.nccl`` for programs that ask it: NVIDIA's library of collectives is not here, and a world has one rank."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["all_gather", "all_reduce", "broadcast", "is_available", "reduce", "reduce_scatter", "version"]


def is_available(tensors: Any) -> bool:
    """False: tensors do not lie in CUDA's memory."""
    return False


def _none(*args: Any, **kwargs: Any) -> NoReturn:
    """RuntimeError: the library is not here."""
    raise RuntimeError("torch.cuda.nccl: PyTorch is not compiled with NCCL support")


version = all_gather = all_reduce = broadcast = reduce = reduce_scatter = _none
