"""Reductions and normalizations of the elements where a mask holds. See torch.masked."""

from ._ops import (
    amax,
    amin,
    argmax,
    argmin,
    cumprod,
    cumsum,
    log_softmax,
    logaddexp,
    logsumexp,
    mean,
    median,
    norm,
    normalize,
    prod,
    softmax,
    softmin,
    std,
    sum,
    var,
)

__all__ = [
    *(
        "amax",
        "amin",
        "argmax",
        "argmin",
        "cumprod",
        "cumsum",
        "log_softmax",
        "logaddexp",
        "logsumexp",
        "mean",
        "median",
    ),
    *("norm", "normalize", "prod", "softmax", "softmin", "std", "sum", "var"),
]
