"""Sparse tensors in coordinate format: (sparse_dim, nnz) indices, and a value (or a strided block) for each. See torch.sparse."""

from __future__ import annotations

from math import prod
from typing import Any

from .. import dtypes
from ..autograd.composite import composite
from ..autograd.modes import MODE, no_grad
from ..ops import heavy
from ..ops.rules import is_integer, scalar, wrap_dim
from ..ops.sparse import sparse_dense, sparse_joined
from ..tensor.apply import apply, apply_several
from ..tensor.formats import sparse_bsr, sparse_coo, sparse_csc, sparse_csr
from ..tensor.tensor import Tensor
from ..tensor.views import named_sizes
from .base import Shape, make, text
from .products import batched_product, group_sums, product, total
from .shapes import Shaped

BRIEF = 1 << 16  # elements that one work-item joins at once
_UNJOINED = "Cannot get {} on an uncoalesced tensor, please call .coalesce() first"


def _check_dims(name: str, shape: Shape, sparse_dim: int, dense_dim: int) -> None:
    if sparse_dim + dense_dim != len(shape):
        raise RuntimeError(
            f"{name}: number of dimensions must be sparse_dim ({sparse_dim}) + dense_dim ({dense_dim}), but got {len(shape)}"
        )


class SparseCoo(Shaped):
    """Elements by coordinates. A place may occur more than once: its values add up, until `coalesce` has added them."""

    __slots__ = ()
    __module__ = "cltorch"

    def _with(self, values: Tensor) -> SparseCoo:
        return coo(self._places, values, self._size, self._joined_up)

    layout = property(lambda self: sparse_coo, doc="``sparse_coo``.")

    @property
    def is_sparse(self) -> bool:
        """True."""
        return True

    @staticmethod
    def _of(places: Tensor, held: Tensor, size: Shape, joined: bool = False) -> SparseCoo:
        return coo(places, held, size, joined)

    def _indices(self) -> Tensor:
        """The coordinates as they are held."""
        return self._places

    def _values(self) -> Tensor:
        """The values as they are held."""
        return self._held

    def _nnz(self) -> int:
        """How many values are held."""
        return self._places.shape[1]

    def sparse_dim(self) -> int:
        """How many dimensions have coordinates."""
        return self._places.shape[0]

    def dense_dim(self) -> int:
        """How many dimensions a value has."""
        return self._held.dim() - 1

    def is_coalesced(self) -> bool:
        """Whether every place occurs once, in order."""
        return self._joined_up

    def indices(self) -> Tensor:
        """The coordinates (sparse_dim, nnz), int64. RuntimeError before `coalesce`."""
        if not self._joined_up:
            raise RuntimeError(_UNJOINED.format("indices"))
        return self._places

    def values(self) -> Tensor:
        """The values (nnz, ...). RuntimeError before `coalesce`."""
        if not self._joined_up:
            raise RuntimeError(_UNJOINED.format("values"))
        return self._held

    def _coalesced_(self, coalesced: bool) -> SparseCoo:
        """Say whether every place occurs once, in order."""
        self.__dict__["_joined_up"] = coalesced
        return self

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return text({"indices": self._places, "values": self._held}, self, forced=True)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return rebuilt, (self._places, self._held, tuple(self._size), self._joined_up)

    @property
    def grad(self) -> Any:
        """The gradient, with every place once: where places repeat, each of their values has the gradient of the element, which is their sum."""
        found = self._held.grad
        if found is None or self._joined_up:
            return None if found is None else self._with(found)
        whole = self._with(found).coalesce()
        often = self._with(found.new_ones((self._nnz(), *[1] * self.dense_dim()))).coalesce()
        return whole._with(whole.values() / often.values())

    @grad.setter
    def grad(self, value: Any) -> None:
        self._held.grad = None if value is None else value._held

    # --- other forms --------------------------------------------------------------------------------------------------------

    def _keys(self) -> Tensor:
        """Flat positions of the places among the sparse dimensions."""
        if not self.sparse_dim():
            return self._places.new_zeros(self._nnz())
        return _flat(self._places, sizes=tuple(self._size))

    def coalesce(self) -> SparseCoo:
        """Every place once, in order, with the sum of its values. How many there are is read. See torch.Tensor.coalesce."""
        if self._joined_up:
            return self
        if self._nnz() < 2:
            return coo(self._places, self._held, self._size, True)
        if self._is_brief():
            return self._joined_at_once()
        with no_grad():
            flat = _sortable(self._places, sizes=tuple(self._size))
            keys, order = apply_several(heavy.sort_rows, (flat,), (1, self._nnz(), False))
            starts, counts = _starts(keys)
            count = int(counts[-1].item())
            places, ends = _places_of(keys, starts, counts, count=count, sizes=tuple(self._size[: self.sparse_dim()]))
        if self.dtype is dtypes.bool:
            total = group_sums(ends, order, self._held.long()) > 0
        else:
            total = group_sums(ends, order, self._held)
        return coo(places, total, self._size, True)

    def _is_brief(self) -> bool:
        """Whether one work-item joins the places in less time than several launches take; no gradient is asked for."""
        held, traits = self._held, self._held._cl_meta.device.traits
        return (
            0 < self._held.numel() <= BRIEF
            and self.sparse_dim() > 0
            and traits.form == "cpu"
            and self.dtype is not dtypes.bool
            and not (MODE.enabled and held._is_recorded)
        )

    def _joined_at_once(self) -> SparseCoo:
        """`coalesce` in one launch, and a copy where places come more than once."""
        depth = self.sparse_dim()
        with no_grad():
            operands = self._places._dense(), self._held._dense()
            places, held, found = apply_several(sparse_joined, operands, (tuple(self._size[:depth]),))
            count = int(found.item())
            if count < self._nnz():
                places, held = places.reshape(-1)[: depth * count].reshape(depth, count).clone(), held[:count].clone()
        return coo(places, held, self._size, True)

    def to_dense(self, dtype: Any = None, *, masked_grad: bool | None = None) -> Tensor:
        """The strided tensor with the same elements. See torch.Tensor.to_dense."""
        held = self._held if dtype is None else self._held.to(dtype)
        depth = self.sparse_dim()
        if not depth:
            return held.sum(0).reshape(self._size)
        if self._joined_up:
            return _placed(self._places, held, sizes=tuple(self._size[:depth]))
        flat = held.new_zeros((prod(self._size[:depth]), *self._size[depth:]))
        if held.dtype is dtypes.bool:
            return (flat.long().index_add(0, self._keys(), held.long()) > 0).reshape(self._size)
        return flat.index_add(0, self._keys(), held).reshape(self._size)

    def _converted(self, layout: Any, blocksize: Any) -> Any:
        if layout is sparse_coo:
            return self
        if layout in (sparse_csr, sparse_csc):
            return self.to_sparse_csr() if layout is sparse_csr else self.to_sparse_csc()
        return self.to_sparse_bsr(blocksize) if layout is sparse_bsr else self.to_sparse_bsc(blocksize)

    def to_sparse_coo(self) -> SparseCoo:
        """This tensor."""
        return self

    def sparse_resize_(self, size: Any, sparse_dim: int, dense_dim: int) -> SparseCoo:
        """Another shape for the same values, which has to hold them all. See torch.Tensor.sparse_resize_."""
        shape, have = tuple(size), (self.sparse_dim(), self.dense_dim())
        _check_dims("sparse_resize_", shape, sparse_dim, dense_dim)
        if not self._nnz():
            return self.sparse_resize_and_clear_(shape, sparse_dim, dense_dim)
        for kind, old, new in zip(("sparse", "dense"), have, (sparse_dim, dense_dim), strict=True):
            if old != new:
                raise RuntimeError(
                    f"changing the number of {kind} dimensions (from {old} to {new}) on a non-empty sparse tensor is not supported"
                )
        if any(n < old for n, old in zip(shape, self._size, strict=True)):
            raise RuntimeError(
                f"shrinking the size of a non-empty sparse tensor (from {list(self._size)} to {list(shape)}) is not supported"
            )
        held, more = self._held, zip(shape[sparse_dim:], self._size[sparse_dim:], strict=True)
        for d, (n, old) in enumerate(more, 1):
            zeros = held.new_zeros((*held.shape[:d], n - old, *held.shape[d + 1 :]))
            held = held if n == old else held._joined([held, zeros], d)
        return self._replace(coo(self._places, held, shape, self._joined_up))  # type: ignore[no-any-return]

    def sparse_resize_and_clear_(self, size: Any, sparse_dim: int, dense_dim: int) -> SparseCoo:
        """Another shape, and no values. See torch.Tensor.sparse_resize_and_clear_."""
        shape = tuple(size)
        _check_dims("sparse_resize_and_clear_", shape, sparse_dim, dense_dim)
        places = self._places.new_zeros((sparse_dim, 0))
        held = self._held.detach().new_zeros((0, *shape[sparse_dim:]))
        return self._replace(coo(places, held, shape, True))  # type: ignore[no-any-return]

    def resize_as_sparse_(self, the_template: SparseCoo) -> SparseCoo:
        """`sparse_resize_` to another tensor's shape. See torch.resize_as_sparse_."""
        return self.sparse_resize_(the_template._size, the_template.sparse_dim(), the_template.dense_dim())

    def resize_as_(self, the_template: Any, *, memory_format: Any = None) -> SparseCoo:
        """`resize_as_sparse_`."""
        return self.resize_as_sparse_(the_template)

    def new_zeros(
        self,
        *args: Any,
        size: Any = None,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> SparseCoo:
        """A tensor of this layout that holds nothing, all dimensions sparse. See torch.Tensor.new_zeros."""
        shape = named_sizes(args, size)
        held = self._held.detach().new_zeros((0,), dtype=dtype, device=device, requires_grad=requires_grad)
        return coo(self._places.new_zeros((len(shape), 0), device=device), held, shape, True)

    new_empty = new_zeros

    def zero_(self) -> SparseCoo:
        """All elements become 0: nothing is held any more."""
        return self._replace(coo(self._places[:, :0], self._held[:0].detach(), self._size, True))

    def index_select(self, dim: int, index: Tensor) -> SparseCoo:
        """The slices along a dimension that ``index`` names, of which each occurs once. How many values there are is read."""
        at = wrap_dim(dim, self.dim())
        size = (*self._size[:at], index.numel(), *self._size[at + 1 :])
        if at >= self.sparse_dim():
            held = self._held.index_select(at - self.sparse_dim() + 1, index)
            return coo(self._places, held, size, self._joined_up)
        hits = self._places[at].unsqueeze(1) == index
        which, where = hits.nonzero(as_tuple=True)
        places = self._places.index_select(1, which).index_fill(0, index.new_tensor([at]), 0)
        rows = self._places._range(0, 1, self.sparse_dim()).unsqueeze(1)
        return coo(where.where(rows == at, places), self._held.index_select(0, which), size, False)

    def select(self, dim: int, index: int) -> Any:
        """One slice along a dimension, strided if no other dimension has coordinates. See torch.Tensor.select."""
        at = wrap_dim(dim, self.dim())
        n = self._size[at]
        if not -n <= index < n:
            raise IndexError(f"index {index} is out of bounds for dimension {at} with size {n}")
        size = (*self._size[:at], *self._size[at + 1 :])
        if at >= self.sparse_dim():
            return coo(self._places, self._held.select(at - self.sparse_dim() + 1, index), size, self._joined_up)
        (which,) = (self._places[at] == index % n).nonzero(as_tuple=True)
        held = self._held.index_select(0, which)
        if self.sparse_dim() == 1:
            return held.sum(0)
        rest = self._places.new_tensor([d for d in range(self.sparse_dim()) if d != at])
        return coo(self._places.index_select(0, rest).index_select(1, which), held, size, self._joined_up)

    def __getitem__(self, index: Any) -> Any:
        """Slices by integers, one for each dimension from the front; other indices are not there for this layout."""
        found: Any = self
        for one in index if isinstance(index, tuple) else (index,):
            if not is_integer(one):
                raise NotImplementedError(f"tensors of layout {self.layout} are indexed by integers only, not {one!r}")
            found = found.select(0, scalar(one))
        return found

    # --- arithmetic ---------------------------------------------------------------------------------------------------------

    def _combined(self, name: str, operands: tuple[Any, ...]) -> Any:
        if len(operands) < 2:
            return NotImplemented
        one, two, *rest = operands
        if name in ("add", "sub", "add_scaled", "sub_scaled"):
            factor = (rest[0] if rest else 1) * (-1 if name.startswith("sub") else 1)
            return _plus(one, two, factor)
        if name == "mul" and hasattr(one, "dim") and hasattr(two, "dim"):
            return _times(one, two)
        if name == "true_divide" and hasattr(two, "dim"):
            raise RuntimeError(
                f"Sparse division requires a scalar or zero-dim dense tensor divisor (got shape {list(two.shape)} for divisor)"
            )
        return NotImplemented

    def matmul(self, other: Any) -> Any:
        """The product of a sparse matrix with a strided matrix or vector, or with a sparse matrix; of a batch with a strided one. See torch.sparse.mm."""
        return batched_product(self, other) if self.dim() == 3 else product(self, other)

    def sum(self, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
        """The sum of all elements, or along dimensions (then sparse again, if a sparse dimension is left)."""
        return total(self, dim, keepdim, dtype)


def coo(places: Tensor, held: Tensor, size: Shape, joined: bool) -> SparseCoo:
    """A tensor from its parts, unchecked."""
    return make(SparseCoo, _places=places, _held=held, _size=tuple(size), _joined_up=joined)


def rebuilt(places: Tensor, held: Tensor, size: Shape, joined: bool) -> SparseCoo:
    """A tensor from its pickled parts."""
    return coo(places, held, size, joined)


def _no_rule(*given: Any) -> Any:
    raise RuntimeError("places have no gradients: this is an error in cltorch")


@composite(vjp=_no_rule)
def _flat(places: Tensor, sizes: Shape) -> Tensor:
    """Flat positions from coordinates."""
    keys = places[0]
    for d in range(1, places._cl_meta.shape[0]):
        keys = keys * sizes[d] + places[d]
    return keys


@composite(vjp=_no_rule)
def _sortable(places: Tensor, sizes: Shape) -> Tensor:
    """Flat positions side by side, in half as many bytes where they fit: so many of them are put in order in little more than half of the time."""
    depth, count = places._cl_meta.shape
    keys = _flat(places, sizes=sizes) if depth else places.new_zeros(count)
    return (keys.to(dtypes.int32) if prod(sizes[:depth]) < 1 << 31 else keys)._dense()


@composite(vjp=_no_rule, results=2)
def _starts(keys: Tensor) -> tuple[Tensor, Tensor]:
    """Where another one begins among positions in order, and how many have begun."""
    before = keys._joined([keys[-1:], keys[:-1]], 0)
    starts = (keys != before) | (keys._range(0, 1, keys._cl_meta.shape[0]) == 0)
    return starts, starts._op("count_true")


@composite(vjp=_no_rule, results=2)
def _places_of(keys: Tensor, starts: Tensor, counts: Tensor, count: int, sizes: Shape) -> tuple[Tensor, Tensor]:
    """Each place once, and where its positions begin, behind which comes where the last one's end."""
    begins = starts._op("write_true", counts, count, False)
    last = keys._filled((1,), keys._cl_meta.shape[0], dtypes.int64, keys._cl_meta.device)
    return _unflat(keys.index_select(0, begins).long(), sizes), keys._joined([begins, last], 0)


def _placed_rule(g: Tensor, y: Any, aux: Any, places: Tensor, held: Tensor, sizes: Shape) -> tuple[Any, ...]:
    rows = g.reshape(prod(sizes), *g._cl_meta.shape[len(sizes) :])
    return None, rows.index_select(0, _flat(places, sizes=sizes))


@composite(vjp=_placed_rule, saves="places", name="to_dense", moves=True)
def _placed(places: Tensor, held: Tensor, sizes: Shape) -> Tensor:
    """The dense tensor of coordinates that are in order, each once."""
    rows = places if places._cl_meta.view.strides[-1] == 1 else places._dense()
    return apply(sparse_dense, (rows, held._dense()), (sizes,))


def _unflat(keys: Tensor, sizes: Shape) -> Tensor:
    """Coordinates, a row a dimension, from flat positions."""
    rows: list[Tensor] = []
    for n in reversed(sizes):
        rows.insert(0, (keys % max(n, 1)).unsqueeze(0))
        keys = keys // max(n, 1)
    return keys._joined(rows, 0) if rows else keys.new_zeros((0, keys.numel()))


def _same_shape(one: Any, two: Any, name: str) -> None:
    shape = getattr(one, "shape", ())  # a number has none
    if tuple(shape) != tuple(two.shape):
        raise RuntimeError(
            f"{name}: expected 'self' and 'other' to have same size, but self has size {list(shape)} while other has size "
            f"{list(two.shape)} (FYI: dense-sparse addition does not currently support broadcasting)"
        )


def _plus(one: Any, two: Any, factor: Any) -> Any:
    """``one + factor * two`` of two sparse tensors, or of a strided and a sparse one."""
    if not isinstance(two, SparseCoo):
        raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
    _same_shape(one, two, "add")
    kind = dtypes.promote_types(one.dtype, two.dtype)
    added = two._held.to(kind) if factor == 1 else two._held.to(kind) * factor
    if not isinstance(one, SparseCoo):
        depth = two.sparse_dim()
        flat = one.to(kind).reshape(prod(one.shape[:depth]), *one.shape[depth:])
        return flat.index_add(0, two._keys(), added).reshape(one.shape)
    if one._places is two._places:
        return one._with(one._held.to(kind) + added)
    if one.sparse_dim() != two.sparse_dim():
        raise RuntimeError("cannot add two sparse tensors of different sparse dimensions")
    places = one._places._joined([one._places, two._places], 1)
    held = one._held.to(kind)._joined([one._held.to(kind), added], 0)
    made = coo(places, held, one._size, False)
    return made.coalesce() if one._joined_up and two._joined_up else made


def _times(one: Any, two: Any) -> Any:
    """Elements of one tensor times those of another, where both have some."""
    if isinstance(two, SparseCoo) and isinstance(one, SparseCoo):
        one, two = one.coalesce(), two.coalesce().to_dense()
    if isinstance(two, SparseCoo):
        one, two = two, one
    _same_shape(one, two, "mul")
    depth = one.sparse_dim()
    flat = two.reshape(prod(two.shape[:depth]), *two.shape[depth:])
    return one._with(one._held * flat.index_select(0, one._keys()))
