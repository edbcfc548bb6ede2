"""What a new size misses is made ahead, together: under the keys that are asked for, as it would have been made; and what never comes to be asked for
does no harm."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch.autograd import remembered
from cltorch.config import config
from cltorch.graph import cohorts, record
from cltorch.graph.record import recorder
from cltorch.graph.view import View, _make, known_of
from cltorch.kernels.sizes import TRACING, Varying
from cltorch.ops.op import TABLE
from cltorch.runtime import device as devices
from tests.tape import ready


@pytest.fixture(autouse=True)
def _ready() -> Iterator[None]:
    """Nothing is known of any chain, and the tape is there."""
    ready(recorder(devices.default()))
    cltorch.ones(1).sum().item()  # what was missed before is no part of a chain
    cohorts.forget()
    for op in TABLE.values():
        op.cache.clear()
    yield
    cohorts.forget()


def _token(lib: Any, n: int) -> Any:
    """A token of a small transformer over ``n`` earlier ones."""
    functional = lib.nn.functional
    table = lib.arange(80.0).reshape(10, 8) / 80
    x = functional.layer_norm(functional.embedding(lib.arange(n) % 10, table), (8,))
    q, k, v = (x @ (lib.arange(192.0).reshape(8, 24) / 192)).reshape(n, 3, 2, 4).permute(1, 2, 0, 3).unbind(0)
    mixed = lib.softmax(q[:, -1:] @ k.transpose(1, 2) / 2.0, -1) @ v
    return functional.gelu(x + mixed.reshape(1, 8))[-1]


def _learning(lib: Any, n: int) -> Any:
    x = (lib.arange(float(3 * n)).reshape(n, 3) / 60).requires_grad_()
    loss = (lib.nn.functional.log_softmax(x.tanh() * 2, 1)[:, 1] ** 2).mean() + x[1:].sum() + x[: n - 1].amax()
    loss.backward()
    return x.grad


def _moves(lib: Any, n: int) -> Any:
    """Calls that are recorded as a whole, with lists and tuples, a table, and one tensor twice among their arguments."""
    x = lib.arange(float(4 * n)).reshape(n, 4) / 40
    y = x.roll((1, n // 2), (0, 1)) + x.flip([0]) * lib.nn.functional.pad(x, (0, 1, 1, 0))[:-1, 1:]
    rows = lib.nn.functional.embedding(lib.arange(n) % 3, x[:3] * 2)
    return lib.cat([lib.cat((y, y), 1), lib.gather(rows, 1, lib.arange(4 * n).reshape(n, 4) % 4)], 1).tril(n - 2)


PROGRAMS: dict[str, Callable[[Any, int], Any]] = {"token": _token, "gradients": _learning}


def _is_alike(program: Callable[..., Any], *sizes: int) -> bool:
    return np.allclose(program(cltorch, *sizes).numpy(), program(torch, *sizes).numpy(), 1e-4, 1e-5)


def _noted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Everything that is made ahead, by call; None where no chain was known that holds."""
    made: list[Any] = []
    cast = cohorts.Family.cast

    def noting(self: Any, *first: Any) -> Any:
        made.append(cast(self, *first))
        return made[-1]

    monkeypatch.setattr(cohorts.Family, "cast", noting)
    return made


