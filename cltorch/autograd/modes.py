"""Whether operations record gradients: ``no_grad``, ``enable_grad``, ``set_grad_enabled``, ``inference_mode``, anomaly mode."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from ..graph.storage import UNCOUNTED, Birth
from ..ops.mode import MODE
from ..warned import warn

F = TypeVar("F", bound=Callable[..., Any])


def is_grad_enabled() -> bool:
    """Whether operations record gradients in this thread."""
    return MODE.enabled


def is_inference_mode_enabled() -> bool:
    """Whether this thread is inside `inference_mode`."""
    return MODE.inference


class no_autocast:
    """A context in which autocast casts nothing: inside compositions and gradient rules."""

    __slots__ = ("before",)

    def __enter__(self) -> None:
        self.before = MODE.cast
        MODE.cast = None

    def __exit__(self, *details: object) -> None:
        MODE.cast = self.before


class _GradMode:
    """A context manager and decorator that sets grad mode."""

    target = True

    def __init__(self) -> None:
        self.before: list[bool] = []

    def clone(self) -> _GradMode:
        """Another one like this, for one call of a decorated function."""
        return self.__class__()

    def __enter__(self) -> None:
        self.before.append(MODE.enabled)
        MODE.enabled = self.target

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        MODE.enabled = self.before.pop()

    def __call__(self, function: F) -> F:
        return _decorated(self.clone, function)


def _decorated(mode: Callable[[], Any], function: F) -> F:
    """``function`` with every call inside a ``mode()``; a generator is inside whenever it runs, its caller is not."""
    if inspect.isclass(function):
        warn(
            "Decorating classes is deprecated and will be disabled in future versions. You should only decorate functions or "
            "methods. To preserve the current behavior of class decoration, you can directly decorate the `__init__` method "
            "and nothing else.",
            FutureWarning,
        )
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Any:
            running = function(*args, **kwargs)
            try:
                with mode():
                    value = next(running)
                while True:
                    try:
                        sent = yield value
                    except GeneratorExit:
                        with mode():
                            running.close()
                        raise
                    except BaseException as error:
                        with mode():
                            value = running.throw(error)
                    else:
                        with mode():
                            value = running.send(sent)
            except StopIteration as end:
                return end.value

        return generator  # type: ignore[return-value]

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with mode():
            return function(*args, **kwargs)

    return wrapped  # type: ignore[return-value]


class no_grad(_GradMode):
    """Within it (or in a function that it decorates) results do not require gradients. See torch.no_grad."""

    target = False

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        made = super().__new__(cls)
        return made if function is None else _decorated(cls, function)


class enable_grad(no_grad):
    """Within it gradients are recorded, also inside `no_grad`. See torch.enable_grad."""

    target = True


class set_grad_enabled(_GradMode):
    """Sets grad mode at once, and back at the end when used as a context manager. See torch.set_grad_enabled."""

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        super().__init__()
        self.mode = self.target = mode
        self.before.append(MODE.enabled)
        MODE.enabled = mode

    def clone(self) -> set_grad_enabled:
        """Another one like this, for one call of a decorated function."""
        return set_grad_enabled(self.mode)

    def __enter__(self) -> None:
        MODE.enabled = self.target

    def __call__(self, function: F) -> F:
        MODE.enabled = self.before.pop()  # making the decorator has set the mode already
        return super().__call__(function)

    def __repr__(self) -> str:
        return f"{type(self).__module__}.{type(self).__name__}(mode={self.mode})"


_inside = threading.Lock()


class _Inside:
    threads = 0  # in inference mode


def _birth_version() -> int:
    return UNCOUNTED if MODE.inference else 0


class inference_mode(_GradMode):
    """`no_grad` for code that never needs gradients: what is made inside is not counted, and cannot be changed or kept for
    a gradient outside. See torch.inference_mode."""

    def __new__(cls, mode: bool | Callable[..., Any] = True) -> Any:
        return _decorated(cls, mode) if callable(mode) else super().__new__(cls)

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.mode = mode

    def clone(self) -> inference_mode:
        """Another one like this, for one call of a decorated function."""
        return self.__class__(self.mode)

    def __enter__(self) -> None:
        self.before += [MODE.enabled, MODE.inference]
        self._set(self.mode)
        MODE.enabled = not self.mode

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._set(self.before.pop())
        MODE.enabled = self.before.pop()

    @staticmethod
    def _set(mode: bool) -> None:
        """Whether this thread is in inference mode. Storages ask only while any thread is."""
        with _inside:
            _Inside.threads += mode - MODE.inference
            MODE.inference = mode
            Birth.version = _birth_version if _Inside.threads else None


class set_multithreading_enabled:
    """Whether backward may use several threads: accepted, since a pass only records. See torch.autograd.set_multithreading_enabled."""

    def __init__(self, mode: bool) -> None:
        self.before, MODE.multithreading = MODE.multithreading, mode

    def __enter__(self) -> None:
        """The mode was set when the object was made."""

    def __exit__(self, *details: object) -> None:
        MODE.multithreading = self.before


def is_multithreading_enabled() -> bool:
    """What `set_multithreading_enabled` was told in this thread."""
    return MODE.multithreading


class set_detect_anomaly:
    """Anomaly mode: backward names the forward operation whose gradient failed, and raises on NaN gradients.

    Used as a function or as a context manager. See torch.autograd.set_detect_anomaly.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = (MODE.anomaly, MODE.anomaly_check_nan)
        MODE.watch(anomaly=mode)
        MODE.anomaly_check_nan = check_nan

    def __enter__(self) -> None:
        """The mode was set when the object was made."""

    def __exit__(self, *details: object) -> None:
        anomaly, MODE.anomaly_check_nan = self.before
        MODE.watch(anomaly=anomaly)


class detect_anomaly:
    """Anomaly mode as a context manager. See torch.autograd.detect_anomaly."""

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for debugging."
        )

    def __enter__(self) -> None:
        self.before = (MODE.anomaly, MODE.anomaly_check_nan)
        MODE.watch(anomaly=True)
        MODE.anomaly_check_nan = self.check_nan

    def __exit__(self, *details: object) -> None:
        anomaly, MODE.anomaly_check_nan = self.before
        MODE.watch(anomaly=anomaly)


def set_anomaly_enabled(mode: bool, check_nan: bool = True) -> None:
    """Switch anomaly mode on or off; see `set_detect_anomaly`. See torch.set_anomaly_enabled."""
    set_detect_anomaly(mode, check_nan)


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on in this thread."""
    return MODE.anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode looks for NaN in this thread."""
    return MODE.anomaly_check_nan
