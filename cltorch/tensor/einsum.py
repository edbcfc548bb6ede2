"""Sums of products named by letters: ``einsum`` and ``tensordot``, as matrix products of permuted operands."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from string import ascii_letters
from typing import Any

from ..errors import kind_of
from ..ops import rules
from ..ops.arguments import is_tensor
from ..ops.names import public
from .apply import stored
from .tensor import Tensor

Labels = list[str]  # one per dimension; those of an ellipsis are ".0", ".1" ... counted from the last


@public()
def einsum(*args: Any) -> Tensor:
    """The sum of products that an equation such as ``"ij,jk->ik"`` names, operands from left to right. See torch.einsum.

    Operands may also stand before the lists of their subscripts, ``einsum(a, [0, 1], b, [1, 2], [0, 2])``.
    """
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its subscripts list"
        )
    equation, operands = (args[0], args[1:]) if isinstance(args[0], str) else _from_lists(args)
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    _check_tensors(operands)
    inputs, output = _parse(equation.replace(" ", ""), operands)
    _check_sizes(inputs, operands)
    terms = [_without_repeats(t, labels) for t, labels in zip(operands, inputs, strict=True)]
    result, labels = terms[0]
    for position, (other, theirs) in enumerate(terms[1:], 1):
        later = {label for _, rest in terms[position + 1 :] for label in rest} | set(output)
        result, labels = _product(result, labels, other, theirs, later)
    result, labels = _sum_others(result, labels, set(output))
    missing = [label for label in output if label not in labels]
    if missing:
        raise RuntimeError(
            f"einsum(): output subscript {missing[0]} does not appear in the equation for any input operand"
        )
    return result.permute([labels.index(label) for label in output]) if labels != output else result


def _from_lists(arguments: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The equation, and the operands, of operands that alternate with lists of numbers (from 0 to 51, or an ellipsis)."""
    operands, lists = arguments[:-1:2], arguments[1::2]
    _check_tensors(operands)
    equation = ",".join(map(_subscripts, lists))
    return (f"{equation}->{_subscripts(arguments[-1])}" if len(arguments) % 2 else equation), operands


def _check_tensors(operands: tuple[Any, ...]) -> None:
    """TypeError for an operand that is no tensor."""
    for operand in operands:
        if not is_tensor(operand):
            raise TypeError(f"einsum(): argument 'operands' must be tuple of Tensors, not {kind_of(operand)}")


def _subscripts(numbers: Any) -> str:
    """The letters of a list of subscripts."""
    if not isinstance(numbers, (list, tuple)):
        raise RuntimeError(f"einsum(): subscripts must be a list of numbers, not {kind_of(numbers)}")
    if any(n is not Ellipsis and not 0 <= rules.integer(n, "subscript") < 52 for n in numbers):
        raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
    return "".join("..." if n is Ellipsis else ascii_letters[rules.integer(n)] for n in numbers)


def _parse(equation: str, operands: Sequence[Tensor]) -> tuple[list[Labels], Labels]:
    """The labels of all operands and of the result."""
    left, arrow, right = equation.partition("->")
    parts = left.split(",")
    if len(parts) != len(operands):
        kind = "fewer" if len(operands) < len(parts) else "more"
        raise RuntimeError(f"einsum(): {kind} operands were provided than specified in the equation")
    inputs = [_labels(part, t.dim(), k) for k, (part, t) in enumerate(zip(parts, operands, strict=True))]
    dots = sorted({label for labels in inputs for label in labels if label[0] == "."}, key=lambda d: -int(d[1:]))
    if arrow:
        before, ellipsis, after = right.partition("...")
        output = [*before, *(dots if ellipsis else ()), *after]
        for label in output:
            if output.count(label) > 1:
                raise RuntimeError(f"einsum(): output subscript {label} appears more than once in the output")
        return inputs, output
    letters = [label for labels in inputs for label in labels if label[0] != "."]
    return inputs, [*dots, *sorted(label for label in set(letters) if letters.count(label) == 1)]


def _labels(part: str, ndim: int, position: int) -> Labels:
    before, ellipsis, after = part.partition("...")
    count = ndim - len(before) - len(after)
    if not all(letter.isalpha() for letter in before + after):
        if "." in before + after:
            what = "for which an ellipsis was already found" if ellipsis else "that is not part of any ellipsis"
            raise RuntimeError(f"einsum(): found '.' for operand {position} {what}")
        raise RuntimeError(f"einsum(): invalid subscript given in operand {position}, subscripts must be in [a-zA-Z]")
    if count < 0 or (count and not ellipsis):
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({len(before + after)}) does not match the number of "
            f"dimensions ({ndim}) for operand {position}" + ("" if ellipsis else " and no ellipsis was given")
        )
    return [*before, *(f".{k}" for k in reversed(range(count))), *after]


def _check_sizes(inputs: list[Labels], operands: Sequence[Tensor]) -> None:
    """RuntimeError when a label stands for different sizes (1 goes with any)."""
    sizes: dict[str, int] = {}
    for k, (labels, t) in enumerate(zip(inputs, operands, strict=True)):
        own: dict[str, int] = {}
        for label, n in zip(labels, t._cl_meta.shape, strict=True):
            if own.setdefault(label, n) != n:
                raise RuntimeError(
                    f"einsum(): subscript {label} is repeated for operand {k} but the sizes don't match, {n} != {own[label]}"
                )
            known = sizes.setdefault(label, n)
            if n not in (1, known) and known != 1:
                raise RuntimeError(
                    f"einsum(): subscript {label} has size {n} for operand {k} which does not broadcast with previously seen size {known}"
                )
            sizes[label] = max(n, known) if known else n


