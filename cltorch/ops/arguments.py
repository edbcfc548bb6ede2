"""Where functions say that an argument is of the wrong kind: one place for all, with PyTorch's class and words.

A function's annotations are its signature: ``dim: int | Sequence[int] | None`` takes what PyTorch takes there and nothing else.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Container, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, TypeVar

from .. import dtypes
from ..errors import kind_of
from .asking import foreign
from .mode import MODE
from .rules import LARGEST, are_integers, is_integer, scalar

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])
Number: TypeAlias = int | float
"""A number that takes part in what is computed: an int must fit into 64 bits, where a parameter that is said to be ``float`` makes
any int one."""
Omitted: TypeAlias = None
"""The default of a parameter that may be left out but not be None."""
NUMBERS = (bool, int, float)


def is_tensor(value: object) -> TypeGuard[Tensor]:
    """Whether a value is a tensor, asked by what it has: the class stands above those who ask."""
    return hasattr(value, "_cl_meta")


def is_any_tensor(value: Any) -> bool:
    """Tensors; sparse ones say themselves what is not there for them."""
    return hasattr(value, "_cl_meta") or hasattr(value, "_apply_sparse")


def _number(value: Any) -> bool:
    """Python's and NumPy's numbers, and tensors of no dimension."""
    return isinstance(value, (*NUMBERS, complex)) or (hasattr(value, "item") and getattr(value, "ndim", 1) == 0)


def _real(value: Any) -> bool:
    return _number(value) and not isinstance(value, complex)


def _truth(value: Any) -> bool:
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")


def _integer(value: Any) -> bool:
    meta = getattr(value, "_cl_meta", None)
    if meta is None:
        return is_integer(value) and not getattr(value, "ndim", 0)
    return meta.view.numel == 1 and not meta.dtype.differentiable and meta.dtype is not dtypes.bool


def _integers(value: Any) -> bool:
    return isinstance(value, (tuple, list, range)) and are_integers(value)


KINDS: dict[str, Callable[[Any], bool]] = {
    "Tensor": is_any_tensor,
    "int": _integer,
    "bool": _truth,
    "float": _real,
    "Number": _real,
    "complex": _number,
    "str": lambda value: isinstance(value, str),
    "Sequence[int]": _integers,
    "dtypes.dtype": lambda value: isinstance(value, dtypes.dtype) or value in NUMBERS or value is complex,
    "Sequence[float]": lambda value: isinstance(value, (tuple, list)) and all(map(_real, value)),
    "Sequence[Tensor]": lambda value: isinstance(value, (tuple, list)) and all(map(is_any_tensor, value)),
    "Generator": lambda value: hasattr(value, "initial_seed"),
    "None": lambda value: value is None,
    "Omitted": lambda value: False,
}
"""What the parts of an annotation accept; parts that are not here accept everything."""
KINDS["DType"] = KINDS["dtypes.dtype"]
WORDS = {
    "Sequence[int]": "tuple of ints",
    "Sequence[float]": "tuple of floats",
    "Sequence[Tensor]": "tuple of Tensors",
    "dtypes.dtype": "torch.dtype",
    "DType": "torch.dtype",
    "float": "float",
    "complex": "Number",
}


def no_overload(name: str, given: tuple[Any, ...], *forms: str, named: dict[str, Any] | None = None) -> TypeError:
    """The TypeError for arguments that none of a function's several signatures takes, in PyTorch's words.

    A form is a signature, ``Tensor input, Number other``. One that takes as many arguments as were given says which it does not take;
    PyTorch counts every number among those."""
    listed = ""
    for form in forms:
        parameters = form.split(", ")
        listed += f" * ({form})\n"
        if len(parameters) == len(given):
            fits = [
                p.startswith("Tensor ") and is_any_tensor(value) for p, value in zip(parameters, given, strict=True)
            ]
            words = ", ".join(_kind(v) if fit else f"!{_kind(v)}!" for v, fit in zip(given, fits, strict=True))
            listed += f"      didn't match because some of the arguments have invalid types: ({words})\n"
    kinds = ", ".join((*map(_class, given), *(f"{name}={_class(value)}" for name, value in (named or {}).items())))
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({kinds}), but expected one of:\n{listed}"
    )


def _class(value: Any) -> str:
    """The class of an argument as PyTorch's errors name it."""
    if isinstance(value, dtypes.dtype):
        return "torch.dtype"
    return "Tensor" if is_any_tensor(value) else type(value).__name__


def _kind(value: Any) -> str:
    """`_class`, with those of a sequence's elements."""
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__} of [{', '.join(map(_kind, value))}]"
    return _class(value)


