"""Rewriting of graphs for inference: `fuse`, `remove_dropout`, `optimize_for_inference`. See torch.fx.experimental.optimization."""

from __future__ import annotations

import copy
from typing import Any

from ... import nn
from ...nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval
from .._symbolic_trace import Tracer, symbolic_trace
from ..graph import Graph
from ..graph_module import GraphModule
from ..interpreter import Transformer

_PAIRS = (
    (nn.Conv1d, nn.BatchNorm1d),
    (nn.Conv2d, nn.BatchNorm2d),
    (nn.Conv3d, nn.BatchNorm3d),
    (nn.Linear, nn.BatchNorm1d),
)


def fuse(model: nn.Module, inplace: bool = False, no_trace: bool = False) -> GraphModule:
    """A module in evaluation mode whose batch norms are part of the convolutions or linear layers before them.

    A copy unless ``inplace``; with ``no_trace`` a `GraphModule` is taken as it is. RuntimeError for layers that train.
    """
    traced: Any = model if inplace else copy.deepcopy(model)
    if not (no_trace and isinstance(traced, GraphModule)):
        traced = symbolic_trace(traced)
    modules = dict(traced.named_modules())
    for node in list(traced.graph.nodes):
        before: Any = node.args[0] if node.op == "call_module" and node.args else None
        if getattr(before, "op", None) != "call_module" or len(before.users) > 1:
            continue
        first, norm = modules[before.target], modules[node.target]
        if (type(first), type(norm)) not in _PAIRS or not norm.track_running_stats:
            continue
        fused = (fuse_linear_bn_eval if isinstance(first, nn.Linear) else fuse_conv_bn_eval)(first, norm)
        holder, _, name = before.target.rpartition(".")
        setattr(modules[holder], name, fused)
        modules[before.target] = fused
        node.replace_all_uses_with(before)
        traced.graph.erase_node(node)
    return GraphModule(traced, traced.graph)


def remove_dropout(model: nn.Module) -> GraphModule:
    """A module without its dropout layers."""

    class Without(Transformer):
        def call_module(self, target: Any, args: Any, kwargs: Any) -> Any:
            if isinstance(self.submodules[target], nn.Dropout):
                return args[0]
            return super().call_module(target, args, kwargs)

    return Without(symbolic_trace(model)).transform()


def extract_subgraph(orig_module: nn.Module, nodes: list[Any], inputs: list[Any], outputs: list[Any]) -> GraphModule:
    """A module of some nodes of a traced module, from ``inputs`` to ``outputs``."""
    graph, known = Graph(), {}
    for one in inputs:
        known[one] = graph.placeholder(one.name)
    for one in nodes:
        known[one] = graph.node_copy(one, lambda n: known[n])
    graph.output([known[one] for one in outputs])
    graph.lint()
    return GraphModule(orig_module, graph)


def optimize_for_inference(
    model: nn.Module, pass_config: dict[str, Any] | None = None, tracer: type[Tracer] = Tracer
) -> nn.Module:
    """A module in evaluation mode with its batch norms in the layers before them and without dropout, as far as ``pass_config``
    (``conv_bn_fuse``, ``remove_dropout``) does not say False. Its layouts stay: ``mkldnn_layout_optimize`` changes nothing. See
    torch.fx.experimental.optimization.optimize_for_inference.
    """
    config = {"conv_bn_fuse": True, "remove_dropout": True, **(pass_config or {})}
    if config["conv_bn_fuse"]:
        model = fuse(model)
    if config["remove_dropout"]:
        model = remove_dropout(model)
    return GraphModule(model, tracer().trace(model))


__all__ = ["extract_subgraph", "fuse", "optimize_for_inference", "remove_dropout"]
