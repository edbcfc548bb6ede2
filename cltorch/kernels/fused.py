"""Fused kernels: pointwise chains, reductions with what comes before and after them, and strided writes, as one body."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING

from .body import Body, Load, Reduce, Scalar, Store
from .call import Lowered
from .copies import lower_copy
from .fused_cpu import lower_cpu
from .fused_gpu import lower_gpu
from .geometry import geometry
from .loops import Loops
from .sizes import TRACING

if TYPE_CHECKING:
    from ..runtime.traits import Traits


def lower(body: Body, traits: Traits) -> Lowered:
    """The launches that compute ``body`` in the form of ``traits``; none where there is nothing to write."""
    if TRACING.now:
        return _lower.__wrapped__(body, (), traits)
    return _lower(body, tuple(map(type, body.nodes)), traits)  # nodes are tuples: equal ones may be of different types


@lru_cache(maxsize=1024)
def _lower(body: Body, kinds: tuple[type, ...], traits: Traits) -> Lowered:
    """`lower`, remembered: programs with other shapes or lengths have most of their bodies in common."""
    if not any(isinstance(node, Store) for node in body.nodes):
        return Lowered(())
    kept = [n for d, n in enumerate(body.shape) if d not in body.reduced]
    if not prod(kept):
        return Lowered(())
    on_cpu = traits.form == "cpu"
    order = geometry(body, walk_inner=on_cpu)
    copied = lower_copy(body, order, traits)
    if copied is not None:
        return copied
    loops = Loops(body, order)
    return lower_cpu(loops, traits) if on_cpu else lower_gpu(loops, traits)


def parameter_bytes(body: Body) -> int:
    """The most bytes of arguments that a kernel of ``body`` takes, whichever form it gets."""
    loops = geometry(body, walk_inner=True)
    size = 4 if loops.index == "int" else 8
    pointers = {(type(node), node.slot) for node in body.nodes if isinstance(node, (Load, Store))}
    numbers = {node.index for node in body.nodes if isinstance(node, Scalar)}
    temps = sum(2 for node in body.nodes if isinstance(node, Reduce))
    dims = len(loops.rows) + len(loops.walk)
    strides = len(loops.accesses) * (dims + 2) + 2 * dims + 16
    return 8 * (len(pointers) + len(numbers) + temps) + size * strides
