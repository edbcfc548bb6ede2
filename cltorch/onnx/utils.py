"""``torch.onnx.utils``: how symbolic forms of operators are registered (for nobody, as there is no exporter)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def register_custom_op_symbolic(
    symbolic_name: str, symbolic_fn: Callable[..., Any], opset_version: int, **kw: Any
) -> None:
    """Keep nothing: there is no exporter that would ask."""


def unregister_custom_op_symbolic(symbolic_name: str, opset_version: int) -> None:
    """Keep nothing."""
