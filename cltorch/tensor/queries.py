"""Functions that tell what a thing is: tensor or not, its type's name, the dtype of arithmetic on two operands."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..ops.arguments import also_named
from ..ops.names import public
from .storages import StorageView
from .tensor import Tensor


@public()
def is_tensor(obj: Any) -> bool:
    """Whether an object is a Tensor. See torch.is_tensor."""
    return isinstance(obj, Tensor)


@public()
def is_storage(obj: Any) -> bool:
    """Whether an object is a storage. See torch.is_storage."""
    return isinstance(obj, StorageView)


@public()
def typename(obj: Any) -> str:
    """The name of an object's type; ``torch.FloatTensor`` and so on for tensors. See torch.typename."""
    if isinstance(obj, Tensor):
        return f"torch.{obj.dtype.title}Tensor"
    kind = obj if isinstance(obj, type) else type(obj)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


@public()
@also_named(tensor="tensor1", scalar1="tensor1", other="tensor2", scalar="tensor2", scalar2="tensor2")
def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """The dtype of arithmetic on two operands. See torch.result_type."""
    dims = [t.dtype for t in (tensor1, tensor2) if isinstance(t, Tensor) and t.dim()]
    zero = [t.dtype for t in (tensor1, tensor2) if isinstance(t, Tensor) and not t.dim()]
    return dtypes.result_dtype(dims, zero, [type(t) for t in (tensor1, tensor2) if not isinstance(t, Tensor)])
