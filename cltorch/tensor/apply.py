"""The one bridge between ops and tensors: check, record, wrap, attach the gradient node."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.aliases import AliasState, alias_edge
from ..autograd.modes import MODE, no_grad
from ..autograd.node import LEAF, OpNode, check_kept
from ..errors import kind_of
from ..graph.record import emit_several
from ..graph.storage import Storage
from ..graph.value import Record, Value
from ..ops import asking, rules
from ..ops.arguments import NUMPY_NAMES, is_any_tensor, is_tensor, no_overload
from ..ops.op import LITERALS, Op, is_literal
from ..warned import warn
from .host_data import as_number, beside_array, is_array
from .writes import assign, check_result, check_writable

if TYPE_CHECKING:
    from .tensor import Tensor

SCALARS = (bool, int, float, complex)
LIFTED = frozenset("add sub mul true_divide trunc_divide div_floor floor_divide add_scaled sub_scaled".split())
"""Arithmetic that takes two numbers, the first as a tensor, as PyTorch's does."""


NONE_KEPT = (None, None)  # one tuple for all nodes: what is alive is looked through by every garbage collection
UNCHANGED = (0, 0)


def link(record: Record, operands: tuple[Any, ...], others: tuple[Any, ...], out: Tensor) -> None:
    """Give ``out`` its node, if an operand needs a gradient and the op has a rule."""
    rule = record.rule
    if rule is None or not record.differentiable:
        return
    mask, bit = 0, 1
    edges: list[Any] = []
    versions: list[int] = []
    for operand, vjp in zip(operands, rule.vjps, strict=False):
        storage = getattr(operand, "_storage", None)
        edge = None
        if storage is None:
            versions.append(0)
        else:
            versions.append(storage.version)
            if vjp is not None:
                edge = operand._edge
                if edge is LEAF:
                    edge = operand
                elif edge.__class__ is AliasState:
                    edge = alias_edge(edge, operand._cl_meta)
                if edge is not None:
                    mask |= bit
        edges.append(edge)
        bit <<= 1
    if not mask:
        return
    keep, keep_result = rule.saves(mask)
    kept = tuple([operand if k in keep else None for k, operand in enumerate(operands)])
    if min(versions) < 0:
        check_kept(kept)
    out._edge = OpNode.of(
        record, tuple(edges), kept, tuple(versions), others, out._storage if keep_result else None, mask
    )


def link_pair(record: Record, a: Tensor, b: Tensor, out: Tensor) -> None:
    """`link` for two tensors: the path that arithmetic takes, without loops."""
    rule = record.rule
    if rule is None:
        return
    first, second = a._edge, b._edge
    if first is LEAF:
        first = a
    elif first.__class__ is AliasState:
        first = alias_edge(first, a._cl_meta)
    if second is LEAF:
        second = b
    elif second.__class__ is AliasState:
        second = alias_edge(second, b._cl_meta)
    mask = (first is not None) + 2 * (second is not None)
    saves = rule.pair_saves[mask]
    if saves is None or not record.differentiable:
        return
    keep_a, keep_b, keep_result = saves
    version, version_b = a._storage.version, b._storage.version
    if version < 0 or version_b < 0:
        check_kept((a if keep_a else None, b if keep_b else None))
    out._edge = OpNode.of(
        record,
        (first, second),
        (a if keep_a else None, b if keep_b else None) if keep_a or keep_b else NONE_KEPT,
        (version, version_b) if version or version_b else UNCHANGED,
        (),
        out._storage if keep_result else None,
        mask,
    )


def link_first(record: Record, tensor: Tensor, rest: tuple[Any, ...], out: Tensor) -> None:
    """`link` for one tensor, and a number or nothing after it."""
    rule = record.rule
    edge = tensor._edge
    if edge is LEAF:
        edge = tensor
    elif edge.__class__ is AliasState:
        if edge.history.edge is None:
            return
        edge = alias_edge(edge, tensor._cl_meta)
    saves = None if edge is None or rule is None else rule.first_saves
    if saves is None or not record.differentiable:
        return
    keep, keep_number, keep_result = saves
    version = tensor._storage.version
    if version < 0:
        check_kept((tensor if keep else None,))
    if rest:
        kept = (tensor if keep else None, rest[0] if keep_number else None) if keep or keep_number else NONE_KEPT
        out._edge = OpNode.of(
            record,
            (edge, None),
            kept,
            (version, 0) if version else UNCHANGED,
            (),
            out._storage if keep_result else None,
            1,
        )
    else:
        alone = (tensor if keep else None,)
        out._edge = OpNode.of(record, (edge,), alone, (version,), (), out._storage if keep_result else None, 1)


