"""Distributions of vectors and matrices that are made of normal numbers."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from .. import dtypes
from ..autograd.modes import no_grad
from ..tensor.creation import arange, eye, tensor
from ..tensor.joining import broadcast_shapes, broadcast_tensors, cat
from ..tensor.solving import cholesky, cholesky_inverse, solve_triangular
from ..tensor.tensor import Tensor
from ..warned import warn
from . import constraints
from .distribution import Distribution, ExponentialFamily, Own
from .gammas import Beta, Chi2
from .utils import broadcast_all, is_number, lazy_property, standard_normal

ONE_OF_THREE = "Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified."


def log_diagonal(lower: Tensor) -> Tensor:
    """The logarithm of a triangular matrix's determinant."""
    return lower.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def times(matrix: Tensor, vector: Tensor) -> Tensor:
    """Products of matrices with vectors."""
    return (matrix @ vector.unsqueeze(-1)).squeeze(-1)


def mahalanobis(lower: Tensor, x: Tensor) -> Tensor:
    """``x^T M^-1 x`` for M with the Cholesky factor ``lower``."""
    batch = broadcast_shapes(lower.shape[:-2], x.shape[:-1])
    column = x.expand((*batch, x.shape[-1])).unsqueeze(-1)
    return solve_triangular(lower.expand((*batch, *lower.shape[-2:])), column, upper=False).square().sum((-2, -1))


def factor_of_inverse(precision: Tensor) -> Tensor:
    """The Cholesky factor of a matrix's inverse."""
    flipped = cholesky(precision.flip((-2, -1)))
    inverse = flipped.flip((-2, -1)).transpose(-2, -1)
    identity = eye(precision.shape[-1], dtype=precision.dtype, device=precision.device)
    return solve_triangular(inverse, identity.expand(inverse.shape), upper=False)


def lower_factor(name: str, given: Tensor) -> Tensor:
    """The Cholesky factor of a covariance that is given as itself, as its inverse, or as the factor."""
    if name == "scale_tril":
        return given
    return cholesky(given) if name == "covariance_matrix" else factor_of_inverse(given)


