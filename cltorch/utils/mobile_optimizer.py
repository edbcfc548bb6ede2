"""``torch.utils.mobile_optimizer`` for programs that import it: it rewrites compiled modules, which are not here."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["optimize_for_mobile"]


def optimize_for_mobile(script_module: Any, *args: Any, **kwargs: Any) -> NoReturn:
    """RuntimeError: there are no compiled modules."""
    raise RuntimeError("optimize_for_mobile(): cltorch has no compiled modules, which it would rewrite")
