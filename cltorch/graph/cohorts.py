"""Cohorts: whatever misses a size that never came before, made together and ahead.

A token of a generating network, or a step over a longer sequence, misses in some thirty caches: of records, of recordings, of views. Each
is made in no time by its mould (`moulds`), yet finding out that it is missing, and which mould makes it, takes longer than that. So what was
missed between two flushes is noted, in order. Where three such *chains* differ in integers alone, each of which follows from those of the first
miss by a product and a sum, the whole chain is traced over these: what is left is one function, which, when the first
comes with other integers, puts the entries of all into their caches.

It only fills caches, each entry under the key that it belongs to and made as its op makes it. So what was foreseen wrongly, as a program goes another
way, is never found; that costs time alone, and a family of chains that keeps doing so is given up.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..kernels.sizes import TRACING, Size, Trace, Varying, plain, spelled
from ..runtime.trace import say
from .assembler import Code
from .integers import described, numbers_of, put_in, taken_out
from .meta import Meta
from .value import Cast, Record
from .view import MISSED, View, known_of, known_view

if TYPE_CHECKING:
    from ..runtime.device import Device
    from .script import Script
    from .tape import Codes
    from .value import Value

SAMPLES = 3  # chains after which they are traced
LONGEST = 128  # misses of a chain
KEPT = 6  # functions of a family: sizes decide what holds for which
TRIES = 6  # chains that are traced, or cast, in vain
REGAINED = 0.25  # of a try by each that was of use
FAMILIES_KEPT = 256
ONCE_KEPT = 1 << 14
MANY = 6  # casts by moulds in one batch from which it is worth to note what is missed
PATIENCE = 64  # batches after which nothing is noted any more, if nothing came of it
CREDIT = 32  # records after which it is asked how many of them plans had completed
OWNER = itemgetter(1)  # of what is noted
Noted = tuple[Any, ...]
UNTRACEABLE = (TypeError, AttributeError, ValueError, ArithmeticError, LookupError, RuntimeError, NotImplementedError)


class Miss:
    """Something that was not in its cache: ``owner`` and ``call`` say what, ``make`` how it is made of the call over traced sizes."""

    __slots__ = ("call", "device", "owner")

    def __init__(self, owner: Any, call: tuple[Any, ...], device: Any) -> None:
        self.owner, self.call, self.device = owner, call, device

    def taken_out(self, integers: list[int]) -> Any:
        """What it has in common with those that differ in integers alone."""
        return self.owner, taken_out(self.call, integers)

    def trace(self, tracer: Tracer, call: tuple[Any, ...]) -> Callable[[Text], None]:
        """Make it of a traced call; what writes the lines that put it into its cache."""
        raise NotImplementedError


class ViewMiss(Miss):
    """A view derived from another, and remembered with it: ``owner`` makes it of that and of what its key has behind ``name``."""

    __slots__ = ()

    def __init__(self, owner: Any, view: View, name: tuple[str, ...], args: tuple[Any, ...]) -> None:
        super().__init__(owner, (view, name, args), None)

    def trace(self, tracer: Tracer, call: tuple[Any, ...]) -> Callable[[Text], None]:
        view, name, args = call
        if _seen_as(self.owner, view, args) in tracer.within:
            return lambda text: None
        within: list[tuple[Any, ...]] = []
        DIARY.within = within
        try:
            made = self.owner(view, *args)
        finally:
            DIARY.within = None
        if made is None:
            raise TypeError("there is no such view")
        tracer.within.update(within)
        return lambda text: text.line(f"{text.part(view)}.remember({text.part((*name, *args))}, {text.part(made)})")


def _seen_as(make: Any, view: View, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """What tells views that are derived from traced ones apart, in the sizes that they are traced with."""
    return make, *map(plain, numbers_of(view)), *map(plain, numbers_of(args))


def _missed_view(view: View, make: Callable[..., View | None], name: tuple[str, ...], args: tuple[Any, ...]) -> None:
    if DIARY.within is not None:
        DIARY.within.append(_seen_as(make, view, args))
    chain = DIARY.chain
    if chain and len(chain) < LONGEST and not TRACING.now:  # no chain begins with a view
        chain.append((ViewMiss, make, view, name, args))


MISSED[0] = _missed_view


class RecordMiss(Miss):
    """A record: ``call`` has its key, the operands and the parameters; ``keep`` puts it under its key."""

    __slots__ = ("keep",)

    def __init__(
        self, op: Any, key: Any, operands: tuple[Any, ...], params: tuple[Any, ...], keep: Callable[[Any, Record], Any]
    ) -> None:
        devices = [operand.device for operand in operands if operand.__class__ is Meta]
        devices += [part for part in params if hasattr(part, "traits")]  # of what is made from nothing
        super().__init__(op, (key, operands, params), devices[0] if devices else None)
        self.keep = keep

    def trace(self, tracer: Tracer, call: tuple[Any, ...]) -> Callable[[Text], None]:
        op, (key, operands, params) = self.owner, call
        record = op.infer(op, operands, params)
        record.op = op.name
        code = tracer.code(record)

        def write(text: Text) -> None:
            origin = text.part((text.whole, op, operands, params))
            made = text.record(record, code, origin)
            seen = tuple([o if isinstance(o, Meta) else None for o in operands])
            text.line(f"{made}.operands = {text.part(seen)}")
            text.line(f"{text.constant(self.keep)}({text.part(key)}, {made})")

        return write


class Tracer:
    """What is traced of one chain."""

    def __init__(self, trace: Varying, codes: Codes, pending: list[Value]) -> None:
        self.trace, self.codes, self.pending = trace, codes, pending
        self.within: set[tuple[Any, ...]] = (
            set()
        )  # views that others were derived by, which nobody asks for where these are known

    def code(self, record: Record) -> Code:
        """The instructions of a record; TypeError where the tape has none."""
        code = self.codes.of(record)
        if not isinstance(code, Code) or len(record.metas) > 1:
            raise TypeError(f"{record.op} has no instructions")
        record.pending = self.pending
        return code


class Text:
    """The function that casts a chain, as it is written: lines of Python, the constants in them, and the numbers that they need."""

    def __init__(self, whole: Any, trace: Trace) -> None:
        self.lines: list[str] = []
        self.numbers: list[Any] = []
        self.made: list[str] = []  # the names of records
        self.whole = whole  # completes records when plans ask
        self._trace = trace
        self.names: dict[str, Any] = {
            "view_of": View.of,
            "known_view": known_view,
            "meta_of": Meta.of,
            "cast": Record.cast,
            "copied": copied,
        }
        self._constants: dict[int, str] = {}
        self._geometry: dict[Any, str] = {}
        self._count = 0

    def name(self, first: str) -> str:
        """A name that nothing else has."""
        self._count += 1
        return f"{first}{self._count}"

    def line(self, text: str) -> None:
        """Write a line."""
        self.lines.append(text)

    def constant(self, one: Any) -> str:
        """The name of an object that is the same for all sizes."""
        name = self._constants.get(id(one))
        if name is None:
            name = self._constants[id(one)] = self.name("c")
            self.names[name] = one  # which keeps it alive, and so its id
        return name

    def part(self, one: Any) -> str:
        """A part of a call, with numbers in the place of sizes."""
        if isinstance(one, (Meta, View)):
            return self._seen(one)
        if one.__class__ is tuple:
            return f"({''.join([f'{self.part(x)}, ' for x in one])})"
        if one.__class__ is Size:
            self.numbers.append(one)
            return spelled(one)
        return repr(one) if one.__class__ is int else self.constant(one)

    def _seen(self, one: Any) -> str:
        """The name of a meta or a view, which is made once."""
        key = (one.__class__, described(one), getattr(one, "device", None))
        name = self._geometry.get(key)
        if name is None:
            if Size not in map(type, numbers_of(one)):
                name = self.constant(put_in(one, iter(numbers_of(one)).__next__))
            elif isinstance(one, Meta):
                view = self._seen(one.view)
                name = self.name("g")
                self.line(f"{name} = meta_of({view}, {self.constant(one.dtype)}, {self.constant(one.device)})")
            else:
                name = self.name("g")
                facts = self._facts(one)
                parts = (one.shape, one.strides, one.offset)
                texts = [*map(self.part, parts if facts is None else (*parts, *facts[:2]))]
                maker = "view_of" if facts is None else "known_view"
                self.line(
                    f"{name} = {maker}({', '.join(texts if facts is None else [*texts, self.constant(facts[2])])})"
                )
            self._geometry[key] = name
        return name

    def _facts(self, view: View) -> tuple[Any, ...] | None:
        """What else is known of a view, under conditions that the function asks; None where these would hold for one size alone."""
        trace = self._trace
        decided, pinned = dict(trace.decisions), trace.pinned
        try:
            facts = known_of(view)
            if trace.pinned == pinned:
                return view.numel, view.max_position, facts
        except UNTRACEABLE:
            pass
        trace.decisions, trace.pinned = decided, pinned
        return None

    def record(self, like: Record, code: Code, origin: str) -> str:
        """The name of a record cast from ``like``, whose instructions are ``code``."""
        name, words = self.name("r"), self._words(code)
        sizes = ", ".join(map(self.part, (code.nbytes[0], code.room, code.scratch, code.cost)))
        self.line(f"code = {self.constant(code)}.resized({words}, {sizes})")
        if code.copy is not None:
            self.line(
                f"code.copy = copied({self.constant(code.copy)}, {self._words(code.copy)}, {self.part(code.copy.cost)})"
            )
        self.line(f"{name} = cast({self.constant(like)}, {self.part(like.meta)}, code, {origin})")
        self.made.append(name)
        return name

    def _words(self, code: Code) -> str:
        """The name of instructions: a copy of those that were traced, with words of sizes put in."""
        name, traced = self.name("w"), list[Any](code.sealed)
        self.names[name] = array("i", [0 if word.__class__ is Size else word for word in traced])
        self.line(f"words = {name}[:]")
        for at, word in enumerate(traced):
            if word.__class__ is Size:
                self.line(f"words[{at}] = {self.part(word)}")
        return "words"


def copied(like: Code, words: array[int], cost: int) -> Code:
    """The instructions of a copy of another size."""
    return replace(like, cost=cost, sealed=words)


class Ahead:
    """What was cast ahead by a ``caster`` of a ``family``: the records ``made``, and if that was laid out too, all ``records`` of the batch to come, and its
    script."""

    __slots__ = ("caster", "family", "made", "records", "script")

    def __init__(
        self,
        family: Family,
        caster: Caster | None,
        made: list[Record],
        records: tuple[Record, ...] = (),
        script: Script | None = None,
    ) -> None:
        self.family, self.caster, self.made, self.records, self.script = family, caster, made, records, script


class Caster:
    """What fills caches with a chain: ``cast`` gives its records, from the integers of its first miss. ``laid`` gives the records of the
    whole batch and the script of its tape with these, once that is known, see `laid`."""

    def __init__(self, family: Family, trace: Varying, writers: list[Callable[[Text], None]]) -> None:
        self.trace, self.writers = trace, writers
        text = Text(family, trace)
        self.write(text)
        self.cast: Callable[[Sequence[int]], list[Record] | None] = trace.program(
            [*text.lines, f"return [{', '.join(text.made)}]"], text.numbers, text.names
        )
        self.laid: Callable[[Sequence[int]], tuple[Any, ...] | None] | None = None
        self.before: tuple[Record, ...] = ()  # of a batch whose tape a stencil gave
        self.tries: float = TRIES  # tapes that may be laid out, or cast so, in vain

    def write(self, text: Text) -> None:
        """Write the lines that fill the caches."""
        for write in self.writers:
            write(text)


class Family:
    """Chains of misses of the same ``owners``."""

    def __init__(self) -> None:
        self.tries: float = TRIES
        self.given_out = 0.0  # records
        self.completed = 0  # those of them that plans asked for, which have no use for what is made so
        self._chains: list[list[Miss]] = []  # the last ones, until they are traced
        self._casters: list[tuple[Any, Caster]] = []  # by their first misses' forms

    def cast(self, form: Any, integers: tuple[int, ...]) -> Ahead | None:
        """Fill caches with what follows a first miss of this form and these integers. None where no chain is known that holds for it."""
        if self.completed > CREDIT and 2 * self.completed > self.given_out:
            self.given_out += REGAINED
            return None
        for k, (first, caster) in enumerate(self._casters):
            if first != form:
                continue
            try:
                laid = None if caster.laid is None else caster.laid(integers)
                made = caster.cast(integers) if laid is None else laid[0]
            except ZeroDivisionError:
                continue
            if made is not None:
                if k:
                    self._casters.insert(0, self._casters.pop(k))
                self.given_out += len(made)
                return Ahead(self, caster, made) if laid is None else Ahead(self, caster, *laid)
        return None

    def whole(self, op: Any, operands: tuple[Any, ...], params: tuple[Any, ...]) -> Record:
        """A record as its op infers it."""
        self.completed += 1
        return op.infer(op, operands, params)

    def learn(self, device: Device, noted: list[Noted], codes: Codes, pending: list[Value]) -> Any:
        """Note a chain; of the third that differs in integers alone a function is made. The form of its first miss then, else None."""
        self._chains.append([kind(*call) for kind, *call in noted])
        if len(self._chains) < SAMPLES:
            return None
        self.tries -= 1
        chains, self._chains = self._chains, []
        if any({miss.device for miss in chain} - {device, None} for chain in chains):
            return None
        forms: list[tuple[Any, ...]] = []
        samples: list[list[list[int]]] = []
        for chain in chains:
            samples.append([[] for _ in chain])
            forms.append(tuple([miss.taken_out(into) for miss, into in zip(chain, samples[-1], strict=True)]))
        alike = [len(set(those)) == 1 for those in zip(*forms, strict=True)]
        if not alike[0]:
            return None
        kept = [k for k, same in enumerate(alike) if same]
        numbers = [[tuple(sample[k]) for k in kept] for sample in samples]
        caster = _caster(self, [chain[k] for k in kept], numbers, codes, pending)
        if caster is None:
            return None
        form = forms[-1][0]
        self._casters = [(form, caster), *self._casters[: KEPT - 1]]
        return form


def _caster(
    family: Family, chain: list[Miss], samples: list[list[tuple[int, ...]]], codes: Codes, pending: list[Value]
) -> Caster | None:
    """What casts a chain from the integers of its first miss; None if there is nothing in it to be cast."""
    trace = Varying([sample[0] for sample in samples], strict=True)
    tracer = Tracer(trace, codes, pending)
    given = [(n, [sample[0][k] for sample in samples]) for k, n in enumerate(trace.numbers) if n.__class__ is Size]
    writers: list[Callable[[Text], None]] = []
    for k, miss in enumerate(chain):
        decided, pinned = dict(trace.decisions), trace.pinned
        TRACING.now, TRACING.pending = True, []
        try:
            columns = zip(*[sample[k] for sample in samples], strict=True)
            numbers = iter([_followed(column, given) for column in columns])
            write = miss.trace(tracer, put_in(miss.call, numbers.__next__))
            if trace.pinned > pinned:
                raise TypeError("it holds for one size alone")
            writers.append(write)
        except UNTRACEABLE as error:
            trace.decisions = decided
            say(2, f"not made ahead: {error!r}")
        finally:
            TRACING.now = False
    return None if len(writers) < 2 else Caster(family, trace, writers)


def _followed(column: tuple[int, ...], given: list[tuple[Any, list[int]]]) -> Any:
    """An integer of the chain, of which there are these samples, by those of its first miss; TypeError if none says it."""
    if len(set(column)) == 1:
        return column[0]
    for size, known in given:
        far = known[1] - known[0]
        by = (column[1] - column[0]) // far if far else 0
        start = column[0] - by * known[0]
        if all(value == by * n + start for value, n in zip(column, known, strict=True)):
            return size * by + start
    raise TypeError("a number that does not follow from the first ones")


class Diary(threading.local):
    """What this thread missed since its last flush, and what was made ahead meanwhile."""

    is_open = False

    def __init__(self) -> None:
        self.chain: list[Noted] = []
        self.within: list[tuple[Any, ...]] | None = None  # what is derived while a view is traced
        self.ahead: Ahead | None = None
        self.casts = 0  # by moulds, since the last flush
        self.idle = 0  # batches since there was a reason to note


DIARY = Diary()
FAMILIES: dict[tuple[Any, ...], Family] = {}  # by owners
LEADS: dict[Any, list[Family]] = {}  # those with functions, by the form of the first miss
AWAKE: Any = object()
WATCHED: set[Any] = set()
"""`AWAKE` while misses are noted, as moulds have much to do, and the owners with which known chains begin: as long as it is empty, nobody need ask."""
_ONCE: set[int] = set()  # hashes of owners of chains


def missed(*noted: Any) -> bool:
    """Note what is not in its cache: the kind of `Miss`, and what that is made from, the owner first. Whether it may be there now, with what is likely to
    be asked for next."""
    if TRACING.now:
        return False
    diary = DIARY
    if noted[1] in WATCHED:
        kind, *call = noted
        integers: list[int] = []
        form = kind(*call).taken_out(integers)
        for family in LEADS.get(form, ()):
            ahead = family.cast(form, tuple(integers)) if family.tries >= 1 else None
            if ahead is not None:
                diary.ahead, diary.is_open = ahead, True
                return True
    chain = diary.chain
    if AWAKE in WATCHED and len(chain) < LONGEST:
        chain.append(noted)
        diary.is_open = True
    return False


def close(device: Device, batch: list[Value], codes: Codes) -> Ahead | None:
    """A batch is about to run: what was missed on its way is a chain. What was made ahead for it."""
    diary = DIARY
    diary.is_open = False
    chain, diary.chain = diary.chain, []
    ahead, diary.ahead = diary.ahead, None
    if ahead is not None:
        _judge(ahead, batch)
    if diary.casts >= MANY:
        WATCHED.add(AWAKE)
        diary.idle = 0
    elif diary.idle > PATIENCE:
        WATCHED.discard(AWAKE)
    diary.casts = 0
    diary.idle += 1
    if not 2 <= len(chain) < LONGEST or goes_by_plans(batch):
        return ahead
    owners = tuple(map(OWNER, chain))
    family = FAMILIES.get(owners)
    if family is None:
        known = hash(owners)
        if known not in _ONCE:  # most never come again
            if len(_ONCE) >= ONCE_KEPT:
                _ONCE.clear()
            _ONCE.add(known)
            return ahead
        if len(FAMILIES) >= FAMILIES_KEPT:
            del FAMILIES[next(iter(FAMILIES))]
        family = FAMILIES[owners] = Family()
    if family.tries >= 1:
        form = family.learn(device, chain, codes, batch)
        if form is not None:
            if len(LEADS) >= FAMILIES_KEPT:
                LEADS.clear()
            WATCHED.add(chain[0][1])
            diary.idle = 0
            led = LEADS.setdefault(form, [])
            led[:] = [family, *[other for other in led if other is not family][: KEPT - 1]]
    return ahead


def goes_by_plans(batch: list[Value]) -> bool:
    """Whether most new records of a batch were cast by what plans ask for the most: what is made ahead is for tapes."""
    made: list[Any] = [value.record for value in batch if value.record.__class__ is Cast]
    asked = [record.origin[0].is_for_plans for record in made if record.late is not None]
    return 2 * sum(asked) > len(asked)


def _judge(ahead: Ahead, batch: list[Value]) -> None:
    """Whether what was made ahead was of use: a family of which it was not is asked last."""
    family, made = ahead.family, ahead.made
    if 2 * len({value.record for value in batch}.intersection(made)) >= len(made):
        family.tries = min(family.tries + REGAINED, TRIES)
        return
    family.tries -= 1
    for led in LEADS.values():
        if family in led:
            led.append(led.pop(led.index(family)))


def forget() -> None:
    """Forget what is known of chains."""
    FAMILIES.clear()
    LEADS.clear()
    WATCHED.clear()
    _ONCE.clear()


dtypes.FORGET_DEFAULT.append(forget)
