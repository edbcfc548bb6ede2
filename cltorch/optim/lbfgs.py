"""L-BFGS. See torch.optim.LBFGS."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from ..autograd.modes import enable_grad, no_grad
from ..tensor.complex import view_as_real
from ..tensor.creation import zeros_like
from ..tensor.joining import cat
from ..tensor.tensor import Tensor
from .checks import check_rate
from .optimizer import Optimizer
from .outside import _get_value

__all__ = ["LBFGS"]

_CURVATURE = 1e-10  # a pair of steps below it is not kept


class LBFGS(Optimizer):
    """Quasi-Newton steps whose inverse Hessian comes from the last ``history_size`` steps (Liu and Nocedal, 1989).

    One `step` makes up to ``max_iter`` iterations and ``max_eval`` evaluations of its closure (five quarters of ``max_iter``
    if None), until no gradient exceeds ``tolerance_grad`` or a change is below ``tolerance_change``. ``line_search_fn`` is
    None (steps of ``lr``) or ``"strong_wolfe"``. There is one parameter group. Vectors and their products stay on the
    device; what decides over the next evaluation is read.
    """

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_rate(lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]

    @no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:
        """Iterate; ``closure`` clears the gradients, computes the loss and its gradients, and gives the loss. Gives the
        first loss."""
        group, state = self.param_groups[0], self.state[self._params[0]]
        closure = enable_grad()(closure)
        lr, tolerance = float(_get_value(group["lr"])), group["tolerance_change"]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first_loss = closure()
        loss, evaluations = float(first_loss), 1
        state["func_evals"] += 1
        grad = self._gather_flat_grad()
        if _largest(grad) <= group["tolerance_grad"]:
            return first_loss
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            self._direct(state, grad, group["history_size"])
            direction, last_loss = state["d"], loss
            state["prev_flat_grad"], state["prev_loss"] = grad, loss
            size = grad.abs().sum().item() if state["n_iter"] == 1 else 0.0
            length = min(1.0, 1.0 / size) * lr if size else lr
            state["t"] = length
            slope = grad.dot(direction).item()
            if slope > -tolerance:
                break
            used = 0
            if group["line_search_fn"] is not None:
                start = _Point(0.0, loss, grad, slope)
                limit = group["max_eval"] - evaluations
                point, used = self._search(closure, start, length, direction, group, limit)
                length, loss, grad = point.length, point.loss, point.grad
                state["t"] = length
                self._add_grad(length, direction)
            else:
                self._add_grad(length, direction)
                if iteration != group["max_iter"]:
                    loss, grad, used = float(closure()), self._gather_flat_grad(), 1
            evaluations += used
            state["func_evals"] += used
            if iteration == group["max_iter"] or evaluations >= group["max_eval"]:
                break
            if _largest(grad) <= group["tolerance_grad"] or _largest(direction) * abs(length) <= tolerance:
                break
            if abs(loss - last_loss) < tolerance:
                break
        return first_loss

    def _gather_flat_grad(self) -> Tensor:
        """The gradients of all parameters as one vector of real numbers; zeros where there is none."""
        return cat([_flat(zeros_like(p) if p.grad is None else p.grad) for p in self._params], 0)

    def _numel(self) -> int:
        """How many real numbers the parameters have."""
        return sum(_real(param).numel() for param in self._params)

    def _add_grad(self, t: float, direction: Tensor) -> None:
        """Add ``t * direction`` to the parameters."""
        offset = 0
        for param in map(_real, self._params):
            part = direction[offset : offset + param.numel()]
            param.add_(part.reshape(param.shape), alpha=t)
            offset += param.numel()

    def _clone_param(self) -> list[Tensor]:
        """Copies of the parameters."""
        return [param.clone() for param in self._params]

    def _set_param(self, params_data: list[Tensor]) -> None:
        """Give the parameters other numbers."""
        for param, data in zip(self._params, params_data):
            param.copy_(data)

    def _directional_evaluate(
        self, closure: Callable[[], Any], x: list[Tensor], t: float, d: Tensor
    ) -> tuple[float, Tensor]:
        """The loss and its gradient ``t`` along ``d`` from the present parameters, which are then ``x``."""
        self._add_grad(t, d)
        loss, grad = float(closure()), self._gather_flat_grad()
        self._set_param(x)
        return loss, grad

    @staticmethod
    def _direct(state: dict[str, Any], grad: Tensor, history: int) -> None:
        """The next direction: minus the inverse Hessian that the kept steps tell of, times the gradient."""
        if state["n_iter"] == 1:
            state.update(d=-grad, old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return
        changes, steps, ro = state["old_dirs"], state["old_stps"], state["ro"]
        change, step = grad - state["prev_flat_grad"], state["d"] * state["t"]
        product = change.dot(step)
        if product.item() > _CURVATURE:
            if len(changes) == history:
                for kept in (changes, steps, ro):
                    kept.pop(0)
            changes.append(change)
            steps.append(step)
            ro.append(1.0 / product)
            state["H_diag"] = product / change.dot(change)
        direction, weights = -grad, [None] * history
        for i in reversed(range(len(changes))):
            weights[i] = steps[i].dot(direction) * ro[i]
            direction = direction - weights[i] * changes[i]
        direction = direction * state["H_diag"]
        for i in range(len(changes)):
            direction = direction + steps[i] * (weights[i] - changes[i].dot(direction) * ro[i])
        state["d"], state["al"] = direction, weights

    def _search(
        self,
        closure: Callable[[], Any],
        start: _Point,
        length: float,
        direction: Tensor,
        group: dict[str, Any],
        limit: int,
    ) -> tuple[_Point, int]:
        """A point along the direction, from the present parameters on, and how often the closure was called."""
        if group["line_search_fn"] != "strong_wolfe":
            raise RuntimeError("only 'strong_wolfe' is supported")
        before = self._clone_param()

        def evaluate(t: float) -> _Point:
            loss, grad = self._directional_evaluate(closure, before, t, direction)
            return _Point(t, loss, grad, grad.dot(direction).item())

        return strong_wolfe(evaluate, start, length, _largest(direction), limit)


class _Point(NamedTuple):
    """A point of a line search: how far, and loss, gradient and directional derivative there."""

    length: float
    loss: float
    grad: Tensor
    slope: float


def _real(tensor: Any) -> Tensor:
    """A tensor, or the real numbers that one of complex numbers consists of."""
    return view_as_real(tensor) if tensor.is_complex() else tensor


def _flat(grad: Any) -> Tensor:
    """A gradient as a vector of real numbers."""
    return _real(grad.to_dense() if grad.is_sparse else grad).reshape(-1)


def _largest(vector: Tensor) -> float:
    return vector.abs().max().item()


def strong_wolfe(
    evaluate: Callable[[float], _Point],
    start: _Point,
    length: float,
    largest: float,
    limit: int,
    c1: float = 1e-4,
    c2: float = 0.9,
    tolerance: float = 1e-9,
) -> tuple[_Point, int]:
    """A point that fulfils the strong Wolfe conditions, by cubic interpolation (Nocedal and Wright, algorithms 3.5 and
    3.6; the safeguards are those of minFunc), and the number of evaluations; the best one found within ``limit``."""

    def too_high(point: _Point) -> bool:
        return point.loss > start.loss + c1 * point.length * start.slope

    def flat(point: _Point) -> bool:
        return abs(point.slope) <= -c2 * start.slope

    old, new, turns = start, evaluate(length), 0
    while turns < limit:
        if too_high(new) or (turns > 1 and new.loss >= old.loss) or (not flat(new) and new.slope >= 0):
            bracket = [old, new]
            break
        if flat(new):
            return new, turns + 1
        bounds = new.length + 0.01 * (new.length - old.length), new.length * 10
        old, new = new, evaluate(_cubic(old, new, *bounds))
        turns += 1
    else:
        bracket = [start, new]
    bracket.sort(key=lambda point: point.loss)  # the lower one first
    stuck = False
    while turns < limit:
        low, high = bracket
        left, right = sorted((low.length, high.length))
        if (right - left) * largest < tolerance:
            break
        length = _cubic(low, high, left, right)
        margin = 0.1 * (right - left)
        close = min(right - length, length - left) < margin
        if close and (stuck or length >= right or length <= left):
            length = right - margin if abs(length - right) < abs(length - left) else left + margin
            close = False
        stuck = close
        new = evaluate(length)
        turns += 1
        if too_high(new) or new.loss >= low.loss:
            bracket = sorted((low, new), key=lambda point: point.loss)
        elif flat(new):
            return new, turns + 1
        else:
            bracket = [new, low if new.slope * (high.length - low.length) >= 0 else high]
    return bracket[0], turns + 1


def _strong_wolfe(
    obj_func: Callable[[Any, float, Tensor], tuple[float, Tensor]],
    x: Any,
    t: float,
    d: Tensor,
    f: float,
    g: Tensor,
    gtd: Any,
    c1: float = 1e-4,
    c2: float = 0.9,
    tolerance_change: float = 1e-9,
    max_ls: int = 25,
) -> tuple[float, Tensor, float, int]:
    """`strong_wolfe` as PyTorch spells it: ``obj_func(x, t, d)`` gives loss and gradient at ``x + t * d``, and the search gives
    these where it ends, how far that is, and the number of evaluations. See torch.optim.lbfgs._strong_wolfe."""

    def evaluate(length: float) -> _Point:
        loss, grad = obj_func(x, length, d)
        return _Point(length, loss, grad, float(grad.dot(d)))

    start = _Point(0.0, f, g, float(gtd))
    point, count = strong_wolfe(evaluate, start, t, _largest(d), max_ls, c1, c2, tolerance_change)
    return point.loss, point.grad, point.length, count


def _cubic_interpolate(
    x1: float, f1: float, g1: Any, x2: float, f2: float, g2: Any, bounds: tuple[float, float] | None = None
) -> float:
    """Where the cubic through two points of these places, values and slopes is least, within ``bounds`` (the places, if None)."""
    low, high = sorted((x1, x2)) if bounds is None else bounds
    return _cubic(_Point(x1, f1, g1, float(g1)), _Point(x2, f2, g2, float(g2)), low, high)


def _cubic(a: _Point, b: _Point, low: float, high: float) -> float:
    """Where the cubic through both points with their slopes is least, within bounds."""
    if a.length == b.length:
        return (low + high) / 2
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.length - b.length)
    square = d1 * d1 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2
    if a.length > b.length:
        a, b = b, a
    d2 = math.sqrt(square)
    divisor = b.slope - a.slope + 2 * d2
    if divisor == 0:
        return (low + high) / 2
    return min(max(b.length - (b.length - a.length) * ((b.slope + d2 - d1) / divisor), low), high)
