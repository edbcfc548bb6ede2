"""How an op is declared: one decorated ``def`` that holds name, signature and docstring; the decorator holds the rest.

The body of such a ``def`` is ``...``: what it computes is the expression (or the family's request), and the public function
is made from the row by `tensor.apply`. A row's gradient rules are functions whose *parameter names* say what they need:
``g`` (the gradient of the result), ``y`` (the result), a parameter of the op, or ``params`` (all that are no tensors). Only what is named is kept for backward.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from math import copysign
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..graph.cohorts import WATCHED, RecordMiss, missed
from ..graph.moulds import made, made_of_elements
from ..kernels.sizes import TRACING
from .autocast import listed
from .rules import need_numbers

if TYPE_CHECKING:
    from ..graph.meta import Meta
    from ..graph.value import Record

Vjp = Callable[..., Any]
CACHE_LIMIT = (
    1 << 11
)  # records kept per op; more means shapes that never come again. Plans find records that are made anew

LITERALS: dict[Any, bool] = {(kind, kind(value)): True for kind in (int, float) for value in (0, 1, -1, 2)} | {
    (float, 0.5): True,
    (bool, True): True,
    (bool, False): True,
}


def is_literal(number: Any) -> bool:
    """Whether a Python number is part of a record; -0.0, which is equal to 0.0, is not."""
    return (number.__class__, number) in LITERALS and (
        number != 0 or number.__class__ is not float or copysign(1, number) == 1
    )


@dataclass(eq=False, slots=True)
class Rule:
    """The gradient side of an op: one function per tensor operand (None: no gradient flows there)."""

    name: str
    vjps: tuple[Vjp | None, ...]
    tensors: tuple[str, ...]
    others: tuple[str, ...]
    sources: tuple[
        tuple[int, ...], ...
    ] = ()  # per vjp: -1 is g, -2 is y, k is tensor k, then others, then all of these
    conjugate: bool = (
        True  # of complex numbers: whether the rules are derivatives, to be conjugated, or gradients already
    )
    pair_saves: list[tuple[bool, bool, bool] | None] = field(default_factory=lambda: [None] * 4)
    first_saves: tuple[bool, bool, bool] | None = None
    _saves: dict[int, tuple[tuple[int, ...], bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        at = {"g": -1, "y": -2} | {name: k for k, name in enumerate((*self.tensors, *self.others, "params"))}
        self.sources = tuple(() if vjp is None else tuple(at[name] for name in parameters(vjp)) for vjp in self.vjps)

        if self.vjps and self.vjps[0] is not None:
            keep, result = self.saves(1)
            self.first_saves = 0 in keep, 1 in keep, result
        if len(self.vjps) == 2 == len(self.tensors):
            able = sum(1 << k for k, vjp in enumerate(self.vjps) if vjp is not None)
            for mask in range(4):
                keep, result = self.saves(mask & able)
                self.pair_saves[mask] = (0 in keep, 1 in keep, result) if mask & able else None

    def saves(self, mask: int) -> tuple[tuple[int, ...], bool]:
        """Positions of the tensors to keep, and whether to keep the result, when the operands in ``mask`` need gradients."""
        found = self._saves.get(mask)
        if found is None:
            used = {s for k, source in enumerate(self.sources) if mask >> k & 1 for s in source}
            found = self._saves[mask] = (tuple(sorted(s for s in used if 0 <= s < len(self.tensors))), -2 in used)
        return found


@dataclass(eq=False, slots=True)
class Op:
    """One row of the table.

    ``infer(op, operands, params)`` does all checks and gives the record; ``operands`` are metas, or for scalars
    ``(type, value if it is a literal else None)``. ``tensors`` are the operands' names, ``params`` what is fixed per
    record (dims, flags), ``domain`` where the op is smooth (for gradient tests). ``spaces``, ``aliases``, ``method`` and ``inplace``
    are its public names (see `ops.names`; ``inplace="function"``: as a function of the top level too, as all of one operand); ``number_first``: whether the function takes a number as its first operand.
    ``exact_out``: whether ``out=`` must have the result's dtype. ``autocast``: the name under which autocast's lists (`ops.autocast`) have it, if they have.
    """

    name: str
    family: str
    signature: inspect.Signature
    doc: str
    tensors: tuple[str, ...]
    params: tuple[str, ...]
    infer: Callable[[Op, tuple[Any, ...], tuple[Any, ...]], Record]
    rule: Rule | None = None
    expr: str = ""
    dtypes: str = "same"
    spaces: str = "torch"
    aliases: str = ""
    method: bool = True
    number_first: bool = False
    autocast: str = ""
    exact_out: bool = False
    inplace: bool | str = False
    domain: tuple[float, float] = (-2.0, 2.0)
    extra: Any = None
    numbers: str = ""  # pointwise: how numbers take part, words of ``wide``, ``fits``, ``divisor``, ``refused`` (see `ops.pointwise`)
    complex: str = "same"  # pointwise: what complex operands give, "same" or "real" numbers, or "none"
    dense: bool = False  # heavy: whether the kernel wants its tensors row-major, read from their start
    cache: dict[Any, Record] = field(default_factory=dict)
    kin: dict[Any, Any] = field(default_factory=dict)  # of its records, see `graph.moulds`
    works: dict[Any, Any] = field(default_factory=dict)  # pointwise: what is computed, by the operands' dtypes
    plain: dict[Any, Any] = field(default_factory=dict)  # pointwise: moulds of records over dense tensors of one shape

    def record(self, operands: tuple[Any, ...], params: tuple[Any, ...] = ()) -> Record:
        """The record of a call; made and checked once per metas and params."""
        key = (operands, params)
        try:
            record = self.cache.get(key)
        except TypeError:
            if not TRACING.now:  # a parameter is a size that is traced
                raise
            record = None
        return self.new_record(key, operands, params) if record is None else record

    def new_record(self, key: Any, operands: tuple[Any, ...], params: tuple[Any, ...] = ()) -> Record:
        """The record of a call that has none under its key."""
        if WATCHED and missed(RecordMiss, self, key, operands, params, self.remember):
            record = self.cache.get(key)
            if record is not None:
                return record
        record = (made_of_elements if self.family == "pointwise" else made)(self, operands, params)
        need_numbers(self.name, (*operands, *record.metas))
        if record.op != self.name:
            record.op = record.base.op = self.name
        self.remember(key, record)
        return record

    def remember(self, key: Any, record: Record) -> None:
        """Keep a record under a key of its own (the fast paths have shorter ones)."""
        if TRACING.now:
            return
        if len(self.cache) >= CACHE_LIMIT:
            self.cache.clear()
        self.cache[key] = record


TABLE: dict[str, Op] = {}


def _forget_records() -> None:
    """Drop all records: the dtypes of some came from the default dtype."""
    for op in TABLE.values():
        op.cache.clear()
        op.works.clear()
        op.plain.clear()
        op.kin.clear()


dtypes.FORGET_DEFAULT.append(_forget_records)


def parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a function's parameters, in order."""
    return function.__code__.co_varnames[: function.__code__.co_argcount]