def _without_repeats(t: Tensor, labels: Labels) -> tuple[Tensor, Labels]:
    """The diagonal of dimensions with one label."""
    labels = list(labels)
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            a = labels.index(label)
            b = labels.index(label, a + 1)
            t = t.diagonal(0, a, b)
            del labels[b], labels[a]
            labels.append(label)
    return t, labels


def _sum_others(t: Tensor, labels: Labels, kept: set[str]) -> tuple[Tensor, Labels]:
    """Summed over the dimensions whose label is not kept."""
    dims = tuple(d for d, label in enumerate(labels) if label not in kept)
    return (t.sum(dims), [label for label in labels if label in kept]) if dims else (t, labels)


def _product(a: Tensor, la: Labels, b: Tensor, lb: Labels, later: set[str]) -> tuple[Tensor, Labels]:
    """The product of two operands, summed over the labels that nobody needs later."""
    a, la = _sum_others(a, la, later | set(lb))
    b, lb = _sum_others(b, lb, later | set(la))
    shared = [label for label in la if label in lb]
    a, b = _same_sizes(a, la, b, lb, shared), _same_sizes(b, lb, a, la, shared)
    batch = [label for label in shared if label in later]
    summed = [label for label in shared if label not in later]
    rows, columns = [k for k in la if k not in shared], [k for k in lb if k not in shared]
    size = dict(zip(la, a._cl_meta.shape, strict=True)) | dict(zip(lb, b._cl_meta.shape, strict=True))
    left = _arranged(a, la, (batch, rows, summed), size)
    right = _arranged(b, lb, (batch, summed, columns), size)
    out = [*batch, *rows, *columns]
    made = left.matmul(right) if summed else left * right
    return made.reshape(tuple(size[label] for label in out)), out


def _same_sizes(t: Tensor, labels: Labels, other: Tensor, theirs: Labels, shared: Labels) -> Tensor:
    """``t`` expanded along shared labels where its size is 1 and the other's is not."""
    shape = list(t._cl_meta.shape)
    for label in shared:
        shape[labels.index(label)] = max(shape[labels.index(label)], other._cl_meta.shape[theirs.index(label)])
    return t.expand(shape) if tuple(shape) != t._cl_meta.shape else t


def _arranged(t: Tensor, labels: Labels, groups: tuple[Labels, Labels, Labels], size: dict[str, int]) -> Tensor:
    """Three dimensions: those of each group merged."""
    order = [labels.index(label) for group in groups for label in group]
    return t.permute(order).reshape(tuple(prod(size[label] for label in group) for group in groups))


@public()
def tensordot(a: Tensor, b: Tensor, dims: Any = 2, out: Tensor | None = None) -> Tensor:
    """Products summed over some dimensions of both: a number of the last and first ones, or two lists. See torch.tensordot."""
    if not isinstance(dims, (tuple, list, Tensor, int)):
        raise RuntimeError(
            f"tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] containing two lists, but got "
            f"dims={dims}"
        )
    if isinstance(dims, Tensor):
        dims = int(dims) if dims.numel() < 2 else dims.tolist()
    if isinstance(dims, int):
        if dims < 0 or dims > min(a.dim(), b.dim()):
            raise RuntimeError(f"tensordot expects dims >= 0 and at most the operands' dimensions, but got dims={dims}")
        ours, theirs = list(range(a.dim() - dims, a.dim())), list(range(dims))
    else:
        first, second = dims
        ours = [rules.wrap_dim(d, a.dim()) for d in first]
        theirs = [rules.wrap_dim(d, b.dim()) for d in second]
    if len(ours) != len(theirs):
        raise RuntimeError("both dimension lists should have same length")
    for m, n in zip(ours, theirs, strict=True):
        if a._cl_meta.shape[m] == 1:  # it is repeated along the other: summed there first
            b = b.sum(n, keepdim=True, dtype=b.dtype)
        elif b._cl_meta.shape[n] == 1:
            a = a.sum(m, keepdim=True, dtype=a.dtype)
        elif a._cl_meta.shape[m] != b._cl_meta.shape[n]:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a._cl_meta.shape[m]} in dim {m} and second has size "
                f"{b._cl_meta.shape[n]} in dim {n}"
            )
    rows = [d for d in range(a.dim()) if d not in ours]
    columns = [d for d in range(b.dim()) if d not in theirs]
    count = prod(a._cl_meta.shape[d] for d in ours)
    left = a.permute([*rows, *ours]).reshape(prod(a._cl_meta.shape[d] for d in rows), count)
    right = b.permute([*theirs, *columns]).reshape(count, prod(b._cl_meta.shape[d] for d in columns))
    made = left.mm(right).reshape(
        tuple(a._cl_meta.shape[d] for d in rows) + tuple(b._cl_meta.shape[d] for d in columns)
    )
    return stored(made, out)
