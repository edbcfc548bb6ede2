"""RMSprop. See torch.optim.RMSprop."""

from __future__ import annotations

from typing import Any, ClassVar

from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .checks import check_positive, check_rate
from .elementwise import Elementwise, decayed
from .forms import forms
from .optimizer import Group

__all__ = ["RMSprop", "rmsprop"]


class RMSprop(Elementwise):
    """Divides the gradient by the root of a running mean of its square, of decay ``alpha`` (Hinton's lecture 6e), of its
    variance with ``centered`` (Graves, 2013). ``momentum`` sums such steps; ``weight_decay`` adds ``weight_decay * p``.

    The whole step of a group is one fused update, whatever ``foreach`` and ``capturable`` say; ``differentiable`` records
    it. ValueError for options out of range.
    """

    _later: ClassVar = {"momentum": 0, "centered": False}
    _listed = "square_avg momentum_buffer grad_avg step"

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        check_positive("epsilon value", eps)
        check_positive("momentum value", momentum)
        check_positive("weight_decay value", weight_decay)
        check_positive("alpha value", alpha)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _begin(self, group: Group, param: Tensor, state: dict[str, Any]) -> None:
        if not state:
            state["step"] = 0.0
            state["square_avg"] = zeros_like(param)
            if group["momentum"] > 0:
                state["momentum_buffer"] = zeros_like(param)
            if group["centered"]:
                state["grad_avg"] = zeros_like(param)

    def _formula(self, group: Group, stage: Any) -> tuple[str, str]:
        lines = ["step = step + 1", "square_avg = square_avg * alpha + (1 - alpha) * grad * grad"]
        names, variance = ["square_avg"], "square_avg"
        if group["centered"]:
            names.append("grad_avg")
            lines.append("grad_avg = lerp(grad_avg, grad, 1 - alpha)")
            variance = "square_avg - grad_avg * grad_avg"
        lines.append(f"avg = sqrt({variance}) + eps")
        if group["momentum"] > 0:
            names.append("momentum_buffer")
            lines.append("momentum_buffer = momentum * momentum_buffer + grad / avg")
            lines.append("param = param - lr * momentum_buffer")
        else:
            lines.append("param = param - lr * grad / avg")
        return decayed(group, "\n".join(lines)), " ".join(names)


def rmsprop(
    params: list[Tensor],
    grads: list[Tensor],
    square_avgs: list[Tensor],
    grad_avgs: list[Tensor],
    momentum_buffer_list: list[Tensor],
    state_steps: list[Tensor],
    foreach: bool | None = None,
    maximize: bool = False,
    differentiable: bool = False,
    capturable: bool = False,
    has_complex: bool = False,
    *,
    lr: float,
    alpha: float,
    eps: float,
    weight_decay: float,
    momentum: float,
    centered: bool,
) -> None:
    """A step of `RMSprop` over lists: parameters and what is kept of them are changed in place. See torch.optim.rmsprop.rmsprop.

    The formula is the class's, and all tensors of one dtype and age are one fused update, whatever ``foreach`` and its like say.
    """
    kept = {
        "square_avg": square_avgs,
        "grad_avg": grad_avgs,
        "momentum_buffer": momentum_buffer_list,
        "step": state_steps,
    }
    group = {
        "lr": lr,
        "alpha": alpha,
        "eps": eps,
        "weight_decay": weight_decay,
        "momentum": momentum,
        "centered": centered,
        "maximize": maximize,
        "differentiable": differentiable,
    }
    RMSprop._over_lists(params, grads, kept, group)


_single_tensor_rmsprop, _multi_tensor_rmsprop, _ = forms(rmsprop)
