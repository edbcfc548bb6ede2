"""Functions of the top level that are methods of Tensor too."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from .. import dtypes
from ..ops.op import TABLE
from . import functions
from .tensor import Tensor

add, sub, div, clamp, where = functions.add, functions.sub, functions.div, functions.clamp, functions.where
subtract, divide, clip = functions.sub, functions.div, functions.clamp

NUMBER_FIRST = {name: name for name in TABLE if name in ("mul", "pow", "remainder", "floor_divide", "true_divide")} | {
    "multiply": "mul",
    **{name: name for name in TABLE if name.startswith("bitwise_") and name != "bitwise_not"},
}
"""Functions whose first argument may be a number, and their rows."""


def _of_method(name: str) -> Callable[..., Any]:
    method = getattr(Tensor, name)
    row = NUMBER_FIRST.get(name)

    def function(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        if isinstance(input, Tensor):
            result = getattr(input, name)(*args, **kwargs)
        elif row is not None and isinstance(input, (int, float)):
            result = functions.record(row, input, *args, *kwargs.values())
        else:
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
        return result if out is None else _store(result, out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = method.__doc__
    function.__signature__ = _signature(method, name)  # type: ignore[attr-defined]
    return function


def _store(result: Any, out: Any) -> Any:
    """``out=``: one tensor, or one for each of several results."""
    if isinstance(out, Tensor):
        return out._become(result)
    stored = [target._become(made) for target, made in zip(out, result, strict=True)]
    return type(result)(stored) if isinstance(result, tuple) else tuple(stored)


def _signature(method: Any, name: str) -> inspect.Signature:
    """The method's signature with ``input`` in the place of ``self``, and ``out``."""
    own = inspect.signature(method)
    first, *rest = own.parameters.values()
    kept = [first.replace(name="input"), *(p for p in rest if p.name != "out")]
    if not name.endswith("_"):
        out = inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None)
        at = next((k for k, p in enumerate(kept) if p.kind is inspect.Parameter.VAR_KEYWORD), len(kept))
        kept.insert(at, out)
    return own.replace(parameters=kept)


METHODS = (
    "abs absolute neg negative positive sign sgn square reciprocal exp exp2 expm1 log log2 log10 log1p sqrt rsqrt sin "
    "cos tan asin acos atan arcsin arccos arctan sinh cosh tanh asinh acosh atanh arcsinh arccosh arctanh sigmoid erf "
    "erfc erfinv lgamma digamma floor ceil trunc fix frac relu isnan isinf isfinite isposinf isneginf isreal "
    "logical_not bitwise_not mul multiply floor_divide remainder fmod maximum minimum fmax fmin atan2 arctan2 hypot "
    "logaddexp copysign eq ne lt le gt ge not_equal less greater less_equal greater_equal logical_and logical_or "
    "logical_xor bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift true_divide rsub lerp addcmul "
    "addcdiv clamp_min clamp_max round pow nan_to_num deg2rad rad2deg logit masked_fill isclose allclose equal sum prod "
    "mean var std var_mean std_mean amax amin aminmax max min median argmax argmin any all count_nonzero norm logsumexp "
    "softmax log_softmax matmul mm bmm mv dot vdot inner outer ger addmm addmv addr addbmm baddbmm reshape flatten "
    "unflatten permute transpose swapaxes swapdims t adjoint movedim moveaxis squeeze unsqueeze broadcast_to narrow "
    "select unbind chunk tensor_split hsplit vsplit dsplit diagonal diag diag_embed diagflat trace as_strided ravel "
    "gather take_along_dim scatter scatter_add index_select index_add index_copy index_fill index_put take flip fliplr "
    "flipud rot90 roll nonzero argwhere masked_select masked_scatter tile repeat_interleave tril triu cumsum cumprod "
    "cummax cummin diff sort msort argsort topk kthvalue unique bincount clone detach numel is_floating_point "
    "is_complex is_nonzero is_signed is_same_size is_inference "
    "abs_ acos_ asin_ atan_ ceil_ clamp_ clamp_max_ clamp_min_ clip_ cos_ cosh_ detach_ erf_ erfc_ exp_ exp2_ expm1_ "
    "fill_ fix_ floor_ frac_ log_ log10_ log1p_ log2_ nan_to_num_ neg_ negative_ reciprocal_ relu_ round_ rsqrt_ "
    "sigmoid_ sin_ sinh_ sqrt_ square_ tan_ tanh_ trunc_ zero_"
).split()
"""Methods that are functions of the top level under the same name."""

globals().update({name: _of_method(name) for name in METHODS})


def is_tensor(obj: Any) -> bool:
    """Whether an object is a Tensor. See torch.is_tensor."""
    return isinstance(obj, Tensor)


def is_storage(obj: Any) -> bool:
    """Whether an object is a storage of PyTorch's kind: there are none here. See torch.is_storage."""
    return False


def typename(obj: Any) -> str:
    """The name of an object's type; ``torch.FloatTensor`` and so on for tensors. See torch.typename."""
    if isinstance(obj, Tensor):
        return f"torch.{obj.dtype.title}Tensor"
    kind = obj if isinstance(obj, type) else type(obj)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """The dtype of arithmetic on two operands. See torch.result_type."""
    dims = [t.dtype for t in (tensor1, tensor2) if isinstance(t, Tensor) and t.dim()]
    zero = [t.dtype for t in (tensor1, tensor2) if isinstance(t, Tensor) and not t.dim()]
    return dtypes.result_dtype(dims, zero, [type(t) for t in (tensor1, tensor2) if not isinstance(t, Tensor)])


__all__ = [
    *METHODS,
    *("add", "sub", "div", "clamp", "where", "subtract", "divide", "clip", "is_storage", "is_tensor", "result_type"),
    "typename",
]