def apply(op: Op, tensors: tuple[Tensor, ...], params: tuple[Any, ...] = (), numbers: tuple[Any, ...] = ()) -> Tensor:
    """Record an op of any family whose operands are all tensors."""
    if op.autocast and MODE.cast is not None:
        tensors = MODE.cast(op.autocast, tensors)
    if len(tensors) > 1:
        return recorded(op.record(tuple([t._cl_meta for t in tensors]), params), tensors, params, numbers)
    (tensor,) = tensors
    record = op.record((tensor._cl_meta,), params)
    out = tensor._emitted(record, (tensor._storage.value,), numbers)
    edge = tensor._edge
    if edge is not None and MODE.enabled and (edge.__class__ is not AliasState or edge.history.edge is not None):
        link(record, tensors, params, out)
    return out


def recorded(
    record: Record, tensors: tuple[Tensor, ...], params: tuple[Any, ...] = (), numbers: tuple[Any, ...] = ()
) -> Tensor:
    """`apply` where the record is known."""
    out = tensors[0]._emitted(record, tuple([t._storage.value for t in tensors]), numbers)
    for tensor in tensors:
        if tensor._edge is not None:
            if MODE.enabled:
                link(record, tensors, params, out)
            break
    return out


def apply_several(
    op: Op, tensors: tuple[Tensor, ...], params: tuple[Any, ...] = (), numbers: tuple[Any, ...] = ()
) -> tuple[Tensor, ...]:
    """All results of an op that has several; none has a gradient of its own."""
    record = op.record(tuple([t._cl_meta for t in tensors]), params)
    outs = emit_several(record, tuple([t._storage.value for t in tensors]), numbers)
    made = tensors[0]._made
    return tuple(
        made(Storage(out, meta.view.numel * meta.dtype.itemsize), meta, None)
        for out, meta in zip(outs, record.metas, strict=True)
    )


def perform(op: Op, operands: tuple[Any, ...]) -> Tensor:
    """Record an op with one result: its tensors, brought into the form that its kernel wants, then its params."""
    count = len(op.tensors)
    tensors, params = operands[:count], operands[count:]
    return apply(op, tuple([t._dense() for t in tensors]) if op.dense else tensors, params)


def stored(result: Any, out: Any, exact: bool = True, operands: tuple[Any, ...] = ()) -> Any:
    """``result``, or what ``out=`` becomes by it: one tensor, or one for each of several results.

    ``exact``: its dtype must be the result's; else the result must only be castable to it, as where PyTorch iterates over elements.
    """
    if out is None:
        return result
    if is_tensor(result):
        return _stored_in(out, result, exact, operands)
    if hasattr(result, "_apply_sparse"):
        return result._taken_over_by(out)
    if not isinstance(out, (tuple, list)) or len(out) != len(result):
        raise TypeError(f"argument 'out' must be tuple of {len(result)} Tensors, not {kind_of(out)}")
    kept = [_stored_in(target, made, exact, operands) for target, made in zip(out, result, strict=True)]
    return type(result)(kept) if isinstance(result, tuple) else tuple(kept)


def _loses_a_part(operands: tuple[Any, ...], result: dtypes.dtype) -> bool:
    """Whether a complex operand has a real result (`abs`): such a one is cast to whatever it is written into."""
    return not result.is_complex and any(is_tensor(one) and one._cl_meta.dtype.is_complex for one in operands)