def takes(kernel: str, kinds: str) -> Callable[[F], F]:
    """Let a function of a tensor refuse dtypes, as PyTorch's ``kernel`` does: NotImplementedError for those that are not in ``kinds``,
    words of ``half`` (16-bit floats), ``wide`` (the other floats), ``integer``, ``bool`` and ``complex``."""
    allowed = frozenset(kinds.split())

    def decorate(function: F) -> F:
        name = inspect.unwrap(function).__code__.co_varnames[0]

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if args or name in kwargs:
                need_kind(kernel, allowed, (args[0] if args else kwargs[name])._cl_meta.dtype)
            return function(*args, **kwargs)

        return call  # type: ignore[return-value]

    return decorate


CHECKED = {"sort": " Sort", "topk": "topk"}
"""What PyTorch looks at before the kernel does, as its error names it."""


def need_kind(kernel: str, kinds: Container[str], dtype: dtypes.dtype) -> None:
    """NotImplementedError for a dtype whose word (see `takes`) is not in ``kinds``."""
    if _kind_of(dtype) not in kinds:
        if kernel in CHECKED and (dtype.is_complex or kernel == "topk"):
            raise RuntimeError(
                f"{CHECKED[kernel]} does not support {'complex' if dtype.is_complex else 'bool'} dtypes on CPU"
            )
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtype.title}'")


def _kind_of(dtype: dtypes.dtype) -> str:
    """The word for a dtype in `takes`."""
    if dtype.is_complex or dtype is dtypes.bool:
        return "complex" if dtype.is_complex else "bool"
    return ("half" if dtype.itemsize < 4 else "wide") if dtype.is_floating_point else "integer"


NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "x1": "input", "x2": "other"}
"""Names of arguments as NumPy has them, each with the one that it stands for. All of PyTorch's functions take them too."""


def also_named(**names: str) -> Callable[[F], F]:
    """Let a function take further names of arguments, each given with the one that it stands for: PyTorch's overloads have names of
    their own. `checked` reads it."""

    def decorate(function: F) -> F:
        function.also_named = names  # type: ignore[attr-defined]
        return function

    return decorate


def overloads(*forms: str) -> Callable[[F], F]:
    """Let a function that PyTorch declares several times refuse arguments with the list of its signatures. `checked` reads it."""

    def decorate(function: F) -> F:
        function.forms = forms  # type: ignore[attr-defined]
        return function

    return decorate


REFUSED = ("int", "tuple of ints")
"""Parameters whose wrong arguments no method takes: it fails where they are converted."""


def _accepted(annotation: Any) -> tuple[str, list[Callable[[Any], bool]]] | None:
    """The word for an annotation's first part, and what its parts accept; None where it accepts everything."""
    parts = annotation.split(" | ") if isinstance(annotation, str) else []
    if not parts or any(part not in KINDS for part in parts):
        return None
    return WORDS.get(parts[0], parts[0]), [KINDS[part] for part in parts]


def _need_tensors(values: Sequence[Any], place: int) -> None:
    """TypeError for the first of several arguments, or of the elements of one at ``place``, that is no tensor."""
    for k, value in enumerate(values):
        if not is_any_tensor(value):
            kind = type(value).__name__
            raise TypeError(f"expected Tensor as element {k} in argument {place}, but got {kind}") from None


def _is_large(value: Any) -> bool:
    return value.__class__ is int and not -LARGEST <= value < LARGEST


_NEVER = 1 << 30
_AGAIN = object()


