"""Functions computed from Tensor ops without recording them, with a gradient rule of their own.

Used where the natural composition would keep more for backward than needed, or be less accurate. A second derivative
(``create_graph``) is taken by running the composition again with recording on, so a rule never needs one itself.

16-bit floats are computed in float32, forward and backward, and rounded once at the end: here, for all of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from inspect import CO_VARARGS as VARARGS
from itertools import repeat
from typing import Any, ParamSpec, Protocol, TypeVar

from ..dtypes import dtype as DType
from ..dtypes import float32, get_default_dtype
from ..graph.meta import Meta
from ..ops.arguments import is_tensor
from . import engine
from .aliases import any_history, no_view
from .flat import with_zeros
from .modes import MODE, no_autocast, no_grad
from .names import backward_name
from .node import FREED, Node, check_kept, modified, stepped
from .outputs import Output
from .packing import Packed, packed, unpacked
from .replay import Recast, Recording, exactly, known, replayed

F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")
R = TypeVar("R", covariant=True)


class Declared(Protocol[P, R]):
    """What `composite` makes of a function: the same to call, and ``with_aux`` gives what it computed for the rule too."""

    with_aux: Composite

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The result, with its node."""
        ...


def is_narrow(dtype: DType) -> bool:
    """Whether numbers of this dtype are computed in float32: 16-bit floats are."""
    return dtype.is_floating_point and dtype.itemsize == 2


