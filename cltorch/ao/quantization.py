"""Quantizing models: linear layers, with inputs quantized as they come or not at all. What needs observers raises; the stubs pass
tensors through, as PyTorch's do.

See torch.ao.quantization.
"""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import Any, NamedTuple, NoReturn

from .. import dtypes
from ..nn.modules.linear import Linear
from ..nn.modules.module import Module
from ..tensor.creation import tensor
from ..tensor.quantized import qint8
from ..tensor.tensor import Tensor
from .nn.quantized import dynamic
from .nn.quantized.weight_only import quantize_weights

__all__ = [
    "DeQuantStub",
    "FakeQuantizeBase",
    "ObserverBase",
    "QConfig",
    "QuantStub",
    "quantize_dynamic",
    "quantize_weights",
]


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


class ObserverBase(Module):
    """The class of modules that watch numbers to choose how to quantize them: a base for a program's own; none is made here."""

    def __init__(self, dtype: Any, is_dynamic: bool = False) -> None:
        super().__init__()
        self.dtype, self.is_dynamic = dtype, is_dynamic

    @classmethod
    def with_args(cls, **kwargs: Any) -> Any:
        """What makes one with some arguments."""
        return partial(cls, **kwargs)


class FakeQuantizeBase(Module):
    """The class of modules that round numbers as quantizing would: a base for a program's own; none is made here."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("fake_quant_enabled", tensor([1], dtype=dtypes.uint8))
        self.register_buffer("observer_enabled", tensor([1], dtype=dtypes.uint8))

    def enable_fake_quant(self, enabled: bool = True) -> None:
        """Round from now on, or no more."""
        self.fake_quant_enabled[0] = 1 if enabled else 0

    def disable_fake_quant(self) -> None:
        """Round no more."""
        self.enable_fake_quant(False)

    def enable_observer(self, enabled: bool = True) -> None:
        """Watch from now on, or no more."""
        self.observer_enabled[0] = 1 if enabled else 0

    def disable_observer(self) -> None:
        """Watch no more."""
        self.enable_observer(False)

    @classmethod
    def with_args(cls, **kwargs: Any) -> Any:
        """What makes one with some arguments."""
        return partial(cls, **kwargs)


class QConfig(NamedTuple):
    """Which observers see activations and weights."""

    activation: Any
    weight: Any


def _is_chosen(name: str, chosen: set[Any]) -> bool:
    """Whether the class of linear layers is chosen, or this layer's name, or that of a module that holds it."""
    return Linear in chosen or any(f"{name}.".startswith(f"{one}.") for one in chosen if isinstance(one, str))


def quantize_dynamic(
    model: Any, qconfig_spec: Any = None, dtype: Any = qint8, mapping: Any = None, inplace: bool = False
) -> Any:
    """A copy of a model (or itself, with ``inplace``) whose `torch.nn.Linear` layers have weights of int8, or of float16, and inputs that
    are quantized as they come. ``qconfig_spec`` holds classes or names of layers; None means all. See
    torch.ao.quantization.quantize_dynamic.

    ValueError for another dtype; RuntimeError if another class of layers is asked for.
    """
    if dtype not in (qint8, dtypes.float16):
        raise ValueError(f"Don't know how to quantize with default settings for {dtype}. Provide full qconfig please")
    chosen = {Linear} if qconfig_spec is None else set(qconfig_spec)
    others = [one for one in chosen if isinstance(one, type) and one is not Linear]
    if others:
        raise RuntimeError(f"quantize_dynamic(): only Linear layers have quantized kernels, not {others[0].__name__}")
    model = model if inplace else deepcopy(model)
    for name, module in list(model.named_modules()):
        if type(module) is Linear and _is_chosen(name, chosen):
            module.qdtype = dtype
            made = dynamic.Linear.from_float(module)
            if not name:
                return made
            holder, _, own = name.rpartition(".")
            setattr(model.get_submodule(holder), own, made)
    return model


def _refuse(name: str) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            f"ao.quantization.{name}(): cltorch quantizes linear layers alone, with quantize_dynamic() or quantize_weights()"
        )

    refuse.__name__ = name
    refuse.__doc__ = "RuntimeError: there are no quantized kernels with observers."
    return refuse


for _name in (
    "prepare prepare_qat convert quantize quantize_qat fuse_modules fuse_modules_qat get_default_qconfig "
    "get_default_qat_qconfig default_observer default_weight_observer default_per_channel_weight_observer"
).split():
    globals()[_name] = _refuse(_name)
del _name
