"""A graph: nodes in an order in which they can run, and the Python that runs them."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .codegen import CodeGen, PythonCode, Writer
from .node import Node, Target, map_arg


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
        if name is None:
            wanted = re.sub(r"(?<=[a-z])([A-Z])", r"_\1", wanted).lower()
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
        return Writer(self, root_module, options.get("verbose", False)).code()

    def set_codegen(self, codegen: CodeGen) -> None:
        """RuntimeError: graphs become Python in one way."""
        raise RuntimeError("Graph.set_codegen(): graphs become Python in one way here")

    def print_tabular(self) -> None:
        """Print the nodes as a table."""
        rows: list[tuple[str, ...]] = [("opcode", "name", "target", "args", "kwargs")]
        rows += [(n.op, n.name, str(n.target), str(n.args), str(n.kwargs)) for n in self._nodes]
        widths = [max(len(row[k]) for row in rows) for k in range(5)]
        rows.insert(1, tuple("-" * width for width in widths))
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())

    def __str__(self) -> str:
        return "graph():" + "".join(f"\n    {n.format_node()}" for n in self._nodes)
