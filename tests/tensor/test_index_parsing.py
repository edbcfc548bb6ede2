"""Parsed indices, evaluated by NumPy, against PyTorch's indexing: thousands of random ones, and each error."""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
import pytest
import torch

from cltorch import dtypes
from cltorch.graph.view import View
from cltorch.tensor.index_parsing import Parsed, basic, parse, place

T = torch.tensor


class TorchTensors:
    """Lets the parser ask PyTorch's tensors."""

    def is_tensor(self, part: Any) -> bool:
        return isinstance(part, torch.Tensor)

    def describe(self, tensor: torch.Tensor) -> tuple[tuple[int, ...], dtypes.dtype]:
        return tuple(tensor.shape), getattr(dtypes, str(tensor.dtype).removeprefix("torch."))

    def host(self, tensor: torch.Tensor) -> np.ndarray:
        return tensor.numpy()

    def nonzero(self, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return mask.nonzero(as_tuple=True)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Both libraries warn of lists that count as tuples and of uint8 masks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def as_view(tensor: torch.Tensor) -> View:
    return View.of(tuple(tensor.shape), tensor.stride(), tensor.storage_offset())


def gathered(storage: np.ndarray, parsed: Parsed) -> np.ndarray:
    """What the indices pick, by the places that `place` gives. The storage's elements are their own positions."""
    indices = [np.asarray(index) for index in parsed.indices]
    flat = [index.ravel() for index in indices]
    found = place(parsed.view, parsed.dims, tuple(View.dense(index.shape) for index in indices))
    grid = np.indices(found.shape)
    positions = np.full(found.shape, found.offset)
    for d, stride in enumerate(found.strides):
        positions += grid[d] * stride
    for number, pick in enumerate(found.picks):
        assert pick.number == number
        at = np.full(found.shape, pick.offset)
        for d, stride in enumerate(pick.strides):
            at += grid[d] * stride
        index = flat[number][at] if prod(found.shape) else np.zeros(found.shape, np.int64)
        assert ((index >= -pick.size) & (index < pick.size)).all()
        positions += np.where(index < 0, index + pick.size, index) * pick.step
    shared = found.shape[found.at : found.at + len(found.shared)]
    assert shared == found.shared
    return storage[positions]


def check(tensor: torch.Tensor, index: Any) -> str:
    """The same view, the same elements or the same error. Says which of them it was."""
    try:
        expected = tensor[index]
    except (IndexError, ValueError, TypeError, RuntimeError) as error:
        with pytest.raises(type(error)):
            evaluate(tensor, index)
        return "error"
    parsed = evaluate(tensor, index)
    if not parsed.indices:
        assert expected.untyped_storage().data_ptr() == tensor.untyped_storage().data_ptr()
        assert parsed.view is as_view(expected)
        return "view"
    found = gathered(np.arange(tensor.untyped_storage().nbytes() // 8), parsed)
    assert found.shape == tuple(expected.shape)
    assert (found == expected.numpy()).all()
    return "picked"


def evaluate(tensor: torch.Tensor, index: Any) -> Parsed:
    view = basic(as_view(tensor), index)
    if view is not None:
        assert basic(as_view(tensor), index) is view
        return Parsed(view)
    parsed = parse(as_view(tensor), index, TorchTensors())
    shared = np.broadcast_shapes(*(index.shape for index in parsed.indices))
    if prod(shared) and parsed.view.numel:  # what a kernel would find
        for number, (dim, picked) in enumerate(zip(parsed.dims, parsed.indices, strict=True)):
            n = parsed.view.shape[dim]
            if not ((np.asarray(picked) >= -n) & (np.asarray(picked) < n)).all():
                raise IndexError(f"index out of bounds for dimension {number} with size {n}")
    return parsed


def random_source(chooser: random.Random) -> torch.Tensor:
    """A tensor of some layout whose elements are their positions in the storage."""
    shape = [chooser.choice([1, 2, 3, 3, 4, 5]) for _ in range(chooser.randint(0, 4))]
    if chooser.random() < 0.08 and shape:
        shape[chooser.randrange(len(shape))] = 0
    tensor = torch.arange(prod(shape)).reshape(shape)
    if len(shape) > 1 and chooser.random() < 0.5:
        tensor = tensor.permute(chooser.sample(range(len(shape)), len(shape)))
    if shape and chooser.random() < 0.3:
        tensor = tensor[tuple(slice(chooser.randint(0, 1), None, chooser.randint(1, 2)) for _ in shape)]
    return tensor


def random_slice(n: int, chooser: random.Random) -> slice:
    bound = [None, None, *range(-n - 2, n + 3)]
    return slice(chooser.choice(bound), chooser.choice(bound), chooser.choice([None, None, 1, 2, 3]))


def random_ints(n: int, shape: tuple[int, ...], chooser: random.Random) -> np.ndarray:
    wrong = 1 if chooser.random() < 0.05 else 0
    low, high = -n - wrong, n - 1 + wrong
    if high < low:
        return np.zeros(shape, np.int64)
    return np.array([chooser.randint(low, high) for _ in range(prod(shape))], np.int64).reshape(shape)


def random_index(shape: tuple[int, ...], chooser: random.Random) -> Any:
    """Parts for some dimensions of a tensor; now and then too many, out of bounds or of shapes that do not match."""
    parts: list[Any] = []
    d = 0
    shared = tuple(chooser.choice([1, 2, 3]) for _ in range(chooser.randint(1, 2)))
    while d < len(shape) and chooser.random() < 0.85:
        n = shape[d]
        kind = chooser.choice(
            ["int", "int", "slice", "slice", "none", "tensor", "tensor", "array", "list", "mask", "zero-d", "bool"]
        )
        mine = (
            shared[chooser.randint(0, 1) :] if chooser.random() < 0.5 else tuple(chooser.choice([1, k]) for k in shared)
        )
        if chooser.random() < 0.05:
            mine = (*mine, 2)
        ints = random_ints(n, mine, chooser)
        width = 1
        if kind == "int":
            index = int(random_ints(n, (1,), chooser)[0])
            parts.append(chooser.choice([index, np.int64(index)]))
        elif kind == "slice":
            parts.append(random_slice(n, chooser))
        elif kind == "none":
            parts.append(None)
            width = 0
        elif kind == "bool":
            parts.append(chooser.choice([True, True, False, T(True)]))
            width = 0
        elif kind == "tensor":
            parts.append(torch.from_numpy(ints).to(chooser.choice([torch.int64, torch.int32])))
        elif kind == "array":
            parts.append(ints.astype(chooser.choice([np.int64, np.int16])))
        elif kind == "list":
            parts.append(chooser.choice([list, tuple])(ints.ravel().tolist()))
        elif kind == "zero-d":
            parts.append(T(int(random_ints(n, (1,), chooser)[0])))
        else:
            width = chooser.choice([1, 1, 2]) if d + 1 < len(shape) else 1
            mask = np.array([chooser.random() < 0.4 for _ in range(prod(shape[d : d + width]))], bool)
            mask = mask.reshape(shape[d : d + width])
            forms = [torch.from_numpy(mask), torch.from_numpy(mask.astype(np.uint8)), mask]
            parts.append(chooser.choice(forms[:2] if width > 1 else forms))
        d += width
    if chooser.random() < 0.25:
        parts.insert(chooser.randint(0, len(parts)), ...)
    if chooser.random() < 0.03:
        parts += [0] * 4
    if len(parts) == 1 and chooser.random() < 0.7:
        return parts[0]
    return (
        parts
        if chooser.random() < 0.1 and all(part is not True and part is not False for part in parts)
        else tuple(parts)
    )


@pytest.mark.parametrize("seed", range(20))
def test_random_indices_of_random_tensors(seed: int) -> None:
    chooser = random.Random(seed)
    kinds = {"view": 0, "picked": 0, "error": 0}
    for _ in range(250):
        tensor = random_source(chooser)
        kinds[check(tensor, random_index(tuple(tensor.shape), chooser))] += 1
    assert min(kinds.values()) >= 10


class Index:
    def __index__(self) -> int:
        return 1


class Sequence:
    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> int:
        if index >= 2:
            raise IndexError
        return index


X = torch.arange(24).reshape(2, 3, 4)
M = T([[True, False, True], [False, False, True]])
RIGHT: list[Any] = [
    (),
    (...,),
    (..., ...),
    (..., 0, ...),
    (..., 0, ..., slice(None)),
    [],
    [[]],
    ([], []),
    [0, slice(None)],
    [None, 0],
    [0, ...],
    [T(0), T(1)],
    [[0, 1], [1, 0]],
    [[0, 1], slice(None)],
    [[0, 1], [0, 1], T([1])],
    [[[0, 1], [1, 0]]],
    [0, 1] * 16,
    [[0, 1]] * 32,
    [1.5],
    [True, False],
    (slice(None), [1.9, -0.5]),
    (slice(None), [T(0), T(1)]),
    (slice(None), [True, T(False), np.bool_(True)]),
    (slice(None), [np.int64(1), 2]),
    (slice(None), [np.array([0, 1]), np.array([1, 0])]),
    (slice(None), ()),
    range(2),
    (range(2), 0),
    Index(),
    (Index(), Index()),
    slice(Index(), None),
    slice(T(1), T([2]), T(1)),
    slice(-(2**70), 2**70),
    Sequence(),
    (slice(None), Sequence()),
    np.array(1),
    np.array([0.0, 1.0]),
    np.array([1], np.uint16),
    np.array([1, 0], np.uint8),
    T(1, dtype=torch.int8),
    T(1, dtype=torch.uint8),
    T(True),
    T(False),
    (M, 0),
    (M, T([0, 1, 2])),
    (M, ..., 0),
    (M, None),
    (M, slice(1, 9)),
    (M.numpy(), 0),
    (M.tolist(), 0),
    (None, M),
    (True, M),
    (T([True, False]), T([0, 1, 2])),
    (slice(None), T([0, 1]), None, T([0, 1])),
    (T([0, 1]), ..., T([0, 1])),
    (T([0, 1]), slice(None), 1),
    (True, T([0, 1])),
    (slice(None), True, T([0, 1])),
    T([], dtype=torch.int64),
    (T([5]), T([], dtype=torch.int64)),
]
WRONG: list[Any] = [
    5,
    -3,
    (0, 7),
    (0, -7),
    (..., 7),
    (None, 7),
    (None, 0, 7),
    (slice(None), None, 7),
    (T([0, 1]), 7),
    T(7),
    (0, T(7)),
    (None, T(7)),
    (0, 0, 0, 0),
    (0, 0, 0, "a"),
    (0, 0, 0, T(1)),
    [5],
    (slice(None), [7]),
    (0, slice(None), [7]),
    (None, [7]),
    ([0], [7]),
    [-3],
    2**70,
    (2**70, 0),
    [2**70],
    1.0,
    1j,
    {},
    {0},
    iter([0]),
    np.float64(1),
    np.bool_(True),
    (slice(None), 1.0),
    (7, 1.5),
    (1.5, 7),
    [1.5, slice(None)],
    "a",
    "ab",
    b"ab",
    ["a"],
    [0, "a"],
    [b"a"],
    (7, "a"),
    ("a", 7),
    slice(None, None, -1),
    slice(None, None, 0),
    slice(1.0, None),
    slice("a", None),
    (7, slice(None, None, -1)),
    (slice(None, None, -1), 7),
    (True, slice(None, None, -1)),
    ([0, 1], [0, 1, 2]),
    (T([0, 1]), T([0, 1, 2])),
    (M, T([0, 1])),
    (slice(None), T([True, False, True]), T([0, 1, 2])),
    T([True]),
    T([[True, False, True]]),
    (0, T([[True, False, True]])),
    T([[[[True]]]]),
    T([[[True]]]),
    (..., T([[True, False, True, True]])),
    (slice(None), [[True, False, True]]),
    torch.empty(0, 2, dtype=torch.bool),
    torch.empty(2, 0, dtype=torch.bool),
    T([1.0]),
    T(1.0),
    [T(1.0)],
    T([1, 0], dtype=torch.int8),
    T([1, 0], dtype=torch.int16),
    (T([1.0]), T([True])),
    (7, T([1.5])),
    (False, T([0, 1])),
    (..., ..., 0),
    (0, ..., ..., 0),
    (..., ..., None),
    (..., ..., True),
    (..., ..., T([0])),
    [[1, 0], [3]],
    [[[1, 2], [3]]],
    [[["a"]]],
    (slice(None), [None]),
    (slice(None), [...]),
    (slice(None), [object()]),
    (slice(None), [1j]),
    [float("nan")],
    (slice(None), [T(0.5), 1]),
    (slice(None), [T([0, 1]), T([1, 0])]),
    [True, 2],
    [1, 2, 3.5],
    np.array(["a"]),
    np.array([None]),
    np.array([2], object),
    np.array([1], ">i8"),
]
TEXT = {  # where the words are our own: what they must say
    "expected sequence of length": "sequences of one length",
    "Overflow when unpacking": "Overflow when unpacking",
    "tensors used as indices": "tensors used as indices must be long, int, byte or bool tensors",
    "can't convert np.ndarray": "can't convert np.ndarray of type numpy.",
    "given numpy array": "byte order different from the native",
}


def named(index: Any) -> str:
    """An id that is the same in every process: without addresses."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(index))


@pytest.mark.parametrize("index", RIGHT, ids=named)
def test_every_kind_of_index(index: Any) -> None:
    assert check(X, index) != "error"


@pytest.mark.parametrize("index", WRONG, ids=named)
def test_wrong_indices_raise_torchs_errors(index: Any) -> None:
    with pytest.raises(Exception) as expected:
        X[index]
    with pytest.raises(expected.type) as found:
        parsed = parse(as_view(X), index, TorchTensors())
        place(parsed.view, parsed.dims, tuple(View.dense(tuple(index.shape)) for index in parsed.indices))
    words = str(expected.value)
    for beginning, ours in TEXT.items():
        if words.startswith(beginning):
            words = ours
    assert words in str(found.value)


@pytest.mark.parametrize(
    "index",
    [
        0,
        np.int64(0),
        slice(None),
        slice(None, None, -1),
        T(0),
        T([0]),
        (0, 0),
        (None, 0),
        (..., 0),
        (),
        ...,
        None,
        True,
        T(True),
    ],
    ids=repr,
)
def test_tensors_without_dimensions(index: Any) -> None:
    scalar = T(5)[...]
    try:
        scalar[index]
    except (IndexError, ValueError) as error:
        expected = error
    else:
        assert check(torch.arange(6)[5], index) != "error"
        return
    for call in (lambda: parse(as_view(scalar), index, TorchTensors()), lambda: basic(as_view(scalar), index)):
        try:
            assert call() is None  # not a basic index
        except type(expected) as found:
            assert str(found) == str(expected)


@pytest.mark.parametrize("index", [T([0]), [0], (slice(None), 5), (T([], dtype=torch.int64), 5)], ids=named)
def test_empty_tensors(index: Any) -> None:
    assert check(torch.zeros(0, 3, dtype=torch.int64), index) == "error"
    assert check(torch.zeros(0, 3, dtype=torch.int64), T([], dtype=torch.int64)) == "picked"
    assert check(torch.zeros(0, 3, dtype=torch.int64), (slice(None), [0, 7])) == "picked"


def test_lists_that_count_as_tuples_and_uint8_masks_warn() -> None:
    for index, words in ([[0, 1], [1, 0]], "Using a non-tuple sequence"), (T([1, 0], dtype=torch.uint8), "uint8"):
        with pytest.warns(UserWarning, match=words) as caught:
            with warnings.catch_warnings():
                warnings.simplefilter("always")
                parse(as_view(X), index, TorchTensors())
        assert len(caught) == 1


def test_basic_indices_are_remembered_with_the_view() -> None:
    view = View.dense((7, 9))
    for index in (3, slice(1, 4), (slice(None), slice(2, 5)), (1, 2), (None, ..., 4)):
        made = basic(view, index)
        assert made is not None
        assert made in view.derived.values()
    assert basic(view, 1) is not basic(view, slice(1, 2))
    assert basic(view, True) is None
    assert basic(view, (0, [1])) is None
    assert basic(view, slice(Index(), None)) is None


def test_places_are_computed_once() -> None:
    view, index = View.dense((5, 6)), View.dense((3,))
    assert place(view, (0,), (index,)) is place(view, (0,), (index,))
    found = place(View.dense((2, 3, 4)).permute((2, 0, 1)), (0, 2), (View.of((3, 1), (2, 1), 5), View.dense((4,))))
    assert found.shape == (3, 4, 2)
    assert found.strides == (0, 0, 12)
    assert (found.at, found.shared) == (0, (3, 4))
    assert found.picks[0] == ((2, 0, 0), 5, 4, 1, 0)
    assert found.picks[1] == ((0, 1, 0), 0, 3, 4, 1)
