"""The backward graph as users see it, and hooks on it. See torch.autograd.graph."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from ..dtypes import uint8
from ..ops.arguments import is_tensor
from ..ops.asking import PLACES
from .hooks import RemovableHandle
from .modes import MODE
from .node import Node, public
from .packing import need_callable
from .passes import GradientEdge

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor

__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where the gradient of a tensor goes; `autograd.grad` takes it in place of the tensor."""
    edge = tensor._resolve_edge()
    if edge is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(*public(edge), edge)


def increment_version(tensor: Tensor | Iterable[Tensor]) -> None:
    """Count a change of one tensor, or of several, that was made behind their back. See torch.autograd.graph.increment_version."""
    tensors = (tensor,) if is_tensor(tensor) else tensor
    if not isinstance(tensors, Iterable):
        raise RuntimeError("increment_version expect a Iterable[Tensor] as input")
    for one in tensors:
        if not is_tensor(one):
            raise RuntimeError("increment_version expects each element of the iterable to be a tensor")
        if one._storage.version >= 0:  # those of inference mode have none
            one._storage.version += 1


class saved_tensors_hooks:
    """A block in which every tensor that is kept for backward is kept as ``pack_hook`` makes of it, and used as ``unpack_hook`` makes of that.

    Of nested blocks the innermost counts. A composition with a gradient rule of its own (a loss, a normalisation) is one op here: what its rule
    needs is packed. See torch.autograd.graph.saved_tensors_hooks. RuntimeError inside `disable_saved_tensors_hooks`.
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> Any:
        need_callable("saved_tensors_hooks", self.pack_hook, self.unpack_hook)
        if MODE.no_packing is not None:
            raise RuntimeError(MODE.no_packing)
        MODE.watch(packing=(*MODE.packing, (self.pack_hook, self.unpack_hook)))

    def __exit__(self, *details: object) -> None:
        MODE.watch(packing=MODE.packing[:-1])


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """A block in which `saved_tensors_hooks` raises RuntimeError with this message; inside of hooks it raises it itself. See
    torch.autograd.graph.disable_saved_tensors_hooks."""
    if MODE.packing:
        raise RuntimeError(error_message)
    before, MODE.no_packing = MODE.no_packing, error_message
    try:
        yield
    finally:
        MODE.no_packing = before


class save_on_cpu(saved_tensors_hooks):
    """A block in which tensors that are kept for backward lie in the host's memory until then; what an OpenCL CPU device has lies there
    already, and is only kept as it is now. ``pin_memory`` and ``device_type`` are accepted. See torch.autograd.graph.save_on_cpu."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(_to_host, lambda kept: kept())


def frozen(tensor: Tensor) -> Tensor:
    """The tensor as it is now, whatever is written into it later: its numbers are shared as long as nothing is."""
    return tensor._made(tensor._storage.freeze(), tensor._cl_meta, None)


def _to_host(tensor: Tensor) -> Callable[[], Tensor]:
    """Keeps a tensor in the host's memory, and gives it again when it is called."""
    if tensor._cl_meta.device.traits.kind == "cpu":
        kept = frozen(tensor)
        return lambda: kept
    dtype, shape, device = tensor._cl_meta.dtype, tensor._cl_meta.shape, tensor._cl_meta.device
    array = tensor.detach().contiguous().reshape(-1).view(uint8).numpy()
    return lambda: PLACES[0][0]._from_array(array, uint8, device).view(dtype).reshape(shape)


class allow_mutation_on_saved_tensors(saved_tensors_hooks):
    """A block in which what is kept for backward may be changed in place: backward, inside the block too, uses it as it was. Numbers are
    never overwritten here while somebody reads them, so nothing is copied. See torch.autograd.graph.allow_mutation_on_saved_tensors.

    RuntimeError for blocks in each other; AssertionError for a backward outside.
    """

    def __init__(self) -> None:
        self.active = False

        def used(kept: Tensor) -> Tensor:
            if not self.active:
                raise AssertionError(
                    "Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin which the graph was originally "
                    "recorded."
                )
            return kept

        super().__init__(frozen, used)

    def __enter__(self) -> allow_mutation_on_saved_tensors:
        if any(pack is frozen for pack, _ in MODE.packing):
            raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
        super().__enter__()
        self.active = True
        return self

    def __exit__(self, *details: object) -> None:
        self.active = False
        super().__exit__(*details)


class _MultiHandle(RemovableHandle):
    """Takes several hooks off at once."""

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self.handles = handles

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()

    def __getstate__(self) -> Any:
        return self.handles

    def __setstate__(self, state: Any) -> None:
        self.handles = state


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[[Any], None], *, mode: str = "all"
) -> RemovableHandle:
    """Call ``fn`` once in a backward pass: with the gradients of all ``tensors`` (None for one that the pass does not come to) when the last of
    them is known, or with the first that is known where ``mode`` is "any". See torch.autograd.graph.register_multi_grad_hook."""
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of {('all', 'any')} but got {mode}")
    edges = [tensor._resolve_edge() for tensor in tensors]
    if mode == "all" and None in edges:
        raise AssertionError("Expected gradient function to be set")
    seen: weakref.WeakKeyDictionary[Any, list[Any]] = weakref.WeakKeyDictionary()  # by the pass: the gradients so far

    def of_all(place: int, grad: Tensor) -> None:
        now = MODE.running
        if now not in seen:
            seen[now] = [None] * len(edges)
        grads = seen[now]
        grads[place] = grad
        if sum(part is not None for part in grads) == sum(map(now.comes_to, edges)):
            fn(grads)

    def of_any(place: int, grad: Tensor) -> None:
        if MODE.running not in seen:
            seen[MODE.running] = []
            fn(grad)

    chosen = list(enumerate(tensors))
    if mode == "any":
        chosen = [(k, tensor) for k, tensor in chosen if tensor.requires_grad]
    return _MultiHandle([tensor.register_hook(partial(of_all if mode == "all" else of_any, k)) for k, tensor in chosen])
