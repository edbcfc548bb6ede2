"""Element types and their promotion against PyTorch's, over all pairs and classes of operands."""

from __future__ import annotations

import copy
import enum
import pickle
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch

from cltorch import dtypes

NAMES = [kind.name for kind in dtypes.ALL]
FLOATING = [kind.name for kind in dtypes.ALL if kind.is_floating_point]
INTEGER = [kind.name for kind in dtypes.ALL if kind.kind == "integer"]
PAIRS = list(product(NAMES, NAMES))


def ours(name: str) -> dtypes.dtype:
    kind: dtypes.dtype = getattr(dtypes, name)
    return kind


def theirs(name: str) -> torch.dtype:
    kind: torch.dtype = getattr(torch, name)
    return kind


@pytest.fixture
def default_dtype() -> Iterator[None]:
    """Puts the default dtypes of both back."""
    yield
    dtypes.set_default_dtype(dtypes.float32)
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("name", [*NAMES, "float", "double", "half", "short", "int", "long"])
def test_a_dtype_is_what_torchs_is(name: str) -> None:
    mine, other = ours(name), theirs(name)
    assert repr(mine) == str(mine) == repr(other)
    for field in ("itemsize", "is_floating_point", "is_signed", "is_complex"):
        assert getattr(mine, field) == getattr(other, field)
    assert mine.itemsize == mine.np.itemsize
    assert len({mine, ours(mine.name)}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_copies_and_pickles_are_the_dtype_itself(name: str) -> None:
    kind = ours(name)
    assert copy.copy(kind) is copy.deepcopy(kind) is kind
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(kind, protocol)) is kind


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_promotion_and_casts_of_all_pairs(one: str, two: str) -> None:
    assert repr(dtypes.promote_types(ours(one), ours(two))) == repr(torch.promote_types(theirs(one), theirs(two)))
    assert dtypes.can_cast(ours(one), ours(two)) == torch.can_cast(theirs(one), theirs(two))


def wider(kind: torch.dtype) -> str:
    """The dtype that stands for torch's here: there is no complex dtype of 16-bit floats."""
    return repr(kind).replace("complex32", "complex64")


@pytest.mark.filterwarnings("ignore:Casting complex values", "ignore:ComplexHalf support")
@pytest.mark.parametrize("default", ["float32", "float64", "float16"])
@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_result_type_of_all_classes_of_operands(one: str, two: str, default: str, default_dtype: None) -> None:
    dtypes.set_default_dtype(ours(default))
    torch.set_default_dtype(theirs(default))
    for ranks in product((0, 1, 2), repeat=2):
        tensors = [torch.zeros([1] * rank, dtype=theirs(name)) for rank, name in zip(ranks, (one, two), strict=True)]
        dims = [ours(name) for rank, name in zip(ranks, (one, two), strict=True) if rank]
        zero_dims = [ours(name) for rank, name in zip(ranks, (one, two), strict=True) if not rank]
        assert repr(dtypes.result_dtype(dims, zero_dims, [])) == wider(torch.result_type(*tensors))
        for number in (True, 3, 2.5, 1j):
            expected = (tensors[0] + tensors[1].to(tensors[0].dtype) + number).dtype
            dims = [ours(one)] if max(ranks) else []
            zero_dims = [] if max(ranks) else [ours(one)]
            assert repr(dtypes.result_dtype(dims, zero_dims, [type(number)])) == wider(expected)


@pytest.mark.parametrize("numbers", list(product((True, 3, 2.5, 1j), repeat=2)))
def test_result_type_of_numbers_alone(numbers: tuple[Any, Any]) -> None:
    found = dtypes.result_dtype([], [], [type(number) for number in numbers])
    assert repr(found) == repr(torch.result_type(*numbers))


def test_result_type_needs_an_operand() -> None:
    with pytest.raises(ValueError, match="at least one operand"):
        dtypes.result_dtype([], [], [])


