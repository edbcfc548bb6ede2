"""What all schedules share. See torch.optim.lr_scheduler.LRScheduler."""

from __future__ import annotations

import functools
import types
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ...tensor.tensor import Tensor
from ...warned import warn
from ..optimizer import Group, Optimizer

_ORDER = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you should "
    "call them in the opposite order: `optimizer.step()` before `lr_scheduler.step()`.  Failure to do this will "
    "result in PyTorch skipping the first value of the learning rate schedule. See more details at "
    "https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"
)
_OVERRIDDEN = (
    "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. Please, make"
    " sure to call `optimizer.step()` before `lr_scheduler.step()`. See more details at "
    "https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"
)
EPOCH_DEPRECATION_WARNING = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please "
    "use `scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from None, the "
    "closed form is used instead of the new chainable form, where available. Please open an issue if you are "
    "unable to replicate your use case: https://github.com/pytorch/pytorch/issues/new/choose."
)
_LAST_LR = "To get the last learning rate computed by the scheduler, please use `get_last_lr()`."


def _param_groups_val_list(optimizer: Optimizer, key: str) -> list[Any]:
    """``group[key]`` of all groups; tensors are copied, so that nobody changes the group through the list."""
    return [group[key].clone() if isinstance(group[key], Tensor) else group[key] for group in optimizer.param_groups]


def _update_param_group_val(group: Group, key: str, value: Any) -> None:
    """Set an option of a group; one that is a tensor keeps being the same tensor."""
    if isinstance(group[key], Tensor):
        group[key].fill_(value.reshape(()) if isinstance(value, Tensor) else value)
    else:
        group[key] = value


def attributes_of(function: Any) -> dict[str, Any] | None:
    """What a dictionary keeps of a callable object: its attributes; of a function, nothing."""
    return None if isinstance(function, types.FunctionType) else function.__dict__.copy()


def _track_steps(optimizer: Optimizer) -> None:
    """Let the optimizer remember that its step was called: a schedule's step should come after it."""
    if hasattr(optimizer.step, "_wrapped_by_lr_sched"):
        return
    step_of: Any = optimizer.step
    function, there = step_of.__func__, weakref.ref(optimizer)  # no cycle: the optimizer dies when it is dropped

    @functools.wraps(function)
    def step(*args: Any, **kwargs: Any) -> Any:
        found: Any = there()
        found._opt_called = True
        return function(found, *args, **kwargs)

    step._wrapped_by_lr_sched = True  # type: ignore[attr-defined]
    optimizer.step = step  # type: ignore[method-assign]


class LRScheduler:
    """Sets the learning rate of an optimizer's groups, once when made and then at every `step`.

    A subclass gives ``get_lr()``, one rate per group, from ``last_epoch`` (0 at first), ``base_lrs`` and the groups'
    present rates. ``last_epoch`` other than -1 continues a run whose groups hold ``initial_lr``.
    """

    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                rate = group["lr"]
                group.setdefault("initial_lr", rate.clone() if isinstance(rate, Tensor) else rate)
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with "
                    "last_epoch >= 0.\nThis typically happens when:\n1. You're trying to resume training from a "
                    "checkpoint but haven't properly loaded the optimizer state\n2. You're using last_epoch >= 0 for a "
                    "fresh training run (not recommended)"
                )
        self.base_lrs = _param_groups_val_list(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        _track_steps(optimizer)
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the first rates."""
        self._step_count = 0
        with _initial_mode(self):
            self.step()

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list[Any]:
        """The rates that the last step set, one per group."""
        return self._last_lr

    def get_lr(self) -> list[Any]:
        """The rates that the next step sets, one per group."""
        raise NotImplementedError(f"{type(self).__name__} does not say its rates: define get_lr()")

    def step(self, epoch: int | None = None) -> None:
        """Go on by one epoch (or to ``epoch``, which is deprecated). Call it after the optimizer's step."""
        if self._step_count == 1:
            if not hasattr(self.optimizer.step, "_wrapped_by_lr_sched"):
                warn(_OVERRIDDEN)
            elif not getattr(self.optimizer, "_opt_called", False):
                warn(_ORDER)
        self._step_count += 1
        if epoch is not None:
            warn(EPOCH_DEPRECATION_WARNING)
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        """Set the rates of the next epoch, or of ``epoch``: by ``_get_closed_form_lr()`` where the schedule has that."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        closed_form = getattr(self, "_get_closed_form_lr", None)
        self._set_rates(self.get_lr if epoch is None or closed_form is None else closed_form)

    def _set_rates(self, rates: Callable[[], list[Any]]) -> None:
        """Set the groups' rates to what ``rates`` gives."""
        with _enable_get_lr_call(self):
            found = rates()
        for group, rate in zip(self.optimizer.param_groups, found, strict=True):
            _update_param_group_val(group, "lr", rate)
        self._last_lr = _param_groups_val_list(self.optimizer, "lr")

    def _warn_outside_step(self) -> None:
        _warn_get_lr_called_within_step(self, 4)

    def _scaled(self, factor: float) -> list[Any]:
        return [group["lr"] * factor for group in self.optimizer.param_groups]


def _warn_get_lr_called_within_step(lr_scheduler: LRScheduler, stacklevel: int = 2) -> None:
    """A warning if ``get_lr`` is called by somebody else than a step."""
    if not lr_scheduler._get_lr_called_within_step:
        warn(_LAST_LR)


class _enable_get_lr_call:
    """Within it ``get_lr`` is called by a step."""

    def __init__(self, o: LRScheduler) -> None:
        self.o = o

    def __enter__(self) -> _enable_get_lr_call:
        self.o._get_lr_called_within_step = True
        return self

    def __exit__(self, type: Any, value: Any, traceback: Any) -> None:
        self.o._get_lr_called_within_step = False


@contextmanager
def _initial_mode(scheduler: LRScheduler) -> Iterator[None]:
    """Within it a schedule makes its first step."""
    scheduler._is_initial = True
    try:
        yield
    finally:
        scheduler._is_initial = False


class _LRScheduler(LRScheduler):
    """The name that `LRScheduler` had before."""
