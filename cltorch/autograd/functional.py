"""Products with Jacobians and Hessians, and these themselves. See torch.autograd.functional.

Products from the right are the gradient of a product from the left by its vector, in which it is linear.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..ops.arguments import is_tensor
from .modes import enable_grad, is_grad_enabled, set_grad_enabled
from .passes import _stacked, grad

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Tensors = tuple[Any, ...]
OUTPUTS = "outputs of the user-provided function"


def _as_tuple(value: Any, name: str, function: str) -> tuple[bool, Tensors]:
    """Whether a tuple was given, and a tuple; TypeError for anything but tensors."""
    several = isinstance(value, tuple)
    found = value if several else (value,)
    for k, part in enumerate(found):
        if not is_tensor(part):
            which = f"value at index {k}" if several else f"given {name}"
            raise TypeError(
                f"The {name} given to {function} must be either a Tensor or a tuple of Tensors but the {which} has type "
                f"{type(part)}."
            )
    return several, found


def _prepared(tensors: Tensors, create_graph: bool, needs_grad: bool = True) -> Tensors:
    """Sources: the tensors themselves, as views, where the result is to be differentiated again."""
    return tuple(
        [t.view_as(t) if create_graph and t.requires_grad else t.detach().requires_grad_(needs_grad) for t in tensors]
    )


def _finished(tensors: Any, create_graph: bool) -> Any:
    if isinstance(tensors, tuple):
        return tuple([_finished(t, create_graph) for t in tensors])
    return tensors if create_graph else tensors.detach()


def _unpacked(tensors: Tensors, several: bool) -> Any:
    return tensors if several else tensors[0]


def _check_vector(v: Tensors, others: Tensors, several: bool) -> None:
    if several and len(v) != len(others):
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(others)} but got {len(v)}.")
    if not several and len(v) != 1:
        raise RuntimeError("The given v should contain a single Tensor.")
    for k, (part, other) in enumerate(zip(v, others, strict=True)):
        if part.shape != other.shape:
            where = f"Entry {k} in " if several else ""
            raise RuntimeError(f"{where}v has invalid size: should be {other.size()} but got {part.size()}.")


def _vector(v: Any, others: Tensors, several: bool, create_graph: bool, function: str, missing: str) -> Tensors:
    """The vector of a product, checked; 1 where there is one number only."""
    if v is None:
        if len(others) != 1 or others[0].numel() != 1:
            raise RuntimeError(f"The vector v can only be None if {missing}")
        return (others[0].detach()._full_like(1),)
    found = _prepared(_as_tuple(v, "v", function)[1], create_graph, False)
    _check_vector(found, others, several)
    return found


ONE_OUTPUT = "the user-provided function returns a single Tensor with a single element."
ONE_INPUT = "the input to the user-provided function is a single Tensor with a single element."

MUST_DEPEND = {
    "outputs": "Output {} of the user-provided function does not require gradients. The outputs must be computed in a "
    "differentiable manner from the input when running in strict mode.",
    "input": "The output of the user-provided function is independent of input {}. This is not allowed in strict mode.",
    "gradient": "The gradient with respect to input {} is independent of the inputs of the user-provided function. This is not "
    "allowed in strict mode.",
    "jacobian": "While computing the hessian, found that the jacobian of the user-provided function with respect to input {} is "
    "independent of the input. This is not allowed in strict mode. You should ensure that your function is twice differentiable "
    "and that the jacobian depends on the inputs (this would be violated by a linear function for example).",
    "again": "The jacobian of the user-provided function is independent of input {}. This is not allowed in strict mode when "
    "create_graph=True.",
    "vector": "The gradient with respect to the input is independent of entry {} in the grad_outputs when using the double "
    "backward trick to compute forward mode gradients. This is not allowed in strict mode.",
}


def _must_depend(tensors: Sequence[Any], kind: str, strict: bool) -> None:
    """RuntimeError in strict mode for a tensor that is not there, or depends on nothing."""
    if strict:
        for k, t in enumerate(tensors):
            if t is None or not t.requires_grad:
                raise RuntimeError(MUST_DEPEND[kind].format(k))


def _gradients(outs: Tensors, sources: Tensors, weights: Any, create_graph: bool, **options: Any) -> list[Any]:
    """The gradients of those outputs that depend on something; None where nothing arrives."""
    used = [k for k, out in enumerate(outs) if out.requires_grad]
    if not used:
        return [None] * len(sources)
    given = None if weights is None else [weights[k] for k in used]
    return list(grad([outs[k] for k in used], sources, given, create_graph=create_graph, allow_unused=True, **options))


def _filled(parts: Sequence[Any], like: Tensors, kind: str, strict: bool, create_graph: bool = False) -> Tensors:
    """Gradients with zeros where none arrived, which strict mode forbids."""
    if strict:
        for k, part in enumerate(parts):
            if part is None:
                raise RuntimeError(MUST_DEPEND[kind].format(k))
        if create_graph:
            _must_depend(parts, "again", True)
    return tuple([t._full_like(0) if part is None else part for part, t in zip(parts, like, strict=True)])


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """``func(*inputs)`` and the product of ``v`` with its Jacobian. See torch.autograd.functional.vjp."""
    with enable_grad():
        several, given = _as_tuple(inputs, "inputs", "vjp")
        sources = _prepared(given, create_graph)
        out_several, outs = _as_tuple(func(*sources), OUTPUTS, "vjp")
        _must_depend(outs, "outputs", strict)
        weights = _vector(v, outs, out_several, create_graph, "vjp", ONE_OUTPUT)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        parts = _gradients(outs, sources, weights, create_graph)
        found = _filled(parts, sources, "input", strict, create_graph)
    return (
        _unpacked(_finished(outs, create_graph), out_several),
        _unpacked(_finished(found, create_graph), several),
    )


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """``func(*inputs)`` and the product of its Jacobian with ``v``. See torch.autograd.functional.jvp."""
    with enable_grad():
        several, given = _as_tuple(inputs, "inputs", "jvp")
        sources = _prepared(given, create_graph)
        directions = _vector(v, sources, several, create_graph, "jvp", ONE_INPUT)
        out_several, outs = _as_tuple(func(*sources), OUTPUTS, "jvp")
        _must_depend(outs, "outputs", strict)
        vectors = tuple([out.detach()._full_like(0).requires_grad_() for out in outs])
        products = _filled(_gradients(outs, sources, vectors, True), sources, "input", strict)
        _must_depend(products, "gradient", strict)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        parts = _gradients(products, vectors, directions, create_graph)
        found = _filled(parts, outs, "vector", strict, create_graph)
    return (
        _unpacked(_finished(outs, create_graph), out_several),
        _unpacked(_finished(found, create_graph), out_several),
    )


# --- Jacobians ----------------------------------------------------------------------------------------------------------


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian: for each output, for each input, a tensor of the output's shape and then the input's.

    With ``vectorize`` all rows (all columns for ``strategy="forward-mode"``) are one backward pass, else there is one for each
    element of the outputs. See torch.autograd.functional.jacobian.
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs than '
            'inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        return _by_columns(func, inputs, create_graph, strict, vectorize)
    if strict and vectorize:
        raise RuntimeError(
            "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. Please either "
            "set `strict=False` or `vectorize=False`."
        )
    with enable_grad():
        several, given = _as_tuple(inputs, "inputs", "jacobian")
        sources = _prepared(given, create_graph)
        out_several, outs = _as_tuple(func(*sources), OUTPUTS, "jacobian")
        _must_depend(outs, "outputs", strict)
        rows = _all_rows if vectorize else _row_by_row
        found = [
            tuple([part.reshape((*out.shape, *t.shape)) for part, t in zip(parts, sources, strict=True)])
            for out, parts in zip(outs, rows(outs, sources, create_graph, strict), strict=True)
        ]
    done = tuple([_unpacked(_finished(parts, create_graph), several) for parts in found])
    return _unpacked(done, out_several)


def _unit_vectors(t: Tensor, total: int, first: int) -> Tensor:
    """The part of a tensor in all unit vectors of a space of ``total`` dimensions, in which its own begin at ``first``."""
    n = t.numel()
    part = t._filled((total, n), 0, t.dtype, t._cl_meta.device)
    part.narrow(0, first, n).diagonal().fill_(1)
    return part.reshape((total, *t.shape))


def _basis(tensors: Tensors) -> list[Any]:
    """All unit vectors of the space of some tensors: of each tensor, its part of them, along a first dimension."""
    total, first, parts = sum(t.numel() for t in tensors), 0, []
    for t in tensors:
        parts.append(_unit_vectors(t, total, first))
        first += t.numel()
    return parts


def _all_rows(outs: Tensors, sources: Tensors, create_graph: bool, strict: bool) -> list[Any]:
    parts = _gradients(outs, sources, _basis(outs), create_graph, is_grads_batched=True, retain_graph=True)
    total, first, found = sum(out.numel() for out in outs), 0, []
    full = [
        t._filled((total, *t.shape), 0, t.dtype, t._cl_meta.device) if part is None else part
        for part, t in zip(parts, sources, strict=True)
    ]
    for out in outs:
        found.append([part.narrow(0, first, out.numel()) for part in full])
        first += out.numel()
    return found


def _row_by_row(outs: Tensors, sources: Tensors, create_graph: bool, strict: bool) -> list[Any]:
    found = []
    for out in outs:
        flat = out.reshape(-1)
        rows = [
            _filled(
                _gradients((flat[k],), sources, None, create_graph, retain_graph=True),
                sources,
                "input",
                strict,
                create_graph,
            )
            for k in range(out.numel())
        ]
        empty = [t._filled((0, *t.shape), 0, t.dtype, t._cl_meta.device) for t in sources]
        found.append([_stacked(parts) for parts in zip(*rows, strict=True)] if rows else empty)
    return found


def _by_columns(func: Callable[..., Any], inputs: Any, create_graph: bool, strict: bool, vectorize: bool) -> Any:
    if create_graph:
        raise NotImplementedError(
            'torch.autograd.functional.jacobian: `create_graph=True` and `strategy="forward-mode"` are not supported together '
            '(yet). Please either set `create_graph=False` or `strategy="reverse-mode"`.'
        )
    if strict:
        raise RuntimeError(
            'torch.autograd.functional.jacobian: `strict=True` and `strategy="forward-mode"` are not supported together (yet). '
            'Please either set `strict=False` or `strategy="reverse-mode"`.'
        )
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for `vectorize=True`."
        )
    with enable_grad():
        several, given = _as_tuple(inputs, "inputs", "jacobian")
        sources = _prepared(given, False)
        out_several, outs = _as_tuple(func(*sources), OUTPUTS, "jacobian")
        vectors = tuple([out.detach()._full_like(0).requires_grad_() for out in outs])
        products = _filled(_gradients(outs, sources, vectors, True), sources, "input", False)
    columns = _all_rows(
        products, vectors, False, False
    )  # by input, by output: along a first dimension, the input's elements
    found = tuple(
        [
            tuple(
                [
                    parts[k].detach().movedim(0, -1).reshape((*out.shape, *t.shape))
                    for parts, t in zip(columns, sources, strict=True)
                ]
            )
            for k, out in enumerate(outs)
        ]
    )
    return _unpacked(tuple([_unpacked(parts, several) for parts in found]), out_several)


def _one_number(function: str, out: Any) -> Any:
    if not is_tensor(out):
        raise RuntimeError(f"The function given to {function} should return a single Tensor")
    if out.numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {function} should contain a single element")
    return out.squeeze()


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of a function of one number: a Jacobian of its Jacobian. See torch.autograd.functional.hessian."""
    several, given = _as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def single(*sources: Any) -> Any:
        out = func(*sources)
        _must_depend(_as_tuple(out, OUTPUTS, "hessian")[1], "outputs", strict)
        return _one_number("hessian", out)

    def slopes(*sources: Any) -> Any:
        found = jacobian(single, sources, create_graph=True)
        _must_depend(found, "jacobian", strict)
        return found

    found = jacobian(slopes, given, create_graph, strict, vectorize, outer_jacobian_strategy)
    return _unpacked(tuple([_unpacked(row, several) for row in found]), several)


