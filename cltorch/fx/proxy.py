"""Stand-ins for tensors while a program is traced: what is done to them is written into a graph."""

from __future__ import annotations

import inspect
import operator
import sys
from collections.abc import Iterator
from typing import Any, cast

from ..tensor.tensor import Tensor
from .graph import Graph
from .node import Node, map_aggregate
from .qualified import of_functional


class TraceError(ValueError):
    """A program asks for something that a stand-in does not know, such as whether it is true."""


class TracerBase:
    """What makes nodes out of operations on stand-ins."""

    graph: Graph
    trace_asserts = False
    proxy_buffer_attributes = False
    traced_func_name = "forward"

    def create_node(
        self, kind: str, target: Any, args: Any, kwargs: Any, name: Any = None, type_expr: Any = None
    ) -> Node:
        """A node of the graph."""
        return self.graph.create_node(kind, target, args, kwargs, name, type_expr)

    def proxy(self, node: Node) -> Proxy:
        """The stand-in for what a node gives."""
        return Proxy(node, self)

    def create_proxy(
        self,
        kind: str,
        target: Any,
        args: Any,
        kwargs: Any,
        name: Any = None,
        type_expr: Any = None,
        proxy_factory_fn: Any = None,
    ) -> Any:
        """The stand-in for what a new node gives."""
        node = self.create_node(
            kind, target, self.create_arg(tuple(args)), self.create_arg(dict(kwargs)), name, type_expr
        )
        return (proxy_factory_fn or self.proxy)(node)

    def create_arg(self, a: Any) -> Any:
        """An argument as it stands in a graph: stand-ins become their nodes."""
        return map_aggregate(a, lambda one: one.node if isinstance(one, Proxy) else one)

    def to_bool(self, obj: Proxy) -> bool:
        """TraceError: which way a program goes cannot depend on a stand-in."""
        raise TraceError("symbolically traced variables cannot be used as inputs to control flow")

    def iter(self, obj: Proxy) -> Iterator[Any]:
        """The parts of a stand-in where the program says how many there are (``a, b = x``); TraceError elsewhere."""
        raise TraceError(
            "Proxy object cannot be iterated. This can be attempted when the Proxy is used in a loop or as a *args or **kwargs "
            "function argument. See the torch.fx docs on pytorch.org for a more detailed explanation of what types of control flow "
            "can be traced, and check out the Proxy docstring for help troubleshooting Proxy iteration errors"
        )

    def keys(self, obj: Proxy) -> Any:
        """The keys of a stand-in, as a stand-in."""
        return Attribute(obj, "keys")()


class GraphAppendingTracer(TracerBase):
    """Appends to a graph that is there."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph


_INNER = frozenset(
    {"_cl_meta", "_storage", "_apply_sparse"}
)  # of tensors here: a function that asks for them has met a stand-in


class Proxy:
    """A stand-in for a value: operators, attributes, methods and functions of it become nodes. See torch.fx.Proxy."""

    def __init__(self, node: Node, tracer: TracerBase | None = None) -> None:
        self.tracer = tracer or GraphAppendingTracer(node.graph)
        self.node = node

    def __getattr__(self, k: str) -> Any:
        if k in _INNER or (k.startswith("__") and k.endswith("__")):
            raise AttributeError(k)
        return Attribute(self, k)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.tracer.create_proxy("call_method", "__call__", (self, *args), kwargs)

    def __iter__(self) -> Iterator[Any]:
        return self.tracer.iter(self)

    def __bool__(self) -> bool:
        return self.tracer.to_bool(self)

    def __len__(self) -> int:
        raise RuntimeError(
            "'len' is not supported in symbolic tracing by default. If you want this call to be recorded, please call "
            "torch.fx.wrap('len') at module scope"
        )

    def keys(self) -> Any:
        """Its keys."""
        return self.tracer.keys(self)

    def __repr__(self) -> str:
        return f"Proxy({self.node.name})"

    @classmethod
    def __torch_function__(cls, orig_method: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(orig_method, "__name__", "")
        package = sys.modules[__name__.partition(".")[0]]  # what is a function of it too is one, and no method
        if getattr(Tensor, name, None) is orig_method and getattr(package, name, None) is not orig_method:
            tracer = cast(TracerBase, find_tracer(args, kwargs))
            return tracer.create_proxy("call_method", name, args, kwargs or {})
        return record_call(orig_method, args, kwargs or {})


class Attribute(Proxy):
    """An attribute of a stand-in: a method if it is called, else a node of its own."""

    def __init__(self, root: Proxy, attr: str) -> None:
        self.root, self.attr, self.tracer = root, attr, root.tracer
        self._node: Node | None = None

    @property
    def node(self) -> Node:  # type: ignore[override]
        """The node, made when it is asked for: methods need none."""
        if self._node is None:
            self._node = self.tracer.create_proxy("call_function", getattr, (self.root, self.attr), {}).node
        return self._node

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.tracer.create_proxy("call_method", self.attr, (self.root, *args), kwargs)


def find_tracer(*values: Any) -> TracerBase | None:
    """The tracer of the first stand-in among nested arguments."""
    found: list[TracerBase] = []
    map_aggregate(values, lambda one: found.append(one.tracer) if isinstance(one, Proxy) else None)
    return found[0] if found else None


def record_call(function: Any, args: Any, kwargs: Any) -> Any:
    """The stand-in for a call of a function that has stand-ins among its arguments."""
    tracer = find_tracer(args, kwargs)
    if tracer is None:
        raise TraceError(f"{function}: no stand-in is among the arguments")
    if of_functional(function):
        args, kwargs = _spelt(function, args, kwargs)
    return tracer.create_proxy("call_function", function, args, kwargs)


def _spelt(function: Any, args: Any, kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments with all defaults, those that have one by name: so PyTorch's Python functions pass them on."""
    signature = inspect.signature(function)
    given = signature.bind(*args, **kwargs)
    given.apply_defaults()
    needed = [
        name for name, p in signature.parameters.items() if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in signature.parameters.values()):
        return args, kwargs
    named = {name: one for name, one in given.arguments.items() if name not in needed}
    return tuple(given.arguments[name] for name in needed), named


_BINARY = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()
_COMPARISONS = "eq ne lt le gt ge getitem".split()
_UNARY = "neg pos invert abs".split()


def _function(name: str) -> Any:
    return getattr(operator, f"{name}_" if name in ("and", "or") else name)


def _install() -> None:
    for name in _BINARY + _COMPARISONS + _UNARY:
        function = _function(name)

        def forward(self: Proxy, *args: Any, _of: Any = function) -> Any:
            return self.tracer.create_proxy("call_function", _of, (self, *args), {})

        setattr(Proxy, f"__{name}__", forward)
    for name in _BINARY:
        function = _function(name)

        def reflected(self: Proxy, other: Any, _of: Any = function) -> Any:
            return self.tracer.create_proxy("call_function", _of, (other, self), {})

        setattr(Proxy, f"__r{name}__", reflected)
    Proxy.__hash__ = object.__hash__  # type: ignore[method-assign]


_install()
