"""Long batches are cut where their structure repeats: few plans for loops of any length, and the same numbers."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch import nn
from cltorch.config import config
from cltorch.graph import repeats
from cltorch.graph.forms import form_of
from cltorch.graph.record import Recorder, recorder
from cltorch.runtime import device as devices


@pytest.mark.parametrize(
    ("kinds", "lengths"),
    [
        ("abc", [3]),
        ("x" + "abcd" * 12 + "yz", [1, 16, 16, 16, 2]),
        ("x" + "abcd" * 20 + "yz", [1, 64, 16, 2]),
        ("abcd" * 23 + "ab", [64, 16, 4, 4, 4, 2]),
        ("aab" * 40, [48, 48, 12, 12]),  # a kind that comes twice in a step
        ("ab" * 40 + "q" + "pr" * 9, [64, 16, 1, 16, 2]),
        ("ab" * 9 + "q" + "pr" * 9, [37]),  # no loop
        ("abcdefghij" * 3 + "k" * 70, [10, 10, 10, 64, 4, 1, 1]),
    ],
)
def test_where_batches_are_cut(kinds: str, lengths: list[int]) -> None:
    found = repeats.cut(kinds)
    assert sum(found) == len(kinds)
    assert [n for n in found if n] == found
    assert found == lengths


@pytest.mark.parametrize(
    ("kinds", "step", "lengths", "following"),
    [
        ("abc", "", [], ""),  # no loop
        ("x" + "abcd" * 20 + "ab", "", [1, 64], "abcd"),
        ("x" + "abcd" * 20 + "abyyzz", "", [1, 64, 16], ""),  # it has ended
        ("x" + "abcd" * 15, "", [1], "abcd"),  # no room for a piece yet
        ("abcd" * 15, "", [], ""),
        ("abcd" * 3 + "yz", "abcd", [4, 4, 4, 2], None),  # the rest of a loop that began before
        ("abcd" * 19 + "a", "abcd", [64], "abcd"),
        ("abcd" * 3 + "zz" + "pqrstuvwxy" * 7, "abcd", [4, 4, 4, 2, 40], "pqrstuvwxy"),
        ("yz" + "abcd" * 3, "abcd", [14], None),
    ],
)
def test_where_a_batch_ends_that_goes_on(kinds: str, step: str, lengths: list[int], following: str | None) -> None:
    """Where ``following`` is None, nothing more is to come."""
    if following is None:
        assert repeats.cut(kinds, tuple(step)) == lengths
    else:
        assert repeats.begun(kinds, tuple(step)) == (lengths, tuple(following))


def test_a_form_says_as_much_as_its_record() -> None:
    """Of what batches are cut by: so they are cut alike however their records came about."""
    x = cltorch.ones(3, 3)
    made = [x @ x + 1, x.exp(), x.sum(0), x.sort(0)[1] * 2, cltorch.cat([x, x]), x[cltorch.tensor([0, 2])]]
    values = [one._storage.value for one in made]
    kinds = [read.record.base for value in values for read in (value, *value.reads) if read.record is not None]
    forms = [*map(form_of, kinds)]
    assert [*map(repeats.is_heavy, forms)] == [*map(repeats.is_heavy, kinds)]
    assert config.eager or {*map(repeats.is_heavy, kinds)} == {False, True}
    assert repeats.pattern(forms) == repeats.pattern(kinds)


@pytest.mark.parametrize("count", [100, 120, 333])
def test_a_loop_is_cut_as_if_it_had_been_one_batch(count: int) -> None:
    kinds = "x" + "abcd" * count + "yz"
    found: list[int] = []
    at, step = 0, ()
    while len(kinds) - at > 257:
        lengths, step = repeats.begun(kinds[at : at + 257], step)  # type: ignore[assignment]
        found += lengths
        at += sum(lengths)
    assert found + repeats.cut(kinds[at:], step) == repeats.cut(kinds)


def make(lib: Any) -> Any:
    """A recurrent cell with more in a step than the tape takes; gives what trains it on n steps."""
    source = np.random.default_rng(0)
    weights = [source.standard_normal(shape).astype("f") / 12 for shape in [(8, 96), (96, 96), (96, 1)]]
    a, b, c = (lib.tensor(weight, requires_grad=True) for weight in weights)
    x = lib.tensor(source.standard_normal((96, 24, 8)).astype("f"))

    def train(steps: int) -> list[Any]:
        for weight in (a, b, c):
            weight.grad = None
        h = lib.zeros(24, 96)
        for t in range(steps):
            h = lib.tanh(x[t] @ a + h @ b)
        loss = ((h @ c) ** 2).mean()
        loss.backward()
        return [loss.detach().numpy(), *[weight.grad.numpy() for weight in (a, b, c)]]

    return train


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of all pieces that ran."""
    found: list[int] = []
    run = Recorder.run_piece

    def noted(self: Recorder, piece: list[Any], ahead: int) -> None:
        found.append(len(piece))
        run(self, piece, ahead)

    monkeypatch.setattr(Recorder, "run_piece", noted)
    return found


