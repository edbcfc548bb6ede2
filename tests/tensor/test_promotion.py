"""The dtype of every kind of binary op for all pairs of dtypes, 0-dimensional tensors and Python numbers, beside PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import torch

import cltorch
from cltorch import dtypes

NAMES = [kind.name for kind in dtypes.ALL]
OPERATORS: dict[str, Callable[..., Any]] = {
    "add": lambda m, a, b: a + b,
    "sub": lambda m, a, b: a - b,
    "mul": lambda m, a, b: a * b,
    "div": lambda m, a, b: a / b,
    "floordiv": lambda m, a, b: a // b,
    "mod": lambda m, a, b: a % b,
    "eq": lambda m, a, b: a == b,
    "lt": lambda m, a, b: a < b,
    "and": lambda m, a, b: a & b,
    "shift": lambda m, a, b: a << b,
    "where": lambda m, a, b: m.where(m.tensor([True, False]), a, b),
    "scaled": lambda m, a, b: m.add(a, b, alpha=2),
    "trunc": lambda m, a, b: m.div(a, b, rounding_mode="trunc"),
    "result_type": lambda m, a, b: m.result_type(a, b),
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "pow": lambda m, a, b: a**b,
    "maximum": lambda m, a, b: m.maximum(a, b),
    "fmod": lambda m, a, b: m.fmod(a, b),
    "atan2": lambda m, a, b: m.atan2(a, b),
    "hypot": lambda m, a, b: m.hypot(a, b),
    "copysign": lambda m, a, b: m.copysign(a, b),
    "clamp": lambda m, a, b: m.clamp(a, min=b),
    "logical": lambda m, a, b: m.logical_or(a, b),
    "addcmul": lambda m, a, b: m.addcmul(a, b, b, value=2),
    "cat": lambda m, a, b: m.cat([a.reshape(-1), b.reshape(-1)]),
    "masked_fill": lambda m, a, b: a.masked_fill(m.tensor([True, False]), b.reshape(-1)[0]),
    "add_": lambda m, a, b: a.clone().add_(b),
    "mul_": lambda m, a, b: a.clone().mul_(b),
    "div_": lambda m, a, b: a.clone().div_(b),
    "copy_": lambda m, a, b: a.clone().copy_(b),
    "isclose": lambda m, a, b: m.isclose(a, b),
    "matmul": lambda m, a, b: a.reshape(-1)[:1] @ b.reshape(-1)[:1],
}


def check(function: Callable[..., Any], operands: Callable[[Any], tuple[Any, Any]]) -> None:
    """The same dtype, or RuntimeError (of which NotImplementedError is one) from both. There is no complex dtype of 16-bit
    floats here: complex64 stands for it, and can do more."""
    try:
        theirs = function(torch, *operands(torch))
    except RuntimeError as error:
        if "ComplexHalf" in str(error):
            return
        with pytest.raises(RuntimeError):
            function(cltorch, *operands(cltorch))
        return
    ours = function(cltorch, *operands(cltorch))
    assert repr(getattr(ours, "dtype", ours)) == repr(getattr(theirs, "dtype", theirs)).replace(
        "complex32", "complex64"
    )


def ones(m: Any, name: str, rank: int) -> Any:
    return m.ones((2,) * rank, dtype=getattr(m, name))


@pytest.mark.filterwarnings("ignore:Casting complex values", "ignore:ComplexHalf support")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("op", [*OPERATORS, *FUNCTIONS])
def test_tensors(op: str, name: str) -> None:
    function = {**OPERATORS, **FUNCTIONS}[op]
    for other, first, second in product(NAMES, (0, 1), (0, 1)):
        check(function, lambda m: (ones(m, name, first), ones(m, other, second)))


@pytest.mark.filterwarnings("ignore:Casting complex values", "ignore:ComplexHalf support")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("op", OPERATORS)
def test_numbers(op: str, name: str) -> None:
    for number, rank in product((True, 2, 2.5, 1j), (0, 1)):
        check(OPERATORS[op], lambda m: (ones(m, name, rank), number))
        if op != "scaled":
            check(OPERATORS[op], lambda m: (number, ones(m, name, rank)))
