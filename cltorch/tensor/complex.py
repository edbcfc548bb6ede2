"""Complex numbers, and bits seen as another dtype: parts, conjugates, and views between real and complex elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import dtypes
from ..autograd.names import shown_as
from ..errors import kind_of
from ..graph.meta import Meta
from ..graph.view import View
from ..ops.arguments import is_tensor
from ..ops.names import public
from .functions import FUNCTIONS

if TYPE_CHECKING:
    from .tensor import Tensor

_OF_PARTS = {part: whole for whole, part in dtypes.REAL.items()}


class ComplexNumbers:
    """Methods of Tensor about complex elements, and about what its bytes are."""

    __slots__ = ()

    def _real_part(self: Tensor) -> Tensor:
        """The real parts as a tensor of their own, which is fused with what made them."""
        return FUNCTIONS["real_part"](self)

    def _imag_part(self: Tensor) -> Tensor:
        """The imaginary parts as a tensor of their own."""
        return FUNCTIONS["imag_part"](self)

    def _squared_size(self: Tensor) -> Tensor:
        """The square of every element's absolute value; real."""
        return (self * self.conj_physical())._real_part() if self.is_complex() else self * self

    @property
    def real(self: Tensor) -> Tensor:
        """A view of the real parts; of a real tensor the tensor itself."""
        return self._as_pairs().select(-1, 0) if self.is_complex() else self

    @real.setter
    def real(self: Tensor, value: Tensor) -> None:
        self.real.copy_(value)

    @property
    def imag(self: Tensor) -> Tensor:
        """A view of the imaginary parts. RuntimeError for real tensors."""
        if not self.is_complex():
            raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
        return self._as_pairs().select(-1, 1)

    @imag.setter
    def imag(self: Tensor, value: Tensor) -> None:
        self.imag.copy_(value)

    @public(inplace=True)
    def conj_physical(self: Tensor) -> Tensor:
        """The conjugate of every element; real tensors themselves."""
        return FUNCTIONS["conj_physical_plain"](self) if self.is_complex() else self

    @public(out=False)
    def conj(self: Tensor) -> Tensor:
        """`conj_physical`: in PyTorch it is a view that is computed later."""
        return self.conj_physical()

    @public(out=False)
    def resolve_conj(self: Tensor) -> Tensor:
        """The tensor itself: conjugates are computed at once."""
        return self

    @public(out=False)
    def is_conj(self: Tensor) -> bool:
        """False: conjugates are computed at once."""
        return False

    @public(out=False)
    def resolve_neg(self: Tensor) -> Tensor:
        """The tensor itself: negatives are computed at once."""
        return self

    @public(out=False)
    def is_neg(self: Tensor) -> bool:
        """False: negatives are computed at once."""
        return False

    @public(out=False)
    def isreal(self: Tensor) -> Tensor:
        """Where the imaginary part is 0; True everywhere for real tensors; bool."""
        if self.is_complex():
            return self._imag_part() == 0
        return self._filled(self._cl_meta.shape, True, dtypes.bool, self._cl_meta.device)

    def _as_pairs(self: Tensor) -> Tensor:
        """``view_as_real``: a view of complex elements as pairs of real ones, in a last dimension of size 2."""
        if not self.is_complex():
            raise RuntimeError("view_as_real is only supported for complex tensors")
        return self._alias(as_real(self._cl_meta), "ViewAsReal")

    def _as_complex(self: Tensor) -> Tensor:
        """``view_as_complex``: a view of pairs of real elements, which are the last dimension, as complex ones."""
        shape, view = self._cl_meta.shape, self._cl_meta.view
        if not self.is_floating_point() or self.dtype not in dtypes.REAL.values():
            raise RuntimeError(
                "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: "
                f"{self.dtype.title}"
            )
        if not shape:
            raise RuntimeError("Input tensor must have one or more dimensions")
        if shape[-1] != 2:
            raise RuntimeError("Tensor must have a last dimension of size 2")
        if view.strides[-1] != 1:
            raise RuntimeError("Tensor must have a last dimension with stride 1")
        if any(s % 2 for s in view.strides[:-1]):
            raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
        if view.offset % 2:
            raise RuntimeError("Tensor must have a storage_offset divisible by 2")
        halves = View.of(shape[:-1], tuple(s // 2 for s in view.strides[:-1]), view.offset // 2)
        return self._alias(Meta.of(halves, _OF_PARTS[self.dtype], self._cl_meta.device), "ViewAsComplex")

    def _viewed_as(self: Tensor, dtype: dtypes.dtype) -> Tensor:
        """``view(dtype)``: the same bytes as elements of another dtype; the last dimension counts as many as they are."""
        own, view = self._cl_meta.dtype, self._cl_meta.view
        seen = view if dtype.itemsize == own.itemsize else resized(view, own, dtype)
        return self.detach()._alias(Meta.of(seen, dtype, self._cl_meta.device))


def as_real(meta: Meta) -> Meta:
    """The meta of complex elements seen as pairs."""
    view = meta.view
    pairs = View.of((*view.shape, 2), (*(2 * s for s in view.strides), 1), 2 * view.offset)
    return Meta.of(pairs, meta.dtype.to_real(), meta.device)


def resized(view: View, own: dtypes.dtype, dtype: dtypes.dtype) -> View:
    """Where elements of ``dtype`` lie in the bytes of a view of ``own``, which has another size. RuntimeError as PyTorch's."""
    names = f"to view {own.title} as {dtype.title} (different element sizes)"
    if not view.shape:
        raise RuntimeError(f"self.dim() cannot be 0 {names}")
    if view.strides[-1] != 1:
        raise RuntimeError(f"self.stride(-1) must be 1 {names}, but got {view.strides[-1]}")
    *outer, last = view.shape
    if dtype.itemsize < own.itemsize:
        ratio = own.itemsize // dtype.itemsize
        strides = (*(ratio * s for s in view.strides[:-1]), 1)
        return View.of((*outer, ratio * last), strides, ratio * view.offset)
    ratio = dtype.itemsize // own.itemsize
    if last % ratio:
        raise RuntimeError(f"self.size(-1) must be divisible by {ratio} {names}, but got {last}")
    if view.offset % ratio:
        raise RuntimeError(f"self.storage_offset() must be divisible by {ratio} {names}, but got {view.offset}")
    for d, s in enumerate(view.strides[:-1]):
        if s % ratio:
            raise RuntimeError(f"self.stride({d}) must be divisible by {ratio} {names}, but got {s}")
    strides = (*(s // ratio for s in view.strides[:-1]), 1)
    return View.of((*outer, last // ratio), strides, view.offset // ratio)


@public()
def view_as_real(input: Tensor) -> Tensor:
    """A view of complex elements as pairs of real ones, in a last dimension of size 2. See torch.view_as_real."""
    return input._as_pairs()


@public()
def view_as_complex(input: Tensor) -> Tensor:
    """A view of pairs of real elements, which are the last dimension, as complex ones. See torch.view_as_complex."""
    return input._as_complex()


@public()
def real(input: Tensor) -> Tensor:
    """A view of the real parts; of a real tensor the tensor itself. See torch.real."""
    if not is_tensor(input):
        raise TypeError(f"real(): argument 'input' (position 1) must be Tensor, not {kind_of(input)}")
    return input.real


@public()
def imag(input: Tensor) -> Tensor:
    """A view of the imaginary parts. See torch.imag."""
    if not is_tensor(input):
        raise TypeError(f"imag(): argument 'input' (position 1) must be Tensor, not {kind_of(input)}")
    return input.imag


def _check_parts(first: Tensor, second: Tensor, out: Tensor | None) -> None:
    """RuntimeError unless both are of one floating dtype that complex numbers can be made of, and ``out`` of the complex one."""
    for part in (first, second):
        if part.dtype not in (dtypes.float32, dtypes.float64):
            raise RuntimeError(
                f"Expected both inputs to be Half, Float or Double tensors but got {first.dtype.title} and {second.dtype.title}"
            )
    if first.dtype is not second.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {first.dtype.title} but got scalar type {second.dtype.title} for second argument"
        )
    wanted = first.dtype.to_complex()
    if out is not None and out.dtype is not wanted:
        raise RuntimeError(
            f"Expected object of scalar type {wanted.title} but got scalar type {out.dtype.title} for argument 'out'"
        )


@public()
@shown_as("ComplexBackward0")
def complex(real: Tensor, imag: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Complex numbers from their real and imaginary parts: float32 or float64, broadcast. See torch.complex."""
    if real.dtype is imag.dtype is dtypes.float16 and out is None:
        return complex(real.float(), imag.float())._cast(dtypes.complex32)
    _check_parts(real, imag, out)
    return FUNCTIONS["from_parts"](real, imag, out=out)


@public()
@shown_as("PolarBackward0")
def polar(abs: Tensor, angle: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Complex numbers from their absolute values and angles. See torch.polar."""
    _check_parts(abs, angle, out)
    return FUNCTIONS["from_parts"](abs * angle.cos(), abs * angle.sin(), out=out)
