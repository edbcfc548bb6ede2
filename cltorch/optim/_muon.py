"""Muon. See torch.optim.Muon."""

from __future__ import annotations

import math
from typing import Any

from ..autograd.modes import no_grad
from ..ops.foreach import formula
from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .checks import check_rate
from .forms import forms
from .optimizer import Closure, Group, Optimizer
from .stacks import MOVE, SHRINK, Stack, alike, norms

__all__ = ["Muon", "muon"]

EPS = 1e-7
WASTE = (
    1.2  # of a stack: products of matrices grow faster than their elements (60 of different shapes: 69 ms, 85 with 1.5)
)
MOMENTUM = formula("buffer = lerp(buffer, grad, weight)", lists="buffer grad")
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of Newton and Schulz's iteration, chosen for steepness at 0 (Jordan, 2024)


class Muon(Optimizer):
    """Steps along the momentum of a matrix made orthogonal by ``ns_steps`` iterations of Newton and Schulz in bfloat16
    (Jordan and others, 2024). ``adjust_lr_fn`` scales the rate by the matrix's shape: ``"original"`` or None by
    ``sqrt(max(1, rows / columns))``, ``"match_rms_adamw"`` by ``0.2 * sqrt(max(rows, columns))``.

    Parameters have two dimensions; others are for another optimizer. ValueError for those, and for options out of range.
    """

    __module__ = "cltorch.optim"

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = COEFFICIENTS,
        eps: float = EPS,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_rate(lr, "Learning rate should be >= 0 but is: {}")
        if not momentum >= 0.0:
            raise ValueError(f"momentum should be >= 0 but is: {momentum}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight decay should be >= 0 but is: {weight_decay}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for param in group["params"]:
                if param.dim() != 2:
                    raise ValueError(
                        f"Muon only supports 2D parameters whereas we found a parameter with size: {param.size()}"
                    )

    @no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Update all parameters that have a gradient. Gives the closure's loss, None without a closure."""
        loss = self._evaluate(closure)
        for group in self.param_groups:
            lists: tuple[list[Any], ...] = [], [], []
            self._init_group(group, *lists)
            _step(group, *lists)
        return loss

    def _init_group(
        self, group: Group, params_with_grad: list[Any], grads: list[Any], muon_momentum_bufs: list[Any]
    ) -> bool:
        """Put parameters that have a gradient, these and their momenta into lists: optimizers that are written elsewhere call it."""
        params = [param for param in group["params"] if param.grad is not None]
        params_with_grad += params
        grads += [param.grad for param in params]
        muon_momentum_bufs += [self._buffer(param, grad) for param, grad in zip(params_with_grad, grads, strict=True)]
        return False

    def _buffer(self, param: Tensor, grad: Tensor) -> Tensor:
        """The momentum of a parameter, made before its first step."""
        if grad.is_sparse:
            raise RuntimeError("Muon does not support sparse gradients")
        if param.is_complex():
            raise RuntimeError("Muon does not support complex parameters")
        state = self.state[param]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = zeros_like(grad)
        return state["momentum_buffer"]


def muon(
    params: list[Tensor],
    grads: list[Tensor],
    muon_momentum_bufs: list[Tensor],
    *,
    foreach: bool | None = None,
    lr: float,
    weight_decay: float,
    momentum: float,
    nesterov: bool,
    ns_coefficients: tuple[float, float, float],
    ns_steps: int,
    eps: float,
    adjust_lr_fn: str | None,
    has_complex: bool,
) -> None:
    """A step of `Muon` over lists: parameters and their momenta are changed in place. See torch.optim._muon.muon.

    RuntimeError with ``foreach``, ValueError for complex numbers, as there.
    """
    if foreach:
        raise RuntimeError("Foreach is not supported for Muon yet")
    if has_complex:
        raise ValueError("Complex parameters are not supported")
    group = {
        "lr": lr,
        "weight_decay": weight_decay,
        "momentum": momentum,
        "nesterov": nesterov,
        "ns_coefficients": ns_coefficients,
        "ns_steps": ns_steps,
        "eps": eps,
        "adjust_lr_fn": adjust_lr_fn,
    }
    _step(group, params, grads, muon_momentum_bufs)


def _step(group: Group, params: list[Tensor], grads: list[Tensor], buffers: list[Tensor]) -> None:
    """Update matrices, those of like sizes together."""
    if any(grad.dim() != 2 for grad in grads):
        raise ValueError("Param gradient must be a 2D matrix")
    keys = [_key(param, grad) for param, grad in zip(params, grads, strict=True)]
    for places in alike(params, keys, WASTE):
        each = [[tensors[place] for place in places] for tensors in (params, grads, buffers)]
        _update(group, *each)


def _update(group: Group, params: list[Tensor], grads: list[Tensor], buffers: list[Tensor]) -> None:
    """Update matrices of like sizes, whose iterations are products of a batch."""
    MOMENTUM([buffers, grads], {"weight": 1.0 - group["momentum"]})
    stack = Stack([param._cl_meta.shape for param in params])
    direction = stack.packed(buffers)
    if group["nesterov"]:
        direction = stack.packed(grads).lerp(direction, group["momentum"])
    tall = stack.shapes[0][0] > stack.shapes[0][1]
    x = direction.squeeze(1).mT if tall else direction.squeeze(1)
    x = _orthogonal(x, group["ns_coefficients"], group["ns_steps"], group["eps"])
    lr = group["lr"].reshape(()) if isinstance(group["lr"], Tensor) else group["lr"]
    factors = stack.each([_factor(group["adjust_lr_fn"], *shape) for shape in stack.shapes], x)
    changes = stack.unpacked((x.mT if tall else x).unsqueeze(1) * (lr * factors))
    SHRINK([params], {"kept": 1 - lr * group["weight_decay"]})
    MOVE([params, changes], {})


def _key(param: Tensor, grad: Any) -> Any:
    """What matrices of one stack have in common; tall ones are worked on as wide ones."""
    rows, columns = param._cl_meta.shape
    return rows > columns, param._cl_meta.dtype, grad._cl_meta.dtype, param._cl_meta.device


def _factor(kind: str | None, rows: int, columns: int) -> float:
    """What the learning rate is multiplied by for a matrix of this shape."""
    if kind == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns))
    return math.sqrt(max(1, rows / columns))


def _orthogonal(matrix: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> Tensor:
    """Of a batch (k, rows, columns), no more rows than columns, about the nearest matrices whose singular values are 1: ``x = a x + (b (x x') + c (x x')^2) x``, in bfloat16."""
    if steps >= 100:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")
    a, b, c = coefficients
    x = _rounded(matrix)
    x = _rounded(x / _rounded(norms(x)).reshape(-1, 1, 1).clamp(min=eps))
    for _ in range(steps):
        gram = _rounded(x @ x.mT)
        x = _rounded(a * x + _rounded(b * gram + c * (gram @ gram)) @ x)
    return x


def _rounded(x: Tensor) -> Tensor:
    """Numbers of bfloat16 in float32: products and their sums with something else are rounded once, as PyTorch does."""
    return x.bfloat16().float()


_single_tensor_muon = forms(muon)[0]
