"""Numerical checks of gradients. See torch.autograd.gradcheck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..ops.arguments import is_tensor
from ..warned import warn
from .forward_ad import dual_level, make_dual, unpack_dual
from .modes import enable_grad, no_grad
from .passes import _stacked, _tuple, grad

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor


class GradcheckError(RuntimeError):
    """An analytical gradient differs from the numerical one."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether gradients of ``func`` agree with central differences; float64 inputs are needed for the defaults.

    ``check_forward_ad`` compares derivatives along directions too. ``fast_mode`` compares them in one random direction per pair of input and output. Gradients always have their
    tensor's dtype, outputs that get no gradient are part of every comparison, and of sparse tensors those elements that they hold are
    moved, so ``check_grad_dtypes``, ``check_undefined_grad``, ``check_batched_grad`` and ``masked`` find nothing more.
    See torch.autograd.gradcheck.
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_forward_grad:
        raise NotImplementedError("check_batched_forward_grad=True cannot be checked: directions come one by one")
    tolerances = _Tolerances(eps, atol, rtol, nondet_tol)
    try:
        real, sources = _over_pairs(*_over_values(func, _tuple(inputs)))
        if check_backward_ad:
            _check(real, sources, tolerances, fast_mode)
        if check_forward_ad:
            _check_forward(real, sources, tolerances, fast_mode)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """`gradcheck` of the gradient itself, with respect to ``inputs`` and ``grad_outputs`` (random ones if not given).

    See torch.autograd.gradgradcheck."""
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    func, sources = _over_values(func, _tuple(inputs))
    if grad_outputs is None:
        pieces = [out for out in _outputs(func(*sources)) if out.requires_grad]
        weights = tuple(_random(out, gen_non_contig_grad_outputs).requires_grad_() for out in pieces)
    else:
        weights = _tuple(grad_outputs)
    count = len(weights)

    def first(*args: Any) -> Any:
        given, grads = args[: len(args) - count], args[len(args) - count :]
        with enable_grad():
            given = tuple(
                [
                    a.detach().requires_grad_() if _needs(s) and not a.requires_grad else a
                    for a, s in zip(given, sources, strict=True)
                ]
            )
            outs = [out for out in _outputs(func(*given)) if out.requires_grad]
            picked = [a for a, s in zip(given, sources, strict=True) if _needs(s)]
            return grad(outs, picked, grads, create_graph=True, allow_unused=True, materialize_grads=True)

    return gradcheck(
        first,
        (*sources, *weights),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        fast_mode=fast_mode,
    )


class _Tolerances:
    """How near gradients must be, and how far the inputs are moved."""

    def __init__(self, eps: float, atol: float, rtol: float, nondet: float) -> None:
        self.eps = eps
        self.atol = atol
        self.rtol = rtol
        self.nondet = nondet


def _needs(value: Any) -> bool:
    return is_tensor(value) and value.requires_grad


def _outputs(out: Any) -> tuple[Tensor, ...]:
    """The differentiable outputs of a function."""
    found = (out,) if is_tensor(out) else tuple(out) if isinstance(out, (tuple, list)) else (out,)
    return tuple([piece for piece in found if is_tensor(piece)])


