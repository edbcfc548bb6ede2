"""Passes over modules, in an order that is found from constraints. See torch.fx.passes.infra.pass_manager."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from ....nn.modules.module import Module
from ...graph_module import GraphModule
from ..pass_manager import Constraint, Pass, Schedule, this_before_that_pass_constraint
from .pass_base import PassResult

__all__ = ["PassManager", "pass_result_wrapper", "this_before_that_pass_constraint"]


def pass_result_wrapper(fn: Any) -> Any:
    """A pass that returns a module, or nothing, as one that returns a `PassResult`: it says that it changed something."""
    if fn is None:
        return None

    @wraps(fn)
    def wrapped(gm: Any) -> PassResult | None:
        found = fn(gm)
        if isinstance(found, PassResult):
            return found
        return (
            PassResult(found if isinstance(found, Module) else gm, True)
            if found is None or isinstance(found, Module)
            else None
        )

    if not inspect.isfunction(fn):
        wrapped.__name__ = type(fn).__name__
    return wrapped


class PassManager(Schedule):
    """Runs passes, each of which returns a `PassResult`, up to ``steps`` times, as long as they change something.

    Their order is one that all ``constraints`` allow; RuntimeError if there is none. With ``run_checks_after_each_pass`` the check of
    `add_checks` is run behind each. TypeError for a pass that returns something else, inside of an exception that says after which
    passes it was. See torch.fx.passes.infra.pass_manager.PassManager.
    """

    def __init__(
        self,
        passes: list[Pass] | None = None,
        constraints: list[Constraint] | None = None,
        steps: int | None = None,
        run_checks_after_each_pass: bool = False,
        suppress_check_failures: bool = False,
    ) -> None:
        super().__init__(passes, constraints)
        self.steps = steps or 1
        self.run_checks_after_each_pass = run_checks_after_each_pass
        self.suppress_check_failures = suppress_check_failures

    def validate_constraints(self) -> None:
        """RuntimeError if the order of the passes is none that the constraints allow."""
        self._check()

    def solve_constraints(self) -> None:
        """Bring the passes into an order that the constraints allow; RuntimeError if there is none."""
        self.passes = _sorted(self.passes, self.constraints)
        self._validated = True

    def add_checks(self, check: Callable[[Any], None]) -> None:
        """What is called with the module before the passes, and behind each if asked for. TypeError unless it takes one argument."""
        if len(inspect.signature(check).parameters) != 1:
            raise TypeError("PassManager check function should only take in one variable, a module")
        vars(self)["check"] = check

    def check(self, module: Any) -> None:
        """What `add_checks` was given; nothing without it."""

    def __call__(self, module: Any) -> PassResult:
        if not self._validated:
            self.solve_constraints()
        self.check(module)
        changed = False
        for _ in range(self.steps):
            modified = False
            for k in range(len(self.passes)):
                module, did = self._run(k, module)
                modified = modified or did
            changed = changed or modified
            if not modified:
                break
        return PassResult(module, changed)

    def _run(self, k: int, module: Any) -> tuple[Any, bool]:
        names = [one.__name__ if inspect.isfunction(one) else type(one).__name__ for one in self.passes[: k + 1]]
        try:
            result = self.passes[k](module)
            if not hasattr(result, "graph_module"):
                raise TypeError(
                    f"The result of the pass {names[-1]} should be type PassResult.Please wrap it with pass_result_wrapper()"
                )
            if isinstance(result.graph_module, GraphModule):
                result.graph_module.recompile()
            if self.run_checks_after_each_pass:
                self.check(result.graph_module)
        except Exception as error:
            raise Exception(
                f"An error occurred when running the '{names[-1]}' pass after the following passes: {names[:-1]}"
            ) from error
        return result.graph_module, result.modified


def _sorted(passes: list[Pass], constraints: list[Constraint]) -> list[Pass]:
    """The passes in an order that the constraints allow, those first that nothing holds back."""
    behind = {a: [b for b in passes if b != a and not all(holds(a, b) for holds in constraints)] for a in passes}
    left, order = list(passes), []
    while left:
        free = [one for one in left if not any(other in left for other in behind[one])]
        if not free:
            raise RuntimeError(f"Circular dependency detected within the following passes: {left}")
        order += free
        left = [one for one in left if one not in free]
    return order
