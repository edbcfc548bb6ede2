"""Records of new sizes, cast from those of other sizes: what meets a new length does not begin anew.

What ops infer from their operands is plain Python over sizes, strides and offsets, and so is the writing of instructions for the tape.
After three calls that differ in such integers alone, a call is traced (`kernels.sizes`): what is left is a function from these integers
to the geometry of the results and the words of the instructions, or to None where any decision would fall otherwise. A record that
comes so has what recording and the tape ask for; the rest is inferred when a plan asks (`Record.origin`). Calls whose records end in plans have
no use for that, and their moulds are given up. Compositions are cast whole, see `autograd.replay`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..config import config
from ..kernels.sizes import TRACING as TRACING
from ..kernels.sizes import Size as Size
from ..kernels.sizes import Varying
from ..kernels.sizes import remembered as remembered
from ..runtime.trace import say
from .assembler import Code
from .cohorts import DIARY
from .forms import Form, Forms, form_of
from .integers import described, numbers_of, put_in, taken_out
from .meta import Meta, TracedMeta
from .record import recorder
from .value import Record
from .view import View

if TYPE_CHECKING:
    from ..dtypes import dtype as DType
    from ..runtime.device import Device
    from .value import Value

SAMPLES = 3  # calls of a structure after which it is traced
MOULDS = 12  # kept of a structure
TRIES = 6  # moulds that are made in vain: where sizes decide more than that, records are made one by one
REGAINED = 0.25  # of a try by each cast; and of a cast by each that was not tried
KIN_KEPT = 1 << 10  # of an op or a composition
CREDIT = 8  # records that are cast before it is asked how many of them plans had completed
UNTRACEABLE = (TypeError, AttributeError, ValueError, ArithmeticError, LookupError, RuntimeError, NotImplementedError)


# --- what is cast ----------------------------------------------------------------------------------------------------------


class Tracer:
    """One traced call. ``numbers`` are all those that it takes to cast its records; ``made`` are the metas of results that are no
    argument's: where their numbers begin, their dimensions and dtypes."""

    def __init__(self, samples: Sequence[tuple[int, ...]], device: Device) -> None:
        machine = recorder(device).machine
        if machine is None or config.eager:
            raise TypeError("no tape")
        self.device = device
        self.codes = machine.codes
        self.pending = recorder(device).pending
        self.trace = Varying(samples, strict=True)
        self.given = iter(self.trace.numbers).__next__  # the traced integers, one by one
        self.numbers: list[Any] = []
        self.made: list[tuple[int, int, DType]] = []
        self._places: dict[tuple[Any, ...], int] = {}
        self._count = 0

    def want(self, numbers: Sequence[Any]) -> int:
        """Ask for numbers; where they will be."""
        self.numbers += numbers
        return len(self.numbers) - len(numbers)

    def argument(self, meta: Meta) -> None:
        """Note the next of the call's metas."""
        self._places.setdefault(described(meta), self._count)
        self._count += 1

    def result(self, meta: Meta) -> int:
        """Where a result's meta will be among the call's, the arguments' first."""
        key = described(meta)
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = self._count
            self._count += 1
            self.made.append((self.want(numbers_of(meta)), len(meta.shape), meta.dtype))
        return found

    def function(self) -> Callable[[Sequence[int]], tuple[Any, ...] | None]:
        """From the call's integers to ``numbers``."""
        return self.trace.function(self.numbers)


def add_made(metas: list[Meta], made: list[tuple[int, int, DType]], found: tuple[int, ...], device: Device) -> None:
    """Put the metas of results behind those of a call's arguments."""
    for at, ndim, dtype in made:
        middle, end = at + ndim, at + 2 * ndim
        metas.append(Meta.of(View.of(found[at:middle], found[middle:end], found[end]), dtype, device))


def aligned(operands: tuple[Any, ...]) -> tuple[Meta | None, ...]:
    """Operands with None in the place of numbers."""
    return tuple([o if o.__class__ is Meta else None for o in operands])


class Part:
    """One record of a traced call, to be cast."""

    __slots__ = ("_at", "_cl_meta", "_code", "_copy_end", "_end", "like")

    def __init__(self, tracer: Tracer, record: Record) -> None:
        code = tracer.codes.of(record)
        if code.__class__ is not Code or len(record.metas) > 1:
            raise TypeError(f"{record.op} has no instructions")
        record.pending = tracer.pending
        self.like = record
        self._cl_meta = tracer.result(record.meta)
        self._code = code
        self._at = tracer.want((code.nbytes[0], code.room, code.scratch, code.cost, *code.sealed))
        self._end = len(tracer.numbers)
        if code.copy is not None:
            tracer.want((code.copy.cost, *code.copy.sealed))
        self._copy_end = len(tracer.numbers)

    def cast(
        self, found: tuple[int, ...], metas: list[Meta], origin: tuple[Any, ...], late: tuple[Any, int, Any]
    ) -> Record:
        """The record of the call that ``found`` and ``metas`` belong to."""
        like, at = self._code, self._at
        words = array("i", found[at + 4 : self._end])
        code = like.resized(words, found[at], found[at + 1], found[at + 2], found[at + 3])
        if like.copy is not None:
            code.copy = replace(
                like.copy, cost=found[self._end], sealed=array("i", found[self._end + 1 : self._copy_end])
            )
        return Record.cast(self.like, metas[self._cl_meta], code, origin, late)


