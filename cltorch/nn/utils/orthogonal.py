"""Weights that stay orthogonal. See torch.nn.utils.parametrizations.orthogonal."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from ... import dtypes
from ...autograd.modes import no_grad
from ...tensor.creation import zeros_like
from ...tensor.factorizations import eye_like
from ...tensor.indexing import join
from ...tensor.sampling import randn
from ...tensor.solving import geqrf, householder_product, solve
from ...tensor.spectral import matrix_exp
from ...tensor.tensor import Tensor
from ..modules.module import Module
from . import parametrize

__all__ = ["orthogonal"]


class _OrthMaps(Enum):
    """Ways from any matrix to an orthogonal one."""

    matrix_exp = auto()
    cayley = auto()
    householder = auto()


def _is_orthogonal(q: Tensor) -> bool:
    n, k = q.shape[-2:]
    return bool(
        ((q.mT @ q - eye_like(q, k)).abs() <= 10.0 * n * dtypes.finfo(q.dtype).eps + 1e-5 * eye_like(q, k)).all()
    )


def _make_orthogonal(a: Tensor) -> Tensor:
    """The factor Q of a tall matrix, for an R whose diagonal isn't negative."""
    packed, tau = geqrf(a)
    return householder_product(packed, tau) * packed.diagonal(0, -2, -1).sgn().unsqueeze(-2)


class _Orthogonal(Module):
    """A weight as an orthogonal matrix made of any other one, times ``base`` if that is kept (Lezcano-Casado 2019)."""

    def __init__(self, weight: Tensor, orthogonal_map: _OrthMaps, *, use_trivialization: bool = True) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map is _OrthMaps.householder:
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, x: Tensor) -> Tensor:
        """The orthogonal matrix."""
        wide = x.shape[-2] < x.shape[-1]
        x = x.mT if wide else x
        if self.orthogonal_map is _OrthMaps.householder:
            a = x.tril(-1)
            q = householder_product(a, 2.0 / (1.0 + (a * a).sum(-2)))
            q = q * x.detach().diagonal(0, -2, -1).int().unsqueeze(-2)
        else:
            q = self._rotation(x.tril())
        if hasattr(self, "base"):
            q = self.base @ q
        return q.mT if wide else q

    def _rotation(self, x: Tensor) -> Tensor:
        """Of a lower trapezium: the exponential or Cayley's map of the skew matrix that it stands for."""
        n, k = x.shape[-2:]
        whole = x if n == k else join([x, x.new_zeros(*x.shape[:-1], n - k)], -1)
        a = whole - whole.mH
        if self.orthogonal_map is _OrthMaps.matrix_exp:
            return matrix_exp(a)[..., :k]
        one = eye_like(a, n)
        return solve(one - a / 2, one + a / 2)[..., :k]

    @no_grad()
    def right_inverse(self, q: Tensor) -> Tensor:
        """What gives ``q``, or the orthogonal matrix next to it."""
        if q.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {q.shape}."
            )
        wide = q.shape[-2] < q.shape[-1]
        tall = q.mT if wide else q
        if not hasattr(self, "base"):
            found = self._reflectors(tall)
            return found.mT if wide else found
        n, k = tall.shape[-2:]
        if n != k:
            tall = join([tall, randn(*tall.shape[:-1], n - k, dtype=tall.dtype, device=tall.device)], -1)
        self.base = tall.clone() if n == k and _is_orthogonal(tall) else _make_orthogonal(tall)
        return zeros_like(q) - _diagonal_ones(q)  # reflectors of zeros, and signs of -1, give the identity

    def _reflectors(self, q: Tensor) -> Tensor:
        """The packed reflectors of a matrix, with signs on the diagonal."""
        if self.orthogonal_map is not _OrthMaps.householder:
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                "use_trivialization=False."
            )
        packed, tau = geqrf(q)
        signs = packed.diagonal(0, -2, -1).sign()
        signs = (-signs).where(tau == 0.0, signs)
        return packed - packed * _diagonal_ones(packed) + _diagonal_ones(packed) * signs.unsqueeze(-2)


def _diagonal_ones(like: Tensor) -> Tensor:
    """Ones on the diagonal and zeros elsewhere, with the shape of another one."""
    rows, columns = like.shape[-2:]
    places = like._range(0, 1, rows).unsqueeze(1) == like._range(0, 1, columns)
    return places.to(like.dtype).expand(like.shape)


def orthogonal(
    module: Any, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Any:
    """The module with an orthogonal weight (orthonormal columns, or rows if it's wide), made of any matrix by the exponential of a
    skew one (``"matrix_exp"``; what square ones get), by Cayley's map (``"cayley"``) or as a product of reflections
    (``"householder"``; what others get). With ``use_trivialization`` a fixed orthogonal factor is kept beside it.

    ValueError for another map, for what has no such tensor, or one of fewer than two dimensions.
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if weight.dim() < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.dim()} dimensions.")
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1] or weight.is_complex()
        orthogonal_map = "matrix_exp" if square else "householder"
    if orthogonal_map not in _OrthMaps.__members__:
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    made = _Orthogonal(weight, _OrthMaps[orthogonal_map], use_trivialization=use_trivialization)
    parametrize.register_parametrization(module, name, made, unsafe=True)
    return module
