"""What a kernel family hands upwards: kernel texts and how to call them. Plain data; no OpenCL objects."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Kernel:
    """One ``__kernel`` function in OpenCL C.

    ``name`` says what the kernel does and ends in 16 hex digits of its text's digest (``map_mul_tanh_f32_3fa91c...``), so that equal
    texts are one kernel and different ones never collide when several kernels are built as one program. ``source`` holds
    the function and the helper functions that it alone needs (their names carry the same suffix). ``preludes`` names the
    files of ``kernels/prelude`` that must come before it, once per program. ``options`` are the compiler's beyond ``-cl-std``
    (``-cl-mad-enable`` where products and sums may be contracted); kernels with equal options are built together.
    """

    name: str
    source: str
    preludes: tuple[str, ...] = ()
    options: str = ""

    def __post_init__(self) -> None:
        """Equal texts, of which every new size makes one, are one string."""
        object.__setattr__(self, "source", sys.intern(self.source))


class In(NamedTuple):
    """The buffer of the call's ``index``-th input."""

    index: int


class Out(NamedTuple):
    """The buffer of the call's ``index``-th output."""

    index: int


class Temp(NamedTuple):
    """The ``index``-th scratch buffer of the lowered op."""

    index: int


class Int(NamedTuple):
    """A size, stride or offset that belongs to the plan. ``ctype`` is ``int``, ``uint``, ``long`` or ``ulong``."""

    value: int
    ctype: str = "int"


class Num(NamedTuple):
    """The ``index``-th number of the op (a Python scalar that may differ in every replay), passed as ``ctype``."""

    index: int
    ctype: str


class Local(NamedTuple):
    """``nbytes`` of local memory."""

    nbytes: int


class Fault(NamedTuple):
    """The device's fault record, ``__global int*`` of 4 words.

    A kernel that meets an index out of range writes ``{1, index, size, dimension}`` there and goes on with a clamped
    index; the next read of results raises `IndexError` from it.
    """


Arg = In | Out | Temp | Int | Num | Local | Fault


@dataclass(frozen=True, slots=True)
class Call:
    """One launch: a kernel, its arguments in order, and its range. ``local`` divides ``size`` in every dimension."""

    kernel: Kernel
    args: tuple[Arg, ...]
    size: tuple[int, ...]
    local: tuple[int, ...]

    def within(self, inputs: tuple[Arg, ...], outputs: tuple[Arg, ...], first: int) -> Call:
        """The same launch as a part of others: with these in the place of its inputs and outputs, scratch from ``first`` on."""

        def renamed(arg: Arg) -> Arg:
            match arg:
                case In(k):
                    return inputs[k]
                case Out(k):
                    return outputs[k]
                case Temp(k):
                    return Temp(first + k)
            return arg

        return Call(self.kernel, tuple(map(renamed, self.args)), self.size, self.local)


@dataclass(frozen=True, slots=True)
class Lowered:
    """The launches that compute one group of values, in order, and the bytes of each scratch buffer they share."""

    calls: tuple[Call, ...]
    temps: tuple[int, ...] = ()
