"""Operations as a module, so that what they give can be observed. See torch.ao.nn.quantized.FloatFunctional."""

from __future__ import annotations

from typing import NoReturn

from ....nn.functional import relu
from ....nn.modules.linear import Identity
from ....nn.modules.module import Module
from ....tensor.indexing import join
from ....tensor.tensor import Tensor

__all__ = ["FloatFunctional"]


class FloatFunctional(Module):
    """``add``, ``mul``, ``cat``... in the place of ``torch``'s, with `activation_post_process` after them; it isn't called itself."""

    def __init__(self) -> None:
        super().__init__()
        self.activation_post_process = Identity()

    def forward(self, x: Tensor) -> NoReturn:
        """RuntimeError: one of the operations is meant."""
        raise RuntimeError("FloatFunctional is not intended to use the 'forward'. Please use the underlying operation")

    def add(self, x: Tensor, y: Tensor) -> Tensor:
        """``x + y``, observed."""
        return self.activation_post_process(x + y)

    def add_scalar(self, x: Tensor, y: float) -> Tensor:
        """``x + y`` for a number."""
        return x + y

    def mul(self, x: Tensor, y: Tensor) -> Tensor:
        """``x * y``, observed."""
        return self.activation_post_process(x * y)

    def mul_scalar(self, x: Tensor, y: float) -> Tensor:
        """``x * y`` for a number."""
        return x * y

    def cat(self, x: list[Tensor], dim: int = 0) -> Tensor:
        """Tensors one after another, observed."""
        return self.activation_post_process(join(x, dim))

    def add_relu(self, x: Tensor, y: Tensor) -> Tensor:
        """``relu(x + y)``, observed."""
        return self.activation_post_process(relu(x + y))

    def matmul(self, x: Tensor, y: Tensor) -> Tensor:
        """``x @ y``, observed."""
        return self.activation_post_process(x @ y)
