"""How elements lie in memory, as PyTorch names it: layouts (strided ones only) and memory formats."""

from __future__ import annotations

from typing import Any

from ..graph.view import View


class layout:
    """``cltorch.strided``, in which all tensors lie; the others can be named and compared."""

    __module__ = "cltorch"

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


class memory_format:
    """An order of dimensions in memory: ``contiguous_format``, ``preserve_format``, ``channels_last``, ``channels_last_3d``."""

    __module__ = "cltorch"

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


strided = layout("strided")
sparse_coo, sparse_csr, sparse_csc = layout("sparse_coo"), layout("sparse_csr"), layout("sparse_csc")
sparse_bsr, sparse_bsc, jagged = layout("sparse_bsr"), layout("sparse_bsc"), layout("jagged")
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
legacy_contiguous_format = contiguous_format  # an older name
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")

_CHANNELS_LAST = {channels_last: (4, (0, 2, 3, 1)), channels_last_3d: (5, (0, 2, 3, 4, 1))}


def check_layout(wanted: Any) -> None:
    """RuntimeError for a layout other than strided."""
    if wanted is not None and wanted is not strided:
        raise RuntimeError(f"only torch.strided is supported as a layout, but got {wanted}")


def arranged(view: View, wanted: Any) -> View:
    """The dense view, read from the start of a storage, that has the shape of ``view`` in a memory format."""
    if wanted is None or wanted is preserve_format:
        return view.dense_like()
    if wanted is contiguous_format:
        return View.dense(view.shape)
    if wanted not in _CHANNELS_LAST:
        raise TypeError(f"argument 'memory_format' must be torch.memory_format, not {type(wanted).__name__}")
    ndim, order = _CHANNELS_LAST[wanted]
    if len(view.shape) != ndim:
        raise RuntimeError(f"required rank {ndim} tensor to use {wanted.name} format")
    dense = View.dense(tuple(view.shape[d] for d in order))
    return dense.permute(tuple(order.index(d) for d in range(ndim)))


def is_arranged(view: View, wanted: Any) -> bool:
    """Whether a view has a memory format; dimensions of size 1 may have any stride."""
    if wanted in _CHANNELS_LAST and view.ndim != _CHANNELS_LAST[wanted][0]:
        return False
    strides = arranged(view, wanted).strides
    return not view.numel or all(n == 1 or s == t for n, s, t in zip(view.shape, view.strides, strides, strict=True))


def suggested(view: View) -> memory_format:
    """``channels_last`` (or ``channels_last_3d``) where dimensions lie in its order, else ``contiguous_format``."""
    key = ("suggested",)
    found: Any = view.derived.get(key)
    if found is None:
        is_last = is_like_channels_last(view)
        found = (channels_last if view.ndim == 4 else channels_last_3d) if is_last else contiguous_format
        view.remember(key, found)  # type: ignore[type-var]
    return found


def is_like_channels_last(view: View) -> bool:
    """Whether dimensions lie in the order of ``channels_last`` (or of ``channels_last_3d``), gaps between them or not."""
    if view.ndim not in (4, 5) or not view.numel or not view.strides[1]:
        return False
    least = 0
    for d in (1, *range(view.ndim - 1, 1, -1), 0):
        if view.strides[d] < least or (d == 0 and least == view.strides[1]):
            return False
        least = view.strides[d] * view.shape[d]
    return True
