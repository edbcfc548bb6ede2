"""``torch.device``, and what its names mean here.

A device can be named without being there, as in PyTorch: made, compared and printed; a tensor on it is an error. ``opencl:0`` and
``cpu`` are always there. Where programs of PyTorch run unchanged (`serve`), ``cuda``, ``mps`` and ``xpu`` mean the chosen OpenCL
device, and tensors say that they lie on whichever of them the program has used, on ``cpu`` before it used one.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from functools import cache
from typing import Any

from ..runtime import device as devices
from ..runtime.host import HOST
from ..runtime.nowhere import META

ACCELERATORS = ("cuda", "mps", "xpu")
KINDS = (
    "cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, meta, hpu, mtia, "
    "privateuseone"
)
_KNOWN = frozenset(KINDS.split(", "))


class _Faces:
    """Under which names the chosen device is shown. ``shown`` is None where it goes by its own (``opencl:0``)."""

    served: tuple[str, ...] = ()
    shown: str | None = None
    default: str | None = None  # what `set_default_device` was given


class device:
    """A device by type and index, as torch.device: ``device("opencl:0")``, ``device("cuda", 1)``, ``device("cpu")``.

    RuntimeError for text that names no type of PyTorch's. Whether it is there is asked when something is made on it.
    """

    __slots__ = ("index", "type")
    __module__ = "cltorch"

    type: str
    index: int | None

    def __init__(self, type: Any = None, index: int | None = None) -> None:
        if isinstance(type, device):
            self.type, self.index = type.type, type.index if index is None else index
        elif isinstance(type, int) and not isinstance(type, bool):
            if type < 0:
                raise RuntimeError("Device index must not be negative")
            self.type, self.index = _Faces.served[0] if _Faces.served else "opencl", type
        elif isinstance(type, devices.Device):
            self.type, self.index = "opencl", type.index
        else:
            if not isinstance(type, str):
                given = type.__class__.__name__
                raise TypeError(f"device() received an invalid combination of arguments - got ({given})")
            self.type, self.index = _parsed(type)
            if index is not None and index < 0:
                raise RuntimeError("Device index must not be negative")
            if index is not None:
                if self.index is not None:
                    raise RuntimeError(
                        f"type (string) must not include an index because index was passed explicitly: {type}"
                    )
                self.index = int(index)
            elif self.type == "opencl" and self.index is None:
                self.index = devices.current_index()

    @property
    def place(self) -> int:
        """The index of the OpenCL device that is meant. RuntimeError if there is none of this name."""
        if self.type == "opencl":
            return devices.current_index() if self.index is None else self.index
        if self.type == "cpu":
            return devices.parse("cpu") if _Faces.shown is None else devices.current_index()
        if self.type not in _Faces.served:
            raise RuntimeError(f"cltorch has no device {str(self)!r}: devices are called opencl:0, opencl:1 ... or cpu")
        if self.index:
            raise RuntimeError(f"invalid device ordinal {self.index}: {self.type} means one device, {self.type}:0")
        return devices.current_index()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, device):
            return False
        if self.type == other.type:
            return self.index == other.index
        return (
            "opencl" in (self.type, other.type) and self._is_there() and other._is_there() and self.place == other.place
        )

    def _is_there(self) -> bool:
        return self.type in ("opencl", "cpu", *_Faces.served)

    def __hash__(self) -> int:
        return hash("opencl" if self._is_there() else self.type)  # the same for all names of one device

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{index})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __reduce__(self) -> Any:
        return device, (str(self),)

    def __enter__(self) -> device:
        """Tensors are made on this device in a ``with`` block, unless they name another."""
        _ENTERED.stack = (*getattr(_ENTERED, "stack", ()), devices.default())
        devices.set_default(resolve_device(self))
        return self

    def __exit__(self, *details: object) -> None:
        *rest, before = _ENTERED.stack
        _ENTERED.stack = tuple(rest)
        devices.set_default(before)


_ENTERED = threading.local()  # .stack: the devices that were current outside of the ``with`` blocks of this thread


def _parsed(text: str) -> tuple[str, int | None]:
    """Type and index of a device string, with PyTorch's errors."""
    if not text:
        raise RuntimeError("Device string must not be empty")
    match = re.fullmatch(r"([a-z]+)(?::(0|[1-9][0-9]*))?", text)
    kind = match[1] if match else text.partition(":")[0]
    if kind not in _KNOWN:
        raise RuntimeError(f"Expected one of {KINDS} device type at start of device string: {kind}")
    if match is None:
        raise RuntimeError(f"Invalid device string: '{text}'")
    return kind, int(match[2]) if match[2] else None


def serve(kinds: Iterable[str]) -> None:
    """Let these of `ACCELERATORS` mean the chosen device (none of them: strict), and ``cpu`` too, and show it by these names."""
    _Faces.served = tuple(kinds)
    _Faces.shown = _Faces.shown or "cpu"


def served() -> tuple[str, ...]:
    """The names of accelerators that mean the chosen device."""
    return _Faces.served


def of_type(kind: Any) -> tuple[device | None, Any]:
    """The device that a type's name has (``"torch.cuda.FloatTensor"``), and the name without it. TypeError if there is none of this name."""
    name = kind.split(".")[1] if isinstance(kind, str) and kind.count(".") == 2 else None
    if name not in ACCELERATORS:
        return None, kind
    if name not in _Faces.served:
        raise TypeError(f"type {kind} not available. Devices are reached through OpenCL.")
    return device(name), kind.replace(f".{name}.", ".")


def shown(where: devices.Device, label: str | None = None) -> device:
    """How the device of a tensor is called; ``label`` is the name under which that tensor was asked for, if it was."""
    if where is META:
        return _called("meta")
    if where is HOST:
        return _called("cpu")
    kind = label or _Faces.shown
    if kind is None:
        return _called("opencl", where.index)
    return _called(kind) if kind == "cpu" else _called(kind, 0)


@cache
def _called(kind: str, index: int | None = None) -> device:
    """A device by its name, of which nothing changes: one object for all who ask."""
    return device(kind, index)


def face_of(where: Any) -> str | None:
    """The name by which a ``device=`` argument asks for the chosen device; None where devices go by their own."""
    if _Faces.shown is None or where is None or isinstance(where, devices.Device):
        return None
    kind = device(where).type
    return None if kind in ("opencl", "meta") else kind


def current_face() -> str | None:
    """The name under which the chosen device is shown now; None where it goes by its own."""
    return _Faces.shown


def get_default_device() -> device:
    """The device that tensors are made on when none is named."""
    if devices.default() is META:
        return device("meta")
    if devices.default() is HOST:
        return device("cpu")
    if _Faces.shown is None:
        return device("opencl", devices.current_index())
    return device(_Faces.default or "cpu")


def set_default_device(device: Any) -> None:
    """Make tensors on this device when none is named, in this thread. None: the one that ``CLTORCH_DEVICE`` chose."""
    devices.set_default(devices.get(0) if device is None else resolve_device(device))
    face = face_of(device)
    _Faces.default = face if face in (None, "cpu") else f"{face}:0"


def resolve_device(where: Any) -> devices.Device:
    """The runtime device that a ``device=`` argument means (None: the current one)."""
    if where is None:
        return devices.default()
    if isinstance(where, devices.Device):
        return where
    named = where if isinstance(where, device) else device(where)
    if named.type == "meta":
        return META
    if named.type == "cpu" and devices.default() is HOST:
        return HOST
    found = devices.get(named.place)  # what is not there is not shown from now on
    if named.type in _Faces.served:
        _Faces.shown = named.type
    return found
