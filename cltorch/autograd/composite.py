"""Functions computed from Tensor ops without recording them, with a gradient rule of their own.

Used where the natural composition would keep more for backward than needed, or be less accurate. A second derivative
(``create_graph``) is taken by running the composition again with recording on, so a rule never needs one itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from .modes import MODE, enable_grad, no_grad
from .node import FREED, Node, modified

F = TypeVar("F", bound=Callable[..., Any])


class CompositeNode(Node):
    """The node of one call of a composite."""

    __slots__ = ("aux", "call", "function", "name", "result", "result_version", "versions")

    def __init__(self, function: Composite, edges: tuple[Any, ...], out: Any, call: Any, aux: tuple[Any, ...]) -> None:
        super().__init__(edges, out._meta)
        self.function = function
        self.name = "".join(part.capitalize() for part in function.name.strip("_").split("_")) + "Backward0"
        self.call = call
        self.aux = aux
        self.versions = [getattr(getattr(t, "_storage", None), "version", 0) for t in call[0]]
        self.result = out._storage if "y" in function.saves else None
        self.result_version = out._storage.version

    def release(self) -> None:
        self.call = None
        self.aux = ()
        self.result = None

    def gradients(self, grad: Any) -> tuple[Any, ...]:
        if self.call is None:
            raise RuntimeError(FREED)
        args, params = self.call
        for t, version in zip(args, self.versions, strict=True):
            if hasattr(t, "_storage") and t._storage.version != version:
                raise modified(t._meta, self.name, t._storage.version, version)
        if MODE.enabled:
            return self.recomputed(grad, args, params)
        result = None
        if self.result is not None:
            if self.result.version != self.result_version:
                raise modified(self.meta, self.name, self.result.version, self.result_version)
            result = grad._made(self.result, self.meta, None)
        parts = self.function.vjp(grad, result, self.aux, *args, **params)
        return tuple(
            None if edge is None or part is None else part._fit(arg._meta)
            for edge, part, arg in zip(self.inputs, parts, self.function.arguments(args), strict=False)
        )

    def recomputed(self, grad: Any, args: tuple[Any, ...], params: dict[str, Any]) -> tuple[Any, ...]:
        """Gradients that can be differentiated again: the forward is run once more, recorded."""
        if any(arg is None for arg in args if arg is not None and not hasattr(arg, "_meta")):
            raise RuntimeError(FREED)
        with enable_grad():
            out = self.function.forward(*args, **params)
        out = out[0] if isinstance(out, tuple) else out
        sources = [arg for arg, edge in zip(self.function.arguments(args), self.inputs, strict=False) if edge is not None]
        found = iter(grad._grad_of(out, sources, grad))
        return tuple(None if edge is None else next(found) for edge in self.inputs)


class Composite:
    """A declared composite: its forward function, its rule and what the rule keeps."""

    def __init__(self, forward: Callable[..., Any], vjp: Callable[..., Any], saves: str) -> None:
        self.forward = forward
        self.vjp = vjp
        self.saves = tuple(saves.split())
        self.name = forward.__name__

    @staticmethod
    def arguments(args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The leading arguments that are tensors (or None in the place of one)."""
        return args

    def __call__(self, *args: Any, **params: Any) -> Any:
        if not MODE.enabled or not any(getattr(arg, "_edge", None) is not None for arg in args):
            with no_grad():
                out = self.forward(*args, **params)
            return out[0] if isinstance(out, tuple) else out
        with no_grad():
            out = self.forward(*args, **params)
        result, aux = (out[0], out[1] if isinstance(out[1], tuple) else tuple(out[1:])) if isinstance(out, tuple) else (out, ())
        edges = tuple(arg._resolve_edge() if hasattr(arg, "_edge") else None for arg in args)
        if any(edge is not None for edge in edges):
            result._edge = CompositeNode(self, edges, result, (args, params), aux)
        return result


def composite(vjp: Callable[..., Any], saves: str = "") -> Callable[[F], F]:
    """Declare a composite: ``vjp(g, y, aux, *args, **params)`` gives one gradient per positional argument.

    The decorated function takes tensors (or None) first, then parameters, and returns its result, or (result, aux) with
    a tuple of further tensors for the rule. ``saves`` names what the rule uses among ``y``, ``aux`` and the arguments.
    """

    def decorate(forward: F) -> F:
        declared = Composite(forward, vjp, saves)

        @functools.wraps(forward)
        def call(*args: Any, **params: Any) -> Any:
            return declared(*args, **params)

        return call  # type: ignore[return-value]

    return decorate
