"""Hands out the names that declarations carry: methods and in-place forms to Tensor, functions to ``torch``, ``linalg`` and so on.

Nothing is named here. Rows of the op table have the columns ``spaces`` and ``aliases``, all else is marked with `ops.names.public`.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from ..autograd.modes import MODE, no_autocast
from ..dtypes import bool as boolean
from ..dtypes import named, uint8
from ..errors import kind_of
from ..ops.arguments import checked
from ..ops.asking import PLACES, foreign
from ..ops.names import DECLARED, Name
from ..ops.op import TABLE, Op
from . import functions as functions_of_rows
from . import operators
from .apply import stored
from .forms import Forms
from .functions import FUNCTIONS
from .known_writes import changing
from .tensor import Tensor
from .writes import inplace, need_apart

Function = Callable[..., Any]

ROWS = {"add": "add", "sub": "sub", "div": "true_divide"}
"""Functions that are declared by themselves, each with the row that a call without names is."""

SPREAD = frozenset("dims shape size".split())
"""Sizes that methods take as separate integers too, functions as one sequence."""


def _rows() -> list[Op]:
    return [op for op in TABLE.values() if op.family == "pointwise"]


# --- methods ------------------------------------------------------------------------------------------------------------


def install_methods() -> None:
    """Give Tensor the methods of rows and declarations, their aliases, their in-place forms, and the operators.

    They go to its last base class, so that what a chapter says itself comes first. What a chapter has besides learns to say which
    of its arguments is of the wrong kind.
    """
    for chapter in Tensor.__mro__[:-1]:
        for name, own in list(vars(chapter).items()):
            if inspect.isfunction(own) and not name.startswith("_") and not hasattr(own, "is_checked"):
                words = " ".join(map(str, own.__annotations__.values())).split()
                setattr(chapter, name, checked(own, early="bool" in words or "Omitted" in words))
    for op in _rows():
        if op.method:
            _install((op.name, *op.aliases.split()), FUNCTIONS[op.name], bool(op.inplace), True, row=op)
    for declared in DECLARED:
        if declared.method or declared.inplace:
            elementwise = declared.function.__module__ == functions_of_rows.__name__
            row = TABLE[ROWS[declared.names[0]]] if elementwise and declared.names[0] in ROWS else None
            placed = "placed" in str(declared.out)
            _install(declared.names, declared.function, declared.inplace, elementwise, placed, row)
    operators.install(Tensor)


def _install(
    names: tuple[str, ...],
    function: Function,
    has_inplace: bool,
    elementwise: bool,
    placed: bool = False,
    row: Op | None = None,
) -> None:
    first = getattr(Tensor, names[0], function)  # a chapter's own method, if it has one
    for name in names:
        setattr(Forms, name, first)
        if has_inplace:
            known = row if first is function else None
            setattr(Forms, f"{name}_", _inplace_form(f"{name}_", first, elementwise, placed, known))


def _inplace_form(name: str, compute: Function, elementwise: bool, placed: bool, row: Op | None) -> Function:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if placed:
            need_apart(self, (*args, *kwargs.values()))
        return inplace(self, partial(compute, **kwargs) if kwargs else compute, *args, elementwise=elementwise)

    made = method if row is None else changing(row, method)
    made.__name__ = name
    made.__qualname__ = f"Tensor.{name}"
    made.__doc__ = f"In-place `{name.rstrip('_')}`."
    return made


# --- functions ----------------------------------------------------------------------------------------------------------


def functions(space: str) -> dict[str, Function]:
    """The functions of a space by name, as far as the modules that declare them are imported."""
    found: dict[str, Function] = {}
    for op in _rows():
        if space in op.spaces.split():
            has_inplace = op.inplace == "function" or (bool(op.inplace) and len(op.tensors) == 1)
            _publish(found, (op.name, *op.aliases.split()), FUNCTIONS[op.name], has_inplace)
    for declared in DECLARED:
        if space in declared.spaces:
            _publish(found, declared.names, _function(declared), declared.inplace)
    return found


def _publish(found: dict[str, Function], names: tuple[str, ...], function: Function, has_inplace: bool) -> None:
    for name in names:
        found[name] = function
        if has_inplace:
            found[f"{name}_"] = _inplace_function(f"{name}_")


def publish(space: str, module: str) -> None:
    """Set the functions of ``space`` as attributes of a module (``cltorch.tensor`` is then the function, as in PyTorch)."""
    found = functions(space)
    vars(sys.modules[module]).update(found)
    if "." in module:
        vars(sys.modules[module]).setdefault("__all__", sorted(found))
    PLACES.append((sys.modules[module], found))


def _function(declared: Name) -> Function:
    return _of_method(declared.function, declared.out) if declared.in_chapter else declared.function


@cache
def _of_method(method: Function, out_words: str | bool) -> Function:
    """The function for a method of a chapter: ``input`` in the place of ``self``, and ``out``."""
    name = method.__name__
    has_out = out_words is not False and not name.endswith("_")
    signature = _signature(method, has_out)
    words = out_words if isinstance(out_words, str) else ""
    kinds = {p.kind for p in signature.parameters.values()}
    spread = next((n for n in signature.parameters if n in SPREAD and inspect.Parameter.VAR_POSITIONAL in kinds), "")
    exact, needs_dim = "cast" not in words, "dim" in words

    def function(input: Any = None, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(input, Tensor):
            if input is None and (spelled := _spelled(kwargs)):
                return function(kwargs.pop(spelled), *args, **kwargs)
            if foreign((input, *args), kwargs):
                return function(input, *args, **kwargs)
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {kind_of(input)}")
        if spread and spread not in kwargs and (len(args) != 1 or not isinstance(args[0], (tuple, list))):
            if not args:
                raise TypeError(f'{name}() missing 1 required positional arguments: "{spread}"')
            raise TypeError(f"{name}(): argument '{spread}' (position 2) must be tuple of ints, not {kind_of(args[0])}")
        out = kwargs.pop("out", None) if has_out else None
        if out is not None:
            if MODE.cast is not None:  # what writes to a given tensor is in none of autocast's lists
                with no_autocast():
                    return function(input, *args, out=out, **kwargs)
            if needs_dim and not args and not kwargs:
                raise TypeError(f'{name}() missing 1 required positional arguments: "dim"')
            if "byte" in words and isinstance(out, Tensor):
                if out.dtype not in (uint8, boolean):
                    raise RuntimeError(f"{name} only supports bool tensor for result, got: {out.dtype.title}")
                return stored(method(input.to(out.dtype), *args, **kwargs), out, exact=False)
            asked = kwargs.get("dtype")
            if asked is not None and isinstance(out, Tensor) and out.dtype is not named(asked):
                raise RuntimeError(
                    f"Expected out tensor to have dtype {named(asked).c_name}, but got {out.dtype.c_name} instead"
                )
            if "input" in words and isinstance(out, Tensor) and out.dtype is not input.dtype:
                raise RuntimeError(
                    f"Expected the dtype for input and out to match, but got {input.dtype.title} for input's dtype and "
                    f"{out.dtype.title} for out's dtype."
                )
            several = isinstance(out, (tuple, list))
            if "placed" in words or ("apart" in words and (several or "whole" not in words)):
                operands = (*args, *kwargs.values()) if "placed" in words else (input, *args, *kwargs.values())
                for target in out if several else (out,):
                    need_apart(target, operands)
            if isinstance(out, Tensor) and "dtype" in words:
                kwargs.setdefault("dtype", out.dtype)
        try:
            result = method(input, *args, **kwargs)
        except NotImplementedError:
            if not hasattr(input, "_apply_sparse"):
                raise
            result = getattr(input, name)(*args, **kwargs)  # a class with another layout has a method of its own
        except TypeError as error:
            raise _counted(error, name) from None
        return stored(result, out, exact and not ("whole" in words and isinstance(result, Tensor)))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = method.__doc__
    function.__signature__ = signature  # type: ignore[attr-defined]
    return function


def _counted(error: TypeError, name: str) -> TypeError:
    """A method's error, which counts arguments behind the tensor, as one of the function, which counts the tensor too."""
    found = re.match(rf"({name}\(\): argument '\w+' \(position )(\d+)", text := str(error))
    return TypeError(f"{found[1]}{int(found[2]) + 1}{text[found.end() :]}") if found else error


