"""The schema that a function's annotations spell."""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from ..dtypes import dtype
from ..tensor.device_names import device
from ..tensor.tensor import Tensor

_NUMBER = typing.Union[int, float, bool]  # noqa: UP007 : `types.Number` of PyTorch, as a program writes it
_WORDS = {
    Tensor: "Tensor",
    int: "SymInt",
    float: "float",
    bool: "bool",
    str: "str",
    dtype: "ScalarType",
    device: "Device",
    _NUMBER: "Scalar",
}
_LISTED = {"Tensor", "SymInt", "float", "bool", "Scalar"}
_LISTED_OR_NONE = {"SymInt", "float", "bool"}
_RESULTS = {
    Tensor: "Tensor",
    list[Tensor]: "Tensor[]",
    list[Tensor]: "Tensor[]",
    int: "SymInt",
    float: "float",
    bool: "bool",
    _NUMBER: "Scalar",
}


def infer_schema(
    prototype_function: Callable[..., Any], /, *, mutates_args: str | Iterable[str], op_name: str | None = None
) -> str:
    """The schema of a function by its annotations: ``(Tensor x, float k=2.0) -> Tensor``.

    ``mutates_args`` names the tensors that it changes, or is ``"unknown"``: all of them. ValueError for a parameter that has no annotation, or one or
    a default that no schema can say. See torch.library.infer_schema.
    """
    return _Inference(prototype_function, mutates_args).text(op_name or "")


class _Inference:
    def __init__(self, function: Callable[..., Any], changed: str | Iterable[str]) -> None:
        self.function, self.signature = function, inspect.signature(function)
        if isinstance(changed, str) and changed != "unknown":
            raise ValueError(
                "mutates_args must either be a sequence of the names of the arguments that are mutated or the string 'unknown'. "
            )
        self.all_changed = isinstance(changed, str)
        self.changed = set() if self.all_changed else set(changed)

    def refuse(self, what: str) -> NoReturn:
        raise ValueError(f"infer_schema(func): {what} Got func with signature {self.signature})")

    def text(self, name: str) -> str:
        parts = []
        for k, parameter in enumerate(self.signature.parameters.values()):
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                self.refuse("We do not support positional-only args, varargs, or varkwargs.")
            if parameter.kind == parameter.KEYWORD_ONLY and "*" not in parts:
                parts.append("*")
            parts.append(self.parameter(k, parameter))
        if missing := self.changed - set(self.signature.parameters):
            self.refuse(f"{missing} in mutates_args were not found in the custom op's signature.")
        return f"{name}({', '.join(parts)}) -> {self.results()}"

    def parameter(self, k: int, parameter: inspect.Parameter) -> str:
        name, default = parameter.name, parameter.default
        if parameter.annotation is parameter.empty:
            self.refuse(f"Parameter {name} must have a type annotation.")
        word = _spelled(self.meant(parameter.annotation))
        if word is None:
            self.refuse(
                f"Parameter {name} has unsupported type {parameter.annotation}. The valid types are: {_choices()}."
            )
        if name in self.changed and not word.startswith("Tensor"):
            self.refuse(
                f"Parameter {name} is in mutable_args but only Tensors or collections of Tensors can be mutated"
            )
        if word.startswith("Tensor") and (self.all_changed or name in self.changed):
            word = f"Tensor(a{k}!){word.removeprefix('Tensor')}"
        if default is parameter.empty:
            return f"{word} {name}"
        if default is None or isinstance(default, int | float):
            return f"{word} {name}={default}"
        if isinstance(default, str | device):
            return f'{word} {name}="{default}"'
        if isinstance(default, dtype):
            return f"{word} {name}={str(default).rpartition('.')[2]}"
        self.refuse(f"Parameter {name} has an unsupported default value type {type(default)}.")

    def meant(self, annotation: Any) -> Any:
        """An annotation whose texts are what they name in the function's module."""
        if isinstance(annotation, str):
            try:
                return self.meant(eval(annotation, self.function.__globals__))
            except Exception as error:
                self.refuse(
                    f"Unsupported type annotation {annotation}. It is not a type. ({type(error).__name__}: {error})"
                )
        inner = typing.get_args(annotation)
        if any(isinstance(one, str | typing.ForwardRef) for one in inner):
            resolved = tuple(
                self.meant(one.__forward_arg__ if isinstance(one, typing.ForwardRef) else one) for one in inner
            )
            origin = typing.get_origin(annotation)
            return typing.Union[resolved] if origin is typing.Union else origin[resolved]  # noqa: UP007
        return annotation

    def results(self) -> str:
        annotation = self.meant(self.signature.return_annotation)
        if annotation is None:
            return "()"
        if annotation is inspect.Parameter.empty:
            self.refuse("No return type annotation was provided. Please add one.")
        several = typing.get_origin(annotation) is tuple
        kinds = [
            types.GenericAlias(list, typing.get_args(kind))
            if typing.get_origin(kind) is list
            else kind  # `List[Tensor]` too
            for kind in (typing.get_args(annotation) if several else (annotation,))
        ]
        if any(kind not in _RESULTS for kind in kinds):
            self.refuse(
                f"Return has unsupported type {annotation}. The valid types are: {', '.join(map(str, _RESULTS))}."
            )
        words = ", ".join([_RESULTS[kind] for kind in kinds])
        return words if not several else f"(({words}))" if len(kinds) == 1 else f"({words})"


def _spelled(kind: Any) -> str | None:
    """The type of a schema that an annotation means; None if there is none."""
    if kind in _WORDS:
        return _WORDS[kind]
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType) and type(None) in inner:
        rest: Any = typing.Union[tuple(one for one in inner if one is not type(None))]  # noqa: UP007
        word = _spelled(rest)
        return (
            f"{word}?" if word is not None and (rest in _WORDS or word.removesuffix("[]") in _LISTED_OR_NONE) else None
        )
    if origin in (list, collections.abc.Sequence):
        word = _spelled(inner[0])
        return f"{word}[]" if word in _LISTED or word == "Tensor?" else None
    return None


def _choices() -> str:
    return ", ".join(getattr(kind, "__name__", str(kind)) for kind in _WORDS) + ", and lists and optional ones of these"