def checked(function: F, unasked: Container[str] = (), early: bool = True, numpy: bool = True) -> F:
    """Let a function raise TypeError for arguments that are not of the kinds that its annotations name.

    They are looked at when a call fails. What a function would take without a word (anything as truth value, say) is looked at before,
    once for each combination of classes: a call that names such arguments pays for one look into a set. Parameters that are ``unasked``
    may be anything, as in functions that PyTorch writes in Python; without ``early`` nothing is looked at before.
    Arguments under NumPy's names (without ``numpy`` not these), or under those of `also_named`, are taken when a call has failed too.
    """
    plain: Any = inspect.unwrap(function)
    code = plain.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    kinds = {name: found for name in names if name != "self" and (found := _accepted(plain.__annotations__.get(name)))}
    kinds = {name: found for name, found in kinds.items() if name not in unasked}
    numeric = {name: word for name, (word, accepts) in kinds.items() if accepts[0] in (_real, _number)}
    numbered = min(map(names.index, numeric), default=len(names))
    variadic = code.co_varnames[len(names)] if code.co_flags & inspect.CO_VARARGS else None
    only_tensors = plain.__annotations__.get(variadic) == "Tensor"
    forms: tuple[str, ...] = getattr(function, "forms", ())
    other_names = (NUMPY_NAMES if numpy else {}) | getattr(function, "also_named", {})
    if names[:1] == ("A",):  # a matrix, which PyTorch's parsers call by its place
        other_names |= dict.fromkeys(("input", "x", "a", "x1"), "A")
    other_names = {name: own for name, own in other_names.items() if name not in names and own in names}
    if not kinds and variadic is None and not other_names:  # operands in a row may be of classes with a hook
        return function
    positional = names[: code.co_argcount]
    shift = 0 if names[:1] == ("self",) else 1
    refused = REFUSED if names[:1] == ("self",) else ()
    taken = [
        k
        for k, name in enumerate(names)
        if name in kinds
        and (kinds[name][0] not in (refused if k else ("Tensor", *refused)) or KINDS["Omitted"] in kinds[name][1])
    ]
    early = early and bool(taken or only_tensors)
    by_place = [k for k in taken if k < len(positional)] + [len(positional)] * only_tensors
    late = min(by_place) if early and by_place else _NEVER  # how many arguments in a row nobody looks at
    asked = frozenset(names[k] for k in taken) if early else frozenset()
    seen: set[Any] = set()
    caster, plainly = getattr(function, "uncast", (None, function))
    uncast: Any = plainly if caster is function else function  # what it is where autocast casts nothing
    is_cast = uncast is not function

    def examine(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        for name, value in (*zip(positional, args, strict=False), *kwargs.items()):
            if name in kinds and _is_large(value) and KINDS["int"] in kinds[name][1]:
                raise ValueError("Overflow when unpacking long long") from None
            if name in kinds and not any(accepts(value) for accepts in kinds[name][1]):
                if kinds[name][0] == WORDS["Sequence[Tensor]"] and isinstance(value, (tuple, list)):
                    _need_tensors(value, positional.index(name) if name in positional else 0)
                place = f" (position {positional.index(name) + shift})" if name in positional[: len(args)] else ""
                raise TypeError(
                    f"{plain.__name__}(): argument '{name}'{place} must be {kinds[name][0]}, not {kind_of(value)}"
                ) from None
        _need_tensors(args[len(positional) :] if only_tensors else (), 0)

    def fitted(name: str, value: Any) -> Any:
        if name not in numeric or not _is_large(value):
            return value
        return float(value) if numeric[name] == "float" else scalar(value)

    def look(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        key = (*map(type, args), *kwargs, *map(type, kwargs.values())) if kwargs else tuple(map(type, args))
        if key not in seen:
            examine(args, kwargs)
            seen.add(key)

    def failed(error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What a call that failed gives, if it is to be made otherwise; else the error of its arguments, or `_AGAIN` for its own."""
        if isinstance(error, (AttributeError, TypeError)) and foreign(args, kwargs):
            return call(*args, **kwargs)
        if isinstance(error, TypeError) and not other_names.keys().isdisjoint(kwargs):
            own_names = {other_names.get(name, name): value for name, value in kwargs.items()}
            if len(own_names) == len(kwargs):
                return call(*args, **own_names)
        if forms and isinstance(error, TypeError):
            raise no_overload(plain.__name__, args, *forms, named=kwargs) from None
        if early or not isinstance(error, TypeError):  # else it has said so itself
            examine(args, kwargs)
        return _AGAIN

    def has_large(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        given = (*args, *kwargs.values()) if kwargs else args
        return int in map(type, given) and any(map(_is_large, given))  # most calls have no integer

    def whole(*args: Any, **kwargs: Any) -> Any:
        if numeric and (len(args) > numbered or kwargs) and has_large(args, kwargs):
            args = (*map(fitted, positional, args), *args[len(positional) :])
            kwargs = {name: fitted(name, value) for name, value in kwargs.items()}
        try:
            if len(args) > late or (kwargs and not asked.isdisjoint(kwargs)):
                look(args, kwargs)
            return function(*args, **kwargs) if is_cast and MODE.cast is not None else uncast(*args, **kwargs)
        except Exception as error:
            if (found := failed(error, args, kwargs)) is _AGAIN:
                raise
            return found

    def plain_call(*args: Any, **kwargs: Any) -> Any:  # `whole` where less is to be asked: what every call passes
        try:
            if len(args) > late or (kwargs and not asked.isdisjoint(kwargs)):
                look(args, kwargs)
            return function(*args, **kwargs)
        except Exception as error:
            if (found := failed(error, args, kwargs)) is _AGAIN:
                raise
            return found

    call: Any = functools.wraps(function)(whole if numeric or is_cast else plain_call)
    call.is_checked = True  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]
