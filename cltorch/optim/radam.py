"""RAdam. See torch.optim.RAdam."""

from __future__ import annotations

from typing import Any, ClassVar

from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .adam import shrunk_or_decayed
from .checks import check_betas, check_positive, check_rate
from .elementwise import Elementwise
from .forms import forms
from .optimizer import Group

__all__ = ["RAdam", "radam"]


class RAdam(Elementwise):
    """`Adam` that steps along the mean gradient alone while the mean of squares comes from too few gradients to be trusted
    (``rho <= 5``), and then by a share of Adam's step that grows to 1 (Liu and others, 2020).

    ``weight_decay`` adds ``weight_decay * p`` to the gradient, or shrinks p itself with ``decoupled_weight_decay``. The
    whole step of a group is one fused update, whatever ``foreach`` and ``capturable`` say; ``differentiable`` records it.
    ValueError for options out of range.
    """

    _later: ClassVar = {"decoupled_weight_decay": False}
    _listed = "exp_avg exp_avg_sq step"

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
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
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _begin(self, group: Group, param: Tensor, state: dict[str, Any]) -> None:
        if not state:
            state["step"] = 0.0
            state["exp_avg"] = zeros_like(param)
            state["exp_avg_sq"] = zeros_like(param)

    def _formula(self, group: Group, stage: Any) -> tuple[str, str]:
        update = """
            step = step + 1
            exp_avg = lerp(exp_avg, grad, 1 - beta1)
            exp_avg_sq = exp_avg_sq * beta2 + (1 - beta2) * grad * grad
            correction = 1 - beta2 ** step
            longest = 2 / (1 - beta2) - 1
            rho = longest - 2 * step * beta2 ** step / correction
            trusted = rho > 5
            share = (rho - 4) * (rho - 2) * longest / ((longest - 4) * (longest - 2) * where(trusted, rho, 1))
            rate = sqrt(maximum(share, 0)) * sqrt(correction)
            direction = where(trusted, rate / (sqrt(exp_avg_sq) + eps), 1)
            param = param - exp_avg / (1 - beta1 ** step) * lr * direction
        """
        return shrunk_or_decayed(group, update), "exp_avg exp_avg_sq"


def radam(
    params: list[Tensor],
    grads: list[Tensor],
    exp_avgs: list[Tensor],
    exp_avg_sqs: list[Tensor],
    state_steps: list[Tensor],
    decoupled_weight_decay: bool = False,
    foreach: bool | None = None,
    differentiable: bool = False,
    capturable: bool = False,
    has_complex: bool = False,
    maximize: bool = False,
    *,
    beta1: float,
    beta2: float,
    lr: float,
    weight_decay: float,
    eps: float,
) -> None:
    """A step of `RAdam` over lists: parameters and what is kept of them are changed in place. See torch.optim.radam.radam.

    The formula is the class's, and all tensors of one dtype and age are one fused update, whatever ``foreach`` and its like say.
    """
    kept = {"exp_avg": exp_avgs, "exp_avg_sq": exp_avg_sqs, "step": state_steps}
    group = {
        "beta1": beta1,
        "beta2": beta2,
        "lr": lr,
        "weight_decay": weight_decay,
        "eps": eps,
        "maximize": maximize,
        "differentiable": differentiable,
        "decoupled_weight_decay": decoupled_weight_decay,
    }
    RAdam._over_lists(params, grads, kept, group)


_single_tensor_radam, _multi_tensor_radam, _ = forms(radam)
