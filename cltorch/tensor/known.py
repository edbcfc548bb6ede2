"""Numbers that the host still knows: those of small tensors made from Python's, until a batch uploads them.

What an op refuses (an index out of range, a class that is none) is found there without waiting for the device, so that the call raises
as it does in PyTorch. Elsewhere kernels find it, and it is raised when a result is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..graph.value import Staged
from ..runtime.faults import error_of

if TYPE_CHECKING:
    from ..graph.meta import Meta
    from ..kernels.index import Indexer
    from .picks import Picks
    from .tensor import Tensor


def is_known(tensor: Tensor) -> bool:
    """Whether the tensor's storage is still on the host."""
    return tensor._storage.value.__class__ is Staged


def known(tensor: Tensor) -> np.ndarray | None:
    """The tensor's elements if the host still knows them."""
    value: Any = tensor._storage.value
    host = value.host if value.__class__ is Staged else None
    if host is None or host.dtype != tensor._cl_meta.dtype.np:
        return None
    view = tensor._cl_meta.view
    steps = [n * host.itemsize for n in view.strides]
    return np.lib.stride_tricks.as_strided(host.reshape(-1)[view.offset :], view.shape, steps, writeable=False)


def check_index(index: Tensor, indexer: Indexer) -> None:
    """PyTorch's error for the first element of an index tensor that is out of range, if its elements are known."""
    numbers = known(index)
    if numbers is None or not numbers.size:
        return
    least = 0 if indexer.strict else -indexer.size
    listed = numbers.reshape(-1).tolist()
    if min(listed) < least or max(listed) >= indexer.size:
        wrong = next(n for n in listed if not least <= n < indexer.size)
        raise error_of(wrong, indexer.size, indexer.dim)


def check_picks(picks: Picks, meta: Meta) -> None:
    """The error of an index out of range, at once where the host knows the indices."""
    for position, tensor in enumerate(picks.tensors):
        if is_known(tensor):
            found = picks.request(meta.view, meta.dtype).indexers
            if position < len(found) and (
                meta.view.numel or picks.strict or not found[position].size
            ):  # else nothing is picked
                check_index(tensor, found[position])


def within(indices: Tensor, n: int, kind: type[Exception] = RuntimeError) -> Tensor:
    """Indices that are read by what does not look at them, or compared: they themselves where the host knows them, so that `check_range`
    has looked, else read from all ``n`` that there are, by a kernel that says if one is none (when the result is read: an error of
    ``kind``, RuntimeError or IndexError)."""
    if indices.is_meta or known(indices) is not None:
        return indices
    every, flat = indices._range(0, 1, n), indices.reshape(-1)
    found = every.index_select(0, flat) if kind is IndexError else every.gather(0, flat.long())
    return found.reshape(indices._cl_meta.shape)


def check_range(
    tensor: Tensor, least: float, most: float, kind: type[Exception], text: str, allowed: float | None = None
) -> None:
    """An error for the first element outside of a range that is not ``allowed`` either, if the elements are known."""
    numbers = known(tensor) if is_known(tensor) else None
    if numbers is None:
        return
    for n in numbers.reshape(-1).tolist():
        if not least <= n <= most and n != allowed:
            raise kind(text.format(n))
