"""Warnings: where they point, those that PyTorch gives once a process, and the texts that several places give."""

from __future__ import annotations

import os
import sys
import warnings

REVERSED = (
    "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an error in a "
    "future release. Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse "
    "the dimensions of a tensor."
)
COPIED = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than {}(sourceTensor)."
)
REAL_PARTS = "Casting complex values to real discards the imaginary part"
TO_A_NUMBER = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
    "Consider using tensor.detach() first."
)
SLOW_LIST = (
    "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a single "
    "numpy.ndarray with numpy.array() before converting to a tensor."
)
READ_ONLY = (
    "The given {0} is not writable, and PyTorch does not support non-writable tensors. This means {1}. You may want to copy the "
    "{2} to protect its data or make it writable before converting it to a tensor. This type of warning will be suppressed for "
    "the rest of this program."
)
NOT_CONTIGUOUS = (
    "torch.searchsorted(): {0} tensor is non-contiguous, this will lower the performance due to extra data copy when converting "
    "non-contiguous tensor to contiguous, please use contiguous {0} tensor if possible. This message will only appear once per "
    "program."
)
TYPED_STORAGE = (
    "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage class. This should "
    "only matter to you if you are using storages directly.  To access UntypedStorage directly, use tensor.untyped_storage() "
    "instead of tensor.storage()"
)
CREATE_GRAPH = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient which can cause "
    "a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you have to use this function, make "
    "sure to reset the .grad fields of your parameters to None after use to break the cycle and avoid the leak."
)

WARNED: set[str] = set()
"""Texts of the warnings that this process has given."""


class Settings:
    """What the program has said of warnings."""

    always = False  # those that come once a process come every time


_HERE = os.path.dirname(__file__) + os.sep


def warn(text: str, category: type[Warning] = UserWarning) -> None:
    """A warning that names the line of the program that led to it, however deep in this package it is found."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, category, stacklevel=level)


def warn_once(text: str) -> None:
    """A warning that PyTorch gives once a process."""
    if text not in WARNED or Settings.always:
        WARNED.add(text)
        warn(text)
