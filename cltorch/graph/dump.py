"""What a batch is and what its plan does, as text for people, printed when the plan is built.

``CLTORCH_DEBUG=3`` shows plans, 4 the sources of their kernels too, 5 also the recorded values that they were made from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config import config
from ..runtime.trace import say
from .value import SPAN, Heavy, Multi, Pointwise, Reduction, Value, Window, Work

if TYPE_CHECKING:
    from ..runtime.device import Device
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


def _nbytes(value: Value | Window) -> int:
    if isinstance(value, Window):
        return value.nbytes
    return value.buffer.nbytes if value.buffer is not None else 0


def _name(value: Value) -> str:
    at = value.index % SPAN
    return f"%{at}" if at < SPAN // 2 else f"in{SPAN - 2 - at}"


def graph(device: Device, values: list[Value], inputs: list[Value | Window]) -> None:
    """Print the values of a batch (level 5): slots, shape, what each is made of; ``*`` marks what somebody holds."""
    if config.debug < 5:
        return
    lines = [f"graph on {device}: {len(values)} values, {len(inputs)} inputs"]
    lines += [f"  in{k}: {_nbytes(value)} bytes" for k, value in enumerate(inputs)]
    for value in values:
        record = value.record
        if record is None:
            continue
        results = value.outs or (value,)
        slots = ", ".join(f"{_name(out)}{'*' * (out.pins != 0)}" for out in results)
        reads = ", ".join(_name(read) for read in value.reads)
        meta = record.meta
        numbers = f" numbers {value.numbers}" if value.numbers else ""
        lines.append(f"  {slots} {meta.dtype} {list(meta.shape)} = {describe(record.work)} of ({reads}){numbers}")
    say(5, "\n".join(lines))


def plan(made: Plan, groups: list[Group], steps: list[Step]) -> None:
    """Print the groups of a new plan (level 3) and the source of its kernels (level 4)."""
    if config.debug < 3:
        return
    lines = [f"plan on {made.device}: {len(groups)} groups, {made.launches} launches, {len(made.places)} places"]
    for group, step in zip(groups, steps, strict=True):
        names = ", ".join(call.kernel.name for call in step.lowered.calls)
        lines.append(f"  {names or 'nothing to do'}: space {group.space} reduced {group.reduced}")
        lines += [
            f"    {item.slots} = {describe(item.work)} of {[read.slot for read in item.reads]}" for item in group.items
        ]
        if config.debug >= 4:
            lines += [call.kernel.source for call in step.lowered.calls]
    say(3, "\n".join(lines))
