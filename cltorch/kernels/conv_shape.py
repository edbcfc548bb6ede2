"""The shape of a convolution, which every form of it starts from."""

from __future__ import annotations

from dataclasses import dataclass

from ..dtypes import dtype as DType


@dataclass(frozen=True, slots=True)
class Conv:
    """A convolution of (batch, in_channels, *in_size) with (out_channels, in_channels / groups, *kernel).

    Pairs are (vertical, horizontal). ``bias`` adds one number an output channel; the gradients ignore it.
    """

    batch: int
    in_channels: int
    out_channels: int
    in_size: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int
    dtype: DType
    bias: bool

    @property
    def out_size(self) -> tuple[int, int]:
        """Height and width of the result."""
        h, w = (
            (n + 2 * p - d * (k - 1) - 1) // s + 1
            for n, k, s, p, d in zip(self.in_size, self.kernel, self.stride, self.padding, self.dilation, strict=True)
        )
        return h, w

    @property
    def taps(self) -> int:
        """Numbers of a kernel in one channel."""
        return self.kernel[0] * self.kernel[1]

    @property
    def in_numel(self) -> int:
        """Elements of the input."""
        return self.batch * self.in_channels * self.in_size[0] * self.in_size[1]

    @property
    def out_numel(self) -> int:
        """Elements of the result."""
        return self.batch * self.out_channels * self.out_size[0] * self.out_size[1]

    @property
    def weight_numel(self) -> int:
        """Elements of the weights."""
        return self.out_channels * self.in_channels // self.groups * self.taps
