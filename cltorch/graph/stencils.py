"""Where everything lies on a tape, so that a batch of the same structure with other sizes has its tape without being written.

Records that were cast from one part of a mould (`moulds`) have instructions of one form: as many words, places and numbers at the same ones.
So of two batches of such records that look alike, the tapes differ in words of sizes, in where scratch begins, and in the bytes of memory.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from ..kernels import tape as kernels
from .script import list_of_none, picker
from .tape import PANEL

if TYPE_CHECKING:
    from .assembler import Code
    from .script import Look, Script
    from .tiers import Machine, Written
    from .value import Value


class Stencil:
    """The stencil of a script.

    ``pieces`` are the instructions: value of the batch, and whether they are those that copy its first read. ``scratch`` are the values
    that lie in scratch, one behind the other; a word of ``tops`` gets the place of the k-th of them, or the end of the first k; so do those of ``temps``,
    values with scratch of their own. ``memory`` says of each piece of memory which result of which value it holds. ``numbers`` are words that say where in the
    tables a number stands. ``constants`` is how many were in these, ``count`` what `Order.weight` says, ``uncounted`` are copies that were no part of the cost.
    """

    def __init__(self, machine: Machine, look: Look, written: Written) -> None:
        script, order, copied = written.script, written.order, written.copied
        self.script = script
        self.constants = machine.codes.constants.size
        self.pieces: list[tuple[int, bool]] = []
        self.scratch: list[int] = []
        self.tops: list[tuple[int, int]] = []
        self.temps: list[tuple[int, int]] = []  # and how many lie before it
        self.numbers: list[tuple[int, int]] = []
        self._index: dict[int, int] = {}  # of places in the scratch
        self.uncounted = [at for at in order.replaced if at in copied]
        self._base = kernels.HEAD
        memory: dict[int, tuple[int, int]] = {}
        top = PANEL
        for at in order.places:
            value, code = look.batch[at], order.codes[at]
            if value.outs is None and value.place == top:
                self._index[top] = len(self.scratch)
                self.scratch.append(at)
                top += code.room
            for k, out in enumerate(value.outs or (value,)):
                if out.place < 0 and not out.place & 1:
                    memory.setdefault(-2 - out.place >> 1, (at, k))
            if at in copied and code.copy is not None:
                self._add(code.copy, value, at, True)
            self._add(code, value, at, False)
        self.end, self.count = self._base, order.weight(look)
        self.memory = [held for _, held in sorted(memory.items())]
        self._in_scratch = picker(self.scratch) or list_of_none
        self._top_words, self._tops_of = (
            [word for word, _ in self.tops],
            picker([k for _, k in self.tops]) or list_of_none,
        )

    def _add(self, code: Code, value: Value, at: int, is_copy: bool) -> None:
        base = self._base
        self.pieces.append((at, is_copy))
        outs = (value,) if value.outs is None else value.outs
        places = [(word, value.reads[k].place) for word, k in code.reads] + [
            (word, outs[k].place) for word, k in code.outs
        ]
        self.tops += [(base + word, self._index[place]) for word, place in places if place >= 0]
        if code.temps:
            self.tops += [(base + word, len(self.scratch)) for word in code.temps]
            self.temps.append((at, len(self.scratch)))
        self.numbers += [(base + word, self.script.words[base + word]) for word, *_ in code.numbers]
        self._base += len(code.sealed)

    def cast(self, machine: Machine, look: Look) -> Script | None:
        """The script of a batch that looks like this one's but for sizes; None where it has to be written."""
        if machine.codes.constants.size != self.constants:
            return None
        codes: list[Any] = [record.tape for record in look.records]
        if None in codes:
            codes = [code or machine.code_of(record) for code, record in zip(codes, look.records, strict=True)]
        places = list(accumulate([code.room for code in self._in_scratch(codes)], initial=PANEL))
        room = max([places[k] + codes[at].scratch for at, k in self.temps], default=0)
        if max(places[-1], room) > machine.arena.scratch:
            return None
        pieces = [codes[at].copy if is_copy else codes[at] for at, is_copy in self.pieces]
        like = self.script
        words = like.words[: kernels.HEAD]
        words.frombytes(b"".join([piece.sealed for piece in pieces]))
        words += like.words[self.end :]
        for word, place in zip(self._top_words, self._tops_of(places), strict=True):
            words[word] += place
        for word, number in self.numbers:
            words[word] = number
        script = like.resized(words, [codes[at].nbytes[k] for at, k in self.memory])
        cost = sum([piece.cost for piece in pieces]) - sum([codes[at].copy.cost for at in self.uncounted])
        script.guess(cost, machine.is_cheap(cost, self.count))
        return script
