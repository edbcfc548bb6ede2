"""``cltorch.summary``: a model's layers, shapes, parameters and operations, by the library torchinfo as it is."""

from __future__ import annotations

import importlib
from typing import Any

from .finder import install

__all__ = ["summary"]


def summary(model: Any, input_size: Any = None, **options: Any) -> Any:
    """torchinfo's table of a model for inputs of ``input_size`` (or ``input_data=``): print it. ``options`` are those of `torchinfo.summary`.

    torchinfo imports ``torch``, so from the first call on ``torch`` means cltorch in this process. RuntimeError if PyTorch itself is
    imported already, ModuleNotFoundError without torchinfo (``pip install torchinfo``).
    """
    install()
    return importlib.import_module("torchinfo").summary(model, input_size, **options)
