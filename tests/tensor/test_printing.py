"""Printed tensors against PyTorch's text, character for character."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from math import inf, nan, prod
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import torch

from cltorch import dtypes
from cltorch.tensor import printing

NAMES = [kind.name for kind in dtypes.ALL]
FLOATING = [kind.name for kind in dtypes.ALL if kind.is_floating_point]
SHAPES = [(), (1,), (5,), (40,), (1, 1), (3, 4), (2, 30), (2, 3, 4), (1, 2, 1, 3), (2, 2, 2, 2)]
EMPTY = [(0,), (0, 3), (3, 0), (2, 0, 4), (0, 0)]
LARGE = [(1001,), (7, 150), (200, 6), (3, 400), (11, 12, 13), (2, 3, 7, 30), (1, 2000), (2000, 1)]


@pytest.fixture(autouse=True)
def _options() -> Iterator[None]:
    """Every test begins and ends with PyTorch's defaults."""
    yield
    for library in (printing, torch):
        library.set_printoptions(profile="default")  # type: ignore[attr-defined]
    dtypes.set_default_dtype(dtypes.float32)
    torch.set_default_dtype(torch.float32)


def set_options(**options: Any) -> None:
    printing.set_printoptions(**options)
    torch.set_printoptions(**options)


def shown(tensor: torch.Tensor) -> np.ndarray:
    """What a print fetches: all elements, or the edges of the dimensions that a summary cuts."""
    picked = tensor.detach()
    edge = printing.OPTIONS.edgeitems
    for d in printing.edge_dims(tuple(tensor.shape)):
        n = tensor.shape[d]
        picked = torch.cat([picked.narrow(d, 0, edge), picked.narrow(d, n - edge, edge)], d)
    if tensor.dtype is torch.bfloat16:
        return picked.float().numpy().astype(ml_dtypes.bfloat16)
    return picked.numpy()


def text(tensor: torch.Tensor, **arguments: Any) -> str:
    dtype = getattr(dtypes, str(tensor.dtype).removeprefix("torch."))
    return printing.tensor_repr(shown(tensor), tuple(tensor.shape), dtype, **arguments)


def numbers(kind: str, shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """Numbers that lead to each notation: whole, fixed, scientific; with zeros of both signs, infinities and NaNs."""
    normal = generator.standard_normal(shape)
    made = {
        "normal": normal,
        "whole": np.round(normal * 20),
        "large": np.round(normal * 3e8),
        "wide": normal * 10.0 ** generator.integers(-6, 6, shape),
        "small": normal * 1e-5,
        "thousand": 1 + 999.5 * generator.random(shape),
        "zeros": np.zeros(shape),
    }[kind.removeprefix("odd ")]
    if kind.startswith("odd"):
        odd = generator.choice([inf, -inf, nan, 0.0, -0.0], shape)
        made = np.where(generator.random(shape) < 0.3, odd, made)
    return np.asarray(made)


def random_tensor(name: str, shape: tuple[int, ...], kind: str, seed: int) -> torch.Tensor:
    generator = np.random.default_rng(seed)
    dtype = getattr(torch, name)
    if dtype.is_floating_point:
        with np.errstate(over="ignore", invalid="ignore"):
            return torch.from_numpy(numbers(kind, shape, generator)).to(dtype)
    if dtype.is_complex:
        with np.errstate(over="ignore", invalid="ignore"):
            parts = (torch.from_numpy(numbers(kind, shape, generator)) for _ in range(2))
            return torch.complex(*parts).to(dtype)
    if dtype is torch.bool:
        return torch.from_numpy(np.asarray(generator.random(shape) < 0.8))
    info = torch.iinfo(dtype)
    low, high = (info.min, info.max) if kind == "wide" else (max(info.min, -50), 50)
    return torch.from_numpy(np.asarray(generator.integers(low, high, shape, dtype=np.int64, endpoint=True))).to(dtype)


@pytest.mark.parametrize("kind", ["normal", "whole", "large", "wide", "small", "thousand", "zeros"])
@pytest.mark.parametrize("name", FLOATING)
def test_floats_of_every_notation(name: str, kind: str) -> None:
    for seed, (shape, odd) in enumerate(product(SHAPES, ("", "odd "))):
        tensor = random_tensor(name, shape, odd + kind, seed)
        assert text(tensor) == repr(tensor)


@pytest.mark.parametrize("kind", ["normal", "wide"])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in FLOATING])
def test_integers_and_bools(name: str, kind: str) -> None:
    for seed, shape in enumerate(SHAPES):
        tensor = random_tensor(name, shape, kind, seed)
        assert text(tensor) == repr(tensor)


