"""Schemas of operators: ``mine::scale(Tensor x, float k=2.) -> Tensor``, read and printed as PyTorch does.

The grammar is that of the section "func" in PyTorch's ``aten/src/ATen/native/README.md``: a type is a word, perhaps with what it shares
(``Tensor(a!)``: changed), and then any of ``?`` (may be None) and ``[]`` (a list; with a length, one number stands for all of them).
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Any

from .. import dtypes

WORDS = {  # of a type in a schema: what PyTorch calls it in errors
    **dict.fromkeys(("Tensor", "int", "float", "bool", "str", "complex", "Device", "Generator", "Storage", "Dimname", "Stream", "QScheme", "Any"), ""),
    **dict.fromkeys(("SymInt", "ScalarType", "Layout", "MemoryFormat"), "int"),
    **{"SymFloat": "float", "SymBool": "bool", "Scalar": "number", "NoneType": "NoneType"},
}  # fmt: skip
_TOKEN = re.compile(r"\s*(->|[A-Za-z_][\w.]*(?:::[\w.]+)*|-?\d[\w.+-]*|\"[^\"]*\"|'[^']*'|[\[\](),?=!*|{}])")


@dataclass(frozen=True)
class AliasInfo:
    """What a tensor shares its elements with, by letters, and whether it is changed. See PyTorch's aten/src/ATen/native/README.md."""

    before_set: frozenset[str]
    is_write: bool

    def __str__(self) -> str:
        return f"({'|'.join(sorted(self.before_set))}{'!' if self.is_write else ''})"


@dataclass(frozen=True)
class Type:
    """A type of a schema: a word, or a list (of ``length``) or an optional value of another type."""

    word: str = ""
    kind: str = "word"  # or list, optional
    inner: Type | None = None
    length: int | None = None

    def __str__(self) -> str:
        """As PyTorch's errors say it: ``Optional[List[int]]``."""
        if self.inner is None:
            return WORDS[self.word] or self.word if self.word in WORDS else self.word
        return f"{'List' if self.kind == 'list' else 'Optional'}[{self.inner}]"

    def spelled(self, alias: AliasInfo | None = None) -> str:
        """As a schema says it: ``SymInt[]?``."""
        if self.inner is None:
            return f"{self.word}{alias or ''}"
        mark = "?" if self.kind == "optional" else f"[{'' if self.length is None else self.length}]"
        return self.inner.spelled(alias) + mark

    @property
    def base(self) -> str:
        """The word, whatever lists and options are around it."""
        return self.word if self.inner is None else self.inner.base


@dataclass(frozen=True)
class Argument:
    """One argument, or one result, of a schema."""

    name: str
    type: Type
    default_value: Any = None
    kwarg_only: bool = False
    alias_info: AliasInfo | None = None
    _has_default: bool = False
    _is_spread: bool = False
    """Whether one number stands for all of a list in the default."""

    @property
    def N(self) -> int | None:
        """The length of a list that one number may stand for."""
        return self.type.length if self.type.kind == "list" or self.type.inner is None else self.type.inner.length

    @property
    def is_write(self) -> bool:
        """Whether the operator changes it."""
        return self.alias_info is not None and self.alias_info.is_write

    def has_default_value(self) -> bool:
        """Whether it may be left out."""
        return self._has_default

    def __str__(self) -> str:
        text = self.type.spelled(self.alias_info) + (f" {self.name}" if self.name else "")
        return text + (f"={_shown(self.default_value, self._is_spread)}" if self._has_default else "")


@dataclass(frozen=True)
class FunctionSchema:
    """The name, the arguments and the results of an operator. See torch.FunctionSchema."""

    name: str
    overload_name: str
    arguments: list[Argument] = field(default_factory=list)
    returns: list[Argument] = field(default_factory=list)

    @property
    def is_mutable(self) -> bool:
        """Whether it changes an argument."""
        return any(one.is_write for one in self.arguments)

    def __str__(self) -> str:
        parts = [str(one) for one in self.arguments]
        by_name = next((k for k, one in enumerate(self.arguments) if one.kwarg_only), None)
        if by_name is not None:
            parts.insert(by_name, "*")
        several = len(self.returns) != 1
        results = ", ".join(map(str, self.returns))
        name = f"{self.name}.{self.overload_name}" if self.overload_name else self.name
        return f"{name}({', '.join(parts)}) -> {f'({results})' if several else results}"

    __repr__ = __str__


def _shown(value: Any, spread: bool = False) -> str:
    """A default as PyTorch prints it: all digits of floats, strings in double quotes."""
    if isinstance(value, list):
        return _shown(value[0]) if spread else f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, float):
        text = f"{value:.17g}"
        return text if any(mark in text for mark in ".en") else f"{text}."
    return f'"{value}"' if isinstance(value, str) else str(value).removeprefix("torch.")


