"""Where models will be quantized. Until they are, the stubs pass tensors through, as PyTorch's do; quantizing itself raises.

See torch.ao.quantization.
"""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

from ..nn.modules.module import Module
from ..tensor.tensor import Tensor

__all__ = ["DeQuantStub", "QConfig", "QuantStub"]


class QuantStub(Module):
    """Where a quantized model would begin: gives what it gets."""

    def __init__(self, qconfig: Any = None) -> None:
        super().__init__()
        if qconfig:
            self.qconfig = qconfig

    def forward(self, x: Tensor) -> Tensor:
        return x


class DeQuantStub(QuantStub):
    """Where a quantized model would end: gives what it gets."""


class QConfig(NamedTuple):
    """Which observers see activations and weights."""

    activation: Any
    weight: Any


def _refuse(name: str) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(f"ao.quantization.{name}(): cltorch has no quantized kernels yet")

    refuse.__name__ = name
    refuse.__doc__ = "RuntimeError: there are no quantized kernels yet."
    return refuse


for _name in (
    "prepare prepare_qat convert quantize quantize_dynamic quantize_qat fuse_modules fuse_modules_qat get_default_qconfig "
    "get_default_qat_qconfig default_observer default_weight_observer default_per_channel_weight_observer"
).split():
    globals()[_name] = _refuse(_name)
del _name
