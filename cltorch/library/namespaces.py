"""``torch.ops``: operators by name. ``ops.aten.add`` is `cltorch.add`; other namespaces hold what programs register."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from ..tensor.publish import functions
from ..tensor.tensor import Tensor
from .operators import OpOverload, OpOverloadPacket


class _OpNamespace(ModuleType):
    """The operators of one namespace; those that are not there are AttributeErrors."""

    def __init__(self, name: str) -> None:
        super().__init__(f"torch.ops.{name}")
        self.name = name

    def __getattr__(self, op: str) -> Any:
        if op.startswith("__"):
            raise AttributeError(op)
        found = _own(op, self.name) if self.name in ("aten", "prims") else None
        if found is None and self.name != "aten":
            raise AttributeError(f"'_OpNamespace' '{self.name}' object has no attribute '{op}'")
        packet = packet_of(
            f"{self.name}::{op}"
        )  # one of PyTorch's own may be named without being here: calling it raises
        if found is not None:
            packet.kernels[""] = found
        return packet


def _own(name: str, library: str) -> Callable[..., Any] | None:
    """The function of cltorch that an operator of PyTorch's own library stands for."""
    internal = functions(library).get(name)
    if internal is not None:
        return internal
    root = __name__.partition(".")[0]
    space, _, rest = name.partition("_")
    if rest and space in ("fft", "linalg", "special"):  # ``aten::linalg_svd``
        inner = vars(sys.modules.get(f"{root}.{space}") or ModuleType(space)).get(rest)
        if callable(inner):
            return inner
    spaces = [sys.modules.get(f"{root}{part}") for part in ("", ".nn.functional", ".special", ".linalg", ".fft")]
    for holder in (*filter(None, spaces), Tensor):
        function = getattr(Tensor, name, None) if holder is Tensor else vars(holder).get(name)
        if callable(function):
            return function
    return None


class _Ops(ModuleType):
    """The registry of operators. See torch.ops."""

    __file__ = "_ops.py"

    def __init__(self) -> None:
        super().__init__("torch.ops")
        self.loaded_libraries: set[str] = set()

    def __getattr__(self, name: str) -> _OpNamespace:
        if name.startswith("__"):
            raise AttributeError(name)
        made = _OpNamespace(name)
        setattr(self, name, made)
        return made

    def load_library(self, path: Any) -> None:
        """Operators compiled for PyTorch cannot be loaded (OSError); for those of torchvision and torchaudio there are compositions."""
        from .. import torchaudio_ops, torchvision_images, torchvision_ops

        text = Path(path)
        known: dict[tuple[str, str], Any] = {
            ("torchvision", "_C"): torchvision_ops,
            ("torchvision", "image"): torchvision_images,
            ("lib", "_torchaudio"): torchaudio_ops,
            ("lib", "libtorchaudio"): torchaudio_ops,
        }
        name = text.name.partition(".")[0].removesuffix("_stable")  # of PyTorch's interface that stays the same
        found = known.get((text.parent.name, name))
        if found is not None:
            found.register()
            self.loaded_libraries.add(str(path))
            return
        raise OSError(f"{path}: operators compiled for PyTorch cannot run on OpenCL devices")

    def import_module(self, module: str) -> None:
        """Import a module that registers operators."""
        __import__(module)


class _Classes(ModuleType):
    """Classes written in C++ for PyTorch. See torch.classes."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"torch.classes.{name}: classes compiled for PyTorch are not here")

    def load_library(self, path: Any) -> None:
        """OSError: classes compiled for PyTorch cannot be loaded."""
        raise OSError(f"{path}: classes compiled for PyTorch cannot be loaded")


ops = _Ops()
classes = _Classes("torch.classes")


def packet_of(qualified: str) -> OpOverloadPacket:
    """The operator ``namespace::name``, a new one if it is not there. ValueError for a name without a namespace."""
    namespace, _, name = qualified.partition("::")
    if not name:
        raise ValueError(f"an operator is called namespace::name, not {qualified!r}")
    holder = getattr(ops, namespace)
    name = name.partition(".")[0]
    found = vars(holder).get(name)
    if found is None:
        found = OpOverloadPacket(f"{namespace}::{name}")
        setattr(holder, name, found)
    return found


def overload_of(op: Any) -> OpOverload:
    """An operator that is given by name (``mine::scale``, ``mine::scale.out``) or as an object, declared if it was not."""
    if isinstance(op, OpOverload):
        return op
    if isinstance(op, OpOverloadPacket):
        return op.declare()
    if not isinstance(op, str):
        return op._opoverload
    return packet_of(op).declare(op.partition("::")[2].partition(".")[2])


def is_there(qualified: str) -> bool:
    """Whether an operator of this name was declared or implemented."""
    namespace, _, name = qualified.partition("::")
    return name.partition(".")[0] in vars(getattr(ops, namespace))
