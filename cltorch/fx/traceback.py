"""``torch.fx.traceback``: which node runs, for messages; there is nothing to keep."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def set_current_meta(node: Any, pass_name: str = "") -> Iterator[None]:
    """A block in which a node runs."""
    yield


@contextmanager
def preserve_node_meta(enable: bool = True) -> Iterator[None]:
    """A block in which PyTorch would keep what nodes know."""
    yield


@contextmanager
def annotate(annotation_dict: Any) -> Iterator[None]:
    """A block in which PyTorch would mark nodes."""
    yield