_new = object.__new__


@contextmanager
def tracing(pending: list[Value]) -> Iterator[None]:
    """Record over sizes that are not known, into a list of its own."""
    TRACING.now, TRACING.pending = True, pending
    try:
        yield
    finally:
        TRACING.now = False


class OpMould:
    """Casts the record of one op for operands of any sizes that decide as those did that it was traced with."""

    def __init__(self, kin: Kin, op: Any, operands: tuple[Any, ...], params: tuple[Any, ...], record: Record) -> None:
        tracer = Tracer(kin.samples, record.device)
        machine = recorder(record.device).machine
        if machine is None or machine.code_of(record) is False:
            raise TypeError("no instructions")
        with tracing([]):
            operands = tuple([put_in(o, tracer.given) if o.__class__ is Meta else o for o in operands])
            for operand in operands:
                if operand.__class__ is TracedMeta:
                    tracer.argument(operand)
            record = op.infer(op, operands, put_in(params, tracer.given))
            record.op = op.name
            self._part = Part(tracer, record)
        self._made, self._bind, self._kin = tracer.made, tracer.function(), kin
        self._device = record.device
        self._forms = Forms(tracer.trace, [record])

    def cast(
        self, integers: tuple[int, ...], op: Any, operands: tuple[Any, ...], params: tuple[Any, ...]
    ) -> Record | None:
        """The record for these operands; None where something is decided otherwise."""
        found = self._bind(integers)
        if found is None:
            return None
        metas = [o for o in operands if o.__class__ is Meta]
        tensors = operands if len(metas) == len(operands) else aligned(operands)
        add_made(metas, self._made, found, self._device)
        record = self._part.cast(found, metas, (self, op, operands, params), (self._forms, 0, integers))
        record.operands = tensors  # gradients ask for them
        return record

    @property
    def is_for_plans(self) -> bool:
        """Whether plans asked for most of what was cast."""
        return 2 * self._forms.asked > self._kin.given_out

    def whole(self, op: Any, operands: tuple[Any, ...], params: tuple[Any, ...]) -> Record:
        """The record as the op infers it."""
        self._kin.complete()
        return op.infer(op, operands, params)


class Kin:
    """What is known of the calls of one op or composition that differ in integers alone."""

    __slots__ = ("completed", "given_out", "moulds", "samples", "tries")

    def __init__(self) -> None:
        self.samples: list[tuple[int, ...]] = []
        self.moulds: list[Any] = []
        self.tries: float = TRIES
        self.given_out: float = 0  # casts
        self.completed: float = 0  # of them, those whose records plans asked for

    @property
    def is_given_up(self) -> bool:
        """Whether most of what was cast ended in plans, which ask for the whole record: making it at once is less."""
        return self.completed > CREDIT and 2 * self.completed > self.given_out

    def cast(self, integers: tuple[int, ...], *call: Any) -> Any:
        """What one of the moulds casts; None where none does."""
        if self.is_given_up:
            self.given_out += REGAINED
            return None
        for k, mould in enumerate(self.moulds):
            try:
                made = mould.cast(integers, *call)
            except ZeroDivisionError:
                continue
            if made is not None:
                if k:
                    self.moulds.insert(0, self.moulds.pop(k))
                self.given_out += 1
                DIARY.casts += 1
                DIARY.is_open = True
                self.tries = min(self.tries + REGAINED, TRIES)
                return made
        return None

    def complete(self, share: float = 1) -> None:
        """A plan asked for a record that was cast, this ``share`` of a cast: that was of no use, so what it regained is taken back."""
        self.completed += share
        self.tries = max(self.tries - share * REGAINED, 0)

    def learn(self, integers: tuple[int, ...], make: Callable[..., Any], *call: Any) -> None:
        """Note a call that had to be made in full; with the third of them, and with further ones, a mould is made."""
        if self.tries < 1 or not integers or self.is_given_up:
            return  # calls without integers are all the same one, which was forgotten
        self.samples = [*self.samples[-SAMPLES:], integers]
        if len(self.samples) < SAMPLES:
            return
        self.tries -= 1
        try:
            self.moulds = [make(self, *call), *self.moulds[: MOULDS - 1]]
        except UNTRACEABLE as error:
            say(1, f"a call cannot be traced: {error!r}")
            self.tries = 0


