"""Random numbers whose parameters are tensors. Each element has a key of 63 random bits; the numbers made of it are the same on
every device up to rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import dtypes
from ..autograd.flat import with_zeros, without_derivative
from ..autograd.modes import no_grad
from ..ops import rules
from ..ops.arguments import need_kind
from ..ops.names import public
from ..runtime.faults import RATE
from . import philox
from .factory import need_tensor
from .functions import FUNCTIONS
from .guards import refuse
from .tensor import Tensor

if TYPE_CHECKING:
    from .random import Generator


def _keys(*parameters: Tensor, generator: Generator | None) -> Tensor:
    shape = rules.broadcast_shape([p._cl_meta.shape for p in parameters])
    return philox.draw(Tensor, "bits", shape, dtypes.int64, parameters[0]._cl_meta.device, generator)


@public()
def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Poisson-distributed numbers of the rates ``input``. See torch.poisson."""
    rate = need_tensor("poisson", input)
    refuse(~(rate >= 0), RATE)
    with no_grad():
        rate = rate.contiguous()
        made = FUNCTIONS["poisson_sample"](rate, _keys(rate, generator=generator))
    return with_zeros(made, "PoissonBackward0", input)


@public()
def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """How many of ``count`` trials succeed that each do with chance ``prob``. See torch.binomial."""
    count, prob = need_tensor("binomial", count), need_tensor("binomial", prob)
    for name, given in (("count", count), ("prob", prob)):
        if not given.is_floating_point():
            raise ValueError(f"binomial only supports floating-point dtypes for {name}, got: {given.dtype.title}")
    need_kind("binomial_cpu", ("wide",), count._cl_meta.dtype)
    if prob._cl_meta.dtype is not count._cl_meta.dtype:
        raise RuntimeError(f"Found dtype {prob.dtype.title} but expected {count.dtype.title}")
    with no_grad():
        made = FUNCTIONS["binomial_sample"](
            count.contiguous(), prob.contiguous(), _keys(count, prob, generator=generator)
        )
    return without_derivative(made, "binomial", count, prob)


@public()
def _standard_gamma(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Gamma-distributed numbers of the shapes ``input`` and scale 1, through which gradients flow (`ops.samples`)."""
    return FUNCTIONS["gamma_sample"](input.contiguous(), _keys(input, generator=generator))


@public()
def _standard_gamma_grad(input: Tensor, output: Tensor) -> Tensor:
    """How gamma-distributed numbers ``output`` change with their shapes ``input``."""
    return FUNCTIONS["gamma_slope"](input, output)


@public()
def _sample_dirichlet(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Dirichlet-distributed vectors of the concentrations ``input``, through which gradients flow."""
    parts = _standard_gamma(input, generator).clamp_min(dtypes.finfo(input.dtype).tiny)
    return parts / parts.sum(-1, keepdim=True)


def von_mises(concentration: Tensor) -> Tensor:
    """Angles around 0 of the von Mises distributions of these concentrations."""
    with no_grad():
        return FUNCTIONS["von_mises_sample"](concentration, _keys(concentration, generator=None))
