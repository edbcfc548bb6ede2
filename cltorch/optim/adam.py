"""Adam. See torch.optim.Adam."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..ops.foreach import Program, program
from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .optimizer import Closure, Group, Optimizer, to_number


class Adam(Optimizer):
    """Steps along running means m of the gradient, divided by the root of running means v of its square (Kingma and Ba,
    2015): ``p -= lr * (m / (1 - beta1 ** t)) / (sqrt(v / (1 - beta2 ** t)) + eps)``.

    ``weight_decay`` adds ``weight_decay * p`` to the gradient, or shrinks p itself with ``decoupled_weight_decay``;
    ``amsgrad`` divides by the largest v so far; ``maximize`` climbs.

    The whole step of a group is one fused update over all its tensors of one dtype, device and age, whatever
    ``foreach``, ``fused`` and ``capturable`` say. ``differentiable`` records the step for autograd, tensor by tensor.
    """

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        _check(lr, betas, eps, weight_decay, foreach, capturable)
        defaults = {
            "lr": lr,
            "betas": (to_number(betas[0]), to_number(betas[1])),
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)
        if fused:
            if differentiable:
                raise RuntimeError("`fused` does not support `differentiable`")
            if foreach:
                raise RuntimeError("`fused` and `foreach` cannot be `True` together.")

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in _LATER.items():
                group.setdefault(name, value)

    def step(self, closure: Closure | None = None) -> Any:
        """Update all parameters that have a gradient. Gives the closure's loss, None without a closure."""
        loss = self._evaluate(closure)
        for group in self.param_groups:
            if group["differentiable"]:
                self._differentiable(group)
            else:
                for step, lists in self._batches(group):
                    _update(group, step, lists)
        return loss

    def _advance(self, param: Tensor, amsgrad: bool) -> dict[str, Any]:
        """The state of a parameter, made before its first step, with the step counted."""
        state = self.state[param]
        if not state:
            state["step"] = 0.0
            state["exp_avg"] = zeros_like(param)
            state["exp_avg_sq"] = zeros_like(param)
            if amsgrad:
                state["max_exp_avg_sq"] = zeros_like(param)
        state["step"] += 1
        return state

    def _batches(self, group: Group) -> list[tuple[float, list[list[Tensor]]]]:
        """Per number of steps taken: lists of parameters, gradients, means and mean squares that one program
        updates."""
        found: dict[Any, list[list[Tensor]]] = {}
        amsgrad = group["amsgrad"]
        for param in group["params"]:
            grad = param.grad
            if grad is None:
                continue
            state = self._advance(param, amsgrad)
            key = (state["step"], param._meta.dtype, param._meta.device)
            lists = found.get(key)
            if lists is None:
                lists = found[key] = [[] for _ in range(5 if amsgrad else 4)]
            lists[0].append(param)
            lists[1].append(grad)
            lists[2].append(state["exp_avg"])
            lists[3].append(state["exp_avg_sq"])
            if amsgrad:
                lists[4].append(state["max_exp_avg_sq"])
        return [(key[0], lists) for key, lists in found.items()]

    def _differentiable(self, group: Group) -> None:
        """The step in tensor operations that autograd records; ``lr`` and ``weight_decay`` may be tensors."""
        beta1, beta2 = group["betas"]
        lr, decay = group["lr"], group["weight_decay"]
        for param in group["params"]:
            if param.grad is None:
                continue
            state = self._advance(param, group["amsgrad"])
            grad = -param.grad if group["maximize"] else param.grad
            if to_number(decay) != 0:
                if group["decoupled_weight_decay"]:
                    param.mul_(1 - lr * decay)
                else:
                    grad = grad + param.clone() * decay
            mean, square, step = state["exp_avg"], state["exp_avg_sq"], state["step"]
            mean.mul_(beta1).add_(grad * (1 - beta1))
            square.mul_(beta2).add_(grad * grad * (1 - beta2))
            if group["amsgrad"]:
                largest = state["max_exp_avg_sq"]
                largest.copy_(largest.clone().maximum(square))
                square = largest
            root = square.clone().sqrt() / (1 - beta2**step) ** 0.5
            param.sub_(mean.clone() / (root + group["eps"]) * (lr / (1 - beta1**step)))


_LATER = {
    "amsgrad": False,
    "maximize": False,
    "foreach": None,
    "capturable": False,
    "differentiable": False,
    "decoupled_weight_decay": False,
    "fused": None,
}


def _check(lr: Any, betas: Any, eps: float, weight_decay: float, foreach: bool | None, capturable: bool) -> None:
    """ValueError for what PyTorch's Adam refuses."""
    eager_foreach = foreach and not capturable
    if isinstance(lr, Tensor):
        if eager_foreach:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
        if lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
    if not lr >= 0.0:
        raise ValueError(f"Invalid learning rate: {lr}")
    if not eps >= 0.0:
        raise ValueError(f"Invalid epsilon value: {eps}")
    for i in range(2):
        if not 0.0 <= betas[i] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {betas[i]}")
    if not weight_decay >= 0.0:
        raise ValueError(f"Invalid weight_decay value: {weight_decay}")
    kinds = [isinstance(beta, Tensor) for beta in betas]
    if kinds[0] != kinds[1] or not (kinds[0] or all(isinstance(beta, float) for beta in betas)):
        raise ValueError("betas must be either both floats or both Tensors")
    for i in range(2):
        if kinds[i] and eager_foreach:
            raise ValueError(f"betas[{i}] as a Tensor is not supported for capturable=False and foreach=True")
        if kinds[i] and betas[i].numel() != 1:
            raise ValueError(f"Tensor betas[{i}] must be 1-element")


def _update(group: Group, step: float, lists: list[list[Tensor]]) -> None:
    """One program over the tensors of a batch. Everything that depends on the step alone is computed here, in
    float64."""
    beta1, beta2 = group["betas"]
    lr, decay = to_number(group["lr"]), to_number(group["weight_decay"])
    numbers = {
        "weight": 1 - beta1,
        "beta2": beta2,
        "share": 1 - beta2,
        "root": (1 - beta2**step) ** 0.5,
        "eps": group["eps"],
        "size": -lr / (1 - beta1**step),
    }
    decoupled = bool(group["decoupled_weight_decay"])
    if decay != 0:
        numbers["decay"] = 1 - lr * decay if decoupled else decay
    rule = _rule(group["amsgrad"], group["maximize"], decay != 0, decoupled, beta1 > 0.5)
    rule(*lists, **numbers)


@cache
def _rule(amsgrad: bool, maximize: bool, decay: bool, decoupled: bool, small: bool) -> Program:
    """The update as a program over parameters p, gradients g, means m, mean squares v and largest mean squares x.

    ``weight`` is 1 - beta1; when it is not below one half (``small``), the mean is taken from the gradient's side, as
    PyTorch's lerp does, so that beta1 = 0 gives the gradient itself.
    """
    lines = ["d = -g" if maximize else "d = g"]
    if decay:
        lines.append("p = p * decay" if decoupled else "d = d + decay * p")
    lines += [
        "m = m + weight * (d - m)" if small else "m = d - (d - m) * (1 - weight)",
        "v = v * beta2 + share * d * d",
    ]
    if amsgrad:
        lines.append("x = maximum(x, v)")
    lines.append(f"p = p + size * m / (sqrt({'x' if amsgrad else 'v'}) / root + eps)")
    numbers = ["weight", "beta2", "share", "root", "eps", "size"] + (["decay"] if decay else [])
    return program(inputs="p g m v x" if amsgrad else "p g m v", numbers=" ".join(numbers), body="\n".join(lines))
