"""One formula over lists of tensors: what a step of an optimizer does to every element.

A formula is written as assignments in the expression language::

    decay = formula("param = param - lr * (1 - beta ** step) * grad", lists="param grad")
    decay([params, grads], {"lr": 0.1, "beta": 0.9, "step": 3})

Names in ``lists`` are tensors; those that are assigned to are changed in place, apart from ``grad``. Other names that are
read first are numbers: Python's, or tensors of one element, which are read on the device. What depends on numbers alone is
computed once and not for every element, in Python's arithmetic (float64); numbers that the text assigns to are given back.
The same text can be run over tensors, tensor by tensor, for autograd to record (`Formula.over_tensors`).

A text may assign to ``flag`` what is true of some elements: the number of that name, a float32 tensor, becomes 1 if it is true
of any.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from types import CodeType
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..graph.meta import Meta
from ..graph.record import emit_several, recorder
from ..graph.value import Multi, Record
from ..graph.view import View
from ..kernels import foreach as kernels
from ..kernels.body import Compute, Foreach, Load, Node, Scalar, Store
from ..kernels.expression import names_of
from .arguments import is_tensor

if TYPE_CHECKING:
    from ..graph.value import Value
    from ..tensor.tensor import Tensor

LOCAL = "grad"  # the list that a formula may assign to without changing it
FLAG = "flag"


@dataclass(eq=False, slots=True)
class Request:
    """A formula for tensors of these sizes and one dtype."""

    body: Foreach
    numbers: int


@dataclass(eq=False, slots=True)
class Formula:
    """A formula taken apart. Call it with one list per name in ``lists`` and the numbers by name."""

    lists: tuple[str, ...]
    numbers: tuple[str, ...]  # that the caller gives
    changed: tuple[str, ...]  # numbers that the text assigns to and the caller gives
    writes: tuple[int, ...]  # lists that are changed
    prologue: CodeType  # what depends on numbers alone
    hoisted: tuple[str, ...]  # names in the prologue that elements need
    assignments: tuple[tuple[str, str, tuple[str, ...]], ...]  # per element: target, expression, names used
    has_flag: bool
    whole: CodeType  # everything, to be run over tensors
    records: dict[Any, Record] = field(default_factory=dict)

    def __call__(self, lists: Sequence[Sequence[Tensor]], numbers: Mapping[str, Any]) -> dict[str, Any]:
        """Run over the lists, which have equal lengths, shapes and dtypes position by position. Gives the numbers that the
        text changes."""
        if len(lists) != len(self.lists) or any(len(tensors) != len(lists[0]) for tensors in lists):
            raise ValueError(
                f"expected {len(self.lists)} lists of one length, got {[len(tensors) for tensors in lists]}"
            )
        names = {name: numbers[name] for name in self.numbers}
        exec(self.prologue, _FUNCTIONS, names)
        if lists[0]:
            self._record(lists, [names[name] for name in self.hoisted], numbers[FLAG] if self.has_flag else None)
        return {name: names[name] for name in self.changed}

    def over_tensors(self, tensors: Sequence[Tensor], numbers: Mapping[str, Any]) -> dict[str, Any]:
        """Run over one tensor per list by tensor operations, which autograd records. Gives the numbers that the text
        changes."""
        names = {name: numbers[name] for name in self.numbers} | dict(zip(self.lists, tensors))
        for k in self.writes:  # what is kept for backward is not what is written to in the end
            names[self.lists[k]] = tensors[k].clone()
        exec(self.whole, _FUNCTIONS, names)
        for k in self.writes:
            tensors[k].copy_(names[self.lists[k]])
        return {name: names[name] for name in self.changed}

    def _record(self, lists: Sequence[Sequence[Tensor]], numbers: list[Any], flag: Tensor | None) -> None:
        """Record the formula as one value, whose outputs become the contents of the lists that are changed."""
        on_device = tuple([is_tensor(n) for n in numbers])
        scalars = [_scalar(n) for n in numbers if is_tensor(n)] if True in on_device else []
        scalars += [] if flag is None else [flag]
        given = [*chain.from_iterable(lists), *scalars]
        record = self.records.get((tuple([t._cl_meta for t in given]), on_device))
        dense = given
        if record is None:  # else they are dense, as those were that it was made for
            dense = [*[t._dense() for tensors in lists for t in tensors], *scalars]
            key = (tuple([t._cl_meta for t in dense]), on_device)
            record = self.records.get(key)
            if record is None:
                if len(self.records) > 256:
                    self.records.clear()
                record = self.records[key] = self._make(key[0], len(lists[0]), on_device)
        outs = emit_several(
            record,
            tuple([t._storage.value for t in dense]),
            tuple([n for n, there in zip(numbers, on_device, strict=True) if not there] if scalars else numbers),
        )
        count = len(lists[0])
        at = 0
        for position in self.writes:
            for k in range(position * count, (position + 1) * count):
                _settle(given[k], dense[k], outs[at])
                at += 1
        if flag is not None:
            _settle(flag, flag, outs[at])

    def _make(self, metas: tuple[Meta, ...], count: int, on_device: tuple[bool, ...]) -> Record:
        lists = [metas[j * count].dtype for j in range(len(self.lists))]
        host = on_device.count(False)
        indices = [
            on_device[:k].count(False) if not there else host + sum(on_device[:k]) for k, there in enumerate(on_device)
        ]
        inplace = frozenset(self.writes) - {0}  # states are held by nobody else; an old parameter may be, for backward
        scalars = [meta.dtype for meta in metas[len(lists) * count : len(metas) - self.has_flag]]
        nodes = self._nodes(lists, indices)
        body = Foreach(
            tuple(meta.view.numel for meta in metas[:count]),
            tuple(nodes),
            tuple((j, self.writes.index(j)) for j in sorted(inplace)),
            tuple((host + k, dtype) for k, dtype in enumerate(scalars)),
            next((k for k, node in enumerate(nodes) if isinstance(node, Compute) and node.dtype is dtypes.bool), None),
        )
        outs = [metas[j * count + t] for j in self.writes for t in range(count)] + [*metas[-1:]] * self.has_flag
        work = Multi(_lower, Request(body, host), count, self.writes, inplace, self.has_flag)
        views = tuple(View.dense(meta.shape) for meta in metas)
        return Record(work, views, tuple(outs), recorder(metas[0].device).pending, None, metas)

    def _nodes(self, lists: list[dtypes.dtype], indices: list[int]) -> list[Node]:
        """The formula as nodes; everything is computed in the first list's dtype (16-bit floats in float32)."""
        compute = dtypes.float32 if lists[0] in (dtypes.float16, dtypes.bfloat16) else lists[0]
        nodes: list[Node] = [Load(j, kind, (1,), 0) for j, kind in enumerate(lists)]
        known = {name: j for j, name in enumerate(self.lists)}
        for name, index in zip(self.hoisted, indices, strict=True):
            known[name] = len(nodes)
            nodes.append(Scalar(index, compute))
        for target, expr, names in self.assignments:
            args = tuple(known[name] for name in names)
            result = dtypes.bool if target == FLAG else compute
            nodes.append(Compute(expr, names, args, (compute,) * len(names), result))
            known[target] = len(nodes) - 1
        for slot, j in enumerate(self.writes):
            nodes.append(Store(slot, known[self.lists[j]], lists[j], (1,), 0))
        return nodes