def _stored_in(out: Any, result: Tensor, exact: bool, operands: tuple[Any, ...]) -> Tensor:
    if hasattr(out, "_apply_sparse"):
        raise RuntimeError(f"out= must have the layout of the result, torch.strided, but has {out.layout}")
    if not is_tensor(out):
        raise TypeError(f"argument 'out' must be Tensor, not {kind_of(out)}")
    differentiable = result._cl_meta.dtype.differentiable  # gradients do not flow into others
    if MODE.enabled and differentiable and (out._is_recorded or result._is_recorded):
        raise RuntimeError(
            "functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad."
        )
    wanted, given, shape = result._cl_meta.dtype, out._cl_meta.dtype, result._cl_meta.shape
    if exact and given is not wanted and not (operands and _loses_a_part(operands, wanted)):
        if operands:  # what iterates
            raise RuntimeError(f"Found dtype {given.title} but expected {wanted.title}")
        raise RuntimeError(f"Expected out tensor to have dtype {wanted.c_name}, but got {given.c_name} instead")
    if not dtypes.can_cast(wanted, given):
        raise RuntimeError(f"result type {wanted.title} can't be cast to the desired output type {given.title}")
    if out._cl_meta.shape != shape:
        if not exact and any(operand is out for operand in operands):  # an iteration reads it while it writes
            check_result(out, shape, wanted)
        if out._cl_meta.view.numel:
            warn(
                f"An output with one or more elements was resized since it had shape {rules.text(out._cl_meta.shape)}, which does "
                f"not match the required output shape {rules.text(shape)}. This behavior is deprecated, and in a future PyTorch "
                "release outputs will not be resized unless they have zero elements. You can explicitly reuse an out tensor t by "
                "resizing it, inplace, to zero elements with t.resize_(0)."
            )
        with no_grad():
            out._resized(shape)
    with nullcontext() if differentiable else no_grad():
        check_writable(out, operands)
        return assign(out, result)


def call(op: Op, operands: tuple[Any, ...]) -> Tensor:
    """Record a pointwise op whose operands are tensors and Python numbers, at least one of them a tensor."""
    if op.autocast and MODE.cast is not None:
        operands = MODE.cast(op.autocast, operands)
    described: list[Any] = []
    reads: list[Value] = []
    numbers: list[Any] = []
    tensor: Any = None
    needs = False
    for operand in operands:
        meta = getattr(operand, "_cl_meta", None)
        if meta is not None:
            tensor = operand
            described.append(meta)
            reads.append(operand._storage.value)
            needs = needs or operand._edge is not None
            continue
        kind = operand.__class__
        if kind not in SCALARS:
            if hasattr(operand, "_apply_sparse"):
                return operand._apply_sparse(op.name, operands)
            if asking.foreign(operands, {}):
                return asking.method(op.name)(*operands)
            plain = _from_elsewhere(op, operand, operands)
            return call(op, tuple([plain if o is operand else o for o in operands]))
        if (kind, operand) in LITERALS and (operand or is_literal(operand)):
            described.append((kind, operand))
        else:
            described.append((kind, None))
            numbers.append(operand)
    if tensor is None:
        if op.name in LIFTED and all(isinstance(operand, SCALARS) for operand in operands):
            return call(
                op,
                (
                    asking.function("scalar_tensor")(operands[0], dtype=dtypes.of_scalar(type(operands[0]))),
                    *operands[1:],
                ),
            )
        raise _no_operands(op, operands)
    try:
        record = op.record(tuple(described))
    except NotImplementedError:
        if not any(getattr(part, "dtype", None) is dtypes.complex32 for part in described):
            raise
        return _by_halves(op, operands)
    if numbers:
        work: Any = record.work
        numbers = [_taken(op, n, name, dtype) for n, (name, dtype) in zip(numbers, work.numbers, strict=True)]
    out = tensor._emitted(record, tuple(reads), tuple(numbers))
    if needs and MODE.enabled:
        link(record, operands, (), out)
    return out


def _by_halves(op: Op, operands: tuple[Any, ...]) -> Tensor:
    """A pointwise op of complex numbers of two float16, computed in complex64 and rounded once."""
    metas = [meta for operand in operands if (meta := getattr(operand, "_cl_meta", None)) is not None]
    wide = [o._cast(dtypes.complex64) if getattr(o, "dtype", None) is dtypes.complex32 else o for o in operands]
    found = call(op, tuple(wide))
    dims, points = ([m.dtype for m in metas if bool(m.shape) is some] for some in (True, False))
    if dtypes.result_dtype(dims, points, ()) is not dtypes.complex32:
        return found
    narrow = {dtypes.complex64: dtypes.complex32, dtypes.float32: dtypes.float16}.get(found.dtype)
    return found if narrow is None else found._cast(narrow)


