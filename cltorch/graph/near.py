"""Plans in the near queue: where another device computes in the thread that asks, a short plan has kernels for that one too.

Waking the threads of such a driver takes longer than most plans of small tensors (PoCL: 25 to 40 us, a sum of 256K numbers 13 us by one
thread). So a plan that came often, and for which nobody had to wait long, gets kernels for the near queue, built beside. Those that
turn out to take longer there go back. The kernels' texts and ranges are the same, so the numbers are, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..kernels.render import prelude
from ..runtime import cache, program
from ..runtime.aside import Aside
from ..runtime.launch import Launch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..kernels.call import Kernel
    from .plan import Plan

WAITED = 120e-6  # seconds that a wait for a short plan takes in the device's own queue at most
OFTEN = 8  # short waits, less long ones, after which kernels are asked for
LONGEST = 60e-6  # seconds that it may take in the near queue,
TRIES = 8  # in one of so many runs,
FAR_TOO_LONG = 1e-3  # and in each of them
BYTES = 1 << 23  # that it may touch


class Near:
    """What is known of a plan in the near queue. ``is_wanted`` until it is known to be of no use; ``actions``, once there are kernels."""

    def __init__(self, texts: Sequence[Kernel]) -> None:
        self.is_wanted = True
        self.actions: list[Any] | None = None
        self._texts = texts
        self._asides: list[Aside] | None = None
        self._runs = 0
        self._best = LONGEST + 1

    def anew(self) -> Near:
        """The same for a plan of other sizes."""
        return Near(self._texts)

    def review(self, plan: Plan, nbytes: int) -> None:
        """The plan is about to run in the device's own queue: see whether kernels for the near one are to be had, and are worth it."""
        seconds = plan.pace.seconds
        if seconds < float("inf"):  # it was waited for
            self._runs += 1 if seconds < WAITED else -1
        self.is_wanted &= nbytes <= BYTES and self._runs > -OFTEN
        if self._runs < OFTEN or not self.is_wanted:
            return
        self._runs = OFTEN
        if self._asides is None:
            builders = plan.device.builders
            jobs = [program.job_of(plan.device, text, prelude, True) for text in self._texts]
            self._asides = [Aside(builders, job) for job in dict.fromkeys(jobs) if not cache.is_kept(job.key)]
        waiting = self._asides
        while waiting and waiting[0].is_done():
            waiting.pop(0)
        if not waiting:
            self._load(plan)
        elif waiting[0].failed:
            self.is_wanted = False
        else:
            waiting[0].begin()

    def _load(self, plan: Plan) -> None:
        """Have the plan's actions for the near queue."""
        kernels = iter(program.kernels(plan.device, self._texts, prelude, True))
        queue = plan.device.near
        self.actions = [
            action.moved(queue, next(kernels)) if isinstance(action, Launch) else action for action in plan.actions
        ]
        self._runs = 0

    def note(self, seconds: float) -> None:
        """It took so long in the near queue."""
        self._runs += 1
        self._best = min(self._best, seconds)
        if self._best > LONGEST and (self._runs >= TRIES or seconds > FAR_TOO_LONG):
            self.is_wanted, self.actions = False, None