def _over_values(func: Callable[..., Any], sources: tuple[Any, ...]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A function of strided tensors that is ``func`` on sparse ones: of their values."""
    layouts = [source if hasattr(source, "_apply_sparse") else None for source in sources]
    if not any(layout is not None for layout in layouts):
        return func, sources

    def over_values(*given: Any) -> Any:
        whole = [g if like is None else like._with(g) for g, like in zip(given, layouts, strict=True)]
        out = func(*whole)
        pieces = out if isinstance(out, (tuple, list)) else (out,)
        return tuple([piece.to_dense() if hasattr(piece, "_apply_sparse") else piece for piece in pieces])

    values = [
        s if like is None else like._held.detach().clone().requires_grad_(like.requires_grad)
        for s, like in zip(sources, layouts, strict=True)
    ]
    return over_values, tuple(values)


def _inputs(sources: tuple[Any, ...]) -> tuple[Any, ...]:
    """The inputs, checked: one that needs a gradient, doubles, no element twice in memory."""
    if not any(_needs(source) for source in sources):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    for k, source in enumerate(sources):
        if not _needs(source):
            continue
        if source.dtype.to_real() is not dtypes.float64:
            warn(
                f"Input #{k} requires gradient and is not a double precision floating point or complex. This check will "
                "likely fail if all the inputs are not of double precision floating point or complex. "
            )
        if any(stride == 0 and n > 1 for stride, n in zip(source.stride(), source.shape, strict=True)):
            raise RuntimeError(
                f"The {k}th input has a dimension with stride 0. gradcheck only supports inputs that are non-overlapping to "
                "be able to compute the numerical gradients correctly. You should call .contiguous on the input before "
                "passing it to gradcheck."
            )
        source.retain_grad()
    return sources


def _over_pairs(func: Callable[..., Any], sources: tuple[Any, ...]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A function of real tensors that is ``func`` on complex ones: these, and complex outputs, as pairs. The gradient of a
    complex number is by definition that of its parts."""
    sources = _inputs(sources)
    turned = [is_tensor(source) and source.is_complex() for source in sources]

    def over_pairs(*given: Any) -> tuple[Any, ...]:
        whole = [g._as_complex() if turn else g for g, turn in zip(given, turned, strict=True)]
        return tuple([out._as_pairs() if out.is_complex() else out for out in _outputs(func(*whole))])

    pairs = [
        s.detach().contiguous()._as_pairs().clone().requires_grad_(s.requires_grad) if turn else s
        for s, turn in zip(sources, turned, strict=True)
    ]
    return over_pairs, tuple(pairs)


def _check(func: Callable[..., Any], sources: tuple[Any, ...], tolerances: _Tolerances, fast: bool) -> None:
    outs = _outputs(func(*sources))
    pairs = [(k, j) for k, out in enumerate(outs) if out.requires_grad for j, s in enumerate(sources) if _needs(s)]
    if not pairs:  # nothing depends on the inputs, so differences must be zero
        pairs = [
            (k, j) for k, out in enumerate(outs) if out.dtype.differentiable for j, s in enumerate(sources) if _needs(s)
        ]
    for k, j in pairs:
        if not sources[j].numel() or not outs[k].numel():
            continue
        compare = _compare_in_one_direction if fast else _compare
        compare(func, sources, k, j, tolerances)
        if _gradient(func, sources, k, j, outs[k].detach()._full_like(0.0)).ne(0).any().item():
            raise GradcheckError("backward not multiplied by grad_output")


def _check_forward(func: Callable[..., Any], sources: tuple[Any, ...], tolerances: _Tolerances, fast: bool) -> None:
    """Compare derivatives along directions: each element's, or a random one of each input."""
    outs = _outputs(func(*sources))
    pairs = [(k, j) for k, o in enumerate(outs) if o.requires_grad for j, s in enumerate(sources) if _needs(s)]
    for k, j in pairs:
        source = sources[j].detach()
        random = _random(source, False)
        units = [random / random.norm()] if fast else [_unit(source, element) for element in range(source.numel())]
        numerical = [_difference(func, sources, k, j, unit * tolerances.eps, tolerances.eps) for unit in units]
        analytical = [_along(func, sources, k, j, unit) for unit in units]
        if units and not _near(_stacked(analytical), _stacked(numerical), tolerances.atol, tolerances.rtol):
            raise GradcheckError(
                f"Jacobian computed with forward mode mismatch for output {k} with respect to input {j},\n"
                f"numerical:{numerical}\nanalytical:{analytical}\n"
            )


def _along(func: Callable[..., Any], sources: Sequence[Any], k: int, j: int, direction: Tensor) -> Tensor:
    """The derivative of an output along a direction of an input, by dual numbers."""
    with dual_level():
        given = [
            make_dual(s.detach().requires_grad_(), direction) if i == j else s.detach() if is_tensor(s) else s
            for i, s in enumerate(sources)
        ]
        out, found = unpack_dual(_outputs(func(*given))[k])
        return out.detach()._full_like(0.0) if found is None else found.detach()


def _compare(func: Callable[..., Any], sources: tuple[Any, ...], k: int, j: int, tolerances: _Tolerances) -> None:
    out = _outputs(func(*sources))[k]
    numerical = _read(_numerical(func, sources, k, j, tolerances.eps))
    analytical, again = [_read(_analytical(func, sources, k, j)) for _ in range(2)]
    if not _near(analytical, numerical, tolerances.atol, tolerances.rtol):
        if not out.requires_grad:
            raise GradcheckError("Numerical gradient for function expected to be zero")
        raise GradcheckError(
            f"Jacobian mismatch for output {k} with respect to input {j},\nnumerical:{numerical}\nanalytical:{analytical}\n"
        )
    _check_same(analytical, again, tolerances)


def _compare_in_one_direction(
    func: Callable[..., Any], sources: tuple[Any, ...], k: int, j: int, tolerances: _Tolerances
) -> None:
    direction = _random(sources[j], False)
    direction = direction / direction.norm()
    out = _outputs(func(*sources))[k]
    weight = _random(out, False)
    weight = weight / weight.norm()
    numerical = _read((_difference(func, sources, k, j, direction * tolerances.eps, tolerances.eps) * weight).sum())
    analytical, again = [_read((_gradient(func, sources, k, j, weight) * direction).sum()) for _ in range(2)]
    allowed = (
        tolerances.atol * (direction.abs().sum() * weight.abs().sum()).item()
    )  # what elements may differ by, summed up
    if not _near(analytical, numerical, allowed, tolerances.rtol):
        if not out.requires_grad:
            raise GradcheckError("Numerical gradient for function expected to be zero")
        raise GradcheckError(
            f"Jacobian mismatch for output {k} with respect to input {j} in a random direction,\n"
            f"numerical:{numerical}\nanalytical:{analytical}\n"
        )
    _check_same(analytical, again, tolerances)


def _read(found: Tensor) -> Tensor:
    """The tensor, computed now: sums in one batch may go in different orders, those in batches that look alike do not."""
    found.tolist()
    return found


def _check_same(found: Tensor, again: Tensor, tolerances: _Tolerances) -> None:
    if not _near(again, found, tolerances.nondet, 0.0):
        raise GradcheckError(
            "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different "
            "values, although analytical gradient matches numerical gradient.The tolerance for nondeterminism was "
            f"{tolerances.nondet}."
        )


def _near(found: Tensor, expected: Tensor, atol: float, rtol: float) -> bool:
    close = (found - expected).abs() <= expected.abs() * rtol + atol
    return bool((close | (found.isnan() & expected.isnan())).all().item())


def _numerical(func: Callable[..., Any], sources: Sequence[Any], k: int, j: int, eps: float) -> Tensor:
    """The Jacobian by central differences: a row per input element, a column per output element."""
    rows = [
        _difference(func, sources, k, j, _unit(sources[j], element) * eps, eps).reshape(-1)
        for element in range(sources[j].numel())
    ]
    return _stacked(rows)


def _difference(func: Callable[..., Any], sources: Sequence[Any], k: int, j: int, step: Tensor, eps: float) -> Tensor:
    high, low = [_moved(func, sources, k, j, moved) for moved in (step, -step)]
    return (high - low) / (2 * eps)


def _moved(func: Callable[..., Any], sources: Sequence[Any], k: int, j: int, step: Tensor) -> Tensor:
    """An output where an input is moved: in place, as the function may hold the same tensor elsewhere (in the state of an optimizer, say)."""
    here = sources[j].data
    before = here.clone()
    here.add_(step)
    try:
        return _outputs(func(*sources))[k].detach().clone()
    finally:
        here.copy_(before)


def _analytical(func: Callable[..., Any], sources: Sequence[Any], k: int, j: int) -> Tensor:
    """The Jacobian by backward passes, laid out as `_numerical`."""
    out = _outputs(func(*sources))[k]
    columns = [_gradient(func, sources, k, j, _unit(out, element)).reshape(-1) for element in range(out.numel())]
    return _stacked(columns).t()


def _gradient(func: Callable[..., Any], sources: Sequence[Any], k: int, j: int, weight: Tensor) -> Tensor:
    out = _outputs(func(*sources))[k]
    if not out.requires_grad:
        return sources[j].detach()._full_like(0.0)
    (found,) = grad(out, sources[j], weight, allow_unused=True, materialize_grads=True)
    return found.detach()


def _unit(like: Tensor, element: int) -> Tensor:
    """1 at one element, 0 elsewhere."""
    flat = like._range(0, 1, like.numel()) == element
    return flat.to(like.dtype).reshape(like.shape)


def _random(like: Tensor, strided: bool) -> Tensor:
    """Random numbers in [-1, 1) of the shape of ``like``, on demand with gaps in memory."""
    with no_grad():
        shape = (*like.shape, 2) if strided else tuple(like.shape)
        found = like._filled(shape, 0, like.dtype, like._cl_meta.device).uniform_(-1, 1)
        return found.select(-1, 0) if strided else found
