"""Names that PyTorch keeps for older programs, and functions whose methods do the work. See the torch page of each name."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from ..ops import rules
from ..ops.names import public
from .apply import stored
from .formats import memory_format
from .scattering import slice_of
from .storage_types import STORAGE_TYPES
from .tensor import Tensor


@public()
def index_put_(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """In-place `index_put`. See torch.Tensor.index_put_."""
    return input.index_put_(indices, values, accumulate)


@public()
def as_strided_(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """In-place `as_strided`: the tensor is another view of its storage. See torch.Tensor.as_strided_."""
    return input.as_strided_(size, stride, storage_offset)


@public()
def slice_copy(
    input: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1, *, out: Any = None
) -> Tensor:
    """A copy of a slice of one dimension. See torch.slice_copy."""
    return stored(slice_of(input, dim, start, end, step).clone(), out)


@public()
def norm_except_dim(v: Tensor, pow: int = 2, dim: int = 0) -> Tensor:
    """The norm over all dimensions but one, kept for broadcasting; over all for -1. See torch.nn.utils.weight_norm."""
    pow, dim = rules.integer(pow, "pow"), rules.integer(dim, "dim")
    if dim == -1:
        return v.norm(pow)
    if not v.dim():
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    at = rules.wrap_dim(dim, v.dim())
    rows = v.transpose(0, at).reshape(v.shape[at], -1).norm(pow, 1)
    return rows.reshape(tuple(-1 if d == at else 1 for d in range(v.dim())))


def _need_no_history(name: str, *tensors: Tensor) -> None:
    """RuntimeError for tensors that require gradients: what a Python function computes has none."""
    if any(t.requires_grad for t in tensors):
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")


@public("", method=True)
def apply_(self: Tensor, callable: Any) -> Tensor:
    """Every element becomes what a Python function gives for it. It runs on the host, one call an element. See torch.Tensor.apply_."""
    _need_no_history("apply_", self)
    given = self.reshape(-1).tolist()
    return self.copy_(self.new_tensor([callable(x) for x in given]).reshape(self.shape))


@public("", method=True)
def map_(self: Tensor, tensor: Tensor, callable: Any) -> Tensor:
    """Every element becomes what a Python function gives for it and that of another tensor. See torch.Tensor.map_."""
    _need_no_history("map_", self, tensor)
    if tensor.dtype is not self.dtype:
        raise TypeError(f"map_: expected {self.type()} for 'other' (got {tensor.type()})")
    pairs = zip(self.reshape(-1).tolist(), tensor.expand(self.shape).reshape(-1).tolist(), strict=True)
    return self.copy_(self.new_tensor([callable(x, y) for x, y in pairs]).reshape(self.shape))


@public("", method=True)
def map2_(self: Tensor, x: Tensor, y: Tensor, callable: Any) -> Tensor:
    """Every element becomes what a Python function gives for it and those of two other tensors. See torch.Tensor.map2_."""
    _need_no_history("map2_", self, x, y)
    others = (t.expand(self.shape).reshape(-1).tolist() for t in (x, y))
    triples = zip(self.reshape(-1).tolist(), *others, strict=True)
    return self.copy_(self.new_tensor([callable(*numbers) for numbers in triples]).reshape(self.shape))


@public("", method=True)
def module_load(self: Tensor, other: Tensor, assign: bool = False) -> Tensor:
    """What `nn.Module.load_state_dict` puts in the place of this parameter for ``other``, where parameters are swapped.

    ``other`` itself with ``assign``, else this tensor with its numbers. See torch.Tensor.module_load.
    """
    return other.detach() if assign else self.copy_(other).detach()


@public("torch", method=True)
def is_distributed(input: Tensor) -> bool:
    """False: no tensor lies on several devices."""
    return False


@public()
def get_device(input: Tensor) -> int:
    """The index of the tensor's device. See torch.Tensor.get_device."""
    return input.get_device()


@public("", method=True)
def storage_type(self: Tensor) -> Any:
    """The class of the storage, `FloatStorage` for one. See torch.Tensor.storage_type."""
    return STORAGE_TYPES[self.dtype]


@public("", method=True)
def record_stream(self: Tensor, stream: Any) -> None:
    """Memory is not used anew before work that was enqueued is done: a device has one queue. See torch.Tensor.record_stream."""


@public("", method=True)
def dim_order(self: Tensor, *, ambiguity_check: bool | list[Any] = False) -> tuple[int, ...]:
    """Dimensions from the outermost to the innermost in memory. See torch.Tensor.dim_order.

    With `ambiguity_check` (True, or the memory formats of which just one must fit) RuntimeError where another order is as true:
    with a dimension of one element, or equal strides.
    """
    strides = self.stride()
    formats = ambiguity_check if isinstance(ambiguity_check, list) else []
    if not (isinstance(ambiguity_check, bool) or all(isinstance(one, memory_format) for one in formats) and formats):
        raise TypeError("The ambiguity_check argument must be a bool or a list of memory formats.")
    unclear = 1 in self.shape or any(a == b for a, b in pairwise(strides))
    if ambiguity_check and unclear and sum(self.is_contiguous(memory_format=one) for one in formats) != 1:
        raise RuntimeError(
            "The tensor does not have unique dim order, or cannot map to exact one of the given memory formats."
        )
    if ambiguity_check and 0 in strides:
        raise RuntimeError("The tensor does not have unique dim order.")
    return tuple(sorted(range(self.dim()), key=lambda d: (-strides[d], d)))
