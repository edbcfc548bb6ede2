"""Which way attention is computed. See torch.nn.attention."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from . import bias, flex_attention

__all__ = ["SDPBackend", "bias", "flex_attention", "sdpa_kernel"]


class SDPBackend(IntEnum):
    """PyTorch's ways of computing attention. Here there is one, which takes the place of all of them."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


_chosen: list[list[SDPBackend]] = [[b for b in SDPBackend if b is not SDPBackend.ERROR]]


def _cur_sdpa_kernel_backends(with_priority: bool = False) -> list[SDPBackend]:
    """The ways that are allowed now."""
    return list(_chosen[-1])


@contextmanager
def sdpa_kernel(backends: Any, set_priority: bool = False) -> Iterator[None]:
    """Allow some of PyTorch's ways for a while. All give the same numbers here, by the same kernels."""
    given = [backends] if isinstance(backends, SDPBackend) else list(backends)
    if not given or not all(isinstance(one, SDPBackend) for one in given):
        raise AssertionError("Backend must be an instance of SDPBackend or a list of SDPBackend instances")
    _chosen.append(list(dict.fromkeys(given)))
    try:
        yield
    finally:
        _chosen.pop()
