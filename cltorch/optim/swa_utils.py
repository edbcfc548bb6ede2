"""Averages of a model's weights over training. See torch.optim.swa_utils."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from typing import Any, Literal

from ..autograd.modes import no_grad
from ..dtypes import int64
from ..nn.modules.batchnorm import _BatchNorm
from ..nn.modules.module import Module
from ..ops.foreach import formula
from ..tensor.creation import tensor
from ..tensor.tensor import Tensor
from .lr_scheduler.base import LRScheduler
from .lr_scheduler.cycles import per_group
from .optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

Average = Callable[[Tensor, Tensor, Any], Tensor]
MultiAverage = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]

_TOWARDS = formula("average = lerp(average, current, weight)", "average current")


def _lerp_all(averages: Sequence[Tensor], currents: Sequence[Tensor], weight: Any) -> None:
    """Move tensors of one dtype and device towards others, by a share of the way, in few kernels."""
    _TOWARDS([averages, currents], {"weight": weight})


def _check_decay(decay: float) -> None:
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def get_ema_multi_avg_fn(decay: float = 0.999) -> MultiAverage:
    """A function that updates exponential moving averages in place, all tensors at once."""
    _check_decay(decay)

    @no_grad()
    def ema_update(averages: Sequence[Tensor], currents: Sequence[Tensor], _: Any) -> None:
        if averages[0].is_floating_point():
            _lerp_all(averages, currents, 1 - decay)
            return
        for average, current in zip(averages, currents, strict=True):
            average.copy_(average * decay + current * (1 - decay))

    return ema_update


def get_swa_multi_avg_fn() -> MultiAverage:
    """A function that updates equally weighted averages in place, all tensors at once."""

    @no_grad()
    def swa_update(averages: Sequence[Tensor], currents: Sequence[Tensor], num_averaged: Any) -> None:
        if averages[0].is_floating_point():
            _lerp_all(averages, currents, 1 / (num_averaged + 1))
            return
        for average, current in zip(averages, currents, strict=True):
            average.copy_(average + (current - average) / (num_averaged + 1))

    return swa_update


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """A function that gives an exponential moving average from the last one and a new tensor."""
    _check_decay(decay)

    @no_grad()
    def ema_update(average: Tensor, current: Tensor, num_averaged: Any) -> Tensor:
        return decay * average + (1 - decay) * current

    return ema_update


def get_swa_avg_fn() -> Average:
    """A function that gives an equally weighted average from the last one, a new tensor and how many it is of."""

    @no_grad()
    def swa_update(average: Tensor, current: Tensor, num_averaged: Any) -> Tensor:
        return average + (current - average) / (num_averaged + 1)

    return swa_update


class AveragedModel(Module):
    """A copy of a model (``module``) whose parameters are averages of those that `update_parameters` met: equally weighted
    (Izmailov and others, 2018), or as ``avg_fn`` (one tensor) or ``multi_avg_fn`` (all of one dtype and device) say.

    With ``use_buffers`` buffers are averaged, too, otherwise the latest are copied. ``n_averaged`` counts the updates.
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: MultiAverage | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=int64, device=device))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers
        self._counted: tuple[Tensor, int, int] | None = (
            None  # the count as this object left it: tensor, version, number
        )

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model gives."""
        return self.module(*args, **kwargs)

    def _count(self) -> int:
        """``n_averaged`` as a number, read from the device only if others have changed it."""
        kept = self._counted
        if kept is not None and kept[0] is self.n_averaged and kept[1] == self.n_averaged._version:
            return kept[2]
        return int(self.n_averaged)

    @no_grad()
    def update_parameters(self, model: Module) -> None:
        """Take the present parameters of ``model`` into the averages; the first ones are copied."""
        averages: Iterator[Tensor] = self.module.parameters()
        currents: Iterator[Tensor] = model.parameters()
        if self.use_buffers:
            averages = itertools.chain(averages, self.module.buffers())
            currents = itertools.chain(currents, model.buffers())
        pairs = [(a.detach(), c.detach().to(a.device)) for a, c in zip(averages, currents, strict=False)]
        count = self._count()
        if count == 0:
            for average, current in pairs:
                average.copy_(current)
        elif self.avg_fn is not None:
            for average, current in pairs:
                average.copy_(self.avg_fn(average, current, self.n_averaged.to(average.device)))
        else:
            self._update_together(pairs, count)
        if not self.use_buffers:
            for own, other in zip(self.module.buffers(), model.buffers(), strict=True):
                own.detach().copy_(other.detach().to(own.device))
        self.n_averaged += 1
        self._counted = (self.n_averaged, self.n_averaged._version, count + 1)

    def _update_together(self, pairs: list[tuple[Tensor, Tensor]], count: int) -> None:
        """Update the averages of each dtype and device at once."""
        groups: dict[Any, list[tuple[Tensor, Tensor]]] = {}
        for pair in pairs:
            groups.setdefault((pair[0].dtype, pair[0].device), []).append(pair)
        for (_, device), group in groups.items():
            averages, currents = [pair[0] for pair in group], [pair[1] for pair in group]
            if self.multi_avg_fn is not None:
                self.multi_avg_fn(averages, currents, self.n_averaged.to(device))
            else:
                get_swa_multi_avg_fn()(averages, currents, count)


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running statistics of all batch norms of a model anew, as means over the batches of ``loader`` (of which
    the first entry is taken where they are lists or tuples). Does nothing for a model without batch norm."""
    momenta = {module: module.momentum for module in model.modules() if isinstance(module, _BatchNorm)}
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.reset_running_stats()
        module.momentum = None
    for batch in loader:
        given = batch[0] if isinstance(batch, (list, tuple)) else batch
        model(given if device is None else given.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """From the groups' rates to ``swa_lr`` in ``anneal_epochs`` epochs, along a line or half a cosine, and then constant."""

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        last_epoch: int = -1,
    ) -> None:
        for rate, group in zip(per_group("swa_lr", optimizer, swa_lr), optimizer.param_groups, strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self._anneal_strategy = anneal_strategy
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def anneal_func(self, share: float) -> float:
        """How much of the way is gone after a share of the time."""
        return self._linear_anneal(share) if self._anneal_strategy == "linear" else self._cosine_anneal(share)

    @staticmethod
    def _linear_anneal(t: float) -> float:
        return t

    @staticmethod
    def _cosine_anneal(t: float) -> float:
        return (1 - math.cos(math.pi * t)) / 2

    @staticmethod
    def _get_initial_lr(lr: Any, swa_lr: Any, alpha: float) -> Any:
        """The rate that a group started with, from the present one after the share ``alpha`` of the way."""
        return swa_lr if alpha == 1 else (lr - alpha * swa_lr) / (1 - alpha)

    def get_lr(self) -> list[Any]:
        """The rates of this epoch, from the present ones: what the groups started with is computed back from those."""
        self._warn_outside_step()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = (self.anneal_func(max(0, min(1, at / max(1, self.anneal_epochs)))) for at in (step - 1, step))
        rates = []
        for group in self.optimizer.param_groups:
            end = group["swa_lr"]
            start = self._get_initial_lr(group["lr"], end, before)
            rates.append(end * now + start * (1 - now))
        return rates
