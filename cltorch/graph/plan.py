"""A plan: the launches of one batch structure, ready to be run again with other buffers and numbers."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import from_driver
from ..kernels.call import Fault, In, Int, Num, Out, Temp
from ..kernels.render import prelude
from ..kernels.sizes import plain
from ..runtime import program
from ..runtime.launch import DriverError, Launch, Step, copy_steps, new_launch
from ..runtime.transit import Pace
from . import dump
from .fuse import Batch, Group, base_slots, collect
from .groups import groups_of
from .lower import Step as Lowering
from .lower import lower
from .near import Near
from .run import Run
from .schedule import Schedule, Scheduler, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..kernels.call import Call
    from ..runtime.device import Device
    from ..runtime.memory import Buffer
    from ..runtime.traits import Traits
    from .value import Value, Window


@dataclass(frozen=True, slots=True)
class Layout:
    """What a plan will do, known before any device is touched: groups, their launches, and where everything lies."""

    groups: list[Group]
    steps: list[Lowering]
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
    """Built once per structure; a `Run` of it allocates, binds what changed and enqueues."""

    def __init__(
        self,
        device: Device,
        values: list[Value],
        inputs: list[Value | Window],
        key: tuple[Any, ...],
        layout: Layout | None = None,
    ) -> None:
        self.device = device
        dump.graph(device, values, inputs)
        layout = layout or lay_out(values, inputs, key, device.traits)
        schedule = layout.schedule
        self.places = schedule.places
        self.results = list(schedule.results.items())
        self.sources = [(p, place.source) for p, place in enumerate(self.places) if place.source is not None]
        self.made = [(p, plain(self.places[p].nbytes)) for p in schedule.made()]
        self.has_numbers = any(value.numbers for value in values)
        self.used = 0  # when it ran last, in launches of its recorder
        self.pace = Pace()
        self.launches = 0  # kernels
        self.near: Near | None = None  # its way to the near queue, if there is one of a device of its own
        self.actions: list[Any] = []  # launches, and copies as (from, to, bytes)
        self.touched: list[tuple[set[int], set[int]]] = []  # by action: the places that it reads, and writes
        self.faults = False
        self.counting: tuple[int, ...] = ()  # the numbers of all arguments, see `Launch`
        self._layout: Layout | None = layout
        written = {place for task in schedule.tasks for place in task.outputs}
        self.overwritten = [source for place, source in self.sources if place in written]

    def bind(self) -> None:
        """Get the kernels, built as one program, if that has not been done."""
        layout = self._layout
        if layout is None:
            return
        calls = [call for task in layout.schedule.tasks for call in task.step.lowered.calls]
        texts = [call.kernel for call in calls]
        kernels = iter(program.kernels(self.device, texts, prelude))
        self.near = Near(texts) if self.device.has_near_device and texts else None
        counting = tuple(range(max((len(call.args) for call in calls), default=0)))
        actions: list[Any] = []
        touched: list[tuple[set[int], set[int]]] = []
        for task in layout.schedule.tasks:
            for source, target, nbytes in task.copies:
                actions.append((source, target, plain(nbytes)))
                touched.append(({source}, {target}))
            for call in task.step.lowered.calls:
                actions.append(self._launch(next(kernels), call, task, len(counting)))
                touched.append((set(task.inputs), {*task.outputs, *task.temps}))
        self.actions, self.touched, self.counting = actions, touched, counting
        self.launches = len(calls)
        self._layout = None
        dump.plan(self, layout.groups, layout.steps)

    def _launch(self, kernel: Any, call: Call, task: Task, counting: int) -> Launch:
        """A launch that knows where it finds its arguments in every run."""
        buffers: list[tuple[int, int]] = []
        constants: list[tuple[int, float, str]] = []
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
                    constants.append((index, plain(value), ctype))
                case Fault():
                    buffers.append((index, len(self.places)))
                    self.faults = True
                case _:
                    raise TypeError(f"no such argument: {arg}")
        queue, size = self.device.queue, tuple(map(plain, call.size))
        return new_launch(queue, kernel, call.kernel.name, size, call.local, buffers, constants, numbers, counting)

    def run(self, batch: list[Value], inputs: Sequence[Value | Window]) -> Run:
        """A run of it for a batch: allocates all that is needed."""
        buffers, steps, near = self.ready(batch, inputs)
        return Run(self, batch, inputs, buffers, steps, near)

    def ready(
        self, batch: Sequence[Value], inputs: Sequence[Value | Window]
    ) -> tuple[list[Buffer | None], list[Step], Near | None]:
        """The memory of a run by place, and its steps; those for the near queue, if it is to go there."""
        buffers, near = self.memory(inputs)
        numbers = [number for value in batch for number in value.numbers] if self.has_numbers else []
        return buffers, self.bound([buffer.cl for buffer in buffers], numbers, near), near  # type: ignore[union-attr]

    def memory(self, inputs: Sequence[Value | Window]) -> tuple[list[Buffer | None], Near | None]:
        """The memory of a run by place, and the way to the near queue, if it is to go there."""
        buffers: list[Buffer | None] = [None] * len(self.places)
        allocate = self.device.allocate
        for place, nbytes in self.made:
            buffers[place] = allocate(nbytes)
        for place, source in self.sources:
            buffers[place] = inputs[source].buffer
        if self._layout is not None:
            self.bind()
        return buffers, None if self.near is None else self._nearness(buffers)

    def bound(self, memory: list[Any], numbers: list[Any], near: Near | None) -> list[Step]:
        """The steps of a run in this memory, by place, with these numbers."""
        try:
            return self.steps([*memory, self.device.fault], numbers, near)
        except DriverError as error:
            raise from_driver(error, self.device.name) from error

    def _nearness(self, buffers: Sequence[Buffer | None]) -> Near | None:
        """Its way to the near queue, if it is to go there now: the device has nothing to do, and kernels are there."""
        near: Any = self.near
        if near.actions is None:
            near.review(self, sum(buffer.nbytes for buffer in buffers if buffer is not None))
            self.near = near if near.is_wanted else None
        return near if near.actions is not None and self.device.transit.is_idle else None

    def steps(self, memory: Sequence[Any], numbers: Sequence[Any], near: Near | None = None) -> list[Step]:
        """The steps (`launch.STEPS` of each action) that run it in this ``memory``, by place, behind which comes the fault record; in the
        device's own queue, or the ``near`` one."""
        pool = (*self.counting, *memory)
        first = len(self.counting)
        steps: list[Step] = []
        queue, actions = (self.device.queue, self.actions) if near is None else (self.device.near, near.actions)
        for action in actions:  # type: ignore[union-attr]
            if action.__class__ is tuple:
                source, target, nbytes = action
                steps += copy_steps(queue, pool[first + source], pool[first + target], nbytes)
            else:
                steps += action.run(pool, numbers)
        return steps

    def resized(self, made: list[tuple[int, int]], actions: list[Any]) -> Plan:
        """The same plan, which is bound, with memory and launches of other sizes."""
        plan = copy(self)
        plan.made, plan.actions, plan.pace = made, actions, Pace(self.pace.seconds)
        plan.near = None if self.near is None else self.near.anew()
        return plan


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
