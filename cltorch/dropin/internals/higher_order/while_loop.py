"""A loop as long as something holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def while_loop(cond_fn: Callable[..., Any], body_fn: Callable[..., Any], carried_inputs: Any) -> Any:
    """Run ``body_fn`` on its own results as long as ``cond_fn`` holds; reads it every time. See torch.while_loop."""
    carried = tuple(carried_inputs)
    while bool(cond_fn(*carried)):
        carried = tuple(body_fn(*carried))
    return carried
