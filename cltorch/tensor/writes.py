"""In-place changes: what may be written, where a result goes, and what becomes of gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.aliases import NO_GRAD, AliasState, alias_edge, check_alias, edge_before_write, rebase, refused
from ..autograd.modes import MODE
from ..autograd.node import LEAF, OpNode
from ..graph.meta import Meta
from ..graph.record import emit, recorder
from ..graph.value import Record, Write
from ..ops import rules
from ..ops.arguments import is_tensor
from ..runtime.host import HOST

if TYPE_CHECKING:
    from ..graph.view import View
    from .tensor import Tensor


def edge_of(tensor: Tensor) -> Any:
    """Where the gradient of a tensor goes: None, a node, or the leaf itself."""
    edge = tensor._edge
    if edge is LEAF:
        return tensor
    if edge.__class__ is AliasState:
        return alias_edge(edge, tensor._cl_meta)
    return edge


def has_history(thing: Any) -> bool:
    """Whether gradients flow through a tensor, whether they are recorded now or not; False for what is none."""
    edge = getattr(thing, "_edge", None)
    return edge is not None and not (edge.__class__ is AliasState and edge.history.edge is None)


def check_writable(target: Tensor, operands: tuple[Any, ...] = (), idempotent: bool = False) -> None:
    """PyTorch's refusals of in-place changes: leaves and their views, memory that overlaps itself or an operand.

    ``idempotent``: every element gets the same number, so memory may overlap itself.
    """
    edge = target._edge
    if target._storage.version < 0 and not MODE.inference:
        raise RuntimeError(
            "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal tensor "
            "before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
        )
    if MODE.enabled and edge is not None:
        if edge is LEAF:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        if edge.__class__ is AliasState:
            check_alias(edge)
    view = target._cl_meta.view
    if (view.is_repeated or (view.may_overlap_itself and MODE.enabled and target._is_recorded)) and not idempotent:
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
            "Please clone() the tensor before performing the operation."
        )
    if operands:
        need_apart(target, operands, ("partial",))


def need_apart(target: Tensor, operands: tuple[Any, ...], refused: tuple[str, ...] = ("partial", "full")) -> None:
    """RuntimeError where a tensor that is written to shares elements with an operand, in a way that is ``refused``."""
    for operand in operands:
        storage = getattr(operand, "_storage", None)
        if (
            storage is not None
            and storage.value is target._storage.value
            and storage.cell is target._storage.cell
            and target._cl_meta.view.overlaps(operand._cl_meta.view) in refused
        ):
            raise RuntimeError(
                "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single "
                "memory location. Please clone() the tensor before performing the operation."
            )


def between_layouts(target: Any, source: Any) -> RuntimeError:
    """PyTorch's error for `copy_` between strided and sparse tensors."""
    return RuntimeError(
        f"copy_() between dense and sparse Tensors is not implemented! Found self type = {target.type()} and src type = {source.type()}"
    )


def check_result(target: Tensor, shape: tuple[int, ...], dtype: dtypes.dtype) -> None:
    """Whether a result can be stored in ``target``: same shape, and a dtype that can be cast to the target's."""
    if shape != target._cl_meta.shape:
        raise RuntimeError(
            f"output with shape {rules.text(target._cl_meta.shape)} doesn't match the broadcast shape {rules.text(shape)}"
        )
    if dtype is not target._cl_meta.dtype and not dtypes.can_cast(dtype, target._cl_meta.dtype):
        raise RuntimeError(
            f"result type {dtype.title} can't be cast to the desired output type {target._cl_meta.dtype.title}"
        )


def old_self(target: Tensor) -> Tensor:
    """The tensor as it is now, for an in-place op to read and to keep: later changes of ``target`` do not show in it."""
    edge = target._edge
    if not MODE.enabled:
        edge = None
    elif edge.__class__ is AliasState:
        edge = edge_before_write(edge, target._cl_meta)
    elif edge is LEAF:
        edge = target
    return target._made(target._storage.freeze(), target._cl_meta, edge)


def inplace(target: Tensor, compute: Callable[..., Tensor], *operands: Any, elementwise: bool = False) -> Tensor:
    """``target`` becomes ``compute(target, *operands)``; every in-place op ends here or in `assign`.

    ``elementwise``: elements that share a position (of an unfolded view, say) are changed one after another.
    """
    check_writable(target, operands)
    if elementwise and target._cl_meta.view.may_overlap_itself:
        return _one_by_one(target, compute, operands)
    result = compute(_read_by(target, operands), *operands)
    try:
        meta = result._cl_meta
    except AttributeError:  # the product with a sparse tensor is sparse
        result = result.to_dense()
        meta = result._cl_meta
    check_result(target, meta.shape, meta.dtype)
    return assign(target, result)


def _read_by(target: Tensor, operands: tuple[Any, ...]) -> Tensor:
    """`old_self` for an in-place op with other operands. Where none has a history, nobody keeps what is read."""
    if target._edge is not None or any(map(has_history, operands)):
        return old_self(target)
    return target._made(target._storage, target._cl_meta, None)


