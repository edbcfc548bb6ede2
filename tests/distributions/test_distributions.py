"""Every distribution beside PyTorch: what it says of itself, probabilities, moments, divergences; and its samples beside SciPy."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats

import cltorch as ct

D = "m.distributions."
VALUES: dict[str, tuple[str, str]] = {  # a distribution, and values of it
    "Bernoulli": ("Bernoulli(T([.2, .5, .9]))", "T([0., 1., 1.])"),
    "Bernoulli_logits": ("Bernoulli(logits=T([-2., 0., 3.]))", "T([0., 1., 1.])"),
    "Beta": ("Beta(T([.5, 2., 7.]), T([1.5, 3., .7]))", "T([.2, .6, .9])"),
    "Beta_numbers": ("Beta(2.0, 3.0)", "T([.2, .6, .9])"),
    "Binomial": ("Binomial(10, T([.2, .5, .9]))", "T([0., 3., 10.])"),
    "Categorical": ("Categorical(T([[.2, .3, .5], [1., 1., 8.]]))", "T([0, 2])"),
    "Categorical_logits": ("Categorical(logits=T([-2., 0., 3.]))", "T([0, 2])"),
    "Cauchy": ("Cauchy(T([0., 1.]), T([1., 2.]))", "T([-1., 4.])"),
    "Chi2": ("Chi2(T([1., 5.]))", "T([.3, 4.])"),
    "ContinuousBernoulli": ("ContinuousBernoulli(T([.2, .4995, .9]))", "T([.1, .5, .8])"),
    "Dirichlet": ("Dirichlet(T([[.5, 2., 3.], [.3, .8, .1]]))", "T([[.2, .3, .5], [.1, .1, .8]])"),
    "Exponential": ("Exponential(T([.5, 2.]))", "T([.3, 4.])"),
    "FisherSnedecor": ("FisherSnedecor(T([1., 5.]), T([3., 7.]))", "T([.3, 4.])"),
    "Gamma": ("Gamma(T([.5, 3.]), T([1., 2.]))", "T([.3, 4.])"),
    "GeneralizedPareto": ("GeneralizedPareto(T([0., 1., 0.]), T([1., 2., 1.]), T([.3, -.2, 0.]))", "T([.3, 4., 1.])"),
    "Geometric": ("Geometric(T([.2, .7]))", "T([0., 3.])"),
    "Gumbel": ("Gumbel(T([0., 1.]), T([1., 2.]))", "T([-1., 4.])"),
    "HalfCauchy": ("HalfCauchy(T([1., 2.]))", "T([.3, 4.])"),
    "HalfNormal": ("HalfNormal(T([1., 2.]))", "T([.3, 4.])"),
    "Independent": ("Independent(m.distributions.Normal(m.zeros(2, 3), 1.0), 1)", "m.ones(2, 3)"),
    "InverseGamma": ("InverseGamma(T([2.5, 3.]), T([1., 2.]))", "T([.3, 4.])"),
    "Kumaraswamy": ("Kumaraswamy(T([.5, 3.]), T([1., 2.]))", "T([.3, .6])"),
    "LKJCholesky": ("LKJCholesky(3, T([.5, 3.]))", "m.linalg.cholesky(T([[1., .3, .2], [.3, 1., .4], [.2, .4, 1.]]))"),
    "Laplace": ("Laplace(T([0., 1.]), T([1., 2.]))", "T([-1., 4.])"),
    "LogNormal": ("LogNormal(T([0., 1.]), T([1., .5]))", "T([.3, 4.])"),
    "LogisticNormal": ("LogisticNormal(T([0., 1.]), T([1., .5]))", "T([.2, .3, .5])"),
    "LowRank": (
        "LowRankMultivariateNormal(T([0., 1., 2.]), T([[1., 0.], [.5, 1.], [0., .3]]), T([1., 2., .5]))",
        "T([[0., 0., 1.], [1., 1., 1.]])",
    ),
    "Mixture": (
        "MixtureSameFamily(m.distributions.Categorical(T([.2, .8])), m.distributions.Normal(T([0., 3.]), T([1., 2.])))",
        "T([.2, 4.])",
    ),
    "Multinomial": ("Multinomial(4, T([.2, .3, .5]))", "T([1., 1., 2.])"),
    "MultivariateNormal": ("MultivariateNormal(T([0., 1.]), T([[2., .5], [.5, 1.]]))", "T([[0., 0.], [1., 1.]])"),
    "MultivariateNormal_precision": (
        "MultivariateNormal(m.zeros(3, 2), precision_matrix=T([[2., .5], [.5, 1.]]))",
        "m.ones(4, 3, 2)",
    ),
    "MultivariateNormal_scale": ("MultivariateNormal(T([0., 1.]), scale_tril=T([[2., 0.], [.5, 1.]]))", "T([1., 1.])"),
    "NegativeBinomial": ("NegativeBinomial(T([3., 5.]), T([.2, .7]))", "T([0., 3.])"),
    "Normal": ("Normal(T([0., 1.]), T([1., 2.]))", "T([-1., 4.])"),
    "Normal_numbers": ("Normal(0.0, 2.0)", "T([-1., 4.])"),
    "OneHotCategorical": ("OneHotCategorical(T([.2, .3, .5]))", "T([[0., 1., 0.], [0., 0., 1.]])"),
    "OneHotST": ("OneHotCategoricalStraightThrough(T([.2, .3, .5]))", "T([0., 1., 0.])"),
    "Pareto": ("Pareto(T([1., 2.]), T([3., .5]))", "T([1.3, 4.])"),
    "Poisson": ("Poisson(T([.5, 4.]))", "T([0., 3.])"),
    "RelaxedBernoulli": ("RelaxedBernoulli(T(.7), T([.2, .6]))", "T([.3, .9])"),
    "RelaxedOneHot": ("RelaxedOneHotCategorical(T(.7), T([.2, .3, .5]))", "T([.2, .2, .6])"),
    "StudentT": ("StudentT(T([1., 1.5, 5.]), T(0.5), T(2.))", "T([-1., 2., 4.])"),
    "Transformed": (
        "TransformedDistribution(m.distributions.Normal(T([0., 1.]), 1.0), [m.distributions.AffineTransform(1., -2.),"
        " m.distributions.SigmoidTransform()])",
        "T([.3, .6])",
    ),
    "Uniform": ("Uniform(T([0., 1.]), T([1., 4.]))", "T([.3, 2.])"),
    "VonMises": ("VonMises(T([0., 1., 1.]), T([1., .2, 30.]))", "T([-1., 2., 1.2])"),
    "Weibull": ("Weibull(T([1., 2.]), T([3., .5]))", "T([.3, 4.])"),
    "Wishart": ("Wishart(T([3., 5.]), T([[2., .5], [.5, 1.]]))", "T([[2., .3], [.3, 1.]])"),
}
ASKED = (
    "d.log_prob(v)",
    "d.cdf(v)",
    "d.icdf(T([.3, .6, .2])[:len(v)])",
    "d.mean",
    "d.mode",
    "d.variance",
    "d.stddev",
    "d.entropy()",
    "d.perplexity()",
    "d.enumerate_support()",
    "d.enumerate_support(False)",
    "list(d.batch_shape)",
    "list(d.event_shape)",
    "repr(d)",
    "repr(d.support)",
    "d.has_rsample",
    "list(d.sample((2, 3)).shape)",
    "d.rsample().dtype",
    "repr(d.expand((4, *d.batch_shape)))",
    "d.expand((4, *d.batch_shape)).log_prob(v)",
    "d.expand((4, *d.batch_shape)).mean",
    "d.log_prob(v * math.nan)",
    "d.probs",
    "d.logits",
    "d.covariance_matrix",
    "d.precision_matrix",
    "d.scale_tril",
)


def answer(m: Any, made: str, value: str, asked: str) -> Any:
    space = {"m": m, "T": m.tensor, "math": math}
    try:
        space["d"], space["v"] = eval(D + made, space), eval(value, space)
        return eval(asked, space)
    except Exception as error:
        return type(error)


def same(ours: Any, theirs: Any, what: str) -> None:
    if isinstance(theirs, torch.Tensor):
        assert isinstance(ours, ct.Tensor), (what, ours)
        assert ours.shape == tuple(theirs.shape), what
        assert repr(ours.dtype) == repr(theirs.dtype), what
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=2e-5, atol=2e-5, err_msg=what)
    else:
        assert repr(ours) == repr(theirs), what


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", VALUES)
def test_beside_pytorch(name: str) -> None:
    made, value = VALUES[name]
    for asked in ASKED:
        same(answer(ct, made, value, asked), answer(torch, made, value, asked), f"{name}: {asked}")


PARAMETERS = {
    "Bernoulli": "T([.2, .9])",
    "Beta": "T([.5, 2.]), T([1.5, 3.])",
    "Binomial": "10, T([.2, .9])",
    "Categorical": "T([[.2, .8], [.3, .7]])",
    "Cauchy": "T([0., 1.]), T([1., 2.])",
    "ContinuousBernoulli": "T([.2, .9])",
    "Dirichlet": "T([[.5, 2.], [.3, .8]])",
    "Exponential": "T([.5, 2.])",
    "Gamma": "T([.5, 3.]), T([1., 2.])",
    "Geometric": "T([.2, .7])",
    "Gumbel": "T([0., 1.]), T([1., 2.])",
    "HalfNormal": "T([1., 2.])",
    "Laplace": "T([0., 1.]), T([1., 2.])",
    "LowRankMultivariateNormal": "T([0., 1.]), T([[1.], [.5]]), T([1., 2.])",
    "MultivariateNormal": "T([0., 1.]), T([[2., .5], [.5, 1.]])",
    "Normal": "T([0., 1.]), T([1., 2.])",
    "OneHotCategorical": "T([[.2, .8], [.3, .7]])",
    "Pareto": "T([1., 2.]), T([3., .5])",
    "Poisson": "T([.5, 4.])",
    "Uniform": "T([.1, .2]), T([.8, 1.])",
    "LogNormal": "T([0., 1.]), T([1., .5])",
    "Chi2": "T([1., 5.])",
    "VonMises": "T([0., 1.]), T([1., .2])",
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("p", PARAMETERS)
def test_divergences(p: str) -> None:
    """All pairs: values where PyTorch has a formula, its error where not."""
    for q, others in PARAMETERS.items():
        asked = f"m.distributions.kl_divergence(d, {D}{q}({others}))"
        found = [answer(m, f"{p}({PARAMETERS[p]})", "0", asked) for m in (ct, torch)]
        same(*found, f"KL({p} || {q})")
    wider = f"m.distributions.kl_divergence(d, {D}{p}({PARAMETERS[p]}).expand((3, *d.batch_shape)))"
    ours, theirs = (answer(m, f"{p}({PARAMETERS[p]})", "0", wider) for m in (ct, torch))
    if isinstance(theirs, torch.Tensor):  # some of PyTorch's formulas refuse to broadcast
        same(ours, theirs, wider)


CONTINUOUS = {
    "Beta(T(.5), T(1.5))": stats.beta(0.5, 1.5),
    "Cauchy(T(1.), T(2.))": stats.cauchy(1, 2),
    "Chi2(T(3.))": stats.chi2(3),
    "Exponential(T(2.))": stats.expon(scale=0.5),
    "FisherSnedecor(T(3.), T(7.))": stats.f(3, 7),
    "Gamma(T(.7), T(2.))": stats.gamma(0.7, scale=0.5),
    "Gamma(T(40.), T(1.))": stats.gamma(40),
    "GeneralizedPareto(T(0.), T(1.), T(.3))": stats.genpareto(0.3),
    "Gumbel(T(1.), T(2.))": stats.gumbel_r(1, 2),
    "HalfCauchy(T(2.))": stats.halfcauchy(scale=2),
    "HalfNormal(T(2.))": stats.halfnorm(scale=2),
    "InverseGamma(T(3.), T(2.))": stats.invgamma(3, scale=2),
    "Laplace(T(1.), T(2.))": stats.laplace(1, 2),
    "LogNormal(T(0.), T(.5))": stats.lognorm(0.5),
    "Normal(T(1.), T(2.))": stats.norm(1, 2),
    "Pareto(T(1.), T(3.))": stats.pareto(3),
    "StudentT(T(5.))": stats.t(5),
    "Uniform(T(1.), T(3.))": stats.uniform(1, 2),
    "VonMises(T(0.), T(3.))": stats.vonmises(3),
    "Weibull(T(2.), T(1.5))": stats.weibull_min(1.5, scale=2),
}
DISCRETE = {
    "Bernoulli(T(.3))": stats.bernoulli(0.3),
    "Binomial(8, T(.3))": stats.binom(8, 0.3),
    "Binomial(100, T(.7))": stats.binom(100, 0.7),
    "Geometric(T(.3))": stats.geom(0.3, loc=-1),
    "NegativeBinomial(T(3.), T(.4))": stats.nbinom(3, 0.6),
    "Poisson(T(3.))": stats.poisson(3),
    "Poisson(T(40.))": stats.poisson(40),
}


@pytest.mark.parametrize("made", CONTINUOUS)
def test_samples(made: str) -> None:
    ct.manual_seed(3)
    drawn = answer(ct, made, "0", "d.sample((20000,))").numpy().astype(np.float64)
    assert stats.kstest(drawn, CONTINUOUS[made].cdf).pvalue > 1e-3


@pytest.mark.parametrize("made", DISCRETE)
def test_counts(made: str) -> None:
    ct.manual_seed(3)
    drawn = answer(ct, made, "0", "d.sample((20000,))").numpy()
    values, counts = np.unique(drawn, return_counts=True)
    expected = DISCRETE[made].pmf(values) * drawn.size
    common = expected > 5
    statistic = ((counts - expected)[common] ** 2 / expected[common]).sum()
    assert stats.chi2.sf(statistic, max(common.sum() - 1, 1)) > 1e-3


MOMENTS = [
    "Dirichlet(T([.5, 2., 3.]))",
    "LowRankMultivariateNormal(T([0., 1., 2.]), T([[1., 0.], [.5, 1.], [0., .3]]), T([1., 2., .5]))",
    "MultivariateNormal(T([0., 1.]), T([[2., .5], [.5, 1.]]))",
    "Wishart(T(5.), T([[2., .5], [.5, 1.]]))",
    "Multinomial(4, T([.2, .3, .5]))",
    "OneHotCategorical(T([.2, .3, .5]))",
    "MixtureSameFamily(m.distributions.Categorical(T([.2, .8])), m.distributions.Normal(T([0., 3.]), T([1., 2.])))",
    "ContinuousBernoulli(T([.2, .9]))",
    "Kumaraswamy(T([.5, 3.]), T([1., 2.]))",
]


@pytest.mark.parametrize("made", MOMENTS)
def test_moments(made: str) -> None:
    ct.manual_seed(3)
    mean, variance, drawn = (
        answer(ct, made, "0", asked).numpy() for asked in ("d.mean", "d.variance", "d.sample((40000,))")
    )
    np.testing.assert_allclose(drawn.mean(0), mean, atol=6 * np.sqrt(variance.max() / 40000))
    np.testing.assert_allclose(drawn.var(0), variance, rtol=0.1, atol=0.01)


def test_lkj_samples_are_factors_of_correlations() -> None:
    drawn = ct.distributions.LKJCholesky(4, ct.tensor(0.7)).sample((100,))
    product = (drawn @ drawn.mT).numpy()
    np.testing.assert_allclose(np.diagonal(product, axis1=-2, axis2=-1), 1, atol=1e-5)
    assert np.abs(product).max() <= 1 + 1e-5


@pytest.mark.parametrize("concentration", [0.05, 0.7, 1.0, 4.0, 60.0, 2000.0])
def test_gradient_of_gamma_samples(concentration: float) -> None:
    """A sample's slope is how its quantile moves with the concentration."""
    quantiles = np.array([0.01, 0.2, 0.5, 0.8, 0.99])
    x, step = stats.gamma.ppf(quantiles, concentration), concentration * 1e-4
    above, below = (stats.gamma.ppf(quantiles, concentration + s) for s in (step, -step))
    slope = ct._standard_gamma_grad(ct.full((5,), concentration), ct.tensor(x, dtype=ct.float32)).numpy()
    np.testing.assert_allclose(slope, (above - below) / (2 * step), rtol=1e-3)


