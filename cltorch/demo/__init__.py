"""``cltorch demo``: a convolutional network learns to read scikit-learn's handwritten digits."""

from __future__ import annotations

from .digits import load_digits
from .training import build_model, run

__all__ = ["build_model", "load_digits", "run"]
