"""Results that have no derivative, and still a node, as PyTorch's have: one that passes zeros on, or one that refuses to run."""

from __future__ import annotations

from typing import Any, TypeVar

from ..ops.arguments import is_tensor
from .modes import MODE
from .names import NO_RULE
from .node import Node

R = TypeVar("R")


class Zeros(Node):
    """The node of a result that does not change with its operands, or whose changes nobody follows (of random numbers, say); with an
    ``error``, of one whose derivative is not known, which is what it says when it is asked for it. A result that has a node by something
    else passes its gradient on to that one, ``through``."""

    __slots__ = ("error", "metas", "through")

    def __init__(self, sources: tuple[Any, ...], meta: Any, name: str, error: Exception | None, through: Any) -> None:
        self.through = () if through is None else (through,)
        super().__init__((*self.through, *[source._resolve_edge() for source in sources]), meta)
        self.metas = [source._cl_meta for source in sources]
        self.error = error
        self.go_by(name)

    def gradients(self, grad: Any) -> tuple[Any, ...]:
        if self.error is not None:
            raise self.error
        zeros = [grad._filled(meta.shape, 0, meta.dtype, meta.device) for meta in self.metas]
        return (grad, *zeros) if self.through else tuple(zeros)


def with_zeros(result: R, name: str, *sources: Any, through: Any = None) -> R:
    """A result whose node, of this name, passes zeros on to those sources that need a gradient, and its gradient ``through`` to that edge."""
    return _linked(result, name, sources, None, through)


def without_derivative(result: R, op: str, *sources: Any, name: str | None = None) -> R:
    """A result, or several, whose node raises in backward. PyTorch has RuntimeError where an op has no rule at all, and NotImplementedError
    where the rule of the ``name`` says so."""
    if name is None:
        return _linked(result, NO_RULE, sources, RuntimeError(f"derivative for aten::{op} is not implemented"))
    return _linked(result, name, sources, NotImplementedError(f"the derivative for '{op}' is not implemented."))


def _linked(result: Any, name: str, sources: tuple[Any, ...], error: Exception | None, through: Any = None) -> Any:
    """The result, and each tensor of floats in it, with a node of its own if a source needs a gradient."""
    needing = tuple([source for source in sources if is_tensor(source) and source._is_recorded])
    if not needing or not MODE.enabled:
        return result
    for made in result if isinstance(result, (tuple, list)) else (result,):
        if isinstance(made, (tuple, list)):
            _linked(made, name, sources, error, through)
        elif made._cl_meta.dtype.differentiable:
            made._edge = Zeros(needing, made._cl_meta, name, error, through)
    return result
