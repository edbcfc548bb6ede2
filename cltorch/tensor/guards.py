"""Refusals that depend on numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import dtypes
from ..graph.view import View
from ..kernels.index import Indexed, Indexer
from ..runtime.faults import error_of
from .indexing import take

if TYPE_CHECKING:
    from .tensor import Tensor


def refuse(wrong: Tensor, refusal: int) -> None:
    """Raise a refusal of `runtime.faults` if any element of ``wrong`` (bool) holds. Waits for the device: for what is rare."""
    if bool(wrong.any()):
        raise error_of(0, 0, refusal)


def ones_at(classes: int, target: Tensor, refusal: int, dtype: dtypes.dtype) -> Tensor:
    """1 for every target from 0 to ``classes`` - 1; raises the refusal when it is read and there is another one."""
    ones = target._filled((classes,), 1, dtype, target._meta.device)
    view: View = target._meta.view
    indexer = Indexer(view.strides, view.offset, classes, 1, refusal, target._meta.dtype, True)
    return take(ones, (target,), Indexed(view.shape, (0,) * view.ndim, 0, (indexer,), dtype))
