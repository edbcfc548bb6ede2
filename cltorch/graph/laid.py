"""Tapes that are cast with their records.

What a new size misses is cast by one function (`cohorts`), the tape of its batch by a stencil (`stencils`), which puts together what the records' instructions are
made to be. Where both came often for one structure, the instructions of each record need not be made: a function that fills the caches
writes the words of sizes straight to where they stand on the tape. It asks the same conditions, and gives None, before it has done anything, where the
other two have to do it.

The script is taken if the batch turns out to be of just these records, read and held as the stencil's is. Records that end up elsewhere have no
instructions yet, as those that are inferred; so this is given up where it happens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..kernels import tape as kernels
from ..kernels.sizes import Size
from .cohorts import Text
from .tape import PANEL

if TYPE_CHECKING:
    from .assembler import Code
    from .cohorts import Ahead, Caster
    from .script import Look
    from .stencils import Stencil
    from .tiers import Machine
    from .value import Record


class LaidText(Text):
    """The text of a function that casts a chain and the script of its batch."""

    def __init__(self, whole: Any, caster: Caster) -> None:
        super().__init__(whole, caster.trace)
        self._codes: list[Code] = []  # by record made

    def record(self, like: Record, code: Code, origin: str) -> str:
        """See `Text.record`: without instructions."""
        name = self.name("r")
        self.line(f"{name} = cast({self.constant(like)}, {self.part(like.meta)}, None, {origin})")
        self.made.append(name)
        self._codes.append(code)
        return name

    def tape(
        self, machine: Machine, stencil: Stencil, look: Look, ahead: Ahead, before: tuple[Record, ...]
    ) -> list[str] | None:
        """The lines before and behind these, which give the records that were made, those of the batch, and the script; None where it cannot be told
        which instructions it will have. ``before`` are the records of a batch of another size."""
        made = {record: k for k, record in enumerate(ahead.made)}
        names: list[str] = []
        codes: list[Any] = []
        for record, other in zip(look.records, before, strict=True):
            k = made.get(record)
            if k is None and record is not other:
                return None  # it is made elsewhere
            names.append(self.constant(record) if k is None else self.made[k])
            codes.append(record.tape if k is None else self._codes[k])
        if stencil.uncounted or any(is_copy or not codes[at] for at, is_copy in stencil.pieces):
            return None
        self.names.update(arena=machine.arena, constants=machine.codes.constants, is_cheap=machine.is_cheap)
        cost = " + ".join([self.part(codes[at].cost) for at, _ in stencil.pieces]) or "0"
        places, opening = self._places(stencil, codes)
        opening += [f"cost = {cost}", f"if not is_cheap(cost, {stencil.count}): return None"]
        like = stencil.script
        words = self.name("w")
        self.names[words] = template = like.words[:]
        closing = [f"words = {words}[:]"]
        base = kernels.HEAD
        moved = dict(stencil.tops)
        for at, _ in stencil.pieces:
            for word, number in enumerate(list[Any](codes[at].sealed), base):
                if word in moved:
                    closing.append(f"words[{word}] = {self.part(number)} + {places[moved[word]]}")
                elif number.__class__ is Size:
                    closing.append(f"words[{word}] = {self.part(number)}")
                else:
                    template[word] = number
            base += len(codes[at].sealed)
        for word, number in stencil.numbers:
            template[word] = number
        sizes = [self.part(codes[at].nbytes[k]) for at, k in stencil.memory]
        script = self.constant(like)
        closing += [
            f"script = {script}.resized(words, [{', '.join(sizes)}])",
            "script.guess(cost, True)",
            f"return [{', '.join(self.made)}], ({', '.join([*names, ''])}), script",
        ]
        return [*opening, *self.lines, *closing]

    def _places(self, stencil: Stencil, codes: list[Any]) -> tuple[list[str], list[str]]:
        """The names of the places in scratch, and the lines that find them; nothing is made where there is no room for all."""
        place, lines = str(PANEL), []
        places = [place]
        for at in stencil.scratch:
            name = self.name("p")
            lines.append(f"{name} = {place} + {self.part(codes[at].room)}")
            place = name
            places.append(place)
        ends = [f"{places[k]} + {self.part(codes[at].scratch)}" for at, k in stencil.temps]
        lines.append(
            f"if max(({', '.join([place, *ends, ''])})) > arena.scratch or constants.size != {stencil.constants}:"
        )
        return places, [*lines, "    return None"]


def learn(machine: Machine, stencil: Stencil, look: Look, ahead: Ahead) -> None:
    """Note that a stencil gave the tape of a batch whose records were made ahead."""
    caster: Any = ahead.caster
    if caster.laid is not None or caster.tries < 1:
        return
    before, caster.before = caster.before, look.records
    if len(before) != len(look.records):
        return  # the first one: what is the same in the next one always is
    caster.before = ()
    caster.tries -= 1
    text = LaidText(ahead.family, caster)
    caster.write(text)
    lines = text.tape(machine, stencil, look, ahead, before)
    if lines is not None:
        caster.laid = caster.trace.program(lines, text.numbers, text.names)
