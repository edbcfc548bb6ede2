"""Padding layers. See torch.nn.modules.padding."""

from __future__ import annotations

from typing import Any

from ...tensor.tensor import Tensor
from .. import functional as F
from .module import Module
from .utils import _ntuple

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


class _CircularPadNd(Module):
    """What this padding of all dimensions shares."""

    __constants__ = ["padding"]
    padding: Any

    def _check_input_dim(self, input: Tensor) -> None:
        n = len(self.padding) // 2
        if input.dim() not in (n + 1, n + 2):
            raise ValueError(f"expected {n + 1}D or {n + 2}D input (got {input.dim()}D input)")

    def forward(self, input: Tensor) -> Tensor:
        """The padded input."""
        self._check_input_dim(input)
        return F.pad(input, self.padding, "circular")

    def extra_repr(self) -> str:
        return f"{self.padding}"


class CircularPad1d(_CircularPadNd):
    """Pads the last dimension with elements from the other end."""

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = _ntuple(2)(padding)


class CircularPad2d(_CircularPadNd):
    """Pads the last two dimensions with elements from the other end."""

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = _ntuple(4)(padding)


class CircularPad3d(_CircularPadNd):
    """Pads the last three dimensions with elements from the other end."""

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = _ntuple(6)(padding)


class _ConstantPadNd(Module):
    """What this padding of all dimensions shares."""

    __constants__ = ["padding", "value"]
    padding: Any
    value: float

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """The padded input."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPadNd):
    """Pads the last dimension with ``value``."""

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(value)
        self.padding = _ntuple(2)(padding)


class ConstantPad2d(_ConstantPadNd):
    """Pads the last two dimensions with ``value``."""

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(value)
        self.padding = _ntuple(4)(padding)


class ConstantPad3d(_ConstantPadNd):
    """Pads the last three dimensions with ``value``."""

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(value)
        self.padding = _ntuple(6)(padding)


class _ReflectionPadNd(Module):
    """What this padding of all dimensions shares."""

    __constants__ = ["padding"]
    padding: Any

    def forward(self, input: Tensor) -> Tensor:
        """The padded input."""

        return F.pad(input, self.padding, "reflect")

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ReflectionPad1d(_ReflectionPadNd):
    """Pads the last dimension with elements mirrored at the edge."""

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = _ntuple(2)(padding)


class ReflectionPad2d(_ReflectionPadNd):
    """Pads the last two dimensions with elements mirrored at the edge."""

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = _ntuple(4)(padding)


class ReflectionPad3d(_ReflectionPadNd):
    """Pads the last three dimensions with elements mirrored at the edge."""

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = _ntuple(6)(padding)


class _ReplicationPadNd(Module):
    """What this padding of all dimensions shares."""

    __constants__ = ["padding"]
    padding: Any

    def forward(self, input: Tensor) -> Tensor:
        """The padded input."""

        return F.pad(input, self.padding, "replicate")

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ReplicationPad1d(_ReplicationPadNd):
    """Pads the last dimension with the elements at the edge."""

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = _ntuple(2)(padding)


class ReplicationPad2d(_ReplicationPadNd):
    """Pads the last two dimensions with the elements at the edge."""

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = _ntuple(4)(padding)


class ReplicationPad3d(_ReplicationPadNd):
    """Pads the last three dimensions with the elements at the edge."""

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = _ntuple(6)(padding)


class ZeroPad1d(ConstantPad1d):
    """Pads the last dimension with zeros."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    """Pads the last two dimensions with zeros."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    """Pads the last three dimensions with zeros."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"
