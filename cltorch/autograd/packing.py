"""What gradient rules keep, handed to a program's hooks. See torch.autograd.graph.saved_tensors_hooks.

Hooks that are set make nodes `watched`: only then does anybody look whether there are some. Such a node has `Packed` in the place of each
tensor that it keeps, so its rule cannot run from a recording, which would read the tensors themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..ops.arguments import is_tensor
from .modes import MODE, no_grad

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor

Hooks = tuple[Callable[[Any], Any], Callable[[Any], Any]]
CHANGED = (
    "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot be modified by in-place "
    "operations as this can lead to unexpected side-effects. Please open an issue if you need to perform in-place operations on the "
    "input to a pack hook."
)
HOOKED = "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of hooks is allowed at a time."
FREED_BEFORE = (
    "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the graph are freed when you call "
    ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if you need "
    "to access saved variables after calling backward."
)


class Packed:
    """What a hook made of a tensor that a node keeps, and where the gradient of that tensor goes.

    ``own``: the tensor is a result of the node itself, which does not keep itself alive.
    """

    __slots__ = ("content", "edge", "own", "unpack")

    def __init__(self, tensor: Tensor, hooks: Hooks, own: bool = False) -> None:
        pack, self.unpack = hooks
        self.own = own
        self.edge = None if own else tensor._resolve_edge()
        version = tensor._storage.version
        with no_grad():
            self.content = pack(tensor)
        if tensor._storage.version != version:
            raise RuntimeError(CHANGED)

    def tensor(self, node: Any) -> Tensor:
        """The tensor again, as the other hook gives it; ``node`` is where the gradient of an own result goes."""
        made = self.unpack(self.content)
        if not is_tensor(made):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                + type(made).__name__
            )
        return made._made(made._storage, made._cl_meta, node if self.own else self.edge)


def packed(thing: Any) -> Any:
    """What a node keeps of an argument: a tensor as the innermost hooks pack it, if there are any."""
    return Packed(thing, MODE.packing[-1]) if MODE.packing and is_tensor(thing) else thing


def unpacked(things: Iterable[Any]) -> tuple[Any, ...]:
    """Arguments of a rule as they were before `packed`."""
    return tuple([thing.tensor(None) if thing.__class__ is Packed else thing for thing in things])


class unhooked:
    """A block in which hooks see nothing: what it keeps is thrown away, or nobody's business."""

    __slots__ = ("before",)

    def __enter__(self) -> None:
        self.before = MODE.packing
        MODE.watch(packing=())

    def __exit__(self, *details: object) -> None:
        MODE.watch(packing=self.before)


class SavedTensor:
    """One tensor that a node keeps (``node._raw_saved_self``), to be given hooks of its own. See torch._C._autograd.SavedTensor."""

    __slots__ = ("_pack",)

    def __init__(self, pack: Callable[[Hooks], None]) -> None:
        self._pack = pack

    def register_hooks(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        """Keep what ``pack_hook`` makes of the tensor in its place, and use what ``unpack_hook`` makes of that. RuntimeError where it has
        hooks already, or was freed."""
        need_callable("register_hooks", pack_hook, unpack_hook)
        self._pack((pack_hook, unpack_hook))


def need_no_hooks() -> None:
    """RuntimeError where hooks are set: transforms of functions give rules what no program may keep."""
    if MODE.packing:
        raise RuntimeError(
            "torch.func.{grad, vjp, jacrev, hessian} don't yet support saved tensor hooks. Please open an issue with your use case."
        )


def need_callable(name: str, *hooks: Any) -> None:
    """TypeError if one of the hooks is none."""
    if not all(map(callable, hooks)):
        raise TypeError(f"{name}(): pack_hook and unpack_hook must be callable, got {', '.join(map(repr, hooks))}")