def test_loops_of_any_length_give_pytorchs_numbers_by_few_plans(pieces: list[int]) -> None:
    ours, theirs = make(cltorch), make(torch)
    recorded = recorder(devices.default())
    built = []
    for steps in (30, 31, 37, 44, 33, 41, 52, 35, 47, 39, 43, 40):
        before = recorded.built
        for found, expected in zip(ours(steps), theirs(steps), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)
        built.append(recorded.built - before)
    assert pieces
    assert sum(built) <= 12, built  # of about 700 values a step
    assert not sum(built[-4:]), built
    before = recorded.built
    first = ours(41)
    assert recorded.built == before
    for found, again in zip(ours(41), first, strict=True):
        np.testing.assert_array_equal(found, again)


def test_what_is_changed_in_place_is_not_copied_in_every_piece(pieces: list[int]) -> None:
    x = cltorch.zeros(1 << 18)
    cltorch.synchronize()
    cltorch.opencl.reset_peak_memory_stats()
    before = cltorch.opencl.memory_allocated()
    for _ in range(60):
        x[:999] = x[1:1000].sort()[0] + 1  # a launch of its own, and one that writes
    assert x[998].item() == 60
    assert pieces
    assert cltorch.opencl.max_memory_allocated() - before < x.numel() * 4


def test_what_nobody_needs_is_freed_between_pieces(pieces: list[int]) -> None:
    x = cltorch.ones(1 << 18)
    cltorch.synchronize()
    cltorch.opencl.reset_peak_memory_stats()
    before = cltorch.opencl.memory_allocated()
    y = x
    for _ in range(60):
        y = y.sort()[0] + 1  # a launch of its own, and one fused
    assert y[0].item() == 61
    assert pieces
    assert cltorch.opencl.max_memory_allocated() - before < 60 * 2 * x.numel() * 4


def test_what_other_threads_read_is_not_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    x = cltorch.eye(64)
    held = [x + 1]
    cltorch.synchronize()
    y = held[0]
    for _ in range(60):
        y = (y @ x).clamp(max=9)
    found: list[Any] = []
    run = Recorder.run_piece

    def meanwhile(self: Recorder, piece: list[Any], ahead: int) -> None:
        if not found:  # another thread reads the first value, and lets go of it
            thread = threading.Thread(target=lambda: found.append(held.pop() * 2))
            thread.start()
            thread.join()
        run(self, piece, ahead)

    monkeypatch.setattr(Recorder, "run_piece", meanwhile)
    recorder(devices.default()).flush()
    assert found[0][0, 0].item() == 4 and y[0, 1].item() == 1


def test_a_module_of_equal_layers_keeps_its_numbers(pieces: list[int]) -> None:
    layers = [layer for _ in range(30) for layer in (nn.Linear(40, 40), nn.LayerNorm(40), nn.GELU())]
    model = nn.Sequential(*layers)
    x = cltorch.randn(64, 40, requires_grad=True)
    reference = torch.nn.Sequential(
        *[layer for _ in range(30) for layer in (torch.nn.Linear(40, 40), torch.nn.LayerNorm(40), torch.nn.GELU())]
    )
    reference.load_state_dict({k: torch.from_numpy(v.numpy()) for k, v in model.state_dict().items()})
    theirs = torch.from_numpy(x.detach().numpy()).requires_grad_()
    model(x).square().sum().backward()
    reference(theirs).square().sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), theirs.grad.numpy(), rtol=1e-2, atol=1e-4)  # type: ignore[union-attr]
    assert pieces
