"""Adamax. See torch.optim.Adamax."""

from __future__ import annotations

from typing import Any

from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .checks import check_betas, check_positive, check_rate
from .elementwise import Elementwise, decayed
from .forms import forms
from .optimizer import Group

__all__ = ["Adamax", "adamax"]


class Adamax(Elementwise):
    """`Adam` with the largest gradient so far, decaying by ``beta2`` a step, in place of the root of mean squares (Kingma
    and Ba, 2015): ``u = max(beta2 * u, |g| + eps)``, ``p -= lr / (1 - beta1 ** t) * m / u``.

    The whole step of a group is one fused update, whatever ``foreach`` and ``capturable`` say; ``differentiable`` records
    it. ValueError for options out of range.
    """

    _listed = "exp_avg exp_inf step"

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
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
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _begin(self, group: Group, param: Tensor, state: dict[str, Any]) -> None:
        if not state:
            state["step"] = 0.0
            state["exp_avg"] = zeros_like(param)
            state["exp_inf"] = zeros_like(param)

    def _formula(self, group: Group, stage: Any) -> tuple[str, str]:
        update = """
            step = step + 1
            exp_avg = lerp(exp_avg, grad, 1 - beta1)
            exp_inf = maximum(exp_inf * beta2, abs(grad) + eps)
            param = param - lr / (1 - beta1 ** step) * exp_avg / exp_inf
        """
        return decayed(group, update), "exp_avg exp_inf"


def adamax(
    params: list[Tensor],
    grads: list[Tensor],
    exp_avgs: list[Tensor],
    exp_infs: list[Tensor],
    state_steps: list[Tensor],
    foreach: bool | None = None,
    maximize: bool = False,
    differentiable: bool = False,
    capturable: bool = False,
    has_complex: bool = False,
    *,
    eps: float,
    beta1: float,
    beta2: float,
    lr: float,
    weight_decay: float,
) -> None:
    """A step of `Adamax` over lists: parameters and what is kept of them are changed in place. See torch.optim.adamax.adamax.

    The formula is the class's, and all tensors of one dtype and age are one fused update, whatever ``foreach`` and its like say.
    """
    kept = {"exp_avg": exp_avgs, "exp_inf": exp_infs, "step": state_steps}
    group = {
        "eps": eps,
        "beta1": beta1,
        "beta2": beta2,
        "lr": lr,
        "weight_decay": weight_decay,
        "maximize": maximize,
        "differentiable": differentiable,
    }
    Adamax._over_lists(params, grads, kept, group)


_single_tensor_adamax, _multi_tensor_adamax, _ = forms(adamax)
