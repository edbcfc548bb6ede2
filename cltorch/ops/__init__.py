"""The op table: importing this package declares every row."""

from . import arithmetic, comparison, complex, foreach, heavy, layout, reduction, samples, special, transcendental

__all__ = [
    "arithmetic",
    "comparison",
    "complex",
    "foreach",
    "heavy",
    "layout",
    "reduction",
    "samples",
    "special",
    "transcendental",
]
