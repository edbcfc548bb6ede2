"""What programs read from ``torch.utils._contextlib``."""

from __future__ import annotations

import contextlib


class _DecoratorContextManager(contextlib.ContextDecorator):
    """A context manager that may stand as a decorator."""


_NoParamDecoratorContextManager = _DecoratorContextManager