def _lower(request: Request, traits: Any) -> Any:
    return kernels.lower(request.body, traits)


def _scalar(number: Tensor) -> Tensor:
    """A number on the device in a dtype that a kernel reads as it is."""
    wide = number if number.dtype in (dtypes.float32, dtypes.float64) else number.to(dtypes.float32)
    return wide.detach().reshape(()).contiguous()._dense()


def _settle(target: Tensor, dense: Tensor, out: Value) -> None:
    """Make ``out`` the contents of a tensor."""
    storage, meta = target._storage, target._cl_meta
    if dense is target and storage.nbytes == meta.view.numel * meta.dtype.itemsize:
        storage.repoint(out)
    else:
        target._write_value(out, dense._cl_meta)


# --- taking a text apart ------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def formula(text: str, lists: str) -> Formula:
    """Take a formula apart: assignments, one a line. A formula of the same text is the same object."""
    names = tuple(lists.split())
    tree = ast.parse("\n".join(line.strip() for line in text.strip().splitlines()))
    split, whole = _Split(names), compile(ast.unparse(tree), "<formula>", "exec")
    for statement in tree.body:
        if not (isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)):
            raise ValueError(f"a formula consists of assignments, not of: {ast.unparse(statement)}")
        split.assign(statement.targets[0].id, statement.value)
    targets = [target for target, _, _ in split.assignments]
    return Formula(
        names,
        tuple(split.given),
        tuple(name for name in split.given if name in split.computed),
        tuple(j for j, name in enumerate(names) if name in targets and name != LOCAL),
        compile("\n".join(split.prologue), "<formula>", "exec"),
        tuple(split.hoisted),
        tuple(split.assignments),
        FLAG in targets,
        whole,
    )


