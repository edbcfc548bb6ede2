"""Matrix products of Tensor."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.aliases import no_view
from ..autograd.composite import composite, is_narrow, widened
from ..autograd.names import called, shown_as
from ..autograd.remembered import remembered
from ..errors import kind_of
from ..ops import heavy, rules
from ..ops.arguments import is_tensor
from ..ops.names import public
from .apply import apply, recorded
from .complex_products import complex_product
from .functions import check_factor

if TYPE_CHECKING:
    from .tensor import Tensor

Shape = tuple[int, ...]


def _check_dtypes(name: str, *tensors: Tensor) -> None:
    first = tensors[0]
    for other in tensors[1:]:
        if other.dtype is not first.dtype:
            if name == "matmul" and first.dim() == other.dim() == 1:
                kinds = f"{first.dtype.title} and {other.dtype.title}"
                raise RuntimeError(f"dot : expected both vectors to have same dtype, but found {kinds}")
            raise RuntimeError(
                f"expected m1 and m2 to have the same dtype, but got: {first.dtype.c_name} != {other.dtype.c_name}"
                if name in ("matmul", "linear")
                else f"Input type ({first.dtype.c_name}) and weight type ({other.dtype.c_name}) should be the same"
            )


def product(a: Tensor, b: Tensor) -> Tensor:
    """(m, k) @ (k, n) or (batch, m, k) @ (batch, k, n) of checked shapes."""
    return complex_product(a, b) if a.is_complex() else apply(heavy.matmul3, (a, b))


@composite(vjp=lambda g, y, aux, a, b: (g.mv(b.conj()), g.t().mv(a.conj())), saves="a b", name="mul")
def _outer(a: Tensor, b: Tensor) -> Tensor:
    """Every element of one vector with every one of the other; gradients are products, rounded once."""
    return a.unsqueeze(1) * b.unsqueeze(0)


def _summed_products(a: Tensor, b: Tensor) -> Tensor:
    """The sum of ``a.bmm(b)`` over the batch: one product of all rows side by side."""
    shapes = a._cl_meta.shape, b._cl_meta.shape
    if {len(shape) for shape in shapes} != {3} or shapes[0][::2] != shapes[1][:2] or a.dtype is dtypes.bool:
        a.bmm(b)  # says what is wrong
    (count, rows, inner), columns = shapes[0], shapes[1][2]
    return a.transpose(0, 1).reshape(rows, count * inner).mm(b.reshape(count * inner, columns))


def _need_alike(name: str, input: Tensor, factor: Tensor) -> None:
    if input._cl_meta.dtype is not factor._cl_meta.dtype:
        raise RuntimeError(
            f"{name}: Input dtypes must be the same, got: {input.dtype.c_name} and {factor.dtype.c_name}"
        )


def _need_dims(*asked: tuple[Tensor, int]) -> None:
    """IndexError unless the tensors have these dimensions."""
    for tensor, dim in asked:
        rules.wrap_dim(dim, tensor.dim())


_BY_DIMS = {(1, 1): "DotBackward0", (2, 1): "MvBackward0", (1, 2): "SqueezeBackward4"}
"""How PyTorch computes `matmul` of few dimensions, which the names of nodes show."""


def _wide_for(out_dtype: dtypes.dtype, *operands: Tensor) -> tuple[Tensor, ...]:
    """Operands of a product with a dtype of its own: their dtype, or float32 for 16-bit floats. RuntimeError for others."""
    kinds = {t.dtype for t in operands[-2:]}
    if kinds != {out_dtype} and not (out_dtype is dtypes.float32 and all(map(is_narrow, kinds))):
        raise RuntimeError(
            f"out_dtype must be the same as input dtype or fp32 for fp16/bf16 inputs, got {out_dtype} for {', '.join(map(str, kinds))}"
        )
    return tuple([t.to(out_dtype) for t in operands])


class Products:
    """Methods of Tensor that contract dimensions."""

    __slots__ = ()

    def __rmatmul__(self: Tensor, other: Any) -> Tensor:
        """``other @ self``."""
        return other.matmul(self) if is_tensor(other) else NotImplemented

    @public()
    def matmul(self: Tensor, other: Tensor) -> Tensor:
        """Matrix product with broadcast batch dimensions; see torch.matmul."""
        if not is_tensor(other):
            if hasattr(other, "_apply_sparse"):
                return other.t().matmul(self.t()).t()
            raise TypeError(f"matmul(): argument 'other' (position 1) must be Tensor, not {kind_of(other)}")
        a, b = self._cl_meta.shape, other._cl_meta.shape
        if not a or not b:
            raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {len(a)}D and {len(b)}D")
        if len(a) == 1 or len(b) == 1:
            return self._with_vector(other)
        _check_dtypes("matmul", self, other)
        if a[-1] != b[-2]:
            raise RuntimeError(self._product_error(other))
        result = self._batched(other)
        return result if len(a) == len(b) == 2 else called(no_view(result), "UnsafeViewBackward0")

    @remembered
    def _with_vector(self: Tensor, other: Tensor) -> Tensor:
        """The product where an operand is a vector."""
        a, b = self._cl_meta.shape, other._cl_meta.shape
        _check_dtypes("matmul", self, other)
        left = self.unsqueeze(0) if len(a) == 1 else self
        right = other.unsqueeze(1) if len(b) == 1 else other
        if left._cl_meta.shape[-1] != right._cl_meta.shape[-2]:
            raise RuntimeError(self._product_error(other))
        result = left._batched(right)
        if len(a) == 1:
            result = result.squeeze(-2)
        result = result.squeeze(-1) if len(b) == 1 else result
        return called(no_view(result), _BY_DIMS.get((len(a), len(b)), "UnsafeViewBackward0"))

    def _product_error(self: Tensor, other: Tensor) -> str:
        a, b = self._cl_meta.shape, other._cl_meta.shape
        if len(a) == 1 and len(b) == 1:
            return f"inconsistent tensor size, expected tensor {list(a)} and src {list(b)} to have the same number of elements, but got {a[0]} and {b[0]} elements respectively"
        if len(b) == 1:
            return f"size mismatch, got input ({prod(a[:-1])}), mat ({prod(a[:-1])}x{a[-1]}), vec ({b[0]})"
        if len(a) <= 2 and len(b) <= 2:
            m, k = (1, a[0]) if len(a) == 1 else a
            return f"mat1 and mat2 shapes cannot be multiplied ({m}x{k} and {b[0]}x{b[-1]})"
        return f"Expected size for first two dimensions of batch2 tensor to be: [{prod(a[:-2])}, {a[-1]}] but got: [{prod(b[:-2])}, {b[-2] if len(b) > 1 else b[0]}]."

    def _batched(self: Tensor, other: Tensor) -> Tensor:
        """Product of operands of two dimensions or more, their batch dimensions broadcast."""
        a, b = self._cl_meta.shape, other._cl_meta.shape
        if len(a) == 2 and len(b) == 2:
            return product(self, other)
        if len(b) == 2 and len(a) > 2:
            return (
                product(self.reshape(-1, a[-1]), other).reshape(*a[:-1], b[-1])
                if prod(a)
                else self._batched_general(other)
            )
        return self._batched_general(other)

    def _batched_general(self: Tensor, other: Tensor) -> Tensor:
        a, b = self._cl_meta.shape, other._cl_meta.shape
        if len(a) == len(b) == 3 and a[0] == b[0]:
            return product(self, other)
        batch = rules.broadcast_shape([a[:-2], b[:-2]])
        count = prod(batch)
        left = self if a[:-2] == batch else self.expand(*batch, *a[-2:])
        right = other if b[:-2] == batch else other.expand(*batch, *b[-2:])
        left, right = left.reshape(count, *a[-2:]), right.reshape(count, *b[-2:])
        return product(left, right).reshape(*batch, a[-2], b[-1])

    def __matmul__(self: Tensor, other: Any) -> Tensor:
        """``self @ other``; what is no tensor may know how."""
        return self.matmul(other) if is_tensor(other) or hasattr(other, "_apply_sparse") else NotImplemented

    @public()
    def mm(self: Tensor, mat2: Tensor, *, out_dtype: dtypes.dtype | None = None) -> Tensor:
        """Product of two matrices; of 16-bit floats also with an ``out_dtype`` of float32, not rounded."""
        if out_dtype is not None:
            self, mat2 = _wide_for(out_dtype, self, mat2)
        if self.dim() != 2 or mat2.dim() != 2:
            raise RuntimeError("self must be a matrix" if self.dim() != 2 else "mat2 must be a matrix")
        return self.matmul(mat2)

    @public()
    @shown_as("BmmBackward0")
    def bmm(self: Tensor, mat2: Tensor, *, out_dtype: dtypes.dtype | None = None) -> Tensor:
        """Products of two batches of matrices; ``out_dtype`` as in `mm`."""
        if out_dtype is not None:
            self, mat2 = _wide_for(out_dtype, self, mat2)
        if self.dtype is dtypes.bool:
            raise NotImplementedError("\"bmm\" not implemented for 'Bool'")
        if self.dim() != 3 or mat2.dim() != 3:
            raise RuntimeError(f"batch{1 if self.dim() != 3 else 2} must be a 3D tensor")
        if self.shape[0] != mat2.shape[0]:
            raise RuntimeError(self._product_error(mat2))
        return self.matmul(mat2)

    @public()
    def mv(self: Tensor, vec: Tensor) -> Tensor:
        """Product of a matrix and a vector."""
        if not self.dim():
            raise IndexError("Dimension specified as 0 but tensor has no dimensions")
        if self.dim() != 2 or vec.dim() != 1:
            raise RuntimeError(f"vector + matrix @ vector expected, got 1, {self.dim()}, {vec.dim()}")
        return self.matmul(vec)

    @public()
    def dot(self: Tensor, tensor: Tensor) -> Tensor:
        """Sum of products of two vectors."""
        if self.dim() != 1 or tensor.dim() != 1:
            raise RuntimeError(f"1D tensors expected, but got {self.dim()}D and {tensor.dim()}D tensors")
        if self.dtype is not tensor.dtype:
            kinds = f"{self.dtype.title} and {tensor.dtype.title}"
            raise RuntimeError(f"dot : expected both vectors to have same dtype, but found {kinds}")
        return self.matmul(tensor)

    @public("torch", aliases="ger", out="cast apart")
    def outer(self: Tensor, vec2: Tensor) -> Tensor:
        """Product of every element of one vector with every element of the other."""
        if self.dim() != 1 or vec2.dim() != 1:
            raise RuntimeError(f"outer: Expected 1-D arguments, but got {self.dim()}-D and {vec2.dim()}-D")
        return self.unsqueeze(1) * vec2.unsqueeze(0)

    @public()
    @shown_as("VdotBackward0")
    def vdot(self: Tensor, other: Tensor) -> Tensor:
        """Sum of products of two vectors, the elements of the first conjugated."""
        return self.conj().dot(other)

    @public()
    @shown_as("ViewBackward0")
    def inner(self: Tensor, other: Tensor) -> Tensor:
        """Sums of products over the last dimensions of both."""
        if not self._cl_meta.shape or not other._cl_meta.shape:
            return self * other
        if self._cl_meta.shape[-1] != other._cl_meta.shape[-1]:
            raise RuntimeError(
                f"inner() the last dimension must match on both input tensors but got shapes {list(self._cl_meta.shape)} and "
                f"{list(other._cl_meta.shape)}"
            )
        n = self._cl_meta.shape[-1]
        rows, columns = prod(self._cl_meta.shape[:-1]), prod(other._cl_meta.shape[:-1])
        flat = self.reshape(rows, n).matmul(other.reshape(columns, n).t())
        return flat.reshape(self._cl_meta.shape[:-1] + other._cl_meta.shape[:-1])

    @public("torch", inplace=True)
    @shown_as("AddmvBackward0")
    def addmv(self: Tensor, mat: Tensor, vec: Tensor, *, beta: complex = 1, alpha: complex = 1) -> Tensor:
        """``beta * self + alpha * (mat @ vec)``."""
        if not self.dtype is mat.dtype is vec.dtype:
            kinds = [t.dtype.title for t in (self, mat, vec)]
            raise RuntimeError(
                f"addmv input tensors must have the same dtype, but got {kinds[0]}, {kinds[1]}, and {kinds[2]}"
            )
        if self.dim() > 1 or mat.dim() != 2 or vec.dim() != 1:
            raise RuntimeError(f"vector + matrix @ vector expected, got {self.dim()}, {mat.dim()}, {vec.dim()}")
        return self._with_product(self._as_own_number(beta), mat.mv(vec), self._as_own_number(alpha))

    @public("torch", inplace=True, out="cast placed")
    @shown_as("AddrBackward0")
    def addr(self: Tensor, vec1: Tensor, vec2: Tensor, *, beta: complex = 1, alpha: complex = 1) -> Tensor:
        """``beta * self + alpha * outer(vec1, vec2)``."""
        plain = vec1.dim() == vec2.dim() == 1 and vec1.dtype is vec2.dtype and vec1.dtype.differentiable
        product = _outer(vec1, vec2) if plain else vec1.outer(vec2)
        wide = self.to(dtypes.promote_types(self._cl_meta.dtype, product._cl_meta.dtype))
        for name, factor in (("beta", beta), ("alpha", alpha)):
            check_factor(factor, wide, name=name)
            wide._as_own_number(factor)
        return wide._plus_product(beta, product, alpha)

    @public("torch", inplace=True)
    @shown_as("AddbmmBackward0")
    def addbmm(self: Tensor, batch1: Tensor, batch2: Tensor, *, beta: complex = 1, alpha: complex = 1) -> Tensor:
        """``beta * self + alpha * sum of all products``, which is one product of what lies side by side."""
        _need_dims((batch1, 1), (batch2, 2))
        _need_alike("addbmm", self, batch1)
        return self._with_product(beta, _summed_products(batch1, batch2), alpha)

    def addbmm_(self: Tensor, batch1: Tensor, batch2: Tensor, *, beta: complex = 1, alpha: complex = 1) -> Tensor:
        """In-place `addbmm`, which brings a tensor of another shape into that of the result."""
        result = self.addbmm(batch1, batch2, beta=beta, alpha=alpha)
        if result._cl_meta.shape != self._cl_meta.shape:
            self.resize_(result._cl_meta.shape)
        return self._inplace(lambda old: result)

    def _with_product(self: Tensor, beta: Any, product: Tensor, alpha: Any) -> Tensor:
        """`_plus_product`, row-major."""
        return self._plus_product(beta, product, alpha).contiguous()

    def _plus_product(self: Tensor, beta: Any, product: Tensor, alpha: Any) -> Tensor:
        """``beta * self + alpha * product`` in this dtype; with a ``beta`` of 0 the elements do not count, not even NaN.

        RuntimeError where the elements do not broadcast to the product's shape.
        """
        if self._cl_meta.shape != product._cl_meta.shape:
            self = self.expand(product._cl_meta.shape)
        if self._cl_meta.dtype is dtypes.bool:
            return (self & bool(beta)) | (product.bool() & bool(alpha))
        if is_narrow(self._cl_meta.dtype):  # rounded once, at the end
            wide, product = widened((self, product))
            return wide._plus_product(beta, product, alpha).to(self._cl_meta.dtype)
        alpha = int(alpha) if isinstance(alpha, bool) else alpha
        if not self._cl_meta.dtype.differentiable:
            beta, alpha, product = int(beta), int(alpha), product.to(self._cl_meta.dtype)
        if beta == 0:
            kept = self.where(self._filled((), False, dtypes.bool, self._cl_meta.device), self._as_own_number(0))
        else:
            kept = self if beta == 1 else self * beta
        return kept.add(product, alpha=alpha)

    @public("torch", inplace=True)
    @shown_as("AddmmBackward0")
    def addmm(
        self: Tensor,
        mat1: Tensor,
        mat2: Tensor,
        *,
        out_dtype: dtypes.dtype | None = None,
        beta: complex = 1,
        alpha: complex = 1,
    ) -> Tensor:
        """``beta * self + alpha * (mat1 @ mat2)``; ``out_dtype`` as in `mm`."""
        if out_dtype is not None:
            self, mat1, mat2 = _wide_for(out_dtype, self, mat1, mat2)
        if not hasattr(mat1, "_apply_sparse"):
            _need_alike("addmm", self, mat1)
        return self._with_product(beta, mat1.mm(mat2), alpha)

    @public("torch", inplace=True)
    @shown_as("BaddbmmBackward0")
    def baddbmm(
        self: Tensor,
        batch1: Tensor,
        batch2: Tensor,
        *,
        out_dtype: dtypes.dtype | None = None,
        beta: complex = 1,
        alpha: complex = 1,
    ) -> Tensor:
        """``beta * self + alpha * (batch1 @ batch2)``; ``out_dtype`` as in `mm`."""
        if out_dtype is not None:
            self, batch1, batch2 = _wide_for(out_dtype, self, batch1, batch2)
        _need_dims((batch1, 0), (batch1, 1), (batch2, 2))
        _need_alike("baddbmm", self, batch1)
        return self._with_product(beta, batch1.bmm(batch2), alpha)


def linear(input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """``input @ weight.T + bias`` over the last dimension."""
    if bias is not None:
        try:
            known = heavy.linear2.cache.get(((input._cl_meta, weight._cl_meta, bias._cl_meta), ()))
        except (TypeError, AttributeError):  # sizes that are traced are no keys; a sparse weight has no meta
            known = None
        if known is not None:  # all of what follows was asked of tensors that look so
            return recorded(known, (input, weight, bias))
    if hasattr(weight, "_apply_sparse"):
        made = input.reshape(-1, input.shape[-1]).matmul(weight.t()).reshape(*input.shape[:-1], weight.shape[0])
        return made if bias is None else made + bias
    shape = input._cl_meta.shape
    if not weight._cl_meta.shape:
        raise RuntimeError(f"both arguments to linear need to be at least 1D, but they are {len(shape)}D and 0D")
    if weight._cl_meta.dtype is not input._cl_meta.dtype:
        if bias is None:
            kinds = f"{input.dtype.c_name} != {weight.dtype.c_name}"
            raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {kinds}")
        raise RuntimeError(
            f"mat1 and mat2 must have the same dtype, but got {input.dtype.title} and {weight.dtype.title}"
        )
    if bias is not None and bias._cl_meta.dtype is not input._cl_meta.dtype:
        raise RuntimeError(
            f"self and mat2 must have the same dtype, but got {bias.dtype.title} and {weight.dtype.title}"
        )
    if not shape or shape[-1] != weight._cl_meta.shape[-1]:
        rows = prod(shape[:-1]) if shape else 1
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({rows}x{shape[-1] if shape else 1} and "
            f"{weight._cl_meta.shape[-1]}x{weight._cl_meta.shape[0]})"
        )
    if input._cl_meta.dtype is not weight._cl_meta.dtype:
        _check_dtypes("linear", input, weight)
    matrix = weight._cl_meta.shape
    if bias is None or len(matrix) != 2 or bias._cl_meta.shape != matrix[:1] or input._cl_meta.dtype.is_complex:
        result = input.matmul(weight.t())
        return result if bias is None else result + bias
    if len(shape) <= 2:
        return apply(heavy.linear2 if len(shape) == 2 else heavy.linear1, (input, weight, bias._dense()))
    flat = apply(heavy.linear2, (input.reshape(-1, shape[-1]), weight, bias._dense()))
    return no_view(flat.reshape(*shape[:-1], matrix[0]))