def kin_of(kin: dict[Any, Kin], name: Any) -> Kin:
    """The kin of a name."""
    found = kin.get(name)
    if found is None:
        if len(kin) >= KIN_KEPT:
            kin.clear()
        found = kin[name] = Kin()
    return found


class PlainMould:
    """Casts records of a pointwise op whose operands are dense tensors of one shape, and numbers: they differ in their number of elements
    alone, and have their instructions from one pattern."""

    __slots__ = ("_codes", "_dtype", "_pattern", "asked", "completed", "given_out", "like")

    def __init__(self, like: Record) -> None:
        machine = recorder(like.device).machine
        self.like = like
        self._codes: Any = None if machine is None or config.eager else machine.codes
        self._pattern: Any = None
        self._dtype = like.meta.dtype
        self.given_out: float = 0  # as of `Kin`
        self.completed = self.asked = 0  # as of `Kin` and of `Forms`

    def cast(self, op: Any, operands: tuple[Any, ...], params: tuple[Any, ...], first: Meta) -> Record | None:
        """The record for operands that look like ``first``; None where there is no pattern, or plans are what such records end in."""
        like, dtype = self.like, self._dtype
        if self._pattern is None:
            if self._codes is None or not like.tape:
                return None  # nobody has asked for instructions yet, or there are none
            self._pattern = self._codes.pattern(like)
        if self.completed > CREDIT and 2 * self.completed > self.given_out:
            self.given_out += REGAINED
            return None
        code = self._codes.cast(self._pattern, first.view.numel)
        if code is None:
            return None
        self.given_out += 1
        meta = first if first.dtype is dtype else Meta.of(first.view, dtype, first.device)
        record = Record.cast(like, meta, code, (self, op, operands, params), (self, 0, first.integers))
        record.operands = operands if len(operands) == 1 else aligned(operands)
        return record

    def whole(self, op: Any, operands: tuple[Any, ...], params: tuple[Any, ...]) -> Record:
        """The record as the op infers it."""
        self.completed += 1
        return op.infer(op, operands, params)

    @property
    def is_for_plans(self) -> bool:
        """As of `OpMould`."""
        return 2 * self.asked > self.given_out

    def of(self, k: int, integers: tuple[int, ...]) -> tuple[tuple[Form, tuple[int, ...]], None] | None:
        """As `Forms.of`, of the integers of the operands' meta: all others are these too."""
        like = self.like
        self.asked += 1
        form, known = form_of(like)
        times = len(like.views) + len(like.metas) + len(like.inputs)
        if len(integers) * times != len(known) or known != like.meta.integers * times:
            return None
        return (form, integers * times), None


def plain_kinds(operands: tuple[Any, ...]) -> tuple[tuple[Any, ...], Meta | None]:
    """What pointwise calls that a `PlainMould` serves have in common, and the meta of their first tensor; None for other calls."""
    first: Any = None
    kinds: list[Any] = []
    for operand in operands:
        if operand.__class__ is not Meta:
            kinds.append(operand)
            continue
        if first is None:
            first = operand
        elif operand.view is not first.view or operand.device is not first.device:
            return (), None
        kinds.append(operand.dtype)
    if first is None or first.view.numel < 2 or not first.view.is_dense_at_zero:
        return (), None
    return (first.device, *kinds), first


def made(op: Any, operands: tuple[Any, ...], params: tuple[Any, ...]) -> Record:
    """The record of a call that its op has not met: cast where there is a mould, else inferred."""
    if TRACING.now:
        record = op.infer(op, operands, params)
        record.op, record.origin = op.name, (op, operands, params)
        return record
    taken: list[int] = []
    name: list[Any] = []
    for operand in operands:
        if operand.__class__ is Meta:
            taken += operand.integers
            operand = operand.form
        name.append(operand)
    name.append(taken_out(params, taken) if params else params)
    kin, integers = kin_of(op.kin, tuple(name)), tuple(taken)
    record = kin.cast(integers, op, operands, params) if kin.moulds else None
    if record is None:
        record = op.infer(op, operands, params)
        kin.learn(integers, OpMould, op, operands, params, record)
    return record


def made_of_elements(op: Any, operands: tuple[Any, ...], params: tuple[Any, ...]) -> Record:
    """`made` for a pointwise op, of which there may be a plain mould."""
    kinds, first = ((), None) if TRACING.now else plain_kinds(operands)
    if first is None:
        return made(op, operands, params)
    mould = op.plain.get(kinds)
    record = None if mould is None else mould.cast(op, operands, params, first)
    if record is None:
        record = op.infer(op, operands, params)
        if mould is None or not mould.like.tape:
            op.plain[kinds] = PlainMould(record)
    return record
