"""How each kind of reduction starts, takes up a value and joins two partial results, for scalars and vectors alike.

The state of a reduction is one value, or two for argmax and argmin: the best value so far and its position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..dtypes import dtype as DType
from .expression import Expression
from .registers import PARTS, Register, Writer, is_float, kind_of, largest, least

_JOIN = {
    "sum": "a0 + b0",
    "prod": "a0 * b0",
    "amax": "maximum(a0, b0)",
    "amin": "minimum(a0, b0)",
    "any": "a0 or b0",
    "all": "a0 and b0",
}


@dataclass(frozen=True, slots=True)
class Reducer:
    """One reduction. ``kind`` as in `body.Reduce`; ``dtype`` is that of its argument once cast; ``index`` is the C type of
    positions (argmax and argmin)."""

    kind: str
    dtype: DType
    index: str

    @property
    def by_position(self) -> bool:
        """Whether the result is where, not what."""
        return self.kind in ("argmax", "argmin")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kind of each value of the state."""
        kind = "mask" if self.kind in ("any", "all") else kind_of(self.dtype)
        if kind == "mask" and self.by_position:
            kind = "char"
        return (kind, self.index) if self.by_position else (kind,)

    @property
    def in_blocks(self) -> bool:
        """Whether long rows are reduced in blocks that are joined afterwards, for the sake of rounding."""
        return self.kind == "sum" and self.kinds[0] in ("float", "float2")

    def identity(self) -> tuple[float | int | bool, ...]:
        """The state before the first value."""
        kind = self.kinds[0]
        match self.kind:
            case "sum" | "any":
                return (0,)
            case "prod" | "all":
                return (1,)
            case "amax" | "argmax":
                start = (False if kind == "mask" else least(kind),)
            case _:
                start = (True if kind == "mask" else largest(kind),)
        return (*start, largest(self.index)) if self.by_position else start

    def join(self, a: Sequence[Register], b: Sequence[Register], writer: Writer) -> list[Register]:
        """The state after both of ``a`` and ``b``; on ties of argmax and argmin the lower position."""
        kinds = self.kinds
        bindings = {f"{name}{i}": writer.let(v) for name, state in (("a", a), ("b", b)) for i, v in enumerate(state)}
        expression = Expression({}, self.dtype, writer)
        if not self.by_position:
            joined = expression.expand(_JOIN[self.kind], **bindings)
            return [expression.value(joined, kinds[0])]
        better = "b0 > a0" if self.kind == "argmax" else "b0 < a0"
        wins = f"({better}) | ((a0 == b0) & (b1 < a1))"
        if is_float(kinds[0]):
            wins = f"{wins} | (isnan(b0) & (~isnan(a0) | (b1 < a1)))"
        bindings["wins"] = writer.let(expression.value(expression.expand(wins, **bindings), "mask"))
        return [
            expression.value(expression.expand("where(wins, b0, a0)", **bindings), kinds[0]),
            expression.value(expression.expand("where(wins, b1, a1)", **bindings), kinds[1]),
        ]


def start(reducer: Reducer, lanes: int, writer: Writer) -> list[Register]:
    """The identity as values of ``lanes`` lanes."""
    values = []
    for number, kind in zip(reducer.identity(), reducer.kinds, strict=True):
        scalar = writer.constant(number, kind)
        values.append(writer.mask(writer.widen(scalar, lanes), 32))
    return values


def halves(value: Register) -> tuple[Register, Register]:
    """The two halves of the lanes of an atom."""
    if value.lanes > 2:
        return tuple(
            Register(f"{value.text}.{part}", value.kind, value.lanes // 2, value.bits) for part in ("lo", "hi")
        )  # type: ignore[return-value]
    if value.kind in PARTS:
        return tuple(Register(f"{value.text}.{part}", value.kind, 1) for part in ("lo", "hi"))  # type: ignore[return-value]
    test = " != 0" if value.kind == "mask" else ""
    return tuple(Register(f"({value.text}.s{i}{test})", value.kind, 1) for i in (0, 1))  # type: ignore[return-value]


def across_lanes(reducer: Reducer, state: Sequence[Register], writer: Writer) -> list[Register]:
    """The state of one lane that joins all lanes."""
    values = list(state)
    while values[0].lanes > 1:
        pairs = [halves(writer.let(v)) for v in values]
        values = reducer.join([low for low, _ in pairs], [high for _, high in pairs], writer)
    return values


def prepare(reducer: Reducer, value: Register, source: DType, writer: Writer) -> Register:
    """A value as the reduction takes it up: cast to its dtype, in the kind of its state."""
    if reducer.by_position:
        return writer.convert(value, reducer.kinds[0])
    return writer.convert(writer.cast(value, source, reducer.dtype), reducer.kinds[0])


def finish(reducer: Reducer, state: Sequence[Register], writer: Writer) -> Register:
    """The result from the final state: a position as int64, 16-bit floats rounded once."""
    if reducer.by_position:
        return writer.convert(state[1], "long")
    return writer.cast(state[0], None, reducer.dtype)
