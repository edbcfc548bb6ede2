"""Methods of Tensor that arrange elements anew: diagonals, flips, repetitions, pieces, distinct elements; and ``new_*``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf, prod
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.composite import composite
from ..autograd.modes import no_grad
from ..autograd.names import called, shown_as
from ..autograd.remembered import remembered
from ..ops import index as places
from ..ops import rules
from ..ops.arguments import also_named, is_tensor, no_overload, takes
from ..ops.names import public
from ..ops.pad import LARGE, pad_from_input
from ..runtime.host import HOST
from ..warned import COPIED, warn
from .apply import apply
from .cat import join, of_its_own, unchanged
from .device_names import device as _Device
from .device_names import resolve_device
from .formats import check_layout, contiguous_format
from .guards import requiring
from .host_data import as_number, host_array
from .known import check_range, is_known, known
from .picks import take
from .views import named_sizes, need_sizes, several

if TYPE_CHECKING:
    from .tensor import Tensor


_FAR = 1 << 62  # a diagonal beyond any matrix, with room to count from it


def _is_split(wanted: Any) -> bool:
    """Whether something can be a number of pieces, or the indices between them."""
    return rules.is_integer(wanted) or (isinstance(wanted, (tuple, list, range)) and all(map(rules.is_integer, wanted)))


class Manipulation:
    """Methods of Tensor that are compositions of views, copies and index ops."""

    __slots__ = ()

    # --- diagonals ---------------------------------------------------------------------------------------------------

    @public(out=False)
    @shown_as("DiagEmbedBackward0")
    def diag_embed(self: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
        """Zeros with the last dimension on a diagonal of two new ones."""
        shape = self._cl_meta.shape
        a, b = rules.wrap_dim(dim1, len(shape) + 1), rules.wrap_dim(dim2, len(shape) + 1)
        if a == b:
            raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
        if not shape:
            return self.reshape(1).diag_embed(offset, dim1, dim2)
        offset = rules.integer(offset, "offset")
        side = shape[-1] + abs(offset)
        rest = iter(shape[:-1])
        size = tuple(side if d in (a, b) else next(rest) for d in range(len(shape) + 1))
        made = self._filled(size, 0, self._cl_meta.dtype, self._cl_meta.device)
        made.diagonal(offset, a, b).copy_(self)
        return made

    @public()
    def diag(self: Tensor, diagonal: int = 0) -> Tensor:
        """A matrix with this vector on a diagonal, or a copy of this matrix's diagonal."""
        if self.dim() not in (1, 2):
            raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {self.dim()}D")
        if self.dim() == 1:
            return self.diag_embed(diagonal)
        return called(self.diagonal(diagonal).clone(), "DiagonalBackward0_copy")

    @public(out=False)
    def diagflat(self: Tensor, offset: int = 0) -> Tensor:
        """A matrix with all elements on a diagonal."""
        return self.reshape(-1).diag_embed(offset)

    @public(out=False)
    @takes("trace", "half wide integer complex")
    @shown_as("TraceBackward0")
    def trace(self: Tensor) -> Tensor:
        """The sum of a matrix's diagonal."""
        if self.dim() != 2:
            raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {self.dim()}")
        return self.diagonal().sum()

    # --- flips and repetitions ---------------------------------------------------------------------------------------

    @public(out=False)
    def fliplr(self: Tensor) -> Tensor:
        """A copy with the second dimension reversed."""
        if self.dim() < 2:
            raise RuntimeError("Input must be >= 2-d.")
        return self.flip(1)

    @public(out=False)
    def flipud(self: Tensor) -> Tensor:
        """A copy with the first dimension reversed."""
        if self.dim() < 1:
            raise RuntimeError("Input must be >= 1-d.")
        return self.flip(0)

    @public(out=False)
    @remembered
    @shown_as("Rot90Backward0")
    def rot90(self: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
        """A copy turned by ``k`` quarter turns in the plane of two dimensions."""
        dims, k = rules.integers(dims, "dims"), rules.integer(k, "k")
        if len(dims) != 2:
            raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
        if self.dim() < 2:
            raise RuntimeError(f"expected total dims >= 2, but got total dims = {self.dim()}")
        a, b = (rules.wrap_dim(d, self.dim()) for d in dims)
        if a == b:
            raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
        turns = k % 4
        if turns == 0:
            return self.clone(memory_format=contiguous_format)
        if turns == 2:
            return self.flip(a, b)
        return self.flip(b).transpose(a, b) if turns == 1 else self.flip(a).transpose(a, b)

    @public("", out=False)
    @remembered
    def repeat_interleave(
        self: Tensor, repeats: Tensor | int, dim: int | None = None, *, output_size: int | None = None
    ) -> Tensor:
        """Every element (or position along ``dim``) repeated in its place, as often as ``repeats`` says."""
        if is_tensor(repeats) and repeats.dtype not in (dtypes.int32, dtypes.int64):
            raise NotImplementedError(f"\"repeat_interleave_cpu\" not implemented for '{repeats.dtype.title}'")
        source = self.reshape(-1) if dim is None else self
        at = rules.wrap_dim(0 if dim is None else dim, source.dim())
        if not is_tensor(repeats) or repeats.numel() == 1:
            count = rules.integer(repeats, "repeats")
            if count < 0:
                raise RuntimeError("repeats can not be negative")
            shape = source._cl_meta.shape
            if output_size is not None and output_size != shape[at] * count:
                raise RuntimeError(
                    f"repeat_interleave: Invalid output_size, expected {shape[at] * count} but got {output_size}"
                )
            spread = source.unsqueeze(at + 1).expand(*shape[: at + 1], count, *shape[at + 1 :])
            return of_its_own(spread.contiguous(), self).reshape(*shape[:at], shape[at] * count, *shape[at + 1 :])
        if repeats.dim() != 1 or repeats.numel() != source._cl_meta.shape[at]:
            raise RuntimeError(
                "repeats must have the same size as input along dim, but got repeats.size(0) = "
                f"{repeats._cl_meta.shape[0] if repeats.dim() else 1} and input.size({at}) = {source._cl_meta.shape[at]}"
            )
        if not repeats.numel():
            return source.clone()
        check_range(repeats, 0, inf, RuntimeError, "repeats can not be negative")
        listed = known(repeats) if output_size is not None and is_known(repeats) else None
        if listed is not None and listed.sum() != output_size:
            raise RuntimeError("allocated size does not match required size")
        with no_grad():
            ends = repeats.long().cumsum(0)
            least = repeats.min()  # read together with their sum
            total = int(ends[-1].item()) if output_size is None else output_size
            if output_size is None and int(least.item()) < 0:
                raise RuntimeError("repeats can not be negative")
            starts = self._filled((total + 1,), 0, dtypes.int64, self._cl_meta.device)
            one = self._filled((), 1, dtypes.int64, self._cl_meta.device).expand(ends._cl_meta.shape)
            positions = starts.index_add(0, ends, one).cumsum(0).narrow(0, 0, total)
        return source.index_select(at, positions)

    # --- pieces ------------------------------------------------------------------------------------------------------

    @public(out=False)
    @also_named(**dict.fromkeys(("indices", "sections", "tensor_indices_or_sections"), "indices_or_sections"))
    def tensor_split(self: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
        """A number of pieces of nearly equal size, or pieces between indices."""
        if not self.dim():
            raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
        at = rules.wrap_dim(dim, self.dim())
        n = self._cl_meta.shape[at]
        if is_tensor(indices_or_sections):
            kind, ndim = indices_or_sections.dtype, indices_or_sections.dim()
            if kind is not dtypes.int64:
                raise RuntimeError(
                    f"tensor_split expected tensor_indices_or_sections to have dtype of long, but got {kind.title}"
                )
            if ndim > 1:
                raise RuntimeError(
                    "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but "
                    f"got a tensor with {ndim} dims"
                )
        elif not _is_split(indices_or_sections):
            forms = ("tuple of ints indices", "Tensor tensor_indices_or_sections", "int sections")
            raise no_overload(
                "tensor_split", (self, indices_or_sections), *(f"Tensor input, {form}, int dim = 0" for form in forms)
            )
        wanted = indices_or_sections.tolist() if is_tensor(indices_or_sections) else indices_or_sections
        if rules.is_integer(wanted):
            wanted = rules.integer(wanted, "sections")
            if wanted <= 0:
                raise RuntimeError(f"number of sections must be larger than 0, got {wanted}")
            if wanted >= 1 << 31:
                raise RuntimeError(f"tensor_split: {wanted} pieces do not fit into memory")
            least, more = divmod(n, wanted)
            bounds = [k * least + min(k, more) for k in range(wanted + 1)]
        else:
            bounds = [0, *(max(0, min(n, k + n if k < 0 else k)) for k in rules.integers(wanted, "indices")), n]
        return tuple(self.narrow(at, a, max(0, b - a)) for a, b in pairwise(bounds))

    @public(out=False)
    @also_named(indices="indices_or_sections", sections="indices_or_sections")
    def hsplit(self: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
        """`tensor_split` along columns; equal pieces only."""
        return self._equal_split("hsplit", indices_or_sections, 1 if self.dim() > 1 else 0, 1)

    @public(out=False)
    @also_named(indices="indices_or_sections", sections="indices_or_sections")
    def vsplit(self: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
        """`tensor_split` along rows; equal pieces only."""
        return self._equal_split("vsplit", indices_or_sections, 0, 2)

    @public(out=False)
    @also_named(indices="indices_or_sections", sections="indices_or_sections")
    def dsplit(self: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
        """`tensor_split` along the third dimension; equal pieces only."""
        return self._equal_split("dsplit", indices_or_sections, 2, 3)

    def _equal_split(self: Tensor, name: str, wanted: Any, dim: int, least: int) -> tuple[Tensor, ...]:
        if self.dim() < least:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {self.dim()} dimensions!"
            )
        if not _is_split(wanted):
            raise no_overload(name, (self, wanted), "Tensor input, int sections", "Tensor input, tuple of ints indices")
        wanted = rules.integer(wanted) if rules.is_integer(wanted) else wanted
        if rules.is_integer(wanted) and (wanted <= 0 or self._cl_meta.shape[dim] % wanted):
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension "
                f"{self._cl_meta.shape[dim]} is not divisible by the split_size {wanted}!"
            )
        return self.tensor_split(wanted, dim)

    # --- elements ----------------------------------------------------------------------------------------------------

    @public(out=False)
    @shown_as("MaskedScatterBackward0")
    def masked_scatter(self: Tensor, mask: Tensor, source: Tensor) -> Tensor:
        """A copy in which the elements where ``mask`` holds are those of ``source``, in order."""
        if source._cl_meta.dtype is not self._cl_meta.dtype:
            raise RuntimeError(
                f"masked_scatter: expected self and source to have same dtypes but got{self.dtype.title} and {source.dtype.title}"
            )
        if mask._cl_meta.dtype is not dtypes.bool:
            raise RuntimeError(
                f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask.dtype.title}"
            )
        shape = rules.broadcast_shape([self._cl_meta.shape, mask._cl_meta.shape])
        chosen, base = mask.expand(shape), self.expand(shape)
        with no_grad():
            positions = chosen.reshape(-1).cumsum(0)
            count = int(positions[-1]._of_all_slices().amax().item()) if positions.numel() else 0
        if count > source.numel():
            raise RuntimeError("Number of elements of source < number of ones in mask")
        if not count:
            return unchanged(base.contiguous(), source)
        return source.take((positions - 1).clamp(min=0).reshape(shape)).where(chosen, base).contiguous()

    # --- new tensors of this one's dtype and device ------------------------------------------------------------------

    def _new(self: Tensor, size: Any, value: Any, dtype: Any, device: Any, requires_grad: bool, layout: Any) -> Tensor:
        check_layout(layout)
        if min(size, default=0) < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {min(size)}: {list(size)}")
        kind = self._cl_meta.dtype if dtype is None else dtypes.named(dtype)
        where = self._cl_meta.device if device is None else resolve_device(device)
        made = self._filled(size, as_number(value, kind, prod(size) == 1), kind, where)
        return requiring(made) if requires_grad else made

    def new_zeros(
        self: Tensor,
        *args: Any,
        size: Any = None,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """Zeros of this tensor's dtype and device."""
        return self._new(need_sizes("new_zeros", args, size), 0, dtype, device, requires_grad, layout)

    def new_ones(
        self: Tensor,
        *args: Any,
        size: Any = None,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """Ones of this tensor's dtype and device."""
        return self._new(need_sizes("new_ones", args, size), 1, dtype, device, requires_grad, layout)

    def new_empty(
        self: Tensor,
        *args: Any,
        size: Any = None,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """A tensor of this one's dtype and device whose elements mean nothing (zeros here)."""
        return self._new(need_sizes("new_empty", args, size), 0, dtype, device, requires_grad, layout)

    def new_full(
        self: Tensor,
        size: Sequence[int],
        fill_value: complex | Tensor,
        *,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """A tensor of this one's dtype and device full of one number."""
        return self._new(named_sizes((), size), fill_value, dtype, device, requires_grad, layout)

    def new_tensor(
        self: Tensor,
        data: Any,
        *,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """A copy of ``data`` of this tensor's dtype and device."""
        if is_tensor(data):
            warn(COPIED.format("tensor.new_tensor"))
        check_layout(layout)
        kind = self._cl_meta.dtype if dtype is None else dtypes.named(dtype)
        where = self._cl_meta.device if device is None else resolve_device(device)
        if is_tensor(data):
            made = data.detach().clone().to(device=where, dtype=kind)
        else:
            made = self._from_array(host_array(data, kind), kind, where)
        return requiring(made) if requires_grad else made

    def new(self: Tensor, *args: Any, size: Any = None, device: Any = None) -> Tensor:
        """A tensor of this one's dtype and device with some sizes, of data, or on another tensor's or a storage's numbers (`new_empty` and
        `new_tensor` are clearer). RuntimeError for another type of device, TypeError for what is no sequence."""
        where = self._cl_meta.device
        if device is not None and resolve_device(device) is not where:
            raise RuntimeError(
                f"legacy constructor expects device type: {self.device.type} but device type: {_Device(device).type} was passed"
            )
        given = args if size is None else tuple(size)
        return self._from_legacy(*given, device=device, dtype=self._cl_meta.dtype, here=where)

    @public(out=False)
    @remembered
    def flip(self: Tensor, *args: Any, dims: Any = None) -> Tensor:
        """A copy with the order along ``dims`` reversed."""
        wanted = need_sizes("flip", args, dims)
        dims = rules.wrap_dims(wanted, self.dim()) if wanted else ()
        if not dims or not self.numel():
            return self.clone()
        return _flip(self, dims=tuple(dims))._laid_out(self._cl_meta.view.dense_like())

    @public(out=False)
    @remembered
    @shown_as("RollBackward0")
    def roll(self: Tensor, shifts: Any, dims: Any = None) -> Tensor:
        """A copy whose elements are moved along ``dims``, round the end."""
        steps, along = several(shifts, "shifts"), () if dims is None else several(dims, "dims")
        if not along and len(steps) == 1:
            return self.reshape(-1).roll(steps, 0).reshape(self._cl_meta.shape)
        if not steps:
            raise RuntimeError("`shifts` required")
        if len(steps) != len(along):
            raise RuntimeError(f"shifts and dimensions must align. shifts: {len(steps)}, dims:{len(along)}")
        moves = [0] * self.dim()
        for step, dim in zip(steps, along, strict=True):
            at = rules.existing_dim(dim, self.dim())
            n = self._cl_meta.shape[at]
            moves[at] = (moves[at] + step) % n if n else 0
        if sum(map(bool, moves)) > 1 and self.numel() >= LARGE and self._cl_meta.device is not HOST:
            return apply(pad_from_input, (self._dense(),), (tuple((step, -step) for step in moves), "circular"))
        result = self
        for at, step in enumerate(moves):
            n = self._cl_meta.shape[at]
            if step:
                result = join([result.narrow(at, n - step, step), result.narrow(at, 0, n - step)], at)
        return result.clone(memory_format=contiguous_format) if result is self else result

    @remembered
    @shown_as("RepeatBackward0")
    def repeat(self: Tensor, *args: Any, repeats: Any = None) -> Tensor:
        """The tensor laid side by side ``repeats`` times along each dimension, as a copy."""
        counts = need_sizes("repeat", args, repeats)
        mine = (1,) * (len(counts) - self.dim()) + self._cl_meta.shape
        if len(counts) < self.dim():
            raise RuntimeError(
                "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"
            )
        shape = tuple(c * m for c, m in zip(counts, mine, strict=True))
        if min(shape, default=0) < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
        if 0 in shape:
            return self.reshape(-1)[:0].clone().reshape(shape)
        spread = tuple(n for pair in zip(counts, mine, strict=True) for n in pair)
        paired = tuple(n for m in mine for n in (1, m))
        laid = self.reshape(paired).expand(spread).contiguous()
        return of_its_own(laid, self).reshape(shape)

    @public(out=False)
    def tile(self: Tensor, *args: Any, dims: Any = None) -> Tensor:
        """`repeat`, with missing leading counts taken as 1."""
        counts = need_sizes("tile", args, dims)
        return self.repeat((1,) * (self.dim() - len(counts)) + tuple(counts))

    @public("torch", inplace=True)
    @remembered
    @shown_as("TrilBackward0")
    def tril(self: Tensor, diagonal: int = 0) -> Tensor:
        """Zeros above a diagonal of the last two dimensions."""
        return self.where(self._triangle(diagonal, "tril"), self._as_own_number(0)).contiguous()

    @public("torch", inplace=True)
    @remembered
    @shown_as("TriuBackward0")
    def triu(self: Tensor, diagonal: int = 0) -> Tensor:
        """Zeros below a diagonal of the last two dimensions."""
        return self.where(
            ~self._triangle(rules.integer(diagonal, "diagonal") - 1, "triu"), self._as_own_number(0)
        ).contiguous()

    def _triangle(self: Tensor, diagonal: int, name: str) -> Tensor:
        if self.dim() < 2:
            raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
        diagonal = max(-_FAR, min(_FAR, rules.integer(diagonal, "diagonal")))
        rows, columns = self._cl_meta.shape[-2:]
        return self._range(0, 1, columns) <= self._range(diagonal, 1, rows).unsqueeze(1)


@composite(vjp=lambda g, y, aux, input, dims: (g.flip(dims),), moves=True)
def _flip(input: Tensor, dims: tuple[int, ...]) -> Tensor:
    view = input._cl_meta.view
    strides = tuple(-s if d in dims else s for d, s in enumerate(view.strides))
    offset = view.offset + sum(view.strides[d] * (view.shape[d] - 1) for d in dims)
    return take(input, (), places.walked(view.shape, strides, offset, input.dtype))
