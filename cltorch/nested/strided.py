"""Nested tensors of layout ``strided``: a list of tensors that may differ in any dimension."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..ops.asking import noticed
from ..tensor.formats import strided
from ..tensor.joining import cat, stack
from ..tensor.tensor import Tensor
from .base import NestedTensor, replaced
from .jagged import enlarged


class Strided(NestedTensor):
    """``_held`` is the list of the tensors."""

    __slots__ = ()

    @property
    def _values(self) -> Tensor:
        return self._held[0]  # type: ignore[no-any-return]

    @property
    def layout(self) -> Any:
        """``strided``."""
        return strided

    @property
    def shape(self) -> Any:
        """RuntimeError: sizes differ."""
        raise RuntimeError("Internal error: NestedTensorImpl doesn't support sizes. Please file an issue.")

    def size(self, dim: int | None = None) -> Any:
        """The size of a dimension in which all tensors are equal. RuntimeError for another one."""
        if dim is None:
            return self.shape
        if not -self.dim() <= dim < self.dim():
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-self.dim()}, {self.dim() - 1}], but got {dim})"
            )
        dim %= self.dim()
        sizes = {one.shape[dim - 1] for one in self._held} if dim else {len(self._held)}
        if len(sizes) > 1:
            raise RuntimeError(f"Given dimension {dim} is irregular and does not have a size.")
        return sizes.pop()

    def dim(self) -> int:
        """The number of dimensions."""
        return self._values.dim() + 1

    def numel(self) -> int:
        """The number of elements of all tensors."""
        return sum(one.numel() for one in self._held)

    def values(self) -> Tensor:
        """The elements of all tensors, one after another."""
        return cat([one.flatten() for one in self._held])

    requires_grad: Any = property(lambda self: any(one.requires_grad for one in self._held))
    is_leaf: Any = property(lambda self: all(one.is_leaf for one in self._held))

    grad: Any = property(lambda self: None if self._values.grad is None else made([one.grad for one in self._held]))

    def requires_grad_(self, requires_grad: bool = True) -> Strided:
        """Begin to record what is computed of it, or stop."""
        for one in self._held:
            one.requires_grad_(requires_grad)
        return self

    def unbind(self, dim: int = 0) -> tuple[Tensor, ...]:
        """The tensors that it holds. See torch.Tensor.unbind."""
        if dim:
            raise RuntimeError("NestedTensor can only be unbound along dimension 0")
        return tuple(self._held)

    def __repr__(self) -> str:
        rows = ",\n".join("  " + repr(one.detach()).replace("\n", "\n  ") for one in self._held)
        return f"nested_tensor([\n{rows}\n])"

    def to_padded_tensor(self, padding: float, output_size: Sequence[int] | None = None) -> Tensor:
        """One tensor, where ``padding`` stands behind the elements of smaller ones. See torch.nested.to_padded_tensor."""
        most = [max(sizes) for sizes in zip(*(one.shape for one in self._held), strict=True)]
        padded = stack([enlarged(one, padding, most) for one in self._held])
        return padded if output_size is None else enlarged(padded, padding, output_size)

    def _each(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Strided:
        """A function of every tensor, beside the same of other nested ones."""

        def part(k: int) -> Callable[[Any], Any]:
            return lambda one: one._held[k] if isinstance(one, Strided) else one

        kwargs = {name: one for name, one in kwargs.items() if name != "layout"}
        count = range(len(self._held))
        return made(
            [func(*replaced(args, part(k)), **{n: replaced(one, part(k)) for n, one in kwargs.items()}) for k in count]
        )

    _elementwise = _rowwise = _each

    def _inside(self, func: Any, input: Any, *dims: int, **kwargs: Any) -> Strided:
        """A function whose first arguments are dimensions, none of which is that of the tensors themselves."""
        inner = [dim - 1 if dim > 0 else dim for dim in dims]
        if 0 in dims or -self.dim() in dims:
            raise RuntimeError(f"{func.__name__}(): not supported for NestedTensor on dim=0")
        return self._each(func, (self, *inner), kwargs)

    def _of_softmax(self, func: Any, input: Any, dim: int, **kwargs: Any) -> Strided:
        return self._inside(func, input, dim, **kwargs)

    _of_transpose = _of_unsqueeze = _of_squeeze = _inside

    def _of_matmul(self, func: Any, input: Any, other: Any) -> Strided:
        return self._each(func, (input, other), {})

    _of_rmatmul = _of_matmul


def made(tensors: Sequence[Tensor]) -> Strided:
    """A nested tensor of tensors."""
    noticed(Strided)
    one: Any = object.__new__(Strided)
    one._held = list(tensors)
    return one  # type: ignore[no-any-return]
