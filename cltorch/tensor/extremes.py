"""Largest and smallest elements along a dimension, and where they are: the gradient goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..autograd.composite import composite
from .indexing import pick_gradient
from .picks import Picks

if TYPE_CHECKING:
    from .tensor import Tensor


@composite(
    vjp=lambda g, y, aux, input, at, keepdim, op: (
        pick_gradient(
            g if keepdim else g.unsqueeze(at), _known(at, aux[0] if keepdim else aux[0].unsqueeze(at)), input._cl_meta
        ),
    ),
    saves="aux apart",
    name="max",
    moves=True,
)
def extreme_along(input: Tensor, at: int, keepdim: bool, op: Any) -> tuple[Tensor, tuple[Tensor, ...]]:
    """The largest or smallest elements along a dimension, and (beside the result) where they are, which ``op`` finds."""
    where = input._reduce(op, at, True)
    values = input.gather(at, where)
    return (values, (where,)) if keepdim else (values.squeeze(at), (where.squeeze(at),))


def _known(at: int, index: Tensor) -> Picks:
    """The picks of ``index`` along a dimension, which are in range."""
    return Picks((at,), (index,), along=True, strict=2)