@pytest.mark.parametrize(
    "made",
    [
        "Gamma(a, T(2.))",
        "Beta(a, T(3.))",
        "Dirichlet(m.stack([a, a + 1]))",
        "StudentT(a + 3)",
        "Normal(a, a)",
        "Laplace(a, a)",
        "Weibull(a, T(2.))",
        "MultivariateNormal(m.zeros(2), a * m.eye(2))",
    ],
)
def test_gradients_of_means(made: str) -> None:
    """The gradient of many samples' mean square is that of the second moment."""
    ct.manual_seed(5)
    a = ct.tensor(2.0, requires_grad=True)
    d = eval(D + made, {"m": ct, "T": ct.tensor, "a": a})
    (sampled,) = ct.autograd.grad(d.rsample((40000,)).square().mean(0).sum(), a, retain_graph=True)
    (exact,) = ct.autograd.grad((d.variance + d.mean.square()).sum(), a)
    assert sampled.item() == pytest.approx(exact.item(), rel=0.1, abs=0.02)


TRANSFORMS = {
    "AffineTransform(1., 2.)": "T([.3, -2.])",
    "AffineTransform(T([1., 2.]), T([2., -1.]), event_dim=1)": "T([.3, -2.])",
    "ExpTransform()": "T([.3, -2.])",
    "PowerTransform(T(2.))": "T([.3, 2.])",
    "SigmoidTransform()": "T([.3, -2.])",
    "SoftplusTransform()": "T([.3, -2.])",
    "TanhTransform()": "T([.3, -2.])",
    "StickBreakingTransform()": "T([.3, -2.])",
    "CorrCholeskyTransform()": "T([.3, -2., 1.])",
    "ReshapeTransform((2,), (2, 1))": "T([.3, -2.])",
    "CatTransform([m.distributions.ExpTransform(), m.distributions.TanhTransform()])": "T([.3, -2.])",
    "StackTransform([m.distributions.ExpTransform(), m.distributions.TanhTransform()])": "T([.3, -2.])",
    "ComposeTransform([m.distributions.AffineTransform(1., 2.), m.distributions.ExpTransform()])": "T([.3, -2.])",
    "IndependentTransform(m.distributions.ExpTransform(), 1)": "T([.3, -2.])",
    "CumulativeDistributionTransform(m.distributions.Normal(0., 1.))": "T([.3, -2.])",
    "SoftmaxTransform()": "T([.3, -2.])",
    "LowerCholeskyTransform()": "T([[.3, -2.], [1., 2.]])",
    "PositiveDefiniteTransform()": "T([[.3, -2.], [1., 2.]])",
    "AbsTransform()": "T([.3, -2.])",
}


