"""What functions of masked tensors give: which have a meaning, and how data and mask go into it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from .. import dtypes
from ..autograd.modes import is_grad_enabled
from ..tensor.functions import where
from ..tensor.joining import broadcast_shapes
from ..tensor.tensor import Tensor
from . import _ops
from .masked_tensor import Lent, MaskedTensor, made

UNARY = frozenset(
    "abs absolute acos arccos acosh arccosh angle asin arcsin asinh arcsinh atan arctan atanh arctanh bitwise_not ceil clamp clip "
    "conj_physical cos cosh deg2rad digamma erf erfc erfinv exp exp2 expm1 fix floor frac lgamma log log10 log1p log2 logit i0 isnan "
    "nan_to_num neg negative positive pow rad2deg reciprocal round rsqrt sigmoid sign sgn signbit sin sinc sinh sqrt square tan tanh "
    "trunc __abs__ __neg__ __pos__ __invert__ _invert __pow__".split()
)
"""Functions of each element, with numbers beside it."""
BINARY = frozenset(
    "add atan2 arctan2 bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift div divide floor_divide fmod logaddexp "
    "logaddexp2 mul multiply nextafter remainder sub subtract true_divide eq ne le ge greater greater_equal gt less_equal lt less maximum "
    "minimum fmax fmin not_equal __add__ __radd__ __sub__ __mul__ __rmul__ __truediv__ __rtruediv__ __floordiv__ __mod__ __and__ __or__ __xor__ __lshift__ "
    "__rshift__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __iadd__ __isub__ __imul__ __itruediv__ __ifloordiv__ __imod__".split()
)
"""Functions of two tensors of one mask, or of a masked and a plain one."""
REDUCING = frozenset("sum mean amin amax argmin argmax prod all norm var std".split())
BOTH = frozenset(
    "select transpose swapaxes swapdims t adjoint split chunk narrow __getitem__ expand expand_as view view_as reshape reshape_as flatten unflatten "
    "ravel cat concat concatenate unsqueeze unfold stack vstack hstack dstack fold moveaxis".split()
)
"""Functions that move elements: what happens to the data happens to the mask."""
SAME = frozenset(
    "detach clone contiguous to type float double half int long short bool char cpu cuda ones_like to_dense requires_grad_ detach_".split()
)
"""Functions that leave every element in its place, and so the mask as it is."""
ASKED = frozenset(
    "size dim ndimension numel nelement is_contiguous stride element_size is_floating_point is_complex is_signed get_device type".split()
)
"""Questions about the data alone."""


def answer(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The result of a function with masked tensors among its arguments; TypeError for those that have no meaning."""
    name = func.__name__.removesuffix("_scalar")
    plain = name.rstrip("_") if not name.startswith("__") else name
    own = OWN.get(name)
    if own is not None:
        return own(func, *args, **kwargs)
    if plain in REDUCING and plain == name:
        return _reduced(name, *args, **kwargs)
    if plain in BINARY:
        return _binary(func, args, kwargs, name.startswith("__i") or plain != name)
    if plain in UNARY:
        return _unary(func, args, kwargs, plain != name)
    if name in BOTH:
        return _wrapped(func(*_parts(args, _data), **kwargs), func(*_parts(args, _mask), **kwargs))
    if name in SAME:
        return _wrapped(func(*_parts(args, _data), **kwargs), args[0]._mask)
    if name in ASKED:
        return func(args[0]._held, *args[1:], **kwargs)
    raise TypeError(
        f"{name}() is not implemented for MaskedTensor; get_data(), get_mask() and to_tensor(value) give plain tensors"
    )


def _parts(given: Any, part: Callable[[Any], Any]) -> Any:
    """Arguments with data, or masks, in the place of masked tensors."""
    if isinstance(given, (tuple, list)):
        found = [_parts(one, part) for one in given]
        return type(given)(*found) if hasattr(given, "_fields") else type(given)(found)
    return part(given)


def _data(one: Any) -> Any:
    return one.get_data() if isinstance(one, MaskedTensor) else one


def _mask(one: Any) -> Any:
    return one._mask if isinstance(one, MaskedTensor) else one


def _wrapped(data: Any, mask: Any) -> Any:
    if isinstance(data, (tuple, list)):
        return type(data)(_wrapped(one, held) for one, held in zip(data, mask, strict=True))
    return made(data, mask)


def _unary(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], in_place: bool) -> Any:
    if kwargs:
        raise ValueError(
            "MaskedTensor unary ops require that len(kwargs) == 0. If you need support for this, please open an issue on Github."
        )
    if any(isinstance(one, Tensor) for one in args[1:]):
        raise TypeError("MaskedTensor unary ops do not support additional Tensor arguments")
    return _written(func, args[0], args[1:], in_place)