def widened(tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with 16-bit floats as float32."""
    return tuple([t.to(float32) if is_tensor(t) and is_narrow(t._cl_meta.dtype) else t for t in tensors])


def rounded(made: Any, dtype: DType) -> Any:
    """A float32 result as a 16-bit one; others as they are."""
    return made.to(dtype) if made._cl_meta.dtype is float32 else made


def in_float32(function: F) -> F:
    """Let a composition without a rule of its own compute 16-bit floats in float32 and round its results once."""

    @functools.wraps(function)
    def call(self: Any, *args: Any, **params: Any) -> Any:
        meta = getattr(self, "_cl_meta", None)
        if meta is None or not is_narrow(meta.dtype):
            return function(self, *args, **params)
        made = function(self.to(float32), *widened(args), **params)
        if isinstance(made, tuple):
            return type(made)([rounded(part, meta.dtype) for part in made])
        return rounded(made, meta.dtype)

    return call  # type: ignore[return-value]


class CompositeNode(Node):
    """The node of one call of a composite.

    With several results each of them has an `Output` before this node, gradients arrive as a tuple (None where none came),
    and the rule gets tuples for ``g`` and ``y``.
    """

    __slots__ = ("aux", "call", "function", "metas", "outputs", "results", "versions")

    def __init__(
        self,
        function: Composite,
        edges: tuple[Any, ...],
        outs: tuple[Any, ...],
        args: tuple[Any, ...],
        params: dict[str, Any],
        aux: tuple[Any, ...],
    ) -> None:
        super().__init__(edges, outs[0]._cl_meta)
        self.outputs = [out._cl_meta for out in outs]
        self.function = function
        self.metas = tuple([getattr(arg, "_cl_meta", None) for arg in args])
        kept: list[Any] = []
        self.versions: list[int] = []
        versions = self.versions
        for arg, meta, is_kept in zip(args, self.metas, function.keeps(len(args)), strict=False):
            versions.append(arg._storage.version if is_kept and meta is not None else 0)
            kept.append(arg if is_kept or meta is None else None)
        self.call: Any = (kept, params)
        self.aux = aux
        if versions and min(versions) < 0:
            check_kept(kept)
        self.results: list[tuple[Any, int]] = []
        if "y" in function.saves:
            self.results = [(out._storage, out._storage.version) for out in outs]
        if self.extras is not None and MODE.packing:
            self.pack(outs)

    def pack(self, outs: tuple[Any, ...]) -> None:
        """Keep what hooks make of the tensors that are kept. See `autograd.packing`."""
        kept, params = self.call
        self.call = [packed(arg) for arg in kept], params
        self.aux = tuple([packed(one) for one in self.aux])
        for k, (_, version) in enumerate(self.results):
            made = outs[k]._made(outs[k]._storage, outs[k]._cl_meta, self.output_edge(k))
            self.results[k] = Packed(made, MODE.packing[-1], own=True), version

    def own_name(self) -> str:
        return backward_name(self.function.name)

    def nearest(self) -> list[tuple[Any, int]]:
        """See `Node`; of tensors that may have a gradient."""
        able = [k for k, meta in enumerate(self.metas) if meta is not None and meta.dtype.differentiable]
        return [stepped(self.inputs[k], self, (self.function.name, k)) for k in able]

    def kept(self) -> list[Meta]:
        tensors = (*self.call[0], *self.aux) if self.call else ()
        metas = [tensor._cl_meta for tensor in tensors if hasattr(tensor, "_cl_meta")]
        return metas + self.outputs[: len(self.results)]

    def release(self) -> None:
        if self.call is None or self.results or any(is_tensor(arg) or arg.__class__ is Packed for arg in self.call[0]):
            self.call = None
            self.aux = ()
            self.results = []

    def gradients(self, grad: Any) -> tuple[Any, ...]:
        if self.call is None:
            raise RuntimeError(FREED)
        args, params = self.call
        for k, (t, version) in enumerate(zip(args, self.versions, strict=True)):
            if hasattr(t, "_storage") and t._storage.version != version and not self.function.may_change(k):
                raise modified(t._cl_meta, t._resolve_edge(), t._storage.version, version)
        aux = self.aux
        if self.extras is not None:
            args, aux = unpacked(args), unpacked(aux)
        if MODE.enabled and "aux" in self.function.saves:
            return self.recomputed(grad, args, params)
        grads, given = (grad,), grad
        if self.function.results > 1:
            grads = tuple(grad)
            given = next(g for g in grads if g is not None)
        kept = tuple([self._kept(given, k) for k in range(len(self.results))]) if self.results else ()
        wanted = tuple([edge is not None for edge in self.inputs])

        counts = len(kept), len(aux)
        given, fixed = (*grads, *kept, *aux, *args), (wanted, self.metas)
        if MODE.enabled:
            found = self.function.backward(given, fixed, params, counts)
            return self._with_zeros(found, args) if self.function.flat else found
        return self.function.again(given, fixed, params, counts)

    def _with_zeros(self, found: tuple[Any, ...], args: Any) -> tuple[Any, ...]:
        """Gradients that do not change with the operands, and still have nodes, as PyTorch's have."""
        name = f"{self.own_name().removesuffix('0')}Backward0"
        return tuple([None if part is None else self._flat(part, name, args) for part in found])

    @staticmethod
    def _flat(part: Any, name: str, args: Any) -> Any:
        """A gradient with such a node; one that changes with what arrived has the rule's own node behind it."""
        apart = part._made(part._storage, part._cl_meta, None)
        linked = with_zeros(apart, name, *args, through=part._resolve_edge())
        return part if linked._edge is None else linked

    def _kept(self, like: Any, position: int) -> Any:
        """A result that was kept for the rule; RuntimeError when it was changed since."""
        storage, version = self.results[position]
        if storage.__class__ is Packed:
            return storage.tensor(self.output_edge(position))
        if storage.version != version:
            raise modified(self.outputs[position], self, storage.version, version)
        return like._made(storage, self.outputs[position], self.output_edge(position) if MODE.enabled else None)

    def output_edge(self, position: int) -> Node:
        """Where the gradient of a result goes: this node, or if there are several the node of that one."""
        return self if len(self.outputs) == 1 else Output(self, position)

    def recomputed(self, grad: Any, args: tuple[Any, ...], params: dict[str, Any]) -> tuple[Any, ...]:
        """Gradients that can be differentiated again: the forward is run once more, recorded.

        Its operands stand apart from each other, even where one was computed from another: what flows from one to the other
        is not this node's to count.
        """
        sources = [
            None if edge is None else Passed((edge,), arg._cl_meta) for arg, edge in zip(args, self.inputs, strict=True)
        ]
        apart = [
            arg if source is None else arg._made(arg._storage, arg._cl_meta, source)
            for arg, source in zip(args, sources, strict=True)
        ]
        outs = self.function.compute(tuple(apart), params)[: self.function.results]
        roots = [
            (out._resolve_edge(), g)
            for out, g in zip(outs, grad if self.function.results > 1 else (grad,), strict=True)
            if g is not None and out._resolve_edge() is not None
        ]
        found = engine.run(roots, True, True, [source for source in sources if source is not None], accumulate=False)
        return tuple(None if source is None else found.get(id(source)) for source in sources)


class Passed(Node):
    """Passes a gradient on: an operand that stands apart."""

    __slots__ = ()

    def gradients(self, grad: Any) -> tuple[Any, ...]:
        return (grad,)


class Composite:
    """A declared composite: its forward function, its rule, what the rule keeps, and how many results it has."""

    def __init__(
        self,
        forward: Callable[..., Any],
        vjp: Callable[..., Any],
        saves: str,
        name: str,
        results: int = 1,
        autocast: str = "",
        moves: bool = False,
        flat: bool = False,
    ) -> None:
        self.forward = forward
        self.vjp = vjp
        self.saves = frozenset(saves.split())
        self.name = name or forward.__name__
        self.results = results
        self.autocast = autocast
        self.moves = moves
        self.flat = flat
        code = forward.__code__
        self.parameters = code.co_varnames[: code.co_argcount]
        self.rest = code.co_varnames[code.co_argcount + code.co_kwonlyargcount] if code.co_flags & VARARGS else None
        self.recordings: dict[Any, Recording | None] = {}  # of forward and of the rule
        self._recasts: dict[Any, Recast] = {}  # by names of parameters, and of gradients by counts
        self._keeps: dict[int, list[bool]] = {}

    def keeps(self, count: int) -> list[bool]:
        """Of so many arguments: whether the rule uses a tensor that is given there."""
        found = self._keeps.get(count)
        if found is None:
            names = self.parameters if self.rest is None else (*self.parameters, *repeat(self.rest, count))
            found = [name in self.saves or "aux" in self.saves for name in names[:count]]
            self._keeps[count] = found
        return found

    def may_change(self, k: int) -> bool:
        """Whether an argument may be changed after the call: the rule reads only what forward computed, unless it is to be differentiated."""
        return "apart" in self.saves and self.parameters[k] not in self.saves and not MODE.enabled

    def split(self, made: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """What forward returned, as its results and what else it computed for the rule."""
        if self.results == 1:
            return ((made[0],), tuple(made[1])) if isinstance(made, tuple) else ((made,), ())
        several = len(made) == 2 and isinstance(made[0], tuple)
        return (tuple(made[0]), tuple(made[1])) if several else (tuple(made), ())

    def __call__(self, *args: Any, **params: Any) -> tuple[Any, tuple[Any, ...]]:
        """The result (a tuple, if it has several) with its node, and what else forward computed."""
        return self.recorded(args, params, True)

    def recorded(self, args: tuple[Any, ...], params: dict[str, Any], with_aux: bool) -> tuple[Any, tuple[Any, ...]]:
        """See `__call__`; what else forward computed may be missing, unless it is asked for or the rule wants it."""
        if MODE.cast is not None:
            if self.autocast:
                args = MODE.cast(self.autocast, args)
            with no_autocast():
                return self.recorded(args, params, with_aux)

        is_learnt = MODE.enabled and any_history(args)
        made = self.again(args, (), params, most=None if with_aux or is_learnt else self.results)
        outs, aux = made[: self.results], made[self.results :]
        if is_learnt:
            edges = tuple([None if getattr(arg, "_edge", None) is None else arg._resolve_edge() for arg in args])
            for edge in edges:
                if edge is not None:
                    node = CompositeNode(self, edges, outs, args, params, aux)
                    for k, out in enumerate(outs):
                        out._edge = node.output_edge(k)
                    break
        return outs if self.results > 1 else outs[0], aux

    def narrow(self, metas: tuple[Any, ...]) -> bool:
        """Whether the computation is to be done in float32 and rounded to the first operand's dtype."""
        return not self.moves and bool(metas) and metas[0] is not None and is_narrow(metas[0].dtype)

    def compute(self, args: tuple[Any, ...], params: dict[str, Any]) -> tuple[Any, ...]:
        """The results, and what else forward makes (which stays in float32)."""
        narrow = self.narrow(tuple([getattr(arg, "_cl_meta", None) for arg in args]))
        outs, aux = self.split(self.forward(*(widened(args) if narrow else args), **params))
        if narrow:
            outs = tuple([rounded(out, args[0]._cl_meta.dtype) for out in outs])
        return (*outs, *aux)

    def computed(self, args: tuple[Any, ...], params: dict[str, Any]) -> tuple[Any, ...]:
        """`compute` without gradients of what it is composed of; a result is a view of an argument, or of nothing that is seen outside."""
        with no_grad():
            made = self.compute(args, params)
        cells = [arg._storage.cell for arg in args if is_tensor(arg)]
        for out in made:
            if is_tensor(out) and out._base is not None and out._storage.cell not in cells:
                no_view(out)
        return made

    def backward(
        self, given: tuple[Any, ...], fixed: tuple[Any, ...], params: dict[str, Any], counts: tuple[int, int]
    ) -> tuple[Any, ...]:
        """Gradients of the arguments: ``given`` are gradients of the results, results and what else forward computed (so many: ``counts``), and
        the arguments; ``fixed`` says which gradients are wanted, and the arguments' metas."""
        wanted, metas = fixed
        several, count = self.results > 1, self.results
        grads, rest = given[:count], given[count:]
        kept, aux, args = rest[: counts[0]], rest[counts[0] : sum(counts)], rest[sum(counts) :]
        g: Any = grads if several else grads[0]
        y: Any = kept if several else kept[0] if kept else None
        if self.narrow(metas):
            args = widened(args)
            g, y = (widened(t) if several else widened((t,))[0] for t in (g, y))
        parts = list(self.vjp(g, y, aux, *args, **params))
        parts += [None] * (len(wanted) - len(parts))
        return tuple(
            part._fit(meta) if needed and part is not None else None
            for needed, part, meta in zip(wanted, parts, metas, strict=True)
        )

    def again(
        self,
        given: tuple[Any, ...],
        fixed: tuple[Any, ...],
        params: dict[str, Any],
        counts: tuple[int, int] | None = None,
        most: int | None = None,
    ) -> Any:
        """What `computed` makes of ``given``, or, with ``counts``, what `backward` does; from a recording where there is one, the first ``most`` of it alone."""
        values = tuple(params.values())
        key = (fixed, tuple([exactly(v) for v in values]), get_default_dtype())
        found = known(self.recordings, given, key, most)
        if found is not None:
            return found
        names = tuple(params)
        recast = self._recasts.get((names, counts))
        if recast is None:

            def compute(given: Sequence[Any], values: tuple[Any, ...]) -> tuple[Any, ...]:
                fixed, values = values
                named = dict(zip(names, values, strict=True))
                return (
                    self.computed(tuple(given), named)
                    if counts is None
                    else self.backward(tuple(given), fixed, named, counts)
                )

            recast = self._recasts[names, counts] = Recast(compute)
        return replayed(
            self.recordings, given, key, lambda: recast.compute(given, (fixed, values)), recast, (fixed, values)
        )


def composite(
    vjp: Callable[..., Any],
    saves: str = "",
    name: str = "",
    results: int = 1,
    autocast: str = "",
    moves: bool = False,
    flat: bool = False,
) -> Callable[[Callable[P, R]], Declared[P, R]]:
    """Declare a composite: ``vjp(g, y, aux, *args, **params)`` gives one gradient per positional argument.

    The decorated function takes tensors (or None) first, then parameters, and returns its result, or (result, aux) with
    a tuple of further tensors for the rule. ``saves`` names what the rule uses among ``y``, ``aux`` and the arguments
    (all of these with ``aux``, unless ``apart`` says that the rule reads none that is not named); ``name`` is what its node is called after (``nll_loss`` for NllLossBackward0), where that is not the function's own.
    With ``results`` above 1 it returns a tuple of so many (or a pair of it and ``aux``), and ``g`` and ``y`` are tuples: ``g``
    has None for a result that no gradient came for. ``autocast`` is the policy of the whole (see `ops.op.Op`); within it, nothing
    is cast. ``moves``: elements are only moved, so that nothing is gained by float32. ``flat``: the gradient does not change with the
    operands, but for jumps, so that its own gradient is zero, not missing.
    """

    def decorate(forward: Callable[P, R]) -> Declared[P, R]:
        declared = Composite(forward, vjp, saves, name, results, autocast, moves, flat)

        @functools.wraps(forward)
        def call(*args: Any, **params: Any) -> Any:
            return declared.recorded(args, params, False)[0]

        made: Any = call
        made.with_aux = declared
        return made

    return decorate
