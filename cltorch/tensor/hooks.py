"""Handles that take hooks off again."""

from __future__ import annotations

from typing import Any


class RemovableHandle:
    """Removes one hook from its list; also a context manager. See torch.utils.hooks.RemovableHandle."""

    def __init__(self, hooks: list[Any], hook: Any) -> None:
        self._hooks = hooks
        self._hook = hook

    def remove(self) -> None:
        """Take the hook off; a second call does nothing."""
        if self._hook is not None and self._hook in self._hooks:
            self._hooks.remove(self._hook)
        self._hook = None

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *details: object) -> None:
        self.remove()
