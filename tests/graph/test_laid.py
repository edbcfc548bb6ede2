"""Tapes that are cast with their records are those that would have been written, word by word; and where something is otherwise, they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch.config import config
from cltorch.graph import cohorts
from cltorch.graph.record import recorder
from cltorch.graph.script import Script
from cltorch.graph.tiers import Machine
from cltorch.runtime import device as devices
from tests.tape import ready

pytestmark = pytest.mark.skipif(config.tier in ("op", "fused"), reason="there are no tapes of several values")


@pytest.fixture(name="fits", autouse=True)
def _fits(forgotten: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Nothing is known of any chain; whether each tape that was cast with its records is the one that is needed, which is checked."""
    ready(recorder(devices.default()))
    cltorch.ones(1).sum().item()  # what was missed before is no part of a chain
    monkeypatch.setattr(cohorts, "CREDIT", 1 << 30)  # what is written beside completes all
    seen: list[bool] = []
    fit = Machine._fit

    def checked(self: Machine, ahead: Any, script: Script, look: Any) -> Any:
        inputs = fit(self, ahead, script, look)
        seen.append(inputs is not None)
        if inputs is not None:
            whole = self.written(look, 1 << 62)
            assert whole is not None
            for name in ("words", "sizes", "holes", "held", "cost", "is_cheap", "floats", "longs", "faults"):
                assert getattr(script, name) == getattr(whole.script, name), name
            assert all(hasattr(script, name) for name in Script.__slots__)  # a later batch asks for each
        return inputs

    monkeypatch.setattr(Machine, "_fit", checked)
    yield seen
    cohorts.forget()


def _token(lib: Any, n: int) -> Any:
    """A token over ``n`` words, in widths that no other test has: what others made of these lengths would not be missed."""
    functional = lib.nn.functional
    table = lib.arange(220.0).reshape(11, 20) / 80
    x = functional.layer_norm(functional.embedding(lib.arange(7, n + 7, dtype=lib.int32) % 11, table), (20,))
    q, k, v = (x @ (lib.arange(1200.0).reshape(20, 60) / 1200)).reshape(n, 3, 2, 10).permute(1, 2, 0, 3).unbind(0)
    mixed = lib.softmax(q[:, -1:] @ k.transpose(1, 2) / 2.0, -1) @ v
    return functional.gelu(x + mixed.reshape(1, 20))[-1]


def _reduced(lib: Any, n: int) -> Any:
    x = lib.arange(float(n * 6)).reshape(n, 6) / 50 - 1
    y = lib.where(x > 0, x, x.exp() * 0.25).cumsum(0) if n < 0 else lib.where(x > 0, x, x.exp() * 0.25)
    return (y - y.amax(0)).sum(1, keepdim=True) * x + y.mean() + lib.softmax(x, 0)


def _learned(lib: Any, n: int) -> Any:
    x = (lib.arange(float(3 * n)).reshape(n, 3) / 60).requires_grad_()
    loss = (lib.nn.functional.log_softmax(x.tanh() * 2, 1)[:, 1] ** 2).mean() + x[1:].sum() + x[: n - 1].amax()
    loss.backward()
    return x.grad


def _changed(lib: Any, n: int) -> Any:
    x = lib.arange(float(n * 4)).reshape(n, 4) / 40
    kept = (x + 1).tanh()
    held = kept * 1
    held[1:] = kept[:-1] * 2
    held += x
    return held.t() @ kept


PROGRAMS: dict[str, Callable[[Any, int], Any]] = {
    "token": _token,
    "reductions": _reduced,
    "gradients": _learned,
    "in place": _changed,
}


def _is_alike(program: Callable[..., Any], *sizes: Any) -> bool:
    return np.allclose(program(cltorch, *sizes).numpy(), program(torch, *sizes).numpy(), 1e-3, 1e-3)


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_tapes_are_those_that_would_have_been_written(program: Callable[[Any, int], Any], fits: list[bool]) -> None:
    """The check is in `_fits`."""
    for n in (*range(3, 30), 31, 32, 33, 40, 47, 48, 2, 64):
        assert _is_alike(program, n), n
    if program is _token:
        assert any(fits)


def test_another_way_than_foreseen_is_written(fits: list[bool]) -> None:
    """The same first misses, then other calls, more of them, values that are held or are not, and one value in the place of two."""

    def program(lib: Any, n: int, way: int) -> Any:
        functional = lib.nn.functional
        words = lib.arange(9, n + 9, dtype=lib.int32) % 11
        x = functional.layer_norm(functional.embedding(words, lib.arange(308.0).reshape(11, 28) / 80), (28,))
        y = x @ (lib.arange(784.0).reshape(28, 28) / 2432)
        held = x * 2 if way == 1 else None
        z = lib.softmax(y if way == 2 else y + x, 0) + (y if way == 3 else x)
        z = functional.gelu(z.exp() if way == 4 else z) @ y[:4].t()
        return z if held is None else z + held[1, :4]

    for n in range(66, 85):
        assert _is_alike(program, n, 0)
    assert any(fits)
    for n in range(111, 140):
        assert _is_alike(program, n, n % 5)


def test_what_never_fits_is_given_up() -> None:
    """A caster whose tapes are of no use casts records with their instructions again."""
    machine: Any = recorder(devices.default()).machine
    caster: Any = type("Caster", (), {"tries": cohorts.TRIES, "laid": len})()
    ahead = cohorts.Ahead(cohorts.Family(), caster, [], (None,), Script())  # type: ignore[arg-type]
    look: Any = type("Look", (), {"records": ()})
    for _ in range(cohorts.TRIES):
        assert caster.laid is not None and machine._fit(ahead, ahead.script, look) is None
    assert caster.laid is None


def test_constants_that_came_meanwhile(fits: list[bool]) -> None:
    """A number that becomes part of the tables' constants moves what comes behind them: the tape is put together anew."""
    for n in range(90, 107):
        assert _is_alike(_token, n)
    assert any(fits)
    count = len(fits)
    constants = recorder(devices.default()).machine.codes.constants  # type: ignore[union-attr]
    known = constants.size
    x = cltorch.arange(5.0) + 3
    _ = [(x.clamp(min=1.5 + k) ** (2.125 + k)).sum().item() for k in range(3)]
    for n in range(107, 111):
        assert _is_alike(_token, n)
    assert constants.size > known or len(fits) > count