@pytest.mark.parametrize("name", NAMES)
def test_empty_tensors(name: str) -> None:
    for shape in EMPTY:
        tensor = torch.zeros(shape, dtype=getattr(torch, name))
        assert text(tensor) == repr(tensor)


@pytest.mark.parametrize("name", ["float32", "float16", "int64", "bool"])
@pytest.mark.parametrize("shape", LARGE, ids=str)
def test_large_tensors_are_summarized(name: str, shape: tuple[int, ...]) -> None:
    for seed, kind in enumerate(("normal", "whole", "odd wide")):
        tensor = random_tensor(name, shape, kind, seed)
        assert "..." in repr(tensor)
        assert text(tensor) == repr(tensor)


def test_a_summary_needs_the_edges_only() -> None:
    assert printing.edge_dims((10, 100)) == ()
    assert printing.edge_dims((10, 101)) == (0, 1)
    assert printing.edge_dims((6, 500)) == (1,)
    assert shown(torch.zeros(1000, 6, 1000)).shape == (6, 6, 6)
    set_options(edgeitems=1)
    assert shown(torch.zeros(1000, 2, 1000)).shape == (2, 2, 2)


def test_random_options_on_random_tensors() -> None:
    chooser = random.Random(0)
    kinds = ["normal", "whole", "large", "wide", "small", "thousand", "odd normal", "odd whole"]
    for seed in range(400):
        set_options(
            precision=chooser.choice([None, 0, 1, 3, 8]),
            threshold=chooser.choice([None, 0, 5, 20, inf]),
            edgeitems=chooser.choice([None, None, 0, 1, 2, 4]),
            linewidth=chooser.choice([None, 1, 20, 60, 200]),
            profile=chooser.choice([None, "default", "short", "full"]),
            sci_mode=chooser.choice([None, True, False]),
        )
        assert printing.get_printoptions() == torch._tensor_str.get_printoptions()
        shape = chooser.choice([*SHAPES, *EMPTY, (20, 3), (9, 2, 8)])
        tensor = random_tensor(chooser.choice(NAMES), shape, chooser.choice(kinds), seed)
        assert text(tensor) == repr(tensor)


@pytest.mark.parametrize("default", FLOATING)
def test_the_default_dtype_is_not_printed(default: str) -> None:
    dtypes.set_default_dtype(getattr(dtypes, default))
    torch.set_default_dtype(getattr(torch, default))
    for name, shape in product(NAMES, [(2,), (), (0,), (0, 2)]):
        tensor = torch.ones(shape, dtype=getattr(torch, name))
        assert text(tensor) == repr(tensor)


@pytest.mark.parametrize("shape", [(2,), (0, 3), (3, 4), (6,), (7,), (8,), (200, 20)], ids=str)
def test_gradients_are_told(shape: tuple[int, ...]) -> None:
    for name in ("float32", "float64"):
        leaf = torch.arange(prod(shape), dtype=getattr(torch, name)).reshape(shape).requires_grad_()
        made = leaf * 1.5
        assert text(leaf, requires_grad=True) == repr(leaf)
        assert text(made, requires_grad=True, grad_fn="MulBackward0") == repr(made)


def test_device_and_prefix() -> None:
    class Masked(torch.Tensor):
        pass

    tensor = torch.arange(12.0).reshape(3, 4).as_subclass(Masked)
    assert text(tensor, prefix="Masked(") == repr(tensor)
    assert text(torch.ones(2), device="opencl:1") == "tensor([1., 1.], device='opencl:1')"
    assert text(torch.ones(2).half(), device="opencl:1", requires_grad=True) == (
        "tensor([1., 1.], device='opencl:1', dtype=torch.float16, requires_grad=True)"
    )


def test_printoptions_holds_for_a_block() -> None:
    tensor = torch.tensor([1.23456, 2.0])
    with printing.printoptions(precision=2, sci_mode=True):
        assert text(tensor) == "tensor([1.23e+00, 2.00e+00])"
    assert text(tensor) == repr(tensor)
    with pytest.raises(KeyError), printing.printoptions(edgeitems=1):
        raise KeyError
    assert printing.get_printoptions() == torch._tensor_str.get_printoptions()
