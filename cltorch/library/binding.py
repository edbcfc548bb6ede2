"""Arguments of an operator checked and converted by its schema."""

from __future__ import annotations

import numbers
import operator
from collections.abc import Callable
from typing import Any

from ..dtypes import dtype
from ..tensor.device_names import device
from ..tensor.random import Generator
from ..tensor.tensor import Tensor
from .schema import Argument, FunctionSchema, Type


def bind(schema: FunctionSchema, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """All arguments with their defaults: those by position, and those that go by name only. RuntimeError, with the declaration, for what does not fit."""
    head = f"{schema.name}()"
    by_position = [one for one in schema.arguments if not one.kwarg_only]
    if len(args) > len(by_position):
        if len(by_position) < len(schema.arguments):
            words = f"takes {len(by_position)} positional argument(s) but {len(args)} was/were given. "
        else:
            words = f"expected at most {len(by_position)} argument(s) but received {len(args)} argument(s)."
        raise RuntimeError(f"{head} {words} Declaration: {schema}")
    given: dict[str, Any] = {one.name: value for one, value in zip(by_position, args, strict=False)}
    for name in kwargs:
        if name in given:
            raise RuntimeError(f"Argument '{name}' specified both as positional and keyword argument. Schema: {schema}")
    given.update(kwargs)
    values = {one.name: _value(schema, k, one, given) for k, one in enumerate(schema.arguments)}
    if unknown := set(kwargs) - set(values):
        raise RuntimeError(f"Unknown keyword argument '{min(unknown)}' for operator '{schema.name}'. Schema: {schema}")
    positional = [values[one.name] for one in by_position]
    return positional, {one.name: values[one.name] for one in schema.arguments if one.kwarg_only}


def _value(schema: FunctionSchema, place: int, argument: Argument, given: dict[str, Any]) -> Any:
    if argument.name not in given:
        if not argument.has_default_value():
            raise RuntimeError(
                f"{schema.name}() is missing value for argument '{argument.name}'. Declaration: {schema}"
            )
        return argument.default_value
    value = given[argument.name]
    try:
        return converted(value, argument.type)
    except (TypeError, ValueError, RuntimeError) as error:
        raise RuntimeError(
            f"{schema.name}() Expected a value of type '{argument.type}' for argument '{argument.name}' but instead found type "
            f"'{type(value).__name__}'.\nPosition: {place}\nValue: {value!r}\nDeclaration: {schema}\nCast error details: {error}"
        ) from None


def converted(value: Any, kind: Type) -> Any:
    """A value as an operator sees it: lists for sequences, floats for integers where floats are meant. TypeError if it is of another type."""
    if kind.kind == "optional" and kind.inner is not None:
        return None if value is None else converted(value, kind.inner)
    if kind.kind == "list" and kind.inner is not None:
        if kind.length is not None and isinstance(value, numbers.Number):
            return [converted(value, kind.inner)] * kind.length
        if isinstance(value, str | Tensor):
            raise TypeError(f"Unable to cast {type(value).__name__} to a list")
        return [converted(one, kind.inner) for one in value]
    convert = _CONVERSIONS.get(kind.word)
    return value if convert is None else convert(value)


def _only(*classes: type) -> Callable[[Any], Any]:
    """What lets values of some classes through."""

    def check(value: Any) -> Any:
        if not isinstance(value, classes):
            raise TypeError(f"Unable to cast Python instance of type {type(value)} to {classes[0].__name__}")
        return value

    return check


def _tensor(value: Any) -> Any:
    if value is not None and not isinstance(value, Tensor):  # None stands for a tensor that is not there
        raise TypeError(f"Unable to cast {value!r} to Tensor")
    return value


def _whole(value: Any) -> Any:
    return value if isinstance(value, int) else operator.index(value)


def _float(value: Any) -> float:
    if isinstance(value, str):
        raise TypeError(f"Unable to cast Python instance of type {type(value)} to float")
    return float(value)


def _number(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.item()
    if not isinstance(value, numbers.Number):
        raise TypeError(f"Cannot cast {value} to number")
    return value


def _device(value: Any) -> device:
    return device(value) if isinstance(value, str) else _only(device)(value)


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    **{
        "Tensor": _tensor,
        "int": _whole,
        "SymInt": _whole,
        "float": _float,
        "SymFloat": _float,
        "Scalar": _number,
        "Device": _device,
    },
    **{
        "bool": _only(bool, int),
        "SymBool": _only(bool, int),
        "str": _only(str),
        "ScalarType": _only(dtype, int),
        "Generator": _only(Generator),
    },
}
