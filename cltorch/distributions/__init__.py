"""Probability distributions. See torch.distributions."""

from __future__ import annotations

import sys
from types import ModuleType

from . import constraints, kl, transforms, utils
from .combined import Independent, MixtureSameFamily, TransformedDistribution
from .constraint_registry import biject_to, transform_to
from .continuous import Cauchy, ContinuousBernoulli, GeneralizedPareto, Laplace, Normal, Uniform, VonMises
from .discrete import (
    Bernoulli,
    Binomial,
    Categorical,
    Geometric,
    Multinomial,
    NegativeBinomial,
    OneHotCategorical,
    OneHotCategoricalStraightThrough,
    Poisson,
)
from .distribution import Distribution, ExponentialFamily
from .gammas import Beta, Chi2, Dirichlet, Exponential, FisherSnedecor, Gamma, StudentT
from .kl import kl_divergence, register_kl
from .multivariate import LKJCholesky, LowRankMultivariateNormal, MultivariateNormal, Wishart
from .relaxed import ExpRelaxedCategorical, LogitRelaxedBernoulli, RelaxedBernoulli, RelaxedOneHotCategorical
from .transformed import (
    Gumbel,
    HalfCauchy,
    HalfNormal,
    InverseGamma,
    Kumaraswamy,
    LogisticNormal,
    LogNormal,
    Pareto,
    Weibull,
)
from .transforms import *
from .transforms import __all__ as _transforms

__all__ = [
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Chi2",
    "ContinuousBernoulli",
    "Dirichlet",
    "Distribution",
    "Exponential",
    "ExponentialFamily",
    "FisherSnedecor",
    "Gamma",
    "GeneralizedPareto",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "Independent",
    "InverseGamma",
    "Kumaraswamy",
    "LKJCholesky",
    "Laplace",
    "LogNormal",
    "LogisticNormal",
    "LowRankMultivariateNormal",
    "MixtureSameFamily",
    "Multinomial",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "OneHotCategorical",
    "OneHotCategoricalStraightThrough",
    "Pareto",
    "Poisson",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "StudentT",
    "TransformedDistribution",
    "Uniform",
    "VonMises",
    "Weibull",
    "Wishart",
    "biject_to",
    "kl_divergence",
    "register_kl",
    "transform_to",
    *_transforms,
]


def _modules() -> None:
    """PyTorch has a module for each distribution: the classes are found under these names too."""
    homes = {
        "bernoulli": (Bernoulli,),
        "beta": (Beta,),
        "binomial": (Binomial,),
        "categorical": (Categorical,),
        "cauchy": (Cauchy,),
        "chi2": (Chi2,),
        "continuous_bernoulli": (ContinuousBernoulli,),
        "dirichlet": (Dirichlet,),
        "exp_family": (ExponentialFamily,),
        "exponential": (Exponential,),
        "fishersnedecor": (FisherSnedecor,),
        "gamma": (Gamma,),
        "generalized_pareto": (GeneralizedPareto,),
        "geometric": (Geometric,),
        "gumbel": (Gumbel,),
        "half_cauchy": (HalfCauchy,),
        "half_normal": (HalfNormal,),
        "independent": (Independent,),
        "inverse_gamma": (InverseGamma,),
        "kumaraswamy": (Kumaraswamy,),
        "laplace": (Laplace,),
        "lkj_cholesky": (LKJCholesky,),
        "log_normal": (LogNormal,),
        "logistic_normal": (LogisticNormal,),
        "lowrank_multivariate_normal": (LowRankMultivariateNormal,),
        "mixture_same_family": (MixtureSameFamily,),
        "multinomial": (Multinomial,),
        "multivariate_normal": (MultivariateNormal,),
        "negative_binomial": (NegativeBinomial,),
        "normal": (Normal,),
        "one_hot_categorical": (OneHotCategorical, OneHotCategoricalStraightThrough),
        "pareto": (Pareto,),
        "poisson": (Poisson,),
        "relaxed_bernoulli": (LogitRelaxedBernoulli, RelaxedBernoulli),
        "relaxed_categorical": (ExpRelaxedCategorical, RelaxedOneHotCategorical),
        "studentT": (StudentT,),
        "transformed_distribution": (TransformedDistribution,),
        "uniform": (Uniform,),
        "von_mises": (VonMises,),
        "weibull": (Weibull,),
        "wishart": (Wishart,),
    }
    for name, classes in homes.items():
        module = ModuleType(f"{__name__}.{name}", f"See torch.distributions.{name}.")
        module.__dict__.update({cls.__name__: cls for cls in classes}, __all__=[cls.__name__ for cls in classes])
        module.__dict__["Distribution"] = Distribution  # what every one of PyTorch's files imports
        for cls in classes:
            cls.__module__ = module.__name__  # pickles and messages name it
        setattr(sys.modules[__name__], name, module)
        sys.modules[module.__name__] = module


_modules()