class _Split(ast.NodeTransformer):
    """Takes what depends on numbers alone out of a formula, assignment by assignment.

    Every largest part of an expression that reads no element becomes a name of the prologue; `given` are the numbers that
    are read before they are assigned.
    """

    def __init__(self, lists: Sequence[str]) -> None:
        self.elements = set(lists)  # names that stand for one value an element
        self.given: dict[str, None] = {}
        self.computed: set[str] = set()  # numbers that the text assigns to
        self.prologue: list[str] = []
        self.hoisted: list[str] = []
        self.known: dict[str, str] = {}  # text of a part -> its name, while the numbers in it stay as they are
        self.assignments: list[tuple[str, str, tuple[str, ...]]] = []

    def assign(self, target: str, value: ast.expr) -> None:
        """The next assignment."""
        if not self.depends(value):
            if target in self.elements:
                raise ValueError(f"{target} is a value per element and cannot become a number")
            self.read(value)
            self.prologue.append(f"{target} = {ast.unparse(value)}")
            self.computed.add(target)
            self.known = {text: name for text, name in self.known.items() if target not in names_of(text)}
            return
        expr = ast.unparse(self.visit(value))
        self.elements.add(target)
        self.assignments.append((target, expr, tuple(sorted(names_of(expr)))))

    def depends(self, node: ast.expr) -> bool:
        """Whether an expression has a value per element."""
        return not self.elements.isdisjoint(names_of(ast.unparse(node)))

    def read(self, node: ast.expr) -> None:
        """Note the numbers that an expression reads."""
        for name in sorted(names_of(ast.unparse(node)) - self.computed - {"inf", "nan"}):
            self.given.setdefault(name)

    def visit(self, node: ast.AST) -> Any:
        """The expression with its numbers taken out."""
        if not isinstance(node, ast.expr):
            return node
        if self.depends(node):
            if not isinstance(node, ast.Call):
                return self.generic_visit(node)
            node.args = [self.visit(argument) for argument in node.args]
            return node.args[0] if node.func.id == "detach" else node  # type: ignore[attr-defined]
        text = ast.unparse(node)
        if not names_of(text) - {"inf", "nan"}:
            return node
        self.read(node)
        name = self.known.get(text)
        if name is None:
            name = self.known[text] = f"h{len(self.hoisted)}"
            self.hoisted.append(name)
            self.prologue.append(f"{name} = {text}")
        return ast.Name(name, ast.Load())


# --- functions over numbers and tensors ---------------------------------------------------------------------------------


def _is_tensor(value: Any) -> bool:
    return is_tensor(value)


def _either(method: str, on_numbers: Callable[..., Any]) -> Callable[..., Any]:
    """A function of one operand that is a tensor's method."""
    return lambda x: getattr(x, method)() if _is_tensor(x) else on_numbers(x)


def _extreme(method: str, bound: str, on_numbers: Callable[..., Any]) -> Callable[..., Any]:
    """Maximum or minimum of tensors or numbers."""

    def extreme(a: Any, b: Any) -> Any:
        if _is_tensor(a) and _is_tensor(b):
            return getattr(a, method)(b)
        if _is_tensor(a):
            return a.clamp(**{bound: b})
        return b.clamp(**{bound: a}) if _is_tensor(b) else on_numbers(a, b)

    return extreme


def _where(condition: Any, a: Any, b: Any) -> Any:
    """``a`` where the condition holds, else ``b``."""
    if not _is_tensor(condition):
        return a if condition else b
    condition = condition != 0
    if _is_tensor(a):
        return a.where(condition, b)
    return b.where(~condition, a) if _is_tensor(b) else condition * (a - b) + b


def _lerp(a: Any, b: Any, weight: Any) -> Any:
    if not _is_tensor(a):
        return a + weight * (b - a)
    return a.lerp(b, weight)


_FUNCTIONS: dict[str, Any] = {
    "sqrt": _either("sqrt", math.sqrt),
    "abs": _either("abs", abs),
    "sign": _either("sign", lambda x: (x > 0) - (x < 0)),
    "detach": _either("detach", lambda x: x),
    "maximum": _extreme("maximum", "min", max),
    "minimum": _extreme("minimum", "max", min),
    "clamp": lambda x, low, high: _extreme("minimum", "max", min)(_extreme("maximum", "min", max)(x, low), high),
    "where": _where,
    "lerp": _lerp,
}
