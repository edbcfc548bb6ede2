"""Stochastic gradient descent. See torch.optim.SGD."""

from __future__ import annotations

from typing import Any, ClassVar

from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .checks import check_positive, check_rate
from .elementwise import Batch, Elementwise, decayed
from .forms import forms
from .optimizer import Group

__all__ = ["SGD", "sgd"]


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
        if group["momentum"] == 0:
            return False
        kept = state.get("momentum_buffer")
        if kept is None:
            state["momentum_buffer"] = zeros_like(param)
        elif kept.is_sparse:  # PyTorch's, of gradients that were sparse
            state["momentum_buffer"] = kept.to_dense()
        return kept is None

    def _init_group(self, group: Group, params: list[Any], grads: list[Any], *lists: list[Any]) -> bool:
        """As `Elementwise._init_group`, but a buffer that is not there before a first step is None in its list; gives whether a gradient
        is sparse."""
        (buffers,) = lists
        for param, grad, state in self._given(group):
            params.append(param)
            grads.append(grad)
            if group["momentum"] != 0:
                buffers.append(state.get("momentum_buffer"))
        return any(grad.is_sparse for grad in grads)

    def _check_sparse(self, group: Group) -> None:
        if group.get("fused"):
            raise RuntimeError("`_fused_sgd` does not support sparse gradients")
        if group["weight_decay"] != 0:
            raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")

    def _update(self, group: Group, batch: Batch) -> None:
        if group["momentum"] != 0 and batch.grads[0].is_sparse:  # what has no gradient moves on
            batch = batch._replace(grads=[grad.to_dense() for grad in batch.grads])
        super()._update(group, batch)

    def _formula(self, group: Group, stage: Any) -> tuple[str, str]:
        lines, first = [], stage
        if group["momentum"] != 0:
            decayed_sum = "momentum * momentum_buffer + (1 - dampening) * grad"
            lines.append(f"momentum_buffer = {'detach(grad)' if first else decayed_sum}")
            lines.append(f"grad = {'grad + momentum * ' if group['nesterov'] else ''}momentum_buffer")
        lines.append("param = param - lr * grad")
        return decayed(group, "\n".join(lines)), "momentum_buffer" if group["momentum"] != 0 else ""


def sgd(
    params: list[Tensor],
    d_p_list: list[Tensor],
    momentum_buffer_list: list[Tensor | None],
    has_sparse_grad: bool = False,
    foreach: bool | None = None,
    fused: bool | None = None,
    grad_scale: Tensor | None = None,
    found_inf: Tensor | None = None,
    *,
    weight_decay: float,
    momentum: float,
    lr: float,
    dampening: float,
    nesterov: bool,
    maximize: bool,
) -> None:
    """A step of `SGD` over lists: parameters and what is kept of them are changed in place. See torch.optim.sgd.sgd.

    The formula is the class's, and all tensors of one dtype and age are one fused update, whatever ``foreach`` and its like say.
    """
    kept = {"momentum_buffer": momentum_buffer_list}
    group = {
        "weight_decay": weight_decay,
        "momentum": momentum,
        "lr": lr,
        "dampening": dampening,
        "nesterov": nesterov,
        "maximize": maximize,
        "fused": fused,
        "differentiable": False,
    }
    SGD._over_lists(params, d_p_list, kept, group, (grad_scale, found_inf))


_single_tensor_sgd, _multi_tensor_sgd, _fused_sgd = forms(sgd)
