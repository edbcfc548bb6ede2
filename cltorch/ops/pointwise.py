"""The family of pointwise ops: broadcasting, type promotion, and the record that fusion reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import dtypes
from ..dtypes import dtype as DType
from ..graph.meta import Meta
from ..graph.record import recorder
from ..graph.value import Pointwise, Record
from ..graph.view import View, elementwise_strides
from ..kernels.expression import supports_complex
from . import rules
from .op import Op, Vjp, declare, operand_metas

OF_KEPT = frozenset(
    "mul eq ne where_ abs isnan isinf isfinite true_divide bitwise_and bitwise_or bitwise_xor bitwise_not".split()
)
"""The rows that are defined for dtypes which are else only kept (`dtypes.KEPT`)."""


def pointwise(
    expr: str,
    *,
    vjp: Vjp | tuple[Vjp | None, ...] | None = None,
    dtypes: str = "same",
    tensors: str = "",
    **columns: Any,
) -> Callable[[Callable[..., Any]], Op]:
    """Declare an op that computes each element from the elements at the same place.

    ``tensors`` names the operands that may be tensors (default: all parameters of the ``def`` but ``out``). ``dtypes`` is
    ``same`` (promoted type in and out), ``float`` (integers become the default float), ``bool`` (computed in the promoted
    type, bool out), ``numeric`` (no bool), ``difference`` (no bool operand), ``integral`` (integers and bool only), ``integer`` (integers only),
    ``floating`` (floats only), ``wide`` (as ``float``, no 16-bit floats), ``counting`` (bool becomes int64), ``logical`` (each operand as truth value), ``parts`` (two
    floats to a complex number). Complex operands are taken where the expression is defined for them (`supports_complex`);
    ``complex="real"`` says that the result is real then, ``conjugate=False`` that the rules are gradients as they stand.

    ``numbers``: a Python number beside a tensor is rounded (or wraps) to the dtype that is computed in, as PyTorch has it;
    where it is ``wide`` it stays float32 beside 16-bit floats, where it ``fits`` it must, where it ``holds`` integers must fit, ``unbool`` refuses it beside bool, a ``divisor`` of integers must not be 0, where they are ``refused`` there are only tensors, and those are ``alike`` in dtype.
    """

    def decorate(function: Callable[..., Any]) -> Op:
        names = tuple(tensors.split()) or tuple(
            p
            for p in function.__code__.co_varnames[
                : function.__code__.co_argcount + function.__code__.co_kwonlyargcount
            ]
            if p != "out"
        )
        columns.setdefault("inplace", True)
        return declare(function, "pointwise", infer, vjp, names, expr=expr, dtypes=dtypes, params=(), **columns)

    return decorate


def infer(op: Op, operands: tuple[Any, ...], params: tuple[Any, ...]) -> Record:
    """Checks and record of a pointwise call."""
    metas = tuple([o for o in operands if o.__class__ is not tuple])
    device = rules.same_device(op.name, metas)
    shape = rules.broadcast_shape([meta.shape for meta in metas])
    kinds = (device, *[o if o.__class__ is tuple else (o.dtype, not o.shape) for o in operands])
    known = op.works.get(kinds)
    if known is None:
        known = op.works[kinds] = _work(op, operands, metas)
    work, result = known
    aligned = tuple([None if o.__class__ is tuple else o for o in operands])
    return record_of(work, metas, result, op.rule, aligned, shape)


def _work(op: Op, operands: tuple[Any, ...], metas: tuple[Meta, ...]) -> tuple[Pointwise, DType]:
    """What a call computes, and its result's dtype: the same for operands of these dtypes, whatever their sizes."""
    device = metas[0].device
    if "alike" in op.numbers:
        _need_alike(op, metas)
    compute, result = choose_dtypes(op, operands)
    rules.need_dtype(device, compute)
    if op.extra == "condition":  # where(condition, ...): the first operand stays a truth value
        in_dtypes = (dtypes.bool, *(compute for _ in operands[1:]))
    elif op.extra == "key":  # the last operand are random bits
        in_dtypes = (*(compute for _ in operands[1:]), dtypes.int64)
    elif op.dtypes == "logical":
        in_dtypes = tuple(o.dtype if isinstance(o, Meta) else compute for o in operands)
    else:
        in_dtypes = tuple(_operand_dtype(o, compute, "wide" in op.numbers) for o in operands)
    if "unbool" in op.numbers and compute is dtypes.bool and operand_metas(operands) != operands:
        raise NotImplementedError(f"\"{op.name}_scalar_cpu\" not implemented for 'Bool'")
    if (
        "divisor" in op.numbers
        and operands[-1] == (int, 0)
        and not compute.is_floating_point
        and all(m.view.numel for m in metas)
    ):
        raise RuntimeError("ZeroDivisionError")
    reads, numbers, literals, casts = [], [], [], []
    for name, operand, dtype in zip(op.tensors, operands, in_dtypes, strict=True):
        if isinstance(operand, Meta):
            reads.append(name)
            casts.append(dtype)
        elif operand[1] is None:
            numbers.append((name, dtype))
        else:
            literals.append((name, operand[1], dtype))
    return Pointwise(op.expr, tuple(reads), tuple(casts), tuple(numbers), tuple(literals)), result


