"""``torch._foreach_*``: one function over lists of tensors, as optimizers of one's own call them.

Lists of floating-point tensors of equal shapes that need no gradients are one formula (`ops.foreach`): a few kernels however many
tensors there are. Whatever else PyTorch takes goes tensor by tensor through the method of the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.modes import MODE
from ..ops.arguments import is_tensor
from ..ops.foreach import Formula, formula
from ..ops.names import public
from .norms import vector_norm

if TYPE_CHECKING:
    from .tensor import Tensor

Tensors = Sequence["Tensor"]

UNARY = (
    "abs acos asin atan ceil cos cosh erf erfc exp expm1 floor frac lgamma log log10 log1p log2 neg reciprocal round rsqrt "
    "sigmoid sign sin sinh sqrt tan tanh trunc"
).split()
EXPRESSIONS = {"neg": "-a", "frac": "a - trunc(a)"}
BINARY = {
    "add": ("a + b", "a + alpha * b"),
    "sub": ("a - b", "a - alpha * b"),
    "mul": ("a * b",) * 2,
    "div": ("a / b",) * 2,
    "maximum": ("maximum(a, b)",) * 2,
    "minimum": ("minimum(a, b)",) * 2,
    "clamp_min": ("maximum(a, b)",) * 2,
    "clamp_max": ("minimum(a, b)",) * 2,
    "pow": ("a ** b",) * 2,
}
TERNARY = {"addcmul": "a + value * b * c", "addcdiv": "a + value * (b / c)"}
NUMBERS = {"maximum": "clamp_min", "minimum": "clamp_max"}  # what takes a number in the place of a tensor


def _checked(name: str, tensors: Any, *others: Any) -> None:
    """PyTorch's errors for what is no list of tensors, and for lists of different lengths."""
    if not isinstance(tensors, (list, tuple)) or not all(map(is_tensor, tensors)):
        raise TypeError(f"{name}() received an invalid combination of arguments - got ({type(tensors).__name__})")
    if not tensors:
        raise RuntimeError("Tensor list must have at least one tensor.")
    for other in others:
        if len(other) != len(tensors):
            if other and all(map(is_tensor, other)):
                raise RuntimeError(
                    f"Tensor lists must have the same number of tensors, got {len(tensors)} and {len(other)}"
                )
            raise RuntimeError("Tensor list must have same number of elements as scalar list.")


def _is_plain(lists: Sequence[Tensors], number: Any) -> bool:
    """Whether one formula does all lists: floats of one dtype and device, shapes that are equal place by place, no gradients,
    no tensor twice."""
    if is_tensor(number) or isinstance(number, (bool, complex)):
        return False
    first = lists[0][0]._cl_meta
    for tensors in zip(*lists, strict=True):
        shape = tensors[0]._cl_meta.shape
        for t in tensors:
            meta = t._cl_meta
            if meta.dtype is not first.dtype or meta.device is not first.device or meta.shape != shape:
                return False
            if MODE.enabled and t._is_recorded:
                return False
    return first.dtype in (dtypes.float32, dtypes.float64) and len({id(t._storage) for t in lists[0]}) == len(lists[0])


def _apart(tensors: Tensors) -> list[Tensor]:
    """Tensors with the same contents and storages of their own, whose contents a formula may replace."""
    return [t._made(dense._storage.freeze(), dense._cl_meta, None) for t in tensors for dense in (t._dense(),)]


def _run(rule: Formula, lists: list[Tensors], numbers: dict[str, Any], inplace: bool) -> Any:
    """A formula over lists, the first of which is changed and given back, or a tuple of copies."""
    targets = list(lists[0]) if inplace else _apart(lists[0])
    rule([targets, *lists[1:]], numbers)
    return lists[0] if inplace else tuple(targets)


def _each(name: str, inplace: bool, tensors: Any, *given: Any, **options: Any) -> Any:
    """The method, tensor by tensor, with what is ``given`` to each; the list itself if it is changed."""
    calls = zip(tensors, *given, strict=True)
    if inplace and name in NUMBERS:  # tensors have no such method
        made = [t.copy_(getattr(t, name)(*args)) for t, *args in calls]
    else:
        method = f"{name}_" if inplace else name
        made = [getattr(t, method)(*args, **options) for t, *args in calls]
    return tensors if inplace else tuple(made)


def _unary(name: str, inplace: bool) -> Callable[[Any], Any]:
    rule = formula(f"a = {EXPRESSIONS.get(name, f'{name}(a)')}", lists="a")

    def function(self: Any) -> Any:
        _checked(function.__name__, self)
        if _is_plain([self], None):
            return _run(rule, [self], {}, inplace)
        return _each(name, inplace, self)

    return function


