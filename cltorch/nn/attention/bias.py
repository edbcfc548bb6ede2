"""Causal masks as objects. See torch.nn.attention.bias."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from ...ops.asking import _disabled_torch_function_impl
from ...tensor.creation import ones
from ...tensor.tensor import Tensor

__all__ = ["CausalBias", "CausalVariant", "causal_lower_right", "causal_upper_left"]


class CausalVariant(IntEnum):
    """Which corner a causal mask starts from, where queries and keys differ in number."""

    UPPER_LEFT = 1
    LOWER_RIGHT = 2


class CausalBias(Tensor):
    """A bool mask (queries, keys) that knows its kind; attention takes it like any other mask.

    ValueError for a variant that's none.
    """

    variant: CausalVariant
    seq_len_q: int
    seq_len_kv: int

    def __new__(cls, variant: CausalVariant, seq_len_q: int, seq_len_kv: int) -> CausalBias:
        if not isinstance(variant, CausalVariant):
            raise AssertionError(f"variant must be a CausalVariant, got {type(variant)}")
        start = 0 if variant is CausalVariant.UPPER_LEFT else seq_len_kv - seq_len_q
        made = (ones(seq_len_q, seq_len_kv).tril(start) > 0).as_subclass(cls)
        made.variant, made.seq_len_q, made.seq_len_kv = variant, seq_len_q, seq_len_kv
        return made

    def __init__(self, variant: CausalVariant, seq_len_q: int, seq_len_kv: int) -> None: ...

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Attention gives a plain tensor; what else is done with a mask stays of its class."""
        if getattr(func, "__name__", "") == "scaled_dot_product_attention":
            return _disabled_torch_function_impl(func, types, args, kwargs)
        return super().__torch_function__(func, types, args, kwargs)

    def __repr__(self) -> str:
        return repr(self.as_subclass(Tensor))


def causal_upper_left(*size: Any) -> CausalBias:
    """The mask that lets query i see the keys up to i."""
    return CausalBias(CausalVariant.UPPER_LEFT, *_two(size, "causal_upper_left"))


def causal_lower_right(*size: Any) -> CausalBias:
    """The mask that lets the last query see all keys, and each one before it one less."""
    return CausalBias(CausalVariant.LOWER_RIGHT, *_two(size, "causal_lower_right"))


def _two(size: tuple[Any, ...], name: str) -> tuple[int, int]:
    if len(size) != 2:
        raise AssertionError(f"{name} only supports 2D tensors")
    return size[0], size[1]
