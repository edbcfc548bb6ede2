"""Adadelta. See torch.optim.Adadelta."""

from __future__ import annotations

from typing import Any

from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .checks import check_positive, check_rate
from .elementwise import Elementwise, decayed
from .forms import forms
from .optimizer import Group

__all__ = ["Adadelta", "adadelta"]


class Adadelta(Elementwise):
    """Steps by the gradient times the ratio of two roots: of a running mean of squared steps and of one of squared
    gradients, both of decay ``rho`` (Zeiler, 2012). ``weight_decay`` adds ``weight_decay * p`` to the gradient.

    The whole step of a group is one fused update, whatever ``foreach`` and ``capturable`` say; ``differentiable`` records
    it. ValueError for options out of range.
    """

    _listed = "square_avg acc_delta step"

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_positive("epsilon value", eps)
        check_positive("weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _begin(self, group: Group, param: Tensor, state: dict[str, Any]) -> None:
        if not state:
            state["step"] = 0.0
            state["square_avg"] = zeros_like(param)
            state["acc_delta"] = zeros_like(param)

    def _formula(self, group: Group, stage: Any) -> tuple[str, str]:
        update = """
            step = step + 1
            square_avg = square_avg * rho + (1 - rho) * grad * grad
            delta = sqrt(acc_delta + eps) / sqrt(square_avg + eps) * grad
            acc_delta = acc_delta * rho + (1 - rho) * delta * delta
            param = param - lr * delta
        """
        return decayed(group, update), "square_avg acc_delta"


def adadelta(
    params: list[Tensor],
    grads: list[Tensor],
    square_avgs: list[Tensor],
    acc_deltas: list[Tensor],
    state_steps: list[Tensor],
    capturable: bool = False,
    foreach: bool | None = None,
    differentiable: bool = False,
    has_complex: bool = False,
    *,
    lr: float,
    rho: float,
    eps: float,
    weight_decay: float,
    maximize: bool,
) -> None:
    """A step of `Adadelta` over lists: parameters and what is kept of them are changed in place. See torch.optim.adadelta.adadelta.

    The formula is the class's, and all tensors of one dtype and age are one fused update, whatever ``foreach`` and its like say.
    """
    kept = {"square_avg": square_avgs, "acc_delta": acc_deltas, "step": state_steps}
    group = {
        "lr": lr,
        "rho": rho,
        "eps": eps,
        "weight_decay": weight_decay,
        "maximize": maximize,
        "differentiable": differentiable,
    }
    Adadelta._over_lists(params, grads, kept, group)


_single_tensor_adadelta, _multi_tensor_adadelta, _ = forms(adadelta)
