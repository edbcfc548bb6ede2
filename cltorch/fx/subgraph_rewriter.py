"""Every occurrence of one piece of a graph replaced by another. See torch.fx.subgraph_rewriter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ._symbolic_trace import symbolic_trace
from .graph import Graph
from .graph_module import GraphModule
from .node import Node

__all__ = ["Match", "replace_pattern"]


class Match(NamedTuple):
    """One occurrence: its last node, and for every node of the pattern the node of the graph that it stands for."""

    anchor: Node
    nodes_map: dict[Node, Any]


def replace_pattern(
    gm: GraphModule, pattern: Callable[..., Any] | GraphModule, replacement: Callable[..., Any] | GraphModule
) -> list[Match]:
    """Replace every occurrence of the operations of ``pattern`` in the graph of ``gm``, which is changed, by those of ``replacement``.

    Both are functions, or traced modules, of as many arguments, with one result each. What counts is how results flow, not names or
    order; an occurrence whose inner results are used elsewhere is none, and occurrences do not overlap. Returns the occurrences.
    See torch.fx.replace_pattern.
    """
    wanted, given = _graph_of(pattern), _graph_of(replacement)
    graph = gm.graph
    found: list[Match] = []
    taken: set[Node] = set()
    for node in graph.nodes:
        match = _match(wanted, node)
        if match is not None and not taken & _inside(match):
            taken |= _inside(match)
            found.append(match)
    changed: dict[Node, Node] = {}  # results of earlier occurrences that later ones read
    for match in found:
        _replace(graph, wanted, given, match, changed)
    gm.recompile()
    return found


def _graph_of(thing: Callable[..., Any] | GraphModule) -> Graph:
    return (thing if isinstance(thing, GraphModule) else symbolic_trace(thing)).graph


def _inside(match: Match) -> set[Node]:
    """The nodes of an occurrence that go away: the arguments stay."""
    return {
        node
        for inner, node in match.nodes_map.items()
        if inner.op not in ("placeholder", "output") and isinstance(node, Node)
    }


def _match(pattern: Graph, anchor: Node) -> Match | None:
    """The occurrence whose last node is ``anchor``; None if there is none."""
    known: dict[Node, Any] = {}
    last = pattern.output_node().args[0]
    if not isinstance(last, Node) or not _agree(last, anchor, known):
        return None
    inside = {node for inner, node in known.items() if inner.op != "placeholder"}
    if any(node is not anchor and not set(node.users) <= inside for node in inside):
        return None
    return Match(anchor, known)


def _agree(wanted: Any, found: Any, known: dict[Node, Any]) -> bool:
    """Whether a piece of the pattern, an argument or a node, stands for a piece of the graph; fills ``known``."""
    if isinstance(wanted, Node):
        if wanted in known:
            return known[wanted] is found
        if wanted.op == "placeholder":
            known[wanted] = found
            return True
        if not isinstance(found, Node) or (wanted.op, wanted.target) != (found.op, found.target):
            return False
        known[wanted] = found
        return _agree(list(wanted.args), list(found.args), known) and _agree(wanted.kwargs, found.kwargs, known)
    if isinstance(wanted, (list, tuple)):
        same = type(wanted) is type(found) and len(wanted) == len(found)
        return same and all(_agree(a, b, known) for a, b in zip(wanted, found))
    if isinstance(wanted, dict):
        return (
            isinstance(found, dict)
            and wanted.keys() == found.keys()
            and all(_agree(one, found[key], known) for key, one in wanted.items())
        )
    return not isinstance(found, Node) and bool(wanted == found)


def _replace(graph: Graph, pattern: Graph, replacement: Graph, match: Match, changed: dict[Node, Node]) -> None:
    """Put the replacement before an occurrence's last node, and take the occurrence out."""
    arguments = [match.nodes_map.get(node) for node in pattern.nodes if node.op == "placeholder"]
    arguments = [changed.get(one, one) if isinstance(one, Node) else one for one in arguments]
    inputs = [node for node in replacement.nodes if node.op == "placeholder"]
    if len(inputs) != len(arguments):
        raise RuntimeError(f"the pattern has {len(arguments)} arguments, the replacement {len(inputs)}")
    mapped: dict[Node, Any] = dict(zip(inputs, arguments))
    with graph.inserting_before(match.anchor):
        result = graph.graph_copy(replacement, mapped)
    match.anchor.replace_all_uses_with(result)
    changed[match.anchor] = result
    for node in reversed([node for node in graph.nodes if node in _inside(match)]):
        graph.erase_node(node)
