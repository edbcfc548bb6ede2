"""View geometry against PyTorch: the same chain of views gives the same sizes, strides and offsets, here and there."""

from __future__ import annotations

import pickle
import threading
from itertools import product
from math import prod

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided

from cltorch.graph import interned
from cltorch.graph import view as views_module
from cltorch.graph.view import View, collapse, elementwise_strides, row_major

SIZES = st.lists(st.integers(0, 4), max_size=4)
SOLID = st.lists(st.integers(1, 4), max_size=4)


def as_view(tensor: torch.Tensor) -> View:
    return View.of(tuple(tensor.shape), tensor.stride(), tensor.storage_offset())


def positions(view: View) -> np.ndarray:
    """The storage positions of a view's elements, by NumPy."""
    flat = np.arange(max(view.max_position, view.offset) + 1)
    return as_strided(flat[view.offset :], view.shape, [s * flat.itemsize for s in view.strides])


def permuted(draw: st.DrawFn, ndim: int) -> tuple[int, ...]:
    return tuple(draw(st.permutations(range(ndim))))


@st.composite
def step(draw: st.DrawFn, tensor: torch.Tensor) -> tuple[torch.Tensor, View]:
    """One random view of a tensor: PyTorch's, and ours."""
    view, shape, ndim = as_view(tensor), tuple(tensor.shape), tensor.dim()
    kinds = ["permute", "expand", "unsqueeze", "squeeze", "split"]
    if ndim:
        kinds += ["transpose", "slice", "slice", "unfold", "flatten"] + (["select"] if 0 not in shape else [])
    if ndim > 1:
        kinds.append("diagonal")
    kind = draw(st.sampled_from(kinds))
    dim = draw(st.integers(0, max(ndim - 1, 0)))
    other = draw(st.integers(0, max(ndim - 1, 0)))
    size = shape[dim] if shape else 1
    if kind == "permute":
        dims = permuted(draw, ndim)
        return tensor.permute(dims), view.permute(dims)
    if kind == "transpose":
        return tensor.transpose(dim, other), view.transpose(dim, other)
    if kind == "expand":
        lead = draw(st.lists(st.integers(1, 3), max_size=2)) if ndim < 5 else []
        target = (*lead, *(draw(st.integers(1, 3)) if n == 1 else n for n in shape))
        return tensor.expand(target), view.expand(target)
    if kind == "unsqueeze":
        at = draw(st.integers(0, ndim))
        return tensor.unsqueeze(at), view.unsqueeze(at)
    if kind == "squeeze":
        return (tensor.squeeze(dim), view.squeeze([dim])) if ndim else (tensor.squeeze(), view.squeeze([]))
    if kind == "slice":
        start = draw(st.integers(0, size))
        stop = draw(st.integers(start, size))
        jump = draw(st.integers(1, 3))
        index = (slice(None),) * dim + (slice(start, stop, jump),)
        return tensor[index], view.slice(dim, start, stop, jump)
    if kind == "select":
        at = draw(st.integers(0, size - 1))
        return tensor.select(dim, at), view.select(dim, at)
    if kind == "unfold":
        window = draw(st.integers(0, size))
        jump = draw(st.integers(1, 3))
        return tensor.unfold(dim, window, jump), view.unfold(dim, window, jump)
    if kind == "diagonal":
        other = (dim + 1) % ndim
        offset = draw(st.integers(-3, 3))
        return tensor.diagonal(offset, dim, other), view.diagonal(offset, dim, other)
    if kind == "flatten":
        target = (*shape[:dim], prod(shape[dim:]))
    else:
        target = (*shape, 1)
    try:
        return tensor.view(target), view.reshape(target)  # type: ignore[return-value]
    except RuntimeError:
        assert view.reshape(target) is None
        return tensor, view


@st.composite
def chain(draw: st.DrawFn, sizes: st.SearchStrategy[list[int]] = SIZES, steps: int = 4) -> torch.Tensor:
    """A random view of a fresh tensor, at most ``steps`` deep; our view of every step is compared."""
    tensor = torch.arange(prod(shape := draw(sizes)), dtype=torch.float32).reshape(shape)
    assert as_view(tensor) is View.dense(tuple(shape))
    for _ in range(draw(st.integers(0, steps))):
        tensor, view = draw(step(tensor))
        assert view is as_view(tensor), (view, as_view(tensor))
    return tensor


