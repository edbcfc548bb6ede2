"""One pointwise formula over many tensors in few kernels: what an optimizer's step is.

A kernel has one set of pointers a tensor, as many tensors as fit into the device's bytes of arguments. The formula is a
helper function that the kernel calls once a tensor. The text depends on the number of tensors, not on their sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .body import Body, Foreach, Load, Scalar, Store
from .call import Arg, Call, In, Int, Lowered, Num, Out
from .cpu_emitter import ceil_div
from .cpu_rows import Rows
from .elements import index_type
from .fused_cpu import CHEAP, lane_count
from .fused_gpu import GROUP, GROUPS_PER_UNIT, Scalars
from .geometry import geometry
from .loops import Block, Emitter, Loops
from .sizes import least, most

if TYPE_CHECKING:
    from ..dtypes import dtype as DType
    from ..runtime.traits import Traits

_MANY = 1 << 20  # stands for the size of a tensor, which the text does not depend on
_SLACK = 64  # bytes of arguments left to the driver


@dataclass(frozen=True, slots=True)
class _Lists:
    """The lists that a formula reads and writes, by slot, and the numbers that it takes.

    ``inplace`` are the lists read whose pointer is that of a list written; ``order`` numbers the others.
    """

    reads: dict[int, DType]
    writes: dict[int, DType]
    numbers: tuple[int, ...]
    inplace: dict[int, int]
    order: dict[int, int]

    def tensors_per_kernel(self, index: str, traits: Traits) -> int:
        """How many tensors' pointers and sizes fit into the arguments of one kernel."""
        pointers = sum(slot not in self.inplace for slot in self.reads) + len(self.writes)
        each = 8 * pointers + (4 if index == "int" else 8)
        return max(1, (traits.max_parameter_bytes - _SLACK - 8 * len(self.numbers)) // each)


def lower(f: Foreach, traits: Traits) -> Lowered:
    """The launches that run ``f``: tensors without elements are left out."""
    body = Body((max((_MANY, *f.numels)),), (), f.nodes)
    loops = Loops(body, geometry(body, walk_inner=True))
    reads = {node.slot: node.dtype for node in f.nodes if isinstance(node, Load)}
    lists = _Lists(
        reads,
        {node.slot: node.dtype for node in f.nodes if isinstance(node, Store)},
        tuple(dict.fromkeys(node.index for node in f.nodes if isinstance(node, Scalar))),
        dict(f.inplace),
        {slot: k for k, slot in enumerate(sorted(set(reads) - set(dict(f.inplace))))},
    )
    tensors = [t for t, numel in enumerate(f.numels) if numel]
    index = index_type(sum(f.numels))
    most = lists.tensors_per_kernel(index, traits)
    groups = [tensors[at : at + most] for at in range(0, len(tensors), most)]
    return Lowered(tuple(_call(f, loops, lists, group, index, traits) for group in groups))


def _call(f: Foreach, loops: Loops, lists: _Lists, tensors: Sequence[int], index: str, traits: Traits) -> Call:
    """The launch for one group of tensors."""
    on_cpu = traits.form == "cpu"
    emitter: Emitter = Rows(loops, lane_count(loops, traits), split=False) if on_cpu else Scalars(loops)
    emitter.index = index
    mains = [_emit(emitter, loops, f.flag, ragged) for ragged in ((False, True) if on_cpu else (False,))]
    numel = sum(f.numels[t] for t in tensors)
    if on_cpu:
        work = numel * loops.cost()
        items, group = (most(1, least(4 * traits.compute_units, work // CHEAP)), 1)
    else:
        group = min(GROUP, 1 << (traits.max_work_group.bit_length() - 1))
        largest = max(f.numels[t] for t in tensors)
        items = group * most(1, least(ceil_div(largest, group), GROUPS_PER_UNIT * traits.compute_units))
    parameters, arguments, called, heads = _arguments(f, emitter, lists, tensors, index)
    kernel = emitter.kernel(
        "foreach_chunks.cl.mako" if on_cpu else "foreach_grid.cl.mako",
        pointers=_pointers(lists, f.flag is not None),
        numbers=[f"{emitter.parameters.names[f'n{j}']} n{j}" for j in lists.numbers],
        accesses=len(loops.geometry.accesses),
        uniform=emitter.uniform.lines + emitter.row.lines,
        main=mains[0],
        tail=mains[-1],
        called=called,
        heads=heads,
        kernel_parameters=", ".join(parameters),
    )
    return Call(kernel, tuple(arguments), (items,), (group,))


def _emit(emitter: Emitter, loops: Loops, flag: int | None, ragged: bool) -> list[str]:
    """The statements for one vector or element; lanes that do not exist repeat the last one, which raises no flag anew."""
    block = Block("t" if ragged else "m", emitter.preludes, emitter.row)
    if isinstance(emitter, Rows):
        emitter.ragged = ragged
    for i in loops.full_stores:
        emitter.value(loops.nodes[i].arg, block)  # type: ignore[union-attr]
    for i in loops.full_stores:
        emitter.store(i, loops.nodes[i], block)  # type: ignore[arg-type]
    if flag is not None:
        raised = block.writer.let(block.writer.truth(emitter.value(flag, block)))
        block.lines.append(f"if ({raised.text if raised.lanes == 1 else f'any({raised.text})'}) flag[0] = 1.0f;")
    return block.lines


def _pointers(lists: _Lists, flag: bool) -> list[str]:
    """The helper's pointer parameters."""
    reads = [f"const __global {dtype.storage}* in{slot}" for slot, dtype in lists.reads.items()]
    writes = [f"__global {dtype.storage}* out{slot}" for slot, dtype in lists.writes.items()]
    return reads + writes + (["__global float* flag"] if flag else [])


def _arguments(
    f: Foreach, emitter: Emitter, lists: _Lists, tensors: Sequence[int], index: str
) -> tuple[list[str], list[Arg], list[list[str]], list[str]]:
    """The kernel's parameters and arguments, per tensor the pointers that the helper takes, and how numbers are read from memory."""
    count = len(f.numels)
    parameters: list[str] = []
    arguments: list[Arg] = []
    called = []
    heads = []
    for k, t in enumerate(tensors):
        names = []
        for slot, dtype in lists.reads.items():
            if slot in lists.inplace:
                names.append(f"out{lists.inplace[slot]}_{k}")
                continue
            names.append(f"in{slot}_{k}")
            parameters.append(f"const __global {dtype.storage}* {names[-1]}")
            arguments.append(In(lists.order[slot] * count + t))
        for slot, dtype in lists.writes.items():
            names.append(f"out{slot}_{k}")
            parameters.append(f"__global {dtype.storage}* {names[-1]}")
            arguments.append(Out(slot * count + t))
        parameters.append(f"const {index} size{k}")
        arguments.append(Int(f.numels[t], index))
        called.append([*names, *(["flag"] if f.flag is not None else [])])
    if f.flag is not None:
        parameters.append("__global float* flag")
        arguments.append(Out(len(lists.writes) * count))
    scalars = {j: (In(len(lists.order) * count + k), dtype) for k, (j, dtype) in enumerate(f.scalars)}
    for j in lists.numbers:
        ctype = emitter.parameters.names[f"n{j}"].removeprefix("const ")
        if j in scalars:
            argument, dtype = scalars[j]
            parameters.append(f"const __global {dtype.storage}* n{j}_at")
            arguments.append(argument)
            heads.append(f"const {ctype} n{j} = n{j}_at[0];")
        else:
            parameters.append(f"const {ctype} n{j}")
            arguments.append(Num(j, ctype))
    return parameters, arguments, called, heads
