"""`split_module`: a graph cut into modules of its own, by a number for each node."""

from __future__ import annotations

import operator
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from ..graph import Graph
from ..graph_module import GraphModule
from ..node import Node, map_arg

_WHOLE = ("placeholder", "get_attr", "output")
"""Nodes that belong to no part."""


class _Part:
    """One part: its nodes, what it takes from outside, and what others take from it, in the order in which it is met."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nodes: list[Node] = []
        self.inputs: dict[Node, None] = {}
        self.outputs: dict[Node, None] = {}
        self.before: dict[str, None] = {}
        """The parts that must run earlier."""


def split_module(
    m: GraphModule,
    root_m: Any,
    split_callback: Callable[[Node], Any],
    qualname_map: dict[str, str] | None = None,
    keep_original_order: bool | None = False,
    keep_original_node_name: bool | None = False,
    keep_original_input_name: bool = True,
    *,
    partition_affix: str | None = None,
    tuple_return: bool = False,
) -> GraphModule:
    """A module whose graph calls a submodule, ``submod_0`` and so on, for each number that ``split_callback`` gives the nodes.

    ``qualname_map`` gets the old name of each submodule by its new one. Arguments of parts are called ``arg_0`` and so on unless
    ``keep_original_input_name``. RuntimeError if two parts need each other. See
    torch.fx.passes.split_module.split_module.
    """
    affix = "" if partition_affix is None else f"{partition_affix}_"
    parts: dict[str, _Part] = {}
    whose: dict[Node, _Part] = {}
    for node in m.graph.nodes:
        if node.op not in _WHOLE:
            name = f"submod_{affix}{split_callback(node)}"
            whose[node] = parts.setdefault(name, _Part(name))
            whose[node].nodes.append(node)
    for node in m.graph.nodes:
        _uses(node, whose)
    made = _Splitter(m, qualname_map, tuple_return, bool(keep_original_node_name), keep_original_input_name)
    for node in m.graph.nodes:
        made.outside(node)
    for part in _in_order(list(parts.values()), bool(keep_original_order)):
        made.call(part)
    return made.finish()


def _uses(node: Node, whose: dict[Node, _Part]) -> None:
    """Note what crosses the border of a node's part."""
    mine = whose.get(node)
    for other in node.all_input_nodes:
        theirs = whose.get(other)
        if theirs is mine:
            continue
        if theirs is not None:
            theirs.outputs[other] = None
        if mine is not None:
            mine.inputs[other] = None
            if theirs is not None:
                mine.before[theirs.name] = None


def _in_order(parts: list[_Part], as_met: bool) -> list[_Part]:
    """Parts so that each comes behind those that it needs. RuntimeError for a circle."""
    done: dict[str, _Part] = {}
    while len(done) < len(parts):
        ready = [part for part in parts if part.name not in done and all(one in done for one in part.before)]
        if not ready:
            raise RuntimeError("cycle exists between partitions!")
        for part in ready[: 1 if as_met else None]:
            done[part.name] = part
    return list(done.values())


class _Splitter:
    """The graph that calls the parts, while it is made."""

    def __init__(
        self,
        m: GraphModule,
        names: dict[str, str] | None,
        as_tuple: bool,
        keep: bool,
        keep_inputs: bool,
    ) -> None:
        self.m, self.names, self.as_tuple, self.keep, self.keep_inputs = m, names, as_tuple, keep, keep_inputs
        self.graph = Graph()
        self.known: dict[Node, Node] = {}
        self.attributes: dict[str, Any] = {}

    def outside(self, node: Node) -> None:
        """A node that stays in the graph itself."""
        if node.op in ("placeholder", "get_attr"):
            self.known[node] = self.graph.node_copy(node)
            if node.op == "get_attr":
                self.attributes[node.target] = attrgetter(node.target)(self.m)

    def call(self, part: _Part) -> None:
        """A submodule of a part, and the call of it."""
        graph, inner, attributes = Graph(), {}, {}
        for k, node in enumerate(part.inputs):
            name = node.name if self.keep_inputs else f"arg_{k}"
            inner[node] = graph.placeholder(name, type_expr=node.type)
        for node in part.nodes:
            inner[node] = self.copy(graph, node, inner)
            if node.op == "call_module":
                inner[node].target = short = node.target.replace(".", "_")
                attributes[short] = self.m.get_submodule(node.target)
                if self.names is not None:
                    self.names[f"{part.name}.{short}"] = node.target
        outputs = list(part.outputs)
        results = [inner[node] for node in outputs]
        is_one = len(results) == 1 and not self.as_tuple
        graph.output(results[0] if is_one else tuple(results))
        self.attributes[part.name] = GraphModule(attributes, graph)
        called = self.graph.call_module(part.name, tuple([self.known[node] for node in part.inputs]))
        for k, node in enumerate(outputs):
            self.known[node] = called if is_one else self.graph.call_function(operator.getitem, (called, k))

    def copy(self, graph: Graph, node: Node, inner: dict[Node, Node]) -> Node:
        """A node in a part's graph, with a name of its own unless names are kept."""
        args, kwargs = map_arg(node.args, lambda one: inner[one]), map_arg(node.kwargs, lambda one: inner[one])
        copied = graph.create_node(node.op, node.target, args, kwargs, node.name if self.keep else None, node.type)
        copied.meta = dict(node.meta)
        return copied

    def finish(self) -> GraphModule:
        """The module."""
        for node in self.m.graph.nodes:
            if node.op == "output":
                self.graph.output(map_arg(node.args[0], lambda one: self.known[one]))
        return GraphModule(self.attributes, self.graph)
