"""``cltorch run --check``: every name of ``torch`` that programs use and which are absent, by reading and not by running them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from .finder import install
from .missing import nearest


@dataclass
class Use:
    """A dotted name (``torch.nn.Linear``) with the places at which it stands."""

    name: str
    places: list[str] = field(default_factory=list)


class _Names(ast.NodeVisitor):
    """Collects the dotted names that begin at an import of ``torch``."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.found: list[tuple[str, int]] = []

    def visit_Import(self, node: ast.Import) -> None:
        for one in node.names:
            if one.name.partition(".")[0] == "torch":
                self.found.append((one.name, node.lineno))
                self.known[one.asname or "torch"] = one.name if one.asname else "torch"

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level == 0 and node.module and node.module.partition(".")[0] == "torch":
            for one in node.names:
                name = node.module if one.name == "*" else f"{node.module}.{one.name}"
                self.found.append((name, node.lineno))
                self.known[one.asname or one.name] = name

    def visit_Attribute(self, node: ast.Attribute) -> None:
        dotted = self._dotted(node)
        if dotted is None:
            self.generic_visit(node)
        else:
            self.found.append((dotted, node.lineno))

    def _dotted(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Name):
            return self.known.get(node.id)
        if isinstance(node, ast.Attribute):
            before = self._dotted(node.value)
            return None if before is None else f"{before}.{node.attr}"
        return None


def programs(path: Path) -> Iterator[Path]:
    """The Python files that a path means: itself, or all below a folder (hidden folders apart)."""
    if path.is_dir():
        yield from sorted(p for p in path.rglob("*.py") if not any(part.startswith(".") for part in p.parts))
    else:
        yield path


def uses(path: Path) -> list[Use]:
    """The names of ``torch`` in the programs of a path, in alphabetical order. SyntaxError for what is no Python."""
    found: dict[str, Use] = {}
    for program in programs(path):
        names = _Names()
        names.visit(ast.parse(program.read_text(encoding="utf-8"), str(program)))
        for name, line in names.found:
            found.setdefault(name, Use(name)).places.append(f"{program}:{line}")
    return sorted(found.values(), key=lambda use: use.name)


def resolve(name: str) -> tuple[bool, str | None]:
    """Whether a dotted name exists; if not, the nearest that does. What follows an object that is no module or class is unknown
    without running, and counts as there.
    """
    holder: Any = sys.modules["torch"]
    walked = "torch"
    for part in name.split(".")[1:]:
        if not isinstance(holder, (ModuleType, type)):
            return True, None
        if not hasattr(holder, part):
            near = nearest(part, holder)
            return False, f"{walked}.{near}" if near else None
        holder, walked = getattr(holder, part), f"{walked}.{part}"
    return True, None


def check(path: str) -> int:
    """Print every name of ``torch`` under a path with its number of places, absent ones with the first place and the nearest name.

    Returns 1 if any is absent.
    """
    install()
    found = uses(Path(path))
    absent = 0
    for use in found:
        there, near = resolve(use.name)
        if there:
            print(f"{len(use.places):6}  {use.name}")
        else:
            absent += 1
            hint = f"; the nearest is {near}" if near else ""
            print(f"{len(use.places):6}  {use.name}  ABSENT ({use.places[0]}){hint}")
    print(f"{len(found)} names of torch, {absent} absent")
    return 1 if absent else 0
