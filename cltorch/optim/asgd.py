"""Averaged stochastic gradient descent. See torch.optim.ASGD."""

from __future__ import annotations

from typing import Any

from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .checks import check_positive, check_rate
from .elementwise import Elementwise, decayed
from .forms import forms
from .optimizer import Group
from .outside import _get_value

__all__ = ["ASGD", "asgd"]


class ASGD(Elementwise):
    """Gradient descent whose state ``ax`` is the average of the parameters from step ``t0`` on (Polyak and Juditsky, 1992);
    parameters decay by ``lambd`` and the rate falls as ``lr / (1 + lambd * lr * t) ** alpha``.

    The whole step of a group is one fused update, whatever ``foreach`` and ``capturable`` say; ``differentiable`` records
    it. ValueError for options out of range.
    """

    _counts = ("step", "eta", "mu")
    _listed = "mu ax eta step"

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_rate(lr)
        check_positive("weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
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
            state["eta"] = float(_get_value(group["lr"]))
            state["mu"] = 1.0
            state["ax"] = zeros_like(param)

    def _formula(self, group: Group, stage: Any) -> tuple[str, str]:
        update = """
            step = step + 1
            param = param * (1 - lambd * eta) - eta * grad
            ax = where(mu == 1, param, ax + (param - ax) * mu)
            eta = lr / (1 + lambd * lr * step) ** alpha
            mu = 1 / maximum(1, step - t0)
        """
        return decayed(group, update), "ax"


def asgd(
    params: list[Tensor],
    grads: list[Tensor],
    axs: list[Tensor],
    mus: list[Tensor],
    etas: list[Tensor],
    state_steps: list[Tensor],
    foreach: bool | None = None,
    maximize: bool = False,
    differentiable: bool = False,
    capturable: bool = False,
    has_complex: bool = False,
    *,
    lambd: float,
    lr: float,
    t0: float,
    alpha: float,
    weight_decay: float,
) -> None:
    """A step of `ASGD` over lists: parameters and what is kept of them are changed in place. See torch.optim.asgd.asgd.

    The formula is the class's, and all tensors of one dtype and age are one fused update, whatever ``foreach`` and its like say.
    """
    kept = {"ax": axs, "mu": mus, "eta": etas, "step": state_steps}
    group = {
        "lambd": lambd,
        "lr": lr,
        "t0": t0,
        "alpha": alpha,
        "weight_decay": weight_decay,
        "maximize": maximize,
        "differentiable": differentiable,
    }
    ASGD._over_lists(params, grads, kept, group)


_single_tensor_asgd, _multi_tensor_asgd, _ = forms(asgd)