def _slopes(
    function: str, func: Callable[..., Any], inputs: Any, v: Any, create_graph: bool, strict: bool
) -> tuple[bool, Tensors, Any, Tensors, Tensors]:
    """What products with a Hessian begin with: sources, the function's number, its gradient, and the vector."""
    several, given = _as_tuple(inputs, "inputs", function)
    sources = _prepared(given, create_graph)
    directions = _vector(v, sources, several, create_graph, function, ONE_INPUT)
    out = func(*sources)
    _must_depend(_as_tuple(out, OUTPUTS, function)[1], "outputs", strict)
    _one_number(function, out)
    first = _filled(_gradients((out,), sources, None, True), sources, "input", strict)
    _must_depend(first, "jacobian", strict)
    return several, sources, out, first, directions


def vhp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """``func(*inputs)``, which is one number, and the product of ``v`` with its Hessian. See torch.autograd.functional.vhp."""
    with enable_grad():
        several, sources, out, first, directions = _slopes("vhp", func, inputs, v, create_graph, strict)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        parts = _gradients(first, sources, directions, create_graph)
        found = _filled(parts, sources, "input", strict, create_graph)
    return _finished(out, create_graph), _unpacked(_finished(found, create_graph), several)


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """``func(*inputs)``, which is one number, and the product of its Hessian with ``v``. See torch.autograd.functional.hvp."""
    with enable_grad():
        several, sources, out, first, directions = _slopes("hvp", func, inputs, v, create_graph, strict)
        vectors = tuple([t.detach()._full_like(0).requires_grad_() for t in sources])
        products = _filled(_gradients(first, sources, vectors, True), sources, "input", strict)
        _must_depend(products, "gradient", strict)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        parts = _gradients(products, vectors, directions, create_graph)
        found = _filled(parts, sources, "vector", strict, create_graph)
    return _finished(out, create_graph), _unpacked(_finished(found, create_graph), several)
