"""The Kullback-Leibler divergence of pairs of distributions. See torch.distributions.kl.

``KL(p || q)`` is the mean of ``log p - log q`` over p: minus p's entropy, less the mean of ``log q``. The latter needs few moments of p,
so most pairs of different classes share one function for each q.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..autograd.passes import grad
from ..nn.functional import softplus
from ..tensor.joining import broadcast_shapes
from ..tensor.solving import solve_triangular
from ..tensor.tensor import Tensor
from ..warned import warn
from .combined import Independent, TransformedDistribution
from .continuous import Cauchy, ContinuousBernoulli, Laplace, Normal, Uniform
from .discrete import Bernoulli, Binomial, Categorical, Geometric, OneHotCategorical, Poisson
from .distribution import Distribution, ExponentialFamily
from .gammas import Beta, Dirichlet, Exponential, Gamma
from .multivariate import LowRankMultivariateNormal, MultivariateNormal, log_diagonal, mahalanobis
from .transformed import Gumbel, HalfNormal, Pareto
from .utils import euler_constant, sum_rightmost

__all__ = ["kl_divergence", "register_kl"]

Rule = Callable[[Any, Any], Tensor]
_KL_REGISTRY: dict[tuple[type, type], Rule] = {}
_KL_MEMOIZE: dict[tuple[type, type], Rule | None] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Rule], Rule]:
    """Decorates the divergence of a pair of classes, and of what is derived from them."""
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not isinstance(kind, type):  # PyTorch means to ask for a Distribution, and lets every class pass
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def decorator(function: Rule) -> Rule:
        _KL_REGISTRY[type_p, type_q] = function
        _KL_MEMOIZE.clear()
        return function

    return decorator


def _nearest(matches: list[tuple[type, type]], first: int) -> tuple[type, type]:
    """The pair whose ``first`` class, and then whose other one, is derived the most."""
    return max(matches, key=lambda pair: (len(pair[first].__mro__), len(pair[1 - first].__mro__)))


def _dispatch_kl(type_p: type, type_q: type) -> Rule | None:
    matches = [(p, q) for p, q in _KL_REGISTRY if issubclass(type_p, p) and issubclass(type_q, q)]
    if not matches:
        return None
    left, right = _nearest(matches, 0), _nearest(matches, 1)
    if _KL_REGISTRY[left] is not _KL_REGISTRY[right]:
        warn(
            f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). Please register_kl({left[0].__name__}, "
            f"{right[1].__name__})",
            RuntimeWarning,
        )
    return _KL_REGISTRY[left]


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """``KL(p || q)``; NotImplementedError for pairs without a formula. See torch.distributions.kl.kl_divergence."""
    key = type(p), type(q)
    if key not in _KL_MEMOIZE:
        _KL_MEMOIZE[key] = _dispatch_kl(*key)
    rule = _KL_MEMOIZE[key]
    if rule is None:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
        )
    return rule(p, q)


def _several(ps: tuple[type, ...], *qs: type) -> Callable[[Rule], Rule]:
    """`register_kl` for every pair of two lists."""

    def decorator(function: Rule) -> Rule:
        for p in ps:
            for q in qs:
                register_kl(p, q)(function)
        return function

    return decorator


# --- one class ----------------------------------------------------------------------------------------------------------


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Tensor:
    one = (p.probs * (softplus(-q.logits) - softplus(-p.logits))).masked_fill(q.probs == 0, math.inf)
    none = ((1 - p.probs) * (softplus(q.logits) - softplus(p.logits))).masked_fill(q.probs == 1, math.inf)
    return one.masked_fill(p.probs == 0, 0) + none.masked_fill(p.probs == 1, 0)


@register_kl(Beta, Beta)
def _beta(p: Any, q: Any) -> Tensor:
    a, b, c, d = p.concentration1, p.concentration0, q.concentration1, q.concentration0
    norm = c.lgamma() + d.lgamma() + (a + b).lgamma() - a.lgamma() - b.lgamma() - (c + d).lgamma()
    return norm + (a - c) * a.digamma() + (b - d) * b.digamma() + (c + d - a - b) * (a + b).digamma()


@register_kl(Binomial, Binomial)
def _binomial(p: Any, q: Any) -> Tensor:
    if (p.total_count < q.total_count).any():
        raise NotImplementedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    one = p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p()
    return (p.total_count * one).masked_fill(p.total_count > q.total_count, math.inf)


@register_kl(Categorical, Categorical)
def _categorical(p: Any, q: Any) -> Tensor:
    parts = p.probs * (p.logits - q.logits)
    return parts.masked_fill(q.probs == 0, math.inf).masked_fill(p.probs == 0, 0).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot_categorical(p: Any, q: Any) -> Tensor:
    return _categorical(p._categorical, q._categorical)


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p: Any, q: Any) -> Tensor:
    norm = p._cont_bern_log_norm() + (-p.probs).log1p() - q._cont_bern_log_norm() - (-q.probs).log1p()
    return p.mean * (p.logits - q.logits) + norm


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Any, q: Any) -> Tensor:
    a, b = p.concentration, q.concentration
    norm = a.sum(-1).lgamma() - b.sum(-1).lgamma() - (a.lgamma() - b.lgamma()).sum(-1)
    return norm + ((a - b) * (a.digamma() - a.sum(-1, True).digamma())).sum(-1)


@register_kl(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Tensor:
    ratio = q.rate / p.rate
    return ratio - 1 - ratio.log()


@register_kl(ExponentialFamily, ExponentialFamily)
def _exponential_family(p: Any, q: Any) -> Tensor:
    """A Bregman divergence of the log normalizer (Nielsen and Nock, 2010)."""
    if type(p) is not type(q):
        raise NotImplementedError(
            "The cross KL-divergence between different exponential families cannot be computed using Bregman divergences"
        )
    ours = [part.detach().requires_grad_() for part in p._natural_params]
    norm = p._log_normalizer(*ours)
    slopes = grad(norm.sum(), ours, create_graph=True)
    result = q._log_normalizer(*q._natural_params) - norm
    for mine, theirs, slope in zip(ours, q._natural_params, slopes, strict=True):
        result = result - sum_rightmost((theirs - mine) * slope, len(q.event_shape))
    return result


@register_kl(Gamma, Gamma)
def _gamma(p: Any, q: Any) -> Tensor:
    a, b = p.concentration, q.concentration
    norm = b * (p.rate / q.rate).log() + b.lgamma() - a.lgamma()
    return norm + (a - b) * a.digamma() + (q.rate - p.rate) * (a / p.rate)


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Any, q: Any) -> Tensor:
    ratio, apart = p.scale / q.scale, (q.loc - p.loc) / q.scale
    return ratio * euler_constant - ratio.log() - apart + (apart + (1 + ratio).lgamma()).exp() - (1 + euler_constant)


@register_kl(Geometric, Geometric)
def _geometric(p: Any, q: Any) -> Tensor:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: Any, q: Any) -> Tensor:
    return _normal(p.base_dist, q.base_dist)


@register_kl(Laplace, Laplace)
def _laplace(p: Any, q: Any) -> Tensor:
    ratio, apart = p.scale / q.scale, (p.loc - q.loc).abs()
    return apart / q.scale - ratio.log() + ratio * (-apart / p.scale).exp() - 1


@register_kl(Normal, Normal)
def _normal(p: Any, q: Any) -> Tensor:
    ratio = (p.scale / q.scale).square()
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).square() - 1 - ratio.log())


@register_kl(Pareto, Pareto)
def _pareto(p: Any, q: Any) -> Tensor:
    ratio = q.alpha / p.alpha
    result = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return result.masked_fill(p.scale < q.scale, math.inf)


@register_kl(Poisson, Poisson)
def _poisson(p: Any, q: Any) -> Tensor:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Uniform, Uniform)
def _uniform(p: Any, q: Any) -> Tensor:
    result = ((q.high - q.low) / (p.high - p.low)).log()
    return result.masked_fill((q.low > p.low) | (q.high < p.high), math.inf)


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Any, q: Any) -> Tensor:
    return ((p.scale + q.scale).square() + (p.loc - q.loc).square()).log() - (4 * p.scale * q.scale).log()


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: Any, q: Any) -> Tensor:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(Independent, Independent)
def _independent(p: Any, q: Any) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


# --- normal vectors -----------------------------------------------------------------------------------------------------


def _trace(matrix: Tensor) -> Tensor:
    """The trace of ``M M^T``."""
    return matrix.square().sum((-2, -1))


def _log_determinant(d: Any) -> Tensor:
    if isinstance(d, LowRankMultivariateNormal):
        return d.log_determinant()
    return 2 * log_diagonal(d._unbroadcasted_scale_tril)


def _factors(p: Any) -> list[Tensor]:
    """Matrices whose ``M M^T`` sum up to the covariance."""
    if isinstance(p, LowRankMultivariateNormal):
        return [p._unbroadcasted_cov_factor, p._unbroadcasted_cov_diag.sqrt().diag_embed()]
    return [p._unbroadcasted_scale_tril]


@_several((MultivariateNormal, LowRankMultivariateNormal), MultivariateNormal)
def _to_multivariate_normal(p: Any, q: Any) -> Tensor:
    _check_events(p, q)
    lower = q._unbroadcasted_scale_tril

    def whitened(factor: Tensor) -> Tensor:
        batch = broadcast_shapes(lower.shape[:-2], factor.shape[:-2])
        left, right = (m.expand((*batch, *m.shape[-2:])) for m in (lower, factor))
        return _trace(solve_triangular(left, right, upper=False))

    trace = sum(whitened(factor) for factor in _factors(p))
    return 0.5 * (
        _log_determinant(q) - _log_determinant(p) + trace + mahalanobis(lower, q.loc - p.loc) - p.event_shape[0]
    )


@_several((MultivariateNormal, LowRankMultivariateNormal), LowRankMultivariateNormal)
def _to_low_rank(p: Any, q: Any) -> Tensor:
    _check_events(p, q)
    half = solve_triangular(q._capacitance_tril, q.scaled(), upper=False)
    root = q._unbroadcasted_cov_diag.rsqrt().unsqueeze(-1)
    trace = sum(_trace(factor * root) - _trace(half @ factor) for factor in _factors(p))
    return 0.5 * (_log_determinant(q) - _log_determinant(p) + trace + q.distance(q.loc - p.loc) - p.event_shape[0])


def _check_events(p: Any, q: Any) -> None:
    if p.event_shape != q.event_shape:
        raise ValueError(
            "KL-divergence between two (Low Rank) Multivariate Normals with different event shapes cannot be computed"
        )


# --- moments, and what needs no more of p -------------------------------------------------------------------------------


def _x_log_x(x: Tensor) -> Tensor:
    return x.xlogy(x)


def _mean_log(p: Any) -> Tensor:
    """The mean of the logarithm."""
    if isinstance(p, Beta):
        return p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()
    if isinstance(p, Exponential):
        return -p.rate.log() - euler_constant
    if isinstance(p, Pareto):
        return p.scale.log() + p.alpha.reciprocal()
    return (_x_log_x(p.high) - _x_log_x(p.low)) / (p.high - p.low) - 1  # Uniform


def _mean_exp(p: Any, t: Tensor) -> Tensor:
    """The mean of ``exp(-t x)``."""
    if isinstance(p, Exponential):
        return p.rate / (p.rate + t)
    if isinstance(p, Gamma):
        return (1 + t / p.rate).pow(-p.concentration)
    if isinstance(p, Normal):
        return (0.5 * (p.scale * t).square() - p.loc * t).exp()
    return ((-t * p.low).exp() - (-t * p.high).exp()) / (t * (p.high - p.low))  # Uniform


def _outside(result: Tensor, p: Any, *, low: float = -math.inf) -> Tensor:
    """Infinity where a uniform p reaches below what q allows."""
    return result.masked_fill(p.low < low, math.inf) if isinstance(p, Uniform) else result


@_several((Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Pareto, Uniform), Normal)
def _to_normal(p: Any, q: Any) -> Tensor:
    spread = (p.variance + (p.mean - q.loc).square()) / (2 * q.scale.square())
    result = spread - p.entropy() + (q.scale * math.sqrt(2 * math.pi)).log()
    return result.masked_fill(p.alpha <= 2, math.inf) if isinstance(p, Pareto) else result


@_several((Beta, ContinuousBernoulli, Gamma, Pareto, Uniform), Exponential)
def _to_exponential(p: Any, q: Any) -> Tensor:
    return _outside(q.rate * p.mean - p.entropy() - q.rate.log(), p, low=0)


@_several((Beta, Exponential, Pareto, Uniform), Gamma)
def _to_gamma(p: Any, q: Any) -> Tensor:
    a, rate = q.concentration, q.rate
    result = rate * p.mean - p.entropy() + a.lgamma() - a * rate.log() - (a - 1) * _mean_log(p)
    return _outside(result, p, low=0)


@_several((Exponential, Gamma, Normal, Uniform), Gumbel)
def _to_gumbel(p: Any, q: Any) -> Tensor:
    apart = (p.mean - q.loc) / q.scale
    rest = (q.loc / q.scale).exp() * _mean_exp(p, q.scale.reciprocal())
    return apart + rest - p.entropy() + q.scale.log()


@_several((Beta, Uniform), ContinuousBernoulli)
def _to_continuous_bernoulli(p: Any, q: Any) -> Tensor:
    result = -p.entropy() - p.mean * q.logits - (-q.probs).log1p() - q._cont_bern_log_norm()
    return result.masked_fill((p.high >= 1) | (p.low <= 0), math.inf) if isinstance(p, Uniform) else result


@_several((Beta, ContinuousBernoulli), Uniform)
def _to_uniform(p: Any, q: Any) -> Tensor:
    result = -p.entropy() + (q.high - q.low).log()
    if isinstance(p, Beta):
        return result.masked_fill((q.low > 0) | (q.high < 1), math.inf)
    return result.masked_fill((q.low >= 0) | (q.high <= 1), math.inf)


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p: Any, q: Any) -> Tensor:
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


@register_kl(Normal, Laplace)
def _normal_laplace(p: Any, q: Any) -> Tensor:
    apart = p.loc - q.loc
    z = apart / p.scale
    size = math.sqrt(2 / math.pi) * p.scale * (-0.5 * z.square()).exp() + apart * (math.sqrt(0.5) * z).erf()
    return size / q.scale - p.entropy() + (2 * q.scale).log()


@register_kl(Uniform, Beta)
def _uniform_beta(p: Any, q: Any) -> Tensor:
    a, b, width = q.concentration1, q.concentration0, p.high - p.low
    rest = (_x_log_x(1 - p.low) - _x_log_x(1 - p.high)) / width - 1  # the mean of log(1 - x)
    norm = a.lgamma() + b.lgamma() - (a + b).lgamma()
    result = norm - width.log() - (a - 1) * _mean_log(p) - (b - 1) * rest
    return result.masked_fill((p.high > 1) | (p.low < 0), math.inf)


@register_kl(Uniform, Pareto)
def _uniform_pareto(p: Any, q: Any) -> Tensor:
    norm = (q.alpha * q.scale.pow(q.alpha) * (p.high - p.low)).log()
    return (_mean_log(p) * (q.alpha + 1) - norm).masked_fill(p.low < q.scale, math.inf)


# --- values of p that q does not have -----------------------------------------------------------------------------------


def _infinite(p: Any, q: Any) -> Tensor:
    like = (
        p.concentration1
        if isinstance(p, Beta)
        else next(iter(p.__dict__[n] for n in p._own.tensors if n in p.__dict__))
    )
    return like.new_full(like.shape, math.inf)


for _p, _qs in {
    Beta: (Pareto,),
    ContinuousBernoulli: (Pareto,),
    Exponential: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gamma: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gumbel: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Laplace: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Normal: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Pareto: (Beta, ContinuousBernoulli, Uniform),
    Poisson: (Bernoulli, Binomial),
}.items():
    _several((_p,), *_qs)(_infinite)
