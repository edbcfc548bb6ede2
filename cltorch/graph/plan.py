"""A plan: the launches of one batch structure, ready to be run again with other buffers and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..kernels.call import Fault, In, Int, Local, Num, Out, Temp
from ..kernels.render import prelude
from ..runtime import program, transfer
from ..runtime.launch import Launch, new_launch
from . import dump
from .fuse import Batch, Group, base_slots, collect
from .lower import Step, lower
from .merge import groups_of
from .schedule import Schedule, Scheduler, Task

if TYPE_CHECKING:
    from ..kernels.call import Call
    from ..runtime.device import Device
    from ..runtime.memory import Buffer
    from ..runtime.traits import Traits
    from .value import Value, Window


@dataclass(frozen=True, slots=True)
class Layout:
    """What a plan will do, known before any device is touched: groups, their launches, and where everything lies."""

    groups: list[Group]
    steps: list[Step]
    schedule: Schedule


def lay_out(values: list[Value], inputs: list[Value | Window], key: tuple[Any, ...], traits: Traits) -> Layout:
    """The layout of a batch with this key (see `record.structure`), whose values carry their ``index``, for ``traits``."""
    batch = collect(values, key)
    first_input = sum(1 if value.outs is None else len(value.outs) for value in values)
    groups = groups_of(batch, traits)
    stored = stored_slots(groups, batch)
    steps = [lower(group, batch, stored, traits) for group in groups]
    schedule = Scheduler(batch, first_input, list(key[-2 * len(inputs) : -len(inputs)] if inputs else ())).run(steps)
    return Layout(groups, steps, schedule)


class Plan:
    """Built once per structure; `run` allocates, binds what changed and enqueues."""

    def __init__(self, device: Device, values: list[Value], inputs: list[Value | Window], key: tuple[Any, ...]) -> None:
        self.device = device
        dump.graph(device, values, inputs)
        layout = lay_out(values, inputs, key, device.traits)
        schedule = layout.schedule
        self.places = schedule.places
        self.results = list(schedule.results.items())
        self.sources = [(p, place.source) for p, place in enumerate(self.places) if place.source is not None]
        self.made = [(p, place.nbytes) for p, place in enumerate(self.places) if place.source is None]
        self.has_numbers = any(value.numbers for value in values)
        self.launches: list[Launch] = []
        self.actions: list[Any] = []  # launches, and copies as (from, to, bytes)
        self.faults = False
        self._bind(schedule.tasks)
        dump.plan(self, layout.groups, layout.steps)

    def _bind(self, tasks: list[Task]) -> None:
        """Kernel objects for all launches, built as one program, with the arguments that never change."""
        calls = [(task, call) for task in tasks for call in task.step.lowered.calls]
        kernels = iter(program.kernels(self.device, [call.kernel for _, call in calls], prelude))
        for task in tasks:
            self.actions += task.copies
            for call in task.step.lowered.calls:
                made = next(kernels)
                launch = new_launch(self.device.queue, made, call.kernel.name, len(call.args), call.size, call.local)
                self._arguments(launch, call, task)
                self.launches.append(launch)
                self.actions.append(launch)

    def _arguments(self, launch: Launch, call: Call, task: Task) -> None:
        """Set the arguments that never change, and tell the launch where it finds the others in every run."""
        buffers: list[tuple[int, int]] = []
        numbers: list[tuple[int, int, str]] = []
        for index, arg in enumerate(call.args):
            match arg:
                case In(k):
                    buffers.append((index, task.inputs[k]))
                case Out(k):
                    buffers.append((index, task.outputs[k]))
                case Temp(k):
                    buffers.append((index, task.temps[k]))
                case Num(k, ctype):
                    numbers.append((index, task.step.numbers[k], ctype))
                case Int(value, ctype):
                    launch.fix_number(index, value, ctype)
                case Local(nbytes):
                    launch.fix_local_memory(index, nbytes)
                case Fault():
                    launch.fix_buffer(index, self.device.fault)
                    self.faults = True
        launch.buffers, launch.numbers = tuple(buffers), tuple(numbers)

    def run(self, values: list[Value], inputs: list[Value | Window]) -> None:
        """Run with the buffers and numbers of ``values``, which has the structure that this plan was built for.

        Everything is allocated before the first launch, so that a lack of memory changes nothing.
        """
        buffers: list[Buffer | None] = [None] * len(self.places)
        allocate = self.device.allocate
        for place, nbytes in self.made:
            buffers[place] = allocate(nbytes)
        for place, source in self.sources:
            buffers[place] = inputs[source].buffer
        memory = [buffer.cl for buffer in buffers]  # type: ignore[union-attr]
        numbers = [number for value in values for number in value.numbers] if self.has_numbers else ()
        if self.faults:
            self.device.fault_armed = True
        for action in self.actions:
            if action.__class__ is new_launch:
                action.run(memory, numbers)
            else:
                source, target, nbytes = action
                transfer.copy_within(self.device, buffers[source], buffers[target], nbytes)
        self._settle(values, buffers)

    def _settle(self, values: list[Value], buffers: list[Buffer | None]) -> None:
        """Hand the results to the pinned values; all values forget how they were made."""
        by_slot: list[Value] = []
        for value in values:
            by_slot += (value,) if value.outs is None else value.outs
        for slot, place in self.results:
            by_slot[slot].buffer = buffers[place]
        for value in values:
            value.record = None
            value.reads = ()

    def forget(self) -> None:
        """Drop references to the buffers of the last run."""
        for launch in self.launches:
            launch.forget()


def stored_slots(groups: list[Group], batch: Batch) -> set[int]:
    """Slots that must be in memory after their group: pinned, read by another group, or changed in place later."""
    stored = set(batch.pinned)
    for group in groups:
        stored |= group.loads
        for item in group.items:
            stored.update(base_slots(item))
            if not group.is_fused or item.slots[0] in batch.pinned:
                stored.update(item.slots)
    return stored
