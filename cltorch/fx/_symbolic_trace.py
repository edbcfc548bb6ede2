"""`Tracer`: runs a module on stand-ins and keeps the graph of what it did.

While it runs, the functions of ``torch``, ``torch.nn.functional`` and those marked by `wrap` are asked whether a stand-in is among
their arguments; modules are called through `call_module`. That ends with the trace.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from ..checks import _assert
from ..nn.modules.container import Sequential
from ..nn.modules.module import Module
from ..nn.parameter import Parameter
from ..tensor.tensor import Tensor
from ..warned import warn
from .graph import Graph
from .graph_module import GraphModule
from .node import Node
from .proxy import Attribute, Proxy, TracerBase, find_tracer, record_call
from .qualified import ROOT

_wrapped_fns_to_patch: dict[tuple[int, str], dict[str, Any]] = {}
_wrapped_methods_to_patch: list[tuple[type, str]] = []


def wrap(fn_or_name: Any) -> Any:
    """Mark a function of the calling module, by itself or by name: a trace has it as one node. See torch.fx.wrap."""
    if not callable(fn_or_name) and not isinstance(fn_or_name, str):
        raise RuntimeError("Unsupported type for global function! Must be either a callable or string name")
    name = fn_or_name if isinstance(fn_or_name, str) else fn_or_name.__name__
    frame = inspect.currentframe()
    place = frame.f_back.f_globals if frame is not None and frame.f_back is not None else {}
    _wrapped_fns_to_patch[id(place), name] = place
    return fn_or_name


class ProxyableClassMeta(type):
    """A class whose objects a trace makes as nodes if a stand-in is among their arguments."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if find_tracer(args, kwargs) is not None:
            return record_call(cls, args, kwargs)
        return super().__call__(*args, **kwargs)


def is_fx_tracing() -> bool:
    """Whether a trace is running."""
    return _Running.count > 0


class _Running:
    count = 0


def _asking(function: Callable[..., Any], is_wrapped: bool = False) -> Callable[..., Any]:
    """A function that becomes a node if a stand-in is among its arguments."""

    @functools.wraps(function)
    def asked(*args: Any, **kwargs: Any) -> Any:
        if find_tracer(args, kwargs) is not None:
            made = record_call(function, args, kwargs)
            if is_wrapped:
                made.node.meta["is_wrapped"] = True
            return made
        return function(*args, **kwargs)

    return asked