def test_numbers_stand_for_their_category(default_dtype: None) -> None:
    class Colour(enum.IntEnum):
        RED = 1

    expected = {bool: "bool", np.bool_: "bool", int: "int64", Colour: "int64", np.int16: "int64", np.uint8: "int64"}
    for kind, name in expected.items():
        assert dtypes.of_scalar(kind).name == name
    for default in ("float32", "float64"):
        dtypes.set_default_dtype(ours(default))
        assert {dtypes.of_scalar(kind).name for kind in (float, np.float32, np.float64)} == {default}
        assert dtypes.of_scalar(complex).name == {"float32": "complex64", "float64": "complex128"}[default]
    for kind in (str, list):
        with pytest.raises(TypeError, match=kind.__name__):
            dtypes.of_scalar(kind)


@pytest.mark.parametrize("name", [*FLOATING, "complex64", "complex128"])
def test_finfo(name: str) -> None:
    mine, other = dtypes.finfo(ours(name)), torch.finfo(theirs(name))
    for field in ("bits", "eps", "max", "min", "tiny", "smallest_normal", "resolution", "dtype"):
        assert getattr(mine, field) == getattr(other, field)
    assert repr(mine) == repr(other)


@pytest.mark.parametrize("name", INTEGER)
def test_iinfo(name: str) -> None:
    mine, other = dtypes.iinfo(ours(name)), torch.iinfo(theirs(name))
    for field in ("bits", "max", "min", "dtype"):
        assert getattr(mine, field) == getattr(other, field)
    assert repr(mine) == repr(other)


def test_limits_of_a_dtype_are_equal_and_have_no_hash(default_dtype: None) -> None:
    assert dtypes.finfo(dtypes.float32) == dtypes.finfo()
    assert dtypes.finfo(dtypes.float32) != dtypes.finfo(dtypes.float64)
    assert dtypes.iinfo(dtypes.int32) != dtypes.finfo(dtypes.float32)
    with pytest.raises(TypeError, match="unhashable"):
        hash(dtypes.iinfo(dtypes.int8))
    dtypes.set_default_dtype(dtypes.float16)
    assert dtypes.finfo().dtype == "float16"


@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.finfo(t.int32),
        lambda t: t.finfo(t.bool),
        lambda t: t.finfo(3),
        lambda t: t.iinfo(t.float32),
        lambda t: t.iinfo(t.bool),
        lambda t: t.iinfo(3),
        lambda t: t.iinfo(),
        lambda t: t.set_default_dtype(t.int32),
        lambda t: t.set_default_dtype("float32"),
        lambda t: t.set_default_dtype(None),
        lambda t: t.promote_types(t.int32, 3),
        lambda t: t.can_cast(t.int32, 3),
    ],
)
def test_wrong_arguments_raise_torchs_class(call: Any) -> None:
    with pytest.raises(TypeError) as expected:
        call(torch)
    with pytest.raises(TypeError) as found:
        call(dtypes)
    words = str(expected.value).split(" '")[0].removeprefix("invalid dtype object: ")
    assert words.split("() missing")[0] in str(found.value)
    assert dtypes.get_default_dtype() is dtypes.float32


@pytest.mark.parametrize("name", NAMES)
def test_numpys_spelling(name: str) -> None:
    assert dtypes.from_numpy_dtype(np.zeros(0, ours(name).np).dtype) is ours(name)
    if name != "bfloat16":
        assert torch.from_numpy(np.zeros(0, ours(name).np)).dtype is theirs(name)


@pytest.mark.parametrize("spelling", ["U1", "O", "M8[s]", ">i4", ">f4", "V3"])
def test_arrays_that_cannot_be_tensors_raise_torchs_class(spelling: str) -> None:
    array = np.zeros(2, spelling)
    with pytest.raises((TypeError, ValueError)) as expected:
        torch.from_numpy(array)
    with pytest.raises(expected.type) as found:
        dtypes.from_numpy_dtype(array.dtype)
    if expected.type is TypeError:
        assert str(expected.value).split("only")[0] in str(found.value)


def test_element_types_that_are_left_out_say_so() -> None:
    with pytest.raises(TypeError, match=r"type numpy.longdouble.*float64, float32.*and bool"):
        dtypes.from_numpy_dtype(np.dtype(np.longdouble))
