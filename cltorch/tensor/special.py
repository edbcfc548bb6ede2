"""Functions of ``special`` that are compositions or other names. See torch.special."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..ops.arguments import takes
from ..ops.names import public
from .apply import stored
from .functions import FUNCTIONS
from .tensor import Tensor


def _also(name: str, row: str) -> Any:
    """A name of ``special`` for a function that is known under another one."""
    function = FUNCTIONS[row]

    def alias(input: Any = None, *args: Any, out: Tensor | None = None, **named: Any) -> Tensor:
        return function(input, *args, out=out, **named)

    alias.__name__ = alias.__qualname__ = name
    alias.__doc__ = f"`{row}`. See torch.special.{name}."
    return public("special")(alias)


for _name, _row in {
    **{name: name for name in "digamma erf erfc erfinv exp2 expm1 log1p".split()},
    **{"psi": "digamma", "expit": "sigmoid", "gammaln": "lgamma", "gammainc": "igamma", "gammaincc": "igammac"},
}.items():
    _also(_name, _row)


@public("special")
def logit(input: Tensor, eps: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """``log(x / (1 - x))``. See torch.special.logit."""
    return stored(input.logit(eps), out, exact=False)


@public("special")
@takes("round_vml_cpu", "half wide")
def round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """The nearest integer, halves to even. See torch.special.round."""
    return stored(input.round(decimals=decimals), out)


@public("special")
def logsumexp(input: Tensor, dim: Any, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of summed exponentials. See torch.special.logsumexp."""
    return stored(input.logsumexp(dim, keepdim), out, exact=False)


@public("special")
def softmax(input: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
    """Exponentials divided by their sum. See torch.special.softmax."""
    return input.softmax(dim, dtype)


@public("special")
def log_softmax(input: Tensor, dim: int, *, dtype: dtypes.dtype | None = None) -> Tensor:
    """The logarithm of `softmax`. See torch.special.log_softmax."""
    return input.log_softmax(dim, dtype)


@public("torch special")
def polygamma(n: int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The ``n``-th derivative of `digamma`. See torch.special.polygamma."""
    return stored(input.polygamma(n), out, exact=False)


@public("special")
def multigammaln(input: Tensor, p: int, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the multivariate gamma function. See torch.special.multigammaln."""
    return stored(input.mvlgamma(p), out, exact=False)
