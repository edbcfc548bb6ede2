"""Schemas of operators: every one that PyTorch has is read, and printed as it prints it."""

from __future__ import annotations

import re

import pytest
import torch

from cltorch.library import parse_schema

LANGUAGE = re.compile(
    r"\.\.\.|\bt\b|tVal|Dict\(|Future|Await|RRef|Any|\bt1\b|__torch__|-> \*|\]\(a|\\|prims::var\(|_String|\b[a-z]\|[a-z]\b"
)
"""Of TorchScript's own operators and types, alternatives (printed in no order), strings with escapes, and a float whose default is whole."""
OWN = ("aten", "quantized", "torchvision", "static_runtime", "profiler")
SCHEMAS = sorted(
    (one for one in torch._C._jit_get_all_schemas() if one.name.startswith(OWN) and not LANGUAGE.search(str(one))),
    key=str,
)


def test_every_schema_of_pytorch() -> None:
    """Text, names, kinds, defaults."""
    assert len(SCHEMAS) > 3500
    for theirs in SCHEMAS:
        ours = parse_schema(str(theirs))
        assert str(ours) == str(theirs)
        assert (ours.name, ours.overload_name, ours.is_mutable) == (
            theirs.name,
            theirs.overload_name,
            theirs.is_mutable,
        )
        for mine, other in zip(ours.arguments, theirs.arguments, strict=True):
            assert (mine.name, str(mine.type), mine.N) == (other.name, str(other.type), other.N), str(theirs)
            assert (mine.has_default_value(), mine.kwarg_only) == (other.has_default_value(), other.kwarg_only)
            assert (mine.alias_info is None) == (other.alias_info is None)


@pytest.mark.parametrize(
    "text", ["f(Tensor x -> Tensor", "f(Foo x) -> Tensor", "f(Tensor x)", "f(Tensor x=) -> Tensor", "f(int[ x) -> ()"]
)
def test_what_is_no_schema(text: str) -> None:
    """A RuntimeError that shows the place, as PyTorch's."""
    with pytest.raises(RuntimeError) as theirs:
        torch._C.parse_schema(text)
    with pytest.raises(RuntimeError) as ours:
        parse_schema(text)
    assert ("<--- HERE" in str(ours.value)) == ("<--- HERE" in str(theirs.value))
    assert text in str(ours.value)
