"""Shapes and dtypes of a graph's results, found by running it. See torch.fx.passes.shape_prop."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...tensor.tensor import Tensor
from ..interpreter import Interpreter
from ..node import Node, map_aggregate

__all__ = ["ShapeProp", "TensorMetadata"]


class TensorMetadata(NamedTuple):
    """What is noted of a tensor."""

    shape: Any
    dtype: Any
    requires_grad: bool
    stride: tuple[int, ...]
    memory_format: Any
    is_quantized: bool
    qparams: dict[str, Any]


def _extract_tensor_metadata(result: Tensor, include_contiguity: bool = True) -> TensorMetadata:
    """What is noted of one tensor."""
    return TensorMetadata(result.shape, result.dtype, result.requires_grad, result.stride(), None, False, {})


class ShapeProp(Interpreter):
    """Runs a graph node by node, and notes in ``meta["tensor_meta"]`` and ``meta["type"]`` what each gave."""

    def __init__(self, gm: Any, fake_mode: Any = None) -> None:
        super().__init__(gm)

    def run_node(self, n: Node) -> Any:
        """Run a node and note what it gave."""
        result = super().run_node(n)
        noted = map_aggregate(result, lambda one: _extract_tensor_metadata(one) if isinstance(one, Tensor) else one)
        if any(isinstance(one, TensorMetadata) for one in _flat(noted)):
            n.meta["tensor_meta"] = noted
        n.meta["type"] = type(result)
        return result

    def propagate(self, *args: Any) -> Any:
        """Run the graph on inputs, and give its result."""
        return super().run(*args)


def _flat(noted: Any) -> list[Any]:
    if isinstance(noted, TensorMetadata) or not isinstance(noted, (tuple, list)):
        return [noted]
    return [one for part in noted for one in _flat(part)]