@pytest.mark.parametrize("made", TRANSFORMS)
def test_transforms(made: str) -> None:
    asked = ("d(v)", "d.inv(d(v))", "d.log_abs_det_jacobian(v, d(v))", "repr(d)", "d.bijective", "d.domain.event_dim",
             "repr(d.codomain)", "list(d.forward_shape(v.shape))", "d == d", "d.with_cache(1)(v)", "d.sign", "repr(d.inv)")  # fmt: skip
    for one in asked:
        same(answer(ct, made, TRANSFORMS[made], one), answer(torch, made, TRANSFORMS[made], one), f"{made}: {one}")


CONSTRAINTS = {
    "boolean": "T([0., 1., 2.])",
    "one_hot": "T([[0., 1.], [1., 1.]])",
    "corr_cholesky": "T([[1., 0.], [.6, .8]])",
    "greater_than(1.)": "T([1., 2.])",
    "greater_than_eq(1.)": "T([1., 0.])",
    "half_open_interval(0., 1.)": "T([0., 1., 2.])",
    "integer_interval(0, 3)": "T([0., 1.5, 4.])",
    "interval(0., 1.)": "T([0., 1., 2.])",
    "less_than(1.)": "T([1., 0.])",
    "lower_cholesky": "T([[1., 0.], [.6, -.8]])",
    "lower_triangular": "T([[1., 0.], [.6, -.8]])",
    "multinomial(3)": "T([[1., 2.], [3., 1.]])",
    "nonnegative_integer": "T([0., -1., .5])",
    "positive": "T([0., 1.])",
    "positive_definite": "T([[2., .5], [.5, 1.]])",
    "positive_semidefinite": "T([[1., 1.], [1., 1.]])",
    "real_vector": "T([[0., math.nan], [1., 2.]])",
    "simplex": "T([[.2, .8], [.3, .8]])",
    "square": "T([[2., .5], [.5, 1.]])",
    "symmetric": "T([[2., .5], [.4, 1.]])",
    "cat([m.distributions.constraints.positive, m.distributions.constraints.real], 0, [1, 1])": "T([-1., -1.])",
    "stack([m.distributions.constraints.positive, m.distributions.constraints.real])": "T([-1., -1.])",
}


