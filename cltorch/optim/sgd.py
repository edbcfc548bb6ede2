"""Stochastic gradient descent. See torch.optim.SGD."""

from __future__ import annotations

from typing import Any, ClassVar

from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .checks import check_positive, check_rate
from .elementwise import Elementwise, decayed
from .optimizer import Group

__all__ = ["SGD"]


class SGD(Elementwise):
    """``p -= lr * g``; with ``momentum``, g becomes ``b = momentum * b + (1 - dampening) * g`` (``b = g`` in a
    parameter's first step), and with ``nesterov`` ``g + momentum * b``. ``weight_decay`` adds ``weight_decay * p`` to
    the gradient, ``maximize`` climbs.

    The whole step of a group is one fused update, whatever ``foreach`` and ``fused`` say; ``differentiable`` records it.
    """

    _counts = ()
    _later: ClassVar = {"nesterov": False}

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_rate(lr)
        check_positive("momentum value", momentum)
        check_positive("weight_decay value", weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def _begin(self, group: Group, param: Tensor, state: dict[str, Any]) -> bool:
        if group["momentum"] == 0 or state.get("momentum_buffer") is not None:
            return False
        state["momentum_buffer"] = zeros_like(param)
        return True

    def _formula(self, group: Group, stage: Any) -> tuple[str, str]:
        lines, first = [], stage
        if group["momentum"] != 0:
            decayed_sum = "momentum * momentum_buffer + (1 - dampening) * grad"
            lines.append(f"momentum_buffer = {'detach(grad)' if first else decayed_sum}")
            lines.append(f"grad = {'grad + momentum * ' if group['nesterov'] else ''}momentum_buffer")
        lines.append("param = param - lr * grad")
        return decayed(group, "\n".join(lines)), "momentum_buffer" if group["momentum"] != 0 else ""
