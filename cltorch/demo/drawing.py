"""Digits and tables drawn with characters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SHADES = " ░▒▓█"
PLAIN_SHADES = " .+#@"


def draw_digits(images: np.ndarray, captions: Sequence[str], shades: str = SHADES) -> str:
    """Images of shape (n, 8, 8) with values from 0 to 1 side by side, two characters a pixel, captions below."""
    levels = np.clip((images * len(shades)).astype(int), 0, len(shades) - 1)
    rows = ["   ".join("".join(shades[level] * 2 for level in image[row]) for image in levels) for row in range(8)]
    width = 2 * images.shape[-1]
    return "\n".join([*rows, "   ".join(caption.center(width) for caption in captions)])


def confusion_table(labels: np.ndarray, predictions: np.ndarray, classes: int = 10) -> str:
    """How often each digit (rows) was read as each (columns); a dot stands for zero."""
    counts = np.bincount(labels * classes + predictions, minlength=classes * classes).reshape(classes, classes)
    lines = ["      read as", "      " + "".join(f"{k:4d}" for k in range(classes))]
    for digit, row in enumerate(counts):
        lines.append(f"   {digit:2d} " + "".join(f"{count:4d}" if count else "   ." for count in row))
    return "\n".join(lines)


def shades_for(encoding: str | None) -> str:
    """The shades that an output of this encoding can show."""
    try:
        SHADES.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN_SHADES
    return SHADES
