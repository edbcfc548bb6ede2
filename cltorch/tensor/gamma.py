"""Methods of Tensor around the gamma function."""

from __future__ import annotations

from math import lgamma, log, pi
from typing import TYPE_CHECKING

from .. import dtypes
from ..autograd.names import shown_as
from ..ops import rules
from ..ops.names import public

if TYPE_CHECKING:
    from .tensor import Tensor


class GammaFunctions:
    """Methods of Tensor around the gamma function."""

    __slots__ = ()

    @public("", inplace=True)
    @shown_as("PolygammaBackward0")
    def polygamma(self: Tensor, n: int) -> Tensor:
        """The ``n``-th derivative of `digamma`."""
        n = rules.integer(n, "n")
        if n < 0:
            raise RuntimeError("polygamma(n, x) does not support negative n.")
        if self.is_complex():
            raise NotImplementedError(f"\"polygamma\" not implemented for '{self.dtype.title}'")
        if n == 0:
            return self.digamma()
        source = self if self.is_floating_point() else self.to(dtypes.get_default_dtype())
        size = source._op("polygamma_scaled", float(n), lgamma(n + 1))
        return size if n % 2 else -size

    @public("torch", inplace=True, out="cast")
    @shown_as("MvlgammaBackward0")
    def mvlgamma(self: Tensor, p: int) -> Tensor:
        """The logarithm of the multivariate gamma function of dimension ``p``."""
        if self.is_complex():
            raise NotImplementedError(f"\"mvlgamma\" not implemented for '{self.dtype.title}'")
        p = rules.integer(p, "p")
        if self.dtype is dtypes.bool:
            raise RuntimeError("The input tensor may not be a boolean tensor.")
        if p < 1:
            raise RuntimeError("p has to be greater than or equal to 1")
        source = self if self.is_floating_point() else self.to(dtypes.get_default_dtype())
        steps = source._range(0, 1, p).to(source.dtype) / -2
        return (source.unsqueeze(-1) + steps).lgamma().sum(-1) + p * (p - 1) / 4 * log(pi)
