"""Two-dimensional convolution of dense NCHW images with OIHW weights, and its gradients by images and by weights.

Sizes, paddings and group counts are arguments. Text are: the dtype, the size of the kernel, whether there is a bias, the
width of an index, and the register tile, which follows the device and, below 4 channels a group, their number; in the CPU
form also stride and dilation (where taps are few enough to be written out) and whether vectors run over images or over
pixels, which follows batch and image size. So a new batch size builds nothing unless it crosses that line. float16 and
bfloat16 are summed in float and rounded once; integers wrap around.

`conv_direct` is the CPU form, `conv_tiled` the GPU form. The gradient by the bias is a plain sum and not made here.
"""

from __future__ import annotations

from ..runtime.traits import Traits
from . import conv_direct, conv_tiled
from .call import Lowered
from .conv_shape import Conv

__all__ = ["Conv", "lower_data_gradient", "lower_forward", "lower_weight_gradient"]


def lower_forward(c: Conv, traits: Traits) -> Lowered:
    """In(0) = images, In(1) = weights, In(2) = bias if any; Out(0) = (batch, out_channels, *out_size), dense."""
    if c.out_numel == 0:
        return Lowered(())
    return conv_tiled.forward(c, traits) if traits.form == "gpu" else conv_direct.forward(c, traits)


def lower_data_gradient(c: Conv, traits: Traits) -> Lowered:
    """In(0) = gradient of the result, In(1) = weights; Out(0) = gradient by the images, dense."""
    if c.in_numel == 0:
        return Lowered(())
    return conv_tiled.data_gradient(c, traits) if traits.form == "gpu" else conv_direct.data_gradient(c, traits)


def lower_weight_gradient(c: Conv, traits: Traits) -> Lowered:
    """In(0) = gradient of the result, In(1) = images; Out(0) = gradient by the weights, dense."""
    if c.weight_numel == 0:
        return Lowered(())
    return conv_tiled.weight_gradient(c, traits) if traits.form == "gpu" else conv_direct.weight_gradient(c, traits)
