"""Stochastic gradient descent. See torch.optim.SGD."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from ..ops.foreach import Program, program
from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .optimizer import Closure, Group, Optimizer, to_number


class SGD(Optimizer):
    """``p -= lr * g``; with ``momentum``, g becomes ``b = momentum * b + (1 - dampening) * g`` (``b = g`` in a
    parameter's first step), and with ``nesterov`` ``g + momentum * b``. ``weight_decay`` adds ``weight_decay * p`` to
    the gradient.

    The whole step of a group is one fused update over all its tensors of one dtype and device, whatever ``foreach`` and
    ``fused`` say. ``differentiable`` records the step for autograd, tensor by tensor. The raise conditions are
    PyTorch's."""

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
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if to_number(lr) < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if momentum < 0.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if to_number(weight_decay) < 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
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
        if fused:
            if differentiable:
                raise RuntimeError("`fused` does not support `differentiable`")
            if foreach:
                raise RuntimeError("`fused` and `foreach` cannot be `True` together.")

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in _LATER.items():
                group.setdefault(name, value)

    def step(self, closure: Closure | None = None) -> Any:
        """Update all parameters that have a gradient. Gives the closure's loss, None without a closure."""
        loss = self._evaluate(closure)
        for group in self.param_groups:
            if group["differentiable"]:
                self._differentiable(group)
            else:
                for first, lists in self._batches(group):
                    _update(group, first, lists)
        return loss

    def _batches(self, group: Group) -> list[tuple[bool, list[list[Tensor]]]]:
        """Lists (parameters, gradients and, with momentum, buffers) that one program updates, and whether the buffers
        are new."""
        found: dict[Any, list[list[Tensor]]] = {}
        momentum = group["momentum"] != 0
        for param in group["params"]:
            grad = param.grad
            if grad is None:
                continue
            first = False
            entry = [param, grad]
            if momentum:
                state = self.state[param]
                buffer = state.get("momentum_buffer")
                first = buffer is None
                if first:
                    buffer = state["momentum_buffer"] = zeros_like(param)
                entry.append(buffer)
            key = (first, param._meta.dtype, param._meta.device)
            lists = found.get(key)
            if lists is None:
                lists = found[key] = [[] for _ in entry]
            for tensors, one in zip(lists, entry):
                tensors.append(one)
        return [(key[0], lists) for key, lists in found.items()]

    def _differentiable(self, group: Group) -> None:
        """The step in tensor operations that autograd records."""
        momentum = group["momentum"]
        for param in group["params"]:
            if param.grad is None:
                continue
            grad = -param.grad if group["maximize"] else param.grad
            if to_number(group["weight_decay"]) != 0:
                grad = grad + param.clone() * group["weight_decay"]
            if momentum != 0:
                state = self.state[param]
                buffer = state.get("momentum_buffer")
                if buffer is None:
                    buffer = state["momentum_buffer"] = grad.detach().clone()
                else:
                    buffer.mul_(momentum).add_(grad, alpha=1 - group["dampening"])
                grad = grad + momentum * buffer if group["nesterov"] else buffer.clone()
            param.sub_(grad * group["lr"])


_LATER = {"nesterov": False, "maximize": False, "foreach": None, "differentiable": False, "fused": False}


def _update(group: Group, first: bool, lists: Sequence[Sequence[Tensor]]) -> None:
    """One program over the tensors of a batch."""
    numbers = {"lr": to_number(group["lr"])}
    decay, momentum = to_number(group["weight_decay"]), group["momentum"]
    if decay != 0:
        numbers["decay"] = decay
    if momentum != 0 and (not first or group["nesterov"]):
        numbers["momentum"] = momentum
    if momentum != 0 and not first:
        numbers["share"] = 1 - group["dampening"]
    rule = _rule(group["maximize"], decay != 0, momentum != 0, first, group["nesterov"])
    rule(*lists, **numbers)


@cache
def _rule(maximize: bool, decay: bool, momentum: bool, first: bool, nesterov: bool) -> Program:
    """The update as a program over parameters p, gradients g and momentum buffers b."""
    lines, numbers = [], ["lr"]
    gradient = "-g" if maximize else "g"
    if decay:
        numbers.append("decay")
        gradient += " + decay * p"
    lines.append(f"d = {gradient}")
    if momentum:
        if first:
            lines.append("b = d")
        else:
            numbers += ["momentum", "share"]
            lines.append("b = momentum * b + share * d")
        if nesterov:
            numbers += [] if "momentum" in numbers else ["momentum"]
            lines.append("d = d + momentum * b")
        else:
            lines.append("d = b")
    lines.append("p = p - lr * d")
    return program(inputs="p g b" if momentum else "p g", numbers=" ".join(numbers), body="\n".join(lines))
