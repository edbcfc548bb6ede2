"""Layers whose weights are rounded as quantizing would before each use, so that training sees what it will do. See torch.ao.nn.qat.

``qconfig.weight`` makes the module that rounds: a program's own (`torch.ao.quantization.FakeQuantizeBase`,
`torch.fake_quantize_per_tensor_affine`), as there are no observers here.
"""

from __future__ import annotations

from typing import Any, ClassVar

from ....nn import functional as F
from ....nn import modules as nn
from ....nn.modules.module import Module
from ....nn.parameter import Parameter
from ....nn.utils.parametrize import is_parametrized, transfer_parametrizations_and_params, type_before_parametrizations
from ....tensor.tensor import Tensor

__all__ = ["Conv1d", "Conv2d", "Conv3d", "Linear"]


class _Rounding(Module):
    """What these layers share: `weight_fake_quant`, and the way from and to the float layer."""

    _FLOAT_MODULE: ClassVar[Any]
    weight: Any
    bias: Any

    def _round_by(self, qconfig: Any, device: Any, dtype: Any) -> None:
        """Take a configuration; AssertionError if there is none."""
        if not qconfig:
            raise AssertionError("qconfig must be provided for QAT module")
        self.qconfig = qconfig
        self.weight_fake_quant = qconfig.weight(factory_kwargs={"device": device, "dtype": dtype})

    @staticmethod
    def _options(module: Any) -> dict[str, Any]:
        """The arguments that make a layer like another one."""
        raise NotImplementedError

    @classmethod
    def from_float(cls, mod: Any, use_precomputed_fake_quant: bool = False) -> Any:
        """A layer on the parameters of a float one, by its ``qconfig``; AssertionError for another class, or without that."""
        kind = type_before_parametrizations(mod)
        if kind is not cls._FLOAT_MODULE:
            raise AssertionError(
                f"qat.{cls.__name__}.from_float only works for {cls._FLOAT_MODULE.__name__}, got {kind.__name__}"
            )
        if not hasattr(mod, "qconfig"):
            raise AssertionError("Input float module must have qconfig defined")
        if not mod.qconfig:
            raise AssertionError("Input float module must have a valid qconfig")
        made = cls(**cls._options(mod), qconfig=mod.qconfig)
        for name in ("weight", "bias"):
            if is_parametrized(mod, name):
                transfer_parametrizations_and_params(mod, made, name)
            else:
                setattr(made, name, getattr(mod, name))
        return made

    def to_float(self) -> Any:
        """The float layer with the same numbers."""
        made = self._FLOAT_MODULE(**self._options(self))
        made.weight = Parameter(self.weight.detach())
        if self.bias is not None:
            made.bias = Parameter(self.bias.detach())
        return made.train(self.training)


class Linear(_Rounding, nn.Linear):
    """`torch.nn.Linear` whose weight is rounded before each use."""

    _FLOAT_MODULE = nn.Linear

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        qconfig: Any = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(in_features, out_features, bias, device=device, dtype=dtype)
        self._round_by(qconfig, device, dtype)

    @staticmethod
    def _options(module: Any) -> dict[str, Any]:
        names = ("in_features", "out_features")
        return {name: getattr(module, name) for name in names} | {"bias": module.bias is not None}

    def forward(self, input: Tensor) -> Tensor:
        """The linear map by the rounded weight."""
        return F.linear(input, self.weight_fake_quant(self.weight), self.bias)


class _Conv(_Rounding, nn.conv._Conv):
    """Convolutions whose kernel is rounded before each use."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        qconfig: Any = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        where = (stride, padding, dilation, groups)
        self._FLOAT_MODULE.__init__(
            self, in_channels, out_channels, kernel_size, *where, bias, padding_mode, device, dtype
        )
        self._round_by(qconfig, device, dtype)

    @staticmethod
    def _options(module: Any) -> dict[str, Any]:
        names = "in_channels out_channels kernel_size stride padding dilation groups padding_mode".split()
        return {name: getattr(module, name) for name in names} | {"bias": module.bias is not None}

    def forward(self, input: Tensor) -> Tensor:
        """The convolution by the rounded kernel."""
        return self._conv_forward(input, self.weight_fake_quant(self.weight), self.bias)


class Conv1d(_Conv, nn.Conv1d):
    """`torch.nn.Conv1d` whose kernel is rounded before each use."""

    _FLOAT_MODULE = nn.Conv1d


class Conv2d(_Conv, nn.Conv2d):
    """`torch.nn.Conv2d` whose kernel is rounded before each use."""

    _FLOAT_MODULE = nn.Conv2d


class Conv3d(_Conv, nn.Conv3d):
    """`torch.nn.Conv3d` whose kernel is rounded before each use."""

    _FLOAT_MODULE = nn.Conv3d
