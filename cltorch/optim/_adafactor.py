"""Adafactor. See torch.optim.Adafactor."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..autograd.modes import no_grad
from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .checks import check_rate
from .optimizer import Closure, Group, Optimizer
from .stacks import norms, stacked
from .state import State

__all__ = ["Adafactor"]


class Adafactor(Optimizer):
    """Adam without momentum, whose mean of squares of a matrix is kept as its row and column means alone (Shazeer and
    Stern, 2018). The step is relative to the parameter's root mean square (at least ``eps[1]``) and to
    ``min(lr, 1 / sqrt(t))``, clipped to root mean square ``d``; the mean's weight of the newest square is
    ``t ** beta2_decay``. ``weight_decay`` shrinks the parameters; ``maximize`` climbs.

    The norms stay on the device. ``foreach`` is accepted; the step is the same. ValueError for options out of range.
    """

    __module__ = "cltorch.optim"
    _counts = ("step",)

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_rate(lr, "Learning rate should be >= 0 but is: {}")
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None and not eps[0] >= 0.0:
            raise ValueError(f"epsilon1 should be >= 0 but is: {eps[0]}")
        if not eps[1] >= 0.0:
            raise ValueError(f"epsilon2 should be >= 0 but is: {eps[1]}")
        if not d >= 1.0:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("foreach", None)

    @no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Update all parameters that have a gradient. Gives the closure's loss, None without a closure."""
        loss = self._evaluate(closure)
        for group in self.param_groups:
            alike: dict[Any, list[Tensor]] = {}
            for param in group["params"]:
                if param.grad is not None:
                    age = self._begin(param, param.grad)
                    alike.setdefault((age, param._meta.shape, param._meta.dtype, param._meta.device), []).append(param)
            for (age, *_), params in alike.items():
                self._update(group, age, params)
        return loss

    def _begin(self, param: Tensor, grad: Tensor) -> float:
        """Put what a parameter's state lacks into it; the number of this step."""
        if grad.is_sparse:
            raise RuntimeError("Adafactor does not support sparse gradients")
        state = self.state[param]
        if state.__class__ is not State:
            state = self.state[param] = State(self._counts, state)
        if not state:
            state["step"] = 0.0
            if grad.dim() > 1:
                state["row_var"] = grad.new_zeros((*grad.shape[:-1], 1))
                state["col_var"] = grad.new_zeros((*grad.shape[:-2], 1, grad.shape[-1]))
            else:
                state["variance"] = zeros_like(grad)
        age = float(state.number("step") + 1)
        state.put({"step": age})
        return age

    def _update(self, group: Group, step: float, params: list[Tensor]) -> None:
        """Update parameters of one shape and age, stacked: their means and norms are few kernels."""
        lr, (eps1, eps2) = group["lr"], group["eps"]
        if eps1 is None:
            eps1 = dtypes.finfo(params[0].dtype).eps
        grad, whole = stacked([param.grad for param in params]), stacked(params)
        grad = -grad if group["maximize"] else grad
        rate = lr.clamp(max=step**-0.5) if isinstance(lr, Tensor) else min(lr, step**-0.5)
        root = params[0].numel() ** 0.5
        size = (norms(whole) / root).clamp(min=eps2) * rate
        variance = _variance([self.state[param] for param in params], grad, step ** group["beta2_decay"], eps1)
        update = variance.clamp(min=eps1 * eps1).rsqrt() * grad
        clip = (norms(update) / (root * group["d"])).clamp(min=1.0)
        for param, change in zip(params, (update * (size / clip)).unbind(0), strict=True):
            if group["weight_decay"] != 0:
                param.mul_(1 - lr * group["weight_decay"])
            param.sub_(change)


def _variance(states: list[dict[str, Any]], grad: Tensor, weight: float, smallest: float) -> Tensor:
    """The running means of squared gradients: of matrices, the products of their row and column means over their means."""
    if grad.dim() <= 2:
        return _followed(states, "variance", grad * grad, weight)
    rows = _followed(states, "row_var", (grad * grad).mean(-1, keepdim=True), weight)
    columns = _followed(states, "col_var", (grad * grad).mean(-2, keepdim=True), weight)
    return rows * columns / rows.mean(-2, keepdim=True).clamp(min=smallest)


def _followed(states: list[dict[str, Any]], name: str, found: Tensor, weight: float) -> Tensor:
    """Running means, a step on: the new ones, stacked, which the states have from now on."""
    new = stacked([state[name] for state in states]).lerp(found, weight)
    for state, own in zip(states, new.unbind(0), strict=True):
        state[name].copy_(own)
    return new