def _taken(op: Op, number: Any, name: str, dtype: dtypes.dtype) -> Any:
    """A number as one that is computed with in ``dtype``; OverflowError where it has more than 64 bits, RuntimeError where it must fit
    and does not (a first operand wraps around), or where it is a divisor of which only zeros are left."""
    number = rules.scalar(number)
    if ("fits" in op.numbers and name != op.tensors[0]) or ("holds" in op.numbers and dtype.kind == "integer"):
        as_number(number, dtype)
    if dtype.kind != "integer":
        return number
    if "divisor" in op.numbers and not int(number) % (1 << 8 * dtype.itemsize):
        raise RuntimeError("ZeroDivisionError")
    return number - 2 * rules.LARGEST if number >= rules.LARGEST else number


def _from_elsewhere(op: Op, operand: Any, operands: tuple[Any, ...]) -> Any:
    """A NumPy number as Python's; TypeError for the rest, arrays without dimensions among it."""
    if hasattr(operand, "item") and getattr(operand, "ndim", None) == 0 and not is_array(operand):
        return operand.item()
    raise _no_operands(op, operands)


def check_divisor(input: Any, other: Any) -> None:
    """RuntimeError where an integer tensor is divided by one that has a 0. It waits for the device."""
    for operand in (input, other):
        kind = operand.dtype if is_any_tensor(operand) else dtypes.of_scalar(type(operand))
        if kind.is_floating_point or kind.is_complex:
            return
    if is_tensor(other) and other._cl_meta.dtype is not dtypes.bool and bool((other == 0)._of_all_slices().any()):
        raise RuntimeError("ZeroDivisionError")


def operate(op: Op, operands: tuple[Any, ...]) -> Any:
    """`call` for operators: a NumPy array on the right of a tensor becomes one too; NotImplemented beside what is no operand."""
    first, *rest = operands
    ordered = op.dtypes == "bool" and op.name not in ("eq", "ne")
    if rest and not ordered and is_tensor(first) and is_array(rest[0]):
        operands = beside_array(first, rest[0], op.name == "true_divide")
    try:
        if "divisor" in op.numbers:
            check_divisor(*operands)
        return call(op, operands)
    except TypeError:
        known = [is_tensor(o) or isinstance(o, SCALARS) for o in operands]
        if all(known):
            raise
        return NotImplemented


# --- public functions from rows -----------------------------------------------------------------------------------------


def function(op: Op) -> Callable[..., Any]:
    """The public function of a pointwise row: a closure made once, with fast paths for one and two tensors."""
    if len(op.tensors) == 1:
        made = _unary(op)
    elif len(op.tensors) == 2:
        made = _binary(op, _tensors_only if "refused" in op.numbers else call if op.number_first else _tensor_first)
    else:
        made = _general(op)
    if "divisor" in op.numbers:
        made = _divides(op, made)
    if len(op.tensors) == 2 and op.tensors != ("input", "other"):
        made = _own_named(op, made)
    made.__name__ = made.__qualname__ = op.name
    made.__doc__ = op.doc
    made.__signature__ = op.signature  # type: ignore[attr-defined]
    return made


def _divides(op: Op, made: Callable[..., Any]) -> Callable[..., Any]:
    """A function of two operands, after a look at the second."""

    def divide(*operands: Any, out: Any = None, **named: Any) -> Any:
        input, other = operands if len(operands) == 2 and not named else _completed(op, operands, named)
        if is_tensor(other) and (is_tensor(input) or isinstance(input, SCALARS)):
            check_divisor(input, other)
        return made(input, other, out=out)

    return divide


def _own_named(op: Op, made: Callable[..., Any]) -> Callable[..., Any]:
    """A function of two operands that have names of their own."""

    def named(*operands: Any, out: Any = None, **kwargs: Any) -> Any:
        return made(*(_completed(op, operands, kwargs) if kwargs else operands), out=out)

    return named


