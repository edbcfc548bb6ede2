"""Adafactor. See torch.optim.Adafactor."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..autograd.modes import no_grad
from ..ops.foreach import formula
from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .checks import check_rate
from .forms import forms
from .optimizer import Closure, Group, Optimizer
from .stacks import MOVE, SHRINK, Stack, alike, norms
from .state import State

__all__ = ["Adafactor", "adafactor"]

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
            params, grads, states = self._given(group)
            _step(group, params, grads, states)
        return loss

    def _given(self, group: Group) -> tuple[list[Tensor], list[Any], list[State]]:
        """The parameters that have a gradient, these, and what is kept of them."""
        params = [param for param in group["params"] if param.grad is not None]
        grads: list[Any] = [param.grad for param in params]
        return params, grads, [self._begin(param, grad) for param, grad in zip(params, grads, strict=True)]

    def _init_group(
        self,
        group: Group,
        params_with_grad: list[Any],
        grads: list[Any],
        row_vars: list[Any],
        col_vars: list[Any],
        variances: list[Any],
        state_steps: list[Any],
    ) -> bool:
        """Put what a step reads into lists: optimizers that are written elsewhere call it. What is not kept of a parameter is None."""
        params, given, states = self._given(group)
        params_with_grad += params
        grads += given
        for name, kept in (
            ("row_var", row_vars),
            ("col_var", col_vars),
            ("variance", variances),
            ("step", state_steps),
        ):
            kept += [state.get(name) for state in states]
        return False

    def _begin(self, param: Tensor, grad: Tensor) -> State:
        """What is kept of a parameter, made before its first step."""
        if grad.is_sparse:
            raise RuntimeError("Adafactor does not support sparse gradients")
        if param.is_complex():
            raise RuntimeError("Adafactor does not support complex parameters")
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
        return state


def adafactor(
    params: list[Tensor],
    grads: list[Tensor],
    row_vars: list[Tensor | None],
    col_vars: list[Tensor | None],
    variances: list[Tensor | None],
    state_steps: list[Tensor],
    foreach: bool | None = None,
    grad_scale: Tensor | None = None,
    found_inf: Tensor | None = None,
    has_complex: bool = False,
    *,
    d: float,
    lr: float | Tensor,
    beta2_decay: float,
    weight_decay: float,
    eps1: float,
    eps2: float,
    maximize: bool,
) -> None:
    """A step of `Adafactor` over lists: parameters and what is kept of them are changed in place. See
    torch.optim._adafactor.adafactor.

    AssertionError for a scale of gradients, RuntimeError where steps are no tensors.
    """
    if grad_scale is not None or found_inf is not None:
        raise AssertionError("Grad scaling should occur outside of optimizer.step()")
    if not all(isinstance(step, Tensor) for step in state_steps):
        raise RuntimeError("`state_steps` argument must contain a list of singleton tensors")
    kept: dict[str, list[Any]] = {"row_var": row_vars, "col_var": col_vars, "variance": variances, "step": state_steps}
    contents = [{name: tensors[k] for name, tensors in kept.items()} for k in range(len(params))]
    states = [State(("step",), content) for content in contents]
    group = {
        "d": d,
        "lr": lr,
        "beta2_decay": beta2_decay,
        "weight_decay": weight_decay,
        "eps": (eps1, eps2),
        "maximize": maximize,
    }
    _step(group, params, grads, states)


def _step(group: Group, params: list[Tensor], grads: list[Tensor], states: list[State]) -> None:
    """Update parameters, those of one age and of like sizes together."""
    ages = [float(state.number("step") + 1) for state in states]
    for state, age in zip(states, ages, strict=True):
        state.put({"step": age})
    keys = [_key(group, *each) for each in zip(params, grads, ages, strict=True)]
    for places in alike(params, keys):
        each: list[Any] = [[things[place] for place in places] for things in (params, grads, states)]
        _update(group, ages[places[0]], *each)


def _key(group: Group, param: Tensor, grad: Tensor, age: float) -> Any:
    """What parameters of one stack have in common."""
    shape = param._cl_meta.shape
    smallest = _smallest(group, param)
    # where nothing keeps the root of 0 from being divided by, unused places would spoil the norms
    same = None if smallest * smallest > 1e-37 else shape
    return age, len(shape) > 1, same, param._cl_meta.dtype, grad._cl_meta.dtype, param._cl_meta.device


def _smallest(group: Group, param: Tensor) -> float:
    """What means of squares are at least the square of."""
    return group["eps"][0] if group["eps"][0] is not None else dtypes.finfo(param.dtype).eps


def _update(group: Group, step: float, params: list[Tensor], grads: list[Tensor], states: list[State]) -> None:
    """Update parameters of one age and of like sizes, stacked: their means and norms are few kernels."""
    lr, smallest = group["lr"], _smallest(group, params[0])
    stack = Stack([param._cl_meta.shape for param in params])
    grad, whole = stack.packed(grads), stack.packed(params)
    grad = -grad if group["maximize"] else grad
    rate = lr.clamp(max=step**-0.5) if isinstance(lr, Tensor) else min(lr, step**-0.5)
    root = stack.each([param.numel() ** 0.5 for param in params], grad)
    size = (norms(whole) / root).clamp(min=group["eps"][1]) * rate
    variance = _variance(states, stack, grad, step ** group["beta2_decay"], smallest)
    update = variance.clamp(min=smallest * smallest).rsqrt() * grad
    clip = (norms(update) / (root * group["d"])).clamp(min=1.0)
    changes = stack.unpacked(update * (size / clip))
    if group["weight_decay"] != 0:
        SHRINK([params], {"kept": 1 - lr * group["weight_decay"]})
    MOVE([params, changes], {})


def _variance(states: list[State], stack: Stack, grad: Tensor, weight: float, smallest: float) -> Tensor:
    """The running means of squared gradients: of matrices, the products of their row and column means over their means."""
    if len(stack.shapes[0]) < 2:
        return _followed(states, "variance", stack.shapes, grad * grad, weight)
    heights, widths = (stack.each([size[d] for size in stack.sizes], grad) for d in (1, 2))
    shapes = [(*shape[:-1], 1) for shape in stack.shapes], [(*shape[:-2], 1, shape[-1]) for shape in stack.shapes]
    rows = _followed(states, "row_var", shapes[0], (grad * grad).sum(-1, keepdim=True) / widths, weight)
    columns = _followed(states, "col_var", shapes[1], (grad * grad).sum(-2, keepdim=True) / heights, weight)
    return rows * columns / (rows.sum(-2, keepdim=True) / heights).clamp(min=smallest)


def _followed(states: list[State], name: str, shapes: Any, found: Tensor, weight: float) -> Tensor:
    """Running means, a step on: the new ones, stacked, which the states have from now on."""
    stack, old = Stack(shapes), [state[name] for state in states]
    new = stack.packed(old).lerp(found, weight)
    KEEP([old, stack.unpacked(new)], {})
    return new


_single_tensor_adafactor, _multi_tensor_adafactor, _ = forms(adafactor)
