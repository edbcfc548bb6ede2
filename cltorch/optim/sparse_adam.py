"""Adam for sparse gradients. See torch.optim.SparseAdam."""

from __future__ import annotations

import math
from typing import Any

from .. import dtypes
from ..autograd.modes import no_grad
from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .checks import check_betas, check_rate
from .optimizer import Closure, Optimizer
from .outside import _get_value

__all__ = ["SparseAdam"]


class SparseAdam(Optimizer):
    """`Adam` for gradients that are sparse, as those of ``nn.Embedding(..., sparse=True)``: what has no gradient keeps its means
    and is not moved (so the means do not decay there).

    ValueError for options out of range and for sparse or complex parameters; RuntimeError at a step with a dense gradient.
    """

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        check_rate(lr)
        for what, value in (("learning rate", lr), ("epsilon value", eps)):
            if not value > 0.0:
                raise ValueError(f"Invalid {what}: {value}")
        check_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        self._refuse("Sparse", "requires dense parameter tensors", lambda p: p.is_sparse)
        self._refuse("Complex", "does not support complex parameters", lambda p: p.is_complex())

    def _refuse(self, kind: str, text: str, is_one: Any) -> None:
        """ValueError where a parameter is of a kind, with the places of all that are."""
        found = [[i, j] for i, g in enumerate(self.param_groups) for j, p in enumerate(g["params"]) if is_one(p)]
        if found:
            raise ValueError(f"{kind} params at indices {found}: SparseAdam {text}")

    @no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Move the elements that have a gradient; ``closure`` computes the loss again and is called first."""
        loss = self._evaluate(closure)
        for group in self.param_groups:
            given = [p for p in group["params"] if p.grad is not None]
            if any(not p.grad.is_sparse for p in given):
                raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
            states = [self._begin(p) for p in given]
            beta1, beta2 = group["betas"]
            sparse_adam(
                given,
                [p.grad for p in given],
                [state["exp_avg"] for state in states],
                [state["exp_avg_sq"] for state in states],
                [state["step"] for state in states],
                eps=group["eps"],
                beta1=beta1,
                beta2=beta2,
                lr=_get_value(group["lr"]),
                maximize=group["maximize"],
            )
        return loss

    def _begin(self, p: Tensor) -> dict[str, Any]:
        """What is kept of a parameter, its count of steps one higher."""
        state = self.state[p]
        if not state:
            state |= {"step": 0, "exp_avg": zeros_like(p), "exp_avg_sq": zeros_like(p)}
        state["step"] += 1
        return state


def sparse_adam(
    params: list[Tensor],
    grads: list[Tensor],
    exp_avgs: list[Tensor],
    exp_avg_sqs: list[Tensor],
    state_steps: list[int],
    *,
    eps: float,
    beta1: float,
    beta2: float,
    lr: float,
    maximize: bool,
) -> None:
    """A step of `SparseAdam` over lists, where each gradient has elements: Adam's formula on these. ``state_steps`` count this
    step already. See torch.optim._functional.sparse_adam."""
    for p, grad, *means, step in zip(params, grads, exp_avgs, exp_avg_sqs, state_steps, strict=True):
        given: Any = grad.coalesce()
        values, places = given._values(), tuple(given._indices().unbind())
        if not values.numel():
            continue
        param, *means = (t if places else t.view(1) for t in (p, *means))
        places = places or (param.new_zeros(1, dtype=dtypes.int64),)  # a number has its element at no place
        values = -values if maximize else values
        moved = []
        for kept, beta, new in zip(means, (beta1, beta2), (values, values * values), strict=True):
            old = kept[places]
            moved.append(old + (new - old) * (1 - beta))
            kept.index_put_(places, moved[-1])
        mean, square = moved
        rate = lr * math.sqrt(1 - beta2**step) / (1 - beta1**step)
        param.index_put_(places, param[places] - rate * mean / (square.sqrt() + eps))
