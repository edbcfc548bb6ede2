"""The Python that runs a graph, in PyTorch's form."""

from __future__ import annotations

import enum
import re
import sys
from types import UnionType
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..tensor.device_names import device as Device
from .node import Node
from .qualified import ROOT, _get_qualified_name, _type_repr

if TYPE_CHECKING:
    from .graph import Graph

OPERATORS = {
    **{name: f"{{}} {sign} {{}}" for name, sign in zip("eq ne lt gt le ge".split(), "== != < > <= >=".split())},
    **{
        name: f"{{}} {sign} {{}}"
        for name, sign in zip("add sub mul floordiv truediv mod".split(), "+ - * // / %".split())
    },
    **{
        name: f"{{}} {sign} {{}}"
        for name, sign in zip("pow lshift rshift and_ or_ xor".split(), "** << >> & | ^".split())
    },
    "matmul": "{} @ {}",
    "getitem": "{}[{}]",
    "pos": "+{}",
    "neg": "-{}",
    "invert": "~{}",
}
"""Functions of the module ``operator``, as they are written."""
IN_PLACE = {
    f"i{name.rstrip('_')}": text.replace(" {}", "= {}")
    for name, text in OPERATORS.items()
    if text.count("{}") == 2 and name not in ("eq", "ne", "lt", "gt", "le", "ge", "getitem")
}
"""The same for those that change their first argument."""


class CodeGen:
    """How a graph becomes Python; the one way that is here."""


class PythonCode:
    """The text of ``forward``, and the objects that it names."""

    def __init__(self, src: str, globals: dict[str, Any]) -> None:
        self.src, self.globals = src, globals


class _Inner:
    """``torch._C``, as far as the text of a graph names it."""

    @property
    def _nn(self) -> Any:
        return sys.modules[f"{ROOT}.nn.functional"]


class Names:
    """What ``torch`` means in the text of a graph, whatever name a program knows the package by."""

    _C = _Inner()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.modules[ROOT], name)


KNOWN = {"torch": Names(), "device": Device, "inf": float("inf"), "nan": float("nan"), "NoneType": type(None)}
"""The names that every text may use."""


