"""Resilient backpropagation. See torch.optim.Rprop."""

from __future__ import annotations

from typing import Any

from ..tensor.creation import full_like, zeros_like
from ..tensor.tensor import Tensor
from .checks import check_rate
from .elementwise import Elementwise, twice
from .forms import forms
from .optimizer import Group
from .outside import _get_value

__all__ = ["Rprop", "rprop"]


class Rprop(Elementwise):
    """Steps by the sign of the gradient; an element's step grows by ``etas[1]`` while its gradient keeps its sign and
    shrinks by ``etas[0]`` when that turns, within ``step_sizes`` (Riedmiller and Braun, 1993).

    The whole step of a group is one fused update, whatever ``foreach`` and ``capturable`` say; ``differentiable`` records
    it. ValueError for options out of range.
    """

    _listed = "prev step_size step"

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _begin(self, group: Group, param: Tensor, state: dict[str, Any]) -> None:
        if not state:
            state["step"] = 0.0
            state["prev"] = zeros_like(param)
            state["step_size"] = full_like(param, twice(param, _get_value(group["lr"])))

    def _numbers(self, group: Group) -> dict[str, Any]:
        (shrink, grow), (smallest, largest) = group["etas"], group["step_sizes"]
        return {"shrink": shrink, "grow": grow, "smallest": smallest, "largest": largest}

    def _formula(self, group: Group, stage: Any) -> tuple[str, str]:
        update = """
            step = step + 1
            turn = sign(grad * prev)
            step_size = clamp(step_size * where(turn > 0, grow, where(turn < 0, shrink, 1)), smallest, largest)
            grad = where(turn < 0, 0, grad)
            param = param - sign(grad) * step_size
            prev = grad
        """
        return update, "prev step_size"


def rprop(
    params: list[Tensor],
    grads: list[Tensor],
    prevs: list[Tensor],
    step_sizes: list[Tensor],
    state_steps: list[Tensor],
    foreach: bool | None = None,
    capturable: bool = False,
    maximize: bool = False,
    differentiable: bool = False,
    has_complex: bool = False,
    *,
    step_size_min: float,
    step_size_max: float,
    etaminus: float,
    etaplus: float,
) -> None:
    """A step of `Rprop` over lists: parameters and what is kept of them are changed in place. See torch.optim.rprop.rprop.

    The formula is the class's, and all tensors of one dtype and age are one fused update, whatever ``foreach`` and its like say.
    """
    kept = {"prev": prevs, "step_size": step_sizes, "step": state_steps}
    group = {
        "maximize": maximize,
        "differentiable": differentiable,
        "etas": (etaminus, etaplus),
        "step_sizes": (step_size_min, step_size_max),
    }
    Rprop._over_lists(params, grads, kept, group)


_single_tensor_rprop, _multi_tensor_rprop, _ = forms(rprop)
