"""Rows by index. See the torch.nn.functional page of each name."""

from __future__ import annotations

from math import inf
from typing import Any

from ... import dtypes
from ...autograd.composite import composite, is_narrow
from ...autograd.modes import no_grad
from ...autograd.names import shown_as
from ...autograd.remembered import remembered
from ...ops.arguments import also_named
from ...ops.names import public
from ...ops.rules import integer, single
from ...ops.sparse import sparse_rows
from ...sparse.gradients import looked_up
from ...tensor.apply import apply
from ...tensor.counting import searchsorted
from ...tensor.known import check_range, within
from ...tensor.tensor import Tensor
from ...warned import warn

__all__ = ["embedding", "embedding_bag", "one_hot"]


@remembered
@shown_as("EmbeddingBackward0")
def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: Any = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Rows of ``weight`` by the indices in ``input``. The row ``padding_idx`` gets no gradient; rows that are looked up are
    first scaled, in place, to a norm of at most ``max_norm``; with ``scale_grad_by_freq`` a row's gradient is divided by how
    often it was looked up. With ``sparse`` the gradient is a sparse tensor of these rows."""
    if input.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(
            f"Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"{input.type()} instead (while checking arguments for embedding)"
        )
    if weight.dim() != 2:
        raise RuntimeError("'weight' must be 2-D")
    count = weight._cl_meta.shape[0]
    if not count and input.numel():
        raise RuntimeError("index_select(): self indexing axis dim should be positive")
    check_range(input, 0, count - 1, IndexError, "index out of range in self")
    padding_idx = None if padding_idx is None else integer(padding_idx, "padding_idx")
    if padding_idx is not None and not -count <= padding_idx < count:
        raise AssertionError("Padding_idx must be within num_embeddings")
    if max_norm is not None:
        _renormalize(weight, input, max_norm, norm_type)
    if sparse and not scale_grad_by_freq:
        return looked_up(weight, input, None if padding_idx is None else padding_idx % count)
    rows = weight._looked_up(input)
    if scale_grad_by_freq and weight.requires_grad:
        rows = _share(rows, _often(input, count).unsqueeze(-1))
    if padding_idx is None:
        return rows
    return rows.detach().where((input == padding_idx % count).unsqueeze(-1), rows)


@composite(vjp=lambda g, y, aux, rows, often: (g / often.to(g.dtype),), saves="often", name="embedding")
def _share(rows: Tensor, often: Tensor) -> Tensor:
    """The rows; gradients are divided by how often a row occurs."""
    return rows * 1.0


def _often(indices: Tensor, count: int) -> Tensor:
    """How many of the indices are the same as each."""
    flat = indices.reshape(-1).long()
    ones = flat._filled((flat.numel(),), 1, dtypes.int64, flat._cl_meta.device)
    found = flat._filled((count,), 0, dtypes.int64, flat._cl_meta.device).index_add(0, flat, ones)
    return found.index_select(0, flat).reshape(indices.shape)


@public("torch")
def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> Tensor:
    """Scale the rows of ``input`` that ``indices`` name to a norm of at most ``max_norm``, in place. See torch.embedding_renorm_."""
    if input.dim() != 2:
        raise RuntimeError(f"Expected 2-dimensional tensor, but got {input.dim()}-dimensional tensor for 'self'")
    if indices.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(f"Expected tensor for argument 'indices' to be Long or Int; but got {indices.dtype.title}")
    if not input._cl_meta.dtype.differentiable:
        if indices.numel():
            raise RuntimeError(
                f"norm(): input dtype should be either floating point or complex. Got {input.dtype.title} instead."
            )
        return input
    _renormalize(input, indices, max_norm, norm_type)
    return input


def _renormalize(weight: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> None:
    """Scale the rows that are looked up to a norm of at most ``max_norm``, in place."""
    with no_grad():
        flat = indices.reshape(-1).long()
        used = flat._filled((weight._cl_meta.shape[0],), False, dtypes.bool, flat._cl_meta.device).index_fill(
            0, flat, True
        )
        norms = weight.norm(norm_type, 1)
        scale = (max_norm / (norms + 1e-7)).where(used & (norms > max_norm), 1.0)
        weight.mul_(scale.unsqueeze(1))


@shown_as("EmbeddingBagBackward0")
def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Sums, means or maxima of the rows of bags of indices: (N, L), or one after another with the first of each bag in
    ``offsets``. The row ``padding_idx`` is left out; empty bags are 0."""
    if weight.dtype is dtypes.int64 and input.is_floating_point():
        warn(
            "Argument order of nn.functional.embedding_bag was changed. Usage `embedding_bag(weight, input, ...)` is deprecated, and "
            "should now be `embedding_bag(input, weight, ...)`."
        )
        input, weight = weight, input
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            f"mode='{mode}'). Please open a feature request on GitHub."
        )
    if per_sample_weights is not None and input.size() != per_sample_weights.size():
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must have the same shape "
            f"as the input ({input.shape})"
        )
    if input.dim() == 2 and offsets is not None:
        raise ValueError(
            "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. "
            f"However, found offsets of type {type(offsets)}"
        )
    if input.dim() == 1 and (offsets is None or offsets.dim() != 1):
        raise ValueError(
            "offsets has to be a 1D Tensor but got None" if offsets is None else "offsets has to be a 1D Tensor"
        )
    if input.dim() not in (1, 2):
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}")
    _check_bags(weight, offsets, include_last_offset, padding_idx)
    if per_sample_weights is not None and per_sample_weights.dtype != weight.dtype:
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 'per_sample_weights'; but "
            f"type {weight.type()} does not equal {per_sample_weights.type()} (while checking arguments for embedding_bag)"
        )
    if is_narrow(weight.dtype) and max_norm is None and not sparse:  # sums of rows are rounded once
        wide = None if per_sample_weights is None else per_sample_weights.float()
        rest = (offsets, max_norm, norm_type, scale_grad_by_freq, mode, sparse, wide, include_last_offset, padding_idx)
        return embedding_bag(input, weight.float(), *rest).to(weight.dtype)
    flat = input.reshape(-1)
    text = "embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx to be {}"
    check_range(input, 0, weight._cl_meta.shape[0] - 1, RuntimeError, text)
    if offsets is None:
        bags, width = input._cl_meta.shape
        starts = flat._range(0, width, bags)
    else:
        starts = offsets.long()[:-1] if include_last_offset else offsets.long()
        bags = starts.numel()
        text = "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got {}"
        check_range(offsets[:1], 0, 0, RuntimeError, text)
        text = f"offsets[-1] can not be greater than input's length {flat.numel()} but got offsets[-1] of {{}}"
        check_range(offsets[-1:], -inf, flat.numel(), RuntimeError, text)
        check_range(starts, 0, flat.numel(), IndexError, "index out of range in self")
        starts = within(starts, flat.numel() + 1)  # kernels read rows by them
    places = flat._range(0, 1, flat.numel())
    owner = places // max(width, 1) if offsets is None else searchsorted(starts, places, right=True) - 1
    kept = None if padding_idx is None else flat != padding_idx % weight._cl_meta.shape[0]
    if mode != "max" and max_norm is None and not scale_grad_by_freq and not sparse:
        ones = weight._filled(flat._cl_meta.shape, 1, weight._cl_meta.dtype, weight._cl_meta.device)
        shares = ones if per_sample_weights is None else per_sample_weights.reshape(-1)
        shares = shares if kept is None else shares.where(kept, 0.0)
        ends = flat._joined([starts, flat._filled((1,), flat.numel(), dtypes.int64, flat._cl_meta.device)], 0)
        total = _bag_sums(weight, shares, flat.long(), ends, owner)
    else:
        flat = within(flat, weight._cl_meta.shape[0])  # the error of `embedding` is of another class
        rows = embedding(flat, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
        if is_narrow(weight.dtype) and sparse:  # a gradient that is sparse is not cast, that of the rows is
            rows = rows.float()
        if per_sample_weights is not None:
            rows = rows * per_sample_weights.reshape(-1, 1).to(rows.dtype)
        if mode == "max":
            return _largest(rows, owner, bags, kept).to(weight.dtype)
        if kept is not None:
            rows = rows.where(kept.unsqueeze(1), 0.0)
        total = rows._filled((bags, rows._cl_meta.shape[1]), 0, rows._cl_meta.dtype, rows._cl_meta.device)
        total = total.index_add(0, owner, rows)
    if mode == "sum":
        return total.to(weight.dtype)
    counted = flat._filled(flat._cl_meta.shape, 1.0, total._cl_meta.dtype, weight._cl_meta.device)
    counted = counted if kept is None else counted.where(kept, 0.0)
    counts = weight._filled((bags,), 0, total._cl_meta.dtype, weight._cl_meta.device).index_add(0, owner, counted)
    return (total / counts.clamp_min(1.0).unsqueeze(1)).to(weight.dtype)


def _check_bags(weight: Tensor, offsets: Tensor | None, include_last_offset: bool, padding_idx: int | None) -> None:
    """RuntimeError for rows that are no floats, and offsets that are no integers, or none where the last one is to be left out; for a row that does not exist."""
    if offsets is not None and offsets.dtype not in (dtypes.int32, dtypes.int64):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"{offsets.type()} instead (while checking arguments for embedding_bag)"
        )
    if not weight.is_floating_point():
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, BFloat16, Float, Double; but got "
            f"{weight.type()} instead (while checking arguments for embedding_bag)"
        )
    if include_last_offset and offsets is not None and not offsets.numel():
        raise RuntimeError("include_last_offset: number of offset should be at least 1")
    rows = weight._cl_meta.shape[0]
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, {-rows} through {rows - 1}, but got {padding_idx}"
        )


