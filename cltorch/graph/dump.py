"""What a plan does, as text for people: ``CLTORCH_DEBUG=3`` and higher print it when the plan is built."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..config import config
from .value import Heavy, Multi, Pointwise, Reduction, Work

if TYPE_CHECKING:
    from .fuse import Group
    from .lower import Step
    from .plan import Plan


def describe(work: Work) -> str:
    """One item's work in a few words."""
    match work:
        case Pointwise(expr=expr):
            return expr
        case Reduction(kind=kind, dims=dims):
            return f"{kind} over {dims}"
        case Heavy(lower=lower) | Multi(lower=lower):
            return f"{lower.__module__.rsplit('.', 1)[-1]}.{lower.__name__}"
    return f"write {work.view}"


def plan(made: Plan, groups: list[Group], steps: list[Step]) -> None:
    """Print the groups of a new plan (level 3) and the source of its kernels (level 4)."""
    if config.debug < 3:
        return
    lines = [
        f"plan on {made.device.name}: {len(groups)} groups, {len(made.launches)} launches, {len(made.places)} places"
    ]
    for group, step in zip(groups, steps, strict=True):
        names = ", ".join(call.kernel.name for call in step.lowered.calls)
        lines.append(f"  {names or 'nothing to do'}: space {group.space} reduced {group.reduced}")
        lines += [
            f"    {item.slots} = {describe(item.work)} of {[read.slot for read in item.reads]}" for item in group.items
        ]
        if config.debug >= 4:
            lines += [call.kernel.source for call in step.lowered.calls]
    sys.stderr.write("\n".join(lines) + "\n")
