"""Adagrad. See torch.optim.Adagrad."""

from __future__ import annotations

from typing import Any

from ..tensor.creation import full_like
from ..tensor.tensor import Tensor
from .checks import check_positive, check_rate
from .elementwise import Elementwise, decayed, twice
from .optimizer import Group

__all__ = ["Adagrad"]


class Adagrad(Elementwise):
    """Divides the gradient by the root of the sum of all its squares so far (Duchi and others, 2011):
    ``p -= lr / (1 + (t - 1) * lr_decay) * g / (sqrt(sum) + eps)``; the sum starts at ``initial_accumulator_value``.

    The whole step of a group is one fused update, whatever ``foreach`` and ``fused`` say; ``differentiable`` records it.
    ValueError for options out of range.
    """

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_rate(lr)
        check_positive("lr_decay value", lr_decay)
        check_positive("weight_decay value", weight_decay)
        check_positive("initial_accumulator_value value", initial_accumulator_value)
        check_positive("epsilon value", eps)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for param in group["params"]:
                self._begin(group, param, self.state[param])

    def share_memory(self) -> None:
        """Move the sums into memory that other processes see; see `Tensor.share_memory_`."""
        for group in self.param_groups:
            for param in group["params"]:
                self.state[param]["sum"].share_memory_()

    def _begin(self, group: Group, param: Tensor, state: dict[str, Any]) -> None:
        if not state:
            state["step"] = 0.0
            state["sum"] = full_like(param, twice(param, group["initial_accumulator_value"]))

    def _formula(self, group: Group, stage: Any) -> tuple[str, str]:
        update = """
            step = step + 1
            sum = sum + grad * grad
            param = param - lr / (1 + (step - 1) * lr_decay) * grad / (sqrt(sum) + eps)
        """
        return decayed(group, update), "sum"
