"""The forms of an optimizer's function that PyTorch chooses among; here one formula is all of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

Form = Callable[..., None]


def forms(function: Form) -> tuple[Form, Form, Form]:
    """``_single_tensor_*``, ``_multi_tensor_*`` and ``_fused_*`` of a function over lists. They take its lists by place, then
    ``grad_scale`` and ``found_inf`` where it knows these, and options by keyword. See torch.optim.adam."""
    parameters = inspect.signature(function).parameters.values()
    by_place = [p.name for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    by_place += [p.name for p in parameters if p.name in ("grad_scale", "found_inf")]

    def form(prefix: str) -> Form:
        def call(*args: Any, **kwargs: Any) -> None:
            function(**dict(zip(by_place, args)), **kwargs)

        call.__name__ = call.__qualname__ = f"{prefix}_{function.__name__}"
        call.__module__, call.__doc__ = (
            function.__module__,
            f"`{function.__name__}`, whose update is one for all forms.",
        )
        return call

    return form("_single_tensor"), form("_multi_tensor"), form("_fused")