@pytest.mark.parametrize("made", CONSTRAINTS)
def test_constraints(made: str) -> None:
    asked = ("d.check(v)", "repr(d)", "d.event_dim", "d.is_discrete", "repr(m.distributions.biject_to(d))",
             "repr(m.distributions.transform_to(d))")  # fmt: skip
    for one in asked:
        found = [answer(m, f"constraints.{made}", CONSTRAINTS[made], one) for m in (ct, torch)]
        if one == "repr(d)":
            assert str(found[0]).split("(object")[0] == str(found[1]).split("(object")[0]
        else:
            same(*found, f"{made}: {one}")


@pytest.mark.parametrize(
    "made",
    [
        "Normal(0., -1.)",
        "Normal('a', 1.)",
        "Categorical(T([-1., 2.]))",
        "Bernoulli(T(.1), T(.2))",
        "Bernoulli()",
        "Dirichlet(T(1.))",
        "Uniform(T(1.), T(0.))",
        "MultivariateNormal(T([0.]), T([[-1.]]))",
        "MultivariateNormal(T([0.]))",
        "Independent(m.distributions.Normal(0., 1.), 1)",
        "LKJCholesky(1)",
        "Wishart(T(.5), T([[1., 0.], [0., 1.]]))",
    ],
)
def test_errors(made: str) -> None:
    with pytest.raises(Exception) as theirs:
        eval(D + made, {"m": torch, "T": torch.tensor})
    with pytest.raises(type(theirs.value)) as ours:
        eval(D + made, {"m": ct, "T": ct.tensor})
    assert str(ours.value)[:40] == str(theirs.value)[:40]


