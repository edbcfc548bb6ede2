"""NAdam. See torch.optim.NAdam."""

from __future__ import annotations

from typing import Any, ClassVar

from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .adam import shrunk_or_decayed
from .checks import check_betas, check_positive, check_rate
from .elementwise import Elementwise
from .forms import forms
from .optimizer import Group

__all__ = ["NAdam", "nadam"]


class NAdam(Elementwise):
    """`Adam` with Nesterov's momentum (Dozat, 2016): the step is taken along the present gradient and the mean that the
    next step will have, with weights that grow as ``beta1 * (1 - 0.96 ** (t * momentum_decay) / 2)``.

    ``weight_decay`` adds ``weight_decay * p`` to the gradient, or shrinks p itself with ``decoupled_weight_decay``. The
    whole step of a group is one fused update, whatever ``foreach`` and ``capturable`` say; ``differentiable`` records it.
    ValueError for options out of range.
    """

    _counts = ("step", "mu_product")
    _later: ClassVar = {"decoupled_weight_decay": False}
    _listed = "exp_avg exp_avg_sq mu_product step"

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        check_positive("epsilon value", eps)
        check_betas(betas)
        check_positive("weight_decay value", weight_decay)
        check_positive("momentum_decay value", momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _begin(self, group: Group, param: Tensor, state: dict[str, Any]) -> None:
        if not state:
            state["step"] = 0.0
            state["mu_product"] = 1.0
            state["exp_avg"] = zeros_like(param)
            state["exp_avg_sq"] = zeros_like(param)

    def _formula(self, group: Group, stage: Any) -> tuple[str, str]:
        update = """
            step = step + 1
            mu = beta1 * (1 - 0.5 * 0.96 ** (step * momentum_decay))
            mu_next = beta1 * (1 - 0.5 * 0.96 ** ((step + 1) * momentum_decay))
            mu_product = mu_product * mu
            exp_avg = lerp(exp_avg, grad, 1 - beta1)
            exp_avg_sq = exp_avg_sq * beta2 + (1 - beta2) * grad * grad
            denom = sqrt(exp_avg_sq / (1 - beta2 ** step)) + eps
            param = param - lr * (1 - mu) / (1 - mu_product) * grad / denom
            param = param - lr * mu_next / (1 - mu_product * mu_next) * exp_avg / denom
        """
        return shrunk_or_decayed(group, update), "exp_avg exp_avg_sq"


def nadam(
    params: list[Tensor],
    grads: list[Tensor],
    exp_avgs: list[Tensor],
    exp_avg_sqs: list[Tensor],
    mu_products: list[Tensor],
    state_steps: list[Tensor],
    decoupled_weight_decay: bool = False,
    foreach: bool | None = None,
    capturable: bool = False,
    differentiable: bool = False,
    has_complex: bool = False,
    maximize: bool = False,
    *,
    beta1: float,
    beta2: float,
    lr: float,
    weight_decay: float,
    momentum_decay: float,
    eps: float,
) -> None:
    """A step of `NAdam` over lists: parameters and what is kept of them are changed in place. See torch.optim.nadam.nadam.

    The formula is the class's, and all tensors of one dtype and age are one fused update, whatever ``foreach`` and its like say.
    """
    kept = {"exp_avg": exp_avgs, "exp_avg_sq": exp_avg_sqs, "mu_product": mu_products, "step": state_steps}
    group = {
        "beta1": beta1,
        "beta2": beta2,
        "lr": lr,
        "weight_decay": weight_decay,
        "momentum_decay": momentum_decay,
        "eps": eps,
        "maximize": maximize,
        "differentiable": differentiable,
        "decoupled_weight_decay": decoupled_weight_decay,
    }
    NAdam._over_lists(params, grads, kept, group)


_single_tensor_nadam, _multi_tensor_nadam, _ = forms(nadam)
