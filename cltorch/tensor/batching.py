"""In and out of a `vmap`: a dimension of a tensor becomes the slices that a function sees one of, and a dimension again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ..autograd.levels import at, inside, united, without
from ..autograd.modes import MODE, set_grad_enabled
from ..autograd.node import Node
from ..graph.batching import activate
from ..graph.meta import Meta
from ..graph.storage import Storage
from ..graph.value import Batched, Level
from ..graph.view import View
from ..ops.arguments import is_tensor
from .writes import assign, check_writable

if TYPE_CHECKING:
    from .tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


class Batches:
    """The chapter of slices."""

    def _enter(self: Tensor, dim: int, level: Level) -> Tensor:
        """One slice along ``dim``, for all of them. Called outside of ``level``."""
        activate()
        front = self.movedim(dim, 0).contiguous()
        if front._cl_meta.view.offset or front._storage.nbytes != front.nbytes:
            front = front.clone()
        whole, meta = front._storage.value, front._cl_meta
        whole.pins += 1
        one = Meta.dense(meta.shape[1:], meta.dtype, meta.device)
        value = Batched(level, whole, one.view.numel * meta.dtype.itemsize)
        edge = front._resolve_edge() if MODE.enabled else None
        with inside((level,)):
            node = None if edge is None else Enter(edge, one, level)
        return self._made(Storage(value, value.nbytes), one, node)

    def _leave(self: Tensor, level: Level) -> Tensor:
        """All slices, along a new first dimension. Called outside of ``level``."""
        value, meta = self._storage.value, self._cl_meta
        if level not in value.levels:
            return self.unsqueeze(0).expand(level.size, *meta.shape)
        if not isinstance(value, Batched) or value.level is not level:
            return self._leave_below(level, value.levels[-1])
        with inside((level,)):
            edge = self._resolve_edge() if MODE.enabled else None
        room = value.nbytes // meta.dtype.itemsize
        view = View.of((level.size, *meta.shape), (room, *meta.view.strides), meta.view.offset)
        value.whole.pins += 1
        whole = meta.with_view(view)
        node = None if edge is None else Leave(edge, whole, level)
        return self._made(Storage(value.whole, value.nbytes * level.size), whole, node)

    def _of_all_slices(self: Tensor) -> Tensor:
        """All slices of every `vmap` around, for a look at the numbers of all of them; outside of one, the tensor itself."""
        made = self.detach()
        while levels := made._storage.value.levels:
            made = made._leave(levels[-1])
        return made

    def _leave_below(self: Tensor, level: Level, last: Level) -> Tensor:
        """`_leave` of a level with a later one inside it, as where a gradient is taken in a `vmap` of a function that used one."""
        with at(united(without(MODE.levels, last), (level,))):
            slices = self._leave(last)
        return slices._leave(level)._enter(1, last)


class Slices:
    """The tensors that enter a level, and what is written into their slices there."""

    def __init__(self, level: Level) -> None:
        self.level = level
        self._entered: dict[tuple[int, int], tuple[Any, ...]] = {}

    def of(self, tensor: Tensor, dim: int) -> Tensor:
        """One slice along ``dim``, for all of them; of one tensor the same."""
        known = self._entered.get((id(tensor), dim))
        if known is None:
            one = tensor._enter(dim, self.level)
            known = (tensor, dim, one, one._storage, one._cl_meta, one._storage.value, one._edge)
            self._entered[id(tensor), dim] = known
        return known[2]  # type: ignore[no-any-return]

    def write_back(self) -> None:
        """Let the tensors have what was written into their slices. Called outside of the level."""
        for tensor, dim, one, storage, meta, value, edge in self._entered.values():
            if storage.value is value:
                continue
            with set_grad_enabled(MODE.enabled and one._edge is not edge):
                check_writable(tensor)
                now = one._made(storage, meta, one._edge)._leave(self.level)
                assign(tensor, now if dim == 0 else now.movedim(0, dim))


class Enter(Node):
    """Gradients of slices become one of the tensor that was sliced."""

    __slots__ = ("level",)
    label = "MovedimBackward0"

    def __init__(self, edge: Any, meta: Meta, level: Level) -> None:
        super().__init__((edge,), meta)
        self.level = level

    def gradients(self, grad: Any) -> tuple[Any, ...]:
        with at(without(MODE.levels, self.level)):
            return (grad._leave(self.level),)


class Leave(Enter):
    """The gradient of a tensor becomes one of slices."""

    __slots__ = ()

    def gradients(self, grad: Any) -> tuple[Any, ...]:
        return (grad._enter(0, self.level),)


def slice_by_slice(function: F) -> F:
    """A function that reads numbers, run once for each slice where a `vmap` is around: its results must have one shape."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not MODE.levels:
            return function(*args, **kwargs)
        given = [a for a in (*args, *kwargs.values()) if is_tensor(a)]
        level = next((one for one in MODE.levels[::-1] if any(one in t._storage.value.levels for t in given)), None)
        if level is None:
            return function(*args, **kwargs)
        with at(without(MODE.levels, level)):
            wholes = {id(t): t._leave(level) for t in given if level in t._storage.value.levels}

            def one(k: int, a: Any) -> Any:
                return wholes[id(a)].select(0, k) if id(a) in wholes else a

            found = [
                call(*[one(k, a) for a in args], **{name: one(k, a) for name, a in kwargs.items()})
                for k in range(level.size)
            ]
            if is_tensor(found[0]):
                return _stacked(found)._enter(0, level)
            return type(found[0])([_stacked(parts)._enter(0, level) for parts in zip(*found, strict=True)])

    return cast(F, call)


def _stacked(parts: Any) -> Tensor:
    """Results of slices along a new first dimension. RuntimeError where their shapes differ."""
    shapes = {tuple(part.shape) for part in parts}
    if len(shapes) > 1:
        raise RuntimeError(f"vmap: the slices' results must have one shape, got {sorted(shapes)}")
    return parts[0]._joined([part.unsqueeze(0) for part in parts], 0)  # type: ignore[no-any-return]
