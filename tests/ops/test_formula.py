"""Formulas over lists of tensors: what is computed once, what per element, numbers on the device, and over tensors."""

from __future__ import annotations

import numpy as np
import pytest

import cltorch
from cltorch.ops.foreach import formula

TEXT = """
    step = step + 1
    mean = lerp(mean, grad, 1 - beta)
    rate = lr / (1 - beta ** step)
    grad = where(step > 1, grad, 0)
    param = param - rate * mean / (sqrt(abs(mean)) + 0.5) + grad
"""
STARTS = ([0.5, -1.0, 2.0], [3.0, 1.0, -2.0], [0.1, 0.2, 0.3])
NUMBERS = {"step": 0.0, "beta": 0.9, "lr": 0.1}


def expected(steps: int) -> list[np.ndarray]:
    param, grad, mean = (np.array(start) for start in STARTS)
    for step in range(1, steps + 1):
        mean = mean + 0.1 * (grad - mean)
        param = param - 0.1 / (1 - 0.9**step) * mean / (np.sqrt(np.abs(mean)) + 0.5) + (grad if step > 1 else 0)
    return [param, grad, mean]


def test_what_depends_on_numbers_alone_is_computed_once() -> None:
    rule = formula(TEXT, "param grad mean")
    assert set(rule.numbers) == {"step", "beta", "lr"}
    assert rule.changed == ("step",)
    assert rule.writes == (0, 2)  # the gradient may be assigned to, and stays
    per_element = " ".join(expr for _, expr, _ in rule.assignments)
    assert "beta" not in per_element and "lr" not in per_element and "step" not in per_element
    assert formula(TEXT, "param grad mean") is rule


@pytest.mark.parametrize("kind", ["numbers", "tensors"])
@pytest.mark.parametrize("fused", [True, False])
def test_fused_and_over_tensors(kind: str, fused: bool) -> None:
    rule = formula(TEXT, "param grad mean")
    tensors = [cltorch.tensor(start) for start in STARTS]
    numbers = {name: cltorch.tensor(value) if kind == "tensors" else value for name, value in NUMBERS.items()}
    for _ in range(2):
        changed = rule([[t] for t in tensors], numbers) if fused else rule.over_tensors(tensors, numbers)
        numbers |= changed
    assert float(numbers["step"]) == 2
    for found, wanted in zip(tensors, expected(2), strict=True):
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-5, atol=1e-6)


def test_lists_differ_and_others_still_hold_old_contents() -> None:
    rule = formula("grad = -grad\ntotal = total + grad\nparam = param + total", "param grad total")
    params = [cltorch.zeros(3), cltorch.zeros(2, 2)[:, 1], cltorch.zeros(0)]
    grads = [cltorch.ones(3), cltorch.ones(2), cltorch.ones(0)]
    totals = [cltorch.full((3,), 5.0), cltorch.full((2,), 5.0), cltorch.zeros(0)]
    before = [t * 1 for t in totals]
    rule([params, grads, totals], {})
    assert [t.tolist() for t in params] == [[4.0] * 3, [4.0] * 2, []]
    assert [t.tolist() for t in totals] == [[4.0] * 3, [4.0] * 2, []]
    assert [t.tolist() for t in before] == [[5.0] * 3, [5.0] * 2, []]
    assert grads[0].tolist() == [1.0] * 3


def test_mistakes() -> None:
    with pytest.raises(ValueError, match="consists of assignments"):
        formula("param + 1", "param")
    with pytest.raises(ValueError, match="cannot become a number"):
        formula("param = 1", "param")
    with pytest.raises(ValueError, match="lists of one length"):
        formula("param = param + grad", "param grad")([[cltorch.ones(1)], []], {})


@pytest.mark.parametrize("dtype", [cltorch.float32, cltorch.bfloat16])
@pytest.mark.parametrize("bad", [None, 0, 18, 29])
def test_a_flag_is_raised_by_any_element(dtype: cltorch.dtype, bad: int | None) -> None:
    rule = formula("flag = not isfinite(value)\nvalue = value * scale", "value")
    flat = np.ones(30, np.float32)
    if bad is not None:
        flat[bad] = np.inf if bad % 2 else np.nan
    values = [cltorch.tensor(part).to(dtype) for part in (flat[:11], flat[11:])]
    flag = cltorch.zeros(())
    rule([values], {"scale": cltorch.tensor(0.5), "flag": flag})
    assert flag.item() == (bad is not None)
    assert values[1][-2].item() == 0.5
    rule([[cltorch.ones(3)]], {"scale": 1.0, "flag": flag})
    assert flag.item() == (bad is not None)
