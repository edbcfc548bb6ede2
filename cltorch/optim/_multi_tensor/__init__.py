"""The optimizers with ``foreach=True`` as their default. See torch.optim._multi_tensor."""

from __future__ import annotations

from functools import partialmethod
from typing import Any

from .. import adadelta, adagrad, adam, adamax, adamw, asgd, nadam, radam, rmsprop, rprop, sgd
from ..optimizer import Optimizer

__all__ = ["ASGD", "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop"]


def partialclass(cls: type[Optimizer], *args: Any, **kwargs: Any) -> type[Optimizer]:
    """A subclass whose first arguments, and whose defaults by name, are given."""
    return type("NewCls", (cls,), {"__init__": partialmethod(cls.__init__, *args, **kwargs)})


ASGD = partialclass(asgd.ASGD, foreach=True)
SGD = partialclass(sgd.SGD, foreach=True)
Adadelta = partialclass(adadelta.Adadelta, foreach=True)
Adagrad = partialclass(adagrad.Adagrad, foreach=True)
Adam = partialclass(adam.Adam, foreach=True)
AdamW = partialclass(adamw.AdamW, foreach=True)
Adamax = partialclass(adamax.Adamax, foreach=True)
NAdam = partialclass(nadam.NAdam, foreach=True)
RAdam = partialclass(radam.RAdam, foreach=True)
RMSprop = partialclass(rmsprop.RMSprop, foreach=True)
Rprop = partialclass(rprop.Rprop, foreach=True)
