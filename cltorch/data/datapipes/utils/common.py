"""What pipes ask of functions that they are given. See torch.utils.data.datapipes.utils.common."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from ....warned import warn

__all__ = ["validate_input_col"]


def validate_input_col(fn: Callable[..., Any], input_col: Any) -> None:
    """ValueError for a function that cannot be called with as many entries as ``input_col`` names, or that wants others by name."""
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except ValueError:  # of a function that is written in C
        return
    count = len(input_col) if isinstance(input_col, (list, tuple)) else 1
    own = fn.func if isinstance(fn, functools.partial) else fn
    name = getattr(own, "__name__", repr(own))
    placed = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    named = [p for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
    if named:
        raise ValueError(
            f"The function {name} takes {len(named)} non-default keyword-only parameters, which is not allowed."
        )
    if len(parameters) < count and not any(p.kind is p.VAR_POSITIONAL for p in parameters):
        raise ValueError(f"The function {name} takes {len(parameters)} parameters, but {count} are required.")
    if len(parameters) >= count and any(p.default is p.empty for p in placed[count:]):
        raise ValueError(f"The function {name} takes {len(placed)} positional parameters, but {count} are required.")


def _check_unpickable_fn(fn: Callable[..., Any]) -> None:
    """TypeError for what cannot be called; a warning for functions that cannot be sent to a worker."""
    if not callable(fn):
        raise TypeError(f"A callable function is expected, but {type(fn)} is provided.")
    own = fn.func if isinstance(fn, functools.partial) else fn
    is_plain = inspect.isfunction(own) or inspect.ismethod(own)
    is_local = is_plain and "<locals>" in own.__qualname__
    if is_local or getattr(own, "__name__", "") == "<lambda>":
        warn(
            f"{'Local' if is_local else 'Lambda'} function is not supported by pickle, please use regular python function or "
            "functools.partial instead."
        )
