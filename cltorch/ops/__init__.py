"""The op table: importing this package declares every row."""

from . import arithmetic, comparison, foreach, heavy, layout, reduction, transcendental

__all__ = ["arithmetic", "comparison", "foreach", "heavy", "layout", "reduction", "transcendental"]