class Writer:
    """Writes a graph as the body of a function."""

    def __init__(self, graph: Graph, root: str, verbose: bool = False) -> None:
        self.graph, self.root, self.verbose = graph, root, verbose
        self.globals: dict[str, Any] = dict(KNOWN)
        self.wrapped: dict[str, None] = {}

    def name_of(self, obj: Any, wanted: str) -> str:
        """The global name under which an object is known to the text."""
        if wanted.startswith("torch."):
            return wanted
        name = re.sub(r"[^A-Za-z0-9_]", "_", wanted) if obj is not ... else "_"
        while self.globals.get(name, obj) is not obj or name in self.graph._taken:
            name += "_"
        self.globals[name] = obj
        return name

    def text(self, value: Any) -> str:
        """An argument as Python."""
        if isinstance(value, Node):
            return value.name
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return f"{self.name_of(type(value), _type_repr(type(value)))}({', '.join(map(self.text, value))})"
        if isinstance(value, tuple):
            return f"({', '.join(map(self.text, value))}{',' if len(value) == 1 else ''})"
        if isinstance(value, list):
            return f"[{', '.join(map(self.text, value))}]"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key!r}: {self.text(one)}" for key, one in value.items()) + "}"
        if isinstance(value, slice):
            return f"slice({self.text(value.start)}, {self.text(value.stop)}, {self.text(value.step)})"
        if isinstance(value, dtypes.dtype):
            return f"torch.{value.name}"
        if isinstance(value, enum.Enum):
            return f"{self.name_of(type(value), _type_repr(type(value)))}.{value.name}"
        if value is None or value is Ellipsis or type(value) in (bool, int, float, complex, str, bytes, Device):
            return repr(value)
        called = _type_repr(value) if isinstance(value, type) else getattr(value, "__name__", type(value).__name__)
        return self.name_of(value, called)

    def type_text(self, kind: Any) -> str:
        """An annotation as Python."""
        if isinstance(kind, UnionType):
            return "|".join(map(self.type_text, kind.__args__))
        origin = getattr(kind, "__origin__", None)
        if origin is None or isinstance(kind, str):
            return self.name_of(kind, _type_repr(kind))
        name = getattr(kind, "_name", None) or getattr(origin, "_name", None) or origin.__name__
        name = "Union" if name == "Optional" else name
        outer = self.name_of(origin, f"typing.{name}" if kind.__module__ == "typing" else _type_repr(origin))
        return f"{outer}[{','.join(map(self.type_text, kind.__args__))}]"

    def annotation(self, node: Node) -> str:
        """`` : type`` where a node has one."""
        return "" if node.type is None else f" : {self.type_text(node.type)}"

    def attribute(self, base: str, path: str) -> str:
        """An attribute whose steps may be numbers."""
        for step in path.split("."):
            base = f"{base}.{step}" if step.isidentifier() else f'getattr({base}, "{step}")'
        return base

    def call(self, node: Node) -> str:
        """The statement for a call of a function."""
        target, made, given = node.target, f"{node.name}{self.annotation(node)} = ", list(map(self.text, node.args))
        name = getattr(target, "__name__", type(target).__name__)
        if getattr(target, "__module__", None) == "_operator" and not node.kwargs:
            if name in OPERATORS:
                return made + OPERATORS[name].format(*given)
            if name in IN_PLACE:
                return f"{IN_PLACE[name].format(*given)};  {made}{given[0]}"
        if target is getattr and len(given) == 2 and isinstance(node.args[1], str) and node.args[1].isidentifier():
            return made + self.attribute(given[0], node.args[1])
        known = self.name_of(target, _get_qualified_name(target) if hasattr(target, "__name__") else name)
        if node.meta.get("is_wrapped"):
            self.wrapped[known] = None
        return f"{made}{known}({', '.join(given + self.named(node))})"

    def named(self, node: Node) -> list[str]:
        """A node's named arguments."""
        return [f"{key} = {self.text(one)}" for key, one in node.kwargs.items()]

    def line(self, node: Node) -> str:
        """The statement for a node."""
        if node.op == "output":
            return f"return {self.text(node.args[0])}"
        if node.op == "call_function":
            return self.call(node)
        made, given = f"{node.name}{self.annotation(node)} = ", list(map(self.text, node.args))
        if node.op == "get_attr":
            return made + self.attribute(self.root, node.target)
        if node.op == "call_module":
            return f"{made}{self.attribute(self.root, node.target)}({', '.join(given + self.named(node))})"
        return f"{made}{self.attribute(given[0], node.target)}({', '.join(given[1:] + self.named(node))})"

    def parameter(self, node: Node) -> str:
        """A placeholder among the function's parameters."""
        default = f" = {self.text(node.args[0])}" if node.args else ""
        return f"{node.target}{self.annotation(node)}{default}"

    def code(self) -> PythonCode:
        """The whole function."""
        parameters, renamed, lines, result = [self.root], [], [], ""
        last = {used: node for node in self.graph._nodes for used in node.all_input_nodes}
        for node in self.graph._nodes:
            if node.op == "placeholder":
                parameters.append(self.parameter(node))
                if node.target.lstrip("*") != node.name:
                    renamed.append(f"{node.name} = {node.target.lstrip('*')}")
                continue
            lines.append(self.line(node))
            if node.op == "output":
                result = "" if node.type is None else f" -> {self.type_text(node.type)}"
                continue
            done = [used.name for used in node.all_input_nodes if last[used] is node] + [node.name] * (not node.users)
            if done:
                lines[-1] += f";  {' = '.join(done)} = None"  # lets memory go, as the program's own variables did
        if self.verbose:
            lines[:0] = [""] * bool(renamed) + ["# No stacktrace found for following nodes"]
        lines[:0] = renamed
        marks = "\n".join(f'torch.fx._symbolic_trace.wrap("{name}")' for name in self.wrapped)
        body = "\n".join(f"    {line}" for line in [*(lines or ["pass"]), ""])
        return PythonCode(f"\n{marks}\n\ndef forward({', '.join(parameters)}){result}:\n{body}", self.globals)