def _bag_sums_vjp(
    g: Tensor, y: Any, aux: Any, weight: Tensor, shares: Tensor, flat: Tensor, ends: Tensor, owner: Tensor
) -> tuple[Tensor, Tensor, None, None, None]:
    """A row's gradient is a sum over the bags that it is in: a product too, by the indices in order."""
    count = weight._cl_meta.shape[0]
    order = flat.argsort(stable=True)
    every = flat._range(0, 1, count + 1)
    starts = searchsorted(flat.index_select(0, order), every)
    rows = _bag_sums(
        g, shares.index_select(0, order), owner.index_select(0, order), starts, flat.index_select(0, order)
    )
    return rows, (g.index_select(0, owner) * weight.index_select(0, flat)).sum(1), None, None, None


@composite(vjp=_bag_sums_vjp, saves="weight shares flat ends owner", name="embedding_bag")
def _bag_sums(weight: Tensor, shares: Tensor, flat: Tensor, ends: Tensor, owner: Tensor) -> Tensor:
    """Sums of the rows ``flat`` times ``shares``, from each of ``ends`` to the next: a product of a sparse matrix. ``owner``: the bag
    of each. A row that does not exist is reported by the look-up of its number."""
    numbers = within(flat, weight._cl_meta.shape[0])
    return apply(sparse_rows, (ends, numbers, shares._dense(), weight._dense()))