def _binary(name: str, inplace: bool) -> Callable[..., Any]:
    plain, scaled = (formula(f"a = {text}", lists="a b") for text in BINARY[name])
    by_number = formula(f"a = {BINARY[name][0]}", lists="a")

    def function(self: Any, other: Any, *, alpha: complex = 1) -> Any:
        if name == "pow" and not isinstance(self, (list, tuple)) and not inplace:  # a number to the power of tensors
            _checked(function.__name__, other)
            return tuple(self**t for t in other)
        several = isinstance(other, (list, tuple))
        _checked(function.__name__, self, *([other] if several else []))
        if is_tensor(other) and other.dim():
            raise RuntimeError(
                f"scalar tensor expected to be 0 dim but it has {other.dim()} dimensions and {other.numel()} elements."
            )
        listed = several and all(map(is_tensor, other))
        if _is_plain([self, *([other] if listed else [])], alpha if listed else other) and (listed or not several):
            if listed:
                return _run(plain if alpha == 1 else scaled, [self, other], {"alpha": alpha}, inplace)
            return _run(by_number, [self], {"b": float(other)}, inplace)
        options = {} if alpha.__class__ is int and alpha == 1 else {"alpha": alpha}
        given = other if several else [other] * len(self)
        method = name if listed or is_tensor(other) else NUMBERS.get(name, name)
        return _each(method, inplace, self, given, **options)

    return function


def _ternary(name: str, inplace: bool) -> Callable[..., Any]:
    rule = formula(f"a = {TERNARY[name]}", lists="a b c")

    def function(self: Any, tensor1: Any, tensor2: Any, value: Any = 1, *, scalars: Any = None) -> Any:
        numbers = value if scalars is None else scalars
        _checked(function.__name__, self, tensor1, tensor2)
        if isinstance(numbers, (int, float, complex)):
            if not isinstance(numbers, complex) and _is_plain([self, tensor1, tensor2], numbers):
                return _run(rule, [self, tensor1, tensor2], {"value": float(numbers)}, inplace)
            numbers = [numbers] * len(self)
        numbers = numbers.tolist() if is_tensor(numbers) else numbers
        _checked(function.__name__, self, numbers)
        done = [
            getattr(a, f"{name}_" if inplace else name)(b, c, value=number)
            for a, b, c, number in zip(self, tensor1, tensor2, numbers, strict=True)
        ]
        return self if inplace else tuple(done)

    return function


def _lerp(inplace: bool) -> Callable[..., Any]:
    rule = formula("a = lerp(a, b, weight)", lists="a b")

    def function(self: Any, tensors1: Any, weight: Any) -> Any:
        several = isinstance(weight, (list, tuple))
        _checked(function.__name__, self, tensors1, *([weight] if several else []))
        if not several and _is_plain([self, tensors1], weight):
            return _run(rule, [self, tensors1], {"weight": float(weight)}, inplace)
        weights = weight if several else [weight] * len(self)
        return _each("lerp", inplace, self, tensors1, weights)

    return function


@public("torch")
def _foreach_copy_(self: Any, src: Any, non_blocking: bool = False) -> Any:
    """The tensors of a list with the contents of others'. See torch._foreach_copy_."""
    _checked("_foreach_copy_", self, src)
    return _each("copy", True, self, src)


@public("torch")
def _foreach_zero_(self: Any) -> Any:
    """Zeros in all tensors of a list. See torch._foreach_zero_."""
    _checked("_foreach_zero_", self)
    return _each("zero", True, self)


@public("torch")
def _foreach_clone(self: Any, *, memory_format: Any = None) -> Any:
    """Copies of all tensors of a list. See torch._foreach_clone."""
    _checked("_foreach_clone", self)
    return _each("clone", False, self, memory_format=memory_format)


@public("torch")
def _foreach_norm(self: Any, ord: Any = 2, dtype: Any = None) -> Any:
    """The norm of each tensor of a list, over all of its elements. See torch._foreach_norm."""
    _checked("_foreach_norm", self)
    return tuple(vector_norm(t, ord, dtype=dtype) for t in self)


@public("torch")
def _foreach_powsum(self: Any, ord: Any = 2, dtype: Any = None) -> Any:
    """The sum of powers of absolute values of each tensor of a list. See torch._foreach_powsum."""
    _checked("_foreach_powsum", self)
    return tuple((t if dtype is None else t.to(dtype)).abs().pow(ord).sum() for t in self)


@public("torch")
def _foreach_max(self: Any) -> Any:
    """The largest element of each tensor of a list. See torch._foreach_max."""
    _checked("_foreach_max", self)
    return tuple(t.max() for t in self)


@public("torch")
def _foreach_mm(self: Any, mat2: Any) -> Any:
    """The product of each pair of matrices of two lists. See torch._foreach_mm."""
    _checked("_foreach_mm", self, mat2)
    return tuple(a.mm(b) for a, b in zip(self, mat2, strict=True))


def _publish() -> None:
    """Publish what the tables say, with and without a trailing underscore."""
    makers: list[tuple[Sequence[str], Callable[[str, bool], Callable[..., Any]]]] = [
        (UNARY, _unary),
        (tuple(BINARY), _binary),
        (tuple(TERNARY), _ternary),
        (("lerp",), lambda name, inplace: _lerp(inplace)),
    ]
    for names, maker in makers:
        for name in names:
            for inplace in (False, True):
                function = maker(name, inplace)
                function.__name__ = function.__qualname__ = f"_foreach_{name}{'_' if inplace else ''}"
                results = "changed in place, as the list itself" if inplace else "as a tuple"
                function.__doc__ = f"`{name}` of every tensor of a list, {results}. See torch.{function.__name__}."
                public("torch")(function)


_publish()
