"""Copies in the place of views (``squeeze_copy`` and so on), other spellings of splits, and tensors that look at another storage."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..autograd.names import called
from ..errors import kind_of
from ..graph.storage import Uncounted
from ..graph.view import View
from ..ops import rules
from ..ops.arguments import also_named, is_tensor
from ..ops.names import public
from .apply import stored
from .storages import StorageView
from .views import need_sizes, new_geometry
from .writes import check_writable

if TYPE_CHECKING:
    from .tensor import Tensor


class ViewCopies:
    """Methods of Tensor beside those of `views`."""

    __slots__ = ()

    @public(out=False)
    def split_with_sizes(self: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
        """Pieces of the sizes given."""
        return self.split(list(split_sizes), dim)

    def sum_to_size(self: Tensor, *args: Any, size: Any = None) -> Tensor:
        """Summed to a size from which this tensor's could be broadcast."""
        shape = tuple(need_sizes("sum_to_size", args, size))
        mine = self._cl_meta.shape
        fits = len(shape) <= len(mine) and all(
            m == n or n == 1 for m, n in zip(reversed(mine), reversed(shape), strict=False)
        )
        if not fits:
            raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(mine)}}}.")
        if not shape:
            return self.sum()
        return self if shape == mine else called(self._sum_to(shape), "SumBackward1")

    @public()
    def narrow_copy(self: Tensor, dim: int, start: int, length: int) -> Tensor:
        """A copy of `narrow`."""
        if rules.integer(dim, "dim") >= self.dim():
            raise RuntimeError(
                "narrow() cannot be applied to a 0-dim tensor."
                if not self.dim()
                else "Expected dim < static_cast<int64_t>(self_sizes.size()) to be true, but got false.  (Could this error "
                "message be improved?  If so, please report an enhancement request to PyTorch.)"
            )
        if rules.integer(length, "length") < 0:
            at = rules.wrap_dim(dim, self.dim())
            raise RuntimeError(
                f"start ({start}) + length ({length}) exceeds dimension size ({self._cl_meta.shape[at]})."
            )
        return self.narrow(dim, start, length).contiguous().clone()

    def _flat_storage(self: Tensor) -> Tensor:
        """The whole storage as a vector."""
        return self.detach().as_strided((self._room,), (1,), 0)

    def set_(self: Tensor, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None) -> Tensor:
        """This tensor object looks at the storage of another tensor from now on, in its view or the one given."""
        check_writable(self, idempotent=True)  # no element is written
        if source is None:
            source = self._filled((0,), 0, self.dtype, self._cl_meta.device)
        if isinstance(source, StorageView):  # all of it, in this tensor's dtype
            source = source.seen_as(self.dtype)
            size = source._cl_meta.shape if size is None else size
        if source.dtype is not self.dtype:
            raise RuntimeError(
                f"Could not set tensor of type {source.dtype.c_name} to a tensor of type {self.dtype.c_name}"
            )
        seen = source.detach()
        if size is not None:
            shape = tuple(size)
            seen = seen.as_strided(shape, View.dense(shape).strides if stride is None else stride, storage_offset)
        self._storage, self._cl_meta = seen._storage, seen._cl_meta
        return self

    def is_pinned(self: Tensor, device: Any = None) -> bool:
        """Always False: elements lie on a device."""
        return False

    def new_empty_strided(
        self: Tensor,
        size: Any,
        stride: Any,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """A tensor of this one's dtype and device with these strides, whose elements mean nothing (zeros here)."""
        shape, strides = rules.integers(size, "size"), rules.integers(stride, "stride")
        view = new_geometry(shape, strides)
        made = self.new_empty((view.max_position + 1,), dtype=dtype, device=device).as_strided(shape, view.strides)
        return made.requires_grad_(True) if requires_grad else made

    @public(out=False)
    def _unsafe_masked_index(self: Tensor, mask: Tensor, indices: Any, fill: complex) -> Tensor:
        """The elements at ``indices`` where ``mask`` holds, ``fill`` elsewhere; indices outside count as the nearest inside."""
        return self[_inside(self, indices)].masked_fill(~mask, fill)

    @public(out=False)
    def _unsafe_masked_index_put_accumulate(self: Tensor, mask: Tensor, indices: Any, values: Tensor) -> Tensor:
        """A copy with ``values`` added at ``indices`` where ``mask`` holds."""
        return self.index_put(_inside(self, indices), values.masked_fill(~mask, 0), accumulate=True)


def _inside(tensor: Tensor, indices: Any) -> tuple[Any, ...]:
    """Indices clamped to what is there."""
    shape = tensor._cl_meta.shape
    return tuple(
        slice(None) if i is None else i.clamp(-shape[d], shape[d] - 1) if shape[d] else i for d, i in enumerate(indices)
    )


# --- functions ------------------------------------------------------------------------------------------------------------


def _copier(name: str) -> Callable[..., Any]:
    """The function ``<name>_copy``: the view, copied."""

    def copier(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        if not is_tensor(input):
            raise TypeError(f"{name}_copy(): argument 'input' (position 1) must be Tensor, not {kind_of(input)}")
        if name in ONE_SIZE and any(rules.is_integer(a) for a in (*args[:1], *kwargs.values())):
            raise TypeError(f"{name}_copy(): argument 'size' (position 2) must be tuple of ints, not int")
        if name in ("alias", "detach", "t") and (args or kwargs):
            raise TypeError(f"{name}_copy() takes 1 positional argument but {1 + len(args)} were given")
        if name == "split" and args and isinstance(args[0], (tuple, list)):
            kind = type(args[0]).__name__
            raise TypeError(f"split_copy(): argument 'split_size' (position 2) must be int, not {kind}")
        if name in ONE_SIZE and not args and not kwargs:
            raise TypeError(f"{name}_copy() missing 1 required positional arguments")
        if name == "view":
            seen = _seen(input, *args, **kwargs)
        else:
            seen = input if name == "alias" else getattr(input, VIEWS.get(name, name))(*args, **kwargs)
        return stored(tuple(map(_fresh, seen)) if isinstance(seen, (tuple, list)) else _fresh(seen), out)

    copier.__name__ = copier.__qualname__ = f"{name}_copy"
    copier.__doc__ = f"A copy of what `{name}` shows. See torch.{name}_copy."
    return copier


def _fresh(view: Tensor) -> Tensor:
    dense = view.contiguous()
    return dense.clone() if dense is view else dense


def _seen(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """`view`, or where there is none of that shape, what `reshape` makes."""
    try:
        return input.view(*args, **kwargs)
    except RuntimeError:
        if not all(map(rules.is_integer, args[0] if args and isinstance(args[0], (tuple, list)) else args)):
            raise
        return input.contiguous().view(*args, **kwargs)


ONE_SIZE = frozenset("expand permute view".split())
"""Views whose size is one sequence in a function."""
VIEWS = {"view_as_real": "_as_pairs", "view_as_complex": "_as_complex"}
COPIED = (
    *(
        "alias",
        "as_strided",
        "detach",
        "diagonal",
        "expand",
        "permute",
        "select",
        "split",
        "split_with_sizes",
        "squeeze",
    ),
    *("t", "transpose", "unbind", "unfold", "unsqueeze", "view", "view_as_real", "view_as_complex"),
)
for _name in COPIED:
    public("torch", method=False)(_copier(_name))


def _no_views(pieces: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Pieces that share memory with a tensor and its history no more: what is written into one is nothing to the others, nor to it."""
    for piece in pieces:
        piece._edge = piece._resolve_edge()
        piece._storage = Uncounted(piece._storage.cell)
        piece._base = None
    return pieces


@public(method=True)
@also_named(input="tensor")
def unsafe_split(tensor: Tensor, split_size: int, dim: int = 0) -> tuple[Tensor, ...]:
    """`split`, whose pieces may be changed in place. See torch.unsafe_split."""
    return _no_views(tensor.split(split_size, dim))


@public(method=True)
def unsafe_split_with_sizes(input: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """`split_with_sizes`, whose pieces may be changed in place. See torch.unsafe_split_with_sizes."""
    return _no_views(input.split(list(split_sizes), dim))


@public(method=True)
def unsafe_chunk(input: Tensor, chunks: int, dim: int = 0) -> Any:
    """`chunk`, whose pieces may be changed in place. See torch.unsafe_chunk."""
    return _no_views(input.chunk(chunks, dim))


@public(method=False)
def fill(input: Tensor, value: complex | Tensor) -> Tensor:
    """A tensor like ``input`` full of one number. See torch.fill."""
    if is_tensor(value):
        if value.dim():
            raise RuntimeError(
                f"fill only supports 0-dimension value tensor but got tensor with {value.dim()} dimensions."
            )
        return value.to(input.dtype).expand(input._cl_meta.shape).clone()
    return input.clone().fill_(value)
