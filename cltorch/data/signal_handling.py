"""What a package's own worker processes call at their begin and end. See torch.utils.data._utils.signal_handling."""

from __future__ import annotations

from ..runtime import device as devices
from ..runtime.host import HOST


def _set_worker_signal_handlers() -> None:
    """This process is a worker: its tensors lie on the host from now on, and it touches no device."""
    devices.set_default(HOST)


def _set_SIGCHLD_handler() -> None:
    """Handle no signal: who waits for workers sees their ends."""


def _set_worker_pids(loader: int, pids: tuple[int, ...]) -> None:
    """Keep nothing: who waits for workers sees their ends."""


def _remove_worker_pids(loader: int) -> None:
    """Forget nothing: nothing is kept."""


def _error_if_any_worker_fails() -> None:
    """Nothing: who waits for workers sees their ends."""