@pytest.mark.usefixtures("forgotten")
@pytest.mark.skipif(config.tier in ("op", "fused"), reason="what plans complete is not made ahead for long")
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_new_length_misses_little(program: Callable[[Any, int], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted: after some lengths, the first miss of another one brings what most others would have been."""
    for n in range(
        205, 230
    ):  # lengths of which no other test of this process has made a range: a chain begins elsewhere then
        assert _is_alike(program, n)
    made, misses = _noted(monkeypatch), list[Any]()
    close = record.close
    monkeypatch.setattr(record, "close", lambda *call: (misses.extend(cohorts.DIARY.chain), close(*call))[1])
    for n in (230, 247):
        misses.clear()
        seen = len(made)
        assert _is_alike(program, n)
        whole = [ahead.made for ahead in made[seen:] if ahead]
        assert sum(map(len, whole)) > 10 and len(misses) <= 6


@pytest.mark.usefixtures("forgotten")
@pytest.mark.skipif(config.tier in ("op", "fused"), reason="what plans complete is not made ahead for long")
def test_calls_that_are_recorded_whole_are_made_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recording of a look-up of words comes with the first miss: it is not one call that was seen once."""
    for n in range(505, 530):
        assert _is_alike(_token, n)
    kept: list[Any] = []
    keep = remembered.keep
    monkeypatch.setattr(remembered, "keep", lambda *call: (kept.append(call[2]), keep(*call))[1])
    assert _is_alike(_token, 530)
    assert len(kept) == 1 and kept[0] is not remembered.ONCE


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_views_that_are_made_ahead_are_right(
    program: Callable[[Any, int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered: list[tuple[View, Any, Any]] = []
    known: list[tuple[Any, ...]] = []
    remember, known_view = View.remember, cohorts.known_view

    def remembering(self: View, key: Any, view: Any) -> Any:
        remembered.append((self, key, view))
        return remember(self, key, view)

    monkeypatch.setattr(View, "remember", remembering)
    monkeypatch.setattr(cohorts, "known_view", lambda *parts: (known.append(parts), known_view(*parts))[1])
    for n in (5, 6, 7, 8, 9, 10, 11, 12, 2, 3, 4, 40, 41, 99):
        assert _is_alike(program, n)
    named = [(view, key, found) for view, key, found in remembered if key[0].__class__ is str]
    assert len(named) > 10
    assert all(getattr(View, name).__wrapped__(view, *args) is found for view, (name, *args), found in named)
    for shape, strides, offset, *facts in known:
        made = _make(shape, strides, offset)
        seen = (made.is_contiguous, made.is_dense, made.may_overlap_itself, made.is_repeated)
        assert facts == [made.numel, made.max_position, seen]


@pytest.mark.usefixtures("forgotten")
@pytest.mark.skipif(config.tier in ("op", "fused"), reason="what plans complete is not made ahead for long")
def test_what_views_are_derived_by_is_not_made_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks how a transposed view is permuted where it is known."""
    for n in range(551, 576):
        assert _is_alike(_token, n)
    keys: list[Any] = []
    remember, cast = View.remember, cohorts.Family.cast

    def casting(*call: Any) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(View, "remember", lambda self, key, view: (keys.append(key), remember(self, key, view))[1])
            return cast(*call)

    monkeypatch.setattr(cohorts.Family, "cast", casting)
    assert _is_alike(_token, 576)
    assert ("transpose", 1, 2) in keys and ("permute", (0, 2, 1)) not in keys


VIEWS: list[Callable[[Any], tuple[Any, Any, Any]]] = [
    lambda n: ((n, 64), (64, 1), 0),
    lambda n: ((4, n, 16), (16, 192, 1), 64),
    lambda n: ((4, 16, n), (n * 16, 1, 16), 0),
    lambda n: ((n, 64), (1, 0), 0),
    lambda n: ((n, 3), (1, 2), n),
    lambda n: ((64,), (1,), 64 * n - 64),
    lambda n: ((3, n - 1), (n, 1), 1),
]


@pytest.mark.parametrize("parts", VIEWS)
def test_what_is_known_of_a_view_holds_for_each_size_or_is_refused(
    parts: Callable[[Any], tuple[Any, Any, Any]],
) -> None:
    trace = Varying([(5,), (7,), (12,)], strict=True)
    TRACING.now = True
    try:
        view = View.of(*parts(trace.numbers[0]))
    finally:
        TRACING.now = False
    facts = known_of(view)
    function = trace.function([view.numel, view.max_position])
    held = 0
    for n in range(1, 40):
        found = function((n,))
        if found is not None:
            made = _make(*parts(n))
            assert found == (made.numel, made.max_position)
            assert facts == (made.is_contiguous, made.is_dense, made.may_overlap_itself, made.is_repeated)
            held += 1
    assert held >= 30
    assert function((1 << 62,)) is None or parts(2)[0] == parts(3)[0]  # too many elements


def test_several_sizes_at_once() -> None:
    """Rows, columns and the length of a slice change, each on its own."""

    def program(lib: Any, rows: int, columns: int, part: int) -> Any:
        x = lib.arange(float(rows * columns)).reshape(rows, columns) / 50
        y = lib.softmax(x, 1)[:, :part]
        return (y.t() @ x).sum(0, keepdim=True) + lib.nn.functional.gelu(x[-1])

    chosen = random.Random(3)
    for _ in range(40):
        rows, columns = chosen.randint(2, 9), chosen.randint(2, 9)
        assert _is_alike(program, rows, columns, chosen.randint(1, columns))
    for n in range(10, 22):  # all by one
        assert _is_alike(program, n, n + 2, n - 3)


def test_the_same_functions_at_several_ranks() -> None:
    """Chains of the same owners begin with misses of several forms: each has functions of its own."""

    def program(lib: Any, n: int, rank: int) -> Any:
        x = lib.arange(float(n * 4)).reshape(n, *(1,) * (rank - 2), 4) / 40
        return ((x + 1).tanh() * x.exp()).sum(0) + x.abs().amax()

    for n in range(3, 40):
        for rank in (2, 3, 5) if n % 2 else (5, 2, 4):
            assert _is_alike(program, n, rank)


def test_a_program_that_goes_another_way_is_right_and_no_longer_foreseen(monkeypatch: pytest.MonkeyPatch) -> None:
    def program(lib: Any, n: int, way: int) -> Any:
        x = lib.arange(float(n * 4)).reshape(n, 4) / 40
        if way:
            return (x.t() @ x).cumsum(0)
        y = lib.nn.functional.layer_norm(x, (4,)).tanh()
        return lib.softmax(y + x.flip(0), 0)[1:]

    made = _noted(monkeypatch)
    for n in range(3, 15):
        assert _is_alike(program, n, 0)
    known = sum(records is not None for records in made)
    for n in range(15, 40):
        assert _is_alike(program, n, 1)
    foreseen = sum(records is not None for records in made[:])
    assert foreseen <= known + 25  # never more than one a batch
    for n in range(40, 60):
        assert _is_alike(program, n, n % 3 % 2)


def test_what_was_foreseen_in_vain_is_given_up() -> None:
    """A family that casts what nobody asks for is asked no more."""
    family = cohorts.Family()
    times = 0
    while family.tries >= 1:
        cohorts._judge(cohorts.Ahead(family, None, [object()]), [])  # type: ignore[list-item]
        times += 1
    assert times == cohorts.TRIES


def test_another_default_dtype_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What integers become depends on it."""

    def program(lib: Any, n: int) -> Any:
        x = lib.arange(n).reshape(n, 1)
        return (x / 3 + x.t() * 2).mean(1)

    for n in range(3, 12):
        assert _is_alike(program, n)
    for lib in (cltorch, torch):
        lib.set_default_dtype(lib.float64)
    try:
        assert not cohorts.FAMILIES and not cohorts.LEADS
        for n in range(12, 20):
            assert program(cltorch, n).dtype is cltorch.float64 and _is_alike(program, n)
    finally:
        for lib in (cltorch, torch):
            lib.set_default_dtype(lib.float32)


def test_calls_that_are_recorded_whole() -> None:
    """With lists, tuples and numbers among their arguments, and one tensor twice; some of them are none to be traced."""
    for n in (*range(3, 20), 40, 41, 7):
        assert _is_alike(_moves, n)


def test_the_mode_in_which_a_batch_runs_does_not_matter() -> None:
    """Chains are traced where numbers are asked for, which may be in another mode than that of the calls."""

    def program(lib: Any, n: int) -> Any:
        x = (lib.arange(float(4 * n)).reshape(n, 4) / 40).requires_grad_()
        with lib.no_grad():
            y = lib.nn.functional.layer_norm(x, (4,)) * 2
        z = lib.nn.functional.gelu(x) * y
        with lib.autocast("cpu", lib.bfloat16):
            found = z.detach().numpy()
        (z.sum() + lib.nn.functional.layer_norm(x, (4,))[0].sum()).backward()
        assert x.grad is not None and not y.requires_grad
        return lib.tensor(found) + x.grad

    for n in range(2, 16):
        assert _is_alike(program, n)
