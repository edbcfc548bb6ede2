"""What tensors of all sparse layouts share: they hold strided tensors of indices and values, and answer questions of shape and dtype.

A sparse tensor has no storage of its own. Its values are an ordinary tensor, and so are gradients: what is computed of a
sparse tensor is computed of its values, so that gradients flow to them by the rules of the strided ops.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from math import prod
from typing import Any

from .. import dtypes
from ..autograd.modes import MODE
from ..ops.asking import _disabled_torch_function_impl
from ..ops.op import TABLE
from ..tensor import formats
from ..tensor.apply import call
from ..tensor.printing import node_text, tensor_text, with_suffixes
from ..tensor.sizes import Size
from ..tensor.tensor import Tensor
from ..tensor.writes import between_layouts

Shape = tuple[int, ...]
BLOCKS = (formats.sparse_bsr, formats.sparse_bsc)

KEEPS_ZERO = frozenset(
    "abs neg sin sinh asin asinh tan tanh atan atanh sqrt square sign sgn floor ceil trunc round frac expm1 log1p erf erfinv "
    "relu deg2rad rad2deg positive isnan isinf conj_physical signbit".split()
)
"""The functions of one number that leave 0 as it is: they are computed of the values alone."""


def check_conversion(
    x: Tensor, name: str, sparse_dim: int | None, layout: Any, blocksize: Any, dense_dim: int | None
) -> None:
    """RuntimeError for an argument of `Tensor.to_sparse` that says nothing between these layouts; TypeError for one beside ``sparse_dim``."""
    if sparse_dim is not None and not layout is blocksize is dense_dim is None:
        raise TypeError("to_sparse() takes no other argument beside 'sparse_dim'")
    if layout is not None and not isinstance(layout, formats.layout):
        raise TypeError(f"to_sparse(): argument 'layout' must be torch.layout, not {type(layout).__name__}")
    wanted, is_sparse = layout or formats.sparse_coo, isinstance(x, SparseTensor)
    wrong = ""
    if (blocksize is None) is (wanted in BLOCKS) and (blocksize is not None or x.layout in BLOCKS):
        wrong = f"with{'out' if blocksize is None else ''} blocksize argument given"
    elif dense_dim is not None and is_sparse:
        wrong = "with dense_dim argument given"
    elif sparse_dim is not None and is_sparse and sparse_dim != x.sparse_dim():
        wrong = f"with sparse_dim argument !={'self.sparse_dim()' if x.layout is formats.sparse_coo else 2}"
    if wrong:
        have, other = (f.name.title().replace("_", "").replace("Coo", "") for f in (x.layout, wanted))
        name = "to_sparse" if wanted is x.layout else name
        raise RuntimeError(f"{name}: conversion from {have} to {other} {wrong} is not supported")


class SparseError(AttributeError, NotImplementedError):
    """A strided tensor was asked for where a sparse one is: an op that has no sparse form."""


class SparseTensor(Tensor):
    """What tensors of all sparse layouts share. ``_size`` is the shape, ``_held`` the values."""

    __slots__ = ()
    __module__ = "cltorch"
    __torch_function__ = _disabled_torch_function_impl  # type: ignore[assignment]

    _size: Shape
    _held: Tensor

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"{cls.__name__} is made by sparse_coo_tensor, sparse_csr_tensor and to_sparse")

    def __getattr__(self, name: str) -> Any:
        raise SparseError(
            f"this is not implemented for tensors of layout {self.layout}; to_dense() gives a strided one"
        )

    def _with(self, values: Tensor) -> Any:
        """A tensor with the same indices and other values."""
        raise NotImplementedError

    def _replace(self, other: Any) -> Any:
        """Become ``other``, in place."""
        self.__dict__.update(other.__dict__)
        return self

    def _converted(self, layout: Any, blocksize: Any) -> Any:
        """The same elements in a sparse layout, which may be this one."""
        raise NotImplementedError

    def to_sparse(
        self,
        sparse_dim: int | None = None,
        *,
        layout: Any = None,
        blocksize: Any = None,
        dense_dim: int | None = None,
    ) -> Any:
        """By coordinates, or in the layout ``layout``. RuntimeError for an argument that says nothing here. See torch.Tensor.to_sparse."""
        name = "sparse_coo_to_sparse" if self.layout is formats.sparse_coo else "sparse_compressed_to_sparse"
        check_conversion(self, name, sparse_dim, layout, blocksize, dense_dim)
        if layout is formats.strided:
            return self.to_dense()
        return self._converted(layout or formats.sparse_coo, blocksize)

    def coalesce(self) -> Any:
        """This tensor; other layouts have each place once."""
        return self

    def to_dense(self, dtype: Any = None, *, masked_grad: bool | None = None) -> Tensor:
        """The strided tensor with the same elements. See torch.Tensor.to_dense."""
        raise NotImplementedError

    # --- what it is ------------------------------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The sizes of all dimensions."""
        return Size(self._size)

    def size(self, dim: int | None = None) -> Any:
        """All sizes, or that of one dimension."""
        return Size(self._size) if dim is None else self._size[dim]

    @property
    def dtype(self) -> Any:
        """The element type."""
        return self._held.dtype

    @property
    def device(self) -> Any:
        """The device that holds the elements."""
        return self._held.device

    @property
    def is_sparse(self) -> bool:
        """Whether the layout is ``sparse_coo``."""
        return False

    def dim(self) -> int:
        """The number of dimensions."""
        return len(self._size)

    ndimension = dim
    ndim = property(dim)

    def numel(self) -> int:
        """The number of elements of the shape, most of them zeros."""
        return prod(self._size)

    nelement = numel

    def __len__(self) -> int:
        return self._size[0]

    def is_floating_point(self) -> bool:
        """Whether the element type is a floating one."""
        return self._held.is_floating_point()

    def is_signed(self) -> bool:
        """Whether the element type has a sign."""
        return self._held.is_signed()

    def is_same_size(self, other: Tensor) -> bool:
        """Whether both have the same shape."""
        return self.shape == other.shape

    def is_complex(self) -> bool:
        """Whether the element type is a complex one."""
        return self._held.is_complex()

    def element_size(self) -> int:
        """Bytes of one element."""
        return self._held.element_size()

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Always False: there is no order of elements in memory."""
        return False

    def __bool__(self) -> bool:
        return bool(self.to_dense())

    def item(self) -> Any:
        """The only element as a Python number."""
        return self.to_dense().item()

    def numpy(self, *, force: bool = False) -> Any:
        """TypeError: NumPy has no sparse arrays."""
        raise TypeError(f"can't convert {self.layout} layout tensor to numpy. Use Tensor.to_dense() first.")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self.numpy()

    # --- gradients: those of the values ------------------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to the values."""
        return self._held.requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self._held.requires_grad = value

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Make the values require gradients, or no longer."""
        self._held.requires_grad_(requires_grad)
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether the values were not computed from others that require gradients."""
        return self._held.is_leaf

    @property
    def grad_fn(self) -> Any:
        """The node that made the values; None for leaves."""
        return self._held.grad_fn

    @property
    def grad(self) -> Any:
        """The gradient of the values, at the same indices."""
        found = self._held.grad
        return None if found is None else self._with(found)

    @grad.setter
    def grad(self, value: Any) -> None:
        self._held.grad = None if value is None else value._held

    def detach(self) -> Any:
        """The same indices and values, without history."""
        return self._with(self._held.detach())

    def detach_(self) -> Any:
        """Forget the history of the values."""
        self._held.detach_()
        return self

    def _fit(self, meta: Any) -> Any:
        """A gradient in an operand's dtype (sparse ones are never broadcast)."""
        return self.to(meta.dtype)

    # --- copies and conversions ---------------------------------------------------------------------------------------------

    def __deepcopy__(self, memo: dict[Any, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = self._with(deepcopy(self._held, memo))
        return memo[id(self)]

    def __copy__(self) -> Any:
        return self._with(self._held)

    def clone(self, *, memory_format: Any = None) -> Any:
        """A copy of the values at the same indices."""
        return self._with(self._held.clone())

    @property
    def data(self) -> Any:
        """The same indices and values, without history."""
        return self.detach()

    @data.setter
    def data(self, value: Any) -> None:
        if not isinstance(value, SparseTensor) or value.layout is not self.layout:
            raise RuntimeError(
                "Attempted to call `variable.set_data(tensor)`, but `variable` and `tensor` have incompatible tensor type."
            )
        self._replace(value.detach())

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The name of the tensor's type, or the tensor cast to a dtype. See torch.Tensor.type."""
        if dtype is not None:
            return self._with(self._held.type(dtype))
        return f"torch.{self.layout.name.removesuffix('_coo')}.{self.dtype.title}Tensor"

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """The same elements in another dtype, or on another device. See torch.Tensor.to."""
        return self._with(self._held.to(*args, **kwargs))

    def cpu(self, memory_format: Any = None) -> Any:
        """The same tensor on the CPU's device."""
        return self._with(self._held.cpu())

    def zero_(self) -> Any:
        """All elements become 0: nothing is held any more."""
        raise NotImplementedError

    # --- arithmetic ---------------------------------------------------------------------------------------------------------

    def _apply_sparse(self, name: str, operands: tuple[Any, ...]) -> Any:
        """What a pointwise op gives where an operand is sparse (asked by `tensor.apply.call`)."""
        first, *rest = operands
        if not rest and name in KEEPS_ZERO:
            joined = self.coalesce()
            return joined._with(call(TABLE[name], (joined._held,)))
        if len(operands) == 2 and name in ("mul", "true_divide"):
            other = rest[0] if first is self else first
            scalar = not hasattr(other, "dim") or (not isinstance(other, SparseTensor) and not other.dim())
            if scalar and (name == "mul" or first is self):
                return self._with(call(TABLE[name], (self._held, other)))
        if name in ("floor_divide", "div_floor", "trunc_divide") and first is self and not getattr(rest[0], "ndim", 0):
            return self._with(call(TABLE[name], (self._held, rest[0])))
        if name == "pow" and first is self and not hasattr(rest[0], "dim"):
            if not rest[0]:
                raise RuntimeError(
                    "pow: cannot raise to zeroth power on sparse tensor; it would make the result tensor dense"
                )
            joined = self.coalesce()
            return joined._with(call(TABLE[name], (joined._held, rest[0])))
        found = self._combined(name, operands)
        if found is NotImplemented:
            raise NotImplementedError(
                f"'{name}' is not implemented for tensors of layout {self.layout}; to_dense() gives a strided one"
            )
        return found

    def _combined(self, name: str, operands: tuple[Any, ...]) -> Any:
        """Ops of two tensors; NotImplemented for those that have no sparse form."""
        return NotImplemented

    def neg(self) -> Any:
        """The opposite elements."""
        return self._with(self._held.neg())

    def abs(self) -> Any:
        """Absolute values."""
        return self._apply_sparse("abs", (self,))

    def isposinf(self) -> Any:
        """Where the element is plus infinity; bool."""
        joined = self.coalesce()
        return joined._with(joined._held.isposinf())

    def isneginf(self) -> Any:
        """Where the element is minus infinity; bool."""
        joined = self.coalesce()
        return joined._with(joined._held.isneginf())

    def nan_to_num(self, nan: float | None = None, posinf: float | None = None, neginf: float | None = None) -> Any:
        """NaN and infinities replaced among the values. See torch.nan_to_num."""
        joined = self.coalesce()
        return joined._with(joined._held.nan_to_num(nan, posinf, neginf))

    def any(self, dim: Any = None, keepdim: bool = False) -> Tensor:
        """Whether any element is not 0."""
        if dim is not None:
            raise NotImplementedError("any of sparse tensors is implemented for all elements at once")
        return self.coalesce()._held.any()

    def norm(self, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
        """The norm of all elements. See torch.Tensor.norm."""
        if dim is not None:
            raise NotImplementedError("norm of sparse tensors is implemented for all elements at once")
        return self.coalesce()._held.norm(p, dtype=dtype)

    def __matmul__(self, other: Any) -> Any:
        return self.matmul(other)

    def mm(self, mat2: Any, *, out_dtype: Any = None) -> Any:
        """`matmul` of two matrices, computed in ``out_dtype``."""
        return self.matmul(mat2) if out_dtype is None else self.to(out_dtype).matmul(mat2.to(out_dtype))

    def mv(self, vec: Any) -> Any:
        """`matmul` with a vector."""
        return self.matmul(vec)

    # --- in-place: sparse tensors hold other tensors, so this is to hold others ---------------------------------------------

    def _written(self, result: Any, name: str) -> Any:
        """Become the result of an op, in the dtype that this tensor has."""
        if MODE.enabled and self.requires_grad and self.is_leaf:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        if not dtypes.can_cast(result.dtype, self.dtype):
            have, want = result.dtype.title, self.dtype.title
            raise RuntimeError(
                f"result type {have} can't be cast to the desired output type {want}"
                if name not in ("add", "mul")
                else f"Can't convert result type {have} to output {want} in {name} operation"
            )
        return self._replace(result.to(self.dtype))

    def _taken_over_by(self, out: Any) -> Any:
        """``out=``, which becomes this result (asked by `tensor.apply.stored`)."""
        if not isinstance(out, SparseTensor) or out.layout is not self.layout:
            given = out.layout if isinstance(out, Tensor) else type(out).__name__
            raise RuntimeError(f"out= must have the layout of the result, {self.layout}, but has {given}")
        if MODE.enabled and (out.requires_grad or self.requires_grad):
            raise RuntimeError(
                "functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad."
            )
        if not dtypes.can_cast(self.dtype, out.dtype):
            raise RuntimeError(
                f"result type {self.dtype.title} can't be cast to the desired output type {out.dtype.title}"
            )
        return out._replace(self.to(out.dtype))

    def __iadd__(self, other: Any) -> Any:
        return self.add_(other)

    def add_(self, other: Any, *older: Any, alpha: Any = 1) -> Any:
        """In-place addition of a sparse tensor."""
        return self._written(self.add(other, *older, alpha=alpha), "add")

    def sub_(self, other: Any, *older: Any, alpha: Any = 1) -> Any:
        """In-place subtraction of a sparse tensor."""
        return self._written(self.sub(other, *older, alpha=alpha), "add")

    def mul_(self, other: Any) -> Any:
        """In-place product."""
        return self._written(self.mul(other), "mul")

    def div_(self, other: Any, *, rounding_mode: str | None = None) -> Any:
        """In-place quotient."""
        return self._written(self.div(other, rounding_mode=rounding_mode), "div")

    def floor_divide_(self, other: Any) -> Any:
        """In-place quotient by a number, rounded down."""
        return self._written(self.floor_divide(other), "floor_divide")

    __isub__, __imul__, __itruediv__, __ifloordiv__ = sub_, mul_, div_, floor_divide_

    def t_(self) -> Any:
        """In-place `t`."""
        return self._replace(self.t())

    def transpose_(self, dim0: int, dim1: int) -> Any:
        """In-place `transpose`."""
        return self._replace(self.transpose(dim0, dim1))

    def copy_(self, src: Any, non_blocking: bool = False) -> Any:
        """Hold the indices and values of another sparse tensor."""
        if not isinstance(src, SparseTensor):
            raise between_layouts(self, src)
        if src.shape != self.shape:
            raise RuntimeError("copy_(): a sparse tensor can only take over one of the same layout and shape")
        return self._replace(src.to(self.dtype).clone())


def make(cls: type[SparseTensor], **parts: Any) -> Any:
    """A sparse tensor of a class from its parts."""
    made: Any = object.__new__(cls)
    made._base = None
    made.__dict__.update(parts)
    return made


def retyped(name: str) -> Callable[[Any], Any]:
    """The method that casts to a dtype, under the name that Tensor has for it."""
    kind = getattr(dtypes, name)

    def cast(self: SparseTensor) -> Any:
        return self.to(kind)

    cast.__name__ = cast.__qualname__ = name
    cast.__doc__ = f"The same elements as {kind}."
    return cast


def in_place(name: str) -> Callable[..., Any]:
    """The in-place form of a function of one number, under the name that Tensor has for it."""

    def change(self: SparseTensor, *args: Any, **kwargs: Any) -> Any:
        joined = self.coalesce()
        if joined is not self and joined._held is not self._held and name != "neg":
            raise RuntimeError(f"{name}_ requires coalesced input")
        return self._written(getattr(self, name)(*args, **kwargs), name)

    change.__name__ = change.__qualname__ = f"{name}_"
    change.__doc__ = f"In-place `{name}`."
    return change


for _name in (KEEPS_ZERO | {"nan_to_num"}) - {"square", "positive", "isnan", "isinf", "signbit"}:
    setattr(SparseTensor, f"{_name}_", in_place(_name))
for _name in "float double half bfloat16 int long short bool cfloat cdouble".split():
    setattr(SparseTensor, _name, retyped(_name))


def text(parts: dict[str, Tensor], whole: SparseTensor, forced: bool) -> str:
    """How a sparse tensor prints: its parts by name, then what it is; on a new line, if that is ``forced``."""
    lines = []
    for name, part in parts.items():
        body = tensor_text(part.detach(), " " * 7 + f"{name}=tensor(")[7:]
        if part.dtype is dtypes.int64 or part is whole._held:
            body = re.sub(rf",\s*dtype={part.dtype}", "", body)
        if part.shape == (0,):
            body = body.replace("[]", "[], size=(0,)")
        lines.append(body)
    suffixes = [f"size={tuple(whole._size)}", f"nnz={whole._nnz()}"]
    default = dtypes.get_default_dtype()
    if whole.dtype not in (default, default.to_complex(), dtypes.int64, dtypes.bool):
        suffixes.append(f"dtype={whole.dtype}")
    suffixes.append(f"layout={whole.layout}")
    if whole.grad_fn is not None:
        suffixes.append(f"grad_fn=<{node_text(whole.grad_fn)}>")
    elif whole.requires_grad:
        suffixes.append("requires_grad=True")
    start = "tensor(" + (",\n" + " " * 7).join(lines)
    if forced:
        start, suffixes = f"{start},\n{' ' * 7}{suffixes[0]}", suffixes[1:]
    return with_suffixes(start, suffixes, 7)
