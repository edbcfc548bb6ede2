"""The body of a fused kernel: straight-line code over an iteration space, as plain data.

A body is what fusion makes of pointwise values, reductions and writes. Its nodes are in order; a node refers to earlier
ones by position. The iteration space has ``len(shape)`` dimensions; dimensions listed in ``reduced`` are summed away by
`Reduce` nodes. A node is on the *full* level when it varies along a reduced dimension, else on the *row* level. A row
value may be used by a full node again (softmax: max, then exp of the difference, then sum, then the quotient): the kernel
then walks the row once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..dtypes import dtype as DType


class Load(NamedTuple):
    """Element ``offset + sum(i[d] * strides[d])`` of input ``slot``; stride 0 repeats, negative never occurs."""

    slot: int
    dtype: DType
    strides: tuple[int, ...]
    offset: int


class Index(NamedTuple):
    """The integer ``offset + sum(i[d] * strides[d])`` itself, as int64 (``arange``, random counters)."""

    strides: tuple[int, ...]
    offset: int


class Scalar(NamedTuple):
    """A scalar kernel argument: number ``index`` of the call."""

    index: int
    dtype: DType


class Const(NamedTuple):
    """A literal that is part of the kernel's text."""

    value: complex | float | int | bool
    dtype: DType


class Compute(NamedTuple):
    """``expr`` (see `expression.py`) over earlier nodes bound to ``names``, each first cast to its ``in_dtypes`` entry.

    The result has dtype ``dtype``; float16 and bfloat16 results are rounded to that dtype, so fusion changes no number.
    """

    expr: str
    names: tuple[str, ...]
    args: tuple[int, ...]
    in_dtypes: tuple[DType, ...]
    dtype: DType


class Reduce(NamedTuple):
    """``kind`` over the reduced dimensions: sum, prod, amax, amin, any, all, argmax, argmin.

    The argument is cast to ``dtype`` first (argmax and argmin: compared in the argument's own dtype; the result is the
    int64 position in the row-major order of the reduced dimensions, the first one on ties, NaN counts as the extreme).
    """

    kind: str
    arg: int
    dtype: DType


class Store(NamedTuple):
    """Write node ``arg``, cast to ``dtype``, to element ``offset + sum(i[d] * strides[d])`` of output ``slot``.

    A row node is stored once per row; its strides along reduced dimensions are 0.
    """

    slot: int
    arg: int
    dtype: DType
    strides: tuple[int, ...]
    offset: int


Node = Load | Index | Scalar | Const | Compute | Reduce | Store


@dataclass(frozen=True, slots=True)
class Body:
    """One fused kernel. ``shape`` is not collapsed yet: `fused.lower` merges dimensions that all strides allow."""

    shape: tuple[int, ...]
    reduced: tuple[int, ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Foreach:
    """One pointwise formula over lists of dense tensors (an optimizer's step over all its parameters).

    ``numels`` has one entry a tensor. Node ``Load.slot`` and ``Store.slot`` name a *list*; their strides are ``(1,)`` and
    their offset 0. An output may be the same buffer as an input of the same tensor. `Index`, `Reduce` and broadcasts do
    not occur.

    ``inplace`` maps input lists to the output lists that always lie over them: those have no pointers of their own. Inputs
    of the call are the other lists in order, tensor ``t`` of the ``j``-th at ``j * len(numels) + t``, then ``scalars``:
    the `Scalar.index` and dtype of numbers that lie in memory.

    ``flag`` is a node: if it is true of any element of any tensor, the last output, one float32 that is changed where it is,
    becomes 1.
    """

    numels: tuple[int, ...]
    nodes: tuple[Node, ...]
    inplace: tuple[tuple[int, int], ...] = ()
    scalars: tuple[tuple[int, DType], ...] = ()
    flag: int | None = None