def _written(func: Any, one: Any, rest: tuple[Any, ...], in_place: bool) -> Any:
    """The function of a masked tensor's data, which it writes into if it is one in place."""
    if not in_place:
        return made(func(one.get_data(), *rest), one._mask)
    if one.requires_grad and one.is_leaf and is_grad_enabled():
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    one._held = func(one._held, *rest)
    return one


def _binary(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], in_place: bool) -> Any:
    if kwargs:
        raise ValueError("len(kwargs) must equal 0")
    if any(isinstance(one, Tensor) for one in args[2:]):
        raise TypeError("MaskedTensor binary ops do not support Tensor arguments aside from the lhs and rhs")
    masked = [one for one in args[:2] if isinstance(one, MaskedTensor)]
    mask = masked[0]._mask
    if len(masked) == 2 and not (mask.dim() == masked[1].dim() and bool((mask == masked[1]._mask).all())):
        raise ValueError("Input masks must match. If you need support for this, please open an issue on Github.")
    if in_place:
        return _written(func, args[0], tuple(_data(one) for one in args[1:]), True)
    shape = broadcast_shapes(*[one.shape for one in args[:2] if isinstance(one, Tensor)])
    mask = mask.expand(shape)
    result = func(*[_operand(one, mask) for one in args[:2]], *args[2:])
    return NotImplemented if result is NotImplemented else made(result, mask)


def _operand(one: Any, mask: Tensor) -> Any:
    """An operand's numbers: a plain tensor gets a masked gradient."""
    if isinstance(one, Tensor) and not isinstance(one, MaskedTensor) and one.requires_grad and is_grad_enabled():
        return Lent.apply(one, mask)
    return _data(one)


def _reduced(name: str, input: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None, **more: Any) -> Any:
    """The reduction of what is there; where nothing is, the result is absent."""
    data, mask = input.get_data(), input._mask
    dims = list(range(mask.dim())) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    present = mask.sum(dims, keepdim).bool() if dims else mask
    if name == "all":
        found = data.masked_fill(~mask, True)
        return made(found.all() if dim is None else found.all(dim, keepdim), present)
    if dim is not None:
        more["dim"] = dim
    return made(getattr(_ops, name)(data, keepdim=keepdim, dtype=dtype, mask=mask, **more), present)


def _where(func: Any, *args: Any, **kwargs: Any) -> Any:
    """``where(condition, x, y)``, of masks too; what is plain is all there."""
    if len(args) != 3 or kwargs:
        raise ValueError(f"__torch_function__, torch.where: len(args) must be 3 but got {len(args)}")
    condition, *sides = (args[1], args[0], args[2]) if func is Tensor.where else args
    masks = [one._mask if isinstance(one, MaskedTensor) else True for one in sides]
    shape = broadcast_shapes(*[one.shape for one in (condition, *sides) if isinstance(one, Tensor)])
    whole = condition.new_ones(shape, dtype=dtypes.bool)
    held = where(condition, *[whole if mask is True else mask for mask in masks])
    return made(where(condition, _data(sides[0]), _data(sides[1])), held)


def _softened(func: Any, *args: Any, **kwargs: Any) -> Any:
    """Softmax of what is there, whichever of its functions is called (that of layers has a place more)."""
    given = inspect.signature(func).bind(*args, **kwargs).arguments
    one = given.get("input", args[0])
    return made(_ops.softmax(one.get_data(), given["dim"], dtype=given.get("dtype"), mask=one._mask), one._mask)


def _copied(func: Any, input: Any, src: Any, *args: Any) -> Any:
    """``copy_`` from a tensor of the same mask."""
    if not isinstance(src, MaskedTensor) or not bool((input._mask == src._mask).all()):
        raise ValueError("args[0] mask and args[1] mask must match but do not")
    return _written(func, input, (src._held, *args), True)


def _number(func: Any, input: Any) -> Any:
    """The number of a tensor with one element; ValueError if that is absent."""
    number = func(input._held)
    if not input._mask.all():
        raise ValueError("__torch_dispatch__, aten._local_scalar_dense: expected a mask tensor")
    return number


def _backward(func: Any, input: Any, gradient: Any = None, *args: Any, **kwargs: Any) -> None:
    given = gradient._held if isinstance(gradient, MaskedTensor) else gradient
    func(input._held, given, *args, **kwargs)


def _got(func: Any, input: Any) -> Any:
    """An attribute: views are of data and mask, questions of the data."""
    found = func(input._held)
    if not isinstance(found, Tensor):
        return found
    return made(func(input.get_data()), func(input._mask))


OWN: dict[str, Callable[..., Any]] = {
    "copy_": _copied,
    "where": _where,
    "softmax": _softened,
    "backward": _backward,
    "__get__": _got,
    **dict.fromkeys("item __float__ __int__ __bool__ __complex__ __index__".split(), _number),
}
"""Functions that go another way."""

MaskedTensor._answer = staticmethod(answer)
