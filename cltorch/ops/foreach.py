"""One pointwise program over lists of tensors: what an optimizer's step records.

A program is declared once, as assignments in the expression language::

    decay = program(inputs="p g", numbers="lr", body="p = p - lr * g")
    decay(params, grads, lr=0.1)

Every input list that is assigned to is changed in place; other names are local.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..graph.meta import Meta
from ..graph.record import recorder
from ..graph.value import Multi, Record, Value
from ..graph.view import View
from ..kernels import foreach as kernels
from ..kernels.body import Compute, Foreach, Load, Node, Number, Store

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor


@dataclass(eq=False, slots=True)
class Request:
    """A program for tensors of these sizes and one dtype."""

    body: Foreach
    numbers: int


@dataclass(eq=False, slots=True)
class Program:
    """A declared program; call it with one list per input and the numbers by name."""

    inputs: tuple[str, ...]
    numbers: tuple[str, ...]
    assignments: tuple[tuple[str, str, tuple[str, ...]], ...]  # target, expression, names used
    writes: tuple[int, ...]
    records: dict[Any, Record] = field(default_factory=dict)

    def __call__(self, *lists: Sequence[Tensor], **numbers: float) -> None:
        """Run over the lists, which have equal lengths, shapes and dtypes position by position."""
        if len(lists) != len(self.inputs) or any(len(tensors) != len(lists[0]) for tensors in lists):
            raise ValueError(
                f"expected {len(self.inputs)} lists of one length, got {[len(tensors) for tensors in lists]}"
            )
        if set(numbers) != set(self.numbers):
            raise TypeError(f"expected the numbers {self.numbers}, got {tuple(numbers)}")
        if not lists[0]:
            return
        dense = [[self._row_major(t) for t in tensors] for tensors in lists]
        metas = tuple([t._meta for tensors in dense for t in tensors])
        record = self.records.get(metas)
        if record is None:
            record = self._make(metas, len(lists[0]))
            if len(self.records) > 256:
                self.records.clear()
            self.records[metas] = record
        value = Value(
            record,
            tuple([t._storage.value for tensors in dense for t in tensors]),
            tuple([numbers[n] for n in self.numbers]),
        )
        value.pins = 0
        outs = []
        for _ in record.metas:
            out = Value(None, ())
            outs.append(out)
        value.outs = tuple(outs)
        record.pending.append(value)
        at = 0
        for position in self.writes:
            for t, kept in zip(lists[position], dense[position], strict=True):
                self._settle(t, kept, outs[at])
                at += 1

    @staticmethod
    def _row_major(tensor: Tensor) -> Tensor:
        return tensor._dense()

    @staticmethod
    def _settle(target: Tensor, dense: Tensor, out: Value) -> None:
        """Make ``out`` the contents of a tensor."""
        if dense is target and target._storage.nbytes == target.nbytes:
            target._storage.repoint(out)
        else:
            target._write_value(out, dense._meta)

    def _make(self, metas: tuple[Meta, ...], count: int) -> Record:
        dtype = metas[0].dtype
        numels = tuple(meta.view.numel for meta in metas[:count])
        body = Foreach(numels, tuple(self._nodes([metas[j * count].dtype for j in range(len(self.inputs))], dtype)))
        outs = tuple(metas[j * count + t] for j in self.writes for t in range(count))
        work = Multi(_lower, Request(body, len(self.numbers)), count, self.writes)
        views = tuple(View.dense(meta.shape) for meta in metas)
        return Record(work, views, outs, recorder(metas[0].device).pending, None, metas)

    def _nodes(self, list_dtypes: list[dtypes.dtype], dtype: dtypes.dtype) -> list[Node]:
        """The program as nodes; everything is computed in ``dtype`` (16-bit floats in float32)."""
        compute = dtypes.float32 if dtype in (dtypes.float16, dtypes.bfloat16) else dtype
        nodes: list[Node] = [Load(j, kind, (1,), 0) for j, kind in enumerate(list_dtypes)]
        known = {name: j for j, name in enumerate(self.inputs)}
        for k, name in enumerate(self.numbers):
            known[name] = len(nodes)
            nodes.append(Number(k, compute))
        for target, expr, names in self.assignments:
            args = tuple(known[name] for name in names)
            nodes.append(Compute(expr, names, args, (compute,) * len(names), compute))
            known[target] = len(nodes) - 1
        for slot, j in enumerate(self.writes):
            nodes.append(Store(slot, known[self.inputs[j]], list_dtypes[j], (1,), 0))
        return nodes


def _lower(request: Request, traits: Any) -> Any:
    return kernels.lower(request.body, traits)


def program(inputs: str, body: str, numbers: str = "") -> Program:
    """Declare a program from assignments, one a line."""
    names = tuple(inputs.split())
    scalars = tuple(numbers.split())
    assignments = []
    for statement in ast.parse("\n".join(line.strip() for line in body.strip().splitlines())).body:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            raise ValueError("a program consists of assignments")
        used = tuple(
            dict.fromkeys(
                node.id
                for node in ast.walk(statement.value)
                if isinstance(node, ast.Name) and not _is_function(node, statement.value)
            )
        )
        assignments.append((statement.targets[0].id, ast.unparse(statement.value), used))
    targets = {target for target, _, _ in assignments}
    writes = tuple(j for j, name in enumerate(names) if name in targets)
    return Program(names, scalars, tuple(assignments), writes)


def _is_function(name: ast.Name, tree: ast.expr) -> bool:
    """Whether a name is that of a function that is called."""
    return any(isinstance(node, ast.Call) and node.func is name for node in ast.walk(tree))