def _spelled(kwargs: dict[str, Any]) -> str | None:
    """The one of NumPy's names under which the first argument came, if it did."""
    return next((other for other in ("x", "a", "x1") if other in kwargs), None)


@cache
def _inplace_function(name: str) -> Function:
    def function(input: Any = None, *args: Any, **kwargs: Any) -> Tensor:
        if not isinstance(input, Tensor):
            if input is None and (spelled := _spelled(kwargs)):
                return function(kwargs.pop(spelled), *args, **kwargs)
            if foreign((input, *args), kwargs):
                return function(input, *args, **kwargs)
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {kind_of(input)}")
        owner = type(input) if hasattr(input, "_apply_sparse") else Tensor  # another layout has methods of its own
        return getattr(owner, name)(input, *args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"In-place `{name.rstrip('_')}`."
    return function


def _signature(method: Function, has_out: bool) -> inspect.Signature:
    """The method's signature with ``input`` in the place of ``self``, and ``out``."""
    own = inspect.signature(method)
    first, *rest = own.parameters.values()
    kept = [first.replace(name="input"), *(p for p in rest if p.name != "out")]
    if has_out:
        out = inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None)
        at = next((k for k, p in enumerate(kept) if p.kind is inspect.Parameter.VAR_KEYWORD), len(kept))
        kept.insert(at, out)
    return own.replace(parameters=kept)
