"""Refusals that depend on numbers, and warnings that several chapters give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.modes import MODE
from ..ops.arguments import is_tensor
from ..runtime.faults import error_of
from ..warned import warn, warn_once

if TYPE_CHECKING:
    from .tensor import Tensor


def refuse(wrong: Tensor, refusal: int) -> None:
    """Raise a refusal of `runtime.faults` if any element of ``wrong`` (bool) holds. Waits for the device: for what is rare."""
    if bool(wrong._of_all_slices().any()):
        raise error_of(0, 0, refusal)


def requiring(made: Tensor) -> Tensor:
    """A tensor that was just made, requiring gradients."""
    if not made._cl_meta.dtype.differentiable:
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    return made.requires_grad_(True)


def refuse_gradient(function: str, **operands: Any) -> None:
    """RuntimeError for operands that require gradients where the function gives them none."""
    for name, operand in operands.items():
        if MODE.enabled and is_tensor(operand) and operand._is_recorded:
            raise RuntimeError(
                f"The function '{function}' is not differentiable with respect to argument '{name}'. This input cannot have "
                "requires_grad True."
            )


def warn_older(name: str, better: str, instead: str = "") -> None:
    """PyTorch's warning, once a process, of a function that has a successor; ``instead`` says how it is called."""
    warn_once(
        f"torch.{name} is deprecated in favor of torch.{better} and will be removed in a future PyTorch release."
        + (f" {instead}" if instead else "")
    )


def warn_expanded(target: Tensor, name: str) -> None:
    """PyTorch's warning of a write through a view that shows elements several times."""
    if target._cl_meta.view.is_repeated:
        warn(
            f"Use of {name} on expanded tensors is deprecated. Please clone() the tensor before performing this operation. "
            "This also applies to advanced indexing e.g. tensor[indices] = tensor"
        )


def need_alike_dims(index: Tensor, src: Tensor) -> None:
    """RuntimeError where what is scattered has other dimensions than the places for it, one of no dimension counting as one."""
    if max(index.dim(), 1) != max(src.dim(), 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")


def need_result_in(input: Tensor, other: Tensor) -> None:
    """RuntimeError where what is computed of both cannot be cast to the first one's dtype."""
    kind = dtypes.promote_types(input.dtype, other.dtype)
    if not dtypes.can_cast(kind, input.dtype):
        raise RuntimeError(f"result type {kind.title} can't be cast to the desired output type {input.dtype.title}")
