"""What nodes are called: PyTorch's names, which prints of tensors show (``grad_fn=<SelectBackward0>``).

A node of an op is called after the op's row, one of a composite after its function. PyTorch numbers the overloads of a function:
`NUMBERED` says by what a record shows which one it was. A composition whose last op is another one than PyTorch's says its name
by `shown_as`. Views keep what made them, a name or an index, and are named when somebody asks.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any, TypeVar

next_number = itertools.count(1).__next__
"""Numbers of nodes, which grow with time."""

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")

INTERNAL = frozenset("dims all scaled half minus three both plain bias recorded".split())
"""Suffixes of rows that stand behind a public name."""
PUBLIC = {
    "true_divide": "div",
    "linear1": "addmm",
    "linear2": "addmm",
    "conv2d": "convolution",
    "conv_input_gradient": "convolution",
    "cast": "to_copy",
    "square": "pow",
    "pick": "index",
    "put": "index_put",
    "dropout": "mul",
    "max_pool": "maxPool2DWithIndices",
    "avg_pool": "avgPool2D",
    "cross_entropy": "nll_loss",
    "log1p": "log1P",
    "copy_as": "clone",
    "next_float": "nextafter",
    "frexp_mantissa": "frexp",
    "entr": "special_entr",
    "erfcx": "special_erfcx",
    "i0e": "special_i0E",
    "i1": "special_i1",
    "i1e": "special_i1E",
    "log_ndtr": "special_log_ndtr",
    "ndtri": "special_ndtri",
    "xlog1py": "special_xlog1Py",
    "fft_c2c": "fft_C2C",
    "fft_r2c": "fft_R2C",
    "fft_c2r": "fft_C2R",
    "im2col": "im2Col",
    "col2im": "col2Im",
}
NO_RULE = "torch::autograd::NotImplemented"
COPIED = "torch::autograd::CopySlices"
NUMBERED: dict[str, Callable[[Any, tuple[bool, ...]], str]] = {
    "sum_dims": lambda record, given: "SumBackward1" if record.meta.shape else "SumBackward0",
    "mean_scaled": lambda record, given: "MeanBackward1" if record.meta.shape else "MeanBackward0",
    "prod_dims": lambda record, given: "ProdBackward1" if record.meta.shape else "ProdBackward0",
    "max_all": lambda record, given: "MaxBackward1",
    "min_all": lambda record, given: "MinBackward1",
    "matmul3": lambda record, given: "MmBackward0" if len(record.meta.shape) == 2 else "BmmBackward0",
    "div_floor": lambda record, given: "DivBackward2",
    "div_trunc": lambda record, given: "DivBackward2",
    "pow": lambda record, given: f"PowBackward{(1 if given[0] else 2) if given[1] else 0}",
    "sub": lambda record, given: "SubBackward0" if given[0] else "RsubBackward1",
    "true_divide": lambda record, given: "DivBackward0" if given[0] else "MulBackward0",
    "trunc_divide": lambda record, given: "DivBackward2",
    "remainder": lambda record, given: f"RemainderBackward{int(given[1])}" if given[0] else NO_RULE,
    "clamp_min": lambda record, given: f"ClampBackward{int(not given[1])}",
    "clamp_max": lambda record, given: f"ClampBackward{int(not given[1])}",
    "clamp_both": lambda record, given: f"ClampBackward{int(not any(given[1:]))}",
    "lerp": lambda record, given: f"LerpBackward{int(given[2])}",
    "copysign": lambda record, given: f"CopysignBackward{int(not given[1])}",
    "zeta": lambda record, given: f"SpecialZetaBackward{(0 if given[1] else 2) if given[0] else 1}",
    "fmod": lambda record, given: f"FmodBackward{int(given[1])}",
    "xlog1py": lambda record, given: f"SpecialXlog1PyBackward{(0 if given[1] else 2) if given[0] else 1}",
    "floor_divide": lambda record, given: NO_RULE,
    "step_at": lambda record, given: NO_RULE,
    "xlogy": lambda record, given: f"XlogyBackward{(0 if given[1] else 2) if given[0] else 1}",
}
"""By the record and by which of its operands are tensors."""

LIFTED = frozenset("add sub mul true_divide maximum minimum".split())
"""Rows whose numbers PyTorch makes tensors of, which then have a place among the next functions."""
EDGES = {"linear1": (2, 0, 1), "linear2": (2, 0, 1), "conv2d_bias": (0, 1, 2), "conv2d_plain": (0, 1, 2)}
"""The order of next functions where it is not that of the operands."""
STEPS = {("linear1", 1): "TBackward0", ("linear2", 1): "TBackward0", ("cross_entropy", 0): "LogSoftmaxBackward0"}
"""Nodes that PyTorch has between a node and what its operand, of that number, was made by."""


def backward_name(op: str) -> str:
    """``index_select`` -> ``IndexSelectBackward0``."""
    parts = [part for part in op.strip("_").split("_") if part not in INTERNAL]
    words = PUBLIC.get("_".join(parts), "_".join(parts)).split("_")
    return "".join(word[:1].upper() + word[1:] for word in words) + "Backward0"


def record_name(record: Any) -> str:
    """What the node of an op's record is called."""
    op = record.rule.name
    if op == "cast" and record.inputs[0].dtype is record.meta.dtype:
        op = "clone"
    number = NUMBERED.get(op)
    if number is None:
        return backward_name(op)
    return number(record, tuple([operand is not None for operand in record.operands]))


def view_name(made: Any) -> str:
    """What the node of a view is called: by its op, or by the last part of an index that changed something."""
    if made.__class__ is str:
        return made if "Backward" in made else f"{made}Backward0"
    if made is None:
        return "AsStridedBackward0"
    for part in reversed(made if made.__class__ is tuple else (made,)):
        if part is None or part is True:
            return "UnsqueezeBackward0"
        if isinstance(part, slice):
            if part != _ALL or made.__class__ is slice:
                return "SliceBackward0"
        elif part is not Ellipsis:
            return "SelectBackward0"
    return "AliasBackward0"


_ALL = slice(None)


def called(result: R, name: str, since: int = 0) -> R:
    """The result, or several, whose nodes go by a name. With ``since``, the number of a call's beginning, they stand for all nodes
    that the call has made."""
    if isinstance(result, tuple):
        for one in result:
            called(one, name, since)
        return result
    edge = getattr(result, "_edge", None)
    if edge is not None:
        edge.go_by(name, since)
    return result


def _let_go(result: Any, args: tuple[Any, ...]) -> None:
    """Let a result be no view of what the composition made on its way: nobody else has that."""
    base = getattr(result, "_base", None)
    if base is not None and all(base is not arg and base is not getattr(arg, "_base", base) for arg in args[:1]):
        result._base = None


def shown_as(name: str) -> Callable[[F], F]:
    """Let the nodes of a composition's results go by PyTorch's name: ``TraceBackward0`` where the last op is a sum."""

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def named(*args: Any, **params: Any) -> Any:
            since = next_number()
            result = function(*args, **params)
            if args and result is args[0]:
                return result
            for one in result if isinstance(result, tuple) else (result,):
                _let_go(one, args)
            return called(result, name, since)

        return named  # type: ignore[return-value]

    return decorate
