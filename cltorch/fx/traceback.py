"""``torch.fx.traceback``: which node runs, for messages; there is nothing to keep."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


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


def annotate_fn(annotation_dict: Any) -> Callable[[F], F]:
    """A decorator: calls of the function are in a block of `annotate`. See torch.fx.traceback.annotate_fn."""

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def annotated(*args: Any, **kwargs: Any) -> Any:
            with annotate(annotation_dict):
                return function(*args, **kwargs)

        return cast(F, annotated)

    return decorate
