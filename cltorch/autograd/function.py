"""User-defined differentiable functions. See torch.autograd.Function."""

from __future__ import annotations

from typing import Any

from .modes import MODE, no_grad
from .node import FREED, Node, modified


class FunctionCtx:
    """What ``forward`` leaves for ``backward``."""

    def __init__(self) -> None:
        self._saved: tuple[Any, ...] | None = ()
        self._versions: list[int] = []
        self._non_differentiable: set[int] = set()
        self._dirty: tuple[Any, ...] = ()
        self.needs_input_grad: tuple[bool, ...] = ()
        self.materialize_grads = True

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors; `saved_tensors` gives them back and checks that they were not changed in place."""
        self._saved = tensors
        self._versions = [0 if t is None else t._version for t in tensors]

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors kept by `save_for_backward`."""
        if self._saved is None:
            raise RuntimeError(FREED)
        for t, version in zip(self._saved, self._versions, strict=True):
            if t is not None and t._version != version:
                raise modified(t._meta, "Function", t._version, version)
        return self._saved

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Outputs without gradient."""
        self._non_differentiable = {id(t) for t in tensors}

    def mark_dirty(self, *tensors: Any) -> None:
        """Inputs that forward changed in place."""
        self._dirty = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether missing gradients arrive as zeros."""
        self.materialize_grads = value


class FunctionNode(Node):
    """The node of one output of a call; the call's shared state collects the gradients of all outputs."""

    __slots__ = ("call", "name", "position")

    def __init__(self, call: Call, position: int, meta: Any) -> None:
        super().__init__((call.gate,), meta)
        self.call = call
        self.position = position
        self.name = f"{call.function.__name__}Backward"

    def gradients(self, grad: Any) -> tuple[Any, ...]:
        before = self.call.arrived.get(self.position)
        self.call.arrived[self.position] = grad if before is None else before + grad
        return (grad._filled((), 0, grad.dtype, grad._meta.device),)  # only tells the gate that something came


class Gate(Node):
    """Older than the outputs' nodes, so it runs when all gradients that come have arrived."""

    __slots__ = ("call", "name")

    def __init__(self, call: Call, edges: tuple[Any, ...], meta: Any) -> None:
        super().__init__(edges, meta)
        self.call = call
        self.name = f"{call.function.__name__}Backward"

    def gradients(self, grad: Any) -> tuple[Any, ...]:
        return self.call.backward(self.inputs)

    def release(self) -> None:
        self.call.context._saved = None


class Call:
    """One application of a Function."""

    def __init__(self, function: type[Function], context: FunctionCtx, args: tuple[Any, ...]) -> None:
        self.function = function
        self.context = context
        self.args = tuple(getattr(arg, "_meta", None) for arg in args)
        self.metas: list[Any] = []
        self.arrived: dict[int, Any] = {}
        self.gate: Any = None

    def backward(self, edges: tuple[Any, ...]) -> tuple[Any, ...]:
        """Call the user's backward and check what it returns."""
        sample = next(iter(self.arrived.values()))
        grads = [self.arrived.get(k) for k in range(len(self.metas))]
        if self.context.materialize_grads:
            grads = [
                sample._filled(meta.shape, 0, meta.dtype, meta.device) if grad is None else grad
                for grad, meta in zip(grads, self.metas, strict=True)
            ]
        self.arrived = {}
        found = self.function.backward(self.context, *grads)
        found = found if isinstance(found, tuple) else (found,)
        if len(found) > len(edges) and any(part is not None for part in found[len(edges) :]) or len(found) < len(edges):
            raise RuntimeError(
                f"function {self.function.__name__}Backward returned an incorrect number of gradients "
                f"(expected {len(edges)}, got {len(found)})"
            )
        for part, meta, edge in zip(found, self.args, edges, strict=False):
            if part is not None and edge is not None and part._meta.shape != meta.shape:
                raise RuntimeError(
                    f"Function {self.function.__name__}Backward returned an invalid gradient: got {list(part.shape)} but "
                    f"expected shape compatible with {list(meta.shape)}"
                )
        return tuple(part if edge is not None else None for part, edge in zip(found, edges, strict=False))


class Function:
    """Subclass it with static methods ``forward(ctx, ...)`` and ``backward(ctx, *grads)``; call ``apply``.

    ``setup_context(ctx, inputs, output)`` may be given apart from ``forward``, which then takes no ``ctx``.
    """

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the outputs; to be overridden."""
        raise TypeError("a subclass of autograd.Function must implement forward")

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Gradients of the inputs from those of the outputs; to be overridden."""
        raise TypeError("a subclass of autograd.Function must implement backward")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run ``forward`` and record ``backward``."""
        context = FunctionCtx()
        edges = tuple(arg._resolve_edge() if hasattr(arg, "_meta") else None for arg in args)
        context.needs_input_grad = tuple(edge is not None for edge in edges)
        setup = getattr(cls, "setup_context", None)
        with no_grad():
            outputs = cls.forward(*args, **kwargs) if setup else cls.forward(context, *args, **kwargs)
            if setup:
                setup(context, args, outputs)
        if not MODE.enabled or not any(context.needs_input_grad):
            return outputs
        several = isinstance(outputs, tuple)
        call = Call(cls, context, args)
        results = [
            cls._own(out, args, context) if hasattr(out, "_meta") else out
            for out in (outputs if several else (outputs,))
        ]
        call.metas = [getattr(out, "_meta", None) for out in results]
        first = next(meta for meta in call.metas if meta is not None)
        call.gate = Gate(call, edges, first)
        for k, out in enumerate(results):
            if (
                hasattr(out, "_meta")
                and id(out) not in context._non_differentiable
                and out._meta.dtype.is_floating_point
            ):
                out._edge = FunctionNode(call, k, out._meta)
        return tuple(results) if several else results[0]

    @staticmethod
    def _own(out: Any, args: tuple[Any, ...], context: FunctionCtx) -> Any:
        """An output that is an input gets a tensor object of its own, unless it was marked dirty."""
        if any(out is arg for arg in args) and not any(out is dirty for dirty in context._dirty):
            return out.detach()
        return out


def once_differentiable(function: Any) -> Any:
    """Decorates a ``backward`` that cannot be differentiated again: it runs without recording."""

    def wrapped(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            return function(ctx, *grads)

    return wrapped
