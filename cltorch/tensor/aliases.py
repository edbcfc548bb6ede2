"""How tensors become views of others: what they share, and what they know of each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..autograd.aliases import NO_GRAD, AliasState, History, Nowhere, no_view
from ..autograd.node import LEAF
from ..graph.meta import Meta
from ..ops.mode import MODE
from .writes import edge_of

if TYPE_CHECKING:
    from .tensor import Tensor


class Aliases:
    """Methods of Tensor that make views of it."""

    __slots__ = ()

    def _alias(self: Tensor, meta: Meta, made: Any = None) -> Tensor:
        """A view of this tensor that shares its storage and its history; ``made`` says by which op or index."""
        edge, storage = self._edge, self._storage
        state: Any = None
        if not meta.dtype.differentiable:
            pass
        elif not MODE.enabled:
            if edge is not None and self._is_recorded:
                state = AliasState(History(Nowhere((), self._cl_meta), self._cl_meta), storage, made)
                state.origin = NO_GRAD
        elif edge is LEAF:
            state = AliasState(History(self, self._cl_meta), storage, made)
        elif edge.__class__ is AliasState:
            state = AliasState(edge.history, storage, made, None if edge.owner else self._via())
            state.origin = edge.origin
        else:
            history = History(edge, self._cl_meta)
            self._edge = AliasState(history, storage, owner=True)
            state = AliasState(history, storage, made)
        view = self._made(storage, meta, state)
        view._base = self if self._base is None else self._base
        return view

    def _aliases(self: Tensor, metas: Sequence[Meta], op: str) -> tuple[Tensor, ...]:
        """`_alias` of several views, the outputs of one ``op``, whose place in the history is found once."""
        state = self._alias(metas[0])._edge if metas else None
        storage = self._storage
        base = self if self._base is None else self._base
        made = []
        for place, meta in enumerate(metas):
            one = self._made(storage, meta, None if state is None else state.twin((place, op)))
            one._base = base
            made.append(one)
        return tuple(made)

    def _via(self: Tensor) -> Any:
        """Where gradients of views of this view pass through, so that its hooks see them; None where elements repeat."""
        edge = None if self._cl_meta.view.may_overlap_itself else edge_of(self)
        return None if edge is None else (edge, self._cl_meta)

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