class _OfCovariance(Distribution):
    """Distributions with a covariance matrix, given in one of three ways."""

    _unbroadcasted_scale_tril: Tensor

    def _chosen(self, error: type[Exception], **given: Any) -> tuple[str, Tensor]:
        found = [(name, value) for name, value in given.items() if value is not None]
        if len(found) != 1:
            raise error(ONE_OF_THREE)
        name, value = found[0]
        if value.dim() < 2:
            raise ValueError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
        return name, value

    def _matrices(self, made: Tensor) -> Tensor:
        return made.expand((*self._batch_shape, *made.shape[-2:]))

    @lazy_property
    def scale_tril(self) -> Any:
        """The Cholesky factor of the covariance matrix."""
        return self._matrices(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariance matrix."""
        return self._matrices(self._unbroadcasted_scale_tril @ self._unbroadcasted_scale_tril.mT)

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance matrix."""
        return self._matrices(cholesky_inverse(self._unbroadcasted_scale_tril))


MATRICES = {"covariance_matrix": 2, "scale_tril": 2, "precision_matrix": 2}


class MultivariateNormal(_OfCovariance):
    """Normal vectors of a mean and a covariance matrix. See torch.distributions.MultivariateNormal."""

    arg_constraints: ClassVar[Any] = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support: Any = constraints.real_vector
    has_rsample = True
    _own = Own({"loc": 1, **MATRICES}, kept=("_unbroadcasted_scale_tril",))

    def __init__(
        self,
        loc: Tensor,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        name, matrix = self._chosen(
            ValueError,
            covariance_matrix=covariance_matrix,
            precision_matrix=precision_matrix,
            scale_tril=scale_tril,
        )
        batch = broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        setattr(self, name, matrix.expand((*batch, -1, -1)))
        self.loc = loc.expand((*batch, -1))
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)
        self._unbroadcasted_scale_tril = lower_factor(name, matrix)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """The mean."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The variance of each part."""
        return self._unbroadcasted_scale_tril.square().sum(-1).expand((*self._batch_shape, *self._event_shape))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Random values through which gradients flow to the parameters."""
        noise = standard_normal(self.loc, self._extended_shape(sample_shape))
        return self.loc + times(self._unbroadcasted_scale_tril, noise)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        lower = self._unbroadcasted_scale_tril
        distance = mahalanobis(lower, self._check(value) - self.loc)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + distance) - log_diagonal(lower)

    def entropy(self) -> Tensor:
        """The entropy."""
        norm = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi))
        return (norm + log_diagonal(self._unbroadcasted_scale_tril)).expand(self._batch_shape)


class LowRankMultivariateNormal(Distribution):
    """Normal vectors with the covariance ``W W^T + diag(D)``. See torch.distributions.LowRankMultivariateNormal.

    Determinants and inverses are those of the small matrix ``1 + W^T D^-1 W`` (its Cholesky factor is kept).
    """

    arg_constraints: ClassVar[Any] = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support: Any = constraints.real_vector
    has_rsample = True
    _own = Own(
        {"loc": 1, "cov_diag": 1, "cov_factor": 2},
        kept=("_unbroadcasted_cov_factor", "_unbroadcasted_cov_diag", "_capacitance_tril"),
    )

    def __init__(self, loc: Tensor, cov_factor: Tensor, cov_diag: Tensor, validate_args: bool | None = None) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event = loc.shape[-1:]
        if cov_factor.dim() < 2:
            raise ValueError("cov_factor must be at least two-dimensional, with optional leading batch dimensions")
        if tuple(cov_factor.shape[-2:-1]) != tuple(event):
            raise ValueError(f"cov_factor must be a batch of matrices with shape {event[0]} x m")
        if tuple(cov_diag.shape[-1:]) != tuple(event):
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event}")
        try:
            mean, self.cov_factor, diagonal = broadcast_tensors(loc.unsqueeze(-1), cov_factor, cov_diag.unsqueeze(-1))
        except RuntimeError as error:
            raise ValueError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, cov_diag {cov_diag.shape}"
            ) from error
        self.loc, self.cov_diag = mean[..., 0], diagonal[..., 0]
        self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag = cov_factor, cov_diag
        self._capacitance_tril = cholesky(self._small(cov_factor.mT / cov_diag.unsqueeze(-2), cov_factor))
        super().__init__(self.loc.shape[:-1], event, validate_args=validate_args)

    @staticmethod
    def _small(left: Tensor, right: Tensor) -> Tensor:
        """A product of matrices plus the identity."""
        made = left @ right
        return made + eye(made.shape[-1], dtype=made.dtype, device=made.device)

    def _matrices(self, made: Tensor) -> Tensor:
        return made.expand((*self._batch_shape, *self._event_shape, *self._event_shape))

    def scaled(self) -> Tensor:
        """``W^T D^-1``."""
        return self._unbroadcasted_cov_factor.mT / self._unbroadcasted_cov_diag.unsqueeze(-2)

    def log_determinant(self) -> Tensor:
        """The logarithm of the covariance's determinant."""
        return 2 * log_diagonal(self._capacitance_tril) + self._unbroadcasted_cov_diag.log().sum(-1)

    def distance(self, x: Tensor) -> Tensor:
        """``x^T covariance^-1 x``, by Woodbury's formula."""
        plain = (x.square() / self._unbroadcasted_cov_diag).sum(-1)
        return plain - mahalanobis(self._capacitance_tril, times(self.scaled(), x))

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """The mean."""
        return self.loc

    @lazy_property
    def variance(self) -> Any:  # type: ignore[override]
        """The variance of each part."""
        made = self._unbroadcasted_cov_factor.square().sum(-1) + self._unbroadcasted_cov_diag
        return made.expand((*self._batch_shape, *self._event_shape))

    @lazy_property
    def scale_tril(self) -> Any:
        """The Cholesky factor of the covariance matrix."""
        root = self._unbroadcasted_cov_diag.sqrt().unsqueeze(-1)
        scaled = self._unbroadcasted_cov_factor / root
        return self._matrices(root * cholesky(self._small(scaled, scaled.mT)))

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariance matrix."""
        factor = self._unbroadcasted_cov_factor
        return self._matrices(factor @ factor.mT + self._unbroadcasted_cov_diag.diag_embed())

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance matrix."""
        half = solve_triangular(self._capacitance_tril, self.scaled(), upper=False)
        return self._matrices(self._unbroadcasted_cov_diag.reciprocal().diag_embed() - half.mT @ half)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Random values through which gradients flow to the parameters."""
        shape = self._extended_shape(sample_shape)
        common = standard_normal(self.loc, (*shape[:-1], self.cov_factor.shape[-1]))
        own = self._unbroadcasted_cov_diag.sqrt() * standard_normal(self.loc, shape)
        return self.loc + times(self._unbroadcasted_cov_factor, common) + own

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        distance = self.distance(self._check(value) - self.loc)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + self.log_determinant() + distance)

    def entropy(self) -> Tensor:
        """The entropy."""
        norm = self._event_shape[0] * (1.0 + math.log(2 * math.pi))
        return (0.5 * (norm + self.log_determinant())).expand(self._batch_shape)


class Wishart(_OfCovariance, ExponentialFamily):
    """The Wishart distribution of positive definite matrices. See torch.distributions.Wishart."""

    support: Any = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0
    _own = Own({"df": 0, **MATRICES}, kept=("_unbroadcasted_scale_tril",))

    def __init__(
        self,
        df: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        name, matrix = self._chosen(
            AssertionError,
            covariance_matrix=covariance_matrix,
            precision_matrix=precision_matrix,
            scale_tril=scale_tril,
        )
        event, freedom = matrix.shape[-2:], df
        if is_number(df):
            freedom = tensor(df, dtype=matrix.dtype, device=matrix.device)
        batch = broadcast_shapes(matrix.shape[:-2], freedom.shape)
        self.df = freedom.expand(batch)
        if self.df.le(event[-1] - 1).any():
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {event[-1] - 1}.")
        setattr(self, name, matrix.expand((*batch, -1, -1)))
        if self.df.lt(event[-1]).any():
            warn("Low df values detected. Singular samples are highly likely to occur for ndim - 1 < df < ndim.")
        super().__init__(batch, event, validate_args=validate_args)
        self._unbroadcasted_scale_tril = lower_factor(name, matrix)

    @property
    def arg_constraints(self) -> dict[str, constraints.Constraint]:
        """What each parameter must satisfy."""
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self.event_shape[-1] - 1),
        }

    def _column(self, value: Tensor) -> Tensor:
        return value.reshape((*self._batch_shape, 1, 1))

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self._column(self.df) * self.covariance_matrix

    @property
    def mode(self) -> Tensor:
        """The most probable value; NaN for few degrees of freedom."""
        factor = self.df - self._event_shape[-1] - 1
        return self._column(factor.where(factor > 0, math.nan)) * self.covariance_matrix

    @property
    def variance(self) -> Tensor:
        """The variance of each element."""
        matrix = self.covariance_matrix
        diagonal = matrix.diagonal(dim1=-2, dim2=-1)
        return self._column(self.df) * (matrix.square() + diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2))

    def rsample(self, sample_shape: Any = (), max_try_correction: int | None = None) -> Tensor:
        """Random values through which gradients flow to the parameters, by Bartlett's decomposition: on the diagonal of a lower
        triangular matrix roots of chi-squared numbers (away from 0, so that it has an inverse), below it normal ones."""
        p, like = self._event_shape[-1], self._unbroadcasted_scale_tril
        freedom = self.df.unsqueeze(-1) - arange(p, dtype=like.dtype, device=like.device)
        diagonal = Chi2(freedom, validate_args=False).rsample(sample_shape).sqrt()
        diagonal = diagonal.clamp_min(dtypes.finfo(like.dtype).eps)
        lower = standard_normal(like, self._extended_shape(sample_shape)).tril(-1) + diagonal.diag_embed()
        factor = like @ lower
        return factor @ factor.mT

    def _multigamma(self, a: Tensor) -> Tensor:
        return a.mvlgamma(self._event_shape[-1])

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        self._check(value)
        nu, p, lower = self.df, self._event_shape[-1], self._unbroadcasted_scale_tril
        norm = nu * (p * math.log(2) / 2 + log_diagonal(lower)) + self._multigamma(nu / 2)
        root = cholesky(value)
        batch = broadcast_shapes(lower.shape[:-2], root.shape[:-2])
        whitened = solve_triangular(lower.expand((*batch, p, p)), root.expand((*batch, p, p)), upper=False)
        return (nu - p - 1) * log_diagonal(root) - whitened.square().sum((-2, -1)) / 2 - norm

    def entropy(self) -> Tensor:
        """The entropy."""
        nu, p = self.df, self._event_shape[-1]
        steps = arange(p, dtype=nu.dtype, device=nu.device) / 2
        slope = (nu.unsqueeze(-1) / 2 - steps).digamma().sum(-1)
        norm = (p + 1) * (p * math.log(2) / 2 + log_diagonal(self._unbroadcasted_scale_tril))
        return norm + self._multigamma(nu / 2) - (nu - p - 1) / 2 * slope + nu * p / 2

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return -self.precision_matrix / 2, (self.df - self._event_shape[-1] - 1) / 2

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:  # type: ignore[override]
        p = self._event_shape[-1]
        a = y + (p + 1) / 2
        return a * (-2 * log_diagonal(cholesky(-2 * x)) + math.log(2) * p) + self._multigamma(a)


class LKJCholesky(Distribution):
    """Cholesky factors of random correlation matrices (Lewandowski, Kurowicka, Joe, 2009: onion method). See
    torch.distributions.LKJCholesky."""

    arg_constraints: ClassVar[Any] = {"concentration": constraints.positive}
    support: Any = constraints.corr_cholesky
    _own = Own({"concentration": 0}, kept=("dim",))

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        super().__init__(self.concentration.shape, (dim, dim), validate_args=validate_args)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Random values: rows whose lengths left of the diagonal are beta-distributed, in random directions."""
        with no_grad():
            a = self.concentration
            steps = arange(self.dim - 1, dtype=a.dtype, device=a.device)
            offset = cat([steps.new_zeros(1), steps])
            length = Beta(offset + 0.5, (a + 0.5 * (self.dim - 2)).unsqueeze(-1) - 0.5 * offset).sample(sample_shape)
            direction = standard_normal(a, self._extended_shape(sample_shape)).tril(-1)
            direction = direction / direction.square().sum(-1, True).sqrt()
            rows = (length.unsqueeze(-1).sqrt() * direction).where(
                arange(self.dim, device=a.device).reshape(-1, 1) > 0, 0.0
            )
            left = (1 - rows.square().sum(-1)).clamp_min(dtypes.finfo(a.dtype).tiny)
            return rows + left.sqrt().diag_embed()

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        self._check(value)
        a, rest = self.concentration, self.dim - 1
        order = arange(2, self.dim + 1, device=a.device)
        order = 2 * (a - 1).unsqueeze(-1) + self.dim - order
        density = (order * value.diagonal(dim1=-1, dim2=-2)[..., 1:].log()).sum(-1)
        alpha = a + 0.5 * rest
        return density - 0.5 * rest * math.log(math.pi) - (alpha - 0.5).mvlgamma(rest) + alpha.lgamma() * rest
