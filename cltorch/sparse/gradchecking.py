"""Checks of gradients of functions that take or give sparse tensors. See torch.sparse.as_sparse_gradcheck."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..ops.names import public
from ..tensor.creation import ones
from ..tensor.tensor import Tensor
from .base import SparseTensor
from .creation import sparse_compressed_tensor, sparse_coo_tensor


@public("sparse")
def as_sparse_gradcheck(gradcheck: Callable[..., bool]) -> Callable[..., bool]:
    """``gradcheck``, or what has its arguments, for functions of sparse tensors: it checks the function of their values.

    What comes back takes ``masked`` too: without it (the default) the elements that are not held count as zeros that have gradients.
    Results that are sparse are made dense. See torch.sparse.as_sparse_gradcheck.
    """

    def checked(func: Callable[..., Any], inputs: Any, **kwargs: Any) -> bool:
        masked = kwargs.pop("masked", False)
        given = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
        parts = [_apart(one, masked) for one in given]

        def of_values(*values: Any) -> Any:
            each = iter(values)
            return _dense(func(*[made(each) for _, made in parts]))

        return gradcheck(of_values, tuple(one for one, _ in parts), **kwargs)

    return checked


def _apart(one: Any, masked: bool) -> tuple[Any, Callable[[Iterator[Any]], Any]]:
    """What is differentiated of an argument, and what makes the argument of it."""
    if not (isinstance(one, SparseTensor) and one.requires_grad):
        return one, next
    held: Any = one.detach() if masked else _full(one)
    shape, layout = one.shape, one.layout
    if layout.name == "sparse_coo":
        indices, ordered = held._indices(), held.is_coalesced()
        values = held._values()
        return _leaf(values), lambda each: sparse_coo_tensor(indices, next(each), shape, is_coalesced=ordered)
    rows = layout.name in ("sparse_csr", "sparse_bsr")
    ends, plain = (held.crow_indices(), held.col_indices()) if rows else (held.ccol_indices(), held.row_indices())
    return _leaf(held.values()), lambda each: sparse_compressed_tensor(ends, plain, next(each), shape, layout=layout)


def _full(one: Any) -> Any:
    """A sparse tensor with an entry for every element."""
    blocks = one.layout.name in ("sparse_bsr", "sparse_bsc")
    every = ones(one.shape, dtype=one.dtype, device=one.device).to_sparse(
        layout=one.layout, blocksize=tuple(one.values().shape[1:3]) if blocks else None, dense_dim=one.dense_dim()
    )
    return one.detach().to_dense().sparse_mask(every)


def _leaf(values: Tensor) -> Tensor:
    return values.detach().clone().requires_grad_()


def _dense(result: Any) -> Any:
    if isinstance(result, (tuple, list)):
        return type(result)(_dense(one) for one in result)
    return result.to_dense() if isinstance(result, SparseTensor) else result
