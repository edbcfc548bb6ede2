"""Recurrent layers beside PyTorch: sizes that fill no vector and no tile, ragged batches, both directions, gradients of gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch.graph.record import recorder
from cltorch.runtime import device as devices

RNG = np.random.default_rng(5)
MODES = ["LSTM", "GRU", "RNN"]


def both(kind: str, *args: Any, **kwargs: Any) -> list[Any]:
    """A layer of each library with equal weights."""
    base = getattr(torch.nn, kind)(*args, **kwargs)
    ours = getattr(cltorch.nn, kind)(*args, **kwargs)
    ours.load_state_dict({name: cltorch.tensor(t.numpy()) for name, t in base.state_dict().items()})
    return [base, ours]


def compare(
    modules: list[Any], x: np.ndarray, states: list[np.ndarray], lengths: list[int] | None, tolerance: float
) -> None:
    """Results, last states, and all gradients of a sum that weighs everything differently."""
    found = []
    for library, module in zip((torch, cltorch), modules, strict=True):
        given = library.tensor(x).requires_grad_()
        hx = [library.tensor(s).requires_grad_() for s in states]
        rnn = library.nn.utils.rnn
        fed = given if lengths is None else rnn.pack_padded_sequence(given, lengths)
        state = (tuple(hx) if len(hx) > 1 else hx[0]) if hx else None
        out, last = module(fed, state)
        out = out if lengths is None else rnn.pad_packed_sequence(out)[0]
        last = last if isinstance(last, tuple) else (last,)
        (out.pow(2).sum() + sum((t**3).sum() for t in last)).backward()
        grads = [given.grad, *(s.grad for s in hx), *(p.grad for p in module.parameters())]
        found.append([t.detach().numpy() for t in (out, *last, *grads)])
    for k, (theirs, ours) in enumerate(zip(*found, strict=True)):
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance, err_msg=f"result {k}")


@pytest.mark.parametrize("kind", MODES)
@pytest.mark.parametrize("size, batch, count", [(1, 1, 1), (7, 3, 5), (16, 5, 2), (37, 9, 4), (70, 2, 3)])
def test_sizes(kind: str, size: int, batch: int, count: int) -> None:
    modules = both(kind, 3, size, bidirectional=True)
    states = [RNG.standard_normal((2, batch, size), np.float32) for _ in range(2 if kind == "LSTM" else 1)]
    compare(modules, RNG.standard_normal((count, batch, 3), np.float32), states, None, 2e-4)


@pytest.mark.parametrize("kind", MODES)
@pytest.mark.parametrize("given", [False, True])
def test_ragged_batches_with_first_states(kind: str, given: bool) -> None:
    modules = both(kind, 4, 20, 2, bidirectional=True, **({"nonlinearity": "relu"} if kind == "RNN" else {}))
    count = (2 if kind == "LSTM" else 1) if given else 0
    states = [RNG.standard_normal((4, 5, 20), np.float32) for _ in range(count)]
    compare(modules, RNG.standard_normal((6, 5, 4), np.float32), states, [6, 5, 5, 2, 1], 2e-4)


@pytest.mark.parametrize("kind", MODES)
def test_doubles_without_bias(kind: str) -> None:
    modules = [module.double() for module in both(kind, 3, 11, bias=False)]
    compare(modules, RNG.standard_normal((4, 3, 3)), [], None, 1e-10)


@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_projections() -> None:
    compare(
        both("LSTM", 3, 10, proj_size=4, bidirectional=True), RNG.standard_normal((4, 3, 3), np.float32), [], None, 2e-4
    )


@pytest.mark.parametrize("kind", MODES)
def test_gradients_of_gradients(kind: str) -> None:
    found = []
    for library, module in zip((torch, cltorch), both(kind, 3, 6), strict=True):
        x = library.tensor(np.linspace(-1, 1, 24, dtype=np.float32).reshape(4, 2, 3)).requires_grad_()
        out, _ = module(x)
        (grad,) = library.autograd.grad(out.pow(2).sum(), x, create_graph=True)
        (grad**2).sum().backward()
        found.append([x.grad.numpy(), *(p.grad.numpy() for p in module.parameters() if p.grad is not None)])
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("kind", MODES)
def test_a_sequence_is_few_launches(kind: str) -> None:
    layer, counts = getattr(cltorch.nn, kind)(8, 16), recorder(devices.default())
    launches = []
    for steps in (4, 40, 4, 40):
        out, _ = layer(cltorch.ones(steps, 3, 8))
        before = counts.launched
        out.sum().backward()
        counts.flush()
        launches.append(counts.launched - before)
    assert max(launches) <= 20


def test_results_may_be_changed_before_backward() -> None:
    found = []
    for library, module in zip((torch, cltorch), both("GRU", 3, 6), strict=True):
        out, last = module(library.ones(4, 2, 3))
        last.detach().zero_()
        out.sum().backward()
        found.append(module.weight_hh_l0.grad.numpy())
    np.testing.assert_allclose(found[1], found[0], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name, gates", [("lstm_cell", 4), ("gru_cell", 3), ("rnn_tanh_cell", 1), ("rnn_relu_cell", 1)])
def test_cells(name: str, gates: int) -> None:
    arrays = [
        RNG.standard_normal(shape, np.float32) for shape in ((2, 3), (2, 5), (2, 5), (gates * 5, 3), (gates * 5, 5))
    ]
    bias = RNG.standard_normal(gates * 5, np.float32)
    found = []
    for library in (torch, cltorch):
        x, h, c, w_ih, w_hh, b = (library.tensor(a).requires_grad_() for a in (*arrays, bias))
        made = getattr(library, name)(x, (h, c) if gates == 4 else h, w_ih, w_hh, b, b)
        made = made if isinstance(made, tuple) else (made,)
        sum((t**3).sum() for t in made).backward()
        found.append([t.detach().numpy() for t in made] + [t.grad.numpy() for t in (x, h, w_ih, w_hh, b)])
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)
