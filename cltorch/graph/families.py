"""Plans by structure: those whose keys differ in sizes alone are a family, and only its first members are built.

The first plan of a structure is made for its sizes, as most structures come in no others. When the structure comes with other sizes, those
that differ are traced (`kernels.sizes`) while the second plan is laid out; whatever comes later and would be laid out in the same way
gets a copy of that plan with other numbers in it (`Mould`). It is what planning would have made: only scratch memory may lie elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakValueDictionary

from ..kernels.call import Int
from ..kernels.sizes import TRACING, Size, Varying
from ..runtime.trace import say
from .forms import form_of, parts_of
from .meta import Meta
from .plan import Layout, Plan, lay_out
from .value import Pointwise, Record, Reduction
from .view import Seen, View

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..dtypes import dtype as DType
    from ..runtime.device import Device
    from ..runtime.launch import Launch
    from .schedule import Task
    from .value import Value, Window, Work

MOULDS = 12  # kept of a family
TRIES = 6  # moulds that are made of a family in vain: where sizes decide more than that, plans are built one by one
SAMPLES = 6  # earlier integers of a family that say which of them vary
FAMILIES_KEPT = 1 << 12


class SeenMeta(NamedTuple):
    """A meta of sizes that are traced."""

    view: View
    dtype: DType


class SeenRecord(NamedTuple):
    """A record of sizes that are traced: what planning looks at."""

    work: Work
    views: tuple[View, ...]
    metas: tuple[Any, ...]
    inputs: tuple[Any, ...]


def _with(part: Any, numbers: Callable[[], Any]) -> Any:
    """A part of a record with ``numbers`` in the place of its integers, in the order of `_without`."""
    kind = part.__class__
    if kind is int:
        return numbers()
    if kind is Pointwise or kind is Reduction:
        return part
    if kind is View:
        shape = tuple([numbers() for _ in part.shape])
        strides = tuple([numbers() for _ in part.strides])
        return Seen.of(shape, strides, numbers())
    if kind is Meta:
        return SeenMeta(_with(part.view, numbers), part.dtype)
    inside = parts_of(part)
    if inside is None:
        return part
    made = [_with(x, numbers) for x in inside]
    return tuple(made) if kind is tuple else kind(*made)


class Holes(NamedTuple):
    """Where sizes go in a launch: constants as (which, number, OpenCL type), and its range; numbers are places among the mould's."""

    constants: list[tuple[int, int, str]]
    size: list[tuple[int, int]]  # of each dimension: the number, or -1 and what it is

    def fill(self, launch: Launch, numbers: Sequence[int]) -> Launch:
        """The launch with these numbers."""
        changed = [(k, numbers[n], ctype) for k, n, ctype in self.constants]
        return launch.resized(changed, tuple([n if at < 0 else numbers[at] for at, n in self.size]))


class Mould:
    """A plan with holes for sizes: `cast` fills them. ``samples`` are the integers of its structure so far, the last those of ``key``."""

    def __init__(
        self,
        device: Device,
        values: list[Value],
        inputs: list[Value | Window],
        key: tuple[Any, ...],
        samples: Sequence[tuple[int, ...]],
    ) -> None:
        trace = Varying(samples)
        self._numbers: list[Any] = []
        layout = traced_layout(device, values, inputs, seen_key(key, len(inputs), iter(trace.numbers).__next__))
        self._made = [self._hole(layout.schedule.places[p].nbytes) for p in layout.schedule.made()]
        self._holes = [holes for task in layout.schedule.tasks for holes in self._of_task(task)]
        self._bind = trace.function(self._numbers)
        self.plan = Plan(device, values, inputs, key, layout)

    def _hole(self, number: Any) -> tuple[int, int]:
        """The place of a number that sizes change; -1 for others, and the sample's."""
        if number.__class__ is not Size:
            return -1, number
        self._numbers.append(number)
        return len(self._numbers) - 1, number.value

    def _of_task(self, task: Task) -> list[Any]:
        """The holes of each action of a task: of a copy its bytes, of a launch `Holes`."""
        found: list[Any] = [self._hole(nbytes) for _, _, nbytes in task.copies]
        for call in task.step.lowered.calls:
            constants = [arg for arg in call.args if isinstance(arg, Int)]
            holes = [(k, self._hole(arg.value)[0], arg.ctype) for k, arg in enumerate(constants)]
            found.append(Holes([hole for hole in holes if hole[1] >= 0], [self._hole(n) for n in call.size]))
        return found

    def cast(self, integers: tuple[int, ...]) -> Plan | None:
        """The plan for these integers; None where they are of another kind, or planning would go another way."""
        try:
            numbers = self._bind(integers)
        except ZeroDivisionError:
            return None
        if numbers is None:
            return None
        self.plan.bind()
        made = [(p, n if at < 0 else numbers[at]) for (p, _), (at, n) in zip(self.plan.made, self._made, strict=True)]
        actions: list[Any] = []
        for action, holes in zip(self.plan.actions, self._holes, strict=True):
            if isinstance(holes, Holes):
                actions.append(holes.fill(action, numbers))
            else:
                actions.append((*action[:2], holes[1] if holes[0] < 0 else numbers[holes[0]]))
        return self.plan.resized(made, actions)


