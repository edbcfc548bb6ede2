"""Whether operations record gradients: ``no_grad``, ``enable_grad``, ``set_grad_enabled``, ``inference_mode``, anomaly mode."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class _Mode(threading.local):
    """The state of one thread."""

    enabled = True
    inference = False
    anomaly = False
    anomaly_check_nan = True


MODE = _Mode()


def is_grad_enabled() -> bool:
    """Whether operations record gradients in this thread."""
    return MODE.enabled


def is_inference_mode_enabled() -> bool:
    """Whether this thread is inside `inference_mode`."""
    return MODE.inference


class _GradMode:
    """A context manager and decorator that sets grad mode."""

    target = True

    def __init__(self) -> None:
        self.before: list[bool] = []

    def __enter__(self) -> None:
        self.before.append(MODE.enabled)
        MODE.enabled = self.target

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        MODE.enabled = self.before.pop()

    def __call__(self, function: F) -> F:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self.__class__():
                return function(*args, **kwargs)

        return wrapped  # type: ignore[return-value]


class no_grad(_GradMode):
    """Within it (or in a function that it decorates) results do not require gradients. See torch.no_grad."""

    target = False

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        made = super().__new__(cls)
        if function is None:
            return made
        made.__init__()
        return made(function)


class enable_grad(no_grad):
    """Within it gradients are recorded, also inside `no_grad`. See torch.enable_grad."""

    target = True


class set_grad_enabled(_GradMode):
    """Sets grad mode at once, and back at the end when used as a context manager. See torch.set_grad_enabled."""

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self.target = bool(mode)
        self.before.append(MODE.enabled)
        MODE.enabled = self.target

    def __enter__(self) -> None:
        MODE.enabled = self.target

    def __call__(self, function: F) -> F:
        MODE.enabled = self.before.pop()
        mode = self.target

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with set_grad_enabled(mode):
                return function(*args, **kwargs)

        return wrapped  # type: ignore[return-value]


class inference_mode(_GradMode):
    """`no_grad` for code that never needs gradients. Tensors made inside are ordinary ones here: using them later in
    code that records gradients is allowed, where torch refuses. See torch.inference_mode."""

    def __new__(cls, mode: bool | Callable[..., Any] = True) -> Any:
        made = super().__new__(cls)
        if callable(mode):
            made.__init__()
            return made(mode)
        return made

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.mode = mode

    def __enter__(self) -> None:
        self.before.append(MODE.enabled)
        self.before.append(MODE.inference)
        MODE.inference = self.mode
        if self.mode:
            MODE.enabled = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        MODE.inference = self.before.pop()
        MODE.enabled = self.before.pop()


class set_detect_anomaly:
    """Anomaly mode: backward names the forward operation whose gradient failed, and raises on NaN gradients.

    Used as a function or as a context manager. See torch.autograd.set_detect_anomaly.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = (MODE.anomaly, MODE.anomaly_check_nan)
        MODE.anomaly, MODE.anomaly_check_nan = mode, check_nan

    def __enter__(self) -> None:
        """The mode was set when the object was made."""

    def __exit__(self, *details: object) -> None:
        MODE.anomaly, MODE.anomaly_check_nan = self.before


class detect_anomaly(set_detect_anomaly):
    """``set_detect_anomaly(True)`` as a context manager. See torch.autograd.detect_anomaly."""

    def __init__(self, check_nan: bool = True) -> None:
        super().__init__(True, check_nan)


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on in this thread."""
    return MODE.anomaly