class _Reader:
    """A schema's text, word by word."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words: list[tuple[str, int]] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise RuntimeError(f"a schema cannot be read from here:\n{text}\n{' ' * at}~ <--- HERE\n")
            self.words.append((found[1], found.start(1)))
            at = found.end()
        self.at = 0

    @property
    def word(self) -> str:
        return self.words[self.at][0] if self.at < len(self.words) else "eof"

    def fault(self, message: str) -> RuntimeError:
        """An error that shows the place."""
        word, place = self.words[self.at] if self.at < len(self.words) else ("", len(self.text))
        mark = f"{' ' * place}{'~' * len(word)} <--- HERE\n" if word else ""
        return RuntimeError(f"{message}:\n{self.text}\n{mark}")

    def take(self, word: str) -> bool:
        """Go on by one word if it is this one."""
        if self.word != word:
            return False
        self.at += 1
        return True

    def need(self, word: str) -> None:
        """This word, or a RuntimeError."""
        if not self.take(word):
            names = {"->": "arrow"}
            raise self.fault(f"expected {names.get(word, word)} but found '{names.get(self.word, self.word)}' here")

    def any(self) -> str:
        """Whatever word comes."""
        word = self.word
        self.at += 1
        return word

    def name(self) -> str:
        """A word that may be a name."""
        if not (self.word[0].isalpha() or self.word[0] == "_") or self.at >= len(self.words):
            raise self.fault(f"expected ident but found '{self.word}' here")
        return self.any()


def _type(reader: _Reader) -> tuple[Type, AliasInfo | None]:
    word = reader.word
    if word not in WORDS and not word.startswith("__torch__"):
        raise reader.fault(
            "\nunknown type specifier. Common valid schema types include Tensor, SymInt, int, float, bool, Scalar"
        )
    reader.at += 1
    kind, alias = Type(word), None
    while reader.word in ("(", "[", "?"):
        if reader.take("("):
            letters = [reader.any()] if reader.word != "!" else []
            while reader.take("|"):
                letters.append(reader.any())
            alias = AliasInfo(frozenset(letters), reader.take("!"))
            if reader.take("->"):  # what it shares afterwards
                while reader.word != ")":
                    reader.any()
            reader.need(")")
        elif reader.take("?"):
            kind = Type(kind="optional", inner=kind)
        else:
            reader.need("[")
            length = int(reader.any()) if reader.word.isdigit() else None
            reader.need("]")
            kind = Type(kind="list", inner=kind, length=length)
    return kind, alias


def _default(reader: _Reader, kind: Type) -> Any:
    """The value after ``=``."""
    if kind.kind == "optional" and kind.inner is not None:
        return None if reader.take("None") else _default(reader, kind.inner)
    if kind.kind == "list" and kind.inner is not None:
        if kind.length is not None and reader.word != "[":
            return [_default(reader, kind.inner)] * kind.length
        reader.need("[")
        values = []
        while not reader.take("]"):
            values.append(_default(reader, kind.inner))
            reader.take(",")
        return values
    word = reader.any()
    if word in ("True", "False", "None") or word[0] in "-0123456789\"'":
        value = ast.literal_eval(word)
        return float(value) if kind.word in ("float", "SymFloat") else value
    if word in ("Mean", "Sum"):  # of losses: how their values are put together
        return ("Mean", "Sum").index(word) + 1
    if kind.word == "float" and word in ("inf", "nan"):
        return float(word)
    found = getattr(dtypes, word, None)
    return word if found is None else found


def _argument(reader: _Reader, by_name: bool) -> Argument:
    kind, alias = _type(reader)
    name = reader.name()
    has_default = reader.take("=")
    is_one = has_default and reader.word != "["
    value = _default(reader, kind) if has_default else None
    return Argument(name, kind, value, by_name, alias, has_default, is_one and isinstance(value, list))


def _results(reader: _Reader) -> list[Argument]:
    """What comes after the arrow: one type, or several in brackets, which may have names."""
    if not reader.take("("):
        kind, alias = _type(reader)
        return [Argument(reader.name() if reader.at < len(reader.words) else "", kind, alias_info=alias)]
    found = []
    while not reader.take(")"):
        kind, alias = _type(reader)
        name = reader.name() if reader.word not in (",", ")") else ""
        found.append(Argument(name, kind, alias_info=alias))
        if reader.word != ")":
            reader.need(",")
    return found


def parse_schema(text: str) -> FunctionSchema:
    """Read ``space::name.overload(Tensor x, *, int n=1) -> Tensor``. RuntimeError, with the place, for what is no schema."""
    reader = _Reader(text)
    full = reader.name()
    reader.need("(")
    arguments: list[Argument] = []
    by_name = False
    while not reader.take(")"):
        if reader.take("*"):
            by_name = True
        else:
            arguments.append(_argument(reader, by_name))
        if reader.word != ")":
            if reader.word != ",":
                raise reader.fault(f"expected ) but found '{'arrow' if reader.word == '->' else reader.word}' here")
            reader.at += 1
    reader.need("->")
    returns = _results(reader)
    if reader.at < len(reader.words):
        raise reader.fault(f"expected eof but found '{reader.word}' here")
    space, _, rest = full.rpartition("::")
    name, _, overload = rest.partition(".")
    return FunctionSchema(f"{space}::{name}" if space else name, overload, arguments, returns)
