"""A graph: nodes in an order in which they can run, and the Python that runs them."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .node import Node, Target, map_arg


class CodeGen:
    """How a graph becomes Python; the one way that is here."""


class PythonCode:
    """The text of ``forward``, and the objects that it names."""

    def __init__(self, src: str, globals: dict[str, Any]) -> None:
        self.src, self.globals = src, globals


class _Nodes(list[Node]):
    """The nodes of a graph, in order."""


class Graph:
    """Nodes in order. See torch.fx.Graph."""

    def __init__(self, owning_module: Any = None, tracer_cls: Any = None, tracer_extras: Any = None) -> None:
        self._nodes: list[Node] = []
        self._taken: set[str] = set()
        self._at: int | None = None  # where new nodes go: at the end if None
        self._owners = 0
        self.owning_module = owning_module
        self._tracer_cls = tracer_cls
        self._codegen = CodeGen()

    @property
    def nodes(self) -> Any:
        """The nodes in order; stays right while nodes are erased."""
        return _Nodes(self._nodes)

    def find_nodes(self, *, op: str, target: Target = None, sort: bool = True) -> list[Node]:
        """The nodes of a kind (and a target)."""
        return [n for n in self._nodes if n.op == op and (target is None or n.target == target)]

    def _unique(self, candidate: str) -> str:
        text = re.sub(r"\W", "_", candidate) or "_"
        if text[0].isdigit():
            text = f"_{text}"
        number = 1
        base, name = re.sub(r"_\d+$", "", text) if text in self._taken else text, text
        while name in self._taken or keyword.iskeyword(name) or hasattr(builtins, name):
            name = f"{base}_{number}"
            number += 1
        self._taken.add(name)
        return name

    def create_node(
        self,
        op: str,
        target: Target,
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
        name: str | None = None,
        type_expr: Any = None,
    ) -> Node:
        """A new node at the place of insertion."""
        wanted = str(name or (target if isinstance(target, str) else getattr(target, "__name__", "node")))
        if not isinstance(target, str):
            wanted = wanted.removeprefix("__").removesuffix("__")
        node = Node(self, self._unique(wanted), op, target, tuple(args or ()), dict(kwargs or {}), type_expr)
        if self._at is None:
            self._nodes.append(node)
        else:
            self._nodes.insert(self._at, node)
            self._at += 1
        return node

    def placeholder(self, name: str, type_expr: Any = None, default_value: Any = None) -> Node:
        """A node for an input."""
        return self.create_node(
            "placeholder", name, () if default_value is None else (default_value,), {}, type_expr=type_expr
        )

    def get_attr(self, qualified_name: str, type_expr: Any = None) -> Node:
        """A node for a parameter, buffer or other attribute of the module."""
        return self.create_node("get_attr", qualified_name, (), {}, type_expr=type_expr)

    def call_module(self, module_name: str, args: Any = None, kwargs: Any = None, type_expr: Any = None) -> Node:
        """A node for a call of a submodule."""
        return self.create_node("call_module", module_name, args, kwargs, type_expr=type_expr)

    def call_method(self, method_name: str, args: Any = None, kwargs: Any = None, type_expr: Any = None) -> Node:
        """A node for a method of its first argument."""
        return self.create_node("call_method", method_name, args, kwargs, type_expr=type_expr)

    def call_function(
        self,
        the_function: Callable[..., Any],
        args: Any = None,
        kwargs: Any = None,
        type_expr: Any = None,
        name: Any = None,
    ) -> Node:
        """A node for a call of a function."""
        return self.create_node("call_function", the_function, args, kwargs, name, type_expr)

    def output(self, result: Any, type_expr: Any = None) -> Node:
        """The node for what the graph gives."""
        return self.create_node("output", "output", (result,), {}, type_expr=type_expr)

    def output_node(self) -> Node:
        """The node for what the graph gives."""
        return next(n for n in reversed(self._nodes) if n.op == "output")

    def node_copy(self, node: Node, arg_transform: Callable[[Node], Any] = lambda x: x) -> Node:
        """A copy of another graph's node, its arguments transformed."""
        args, kwargs = map_arg(node.args, arg_transform), map_arg(node.kwargs, arg_transform)
        copied = self.create_node(node.op, node.target, args, kwargs, node.name, node.type)
        copied.meta = dict(node.meta)
        return copied

    def graph_copy(self, g: Graph, val_map: dict[Node, Any], return_output_node: bool = False) -> Any:
        """Copies of all nodes of another graph but the output; gives what that one would."""
        for node in g._nodes:
            if node in val_map:
                continue
            if node.op == "output":
                result = map_arg(node.args[0], lambda n: val_map[n])
                return (result, node) if return_output_node else result
            val_map[node] = self.node_copy(node, lambda n: val_map[n])
        return None

    def __deepcopy__(self, memo: Any = None) -> Graph:
        made = Graph(tracer_cls=self._tracer_cls)
        mapped: dict[Node, Any] = {}
        result = made.graph_copy(self, mapped)
        made.output(result)
        return made

    def erase_node(self, to_erase: Node) -> None:
        """Remove a node. RuntimeError while it has users."""
        if to_erase.users:
            raise RuntimeError(
                f"Tried to erase Node {to_erase} but it still had {len(to_erase.users)} users in the graph: {to_erase.users}!"
            )
        self._nodes.remove(to_erase)
        to_erase._update((), {})

    def _move(self, node: Node, beside: Node, offset: int) -> None:
        node.graph._nodes.remove(node)
        self._nodes.insert(self._nodes.index(beside) + offset, node)

    @contextmanager
    def _inserting(self, at: int) -> Iterator[None]:
        before, self._at = self._at, at
        try:
            yield
        finally:
            self._at = before

    def inserting_before(self, n: Node | None = None) -> Any:
        """A block in which new nodes go before a node (the first one if None)."""
        return self._inserting(0 if n is None else self._nodes.index(n))

    def inserting_after(self, n: Node | None = None) -> Any:
        """A block in which new nodes go after a node."""
        return self._inserting(len(self._nodes) if n is None else self._nodes.index(n) + 1)

    def eliminate_dead_code(self, is_impure_node: Callable[[Node], bool] | None = None) -> bool:
        """Remove nodes that nobody uses; whether there were any."""
        impure = is_impure_node or Node.is_impure
        dead = [node for node in reversed(self._nodes) if not impure(node)]
        changed = False
        for node in dead:
            if not node.users:
                self.erase_node(node)
                changed = True
        return changed

    def lint(self) -> None:
        """RuntimeError if a node uses one that comes later or is not in the graph."""
        seen: set[Node] = set()
        for node in self._nodes:
            for used in node.all_input_nodes:
                if used not in seen:
                    raise RuntimeError(f"Argument '{used}' of Node '{node}' was used before it has been defined!")
            seen.add(node)

    def python_code(self, root_module: str, **options: Any) -> PythonCode:
        """The text of ``forward`` in which the module is called ``root_module``."""
        return _Writer(self, root_module).code()

    def set_codegen(self, codegen: CodeGen) -> None:
        """RuntimeError: graphs become Python in one way."""
        raise RuntimeError("Graph.set_codegen(): graphs become Python in one way here")

    def print_tabular(self) -> None:
        """Print the nodes as a table."""
        rows = [("opcode", "name", "target", "args", "kwargs")]
        rows += [(n.op, n.name, str(n.target), str(n.args), str(n.kwargs)) for n in self._nodes]
        widths = [max(len(row[k]) for row in rows) for k in range(5)]
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())

    def __str__(self) -> str:
        inputs = ", ".join(f"%{n.name}" for n in self._nodes if n.op == "placeholder")
        rest = "".join(f"\n    {n.format_node()}" for n in self._nodes)
        return f"graph({inputs}):{rest}"


