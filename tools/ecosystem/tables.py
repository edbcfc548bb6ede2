"""The tables of docs/drop-in.md: what ran, and of the rest what stopped it."""

from __future__ import annotations

from importlib.metadata import packages_distributions, version
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "drop-in.md"


def installed(package: str) -> str:
    """The version of a package that is installed."""
    return version(packages_distributions()[package][0])


def write(family: str, found: list[tuple[str, str]]) -> None:
    """Put the outcome of a family between its marks."""
    rows = {"packages": _packages, "examples": _examples}
    lines = rows[family](found) if family in rows else _sweep(family, found)
    start, end = f"<!-- {family} -->\n", f"<!-- end of {family} -->"
    before, _, rest = PAGE.read_text().partition(start)
    PAGE.write_text("\n".join([f"{before}{start}", *lines, ""]) + end + rest.partition(end)[2])


def _packages(found: list[tuple[str, str]]) -> list[str]:
    rows = [f"| {name} {installed(name)} | {_word(error)} |" for name, error in found]
    return ["| package | its program |", "|---|---|", *rows]


def _examples(found: list[tuple[str, str]]) -> list[str]:
    good = sum(not error for _, error in found)
    rows = [f"| {name} | {_word(error)} |" for name, error in found]
    return [f"**pytorch/examples: {good} of {len(found)} run to their end.**", "", "| program | |", "|---|---|", *rows]


def _sweep(family: str, found: list[tuple[str, str]]) -> list[str]:
    good = [name for name, error in found if not error]
    rows = [f"| {name} | {_word(error)} |" for name, error in found if error]
    heading = f"**{family} {installed(family)}: {len(good)} of {len(found)} agree with PyTorch**: {', '.join(good)}."
    return [heading, *(["", "| does not | why |", "|---|---|", *rows] if rows else [])]


def _word(error: str) -> str:
    return f"no: {error[:160]}".replace("|", "/") if error else "runs"
