"""``parallel_apply``: modules with their inputs, one after the other on one device."""

from __future__ import annotations

from typing import Any

__all__ = ["parallel_apply"]


def parallel_apply(modules: Any, inputs: Any, kwargs_tup: Any = None, devices: Any = None) -> list[Any]:
    """The outputs of each module for its inputs. See torch.nn.parallel.parallel_apply."""
    named: Any = kwargs_tup or ({},) * len(modules)
    return [
        module(*(given if isinstance(given, (list, tuple)) else (given,)), **kwargs)
        for module, given, kwargs in zip(modules, inputs, named, strict=True)
    ]
