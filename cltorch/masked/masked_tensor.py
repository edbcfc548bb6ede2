"""Tensors with a mask: elements where it does not hold count as absent. See torch.masked.MaskedTensor.

A masked tensor has no storage: it holds a strided tensor of data and one of booleans. What is computed of it is computed of its data, and
gradients flow by the rules of the strided ops, in which what is absent has none (`Kept`). What a plain tensor gets through a masked one is a
masked gradient (`Lent`): nodes compute it by their rules' public methods.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, ClassVar

from .. import dtypes
from ..autograd.function import Function
from ..ops.asking import noticed
from ..tensor.formats import strided
from ..tensor.tensor import Tensor
from ..warned import warn

__all__ = ["MaskedTensor", "as_masked_tensor", "is_masked_tensor", "masked_tensor"]

DTYPES = frozenset(
    (dtypes.float16, dtypes.float32, dtypes.float64, dtypes.bool, dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64)
)
PROTOTYPE = (
    "The PyTorch API of MaskedTensors is in prototype stage and will change in the near future. Please open a Github issue for "
    "features requests and see our documentation on the torch.masked module for further information about the project."
)


class MaskedTensor(Tensor):
    """``data`` where ``mask`` (bool, of the same shape) holds. Both are copied. See torch.masked.MaskedTensor.

    What has a meaning for masked tensors (functions of each element, of two tensors with equal masks, reductions, views, ``where``,
    softmax) gives masked tensors; other functions raise TypeError. TypeError for what is no strided tensor, another dtype of the mask, or
    one of the data that masked tensors do not have (complex, 16-bit bfloat, unsigned); ValueError for different shapes.
    """

    __slots__ = ()
    __module__ = "cltorch.masked.maskedtensor.core"

    _held: Tensor
    _mask: Tensor
    _answer: ClassVar[Callable[..., Any]]  # `answers.answer`

    def __new__(cls, data: Any, mask: Any, requires_grad: bool = False) -> Any:
        for name, one in (("data", data), ("mask", mask)):
            if is_masked_tensor(one) or not isinstance(one, Tensor):
                raise TypeError(f"{name} must be a Tensor")
        warn(PROTOTYPE)
        if data.requires_grad:
            warn(
                "It is not recommended to create a MaskedTensor with a tensor that requires_grad. "
                "To avoid this, you can use data.detach().clone()"
            )
        return made(data.detach().clone().requires_grad_(requires_grad), mask.clone())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """See `MaskedTensor`."""

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Compute a function of masked tensors; TypeError for those that they do not have."""
        return cls._answer(func, args, kwargs or {})

    def get_data(self) -> Tensor:
        """The data, whatever the mask says. See torch.masked.MaskedTensor.get_data."""
        return Kept.apply(self._held, self._mask) if self._held.requires_grad else self._held  # type: ignore[no-any-return]

    def get_mask(self) -> Tensor:
        """The mask."""
        return self._mask

    def to_tensor(self, value: Any) -> Tensor:
        """The data, with ``value`` where the mask does not hold. See torch.masked.MaskedTensor.to_tensor."""
        return self.get_data().masked_fill(~self._mask, value)

    # --- what it is ------------------------------------------------------------------------------------------------------

    @property
    def _masked_data(self) -> Tensor:
        return self._held

    @property
    def _masked_mask(self) -> Tensor:
        return self._mask

    @property
    def shape(self) -> Any:
        """The sizes of all dimensions."""
        return self._held.shape

    def size(self, dim: int | None = None) -> Any:
        """All sizes, or that of one dimension."""
        return self._held.size() if dim is None else self._held.size(dim)

    def dim(self) -> int:
        """The number of dimensions."""
        return self._held.dim()  # type: ignore[no-any-return]

    ndimension = dim
    ndim = property(dim)

    def numel(self) -> int:
        """The number of elements, absent ones among them."""
        return self._held.numel()  # type: ignore[no-any-return]

    dtype: Any = property(lambda self: self._held.dtype)
    device: Any = property(lambda self: self._held.device)
    layout: Any = property(lambda self: self._held.layout)
    is_sparse: Any = property(lambda self: False)
    requires_grad: Any = property(
        lambda self: self._held.requires_grad, lambda self, value: self._held.requires_grad_(value)
    )
    is_leaf: Any = property(lambda self: self._held.is_leaf)
    grad_fn: Any = property(lambda self: self._held.grad_fn)

    @property
    def grad(self) -> Any:
        """The gradient, masked as this tensor; None if there is none."""
        grad = self._held.grad
        return grad if grad is None or is_masked_tensor(grad) else made(grad, self._mask)

    @grad.setter
    def grad(self, value: Any) -> None:
        self._held.grad = value._held if is_masked_tensor(value) else value

    def requires_grad_(self, requires_grad: bool = True) -> MaskedTensor:
        """Begin to record what is computed of it, or stop."""
        self._held.requires_grad_(requires_grad)
        return self

    def is_sparse_coo(self) -> bool:
        """Whether the data are sparse: never, here."""
        return False

    is_sparse_csr: Any = is_sparse_coo

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Any:
        return iter(self.unbind())  # which says that there is none

    def __hash__(self) -> int:
        return id(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> MaskedTensor:
        if id(self) not in memo:
            memo[id(self)] = made(deepcopy(self._held, memo), deepcopy(self._mask, memo))
        return memo[id(self)]  # type: ignore[no-any-return]

    def __copy__(self) -> MaskedTensor:
        return made(self._held, self._mask)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return made, (self._held, self._mask)

    def numpy(self, *, force: bool = False) -> Any:
        """RuntimeError: an array has no mask; take `to_tensor`."""
        raise RuntimeError(".numpy() is not supported for tensor subclasses.")

    def tolist(self) -> Any:
        """RuntimeError: a list has no mask; take `to_tensor`."""
        raise RuntimeError(".tolist() is not supported for tensor subclasses, got MaskedTensor")

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        data, mask = self._held.tolist(), self._mask.tolist()
        if self.dim() == 0:
            return f"MaskedTensor({_text(data) if mask else '--'}, {mask})"
        lines = "\n".join(f"  {line}" for line in _lines(data, mask, self.dim()).split("\n"))
        return f"MaskedTensor(\n{lines}\n)"

    # --- what rules of gradients ask of one --------------------------------------------------------------------------------

    def _apply_sparse(self, name: str, operands: tuple[Any, ...]) -> Any:
        """An op that is called where nobody is asked, as rules do."""
        return self._answer(getattr(Tensor, name), operands, {})

    def _with(self, part: Any) -> Any:
        """A gradient of what is held, as this tensor's."""
        return part if is_masked_tensor(part) else made(part, self._mask)

    def _fit(self, meta: Any) -> Any:
        """The gradient as it arrives at an operand: summed where that was expanded."""
        shape = meta.view.shape
        lead = self.dim() - len(shape)
        dims = [*range(lead), *[lead + k for k, n in enumerate(shape) if n == 1 and self.shape[lead + k] != 1]]
        if not dims:
            return self
        total = self._held.where(self._mask, 0).sum(dims).reshape(shape)
        return made(total, self._mask.sum(dims).bool().reshape(shape))


def made(data: Tensor, mask: Tensor) -> MaskedTensor:
    """The masked tensor that holds these two themselves. Raises what `MaskedTensor` does."""
    if data.layout is not strided or mask.layout is not strided:
        raise NotImplementedError(
            f"MaskedTensor: the layout of data and mask is strided here, not {data.layout}, {mask.layout}"
        )
    if mask.dtype is not dtypes.bool:
        raise TypeError("mask must have dtype bool.")
    if data.dtype not in DTYPES:
        raise TypeError(f"{data.dtype} is not supported in MaskedTensor.")
    if data.dim() != mask.dim():
        raise ValueError("data.dim() must equal mask.dim()")
    if data.shape != mask.shape:
        raise ValueError("data.size() must equal mask.size()")
    one: Any = object.__new__(MaskedTensor)
    one._held, one._mask = data, mask
    noticed(MaskedTensor)
    return one  # type: ignore[no-any-return]


class Kept(Function):
    """The same numbers; the gradient is 0 where a mask does not hold, whatever arrives there."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, mask: Tensor) -> Tensor:
        """The numbers."""
        ctx.mask = mask
        return data.view_as(data)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        """The gradient, cleaned."""
        return grad.where(ctx.mask, 0), None


class Lent(Function):
    """A plain tensor's numbers in the shape of a mask; its gradient is a masked tensor."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, mask: Tensor) -> Tensor:
        """The numbers."""
        ctx.mask = mask
        return data.expand(mask.shape).clone()

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        """The gradient, with the mask."""
        return made(grad, ctx.mask), None


def _text(value: Any) -> str:
    return f"{value:8.4f}" if isinstance(value, float) else str(value)


def _lines(data: list[Any], mask: list[Any], ndim: int) -> str:
    if ndim > 1:
        parts = [_lines(one, held, ndim - 1) for one, held in zip(data, mask, strict=True)]
        return "[\n" + ",\n".join("\n".join(f"  {line}" for line in part.split("\n")) for part in parts) + "\n]"
    texts = [_text(value) for value in data]
    width = max((len(text) if held else 8 for text, held in zip(texts, mask, strict=True)), default=0)
    return "[" + ", ".join(text if held else "--".rjust(width) for text, held in zip(texts, mask, strict=True)) + "]"


def is_masked_tensor(obj: Any, /) -> bool:
    """Whether an object is a `MaskedTensor`. See torch.masked.is_masked_tensor."""
    return isinstance(obj, MaskedTensor)


def masked_tensor(data: Any, mask: Any, requires_grad: bool = False) -> MaskedTensor:
    """A masked tensor that is a leaf: copies of ``data`` and ``mask``. See `MaskedTensor` and torch.masked.masked_tensor."""
    return MaskedTensor(data, mask, requires_grad)  # type: ignore[no-any-return]


def as_masked_tensor(data: Any, mask: Any) -> MaskedTensor:
    """A masked tensor through which gradients flow to ``data``, where they are masked tensors. See torch.masked.as_masked_tensor."""
    for name, one in (("data", data), ("mask", mask)):
        if is_masked_tensor(one) or not isinstance(one, Tensor):
            raise TypeError(f"{name} must be a Tensor")
    warn(PROTOTYPE)
    if data.shape != mask.shape or not data.requires_grad:
        return made(data.clone(), mask.clone())
    return made(Lent.apply(data, mask.clone()), mask.clone())
