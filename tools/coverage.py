"""Which public names of an installed PyTorch cltorch has: writes ``docs/coverage.md``.

Usage: ``python -m tools.coverage [--check-only]``. A name is *absent* where cltorch has none, and *differs* where PyTorch's function takes
an argument that cltorch's does not. PyTorch's arguments come from its Python signatures, and for functions in C++ from the schemas of
its operators (all overloads but those with named dimensions).
"""

from __future__ import annotations

import argparse
import inspect
import types
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

import cltorch

PAGE = Path(__file__).parents[1] / "docs" / "coverage.md"
KINDS = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
IGNORED = {"self", "out", "names", "args", "kwargs"}
HEAD = """# Which of PyTorch's names there are

Made by `python -m tools.coverage` from PyTorch {version}; made again at each release. A name is absent where cltorch has none, and
differs where PyTorch's function takes an argument that cltorch's does not. What a name does is compared by the tests, and where
that differs on purpose stands in `docs/differences.md`.

| chapter | names | present | differ | absent | present, % |
|---|---|---|---|---|---|
"""


def names(space: Any) -> list[str]:
    """The public names of a module, or of a class."""
    if isinstance(space, type):
        return sorted(name for name in dir(space) if not name.startswith("_"))
    listed = getattr(space, "__all__", None)
    if listed:
        return sorted({name for name in listed if not name.startswith("_") and not _is_inner(space, name)})
    return sorted(
        name
        for name, value in vars(space).items()
        if not name.startswith("_") and callable(value) and not isinstance(value, type) and _is_own(value)
    )


def _is_inner(space: Any, name: str) -> bool:
    """Whether a name is a module, or one of the compiler's classes, which ``torch.__all__`` has too."""
    value = getattr(space, name, None)
    kind = value if isinstance(value, type) else type(value)
    return isinstance(value, types.ModuleType) or type(kind).__name__ == "pybind11_type"


def _is_own(value: Any) -> bool:
    """Whether a function is PyTorch's, not one of typing's or of Python's that a module uses."""
    home = getattr(value, "__module__", None) or "torch"
    return home.startswith("torch") and not home.startswith(("torch._jit_internal", "torch.overrides", "torch.types"))


def arguments(function: Any, name: str) -> set[str]:
    """The names of the arguments of one of PyTorch's functions; none where they are not known."""
    if isinstance(function, type) or not callable(function):
        return set()
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {
            argument.name
            for schema in torch._C._jit_get_schemas_for_operator(f"aten::{name}")
            if _is_of_tensors(schema)
            for argument in schema.arguments
        }
    return {p.name for p in found if p.kind not in KINDS and not p.name.startswith("_")}


def _is_of_tensors(schema: Any) -> bool:
    """Whether an overload is one of the Python function: of tensors, without named dimensions, and not for ``out=``."""
    kinds = [str(argument.type) for argument in schema.arguments]
    written = any(a.alias_info is not None and a.alias_info.is_write for a in schema.arguments)
    return "Tensor" in " ".join(kinds) and not written and not any("Dimname" in kind for kind in kinds)


def lacking(theirs: Any, ours: Any, name: str) -> list[str]:
    """The arguments that PyTorch's function takes and cltorch's does not."""
    wanted = arguments(theirs, name) - IGNORED
    try:
        parameters = inspect.signature(ours).parameters.values()
    except (TypeError, ValueError):
        return []
    if any(p.kind in KINDS for p in parameters):
        return []
    # the first argument of a function is the tensor, whatever it is called
    others = (getattr(form, "also_named", {}) for form in (ours, getattr(cltorch.Tensor, name, None)))
    taken = {p.name.rstrip("_") for p in parameters}.union(*others)
    return sorted(n for n in wanted if n.rstrip("_") not in taken and n not in ("input", "x"))


def chapter(title: str, theirs: Any, ours: Any) -> tuple[str, str]:
    """A row of the table, and the list of what is absent or differs."""
    absent, differing, listed = [], [], names(theirs)
    for name in listed:
        if ours is None or not hasattr(ours, name):
            absent.append(name)
            continue
        missing = lacking(getattr(theirs, name), getattr(ours, name), name.rstrip("_"))
        if missing:
            differing.append(f"`{name}` ({', '.join(missing)})")
    present = len(listed) - len(absent)
    row = f"| {title} | {len(listed)} | {present} | {len(differing)} | {len(absent)} | {100 * present / len(listed):.1f} |"
    text = f"## {title}\n\n"
    text += f"Absent: {', '.join(f'`{name}`' for name in absent) or 'none'}.\n\n"
    text += f"Takes fewer arguments: {', '.join(differing) or 'none'}.\n"
    return row, text


def chapters() -> Iterable[tuple[str, Any, Any]]:
    """Every chapter: PyTorch's and cltorch's."""
    yield "torch", torch, cltorch
    yield "torch.Tensor", torch.Tensor, cltorch.Tensor
    yield "torch.nn.functional", torch.nn.functional, cltorch.nn.functional
    for name in ("optim", "linalg", "fft", "special", "distributions", "func", "autograd", "random"):
        yield f"torch.{name}", getattr(torch, name), getattr(cltorch, name, None)


def page() -> str:
    """The text of the page."""
    rows, texts = zip(*[chapter(*each) for each in chapters()], strict=True)
    return HEAD.format(version=torch.__version__.split("+")[0]) + "\n".join(rows) + "\n\n" + "\n".join(texts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check-only", action="store_true", help="print the page and write nothing")
    text = page()
    if parser.parse_args().check_only:
        print(text)
    else:
        PAGE.write_text(text)
