"""How a list of items becomes a batch."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from functools import partial
from typing import Any

import numpy as np

from .. import dtypes
from ..runtime.host import HOST
from ..tensor.creation import as_tensor, tensor
from ..tensor.device_names import resolve_device
from ..tensor.formats import strided
from ..tensor.joining import stack
from ..tensor.tensor import Tensor
from .host import piled, stacked

np_str_obj_array_pattern = re.compile(r"[SaUO]")
"""Kinds of NumPy's arrays that are no numbers."""
_REFUSED = "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"


def default_collate(batch: Sequence[Any]) -> Any:
    """Stack items along a new dimension 0: tensors, NumPy arrays and numbers become tensors (float64 for Python
    floats), strings and bytes stay a list, and dictionaries, tuples and lists are collated entry by entry.

    TypeError for other items, RuntimeError when tensors differ in shape or lists in length.
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def collate(batch: Sequence[Any], *, collate_fn_map: Mapping[Any, Callable[..., Any]] | None = None) -> Any:
    """`default_collate` with functions for items of certain classes: they get the batch and the map itself."""
    first = batch[0]
    known = collate_fn_map or {}
    for kind, make in known.items():
        if type(first) is kind:
            return make(batch, collate_fn_map=collate_fn_map)
    for kind, make in known.items():
        if isinstance(first, kind):
            return make(batch, collate_fn_map=collate_fn_map)
    again = partial(collate, collate_fn_map=collate_fn_map)
    if isinstance(first, Mapping):
        return _rebuild_mapping(first, {key: again([item[key] for item in batch]) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):  # namedtuple
        return type(first)(*(again(column) for column in zip(*batch)))
    if isinstance(first, Sequence):
        if any(len(item) != len(first) for item in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        return _rebuild_sequence(first, [again(column) for column in zip(*batch)])
    raise TypeError(_REFUSED.format(type(first)))


def default_convert(data: Any) -> Any:
    """NumPy arrays become tensors, inside dictionaries, tuples and lists too; everything else stays as it is."""
    if isinstance(data, (np.ndarray, np.generic)):
        return data if data.dtype.kind in "SUO" else as_tensor(np.asarray(data))
    if isinstance(data, Mapping):
        return _rebuild_mapping(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(entry) for entry in data))
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _rebuild_sequence(data, [default_convert(entry) for entry in data])
    return data


def _rebuild_mapping(like: Mapping[Any, Any], entries: dict[Any, Any]) -> Any:
    """A mapping of the same class where it can be copied or made from a dictionary, else a dictionary."""
    try:
        if isinstance(like, MutableMapping):
            made = copy.copy(like)
            made.update(entries)
            return made
        return type(like)(entries)  # type: ignore[call-arg]
    except TypeError:
        return entries


def _rebuild_sequence(like: Sequence[Any], entries: list[Any]) -> Any:
    """A sequence of the same class where it can be copied or made from a list, else a list. Tuples become lists, as in
    PyTorch."""
    if isinstance(like, tuple):
        return entries
    try:
        if isinstance(like, MutableSequence):
            made = copy.copy(like)
            for i, entry in enumerate(entries):
                made[i] = entry
            return made
        return type(like)(entries)  # type: ignore[call-arg]
    except TypeError:
        return entries


def collate_tensor_fn(batch: Sequence[Tensor], *, collate_fn_map: Any = None) -> Tensor:
    """Tensors along a new dimension 0. RuntimeError for sparse ones."""
    if batch[0].layout is not strided:
        raise RuntimeError(
            "Batches of sparse tensors are not currently supported by the default collate_fn; please provide a custom collate_fn to "
            "handle them appropriately."
        )
    gathered = piled(batch)
    if gathered is None:
        gathered = _rows(batch)
    return stack(list(batch), 0) if gathered is None else gathered


def _rows(batch: Sequence[Tensor]) -> Tensor | None:
    """The stack of tensors that are rows of one array, by a single indexing; None where they are not.

    A data set whose ``__getitem__`` returns ``self.x[i]`` gives such rows. Where a row starts is then a number that is
    read, not part of the recorded graph, so that every batch runs the same plan.
    """
    first = batch[0]
    shape, strides, numel = first.shape, first.stride(), first.numel()
    start = first.storage_offset() % numel if numel else 0
    if len(batch) < 3 or not numel or not first.is_contiguous() or first.requires_grad:
        return None
    for one in batch:
        if (
            one._storage is not first._storage
            or one.dtype is not first.dtype
            or one.requires_grad
            or one.shape != shape
            or one.stride() != strides
            or one.storage_offset() % numel != start
        ):
            return None
    count = (first._room - start) // numel
    array = first.as_strided((count, *shape), (numel, *strides), start)
    return array[tensor([one.storage_offset() // numel for one in batch], device=first.device)]


def collate_numpy_array_fn(batch: Sequence[np.ndarray], *, collate_fn_map: Any = None) -> Tensor:
    """NumPy arrays along a new dimension 0."""
    first = batch[0]
    if first.dtype.kind in "SUO":
        raise TypeError(_REFUSED.format(first.dtype))
    for i, one in enumerate(batch):
        if one.shape != first.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first.shape)} at entry 0 and "
                f"{list(one.shape)} at entry {i}"
            )
    device = resolve_device(None)
    if device is HOST and all(one.dtype is first.dtype for one in batch):
        return Tensor._from_array(stacked(batch), dtypes.from_numpy_dtype(first.dtype), device, is_own=True)
    return as_tensor(np.stack(batch))


def collate_numpy_scalar_fn(batch: Sequence[Any], *, collate_fn_map: Any = None) -> Tensor:
    """NumPy's numbers as a vector."""
    return as_tensor(np.asarray(batch))


def collate_float_fn(batch: Sequence[float], *, collate_fn_map: Any = None) -> Tensor:
    """Floats as a vector of float64."""
    return tensor(batch, dtype=dtypes.float64)


def collate_int_fn(batch: Sequence[int], *, collate_fn_map: Any = None) -> Tensor:
    """Ints, or bools, as a vector."""
    return tensor(batch)


def collate_str_fn(batch: Sequence[Any], *, collate_fn_map: Any = None) -> Any:
    """Strings as they are."""
    return batch


default_collate_fn_map: dict[Any, Callable[..., Any]] = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}
"""How items of each class become a batch; programs add their own."""
