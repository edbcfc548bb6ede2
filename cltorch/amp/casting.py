"""What autocast does to the operands of a function: the lists in use, the dtype, and the copies of weights that it keeps."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..ops.mode import MODE
from ..tensor.tensor import Tensor

ERROR = (
    "torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast.\n"
    "Many models use a sigmoid layer right before the binary cross entropy layer.\n"
    "In this case, combine the two layers using torch.nn.functional.binary_cross_entropy_with_logits\n"
    "or torch.nn.BCEWithLogitsLoss.  binary_cross_entropy_with_logits and BCEWithLogits are\n"
    "safe to autocast."
)


class Casting:
    """What `MODE.cast` is while autocast is on: called with a function's name and operands, gives the operands to run it with.

    Copies of leaves that require gradients are kept in ``kept`` (None: they are not), as weights are used again and again.
    """

    __slots__ = ("dtype", "kept", "policies")

    def __init__(self, policies: dict[str, str], dtype: Any, kept: dict[Any, Any] | None) -> None:
        self.policies = policies
        self.dtype = dtype
        self.kept = kept

    def lists(self, name: str) -> bool:
        """Whether the list in use has a function."""
        return name in self.policies

    def __call__(self, name: str, operands: tuple[Any, ...]) -> tuple[Any, ...]:
        policy = self.policies.get(name)
        if policy is None:
            return operands
        if policy == "lower":
            return tuple([self._cast(operand, self.dtype) for operand in operands])
        if policy == "float32":
            return tuple([self._cast(operand, dtypes.float32) for operand in operands])
        if policy == "promote":
            widest = dtypes.float32 if any(_has_float32(operand) for operand in operands) else self.dtype
            return tuple([self._cast(operand, widest) for operand in operands])
        raise RuntimeError(ERROR)

    def like_states(self, name: str, operands: tuple[Any, Any, Any]) -> tuple[Any, ...]:
        """The input, the states and the weights of a recurrent layer or cell: in autocast's dtype where the list says so, else
        in the widest dtype of the states."""
        lower = self.policies.get(name) == "lower" or not _has_float32(operands[1])
        return tuple([self._cast(operand, self.dtype if lower else dtypes.float32) for operand in operands])

    def _cast(self, operand: Any, dtype: Any) -> Any:
        """A tensor, or those in a list or tuple, in ``dtype``; what is not of floating point, or of double, as it is."""
        if isinstance(operand, Tensor):
            own = operand._cl_meta.dtype
            if own is dtype or not own.is_floating_point or own is dtypes.float64:
                return operand
            return self._copy(operand, dtype)
        if operand.__class__ in (list, tuple):
            return operand.__class__([self._cast(one, dtype) for one in operand])
        return operand

    def _copy(self, tensor: Tensor, dtype: Any) -> Tensor:
        """A tensor in another dtype; of a weight the copy that is there already, as long as the weight is the same."""
        if self.kept is None or dtype is not self.dtype or not (tensor.requires_grad and tensor.is_leaf):
            return tensor.to(dtype)
        key = (id(tensor), dtype, MODE.enabled)
        found = self.kept.get(key)
        if found is None or found[1] != tensor._version:
            found = self.kept[key] = (tensor.to(dtype), tensor._version, tensor)  # the tensor lives as long as its id
        return found[0]


def _has_float32(operand: Any) -> bool:
    if isinstance(operand, Tensor):
        return operand._cl_meta.dtype is dtypes.float32
    return operand.__class__ in (list, tuple) and any(_has_float32(one) for one in operand)
