"""Limits on gradients. See torch.nn.utils.clip_grad. ``foreach`` is accepted: what belongs together is fused anyway."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from ...autograd.modes import MODE, no_grad
from ...autograd.replay import Recording, replayed
from ...ops.arguments import is_tensor
from ...tensor.cat import join
from ...tensor.creation import tensor
from ...tensor.tensor import Tensor
from ...tensor.writes import assign, check_writable
from ...warned import warn

_NORMS: dict[Any, Recording | None] = {}
_SCALED: dict[Any, Recording | None] = {}
_LIMITED: dict[Any, Recording | None] = {}


def _gradients(parameters: Any) -> list[Tensor]:
    found = [parameters] if isinstance(parameters, Tensor) else parameters
    return [parameter.grad for parameter in found if parameter.grad is not None]


def _are_plain(tensors: Sequence[Any]) -> bool:
    """Whether what is computed of some tensors may be replayed, and each of them changed by itself: strided tensors of one device, each
    with a storage of its own, with no autocast."""
    if MODE.cast is not None or not tensors or not all(map(is_tensor, tensors)):
        return False
    device = tensors[0]._cl_meta.device
    apart = {id(t._storage.cell) for t in tensors if t._cl_meta.device is device}
    return len(apart) == len(tensors)


def _changed(
    recordings: dict[Any, Recording | None],
    grads: list[Tensor],
    others: tuple[Tensor, ...],
    params: Hashable,
    compute: Callable[[Tensor], Tensor],
) -> None:
    """Gradients become what is computed of each, from a recording of all of them where there is one."""
    made = replayed(recordings, (*grads, *others), params, lambda: tuple([compute(grad) for grad in grads]))
    for grad, result in zip(grads, made, strict=True):
        check_writable(grad)
        assign(grad, result)


def _norm_of(parts: list[Tensor], norm_type: float) -> Tensor:
    """The norm of the norms of some tensors of one device."""
    return join([part.norm(norm_type).reshape(1) for part in parts], 0).norm(norm_type)


@no_grad()
def get_total_norm(
    tensors: Iterable[Tensor] | Tensor,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all elements of some tensors together; RuntimeError if it is not finite and that is asked for."""
    parts = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    norm_type = float(norm_type)
    if not parts:
        return tensor(0.0)
    if _are_plain(parts):
        (total,) = replayed(_NORMS, parts, norm_type, lambda: (_norm_of(parts, norm_type),))
    else:
        device = parts[0].device
        total = join([part.norm(norm_type).to(device).reshape(1) for part in parts], 0).norm(norm_type)
    if error_if_nonfinite and not bool(total.isfinite().item()):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be clipped. "
            "To disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return total


@no_grad()
def clip_grads_with_norm_(
    parameters: Iterable[Tensor] | Tensor, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale all gradients, whose joint norm is ``total_norm``, so that it becomes at most ``max_norm``."""
    scale = (float(max_norm) / (total_norm + 1e-6)).clamp_max(1.0)
    grads = _gradients(parameters)
    if _are_plain([*grads, scale]):
        _changed(_SCALED, grads, (scale,), None, lambda grad: grad * scale)
        return
    for grad in grads:
        grad.mul_(scale.to(grad.device))


def clip_grad_norm_(
    parameters: Iterable[Tensor] | Tensor,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients so that their joint norm is at most ``max_norm``; returns the norm before."""
    found = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    total = get_total_norm(_gradients(found), norm_type, error_if_nonfinite, foreach)
    clip_grads_with_norm_(found, max_norm, total, foreach)
    return total


def clip_grad_norm(
    parameters: Iterable[Tensor] | Tensor,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The old name of `clip_grad_norm_`, which warns."""
    warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.", FutureWarning
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


@no_grad()
def clip_grad_value_(parameters: Iterable[Tensor] | Tensor, clip_value: float, foreach: bool | None = None) -> None:
    """Limit every gradient element to [-clip_value, clip_value]."""
    limit = float(clip_value)
    grads = _gradients(parameters)
    if _are_plain(grads):
        _changed(_LIMITED, grads, (), limit, lambda grad: grad.clamp(-limit, limit))
        return
    for grad in grads:
        grad.clamp_(-limit, limit)
