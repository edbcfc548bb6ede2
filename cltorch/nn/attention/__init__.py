"""Which way attention is computed. See torch.nn.attention."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, NamedTuple

from . import bias, flex_attention, varlen
from ._registry import (
    activate_flash_attention_impl,
    current_flash_attention_impl,
    list_flash_attention_impls,
    register_flash_attention_impl,
    restore_flash_attention_impl,
)

__all__ = [
    "WARN_FOR_UNFUSED_KERNELS",
    "SDPAParams",
    "SDPBackend",
    "activate_flash_attention_impl",
    "bias",
    "can_use_efficient_attention",
    "can_use_flash_attention",
    "current_flash_attention_impl",
    "flex_attention",
    "list_flash_attention_impls",
    "register_flash_attention_impl",
    "restore_flash_attention_impl",
    "sdpa_kernel",
    "varlen",
]

WARN_FOR_UNFUSED_KERNELS = False


class SDPAParams(NamedTuple):
    """The arguments of a call of attention, of which PyTorch asks which of its ways take them."""

    query: Any
    key: Any
    value: Any
    attn_mask: Any
    dropout: float
    is_causal: bool
    enable_gqa: bool


def can_use_flash_attention(params: SDPAParams, debug: bool = False) -> bool:
    """False: the way here is another one, and as lean with memory."""
    return False


def can_use_efficient_attention(params: SDPAParams, debug: bool = False) -> bool:
    """False: the way here is another one, and as lean with memory."""
    return False


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
