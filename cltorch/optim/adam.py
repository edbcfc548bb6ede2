"""Adam. See torch.optim.Adam."""

from __future__ import annotations

from typing import Any, ClassVar

from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .checks import check_betas, check_positive, check_rate
from .elementwise import Elementwise, decayed
from .forms import forms
from .optimizer import Group

__all__ = ["Adam", "adam"]


class Adam(Elementwise):
    """Steps along running means m of the gradient, divided by the root of running means v of its square (Kingma and Ba,
    2015): ``p -= lr * (m / (1 - beta1 ** t)) / (sqrt(v / (1 - beta2 ** t)) + eps)``.

    ``weight_decay`` adds ``weight_decay * p`` to the gradient, or shrinks p itself with ``decoupled_weight_decay``;
    ``amsgrad`` divides by the largest v so far; ``maximize`` climbs.

    The whole step of a group is one fused update, whatever ``foreach``, ``fused`` and ``capturable`` say;
    ``differentiable`` records it.
    """

    _later: ClassVar = {"amsgrad": False, "decoupled_weight_decay": False}
    _listed = "exp_avg exp_avg_sq max_exp_avg_sq step"

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
            "betas": betas,
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

    def _begin(self, group: Group, param: Tensor, state: dict[str, Any]) -> None:
        if not state:
            state["step"] = 0.0
            state["exp_avg"] = zeros_like(param)
            state["exp_avg_sq"] = zeros_like(param)
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = zeros_like(param)

    def _check_sparse(self, group: Group) -> None:
        raise RuntimeError("Adam does not support sparse gradients, please consider SparseAdam instead")

    def _formula(self, group: Group, stage: Any) -> tuple[str, str]:
        largest = group["amsgrad"]
        update = f"""
            step = step + 1
            exp_avg = lerp(exp_avg, grad, 1 - beta1)
            exp_avg_sq = exp_avg_sq * beta2 + (1 - beta2) * grad * grad
            {"max_exp_avg_sq = maximum(max_exp_avg_sq, exp_avg_sq)" if largest else ""}
            denom = sqrt({"max_exp_avg_sq" if largest else "exp_avg_sq"}) / sqrt(1 - beta2 ** step) + eps
            param = param - lr / (1 - beta1 ** step) * exp_avg / denom
        """
        names = "exp_avg exp_avg_sq max_exp_avg_sq" if largest else "exp_avg exp_avg_sq"
        return shrunk_or_decayed(group, update), names


def shrunk_or_decayed(group: Group, text: str) -> str:
    """A formula that first shrinks the parameters (``decoupled_weight_decay``) or adds to the gradient."""
    decay = group["weight_decay"]
    if group["decoupled_weight_decay"] and (isinstance(decay, Tensor) or decay != 0):
        return "param = param * (1 - lr * weight_decay)\n" + text
    return decayed(group, text)


def _check(lr: Any, betas: Any, eps: float, weight_decay: float, foreach: bool | None, capturable: bool) -> None:
    """ValueError for what PyTorch's Adam refuses."""
    eager_foreach = foreach and not capturable
    if isinstance(lr, Tensor) and eager_foreach:
        raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
    check_rate(lr)
    check_positive("epsilon value", eps)
    check_betas(betas)
    check_positive("weight_decay value", weight_decay)
    kinds = [isinstance(beta, Tensor) for beta in betas]
    if kinds[0] != kinds[1] or not (kinds[0] or all(isinstance(beta, float) for beta in betas)):
        raise ValueError("betas must be either both floats or both Tensors")
    for i in range(2):
        if kinds[i] and eager_foreach:
            raise ValueError(f"betas[{i}] as a Tensor is not supported for capturable=False and foreach=True")
        if kinds[i] and betas[i].numel() != 1:
            raise ValueError(f"Tensor betas[{i}] must be 1-element")


def adam(
    params: list[Tensor],
    grads: list[Tensor],
    exp_avgs: list[Tensor],
    exp_avg_sqs: list[Tensor],
    max_exp_avg_sqs: list[Tensor],
    state_steps: list[Tensor],
    foreach: bool | None = None,
    capturable: bool = False,
    differentiable: bool = False,
    fused: bool | None = None,
    grad_scale: Tensor | None = None,
    found_inf: Tensor | None = None,
    has_complex: bool = False,
    decoupled_weight_decay: bool = False,
    *,
    amsgrad: bool,
    beta1: float | Tensor,
    beta2: float | Tensor,
    lr: float | Tensor,
    weight_decay: float,
    eps: float,
    maximize: bool,
) -> None:
    """A step of `Adam` over lists: parameters and what is kept of them are changed in place. See torch.optim.adam.adam.

    The formula is the class's, and all tensors of one dtype and age are one fused update, whatever ``foreach`` and its like say.
    """
    kept = {"exp_avg": exp_avgs, "exp_avg_sq": exp_avg_sqs, "max_exp_avg_sq": max_exp_avg_sqs, "step": state_steps}
    group = {
        "amsgrad": amsgrad,
        "beta1": beta1,
        "beta2": beta2,
        "lr": lr,
        "weight_decay": weight_decay,
        "eps": eps,
        "maximize": maximize,
        "differentiable": differentiable,
        "decoupled_weight_decay": decoupled_weight_decay,
    }
    Adam._over_lists(params, grads, kept, group, (grad_scale, found_inf))


_single_tensor_adam, _multi_tensor_adam, _fused_adam = forms(adam)
