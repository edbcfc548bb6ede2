"""``torch.onnx.symbolic_helper``: marks on symbolic forms of operators, which nobody asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def parse_args(*kinds: str) -> Callable[[Any], Any]:
    """A decorator that gives back the function."""
    return lambda function: function


def quantized_args(*kinds: Any, **options: Any) -> Callable[[Any], Any]:
    """A decorator that gives back the function."""
    return lambda function: function
