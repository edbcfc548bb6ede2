"""How tensors become views of others: what they share, and what they know of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..autograd.aliases import INFERENCE, NO_GRAD, AliasState, History, Nowhere, begun, no_view
from ..autograd.node import LEAF, Node
from ..autograd.view_node import Misfit
from ..graph.meta import Meta
from ..graph.storage import Uncounted
from ..graph.view import View
from ..ops.arguments import is_tensor
from ..ops.mode import MODE
from .writes import edge_of

if TYPE_CHECKING:
    from .tensor import Tensor


def _first(view: View, dim: int) -> View:
    return view.select(dim, 0)


class Aliases:
    """Methods of Tensor that make views of it."""

    __slots__ = ()

    def _alias(self: Tensor, meta: Meta, made: Any = None, how: Any = None, given: Any = None) -> Tensor:
        """A view of this tensor that shares its storage and its history; ``made`` says by which op or index it is called.

        ``how(view, given)`` gives the same view of another layout, where there is such a way (not for `as_strided`).
        """
        edge, storage = self._edge, self._storage
        state: Any = None
        if not meta.dtype.differentiable or storage.version < 0:
            pass  # tensors of inference mode: their views know of no gradients
        elif not MODE.enabled:
            if edge is not None and self._is_recorded:
                state = AliasState(History(Nowhere((), self._cl_meta), self._cl_meta), storage, made)
                state.origin = INFERENCE if MODE.inference else NO_GRAD
        elif edge is LEAF:
            state = AliasState(History(self, self._cl_meta), storage, made)
        elif edge.__class__ is AliasState:
            state = AliasState(edge.history, storage, made, None if edge.owner else self._via(how, given))
            state.origin = edge.origin
        else:
            self._edge, state = begun(edge, self._cl_meta, storage, made)
        view = self._made(storage, meta, state)
        view._base = self if self._base is None else self._base
        return view

    def _positions(self: Tensor, dim: int, op: str) -> tuple[Tensor, ...]:
        """`_alias` of every position along a dimension, the outputs of one ``op``, whose place in the history is found once."""
        metas = self._cl_meta.positions(dim)
        state: Any = self._alias(metas[0], None, _first, dim)._edge if metas else None
        through: Any = None if state is None or state.via is None or state.via[2] is None else state.via
        apart = through[1].positions(dim) if through else ()
        storage = self._storage
        base = self if self._base is None else self._base
        made = []
        for place, meta in enumerate(metas):
            own: Any = None if state is None else state.twin((place, op))
            if apart:
                own.via = (*through[:2], apart[place])
            one = self._made(storage, meta, own)
            one._base = base
            made.append(one)
        return tuple(made)

    def _via(self: Tensor, how: Any, given: Any) -> Any:
        """Where the gradient of a view of this view passes through, so that its hooks see it (see `AliasState`).

        Where elements repeat (`expand`), places in memory do not say whose gradient it is: those of the same view of a dense tensor do.
        """
        edge, whole = edge_of(self), self._cl_meta
        if edge is None or not whole.view.may_overlap_itself:
            return None if edge is None else (edge, whole, None)
        if how is None:
            return None
        dense = Meta.dense(whole.shape, whole.dtype, whole.device)
        return edge, dense, dense.with_view(how(dense.view, given))

    def _apart(self: Tensor) -> None:
        """Let this tensor, where its elements repeat (`expand`), have memory of its own: gradients of its views are told apart by places in
        memory, and each element needs one."""
        if self._cl_meta.view.may_overlap_itself:
            copy = self._made(self._storage, self._cl_meta, None).contiguous()
            self._storage, self._cl_meta = copy._storage, copy._cl_meta
            no_view(self)

    def _is_view(self: Tensor) -> bool:
        """Whether this tensor is a view of another one, its ``_base``."""
        return self._base is not None

    @property
    def data(self: Tensor) -> Tensor:
        """The same storage without history; changes of it are not counted, so that gradients do not see them."""
        return self._made(Uncounted(self._storage.cell), self._cl_meta, None)

    @data.setter
    def data(self: Tensor, value: Tensor) -> None:
        if hasattr(value, "_apply_sparse"):
            raise RuntimeError(
                "Attempted to call `variable.set_data(tensor)`, but `variable` and `tensor` have incompatible tensor type."
            )
        if not is_tensor(value):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if self.requires_grad and not value._cl_meta.dtype.differentiable:
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        edge = edge_of(self)
        if isinstance(edge, Node) and value._cl_meta.shape != self._cl_meta.shape:
            self._edge = Misfit((edge,), self._cl_meta)
        self._storage = value._storage.cell
        self._cl_meta = value._cl_meta
