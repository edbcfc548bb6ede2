"""Sequences of points that fill a cube evenly. See torch.quasirandom."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .autograd.modes import no_grad
from .tensor.creation import arange, from_numpy
from .tensor.random import Generator
from .tensor.sampling import randint
from .tensor.tensor import Tensor

__all__ = ["SobolEngine"]


def _directions(dimension: int, bits: int) -> np.ndarray:
    """The direction numbers of Joe and Kuo (2008), (dimension, bits): SciPy has their table. ImportError without it."""
    try:
        from scipy.stats import qmc
    except ImportError as error:
        raise ImportError("SobolEngine needs the package `scipy`, which has the table of direction numbers") from error
    return np.asarray(qmc.Sobol(dimension, scramble=False, bits=bits)._sv, np.int64)


class SobolEngine:
    """Points of a Sobol sequence in ``dimension`` dimensions, at most 21,201. With ``scramble`` its digits are mixed by random lower
    triangular matrices and shifted (Matousek), from ``seed`` if it is given. See torch.quasirandom.SobolEngine.

    ValueError for another number of dimensions. Random numbers are cltorch's, so scrambled points are others than PyTorch's.
    """

    MAXBIT = 30
    MAXDIM = 21201

    def __init__(self, dimension: int, scramble: bool = False, seed: int | None = None) -> None:
        if dimension > self.MAXDIM or dimension < 1:
            raise ValueError(f"Supported range of dimensionality for SobolEngine is [1, {self.MAXDIM}]")
        self.seed, self.scramble, self.dimension = seed, scramble, dimension
        self.sobolstate = from_numpy(_directions(dimension, self.MAXBIT))
        self.shift = (self.sobolstate[:, 0] * 0).contiguous()
        if scramble:
            self._scramble()
        self.quasi = self.shift.clone()
        self.num_generated = 0

    @no_grad()
    def _scramble(self) -> None:
        generator = None
        if self.seed is not None:
            generator = Generator()
            generator.manual_seed(self.seed)
        bits = self.MAXBIT
        powers = 2 ** arange(bits)
        self.shift = (randint(2, (self.dimension, bits), generator=generator) * powers).sum(1)
        mixed = randint(2, (self.dimension, bits, bits), generator=generator).tril(-1)
        mixed.diagonal(dim1=1, dim2=2).fill_(1)
        # digit j of a number is bit (bits - 1 - j): the most significant comes first
        digits = (self.sobolstate[:, :, None] >> powers.new_tensor(range(bits - 1, -1, -1))) & 1
        turned = (mixed[:, None] * digits[:, :, None]).sum(-1) & 1
        self.sobolstate = (turned * powers.flip(0)).sum(-1)

    @no_grad()
    def draw(self, n: int = 1, out: Tensor | None = None, dtype: Any = None) -> Tensor:
        """The next ``n`` points, (n, dimension), in [0, 1)."""
        found = self._points(self.num_generated, n).double() / 2**self.MAXBIT
        found = found.to(dtypes.get_default_dtype() if dtype is None else dtype)
        self.fast_forward(n)
        if out is None:
            return found
        return out.resize_(found.shape).copy_(found)

    def _points(self, start: int, n: int) -> Tensor:
        """Whole numbers of ``MAXBIT`` bits: point i joins the directions of the bits of i's Gray code."""
        places = arange(start, start + n)
        gray = (places ^ (places >> 1))[:, None]
        points = self.shift.expand(n, -1)
        for bit in range((start + n).bit_length()):
            points = points ^ (((gray >> bit) & 1) * self.sobolstate[:, bit])
        return points

    def draw_base2(self, m: int, out: Tensor | None = None, dtype: Any = None) -> Tensor:
        """The next 2^m points. ValueError where the sequence would not have a power of 2 of them then."""
        n = 2**m
        total = self.num_generated + n
        if total & (total - 1):
            raise ValueError(
                "The balance properties of Sobol' points require n to be a power of 2. "
                f"{self.num_generated} points have been previously generated, then: n={self.num_generated}+2**{m}={total}. "
                "If you still want to do this, please use 'SobolEngine.draw()' instead."
            )
        return self.draw(n=n, out=out, dtype=dtype)

    def reset(self) -> SobolEngine:
        """Go back to the beginning."""
        self.num_generated = 0
        self.quasi = self.shift.clone()
        return self

    @no_grad()
    def fast_forward(self, n: int) -> SobolEngine:
        """Leave out ``n`` points."""
        self.num_generated += n
        self.quasi = self._points(self.num_generated - 1, 1)[0]  # the last one that was given
        return self

    def __repr__(self) -> str:
        parts = [f"dimension={self.dimension}"]
        parts += ["scramble=True"] * self.scramble + [f"seed={self.seed}"] * (self.seed is not None)
        return f"SobolEngine({', '.join(parts)})"