@given(chain())
@settings(max_examples=400, deadline=None)
def test_chains_of_views_have_torchs_geometry_and_flags(tensor: torch.Tensor) -> None:
    view = as_view(tensor)
    assert view.numel == tensor.numel()
    assert view.ndim == tensor.dim()
    assert view.is_contiguous == tensor.is_contiguous()
    assert view.is_dense == torch.ops.aten.is_non_overlapping_and_dense(tensor)
    assert view.is_dense_at_zero == (tensor.is_contiguous() and tensor.storage_offset() == 0)
    assert view.covers(view.numel) == view.is_dense_at_zero
    assert not view.covers(view.numel + 1)
    touched = positions(view)
    if view.numel:
        assert (view.min_position, view.max_position) == (touched.min(), touched.max())
    else:
        assert view.max_position == view.offset - 1
    if len(set(touched.ravel().tolist())) < view.numel:
        assert view.may_overlap_itself
    assert view.is_repeated == refuses_to_write(tensor)


def refuses_to_write(tensor: torch.Tensor) -> bool:
    try:
        tensor.add_(1)
    except RuntimeError as error:
        assert "single memory location" in str(error)
        return True
    return False


@given(chain(), st.data())
@settings(max_examples=300, deadline=None)
def test_reshape_is_a_view_exactly_where_torchs_view_is(tensor: torch.Tensor, data: st.DataObject) -> None:
    shape = data.draw(shapes_of(tensor.numel()))
    try:
        expected = as_view(tensor.view(shape))
    except RuntimeError:
        assert as_view(tensor).reshape(shape) is None
    else:
        assert as_view(tensor).reshape(shape) is expected


@st.composite
def shapes_of(draw: st.DrawFn, numel: int) -> tuple[int, ...]:
    """A shape with so many elements, with some dimensions of size 1."""
    if not numel:
        shape = draw(st.lists(st.integers(0, 4), min_size=1, max_size=4))
        return tuple(shape) if 0 in shape else (0, *shape)
    shape = []
    while numel > 1:
        factor = draw(st.sampled_from([n for n in range(1, numel + 1) if numel % n == 0]))
        shape.append(factor)
        numel //= factor
        if len(shape) == 4:
            shape.append(numel)
            break
    return tuple(draw(st.permutations(shape + [1] * draw(st.integers(0, 2)))))


@st.composite
def operands(draw: st.DrawFn) -> tuple[tuple[int, ...], list[torch.Tensor]]:
    """Tensors of odd layouts that broadcast to one shape: permuted, sliced, repeated, of fewer dimensions, 0-d."""
    ndim = draw(st.integers(0, 4))
    shape = tuple(draw(st.lists(st.integers(0, 4), min_size=ndim, max_size=ndim)))
    made = []
    for _ in range(draw(st.integers(1, 3))):
        mine = shape[draw(st.sampled_from([0, 0, 0, *range(ndim + 1)])) :]
        mine = tuple(1 if draw(st.integers(0, 4)) == 0 else n for n in mine)
        order = permuted(draw, len(mine))
        gaps = [draw(st.sampled_from([1, 1, 1, 2])) for _ in mine]
        tensor = torch.zeros([mine[d] * gaps[d] for d in order]).permute([order.index(d) for d in range(len(mine))])
        tensor = tensor[tuple(slice(None, None, gap) for gap in gaps)]
        if draw(st.integers(0, 3)) == 0:
            tensor = tensor.expand(shape)
        made.append(tensor)
    return torch.broadcast_shapes(*(tensor.shape for tensor in made)), made


@given(operands())
@settings(max_examples=1000, deadline=None)
def test_results_of_elementwise_ops_have_torchs_strides(case: tuple[tuple[int, ...], list[torch.Tensor]]) -> None:
    shape, tensors = case
    views = [as_view(tensor) for tensor in tensors]
    if len(tensors) == 1:
        expected = tensors[0].sin()
        assert views[0].dense_like() is as_view(tensors[0].clone())
    elif len(tensors) == 2:
        expected = tensors[0] + tensors[1]
    else:
        expected = torch.addcmul(*tensors)
    assert elementwise_strides(tuple(shape), views) == expected.stride()


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (2, 1, 4, 5), (2, 3, 1, 1), (1, 3, 4, 1)])
def test_channels_last_operands_give_a_channels_last_result(shape: tuple[int, ...]) -> None:
    one = torch.zeros(shape).to(memory_format=torch.channels_last)
    two = torch.zeros(shape[0], shape[2], shape[3], shape[1]).permute(0, 3, 1, 2)
    for pair in product([one, two, torch.zeros(shape)], repeat=2):
        assert elementwise_strides(shape, [as_view(t) for t in pair]) == (pair[0] + pair[1]).stride()


