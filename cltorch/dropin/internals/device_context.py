"""What programs read from ``torch.utils._device``."""

from __future__ import annotations

from typing import Any

from ...tensor.device_names import device, get_default_device, set_default_device

CURRENT_DEVICE: Any = None


class DeviceContext:
    """A block in which tensors are made on a device unless they name another: ``with torch.device(...)``."""

    def __init__(self, device_: Any) -> None:
        self.device = device(device_)

    def __enter__(self) -> DeviceContext:
        self.device.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self.device.__exit__(*details)


def set_device(device: Any) -> Any:
    """A decorator: the function runs with a default device."""

    def decorate(function: Any) -> Any:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            before = get_default_device()
            set_default_device(device)
            try:
                return function(*args, **kwargs)
            finally:
                set_default_device(before)

        return wrapped

    return decorate