def _need_alike(op: Op, metas: tuple[Meta, ...]) -> None:
    """RuntimeError where tensors are of several dtypes; those of no dimension, but the first, may be."""
    for name, meta in zip(op.tensors[1:], metas[1:], strict=False):
        if meta.dtype is not metas[0].dtype and (meta.shape or name != op.tensors[-1]):
            raise RuntimeError(f"expected dtype {metas[0].dtype.c_name} for `{name}` but got dtype {meta.dtype.c_name}")


def record_of(
    work: Pointwise,
    metas: tuple[Meta, ...],
    result: DType,
    rule: Any = None,
    operands: tuple[Meta | None, ...] | None = None,
    shape: tuple[int, ...] | None = None,
) -> Record:
    """The record of pointwise work over broadcast operands; the result keeps their memory order as PyTorch's does."""
    first = metas[0].view
    if first is View.dense(first.shape) and first.numel and all(meta.view is first for meta in metas):
        meta = Meta.of(first, result, metas[0].device)
        return Record(work, (first,) * len(metas), (meta,), recorder(meta.device).pending, rule, metas, operands)
    if shape is None:
        shape = rules.broadcast_shape([meta.shape for meta in metas])
    views = tuple(meta.view if meta.shape == shape else meta.view.expand(shape) for meta in metas)
    view = View.of(shape, elementwise_strides(shape, views), 0)
    meta = Meta.of(view, result, metas[0].device)
    return Record(work, views, (meta,), recorder(meta.device).pending, rule, metas, operands)


def _operand_dtype(operand: Meta | tuple[type, Any], compute: DType, wide: bool) -> DType:
    """What an operand is cast to: the computation's dtype. Where numbers are ``wide``, they (and 0-dimensional float32
    tensors, which PyTorch treats alike) stay float32 beside 16-bit floats."""
    if not wide or compute not in (dtypes.float16, dtypes.bfloat16):
        return compute
    if isinstance(operand, Meta):
        return dtypes.float32 if not operand.shape and operand.dtype is dtypes.float32 else compute
    return dtypes.float32


def _choose_complex(op: Op, kind: DType) -> tuple[DType, DType]:
    """`choose_dtypes` for complex operands; NotImplementedError where the op has no meaning for them."""
    if op.name in ("maximum", "minimum", "fmax", "fmin"):
        raise RuntimeError(f"{op.name} not implemented for complex tensors.")
    if op.name.startswith("clamp"):
        raise NotImplementedError("clamp is not supported for complex types")
    if op.dtypes in ("integral", "integer", "parts") or op.complex == "none" or not supports_complex(op.expr):
        raise NotImplementedError(f"\"{op.name}_cpu\" not implemented for '{kind.title}'")
    if op.dtypes in ("bool", "logical"):
        return kind, dtypes.bool
    return kind, kind.to_real() if op.complex == "real" else kind


def _refuse_bool_difference(operands: tuple[Any, ...]) -> None:
    """RuntimeError for a difference with a bool operand."""
    if all((o.dtype if isinstance(o, Meta) else dtypes.of_scalar(o[0])) is dtypes.bool for o in operands):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator "
            "instead."
        )
    if any((o.dtype if isinstance(o, Meta) else dtypes.of_scalar(o[0])) is dtypes.bool for o in operands):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the "
            "`~` or `logical_not()` operator instead."
        )


def choose_dtypes(op: Op, operands: tuple[Any, ...]) -> tuple[DType, DType]:
    """What a pointwise op computes in, and its result's dtype."""
    valued = operands[1:] if op.extra == "condition" else operands[:-1] if op.extra in ("factor", "key") else operands
    kind = rules.promoted(operand_metas(valued) if "alike" in op.numbers else valued)
    rule = op.dtypes
    if rule == "difference":
        _refuse_bool_difference(valued)
    if kind in dtypes.KEPT and op.name not in OF_KEPT:
        raise NotImplementedError(f"\"{op.name}_cpu\" not implemented for '{kind.title}'")
    if kind.is_complex:
        return _choose_complex(op, kind)
    if rule == "float" or rule == "wide":
        kind = rules.floating(kind)
        if rule == "wide" and kind.itemsize < 4:
            raise NotImplementedError(f"\"{op.name}_cpu\" not implemented for '{kind.title}'")
    elif rule == "bool" or rule == "logical":
        return kind, dtypes.bool
    elif rule == "numeric" and kind is dtypes.bool:
        if op.name == "neg":
            raise RuntimeError(
                "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the "
                "`~` or `logical_not()` operator instead."
            )
        if op.name == "relu":
            raise RuntimeError("Boolean inputs not supported for relu")
        raise NotImplementedError(f"\"{op.name}_cpu\" not implemented for 'Bool'")
    elif rule == "parts":
        return kind, kind.to_complex()
    elif rule == "counting" and kind is dtypes.bool:
        kind = dtypes.int64
    else:
        allowed = {
            "floating": kind.is_floating_point,
            "integral": not kind.is_floating_point,
            "integer": not kind.is_floating_point and kind is not dtypes.bool,
        }
        if op.name == "addcdiv" and not any(o.dtype.differentiable for o in valued[1:3]):
            raise RuntimeError(
                "Integer division with addcdiv is no longer supported, and in a future release addcdiv will perform a true "
                "division of tensor1 and tensor2."
            )
        if not allowed.get(rule, True):
            kernel = f"{op.name.replace('bitwise_left_shift', 'lshift').replace('bitwise_right_shift', 'rshift')}_cpu"
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{kind.title}'")
    return kind, kind