def _completed(op: Op, operands: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    """All operands of a call in which some were given by name, NumPy's names among them; None for those that are missing."""
    if len(operands) > len(op.tensors):
        raise TypeError(f"{op.name}() takes {len(op.tensors)} positional arguments but {len(operands)} were given")
    found = {name: operand for name, operand in zip(op.tensors, operands, strict=False) if operand is not None}
    for given, operand in named.items():
        name = given if given in op.tensors else NUMPY_NAMES.get(given, given)
        if name not in op.tensors:
            raise TypeError(f"{op.name}() got an unexpected keyword argument '{given}'")
        if name in found:
            raise TypeError(f"{op.name}() got multiple values for argument '{name}'")
        found[name] = operand
    return tuple(found.get(name) for name in op.tensors)


def _tensor_first(op: Op, operands: tuple[Any, ...]) -> Tensor:
    """`call`, but TypeError for a number as the first operand, as most of PyTorch's functions have it."""
    if not (is_tensor(operands[0]) or hasattr(operands[0], "_apply_sparse")):
        if asking.foreign(operands, {}):
            return asking.method(op.name)(*operands)
        raise _no_operands(op, operands)
    return call(op, operands)


ONE_FORM = ("add", "sub", "mul")
"""Rows whose functions PyTorch declares once, for tensors: numbers become tensors."""
BARE_NUMBER = ("remainder", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift")
"""Rows whose form for a number and a tensor has no ``out``."""


def _no_operands(op: Op, operands: tuple[Any, ...]) -> TypeError:
    """The TypeError for operands that are no tensors: with the signatures, where PyTorch has several."""
    if len(operands) != 2 or op.name in ONE_FORM or "refused" in op.numbers:
        allowed = SCALARS if op.number_first else ()
        k = next((k for k, o in enumerate(operands) if not is_tensor(o) and not isinstance(o, allowed)), 0)
        kind = kind_of(operands[k])
        return TypeError(
            f"{op.name.rstrip('_')}(): argument '{op.tensors[k]}' (position {k + 1}) must be Tensor, not {kind}"
        )
    first, second = op.tensors
    kept = ", *, Tensor out = None" if "out" in op.signature.parameters else ""
    forms = [f"Tensor {first}, Tensor {second}{kept}", f"Tensor {first}, Number {second}{kept}"]
    if op.name in ("true_divide", "floor_divide"):
        forms[1] = f"Tensor {first}, Number {second}"
    elif op.number_first:
        number = f"Number {'self' if first == 'input' else first}, Tensor {second}"
        forms.insert(1, number if op.name in BARE_NUMBER else number + kept)
    name = f"special_{op.name}" if op.spaces.split()[:1] == ["special"] else op.name
    return no_overload(name, operands, *forms)


def _tensors_only(op: Op, operands: tuple[Any, ...]) -> Tensor:
    """`call`, but TypeError for numbers."""
    for k, operand in enumerate(operands):
        if not is_tensor(operand):
            raise TypeError(
                f"{op.name.rstrip('_')}(): argument '{op.tensors[k]}' (position {k + 1}) must be Tensor, not {kind_of(operand)}"
            )
    return call(op, operands)


def _keeper(op: Op) -> Callable[..., Any]:
    """What a function of a row does with ``out=``."""
    if "out" in op.signature.parameters:
        return lambda result, out, operands: stored(result, out, op.exact_out, operands)

    def refuse(result: Any, out: Any, operands: Any) -> Any:
        raise TypeError(f"{op.name}() got an unexpected keyword argument 'out'")

    return refuse


def _unary(op: Op) -> Callable[..., Any]:
    cache: dict[Any, Record] = op.cache
    policy, keep = op.autocast, _keeper(op)

    def unary(input: Any = None, *, out: Any = None, **named: Any) -> Any:
        if named:
            (input,) = _completed(op, (input,), named)
        if policy and MODE.cast is not None:
            (input,) = MODE.cast(policy, (input,))
        try:
            record = cache.get(input._cl_meta)
        except AttributeError:
            result = call(op, (input,))
            return result if out is None else keep(result, out, (input,))
        if record is None:
            if input._cl_meta.dtype is dtypes.complex32:
                result = call(op, (input,))
                return result if out is None else keep(result, out, (input,))
            record = op.new_record(input._cl_meta, (input._cl_meta,))
        result = input._emitted(record, (input._storage.value,))
        if input._edge is not None and MODE.enabled:
            link_first(record, input, (), result)
        return result if out is None else keep(result, out, (input,))

    return unary


def operator(op: Op) -> Callable[..., Any]:
    """The operator of a row with two operands: `function`, but NotImplemented for operands of unknown classes."""
    divides = "divisor" in op.numbers
    made = _binary(op, operate, not divides)
    return _divides(op, made) if divides else made


def _binary(op: Op, slow: Callable[..., Any] = call, is_operator: bool = False) -> Callable[..., Any]:
    """A function of two operands; without names and ``out`` if it ``is_operator``."""
    cache: dict[Any, Record] = op.cache
    policy, keep = op.autocast, _keeper(op)
    plain = not {"fits", "holds", "refused"} & set(op.numbers.split())
    limit = 1 << 7 if "divisor" in op.numbers else rules.LARGEST  # ints beyond are looked at one by one

    def with_number(input: Any, number: Any) -> Any:
        kind = number.__class__
        literal = number if (kind, number) in LITERALS and (number or is_literal(number)) else None
        meta = getattr(input, "_cl_meta", None)
        if meta is None or (kind is int and not -limit <= number < limit):
            return slow(op, (input, number))
        key = (meta, kind, literal)
        record = cache.get(key)
        if record is None:
            if meta.dtype is dtypes.complex32:
                return call(op, (input, number))
            record = op.new_record(key, (meta, (kind, literal)))
        result = input._emitted(record, (input._storage.value,), (number,) if literal is None else ())
        if input._edge is not None and MODE.enabled:
            link_first(record, input, (number,), result)
        return result

    def bare(input: Any, other: Any) -> Any:
        if policy and MODE.cast is not None:
            input, other = MODE.cast(policy, (input, other))
        if plain and (other.__class__ is float or other.__class__ is int):
            return with_number(input, other)
        try:
            key = input._cl_meta, other._cl_meta
        except AttributeError:
            return slow(op, (input, other))
        record = cache.get(key)
        if record is None:
            if any(meta.dtype is dtypes.complex32 for meta in key):
                return call(op, (input, other))
            record = op.new_record(key, key)
        result = input._emitted(record, (input._storage.value, other._storage.value))
        if (input._edge is not None or other._edge is not None) and MODE.enabled:
            link_pair(record, input, other, result)
        return result

    if is_operator:
        return bare

    def binary(input: Any = None, other: Any = None, *, out: Any = None, **named: Any) -> Any:
        if named:
            input, other = _completed(op, (input, other), named)
        result = bare(input, other)
        return result if out is None else keep(result, out, (input, other))

    return binary


def _general(op: Op) -> Callable[..., Any]:
    parameters = op.signature.parameters
    names = [name for name in parameters if name != "out"]
    positional = [name for name in names if parameters[name].kind is not inspect.Parameter.KEYWORD_ONLY]
    defaults = {name: p.default for name, p in parameters.items() if p.default is not inspect.Parameter.empty}
    only_tensors = [name for name in op.tensors if parameters[name].annotation == "Tensor"]

    def general(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if len(args) == len(positional) + 1 and "value" in names and isinstance(args[1], (int, float, complex)):
            args, kwargs = (args[0], *args[2:]), {**kwargs, "value": args[1]}
            warn(
                f"This overload of {op.name} is deprecated:\n\t{op.name}(Tensor input, Number value, Tensor tensor1, Tensor tensor2)\n"
                f"Consider using one of the following signatures instead:\n\t{op.name}(Tensor input, Tensor tensor1, Tensor tensor2, *, "
                "Number value = 1)"
            )
        if len(args) > len(positional):
            raise TypeError(f"{op.name}() takes {len(positional)} positional arguments but {len(args)} were given")
        kwargs = {name if name in names else NUMPY_NAMES.get(name, name): value for name, value in kwargs.items()}
        for name in names[: len(args)] if kwargs else ():
            if name in kwargs:
                raise TypeError(f"{op.name}() got multiple values for argument '{name}'")
        bound = {**defaults, **dict(zip(names, args, strict=False)), **kwargs}
        missing = [name for name in names if name not in bound]
        if missing:
            raise TypeError(f"{op.name}() missing required argument: '{missing[0]}'")
        unknown = [name for name in kwargs if name not in names]
        if unknown:
            raise TypeError(f"{op.name}() got an unexpected keyword argument '{unknown[0]}'")
        for name in only_tensors:
            if not is_tensor(bound[name]):
                raise TypeError(f"{op.name}(): argument '{name}' must be Tensor, not {kind_of(bound[name])}")
        result = call(op, tuple([bound[name] for name in op.tensors]))
        return result if out is None else stored(result, out, op.exact_out, tuple(bound.values()))

    return general


# --- in-place -----------------------------------------------------------------------------------------------------------