def declare(
    function: Callable[..., Any],
    family: str,
    infer: Callable[[Op, tuple[Any, ...], tuple[Any, ...]], Record],
    vjp: Vjp | tuple[Vjp | None, ...] | None = None,
    tensors: tuple[str, ...] = ("input",),
    **columns: Any,
) -> Op:
    """Make the row of a decorated ``def`` and enter it into the table."""
    name = function.__name__
    signature = inspect.signature(function)
    params = tuple(p for p in signature.parameters if p not in tensors and p != "out")
    params = columns.pop("params", params)
    vjps = (vjp,) if callable(vjp) else vjp
    conjugate = columns.pop("conjugate", True)
    rule = None if vjps is None else Rule(name, vjps, tensors, params, conjugate=conjugate)
    if not columns.get("method", True):
        columns.setdefault("spaces", "")
    columns.setdefault("autocast", listed(name) if family == "pointwise" else "")
    op = Op(name, family, signature, inspect.getdoc(function) or "", tensors, params, infer, rule, **columns)
    TABLE[name] = op
    return op


def flat(g: Any) -> Any:
    """The gradient of what is flat: zeros, whatever arrived."""
    return g.new_zeros(g.shape)


def no_derivative(error: Exception) -> Vjp:
    """The gradient rule of what has none: it raises in backward."""

    def rule(g: Any) -> Any:
        raise error

    return rule


def operand_metas(operands: tuple[Any, ...]) -> tuple[Meta, ...]:
    """The operands that are tensors."""
    return tuple(operand for operand in operands if not isinstance(operand, tuple))
