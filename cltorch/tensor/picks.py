"""Elements that index tensors pick: how a gather or a scatter finds them, and their recording."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from .. import dtypes
from ..graph.cohorts import WATCHED, RecordMiss, missed
from ..graph.meta import Meta
from ..graph.moulds import TRACING, made, remembered
from ..graph.record import emit
from ..graph.value import Value
from ..graph.view import View
from ..ops import index as places
from . import index_parsing
from .writes import keep_write, known_write

if TYPE_CHECKING:
    from ..graph.value import Record
    from .tensor import Tensor

Shape = tuple[int, ...]


class Picks(NamedTuple):
    """Index tensors and the dimensions of a tensor from which they pick.

    ``along``: the only index tensor is as large as what is picked, and picks along one dimension with its own position
    along the others (gather and scatter). ``strict``: negative indices are out of range;
    2 where their error is gather's.
    """

    dims: Shape
    tensors: tuple[Any, ...]
    along: bool = False
    strict: int = 0

    @property
    def how(self) -> tuple[Any, ...]:
        """Everything but the tensors: what a recording depends on."""
        return self.dims, self.along, self.strict

    @staticmethod
    def by(how: tuple[Any, ...], tensors: tuple[Tensor, ...]) -> Picks:
        """The picks of index tensors that go ``how`` others went."""
        dims, along, strict = how
        return Picks(dims, tensors, along, strict)

    def request(self, view: View, dtype: dtypes.dtype) -> places.Indexed:
        """How a kernel finds the elements that are picked from ``view``, or put there."""
        return _requested(self.how, [t._cl_meta for t in self.tensors], view, dtype)


@remembered(maxsize=4096)
def _indexed(
    view: View, dims: Shape, index_views: tuple[View, ...], kinds: tuple[Any, ...], dtype: dtypes.dtype
) -> places.Indexed:
    found = index_parsing.place(view, dims, index_views)
    return places.picked(found.shape, found.strides, found.offset, found.picks, kinds, dtype)


def _requested(how: tuple[Any, ...], metas: Sequence[Meta], view: View, dtype: dtypes.dtype) -> places.Indexed:
    dims, along, strict = how
    if along:
        return places.picked_along(view, dims[0], metas[0].view, metas[0].dtype, dtype)
    kinds = tuple([(m.dtype, strict) for m in metas])
    return _indexed(view, dims, tuple([m.view for m in metas]), kinds, dtype)


class _Gather:
    """What `graph.moulds` asks of ops: the gather by index tensors."""

    name = ""
    kin: ClassVar[dict[Any, Any]] = {}

    @staticmethod
    def infer(op: Any, operands: tuple[Any, ...], params: tuple[Any, ...]) -> Record:
        """The record of a gather from the first operand by the others, of ``params``: picks' `how`, and the view they pick from."""
        source, *indices = operands
        how, view = params
        return places.gather_record(source, tuple(indices), _requested(how, indices, view, source.dtype))


def taken(source: Tensor, picks: Picks, view: View) -> Tensor:
    """Record a gather from the storage of ``source``: what ``view`` shows at picks."""
    record = _known(_Gather, (source._cl_meta, *[t._cl_meta for t in picks.tensors]), (picks.how, view))
    return source._emitted(record, (source._storage.value, *[t._storage.value for t in picks.tensors]))


def take(source: Tensor, tensors: tuple[Tensor, ...], request: places.Indexed) -> Tensor:
    """Record a gather from the storage of ``source``."""
    indices = tuple([t._cl_meta for t in tensors])
    key = ("gather", source._cl_meta, indices, request)
    record = known_write(key, lambda: places.gather_record(source._cl_meta, indices, request))
    return source._emitted(record, (source._storage.value, *[t._storage.value for t in tensors]))


class _Scatter:
    """What `graph.moulds` asks of ops: the scatter by index tensors."""

    name = ""
    kin: ClassVar[dict[Any, Any]] = {}

    @staticmethod
    def infer(op: Any, operands: tuple[Any, ...], params: tuple[Any, ...]) -> Record:
        """The record of a scatter of the second operand into the first, a whole storage, at the others, of ``params``: picks' `how`, the view
        they pick from, and the mode."""
        whole, values, *indices = operands
        how, view, mode = params
        request = _requested(how, indices, view, whole.dtype)
        return places.scatter_record(whole, values, tuple(indices), request, mode)


def store(target: Tensor, picks: Picks, values: Tensor, mode: str) -> None:
    """Record a scatter into the storage of ``target``; ``values`` has the shape of what the picks show."""
    target._storage.repoint(scattered(target, picks, values, mode))


def scattered(target: Tensor, picks: Picks, values: Tensor, mode: str) -> Value:
    """The storage of ``target`` with ``values`` scattered into it, as a value of its own. It may be the same memory, where nobody else
    needs what was there."""
    whole = Meta.dense((target._room,), target._cl_meta.dtype, target._cl_meta.device)
    operands = (whole, values._cl_meta, *[t._cl_meta for t in picks.tensors])
    record = _known(_Scatter, operands, (picks.how, target._cl_meta.view, mode))
    reads = (target._storage.value, values._storage.value, *[t._storage.value for t in picks.tensors])
    return emit(record, reads)


def _known(op: Any, operands: tuple[Any, ...], params: tuple[Any, ...]) -> Record:
    if TRACING.now:
        return made(op, operands, params)
    key = (op, operands, params)

    def make() -> Record:
        if WATCHED and missed(RecordMiss, op, key, operands, params, keep_write):
            return known_write(key, lambda: made(op, operands, params))
        return made(op, operands, params)

    return known_write(key, make)