class _Writer:
    """Writes a graph as the body of a function."""

    def __init__(self, graph: Graph, root: str) -> None:
        self.graph, self.root = graph, root
        self.globals: dict[str, Any] = {}
        self.names: dict[int, str] = {}

    def name_of(self, obj: Any, wanted: str) -> str:
        """The global name under which an object is known to the text."""
        if id(obj) not in self.names:
            name = f"_{re.sub(r'[^A-Za-z0-9_]', '_', wanted)}"
            while name in self.globals or name in self.graph._taken:
                name += "_"
            self.names[id(obj)], self.globals[name] = name, obj
        return self.names[id(obj)]

    def text(self, value: Any) -> str:
        """An argument as Python."""
        if isinstance(value, Node):
            return value.name
        if isinstance(value, tuple) and not hasattr(value, "_fields"):
            return f"({', '.join(map(self.text, value))}{',' if len(value) == 1 else ''})"
        if isinstance(value, list):
            return f"[{', '.join(map(self.text, value))}]"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key!r}: {self.text(one)}" for key, one in value.items()) + "}"
        if isinstance(value, slice):
            return f"slice({self.text(value.start)}, {self.text(value.stop)}, {self.text(value.step)})"
        if hasattr(value, "_fields"):
            return f"{self.name_of(type(value), type(value).__name__)}({', '.join(map(self.text, value))})"
        if value is None or value is Ellipsis or type(value) in (bool, int, str, bytes):
            return repr(value)
        if type(value) is float and value == value and abs(value) != float("inf"):
            return repr(value)
        return self.name_of(value, getattr(value, "__name__", type(value).__name__))

    def attribute(self, path: str) -> str:
        """An attribute of the module, whose steps may be numbers."""
        text = self.root
        for step in path.split("."):
            text = f"{text}.{step}" if step.isidentifier() else f"getattr({text}, {step!r})"
        return text

    def line(self, node: Node) -> str:
        """The statement for a node."""
        args = [self.text(one) for one in node.args]
        named = [f"{key}={self.text(one)}" for key, one in node.kwargs.items()]
        if node.op == "output":
            return f"return {self.text(node.args[0])}"
        if node.op == "get_attr":
            value = self.attribute(node.target)
        elif node.op == "call_module":
            value = f"{self.attribute(node.target)}({', '.join(args + named)})"
        elif node.op == "call_method":
            value = f"{args[0]}.{node.target}({', '.join(args[1:] + named)})"
        else:
            value = (
                f"{self.name_of(node.target, getattr(node.target, '__name__', 'function'))}({', '.join(args + named)})"
            )
        return f"{node.name} = {value}"

    def code(self) -> PythonCode:
        """The whole function."""
        parameters, lines = [self.root], []
        last = {used: node for node in self.graph._nodes for used in node.all_input_nodes}
        for node in self.graph._nodes:
            if node.op == "placeholder":
                default = f" = {self.text(node.args[0])}" if node.args else ""
                parameters.append(f"{node.target}{default}")
                if node.target.lstrip("*") != node.name:
                    lines.append(f"{node.name} = {node.target.lstrip('*')}")
            else:
                lines.append(self.line(node))
            done = [used.name for used in node.all_input_nodes if last[used] is node]
            if done and node.op != "output":
                lines[-1] += f";  {' = '.join(done)} = None"  # lets memory go, as the program's own variables did
        body = "\n".join(f"    {line}" for line in lines or ["pass"])
        return PythonCode(f"def forward({', '.join(parameters)}):\n{body}\n", self.globals)
