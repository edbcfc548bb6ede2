"""Functions of the top level that are methods of Tensor too, and those that take several tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import dtypes
from . import functions, indexing
from .creation import tensor as _tensor
from .tensor import Tensor

add, sub, div, clamp, where = functions.add, functions.sub, functions.div, functions.clamp, functions.where
subtract, divide, clip = functions.sub, functions.div, functions.clamp


def _of_method(name: str) -> Callable[..., Any]:
    method = getattr(Tensor, name)

    def function(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
        return getattr(input, name)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = method.__doc__
    return function


METHODS = (
    "abs absolute neg negative sign square reciprocal exp exp2 expm1 log log2 log10 log1p sqrt rsqrt sin "
    "cos tan asin acos atan arcsin arccos arctan sinh cosh tanh asinh acosh atanh sigmoid erf erfc erfinv "
    "lgamma digamma floor ceil trunc fix frac relu isnan isinf isfinite logical_not bitwise_not mul "
    "multiply floor_divide remainder fmod maximum minimum fmax fmin atan2 hypot logaddexp copysign eq ne "
    "lt le gt ge not_equal less greater less_equal greater_equal logical_and logical_or logical_xor "
    "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift true_divide lerp addcmul "
    "addcdiv clamp_min clamp_max round pow masked_fill isclose allclose equal sum prod mean var std "
    "var_mean amax amin max min argmax argmin any all count_nonzero norm logsumexp softmax log_softmax "
    "matmul mm bmm mv dot outer addmm baddbmm reshape flatten unflatten permute transpose swapaxes "
    "swapdims t movedim moveaxis squeeze unsqueeze broadcast_to narrow select unbind split chunk diagonal "
    "as_strided ravel gather take_along_dim scatter scatter_add index_select index_add index_copy "
    "index_fill index_put take flip roll nonzero masked_select tile tril triu cumsum cumprod sort argsort "
    "topk clone detach numel is_floating_point is_complex "
).split()
"""Methods that are functions of the top level under the same name."""

globals().update({name: _of_method(name) for name in METHODS})


def cat(tensors: Sequence[Tensor], dim: int = 0, *, out: Any = None) -> Tensor:
    """Tensors side by side along ``dim``. See torch.cat."""
    result = indexing.join(list(tensors), dim)
    return result if out is None else out._become(result)


concat = concatenate = cat


def stack(tensors: Sequence[Tensor], dim: int = 0, *, out: Any = None) -> Tensor:
    """Tensors of one shape along a new dimension. See torch.stack."""
    tensors = list(tensors)
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    for k, t in enumerate(tensors):
        if t.shape != tensors[0].shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(tensors[0].shape)} at entry 0 and "
                f"{list(t.shape)} at entry {k}"
            )
    at = dim + tensors[0].dim() + 1 if dim < 0 else dim
    result = indexing.join([t.unsqueeze(at) for t in tensors], at)
    return result if out is None else out._become(result)


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors side by side horizontally. See torch.hstack."""
    flat = [t.reshape(1) if not t.dim() else t for t in tensors]
    return cat(flat, 0 if flat[0].dim() == 1 else 1)


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors below each other. See torch.vstack."""
    return cat([t.reshape(1, -1) if t.dim() < 2 else t for t in tensors], 0)


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Views of all tensors in their common shape. See torch.broadcast_tensors."""
    total = tensors[0]
    for t in tensors[1:]:
        total = total + t if total.dtype is not dtypes.bool else total | t
    return tuple(t.expand(total.shape) for t in tensors)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Coordinate grids from vectors. See torch.meshgrid."""
    vectors = list(tensors[0]) if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else list(tensors)
    swap = indexing == "xy" and len(vectors) > 1
    if swap:
        vectors[:2] = vectors[1], vectors[0]
    shape = tuple(v.numel() for v in vectors)
    grids = [
        v.reshape(tuple(shape[k] if d == k else 1 for d in range(len(shape)))).expand(shape)
        for k, v in enumerate(vectors)
    ]
    if swap:
        grids = [g.transpose(0, 1) for g in grids]
        grids[:2] = grids[1], grids[0]
    return tuple(grids)


def is_tensor(obj: Any) -> bool:
    """Whether an object is a Tensor. See torch.is_tensor."""
    return isinstance(obj, Tensor)


def numel(input: Tensor) -> int:
    """The number of elements. See torch.numel."""
    return input.numel()


def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """The dtype of arithmetic on two operands. See torch.result_type."""
    dims = [t.dtype for t in (tensor1, tensor2) if isinstance(t, Tensor) and t.dim()]
    zero = [t.dtype for t in (tensor1, tensor2) if isinstance(t, Tensor) and not t.dim()]
    return dtypes.result_dtype(dims, zero, [type(t) for t in (tensor1, tensor2) if not isinstance(t, Tensor)])


def scalar_tensor(value: Any, *, dtype: dtypes.dtype | None = None, device: Any = None) -> Tensor:
    """A 0-dimensional tensor. See torch.scalar_tensor."""
    return _tensor(value, dtype=dtype or dtypes.get_default_dtype(), device=device)


__all__ = [
    *METHODS,
    *(
        "add",
        "sub",
        "div",
        "clamp",
        "where",
        "subtract",
        "divide",
        "clip",
        "cat",
        "concat",
        "concatenate",
        "stack",
        "hstack",
    ),
    *("vstack", "broadcast_tensors", "meshgrid", "is_tensor", "numel", "result_type", "scalar_tensor"),
]
