"""What tests of tensors need: are two of them close, and tensors of random numbers. See torch.testing."""

from ._comparison import assert_allclose, assert_close
from ._creation import make_tensor

__all__ = ["assert_allclose", "assert_close", "make_tensor"]
