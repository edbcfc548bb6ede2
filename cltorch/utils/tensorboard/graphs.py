"""The graph of a model for TensorBoard: which functions it calls with given inputs, and what flows from one to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tensorboard.compat.proto.attr_value_pb2 import AttrValue
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.versions_pb2 import VersionDef

from ...autograd.modes import no_grad
from ...overrides import TorchFunctionMode
from ...tensor.tensor import Tensor
from ..pytree import tree_leaves

_SILENT = frozenset(("__get__", "__set__", "size", "dim", "numel", "item", "tolist", "stride", "is_floating_point"))
"""Functions that ask a tensor something and make none."""


class _Watching(TorchFunctionMode):
    """Writes down a node for every call of a function that makes tensors."""

    def __init__(self) -> None:
        self.nodes: list[NodeDef] = []
        self.scopes: list[str] = []
        self.made: dict[int, str] = {}  # the node that a tensor came from
        self.kept: list[Tensor] = []  # so that no other tensor gets its number
        self.seen: Counter[str] = Counter()

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "function")
        tensors = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        if tensors and name not in _SILENT:
            given = [leaf for leaf in tree_leaves([args, kwargs or {}]) if isinstance(leaf, Tensor)]
            self.add(name, f"aten::{name}", given, tensors)
        return result

    def add(self, name: str, kind: str, given: Sequence[Tensor], made: Sequence[Tensor]) -> None:
        """A node in the scope of today's module that reads ``given``."""
        whole = "/".join([*self.scopes, name])
        self.seen[whole] += 1
        if self.seen[whole] > 1:
            whole = f"{whole}_{self.seen[whole]}"
        shapes = [TensorShapeProto(dim=[TensorShapeProto.Dim(size=n) for n in one.shape]) for one in made]
        attributes = {"_output_shapes": AttrValue(list=AttrValue.ListValue(shape=shapes))}
        read = list(dict.fromkeys(self.made[id(one)] for one in given if id(one) in self.made))
        self.nodes.append(NodeDef(name=whole, op=kind, input=read, attr=attributes))
        self.made.update((id(one), whole) for one in made)
        self.kept += made


@contextmanager
def _scoped(watching: _Watching, model: Any) -> Iterator[None]:
    """A block in which what modules call is named by them: ``Net/Linear[fc1]/linear``."""
    handles = []

    def enter(scope: str) -> Any:
        return lambda module, args: watching.scopes.append(scope)

    def leave(module: Any, args: Any, result: Any) -> None:
        watching.scopes.pop()

    for path, module in model.named_modules():
        kind = type(module).__name__
        handles.append(module.register_forward_pre_hook(enter(f"{kind}[{path.rpartition('.')[2]}]" if path else kind)))
        handles.append(module.register_forward_hook(leave))
    before = model.training
    model.train(False)
    try:
        yield
    finally:
        model.train(before)
        for handle in handles:
            handle.remove()


def graph(model: Any, args: Any, verbose: bool = False) -> Any:
    """The graph of a module that is called with ``args`` (a tensor, or several in a tuple), in evaluation, without gradients."""
    inputs = list(args) if isinstance(args, (tuple, list)) else [args]
    watching = _Watching()
    for k, one in enumerate(leaf for leaf in tree_leaves(inputs) if isinstance(leaf, Tensor)):
        watching.add(f"input/input.{k}", "IO Node", (), (one,))
    for path, parameter in (*model.named_parameters(), *model.named_buffers()):
        watching.add(f"parameters/{path.replace('.', '/')}", "Parameter", (), (parameter,))
    with no_grad(), _scoped(watching, model), watching:
        result = model(*inputs)
    for k, one in enumerate(leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)):
        watching.add(f"output/output.{k}", "IO Node", (one,), (one,))
    found = GraphDef(node=watching.nodes, versions=VersionDef(producer=22))
    if verbose:
        print(found)
    return found
