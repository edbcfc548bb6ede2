"""Sparse tensors in files: a layout, and the strided tensors of indices and values with the size.

In files from before zip archives the elements come after the tensors, so what a file says of indices is checked at its end.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from threading import local
from typing import Any

from ..sparse.base import SparseTensor
from ..sparse.blocked import Blocked
from ..sparse.compressed import Compressed
from ..sparse.coo import SparseCoo
from ..sparse.creation import sparse_compressed_tensor, sparse_coo_tensor
from ..tensor import formats
from ..tensor.formats import sparse_bsc, sparse_bsr, sparse_coo, sparse_csc, sparse_csr
from ..tensor.sizes import Size
from ..tensor.tensor import Tensor

_CLASSES: dict[Any, type[SparseTensor]] = {
    **{sparse_coo: SparseCoo, sparse_csr: Compressed, sparse_csc: Compressed},
    **{sparse_bsr: Blocked, sparse_bsc: Blocked},
}
_READ = local()
"""Of each thread ``waiting``: the sparse tensors of the file being read, and what makes each from its parts."""


def sparse_parts(tensor: Any) -> tuple[Any, tuple[Any, ...]]:
    """The layout and the parts of a sparse tensor, as files have them; its history is left out."""
    size, held = Size(tensor._size), tensor._held.detach()
    if tensor.layout is sparse_coo:
        return tensor.layout, (tensor._places, held, size, tensor._joined_up)
    return tensor.layout, (tensor._ends, tensor._plain, held, size)


def _rebuild_sparse_tensor(layout: Any, data: Any) -> SparseTensor:
    """A sparse tensor that `finish` will give its parts. RuntimeError for what is none."""
    kind = _CLASSES.get(layout) if isinstance(layout, formats.layout) else None
    parts = data if isinstance(data, tuple) else ()
    count = 2 if kind is SparseCoo else 3
    if kind is None or len(parts) - count not in ((1, 2) if count == 2 else (1,)):
        raise RuntimeError(
            f"a layout and the parts of a sparse tensor were expected, not {reprlib.repr((layout, data))}"
        )
    size = parts[count]
    if not all(type(part) is Tensor for part in parts[:count]) or not isinstance(size, tuple):
        raise RuntimeError("the parts of a sparse tensor are strided tensors and a size")
    if any(type(n) is not int or not 0 <= n < 1 << 62 for n in size):
        raise RuntimeError(f"sizes must be integers from 0 on, not {reprlib.repr(size)}")
    made = object.__new__(kind)
    waiting = _READ.__dict__.setdefault("waiting", [])
    waiting.append((made, layout, parts))
    return made


def finished(read: Callable[[], Any]) -> Any:
    """What ``read`` gives, with the sparse tensors among it made. RuntimeError where indices lead out of a tensor."""
    before, _READ.waiting = getattr(_READ, "waiting", []), []
    try:
        found = read()
        for made, layout, parts in _READ.waiting:
            made.__dict__["_base"] = None
            made._replace(_made(layout, parts))
        return found
    finally:
        _READ.waiting = before


def _made(layout: Any, parts: tuple[Any, ...]) -> SparseTensor:
    if layout is not sparse_coo:
        return sparse_compressed_tensor(*parts, layout=layout)  # type: ignore[no-any-return]
    places, held, size, *joined = parts
    return sparse_coo_tensor(places, held, size, is_coalesced=bool(joined and joined[0]))  # type: ignore[no-any-return]