def _part(tensor: Tensor, dim: int, index: int) -> Tensor:
    """One position along a dimension, without gradients."""
    return tensor._made(tensor._storage, tensor._cl_meta.with_view(tensor._cl_meta.view.select(dim, index)), None)


def _one_by_one(target: Tensor, compute: Callable[..., Tensor], operands: tuple[Any, ...]) -> Tensor:
    """`inplace` of a view that overlaps itself."""
    dim, order = target._cl_meta.view.writing_order()
    wide = [o.expand(target._cl_meta.shape) if is_tensor(o) and o._cl_meta.shape else o for o in operands]
    for k in order:
        here = [o.select(dim, k) if is_tensor(o) and o._cl_meta.shape else o for o in wide]
        inplace(_part(target, dim, k), compute, *here, elementwise=True)
    return target


def assign(target: Tensor, result: Tensor, keep_gradient: bool = False) -> Tensor:
    """Point both cells of ``target`` at a new result of its shape (cast to its dtype).

    With ``keep_gradient`` (copies and fills) a target that required gradients goes on requiring them.
    """
    if result._cl_meta.dtype is not target._cl_meta.dtype:
        result = result.to(target._cl_meta.dtype)
    if result._edge is None and target._edge is None:  # no gradient flows anywhere
        write(target, result)
        return target
    node = edge_of(result) if MODE.enabled else None
    if node is not None and target._edge is None and target._base is not None:
        raise refused(NO_GRAD)
    before = target._cl_meta
    write(target, result)
    if not MODE.enabled or not before.dtype.differentiable:
        return target
    rebase(target, node, keep_gradient)
    if isinstance(node, OpNode) and node.result is result._storage:  # later changes of the target spoil the kept result
        node.result, node.result_meta, node.result_version = target._storage, before, target._storage.version
    return target


def renamed(target: Tensor, name: str) -> Tensor:
    """A tensor that an in-place op has just changed, its node called after the op. That of a view's base stays ``CopySlices``."""
    edge = target._edge
    if MODE.enabled and edge is not None and (edge.__class__ is not AliasState or edge.owner):
        edge.go_by(name)
    return target


def placed_at_once(target: Tensor, index: Any, value: Any) -> bool:
    """Place a number, or a tensor, at ints and slices of a tensor of the host, if neither has a history and nothing is to be said about it."""
    if (target._edge is not None and has_history(target)) or has_history(value):
        return False
    check_writable(target)
    storage, meta = target._storage, target._cl_meta
    if value.__class__ in (int, float) or not is_tensor(value):
        return recorder(HOST).place(storage, meta, index, target._assigned(value))
    source, source_meta = value._storage.value, value._cl_meta
    loses = source_meta.dtype.is_complex and not meta.dtype.is_complex
    if source_meta.device is not HOST or source is storage.value or loses:
        return False
    return recorder(HOST).place(storage, meta, index, source, source_meta)


def write(target: Tensor, result: Tensor) -> None:
    """Make ``result`` the contents of the target's region, on the data side only."""
    storage, meta = target._storage, target._cl_meta
    if meta.view.may_overlap_itself:
        dim, order = meta.view.writing_order()
        for k in order:
            write(_part(target, dim, k), _part(result, dim, k))
        return
    value = result._storage.value
    same = result._cl_meta.view is meta.view
    apart = value is not storage.value or result._storage.cell is not storage.cell
    if same and apart and covers_storage(target):
        value.pins += 1
        storage.repoint(value)
        return
    storage.repoint(emit(write_record(storage_meta(target), meta.view, result._cl_meta), (storage.value, value)))


_WRITES: dict[Any, Record] = {}


def known_write(key: Any, make: Callable[[], Record]) -> Record:
    """The record of a write (or of a gather) with this key, made once: so plans are found again."""
    record = _WRITES.get(key)
    return keep_write(key, make()) if record is None else record


def keep_write(key: Any, record: Record) -> Record:
    """Keep a record for `known_write`; the one that is kept already, if there is one."""
    if len(_WRITES) > 1 << 11:
        _WRITES.clear()
    return _WRITES.setdefault(key, record)


def write_record(whole: Meta, view: View, source: Meta) -> Record:
    """The record of a write into a region of a storage."""

    def make() -> Record:
        pending = recorder(whole.device).pending
        return Record(Write(view), (whole.view, source.view), (whole,), pending, None, (whole, source))

    return known_write((whole, view, source), make)


def storage_meta(tensor: Tensor) -> Meta:
    """The flat meta of a tensor's whole storage."""
    return Meta.dense((tensor._room,), tensor._cl_meta.dtype, tensor._cl_meta.device)


def covers_storage(tensor: Tensor) -> bool:
    """Whether the tensor's view reaches every element of its storage exactly once."""
    meta = tensor._cl_meta
    view = meta.view
    whole = view.offset == 0 and view.numel * meta.dtype.itemsize == tensor._storage.nbytes
    return whole and not view.may_overlap_itself
