"""Random numbers of distributions, each from its parameters and a key of random bits; `tensor.samplers` draws the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .pointwise import pointwise

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor


def _refused(g: Tensor) -> Tensor:
    raise NotImplementedError("the derivative for '_standard_gamma_grad' is not implemented.")


@pointwise(
    "gamma_slope(input, output)",
    vjp=(_refused, _refused),
    dtypes="floating",
    method=False,
    inplace=False,
    domain=(0.5, 3.0),
)
def gamma_slope(input: Tensor, output: Tensor) -> Tensor:
    """How gamma numbers ``output`` change with their shapes ``input``: by implicit reparameterization."""
    ...


@pointwise(
    "gamma_sample(input, key)",
    vjp=(lambda g, y, input: g * input._op("gamma_slope", y), None),
    dtypes="floating",
    extra="key",
    method=False,
    inplace=False,
)
def gamma_sample(input: Tensor, key: Tensor) -> Tensor:
    """Numbers of the gamma distributions of shapes ``input`` and scale 1."""
    ...


@pointwise("poisson_sample(input, key)", dtypes="floating", extra="key", method=False, inplace=False)
def poisson_sample(input: Tensor, key: Tensor) -> Tensor:
    """Numbers of the Poisson distributions of rates ``input``."""
    ...


@pointwise("binomial_sample(count, prob, key)", dtypes="floating", extra="key", method=False, inplace=False)
def binomial_sample(count: Tensor, prob: Tensor, key: Tensor) -> Tensor:
    """Numbers of the binomial distributions of ``count`` trials that succeed with chance ``prob``."""
    ...


@pointwise("von_mises_sample(input, key)", dtypes="floating", extra="key", method=False, inplace=False)
def von_mises_sample(input: Tensor, key: Tensor) -> Tensor:
    """Angles around 0 of the von Mises distributions of concentrations ``input``."""
    ...
