"""`GraphModule`: a module whose ``forward`` is a graph's generated Python."""

from __future__ import annotations

import copy
import functools
import importlib
from collections.abc import Mapping
from typing import Any

from ..nn.modules.module import Module
from ..tensor.tensor import Tensor
from .codegen import KNOWN
from .graph import Graph, PythonCode

_USER_PRESERVED_ATTRIBUTES_KEY = "_user_preserved_attributes"


class _CodeOnlyModule(Module):
    """A module with the attributes of another."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__()
        self.__dict__ = body


def _copy_attr(from_module: Any, to_module: Any, target: str) -> None:
    """Give a module the attribute ``a.b.c`` of another; modules on the way are made."""
    *path, name = target.split(".")
    for step in path:
        from_module = getattr(from_module, step)
        below = getattr(to_module, step, None)
        if below is from_module:
            return  # it is there as a part of what was copied
        if below is None:
            below = Module()
            setattr(to_module, step, below)
        to_module = below
    found = getattr(from_module, name)
    if isinstance(found, Tensor) and name in getattr(from_module, "_buffers", {}):
        to_module.register_buffer(name, found, persistent=name not in from_module._non_persistent_buffers_set)
    else:
        setattr(to_module, name, found)


def _assign_attr(from_obj: Any, to_module: Any, target: str) -> None:
    """Set the attribute ``a.b.c``; modules on the way are made."""
    *path, name = target.split(".")
    for step in path:
        if not hasattr(to_module, step):
            setattr(to_module, step, Module())
        to_module = getattr(to_module, step)
    if isinstance(from_obj, Tensor) and not hasattr(from_obj, "_is_param") and type(from_obj) is Tensor:
        to_module.register_buffer(name, from_obj)
    else:
        setattr(to_module, name, from_obj)


def _rebuilt(class_name: str, body: dict[str, Any], places: dict[str, tuple[str, str]]) -> GraphModule:
    """A pickled module: its code is traced, with every module that it calls as one node."""
    from ._symbolic_trace import Tracer  # it knows this module

    class Whole(Tracer):
        """Takes every module as a leaf."""

        def is_leaf_module(self, m: Module, module_qualified_name: str) -> bool:
            return True

    names = dict(KNOWN)
    for name, (home, path) in places.items():
        names[name] = functools.reduce(getattr, path.split("."), importlib.import_module(home))
    exec(compile(body["_code"], f"<graph of {class_name}>", "exec"), names)
    root = type(class_name, (_CodeOnlyModule,), {"forward": names["forward"]})(body)
    return GraphModule(root, Whole().trace(root), class_name)


class GraphModule(Module):
    """A module that runs a graph. See torch.fx.GraphModule.

    ``root`` is the module that has what the graph names, or a dictionary from names to modules and attributes.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> GraphModule:
        own = next((c for c in cls.__mro__ if not c.__dict__.get("_of_one_graph")), cls)
        made = type(own.__name__, (own,), {"_of_one_graph": True, "__module__": own.__module__})
        return super().__new__(made)

    def __init__(self, root: Any, graph: Graph, class_name: str = "GraphModule") -> None:
        super().__init__()
        type(self).__name__ = class_name
        if isinstance(root, Module):
            self.training = root.training
            for node in graph._nodes:
                if node.op in ("get_attr", "call_module"):
                    _copy_attr(root, self, node.target)
        elif isinstance(root, Mapping):
            for target in sorted(
                dict.fromkeys(node.target for node in graph._nodes if node.op in ("get_attr", "call_module")),
                key=lambda t: t.count("."),
            ):
                if target not in root:
                    raise RuntimeError(f"Node referenced target {target} but that target was not provided in `root`!")
                _assign_attr(root[target], self, target)
        else:
            raise RuntimeError(f"Unsupported type {root} passed for root!")
        self._graph = graph
        graph.owning_module = self
        self.meta: dict[str, Any] = dict(getattr(root, "meta", {}))
        self.recompile()

    @property
    def graph(self) -> Graph:
        """The graph; call `recompile` after changing it."""
        return self._graph

    @graph.setter
    def graph(self, g: Graph) -> None:
        self._graph = g
        g.owning_module = self
        self.recompile()

    @property
    def code(self) -> str:
        """The text of ``forward``."""
        return self._code

    def recompile(self) -> PythonCode:
        """Make ``forward`` anew from the graph."""
        made = self._graph.python_code("self")
        self._code = made.src
        names = dict(made.globals)
        exec(compile(made.src, f"<graph of {type(self).__name__}>", "exec"), names)
        setattr(type(self), "forward", names["forward"])  # noqa: B010
        return made

    def add_submodule(self, target: str, m: Module) -> bool:
        """Put a module at ``a.b.c``."""
        _assign_attr(m, self, target)
        return True

    def delete_submodule(self, target: str) -> bool:
        """Remove the module at ``a.b.c``; whether it was there."""
        *path, name = target.split(".")
        holder: Any = self
        for step in path:
            holder = getattr(holder, step, None)
        if holder is None or name not in holder._modules:
            return False
        delattr(holder, name)
        return True

    def delete_all_unused_submodules(self) -> None:
        """Remove modules that no node uses."""
        used = {node.target for node in self._graph._nodes if node.op in ("get_attr", "call_module")}
        kept = {".".join(name.split(".")[: k + 1]) for name in used for k in range(name.count(".") + 1)}
        for name, _ in list(self.named_modules()):
            below_used = any(name.startswith(f"{one}.") for one in used)
            if name and name not in kept and not below_used:
                self.delete_submodule(name)

    def print_readable(self, print_output: bool = True, **options: Any) -> str:
        """The text of the module."""
        code = self._graph.python_code("self", verbose=True).src.strip()
        lines = [f"    {line}".rstrip() for line in code.splitlines()]
        text = "\n".join([f"class {type(self).__name__}(torch.nn.Module):", *lines, ""])
        if print_output:
            print(text)
        return text

    def __deepcopy__(self, memo: Any) -> GraphModule:
        body = _CodeOnlyModule(
            {k: copy.deepcopy(v, memo) for k, v in self.__dict__.items() if k not in ("_graph", "_code")}
        )
        made = GraphModule(body, copy.deepcopy(self._graph), type(self).__name__)
        for key in [key for key in body.__dict__ if key in ("training", "meta") or "_hooks" in key]:
            made.__dict__[key] = body.__dict__[key]
        return made

    def __copy__(self) -> GraphModule:
        return GraphModule(self, self._graph, type(self).__name__)

    def __reduce__(self) -> Any:
        names = self._graph.python_code("self").globals
        imports = {name: obj for name, obj in names.items() if name not in KNOWN}
        for name, obj in imports.items():
            if not hasattr(obj, "__module__") or not hasattr(obj, "__qualname__"):
                raise TypeError(
                    f"a GraphModule whose code names an object without a place in a module: {name} = {obj!r}"
                )
        places = {name: (obj.__module__, obj.__qualname__) for name, obj in imports.items()}
        body = {key: one for key, one in self.__dict__.items() if key != "_graph"}
        return _rebuilt, (type(self).__name__, body, places)

    def __str__(self) -> str:
        hint = "# To see more debug info, please use `graph_module.print_readable()`"
        return "\n".join((super().__repr__(), self._code, hint))