def _largest(rows: Tensor, owner: Tensor, bags: int, kept: Tensor | None) -> Tensor:
    """The largest of the rows of each bag, by looking at each bag's rows among all."""
    belongs = owner == rows._range(0, 1, bags).unsqueeze(1)
    if kept is not None:
        belongs = belongs & kept
    spread = rows.unsqueeze(0).where(belongs.unsqueeze(2), -inf)
    largest = spread.max(1)[0]
    return largest.masked_fill(~belongs.any(1).unsqueeze(1), 0.0)


@also_named(input="tensor", x="tensor", a="tensor")
def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """1 at the class that each element names, else 0; int64, with a new last dimension."""
    if tensor.dtype is not dtypes.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    num_classes = single(num_classes, "num_classes")
    if num_classes <= 0 and not tensor.numel():
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    is_checked = num_classes == -1
    if is_checked:
        least, most = tensor.min(), tensor.max()
        num_classes = int(most.item()) + 1
        if int(least.item()) < 0:
            raise RuntimeError("Class values must be non-negative.")
    check_range(tensor, 0, inf, RuntimeError, "Class values must be non-negative.")
    check_range(tensor, -inf, num_classes - 1, RuntimeError, "Class values must be smaller than num_classes.")
    given = tensor if is_checked else within(tensor, num_classes)
    return (given.contiguous().unsqueeze(-1) == tensor._range(0, 1, num_classes)).long()
