"""A linear layer with weights of 8 or 4 bits and inputs in floating point.

For few rows, where reading the weight is the work, products are a reduction that decodes the weight as it is read: a quarter or an
eighth of the bytes. For many rows the weight is decoded once and multiplied as a matrix.
"""

from __future__ import annotations

from typing import Any

from .... import dtypes
from ....nn.functional.linear import linear
from ....nn.modules.module import Module
from ....ops.names import public
from ....tensor.creation import zeros
from ....tensor.indexing import join
from ....tensor.tensor import Tensor
from .products import FEW, products

__all__ = ["WeightOnlyLinear", "quantize_weights"]

GROUP = 32  # weights of 4 bits that share a scale
LARGEST = {8: 127, 4: 7}


class WeightOnlyLinear(Module):
    """``x @ weight.T + bias`` with a weight of ``bits`` 8 (one scale an output) or 4 (one scale for ``group_size`` neighbours), symmetric
    around 0. ValueError for other bits, and for inputs that the group does not divide."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        bits: int = 8,
        group_size: int = GROUP,
        device: Any = None,
    ) -> None:
        super().__init__()
        if bits not in LARGEST:
            raise ValueError(f"bits must be 8 or 4, got {bits}")
        size = in_features if bits == 8 else group_size
        if bits == 4 and in_features % (2 * size):
            raise ValueError(f"two groups of group_size={size} must divide in_features={in_features}")
        self.in_features, self.out_features, self.bits, self.group_size = in_features, out_features, bits, size
        kind = dtypes.int8 if bits == 8 else dtypes.uint8
        self.register_buffer("weight", zeros(out_features, in_features * bits // 8, dtype=kind, device=device))
        self.register_buffer("scales", zeros(out_features, in_features // size, device=device))
        self.register_buffer("bias", zeros(out_features, device=device) if bias else None)

    @classmethod
    def from_float(cls, mod: Any, bits: int = 8, group_size: int = GROUP) -> WeightOnlyLinear:
        """The layer of a `torch.nn.Linear`; weights are rounded to the nearest step."""
        made = cls(mod.in_features, mod.out_features, mod.bias is not None, bits, group_size, mod.weight.device)
        groups = mod.weight.detach().float().reshape(mod.out_features, -1, made.group_size)
        scales = (groups.abs().amax(-1) / LARGEST[bits]).clamp(min=dtypes.finfo(dtypes.float32).eps)
        whole = (groups / scales.unsqueeze(-1)).round().reshape(mod.out_features, -1)
        if bits == 4:  # the first half of the inputs in the low halves of bytes, the second one in the high halves
            low, high = (whole + 8).chunk(2, 1)
            whole = low + 16 * high
        made.weight, made.scales = whole.to(made.weight.dtype), scales
        if mod.bias is not None:
            made.bias = mod.bias.detach().float()
        return made.train(mod.training)

    def decoded(self) -> Tensor:
        """The weight (out_features, in_features) in float32."""
        if self.bits == 8:
            return self.weight.float() * self.scales
        return join([part.reshape(self.out_features, -1) for part in self._halves()], 1)

    def _halves(self) -> tuple[Tensor, Tensor]:
        """Of 4 bits, the weights of the first and of the second half of the inputs (out_features, groups, group_size)."""
        packed = self.weight.reshape(self.out_features, -1, self.group_size)
        low, high = self.scales.unsqueeze(-1).chunk(2, 1)
        return ((packed & 15).float() - 8.0) * low, ((packed >> 4).float() - 8.0) * high

    def forward(self, x: Tensor) -> Tensor:
        """(..., in_features) to (..., out_features), in the input's dtype."""
        rows = x.reshape(-1, self.in_features)
        if rows.shape[0] > FEW:
            made = linear(rows.float(), self.decoded(), self.bias)
        else:
            made = self._few(rows.float())
            made = made if self.bias is None else made + self.bias
        return made.to(x.dtype).reshape(*x.shape[:-1], self.out_features)

    def _few(self, rows: Tensor) -> Tensor:
        """Products as reductions over the weight as it lies."""
        if self.bits == 8:
            return products(rows, self.weight) * self.scales.reshape(-1)
        first, second = self._halves()
        found = []
        for row in rows.unbind(0):
            given = row.reshape(2, -1, self.group_size)
            found.append((given[0] * first + given[1] * second).sum((-2, -1)).unsqueeze(0))
        return join(found, 0) if len(found) > 1 else found[0]

    def extra_repr(self) -> str:
        text = f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
        return f"{text}, bits={self.bits}, group_size={self.group_size}"


def quantize_weights(model: Module, bits: int = 8, group_size: int = GROUP) -> Module:
    """The model, with every `torch.nn.Linear` in it replaced by a `WeightOnlyLinear`, in place. With 4 bits, layers whose inputs
    two groups don't divide stay as they are."""
    for name, child in list(model.named_children()):
        if (
            type(child).__name__ == "Linear"
            and hasattr(child, "in_features")
            and not isinstance(child, WeightOnlyLinear)
        ):
            if bits == 8 or child.in_features % (2 * group_size) == 0:
                setattr(model, name, WeightOnlyLinear.from_float(child, bits, group_size))
        else:
            quantize_weights(child, bits, group_size)
    return model


@public("torch")
def _weight_int8pack_mm(input: Tensor, mat2: Tensor, scales: Tensor) -> Tensor:
    """``input @ mat2.T * scales`` for rows (M, K), an int8 weight (N, K) and a scale an output. See torch._weight_int8pack_mm."""
    if mat2.dtype is not dtypes.int8:
        raise RuntimeError("_weight_int8pack_mm_cpu: expect B to be int8 tensor.")
    return (products(input.float(), mat2) * scales.float()).to(input.dtype)
