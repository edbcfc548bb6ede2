"""Tensors with a mask, and reductions and normalizations of the elements where a mask holds. See torch.masked."""

from . import answers
from ._ops import *
from ._ops import __all__ as functions
from .masked_tensor import MaskedTensor, as_masked_tensor, is_masked_tensor, masked_tensor

__all__ = [*functions, "MaskedTensor", "as_masked_tensor", "is_masked_tensor", "masked_tensor"]

del answers
