"""Pieces of graphs replaced by others, and traced modules called with stand-ins, beside PyTorch."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.fx

import cltorch
import cltorch.fx


def model(library: Any) -> Any:
    """A module with a pattern in it twice, once after itself."""

    class Model(library.nn.Module):
        def forward(self, x: Any, w1: Any, w2: Any) -> Any:
            first = library.cat([library.neg(w1), w2]).sum()
            second = library.cat([library.neg(first.reshape(1)), w2]).sum()
            return x + library.max(first) + library.max(second) + library.neg(w1)

    return library.fx.symbolic_trace(Model())


@pytest.mark.parametrize("library", [torch, cltorch], ids=["torch", "cltorch"])
def test_patterns_are_replaced(library: Any) -> None:
    def pattern(a: Any, b: Any) -> Any:
        return library.cat([library.neg(a), b]).sum()

    def replacement(a: Any, b: Any) -> Any:
        return (library.cat([a, b]) * 2).sum()

    traced = model(library)
    found = library.fx.replace_pattern(traced, pattern, replacement)
    assert len(found) == 2
    traced.graph.lint()
    w1, w2 = library.tensor([1.0, 2]), library.tensor([3.0])
    first = 2 * 6
    assert traced(library.zeros(2), w1, w2).tolist() == [first + 2 * (first + 3) - w for w in (1, 2)]
    assert library.fx.replace_pattern(traced, pattern, replacement) == []


def test_a_result_that_is_used_elsewhere_is_no_occurrence() -> None:
    def forward(x: Any) -> Any:
        y = cltorch.neg(x)
        return cltorch.exp(y) + y

    traced = cltorch.fx.symbolic_trace(forward)
    assert not cltorch.fx.replace_pattern(traced, lambda x: cltorch.exp(cltorch.neg(x)), lambda x: x)


def test_a_traced_activation_is_put_behind_a_graph() -> None:
    traced = cltorch.fx.symbolic_trace(lambda x, y: cltorch.cat([x, y]))
    output = traced.graph.output_node()
    (last,) = output.all_input_nodes
    activation = cltorch.fx.symbolic_trace(cltorch.nn.LeakyReLU())
    with traced.graph.inserting_after(last):
        output.args = (activation(cltorch.fx.Proxy(last)).node,)
    traced.recompile()
    assert traced(cltorch.tensor([-1.0]), cltorch.tensor([2.0])).tolist() == pytest.approx([-0.01, 2])
