"""What programs read from ``torch._higher_order_ops``: functions of functions, which run as they are written here."""

from __future__ import annotations

from .associative_scan import associative_scan
from .cond import cond
from .while_loop import while_loop

__all__ = ["associative_scan", "cond", "while_loop"]
