"""Layers that stand together and become one when they are quantized; until then each runs after the other. See torch.ao.nn.intrinsic."""

from __future__ import annotations

from typing import Any

from ....nn.modules.activation import LeakyReLU, ReLU, Tanh
from ....nn.modules.batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from ....nn.modules.container import Sequential
from ....nn.modules.conv import Conv1d, Conv2d, Conv3d
from ....nn.modules.linear import Linear
from ....nn.modules.module import Module
from ....nn.utils.parametrize import type_before_parametrizations
from ....tensor.tensor import Tensor

__all__ = [
    "BNReLU2d",
    "BNReLU3d",
    "ConvAdd2d",
    "ConvAddReLU2d",
    "ConvBn1d",
    "ConvBn2d",
    "ConvBn3d",
    "ConvBnReLU1d",
    "ConvBnReLU2d",
    "ConvBnReLU3d",
    "ConvReLU1d",
    "ConvReLU2d",
    "ConvReLU3d",
    "LinearBn1d",
    "LinearLeakyReLU",
    "LinearReLU",
    "LinearTanh",
]


class _FusedModule(Sequential):
    """What all of them are: programs ask with ``isinstance``. AssertionError for layers of other classes."""

    kinds: tuple[type[Module], ...] = ()

    def __init__(self, *modules: Module) -> None:
        found = [type_before_parametrizations(module) for module in modules]
        if self.kinds and tuple(found) != self.kinds:
            *first, last = [kind.__name__ for kind in found]
            between = ", and " if len(first) > 1 else " and "
            raise AssertionError(f"Incorrect types for input modules: {', '.join(first)}{between}{last}")
        super().__init__(*modules)


class BNReLU2d(_FusedModule):
    """Batch normalization, then ReLU."""

    kinds = BatchNorm2d, ReLU

    def __init__(self, batch_norm: BatchNorm2d, relu: ReLU) -> None:
        super().__init__(batch_norm, relu)


class BNReLU3d(_FusedModule):
    """Batch normalization, then ReLU."""

    kinds = BatchNorm3d, ReLU

    def __init__(self, batch_norm: BatchNorm3d, relu: ReLU) -> None:
        super().__init__(batch_norm, relu)


class ConvBn1d(_FusedModule):
    """A convolution, then batch normalization."""

    kinds = Conv1d, BatchNorm1d

    def __init__(self, conv: Conv1d, bn: BatchNorm1d) -> None:
        super().__init__(conv, bn)


class ConvBn2d(_FusedModule):
    """A convolution, then batch normalization."""

    kinds = Conv2d, BatchNorm2d

    def __init__(self, conv: Conv2d, bn: BatchNorm2d) -> None:
        super().__init__(conv, bn)


class ConvBn3d(_FusedModule):
    """A convolution, then batch normalization."""

    kinds = Conv3d, BatchNorm3d

    def __init__(self, conv: Conv3d, bn: BatchNorm3d) -> None:
        super().__init__(conv, bn)


class ConvBnReLU1d(_FusedModule):
    """A convolution, then batch normalization and ReLU."""

    kinds = Conv1d, BatchNorm1d, ReLU

    def __init__(self, conv: Conv1d, bn: BatchNorm1d, relu: ReLU) -> None:
        super().__init__(conv, bn, relu)


class ConvBnReLU2d(_FusedModule):
    """A convolution, then batch normalization and ReLU."""

    kinds = Conv2d, BatchNorm2d, ReLU

    def __init__(self, conv: Conv2d, bn: BatchNorm2d, relu: ReLU) -> None:
        super().__init__(conv, bn, relu)


class ConvBnReLU3d(_FusedModule):
    """A convolution, then batch normalization and ReLU."""

    kinds = Conv3d, BatchNorm3d, ReLU

    def __init__(self, conv: Conv3d, bn: BatchNorm3d, relu: ReLU) -> None:
        super().__init__(conv, bn, relu)


class ConvReLU1d(_FusedModule):
    """A convolution, then ReLU."""

    kinds = Conv1d, ReLU

    def __init__(self, conv: Conv1d, relu: ReLU) -> None:
        super().__init__(conv, relu)


class ConvReLU2d(_FusedModule):
    """A convolution, then ReLU."""

    kinds = Conv2d, ReLU

    def __init__(self, conv: Conv2d, relu: ReLU) -> None:
        super().__init__(conv, relu)


class ConvReLU3d(_FusedModule):
    """A convolution, then ReLU."""

    kinds = Conv3d, ReLU

    def __init__(self, conv: Conv3d, relu: ReLU) -> None:
        super().__init__(conv, relu)


class LinearBn1d(_FusedModule):
    """A linear layer, then batch normalization."""

    kinds = Linear, BatchNorm1d

    def __init__(self, linear: Linear, bn: BatchNorm1d) -> None:
        super().__init__(linear, bn)


class LinearLeakyReLU(_FusedModule):
    """A linear layer, then leaky ReLU."""

    kinds = Linear, LeakyReLU

    def __init__(self, linear: Linear, leaky_relu: LeakyReLU) -> None:
        super().__init__(linear, leaky_relu)


class LinearReLU(_FusedModule):
    """A linear layer, then ReLU."""

    kinds = Linear, ReLU

    def __init__(self, linear: Linear, relu: ReLU) -> None:
        super().__init__(linear, relu)


class LinearTanh(_FusedModule):
    """A linear layer, then tanh."""

    kinds = Linear, Tanh

    def __init__(self, linear: Linear, tanh: Tanh) -> None:
        super().__init__(linear, tanh)


class ConvAdd2d(_FusedModule):
    """``add(conv(x1), x2)``."""

    def __init__(self, conv: Conv2d, add: Any) -> None:
        super().__init__(conv)
        self.add = add

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:  # type: ignore[override]
        """The convolution of the one and the other, added."""
        return self.add(self[0](x1), x2)


class ConvAddReLU2d(_FusedModule):
    """``relu(add(conv(x1), x2))``."""

    def __init__(self, conv: Conv2d, add: Any, relu: Any) -> None:
        super().__init__(conv)
        self.add, self.relu = add, relu

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:  # type: ignore[override]
        """The convolution of the one and the other, added, then ReLU."""
        return self.relu(self.add(self[0](x1), x2))
