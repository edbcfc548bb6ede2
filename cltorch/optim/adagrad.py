"""Adagrad. See torch.optim.Adagrad."""

from __future__ import annotations

from typing import Any

from ..tensor.creation import full_like
from ..tensor.tensor import Tensor
from .checks import check_positive, check_rate
from .elementwise import Elementwise, decayed, twice
from .forms import forms
from .optimizer import Group
from .state import State

__all__ = ["Adagrad", "adagrad"]


class Adagrad(Elementwise):
    """Divides the gradient by the root of the sum of all its squares so far (Duchi and others, 2011):
    ``p -= lr / (1 + (t - 1) * lr_decay) * g / (sqrt(sum) + eps)``; the sum starts at ``initial_accumulator_value``.

    The whole step of a group is one fused update, whatever ``foreach`` and ``fused`` say; ``differentiable`` records it.
    ValueError for options out of range.
    """

    _listed = "sum step"

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
                self.state[param] = State(self._counts, {})
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

    def _init_group(self, group: Group, params: list[Any], grads: list[Any], *lists: list[Any]) -> tuple[bool, bool]:
        """As `Elementwise._init_group`; gives whether a gradient is sparse, too."""
        has_complex = super()._init_group(group, params, grads, *lists)
        return any(grad.is_sparse for grad in grads), has_complex

    def _check_sparse(self, group: Group) -> None:
        if group.get("fused"):
            raise RuntimeError("`fused` does not support sparse grad or complex param")
        if group["weight_decay"] != 0:
            raise RuntimeError("weight_decay option is not compatible with sparse gradients")

    def _formula(self, group: Group, stage: Any) -> tuple[str, str]:
        update = """
            step = step + 1
            sum = sum + grad * grad
            param = param - lr / (1 + (step - 1) * lr_decay) * grad / (sqrt(sum) + eps)
        """
        return decayed(group, update), "sum"


def adagrad(
    params: list[Tensor],
    grads: list[Tensor],
    state_sums: list[Tensor],
    state_steps: list[Tensor],
    fused: bool | None = None,
    grad_scale: Tensor | None = None,
    found_inf: Tensor | None = None,
    has_sparse_grad: bool = False,
    foreach: bool | None = None,
    differentiable: bool = False,
    has_complex: bool = False,
    *,
    lr: float,
    weight_decay: float,
    lr_decay: float,
    eps: float,
    maximize: bool,
) -> None:
    """A step of `Adagrad` over lists: parameters and what is kept of them are changed in place. See torch.optim.adagrad.adagrad.

    The formula is the class's, and all tensors of one dtype and age are one fused update, whatever ``foreach`` and its like say.
    """
    kept = {"sum": state_sums, "step": state_steps}
    group = {
        "lr": lr,
        "weight_decay": weight_decay,
        "lr_decay": lr_decay,
        "eps": eps,
        "maximize": maximize,
        "differentiable": differentiable,
        "fused": fused,
    }
    Adagrad._over_lists(params, grads, kept, group, (grad_scale, found_inf))


_single_tensor_adagrad, _multi_tensor_adagrad, _fused_adagrad = forms(adagrad)
