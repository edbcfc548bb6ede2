"""Adafactor. See torch.optim.Adafactor."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..autograd.modes import no_grad
from ..ops.foreach import formula
from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .checks import check_rate
from .optimizer import Closure, Group, Optimizer
from .stacks import MOVE, SHRINK, Stack, alike, norms
from .state import State

__all__ = ["Adafactor"]

KEEP = formula("mean = new", lists="mean new")


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
            params = [param for param in group["params"] if param.grad is not None]
            ages = [self._begin(param, param.grad) for param in params]
            keys = [self._key(group, param, age) for param, age in zip(params, ages, strict=True)]
            for places in alike(params, keys):
                self._update(group, ages[places[0]], [params[place] for place in places])
        return loss

    def _key(self, group: Group, param: Tensor, age: float) -> Any:
        """What parameters of one stack have in common."""
        shape = param._meta.shape
        smallest = self._smallest(group, param)
        # where nothing keeps the root of 0 from being divided by, unused places would spoil the norms
        same = None if smallest * smallest > 1e-37 else shape
        return age, len(shape) > 1, same, param._meta.dtype, param.grad._meta.dtype, param._meta.device  # type: ignore[union-attr]

    def _smallest(self, group: Group, param: Tensor) -> float:
        """What means of squares are at least the square of."""
        return group["eps"][0] if group["eps"][0] is not None else dtypes.finfo(param.dtype).eps

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
        """Update parameters of one age and of like sizes, stacked: their means and norms are few kernels."""
        lr, smallest = group["lr"], self._smallest(group, params[0])
        stack = Stack([param._meta.shape for param in params])
        grad, whole = stack.packed([param.grad for param in params]), stack.packed(params)
        grad = -grad if group["maximize"] else grad
        rate = lr.clamp(max=step**-0.5) if isinstance(lr, Tensor) else min(lr, step**-0.5)
        root = stack.each([param.numel() ** 0.5 for param in params], grad)
        size = (norms(whole) / root).clamp(min=group["eps"][1]) * rate
        states = [self.state[param] for param in params]
        variance = _variance(states, stack, grad, step ** group["beta2_decay"], smallest)
        update = variance.clamp(min=smallest * smallest).rsqrt() * grad
        clip = (norms(update) / (root * group["d"])).clamp(min=1.0)
        changes = stack.unpacked(update * (size / clip))
        if group["weight_decay"] != 0:
            SHRINK([params], {"kept": 1 - lr * group["weight_decay"]})
        MOVE([params, changes], {})


def _variance(states: list[dict[str, Any]], stack: Stack, grad: Tensor, weight: float, smallest: float) -> Tensor:
    """The running means of squared gradients: of matrices, the products of their row and column means over their means."""
    if len(stack.shapes[0]) < 2:
        return _followed(states, "variance", stack.shapes, grad * grad, weight)
    heights, widths = (stack.each([size[d] for size in stack.sizes], grad) for d in (1, 2))
    shapes = [(*shape[:-1], 1) for shape in stack.shapes], [(*shape[:-2], 1, shape[-1]) for shape in stack.shapes]
    rows = _followed(states, "row_var", shapes[0], (grad * grad).sum(-1, keepdim=True) / widths, weight)
    columns = _followed(states, "col_var", shapes[1], (grad * grad).sum(-2, keepdim=True) / heights, weight)
    return rows * columns / (rows.sum(-2, keepdim=True) / heights).clamp(min=smallest)


def _followed(states: list[dict[str, Any]], name: str, shapes: Any, found: Tensor, weight: float) -> Tensor:
    """Running means, a step on: the new ones, stacked, which the states have from now on."""
    stack, old = Stack(shapes), [state[name] for state in states]
    new = stack.packed(old).lerp(found, weight)
    KEEP([old, stack.unpacked(new)], {})
    return new
