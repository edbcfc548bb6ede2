"""A linear layer with int8 weights whose inputs are quantized as they come. See torch.ao.nn.quantized.dynamic.Linear."""

from __future__ import annotations

from typing import Any

from ..... import dtypes
from .....nn.modules.module import Module
from .....tensor.creation import tensor, zeros
from .....tensor.quantized import QDtype, qint8
from .....tensor.tensor import Tensor
from ..products import products

__all__ = ["Linear"]

LEVELS = 127  # of an input: 7 bits, as PyTorch's kernels for x86 have it
WEIGHT_LEVELS = 127.5  # of half of a weight's range


class Linear(Module):
    """``x @ weight.T + bias`` in integers: the weight in int8 with one scale, each input in 7 bits over its own range, which the
    device finds (Jacob et al. 2018). Products of integers are exact in float32 up to 1,032 inputs. With ``dtype``
    float16 the weight is kept in 16 bits and nothing else is rounded. For inference: no gradients."""

    def __init__(self, in_features: int, out_features: int, bias_: bool = True, dtype: Any = qint8) -> None:
        super().__init__()
        self.in_features, self.out_features, self.dtype = in_features, out_features, dtype
        stored = dtypes.int8 if isinstance(dtype, QDtype) else dtypes.float16
        self.register_buffer("packed", zeros(out_features, in_features, dtype=stored))
        self.register_buffer("weight_scale", tensor(1.0))
        self.register_buffer("own_bias", zeros(out_features) if bias_ else None)

    @classmethod
    def from_float(cls, mod: Any, use_precomputed_fake_quant: bool = False) -> Linear:
        """The layer of a `torch.nn.Linear`."""
        dtype = getattr(mod, "qdtype", qint8)
        made = cls(mod.in_features, mod.out_features, mod.bias is not None, dtype)
        weight = mod.weight.detach().float()
        if isinstance(dtype, QDtype):
            scale = (weight.abs().amax() / WEIGHT_LEVELS).clamp(min=dtypes.finfo(dtypes.float32).eps)
            made.weight_scale = scale
            made.packed = (weight / scale).round().clamp(-128, 127).to(dtypes.int8)
        else:
            made.packed = weight.to(dtypes.float16)
        if mod.bias is not None:
            made.own_bias = mod.bias.detach().float()
        return made.train(mod.training)

    def weight(self) -> Tensor:
        """The weight in float32, as it is used."""
        return self.packed.float() * self.weight_scale

    def bias(self) -> Tensor | None:
        """The bias, None if there is none."""
        return self.own_bias

    def forward(self, x: Tensor) -> Tensor:
        """(..., in_features) in float32 to (..., out_features)."""
        x = x.detach().float()
        if isinstance(self.dtype, QDtype):
            low, high = x.amin().clamp(max=0.0), x.amax().clamp(min=0.0)
            scale = ((high - low) / LEVELS).clamp(min=dtypes.finfo(dtypes.float32).eps)
            zero = (-low / scale).round()
            whole = (x / scale + zero).round().clamp(0, LEVELS) - zero
            made = products(whole, self.packed) * (scale * self.weight_scale)
        else:
            made = products(x, self.packed)
        return made if self.own_bias is None else made + self.own_bias

    def _get_name(self) -> str:
        return "DynamicQuantizedLinear"

    def extra_repr(self) -> str:
        text = f"in_features={self.in_features}, out_features={self.out_features}, dtype={self.dtype}"
        return f"{text}, qscheme=torch.per_tensor_affine" if isinstance(self.dtype, QDtype) else text