def test_names_are_pytorchs() -> None:
    assert set(torch.distributions.__all__) <= set(ct.distributions.__all__)
    assert ct.distributions.normal.Normal is ct.distributions.Normal


@pytest.mark.parametrize("dtype", [ct.float16, ct.float32])
def test_one_of_many_is_drawn_by_its_weight(dtype: ct.dtype) -> None:
    """A random number of 0 makes no weight win: all rows draw the one that has nearly all of the weight."""
    weights = ct.full((32768,), 1e-12 if dtype is ct.float32 else 6e-8, dtype=dtype)
    weights[7] = 60000 if dtype is ct.float16 else 1
    assert (ct.multinomial(weights.expand(512, 32768), 1, replacement=True) == 7).all()
    assert (ct.multinomial(weights.expand(512, 32768), 1) == 7).all()


def test_a_categorical_trusts_what_it_has_drawn() -> None:
    """What was drawn last is not looked at again, unless it was written to; objects with a memory of it can be copied."""
    chances = ct.tensor([[0.0, 0.25, 0.75], [1.0, 0.0, 0.0]])
    d = ct.distributions.Categorical(chances)
    drawn = d.sample()
    assert d.log_prob(drawn).isfinite().all() and drawn[1] == 0
    again = pickle.loads(pickle.dumps(d))
    assert (again.log_prob(drawn) == d.log_prob(drawn)).all()
    drawn += 5
    with pytest.raises(ValueError, match="to be within the support"):
        d.log_prob(drawn)
    share = ct.distributions.Categorical(chances[:1].expand(20000, 3)).sample().bincount(minlength=3) / 20000
    np.testing.assert_allclose(share.numpy(), chances[0].numpy(), atol=0.02)


