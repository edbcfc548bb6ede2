"""Names of test programs, made from what each does that the others of its list do not."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

LENGTH, WIDTH = 4, 70  # words of a name; letters of a line that is one
COMMON = {
    "torch",
    "nn",
    "F",
    "np",
    "print",
    "self",
    "super",
    "__init__",
    "forward",
    "range",
    "m",
    "fill",
    "R",
    "I",
    "len",
}


def named(programs: Sequence[Any]) -> list[Any]:
    """Parameters for `pytest.mark.parametrize`. A program's name is its first comment, the program itself if that is one short
    line, else its rarest words in their order."""
    words = [list(dict.fromkeys(_words(program))) for program in programs]
    seen = Counter(word for found in words for word in found)
    taken: set[str] = set()
    made = []
    for program, found in zip(programs, words, strict=True):
        lines = _text(program).splitlines()
        comment, short = lines[0].startswith("# "), len(lines) == 1 and len(lines[0]) <= WIDTH
        name = lines[0].removeprefix("# ") if comment or short else _name(found, lines[-1].strip(), seen, taken)
        taken.add(name)
        made.append(pytest.param(program, id=name))
    return made


def _text(program: str | Callable[..., Any]) -> str:
    """A program without the lines around it; of a function its source."""
    text = (
        program
        if isinstance(program, str)
        else inspect.getsource(program).strip().removeprefix("lambda m: ").rstrip(",")
    )
    return textwrap.dedent(text).strip()


def _name(words: list[str], last: str, seen: Counter[str], taken: set[str]) -> str:
    """As many of the rarest words as make a name that no other has; with the last line, if that needs too many."""
    rarest = sorted(range(len(words)), key=lambda k: (seen[words[k]], k))
    for count in range(min(LENGTH, len(words)), min(2 * LENGTH, len(words)) + 1):
        name = "-".join(words[k] for k in sorted(rarest[:count]))
        if name and name not in taken:
            return name
    return f"{'-'.join(words[:LENGTH])}: {last[:WIDTH]}"


def _words(program: str | Callable[..., Any]) -> Iterator[str]:
    """The names that a program uses, its keywords, and short texts, in order."""
    for token in _tokens(ast.parse(_text(program))):
        if token not in COMMON and len(token) > 2 and token.isidentifier():
            yield token


def _tokens(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        yield from _tokens(child)
        if isinstance(child, ast.Attribute):
            yield child.attr
        elif isinstance(child, ast.Name):
            yield child.id
        elif isinstance(child, (ast.keyword, ast.arg)):
            yield child.arg or ""
        elif isinstance(child, (ast.ClassDef, ast.FunctionDef)):
            yield child.name
        elif isinstance(child, ast.Constant) and isinstance(child.value, str) and len(child.value) < 16:
            yield child.value
        elif isinstance(child, ast.alias):
            yield child.name.rpartition(".")[2]
