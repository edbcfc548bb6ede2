"""Passes one after the other, in an order that constraints allow. See torch.fx.passes.pass_manager; `infra.pass_manager` is the newer one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import wraps
from inspect import unwrap
from typing import Any

__all__ = [
    "PassManager",
    "inplace_wrapper",
    "log_hook",
    "loop_pass",
    "these_before_those_pass_constraint",
    "this_before_that_pass_constraint",
]

Pass = Callable[..., Any]
Constraint = Callable[[Pass, Pass], bool]  # whether the first may stand before the second
logger = logging.getLogger(__name__.replace("cltorch", "torch"))


def inplace_wrapper(fn: Pass) -> Pass:
    """A pass that gives back what it was given, whatever ``fn`` returns, which changes it."""

    @wraps(fn)
    def changed(gm: Any, *args: Any, **kwargs: Any) -> Any:
        fn(gm, *args, **kwargs)
        return gm

    return changed


def log_hook(fn: Pass, level: int = logging.INFO) -> Pass:
    """The pass; what it returns is written into the log."""

    @wraps(fn)
    def logged(*args: Any, **kwargs: Any) -> Any:
        found = fn(*args, **kwargs)
        logger.log(level, "Ran pass %s\t Return value: %s", fn, found)
        return found

    return logged


def loop_pass(base_pass: Pass, n_iter: int | None = None, predicate: Callable[[Any], bool] | None = None) -> Pass:
    """The pass ``n_iter`` times, or as long as ``predicate`` of what it gave holds. AssertionError unless one of them is given;
    RuntimeError, when it is run, for a number of times that is not positive.
    """
    if (n_iter is None) == (predicate is None):
        raise AssertionError("Exactly one of `n_iter`or `predicate` must be specified.")

    @wraps(base_pass)
    def looped(source: Any) -> Any:
        if predicate is not None:
            while predicate(source):
                source = base_pass(source)
            return source
        if not n_iter or n_iter < 0:
            raise RuntimeError(
                f"loop_pass must be given positive int n_iter (given {n_iter}) xor predicate (given None)"
            )
        for _ in range(n_iter):
            source = base_pass(source)
        return source

    return looped


def this_before_that_pass_constraint(this: Pass, that: Pass) -> Constraint:
    """A constraint: ``that`` must not stand before ``this``."""
    return lambda a, b: a != that or b != this


def these_before_those_pass_constraint(these: Pass, those: Pass) -> Constraint:
    """`this_before_that_pass_constraint` for passes that are wrapped, as by `loop_pass`."""
    return lambda a, b: unwrap(a) != those or unwrap(b) != these


def check_order(constraint: Constraint, passes: Sequence[Pass]) -> None:
    """RuntimeError if one pass stands before another one and must not."""
    for i, a in enumerate(passes):
        for j, b in enumerate(passes[i + 1 :]):
            if not constraint(a, b):
                raise RuntimeError(
                    f"pass schedule constraint violated. Expected {a} before {b} but found {a} at index {i} and {b} at index {j} in pass list."
                )


class Schedule:
    """Passes, and the constraints on their order, which is looked at once as long as nothing changes."""

    def __init__(self, passes: list[Pass] | None, constraints: list[Constraint] | None) -> None:
        self.passes, self.constraints = passes or [], constraints or []
        self._validated = False

    def add_pass(self, _pass: Pass) -> None:
        """One more, at the end."""
        self.passes.append(_pass)
        self._validated = False

    def add_constraint(self, constraint: Constraint) -> None:
        """One more."""
        self.constraints.append(constraint)
        self._validated = False

    def _check(self) -> None:
        if not self._validated:
            for constraint in self.constraints:
                check_order(constraint, self.passes)
            self._validated = True


class PassManager(Schedule):
    """Calls passes one after the other, each with what the one before returned. See torch.fx.passes.pass_manager.PassManager."""

    def __init__(self, passes: list[Pass] | None = None, constraints: list[Constraint] | None = None) -> None:
        super().__init__(passes, constraints)

    @classmethod
    def build_from_passlist(cls, passes: list[Pass]) -> PassManager:
        """A manager without constraints."""
        return PassManager(passes)

    def remove_pass(self, _passes: Sequence[str] | None) -> None:
        """Without the passes of these names."""
        self.passes = [one for one in self.passes if one.__name__ not in (_passes or ())]
        self._validated = False

    def replace_pass(self, _target: Pass, _replacement: Pass) -> None:
        """Another one in the place of every pass with the name of ``_target``."""
        self.passes = [_replacement if one.__name__ == _target.__name__ else one for one in self.passes]
        self._validated = False

    def validate(self) -> None:
        """RuntimeError if the order is none that the constraints allow."""
        self._check()

    def __call__(self, source: Any) -> Any:
        self.validate()
        for one in self.passes:
            source = one(source)
        return source
