"""Dual numbers: tensors with a direction, and the derivative of results along it. See torch.autograd.forward_ad.

A dual tensor's node (`duals.Dual`) remembers its direction. The derivative of a result along the directions is the gradient of its
gradient, as in `autograd.functional.jvp`; it is computed when asked for. So a graph is recorded inside a level, which programs do not
see (`duals.is_hidden`), and `no_grad` around a computation ends a direction's way. A Function's own ``jvp`` is used where it has one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .duals import Dual, is_hidden
from .modes import MODE, _decorated, enable_grad
from .passes import GradientEdge, grad

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]

_LEVELS: list[list[Dual]] = []  # per level its dual numbers
_current_level = -1  # the last one, as programs read it


class UnpackedDualTensor(NamedTuple):
    """A dual tensor's number and its direction, None if it has none."""

    primal: Any
    tangent: Any


def enter_dual_level() -> int:
    """Begin a level of dual numbers, and return which one it is. RuntimeError inside of another."""
    if _LEVELS:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    _LEVELS.append([])
    _follow()
    return _current_level


def exit_dual_level(*, level: int | None = None) -> None:
    """End the last level, and forget its directions."""
    if level is not None and level != len(_LEVELS) - 1:
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported."
        )
    _LEVELS.pop()
    _follow()


def _follow() -> None:
    global _current_level
    _current_level = len(_LEVELS) - 1


def in_dual_level() -> bool:
    """Whether there may be dual numbers."""
    return bool(_LEVELS)


class dual_level:
    """The context manager, or decorator, within which dual tensors live."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *details: object) -> None:
        exit_dual_level()

    def __call__(self, function: Any) -> Any:
        return _decorated(dual_level, function)


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Any:
    """``tensor`` with the direction ``tangent``, of the same shape and dtype. See torch.autograd.forward_ad.make_dual."""
    if not _LEVELS:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    for name, part in (("primal", tensor), ("tangent", tangent)):
        if not part._cl_meta.dtype.differentiable:
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {part.dtype}")
    if tensor.shape != tangent.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not supported. "
            f"Tensor is of size {list(tensor.shape)} while the given forward gradient is of size {list(tangent.shape)}."
        )
    at = len(_LEVELS) - 1 if level is None else level
    if tensor._resolve_edge() in _LEVELS[at]:
        raise RuntimeError(
            f"Making a dual Tensor based on a Tensor that already has a forward gradient at the same level {at} is not supported."
        )
    dual = Dual(tensor, tangent)
    _LEVELS[at].append(dual)
    return tensor._made(tensor._storage, tensor._cl_meta, dual)


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """A tensor's number and its derivative along the level's directions. See torch.autograd.forward_ad.unpack_dual."""
    duals = _LEVELS[-1 if level is None else level] if _LEVELS else []
    edge = tensor._resolve_edge()
    if not duals or edge is None:
        return UnpackedDualTensor(tensor, None)
    if edge in duals:
        return UnpackedDualTensor(edge.primal, edge.tangent)
    onward = MODE.enabled and (not is_hidden(edge) or any(dual.tangent._is_recorded for dual in duals))
    with enable_grad():
        vector = tensor.detach()._full_like(0).requires_grad_()
        MODE.dual = True
        try:
            sources = [GradientEdge(dual, 0, dual) for dual in duals]
            products = grad(tensor, sources, vector, create_graph=True, allow_unused=True)
        finally:
            MODE.dual = False
        used = [k for k, product in enumerate(products) if product is not None and product._is_recorded]
        if not used:
            return UnpackedDualTensor(tensor if onward else tensor.detach(), None)
        (found,) = grad(
            [products[k] for k in used],
            vector,
            [duals[k].direction() for k in used],
            retain_graph=True,
            create_graph=onward,
        )
    return UnpackedDualTensor(tensor if onward else tensor.detach(), found if onward else found.detach())
