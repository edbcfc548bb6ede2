"""Every public name that PyTorch has too is documented and takes PyTorch's arguments: the same names, in the same order."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
import torch

import cltorch

MODULES = ["", "random", "testing", "autograd", "backends", "version"]
TENSOR = [n for n in dir(cltorch.Tensor) if not n.startswith("_") and hasattr(torch.Tensor, n)]
NO_MATTER = {
    "name",
    "names",
    "pin_memory",
    "memory_format",
    "sparse_grad",
    "layout",
    "non_blocking",
    "async",
    "dtype",
    "driver",
}
"""Arguments that only some spellings of a function have in PyTorch's documentation and that do nothing for a dense tensor."""

MISSPELT = {
    "dequantize tensor",
    *("histogramdd out", "std_mean out", "var_mean out"),
    *(f"{name} shape" for name in ("broadcast_to", "Tensor.broadcast_to")),
    *(
        f"{name} value"
        for name in ("Tensor.div", "Tensor.divide", "Tensor.floor_divide", "Tensor.mul", "Tensor.multiply")
    ),
    *(
        "Tensor.frexp input",
        "Tensor.to_sparse sparseDims",
        "Tensor.true_divide value",
        "true_divide dividend",
        "true_divide divisor",
        "Tensor.fmod divisor",
    ),
    *(
        "Tensor.remainder divisor",
        "Tensor.bmm batch2",
        "Tensor.dot other",
        "Tensor.matmul tensor2",
        "Tensor.take indices",
    ),
    *("Tensor.dsplit split_size_or_sections", "Tensor.hsplit split_size_or_sections", "Tensor.narrow dimension"),
    *(
        "Tensor.vsplit split_size_or_sections",
        "Tensor.index_copy tensor2",
        "Tensor.index_copy_ tensor",
        "Tensor.where y",
    ),
    *(
        "unsafe_split split_size_or_sections",
        "Tensor.narrow_copy dimension",
        "Tensor.put input",
        "Tensor.histogram input",
        "searchsorted values",
        "unique_consecutive args",
        "unique_consecutive kwargs",
        "Tensor.resize_as_ tensor",
    ),
    *("Tensor.masked_scatter tensor", "Tensor.type_as tensor", "concatenate axis", "Tensor.random_ from"),
    *(
        "cholesky_inverse L",
        "cholesky_solve B",
        "lu args",
        "lu kwargs",
        "Tensor.cholesky_solve input2",
        "Tensor.orgqr input2",
    ),
    *("Tensor.ormqr input2", "Tensor.ormqr input3"),
    *("Tensor.uniform_ from", "unique args", "unique kwargs", "Tensor.type kwargs", "Tensor.masked_scatter_ tensor"),
}
"""What PyTorch's documentation calls an argument that PyTorch itself calls otherwise (or that no Python call can name)."""

OLD = {"autograd.backward grad_variables", "autograd.grad only_inputs"}
"""Arguments that PyTorch takes for old programs only."""

ELSEWHERE = {"autograd.gradcheck", "autograd.gradgradcheck"}
"""Tools whose further options belong to PyTorch's own tests."""


def public() -> list[tuple[str, Any, Any]]:
    """(name, ours, PyTorch's) of functions and classes of the modules above, and of Tensor's methods."""
    found = []
    for module in MODULES:
        ours = getattr(cltorch, module) if module else cltorch
        theirs = getattr(torch, module, None) if module else torch
        for name in sorted(vars(ours)):
            value = getattr(ours, name)
            if name.startswith("_") or inspect.ismodule(value) or not callable(value) or not hasattr(theirs, name):
                continue
            found.append((f"{module}.{name}".lstrip("."), value, getattr(theirs, name)))
    for name in TENSOR:
        found.append((f"Tensor.{name}", getattr(cltorch.Tensor, name), getattr(torch.Tensor, name)))
    return found


PUBLIC = public()


def pieces(text: str) -> list[str]:
    """The text cut at its commas, but not at those in brackets."""
    depth, cut = 0, [""]
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            cut.append("")
        else:
            cut[-1] += letter
    return [piece.strip() for piece in cut if piece.strip()]


def documented(name: str, function: Any) -> list[str] | None:
    """The arguments by PyTorch's documentation: names, ``*`` where only names count, ``*name`` for any number."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        text = (function.__doc__ or "").replace("\\*", "*")
        head = re.search(rf"^\s*(?:torch\.)?{re.escape(name)}\((.*?)\)\s*(?:->|$|→)", text, re.MULTILINE | re.DOTALL)
        return None if head is None else [re.split(r"[=:\s]", p)[0] for p in pieces(head[1])]
    found: list[str] = []
    for p in parameters:
        if p.kind is p.KEYWORD_ONLY and "*" not in found and not any(n.startswith("*") for n in found):
            found.append("*")
        found.append(
            f"*{p.name}" if p.kind is p.VAR_POSITIONAL else f"**{p.name}" if p.kind is p.VAR_KEYWORD else p.name
        )
    return found


@pytest.mark.parametrize(("name", "ours"), [pytest.param(name, ours, id=name) for name, ours, _ in PUBLIC])
def test_documented(name: str, ours: Any) -> None:
    assert (inspect.getdoc(ours) or "").strip(), name


FUNCTIONS = [
    pytest.param(name, ours, theirs, id=name)
    for name, ours, theirs in PUBLIC
    if inspect.isroutine(ours) and name not in ELSEWHERE and documented(name.split(".")[-1], theirs)
]


@pytest.mark.parametrize(("name", "ours", "theirs"), FUNCTIONS)
def test_arguments(name: str, ours: Any, theirs: Any) -> None:
    wanted = [n for n in documented(name.split(".")[-1], theirs) or [] if n not in ("self", "...", "/")]
    parameters = list(inspect.signature(ours).parameters.values())
    if name.startswith("Tensor."):
        parameters = parameters[1:]
    mine, kinds = [p.name for p in parameters], {p.kind for p in parameters}
    for n in wanted:
        if n.startswith("*") and n != "*" and f"{name} {n.strip('*')}" not in MISSPELT:
            assert (
                inspect.Parameter.VAR_KEYWORD in kinds
                if n.startswith("**")
                else inspect.Parameter.VAR_POSITIONAL in kinds
            )
        elif not (n.startswith(("*", "_")) or n in NO_MATTER or f"{name} {n}" in MISSPELT | OLD):
            assert n in mine or inspect.Parameter.VAR_KEYWORD in kinds
    positional = wanted[: next((k for k, n in enumerate(wanted) if n.startswith("*")), len(wanted))]
    both = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.name in positional]
    assert both == [n for n in positional if n in both]
    if "*args" not in wanted and not any(f"{name} {n}" in MISSPELT for n in wanted):
        needed = [p.name for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
        assert set(needed) <= set(wanted)


def test_classes_of_results_are_pytorchs() -> None:
    names = dir(cltorch.return_types)
    assert len(names) > 20 and not [name for name in names if not hasattr(torch.return_types, name)]
    assert type(cltorch.ones(2, 2).max(0)) is cltorch.return_types.max
    with pytest.raises(AttributeError, match="no_such_class"):
        cltorch.return_types.no_such_class  # noqa: B018