def seen_key(key: tuple[Any, ...], inputs: int, numbers: Callable[[], Any]) -> tuple[Any, ...]:
    """A plan's key with ``numbers`` in the place of the integers of its records, and behind them of the inputs' bytes."""

    def seen(part: Any) -> Any:
        if not isinstance(part, Record):
            return part
        return SeenRecord(*[_with(x, numbers) for x in (part.work, part.views, part.metas, part.inputs)])

    return (*[seen(part) for part in key[: len(key) - inputs]], *[numbers() for _ in range(inputs)])


def traced_layout(device: Device, values: list[Value], inputs: list[Value | Window], key: tuple[Any, ...]) -> Layout:
    """A layout over traced sizes."""
    TRACING.now = True
    try:
        return lay_out(values, inputs, key, device.traits)
    finally:
        TRACING.now = False


UNTRACEABLE = (TypeError, AttributeError, ValueError, ArithmeticError, LookupError)


class Family:
    """What is known of one structure: some of the integers it came with, and its moulds, those used last at the end."""

    def __init__(self, integers: tuple[int, ...]) -> None:
        self.samples = [integers]
        self.plans: WeakValueDictionary[tuple[int, ...], Plan] = (
            WeakValueDictionary()
        )  # by integers: records that came about in other ways may be of other kinds, and so have another key
        self.moulds: list[Mould] = []
        self.credit: float = TRIES  # moulds that may still be made: more where they are of use

    def cast(self, integers: tuple[int, ...]) -> Plan | None:
        """A plan for these integers from one of the moulds."""
        for k in range(len(self.moulds) - 1, -1, -1):
            plan = self.moulds[k].cast(integers)
            if plan is not None:
                self.moulds.append(self.moulds.pop(k))
                self.credit = min(self.credit + 0.25, TRIES)
                return plan
        return None

    def build(
        self,
        device: Device,
        values: list[Value],
        inputs: list[Value | Window],
        key: tuple[Any, ...],
        integers: tuple[int, ...],
    ) -> Plan:
        """A plan that is laid out with holes for the sizes in which the samples differ, if that is worth it."""
        if self.credit < 1:
            return Plan(device, values, inputs, key)
        self.credit -= 1
        self.samples = [*self.samples[-SAMPLES:], integers]
        try:
            mould = Mould(device, values, inputs, key, self.samples)
        except UNTRACEABLE as error:
            say(1, f"{device}: a structure cannot be traced: {error!r}")
            self.credit = 0
            return Plan(device, values, inputs, key)
        self.moulds = [*self.moulds[1 - MOULDS :], mould]
        return mould.plan


class Plans:
    """The plans of one device, at most ``most``: those used longest ago go first."""

    def __init__(self, device: Device, most: int) -> None:
        self.device = device
        self.most = most
        self.known: dict[tuple[Any, ...], Plan] = {}
        self.built = 0  # laid out, rather than cast
        self.get = self.known.get
        self._families: dict[tuple[Any, ...], Family] = {}

    def make(self, key: tuple[Any, ...], values: list[Value], inputs: list[Value | Window]) -> Plan:
        """The plan for a new key."""
        name, integers = shapeless(key, len(inputs))
        family = self._families.get(name)
        if family is None:
            if len(self._families) >= FAMILIES_KEPT:
                self._families.clear()
            family = self._families[name] = Family(integers)
            plan: Plan | None = Plan(self.device, values, inputs, key)
            self.built += 1
        else:
            plan = family.plans.get(integers) or family.cast(integers)
        if plan is None:
            plan = family.build(self.device, values, inputs, key, integers)
            self.built += 1
        family.plans[integers] = plan
        known = self.known
        if len(known) >= self.most:
            for old in sorted(known, key=lambda k: known[k].used)[: self.most // 8]:
                del known[old]
        known[key] = plan
        return plan


def shapeless(key: tuple[Any, ...], inputs: int) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """A plan's key without integers, and these: of its records, and the bytes of its inputs."""
    name: list[Any] = []
    integers: list[int] = []
    for part in key[: len(key) - inputs]:
        if isinstance(part, Record):
            form, found = form_of(part)
            name.append(form)
            integers += found
        else:
            name.append(part)
    return tuple(name), (*integers, *key[len(key) - inputs :])