class Tracer(TracerBase):
    """Makes the graph of a module or function. See torch.fx.Tracer; `is_leaf_module` says what stays one node."""

    def __init__(
        self,
        autowrap_modules: tuple[ModuleType, ...] = (math,),
        autowrap_functions: tuple[Callable[..., Any], ...] = (),
        param_shapes_constant: bool = False,
    ) -> None:
        self.autowrap_modules, self.autowrap_functions = autowrap_modules, autowrap_functions
        self.param_shapes_constant = param_shapes_constant
        self.root: Any = None
        self.submodule_paths: dict[Module, str] | None = None
        self._constants: dict[int, str] = {}

    # --- what subclasses decide -------------------------------------------------------------------------------------

    def is_leaf_module(self, m: Module, module_qualified_name: str) -> bool:
        """Whether a module is one node: those of ``torch.nn`` are, but `Sequential`."""
        home = m.__module__.partition(".")
        return home[0] in ("torch", "cltorch") and home[2].startswith("nn") and not isinstance(m, Sequential)

    def path_of_module(self, mod: Module) -> str:
        """The name of a module below the root. NameError if it is not there."""
        paths = self.submodule_paths
        if paths is not None and mod in paths:
            return paths[mod]
        for name, one in self.root.named_modules():
            if one is mod:
                return name
        raise NameError("module is not installed as a submodule")

    def call_module(self, m: Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What a module is called as: one node if it is a leaf, else its own code."""
        name = self.path_of_module(m)
        if self.is_leaf_module(m, name):
            return self.create_proxy("call_module", name, args, kwargs)
        return forward(*args, **kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        """A parameter (or buffer) of a module: a stand-in for it."""
        named = self._names.get(id(attr_val)) if isinstance(attr_val, Tensor) else None
        if named is None or (not isinstance(attr_val, Parameter) and not self.proxy_buffer_attributes):
            return attr_val
        if named not in parameter_proxy_cache:
            parameter_proxy_cache[named] = self.create_proxy("get_attr", named, (), {})
        return parameter_proxy_cache[named]

    def create_arg(self, a: Any) -> Any:
        """An argument as it stands in a graph: parameters and other tensors are attributes of the module."""
        if isinstance(a, Tensor):
            return self._attribute(a)
        if isinstance(a, Module):
            return self.create_node("get_attr", self.path_of_module(a), (), {})
        if isinstance(a, Proxy):
            return a.node
        if isinstance(a, tuple):
            made = tuple(self.create_arg(one) for one in a)
            return self.create_node("call_function", type(a), made, {}) if hasattr(a, "_fields") else made
        if isinstance(a, list):
            return [self.create_arg(one) for one in a]
        if isinstance(a, dict):
            return {key: self.create_arg(one) for key, one in a.items()}
        if isinstance(a, slice):
            return slice(*map(self.create_arg, (a.start, a.stop, a.step)))
        return a

    def _attribute(self, tensor: Tensor) -> Node:
        name = self._names.get(id(tensor)) or self._constants.get(id(tensor))
        if name is None:
            name = f"_tensor_constant{len(self._constants)}"
            self._constants[id(tensor)] = name
            setattr(self.root, name, tensor)
        return self.create_node("get_attr", name, (), {})

    def iter(self, obj: Proxy) -> Iterator[Any]:
        """The parts of a stand-in, as many as the calling line unpacks."""
        import dis

        frame: Any = inspect.currentframe()
        frame = frame.f_back.f_back  # of Proxy.__iter__, and its caller
        for one in dis.get_instructions(frame.f_code):
            if one.offset == frame.f_lasti and one.opname == "UNPACK_SEQUENCE":
                return (obj[k] for k in range(one.argval))  # type: ignore[index]
        return super().iter(obj)

    # --- the trace --------------------------------------------------------------------------------------------------

    def trace(self, root: Any, concrete_args: dict[str, Any] | None = None) -> Graph:
        """The graph of a module or function; ``concrete_args`` are arguments that keep their values."""
        is_module = isinstance(root, Module)
        self.root = root if is_module else Module()
        function = getattr(type(root), self.traced_func_name) if is_module else root
        self.submodule_paths = {one: name for name, one in self.root.named_modules()}
        self._names = {id(one): name for name, one in (*self.root.named_parameters(), *self.root.named_buffers())}
        self._constants = {}
        self.graph = Graph(tracer_cls=type(self))
        args, kwargs = self.create_args_for_root(function, is_module, concrete_args)
        with self._patched():
            result = function(*args, **kwargs)
        plain = not kwargs and (function.__module__ or "").partition(".")[0] != ROOT
        kind = function.__annotations__.get("return") if plain else None
        self.create_node("output", "output", (self.create_arg(result),), {}, type_expr=kind)
        self.submodule_paths = None
        return self.graph

    def create_args_for_root(
        self, root_fn: Any, is_module: bool, concrete_args: Any = None
    ) -> tuple[list[Any], dict[str, Any]]:
        """Stand-ins for all parameters of a function but those with concrete values."""
        concrete = concrete_args or {}
        parameters = list(inspect.signature(inspect.unwrap(root_fn)).parameters.values())
        is_own = (root_fn.__module__ or "").partition(".")[0] == ROOT  # PyTorch's layers have no annotations
        args: list[Any] = [self.root] if is_module else []
        kwargs: dict[str, Any] = {}
        for parameter in parameters[1:] if is_module else parameters:
            name = parameter.name
            if name in concrete:
                value: Any = concrete[name]
                self._assert_concrete(parameter, value)
            elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            else:
                default = () if parameter.default is parameter.empty else (parameter.default,)
                kind = None if parameter.annotation is parameter.empty or is_own else parameter.annotation
                value = self.create_proxy("placeholder", name, default, {}, type_expr=kind)
            if parameter.kind is parameter.KEYWORD_ONLY:
                kwargs[name] = value
            else:
                args.append(value)
        return args, kwargs

    def _assert_concrete(self, parameter: inspect.Parameter, value: Any) -> None:
        """An argument with a concrete value may be given, with that value: a placeholder, and an assertion in the graph."""
        if isinstance(value, list | tuple | dict):
            return
        name = parameter.name
        default = () if parameter.default is parameter.empty else (parameter.default,)
        given = self.create_proxy("placeholder", f"{name}_1", default, {})
        words = f"{name} has been specialized to have value {value} but got another value"
        if value is None:
            self.create_proxy("call_function", _assert_is_none, (given, words), {})
        elif type(value) in (bool, int, float, str):
            self.create_proxy("call_function", _assert, (given == value, words), {})
        else:
            warn(
                f"Was not able to add assertion to guarantee correct input {name} to specialized function. It is up to the user to make sure "
                f"that your inputs match the inputs you specialized the function with."
            )

    @contextmanager
    def _patched(self) -> Iterator[None]:
        """Calls of functions and modules are seen in this block."""
        with ExitStack() as undo:
            _Running.count += 1
            undo.callback(setattr, _Running, "count", _Running.count - 1)
            self._patch_modules(undo)
            root = __name__.partition(".")[0]
            spaces = [
                sys.modules.get(f"{root}{part}") for part in ("", ".nn.functional", ".special", ".linalg", ".fft")
            ]
            for holder in (*filter(None, spaces), *self.autowrap_modules):
                names = getattr(holder, "__all__", None) or [n for n in vars(holder) if not n.startswith("_")]
                for name in names:
                    found = vars(holder).get(name)
                    if isinstance(found, (FunctionType, BuiltinFunctionType)):
                        _set(undo, vars(holder), name, _asking(found))
            for (_, name), place in _wrapped_fns_to_patch.items():
                found = place.get(name, getattr(builtins, name, None))
                if found is not None:
                    _set(undo, place, name, _asking(found, is_wrapped=True))
            for one in self.autowrap_functions:
                home = vars(sys.modules[one.__module__])
                if home.get(one.__name__) is one:
                    _set(undo, home, one.__name__, _asking(one))
            yield

    def _patch_modules(self, undo: ExitStack) -> None:
        plain_call, plain_get = Module.__call__, Module.__getattr__
        cache: dict[str, Any] = {}

        def call(module: Module, *args: Any, **kwargs: Any) -> Any:
            def forward(*args: Any, **kwargs: Any) -> Any:
                return plain_call(module, *args, **kwargs)

            return self.call_module(module, forward, args, kwargs)

        def get(module: Module, name: str) -> Any:
            return self.getattr(name, plain_get(module, name), cache)

        for name, new, old in (("__call__", call, plain_call), ("__getattr__", get, plain_get)):
            setattr(Module, name, new)
            undo.callback(setattr, Module, name, old)


def _assert_is_none(value: object, msg: str) -> None:
    """AssertionError unless a value is None: what a graph does whose argument was traced as None."""
    if value is not None:
        raise AssertionError(msg)


def _set(undo: ExitStack, place: dict[str, Any], name: str, value: Any) -> None:
    """Change a name of a module until the trace ends."""
    if name in place:
        undo.callback(place.__setitem__, name, place[name])
    else:
        undo.callback(place.pop, name, None)
    place[name] = value


def symbolic_trace(root: Any, concrete_args: dict[str, Any] | None = None) -> GraphModule:
    """The module that runs the graph of a module or function. See torch.fx.symbolic_trace."""
    tracer = Tracer()
    graph = tracer.trace(root, concrete_args)
    name = type(root).__name__ if isinstance(root, Module) else root.__name__
    return GraphModule(tracer.root, graph, name)


__all__ = ["Attribute", "ProxyableClassMeta", "Tracer", "is_fx_tracing", "symbolic_trace", "wrap"]