@pytest.mark.parametrize("m", [ct, torch], ids=["cltorch", "torch"])
def test_a_module_may_be_a_distribution_too(m: Any) -> None:
    """Its buffers are found, and the parameters that lie with the base distribution cannot be set."""

    class Prior(m.distributions.LogNormal, m.nn.Module):
        def __init__(self) -> None:
            m.nn.Module.__init__(self)
            m.distributions.LogNormal.__init__(self, 1.0, 2.0)
            self.register_buffer("kept_loc", self.loc)

    prior = Prior()
    assert prior.kept_loc.item() == 1.0 and list(prior.state_dict()) == ["kept_loc"]
    with pytest.raises(AttributeError):
        prior.loc = m.tensor(3.0)


@pytest.mark.parametrize("m", [ct, torch], ids=["cltorch", "torch"])
def test_transforms_and_distributions_make_the_modules_that_they_are(m: Any) -> None:
    """Pyro's flows call ``super().__init__`` once and have parameters then."""

    class Scale(m.distributions.Transform, m.nn.Module):
        __hash__ = m.nn.Module.__hash__

        def __init__(self) -> None:
            super().__init__(cache_size=1)
            self.factor = m.nn.Parameter(m.tensor(2.0))

    class Belief(m.distributions.Normal, m.nn.Module):
        def __init__(self) -> None:
            super().__init__(0.0, 1.0)
            self.weight = m.nn.Parameter(m.tensor(3.0))

    for made, name in ((Scale(), "factor"), (Belief(), "weight")):
        assert [name] == [found for found, _ in made.named_parameters()]
