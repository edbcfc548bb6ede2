"""Functions computed from Tensor ops without recording them, with a gradient rule of their own.

Used where the natural composition would keep more for backward than needed, or be less accurate. A second derivative
(``create_graph``) is taken by running the composition again with recording on, so a rule never needs one itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from ..dtypes import get_default_dtype
from .modes import MODE, no_grad
from .node import FREED, Node, backward_name, modified
from .replay import Tape, replayed

F = TypeVar("F", bound=Callable[..., Any])


def exactly(parameter: Any) -> Any:
    """What tells a parameter from others that are equal to it: 1 from 1.0 and True, 0.0 from -0.0."""
    kind = parameter.__class__
    if kind is float:
        return parameter.hex()
    return (kind, tuple([exactly(part) for part in parameter])) if kind is tuple else (kind, parameter)


class CompositeNode(Node):
    """The node of one call of a composite."""

    __slots__ = ("aux", "call", "function", "metas", "result", "result_version", "versions")

    def __init__(
        self,
        function: Composite,
        edges: tuple[Any, ...],
        out: Any,
        args: tuple[Any, ...],
        params: dict[str, Any],
        aux: tuple[Any, ...],
    ) -> None:
        super().__init__(edges, out._meta)
        self.function = function
        self.metas = tuple(getattr(arg, "_meta", None) for arg in args)
        kept = function.kept(args)
        self.call: Any = (kept, params)
        self.aux = aux
        self.versions = [getattr(getattr(t, "_storage", None), "version", 0) for t in kept]
        self.result = out._storage if "y" in function.saves else None
        self.result_version = out._storage.version

    def name(self) -> str:
        return backward_name(self.function.name)

    def release(self) -> None:
        if self.call is None or self.result is not None or any(hasattr(arg, "_meta") for arg in self.call[0]):
            self.call = None
            self.aux = ()
            self.result = None

    def gradients(self, grad: Any) -> tuple[Any, ...]:
        if self.call is None:
            raise RuntimeError(FREED)
        args, params = self.call
        for t, version in zip(args, self.versions, strict=True):
            if hasattr(t, "_storage") and t._storage.version != version:
                raise modified(t._meta, t._resolve_edge(), t._storage.version, version)
        if MODE.enabled and "aux" in self.function.saves:
            return self.recomputed(grad, args, params)
        result = None
        if self.result is not None:
            if self.result.version != self.result_version:
                raise modified(self.meta, self, self.result.version, self.result_version)
            result = grad._made(self.result, self.meta, self if MODE.enabled else None)
        wanted = tuple([edge is not None for edge in self.inputs])

        def compute() -> tuple[Any, ...]:
            parts = list(self.function.vjp(grad, result, self.aux, *args, **params))
            parts += [None] * (len(self.inputs) - len(parts))
            return tuple(
                part._fit(meta) if needed and part is not None else None
                for needed, part, meta in zip(wanted, parts, self.metas, strict=True)
            )

        if MODE.enabled:
            return compute()
        return self.function.again((grad, result, *self.aux, *args), (wanted, self.metas), params, compute)

    def recomputed(self, grad: Any, args: tuple[Any, ...], params: dict[str, Any]) -> tuple[Any, ...]:
        """Gradients that can be differentiated again: the forward is run once more, recorded."""
        out = self.function.forward(*args, **params)
        sources = [arg for arg, edge in zip(args, self.inputs, strict=True) if edge is not None]
        found = iter(grad._grad_of(out[0], sources, grad))
        return tuple(None if edge is None else next(found) for edge in self.inputs)


class Composite:
    """A declared composite: its forward function, its rule and what the rule keeps."""

    def __init__(self, forward: Callable[..., Any], vjp: Callable[..., Any], saves: str, name: str) -> None:
        self.forward = forward
        self.vjp = vjp
        self.saves = frozenset(saves.split())
        self.name = name or forward.__name__
        self.parameters = forward.__code__.co_varnames[: forward.__code__.co_argcount]
        self.tapes: dict[Any, Tape | None] = {}  # of forward and of the rule

    def kept(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, without the tensors that the rule does not use."""
        if "aux" in self.saves:
            return args
        return tuple(
            arg if name in self.saves or not hasattr(arg, "_meta") else None
            for name, arg in zip(self.parameters, args, strict=False)
        )

    def __call__(self, *args: Any, **params: Any) -> tuple[Any, tuple[Any, ...]]:
        """The result with its node, and what else forward computed."""

        def compute() -> tuple[Any, ...]:
            out = self.forward(*args, **params)
            return (out[0], *out[1]) if isinstance(out, tuple) else (out,)

        with no_grad():
            result, *aux = self.again(args, (), params, compute)
        if MODE.enabled:
            edges = tuple(arg._resolve_edge() if hasattr(arg, "_edge") else None for arg in args)
            if any(edge is not None for edge in edges):
                result._edge = CompositeNode(self, edges, result, args, params, tuple(aux))
        return result, tuple(aux)

    def again(
        self, tensors: tuple[Any, ...], fixed: tuple[Any, ...], params: dict[str, Any], compute: Callable[[], Any]
    ) -> Any:
        """What ``compute`` makes of ``tensors``, recorded from a tape where there is one."""
        key = (fixed, tuple([exactly(v) for v in params.values()]), get_default_dtype())
        try:
            hash(key)
        except TypeError:
            return compute()
        if all(t is None or hasattr(t, "_meta") for t in tensors):
            return replayed(self.tapes, tensors, key, compute)
        return compute()


def composite(vjp: Callable[..., Any], saves: str = "", name: str = "") -> Callable[[F], F]:
    """Declare a composite: ``vjp(g, y, aux, *args, **params)`` gives one gradient per positional argument.

    The decorated function takes tensors (or None) first, then parameters, and returns its result, or (result, aux) with
    a tuple of further tensors for the rule. ``saves`` names what the rule uses among ``y``, ``aux`` and the arguments;
    ``name`` is what its node is called after (``nll_loss`` for NllLossBackward0), where that is not the function's own.
    """

    def decorate(forward: F) -> F:
        declared = Composite(forward, vjp, saves, name)

        @functools.wraps(forward)
        def call(*args: Any, **params: Any) -> Any:
            return declared(*args, **params)[0]

        call.with_aux = declared  # type: ignore[attr-defined]
        return call  # type: ignore[return-value]

    return decorate
