"""``torch._foreach_*`` beside PyTorch: every function, both forms, each kind of argument, and how few kernels a list takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch.graph.record import recorder
from cltorch.runtime import device as devices
from cltorch.tensor.foreach import BINARY, TERNARY, UNARY
from tests.beside import assert_beside

A = "[torch.tensor([0.3, 0.7]), torch.tensor([[0.9], [0.2]])]"
B = "[torch.tensor([0.6, 1.5]), torch.tensor([[-0.4], [2.0]])]"


@pytest.mark.parametrize("form", ["", "_"])
@pytest.mark.parametrize("name", UNARY)
def test_unary(name: str, form: str) -> None:
    assert_beside(f"torch._foreach_{name}{form}({A})")


@pytest.mark.parametrize("form", ["", "_"])
@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("other", [B, "1.5", "[0.5, 2.0]"])
def test_binary(name: str, form: str, other: str) -> None:
    assert_beside(f"torch._foreach_{name}{form}({A}, {other})")


@pytest.mark.parametrize("form", ["", "_"])
@pytest.mark.parametrize("name", TERNARY)
@pytest.mark.parametrize("value", ["", ", 2.0", ", [0.5, 2.0]", ", torch.tensor([0.5, 2.0])"])
def test_ternary(name: str, form: str, value: str) -> None:
    assert_beside(f"torch._foreach_{name}{form}({A}, {B}, {B}{value})")


@pytest.mark.parametrize(
    "call",
    [
        f"_foreach_lerp({A}, {B}, 0.3)",
        f"_foreach_lerp_({A}, {B}, {A})",
        f"_foreach_add({A}, {B}, alpha=3)",
        f"_foreach_sub_({A}, {B}, alpha=2)",
        f"_foreach_mul({A}, torch.tensor(2.0))",
        "_foreach_add([torch.tensor([1, 2]), torch.tensor([3])], 2)",
        "_foreach_mul([torch.tensor([1, 2]), torch.tensor([3.5])], 2)",
        "_foreach_sqrt([torch.tensor([4]), torch.tensor([2.0], dtype=torch.float64)])",
        f"_foreach_pow(2.0, {A})",
        "_foreach_add([torch.tensor([1j, 2])], [torch.tensor([1, 2j])], alpha=2j)",
        "_foreach_addcmul_([torch.tensor([1j, 2])], [torch.tensor([1, 2j])], [torch.tensor([3, 1j])], 0.5j)",
        "_foreach_maximum_([torch.tensor([1, 5])], [torch.tensor([3, 2])])",
        "_foreach_sub([torch.tensor([1.0])], True)",
        "_foreach_norm([torch.tensor([1, 2])])",
        f"_foreach_norm({A})",
        f"_foreach_norm({A}, 1)",
        f"_foreach_max({A})",
        f"_foreach_powsum({A}, 3)",
        f"_foreach_copy_({A}, {B})",
        f"_foreach_zero_({A})",
        f"_foreach_clone({A})",
        "_foreach_mm([torch.ones(2, 3)], [torch.ones(3, 2)])",
        "_foreach_add([], 1.0)",
        f"_foreach_add({A}, [torch.ones(2)])",
        f"_foreach_add({A}, [1.0])",
        f"_foreach_add({A}, torch.tensor([2.0]))",
    ],
)
def test_others(call: str) -> None:
    assert_beside(f"torch.{call}")


def test_gradients_flow() -> None:
    found: list[Any] = []
    for m in (torch, cltorch):
        x = [m.tensor([1.0, 2.0], requires_grad=True), m.tensor([3.0], requires_grad=True)]
        made = m._foreach_mul(m._foreach_exp(x), 2.0)
        sum(t.sum() for t in made).backward()
        found.append([t.grad.numpy() for t in x])
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_a_list_is_few_kernels_and_results_stand_apart() -> None:
    counts = recorder(devices.default())
    a = [cltorch.full((40, k), 2.0) for k in range(10, 70)]
    b = [cltorch.full((40, k), 3.0) for k in range(10, 70)]
    counts.flush()
    before = counts.launched
    made = cltorch._foreach_add(a, b)
    cltorch._foreach_mul_(a, 2.0)
    counts.flush()
    assert counts.launched - before <= 8
    assert float(made[7].sum()) == 5.0 * made[7].numel()
    assert float(a[7].sum()) == 4.0 * a[7].numel()
