"""Reductions and normalizations of the elements where a mask holds. See torch.masked."""

from ._ops import *
from ._ops import __all__ as __all__
