"""Memory formats of convolutions' weights. See torch.nn.utils.memory_format."""

from __future__ import annotations

from typing import Any

from ..modules.conv import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d


def convert_conv2d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """The module with the weights of all its 2-d convolutions in a memory format; numbers stay as they are."""
    return _convert(module, memory_format, (Conv2d, ConvTranspose2d))


def convert_conv3d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """The module with the weights of all its 3-d convolutions in a memory format; numbers stay as they are."""
    return _convert(module, memory_format, (Conv3d, ConvTranspose3d))


def _convert(module: Any, memory_format: Any, kinds: tuple[type, ...]) -> Any:
    for one in module.modules():
        weight: Any = getattr(one, "weight", None)
        if isinstance(one, kinds):
            weight.data = weight.detach().clone(memory_format=memory_format)
    return module
