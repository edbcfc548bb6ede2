"""Graphs of a module's calls, made by running it on stand-ins. See torch.fx.

A `Tracer` calls a module with `Proxy` objects, which write every operation into a `Graph` of `Node` objects; a `GraphModule` runs
the graph as generated Python. Used by packages to take features out of models; the runtime has no need of it.
"""

from __future__ import annotations

from ._symbolic_trace import ProxyableClassMeta, Tracer, symbolic_trace, wrap
from .graph import CodeGen, Graph
from .graph_module import GraphModule
from .interpreter import Interpreter, Transformer
from .node import Node, has_side_effect, map_arg
from .proxy import Proxy
from .subgraph_rewriter import replace_pattern

__all__ = [
    "CodeGen",
    "Graph",
    "GraphModule",
    "Interpreter",
    "Node",
    "Proxy",
    "ProxyableClassMeta",
    "Tracer",
    "Transformer",
    "has_side_effect",
    "map_arg",
    "replace_pattern",
    "symbolic_trace",
    "wrap",
]
