"""What programs read from ``torch._dynamo`` and its parts: nothing is compiled apart, marks give back what they get.

Settings (``torch._dynamo.config.suppress_errors = True``) are kept as attributes and change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...compiler import (
    OptimizedModule,
    allow_in_graph,
    assume_constant_result,
    compile,
    disable,
    is_compiling,
    list_backends,
    reset,
    substitute_in_graph,
)

__all__ = [
    "OptimizedModule",
    "allow_in_graph",
    "assume_constant_result",
    "disable",
    "is_compiling",
    "list_backends",
    "mark_dynamic",
    "mark_static",
    "mark_static_address",
    "maybe_mark_dynamic",
    "optimize",
    "reset",
    "substitute_in_graph",
]

suppress_errors = False
cache_size_limit = recompile_limit = accumulated_cache_size_limit = 256
capture_scalar_outputs = capture_dynamic_output_shape_ops = optimize_ddp = False
verbose = False
automatic_dynamic_shapes = True


def optimize(backend: Any = "inductor", **options: Any) -> Any:
    """A decorator that gives a callable which records as always."""
    return lambda model: compile(model)


def mark_dynamic(t: Any, index: Any, **bounds: Any) -> None:
    """Say nothing: a new size builds no new kernel."""


maybe_mark_dynamic = mark_unbacked = mark_dynamic


def mark_static(t: Any, index: Any = None) -> None:
    """Say nothing: a new size builds no new kernel."""


def mark_static_address(t: Any, guard: bool = True) -> None:
    """Say nothing: a plan binds whatever buffers a step has."""


def graph_break(msg: str = "") -> None:
    """Say nothing: graphs end where numbers are asked for."""


def is_compile_supported(device_type: str) -> bool:
    """False: PyTorch's compiler is not here."""
    return False


def is_dynamo_supported() -> bool:
    """False: PyTorch's compiler is not here."""
    return False


def export(*args: Any, **kwargs: Any) -> Any:
    """RuntimeError: programs are not exported."""
    raise RuntimeError("torch._dynamo.export(): cltorch has no exporter")


explain = export


class TransformGetItemToIndex:
    """A block in which a compiler would read subscripts another way."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *details: object) -> None:
        return None


@contextmanager
def patch(*args: Any, **settings: Any) -> Iterator[None]:
    """A block with other settings, which change nothing."""
    yield