@given(chain(SOLID), chain(SOLID))
@settings(max_examples=300, deadline=None)
def test_overlap_is_refused_where_torch_refuses_it(one: torch.Tensor, two: torch.Tensor) -> None:
    storage = torch.zeros(4**4 * 3)
    a, b = (storage.as_strided(t.shape, t.stride(), t.storage_offset()) for t in (one, two))
    verdict = as_view(a).overlaps(as_view(b))
    assert verdict == as_view(b).overlaps(as_view(a))
    shared = set(positions(as_view(a)).ravel().tolist()) & set(positions(as_view(b)).ravel().tolist())
    if verdict == "no":
        assert not shared
    elif verdict != "unknown":
        assert shared
    if a.shape == b.shape and not as_view(a).is_repeated:
        try:
            a.add_(b)
        except RuntimeError:
            assert verdict == "partial"
        else:
            assert verdict != "partial"


def test_overlap_of_simple_views() -> None:
    view = View.dense((8,))
    low, high, middle = view.narrow(0, 0, 4), view.narrow(0, 4, 4), view.narrow(0, 2, 4)
    assert low.overlaps(low) == "full"
    assert low.overlaps(high) == "no"
    assert low.overlaps(middle) == "partial"
    assert low.overlaps(view.narrow(0, 0, 0)) == "no"
    assert view.slice(0, 0, 8, 2).overlaps(view.slice(0, 1, 8, 2)) == "unknown"
    square = View.dense((3, 3))
    assert square.overlaps(square.transpose(0, 1)) == "partial"
    assert square.overlaps(square.reshape((9,)) or square) == "partial"


@given(chain(SOLID), st.data())
@settings(max_examples=200, deadline=None)
def test_collapse_keeps_every_position_in_order(tensor: torch.Tensor, data: st.DataObject) -> None:
    first = as_view(tensor)
    order = data.draw(st.permutations(range(first.ndim)))
    packed = View.dense(tuple(first.shape[d] for d in order)).permute(tuple(order.index(d) for d in range(first.ndim)))
    for group in ([first], [first, packed], [first, packed, View.dense(first.shape)]):
        merged = collapse(group)
        assert len({view.shape for view in merged}) == 1
        assert 1 not in merged[0].shape
        for before, after in zip(group, merged, strict=True):
            assert positions(before).ravel().tolist() == positions(after).ravel().tolist()


def test_collapse_merges_as_far_as_it_can() -> None:
    dense = View.dense((2, 3, 1, 4))
    assert collapse([dense]) == (View.dense((24,)),)
    assert collapse([dense, dense.slice(1, 0, 3, 1)])[0].shape == (24,)
    transposed = View.dense((4, 1, 3, 2)).permute((3, 2, 1, 0))
    assert collapse([dense, transposed])[0].shape == (2, 3, 4)
    rows = View.of((2, 3, 1, 4), (0, 4, 4, 1))
    assert collapse([dense, rows]) == (View.of((2, 12), (12, 1)), View.of((2, 12), (0, 1)))


def test_views_are_interned_and_die_when_nobody_holds_them() -> None:
    view = View.of((3, 5), (5, 1), 7)
    assert View.of((3, 5), (5, 1), 7) is view
    assert View.dense((3, 5)) is not view
    assert View.dense((3, 5)) is View.of((3, 5), row_major((3, 5)), 0)
    assert pickle.loads(pickle.dumps(view)) is view
    key = (view.shape, view.strides, view.offset)
    assert key in views_module._VIEWS._known
    assert view.transpose(0, 1).transpose(0, 1) is view
    del view
    views_module._VIEWS._sweep()
    assert key not in views_module._VIEWS._known


def test_views_that_somebody_holds_stay_whatever_is_made() -> None:
    held = [View.of((k, 3), (3, 1), 11) for k in range(100)]
    assert held[5].from_zero().from_zero() is held[5].from_zero()
    for k in range(3 * interned.LEAST):
        View.of((k, 7), (7, 1), 1)
    assert len(views_module._VIEWS) < 2 * interned.LEAST
    assert all(View.of((k, 3), (3, 1), 11) is view for k, view in enumerate(held))


def test_derived_views_are_remembered_within_a_bound() -> None:
    view = View.dense((1000, 3))
    assert view.select(0, 5) is view.select(0, 5)
    for k in range(1000):
        assert view.select(0, k) is View.of((3,), (1,), 3 * k)
    assert len(view.derived) <= views_module.CACHED_VIEWS


def test_threads_get_one_view_for_one_key() -> None:
    for attempt in range(20):
        start = threading.Barrier(4)
        found: list[View] = []

        def make(attempt: int = attempt, start: threading.Barrier = start, found: list[View] = found) -> None:
            start.wait()
            found.extend(View.of((attempt + 1, k), (k, 1), 99) for k in range(50))

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 200
        assert len({id(view) for view in found}) == 50
