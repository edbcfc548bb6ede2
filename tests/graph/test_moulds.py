"""Records, recordings and tapes of new sizes, cast from those of others: what is cast is what would have been made."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch.config import config
from cltorch.graph import moulds
from cltorch.graph.forms import form_of
from cltorch.graph.record import recorder
from cltorch.graph.script import Look, Script
from cltorch.graph.stencils import Stencil
from cltorch.graph.tiers import Machine
from cltorch.graph.value import _LATE, Cast, Pointwise, Record
from cltorch.runtime import device as devices
from tests.tape import ready


def _attention(lib: Any, n: int) -> Any:
    q, k, v = (lib.arange(float(n * 12)).reshape(n, 3, 2, 2) / 70).permute(1, 2, 0, 3)
    return lib.softmax(q[:, -1:] @ k.transpose(1, 2) / 2, -1) @ v


def _normalized(lib: Any, n: int) -> Any:
    x = lib.arange(float(8 * n)).reshape(n, 8) / 50
    functional = lib.nn.functional
    return functional.gelu(functional.layer_norm(x, (8,), lib.ones(8) * 2, lib.ones(8))) + x


def _reduced(lib: Any, n: int) -> Any:
    x = lib.arange(float(6 * n)).reshape(2, n, 3) / 10
    return x.mean(1) + x.amax((0, 1)) + (x - x.sum(2, True)).sum(1)


def _learned(lib: Any, n: int) -> Any:
    x = (lib.arange(float(4 * n)).reshape(n, 4) / 90).requires_grad_()
    loss = (lib.nn.functional.log_softmax(x * 2, 1)[:, 1] ** 2).mean()
    loss.backward()
    return x.grad


def _looked_up(lib: Any, n: int) -> Any:
    table = lib.arange(20.0).reshape(10, 2)
    return lib.nn.functional.embedding(lib.arange(n) % 10, table) * 2 + table[lib.arange(n) % 3]


def _rows_learned(lib: Any, n: int) -> Any:
    table = lib.arange(20.0).reshape(10, 2).requires_grad_()
    (lib.nn.functional.embedding(lib.arange(n) % 10, table) ** 2).mean().backward()
    return table.grad


def _broadcast(lib: Any, n: int) -> Any:
    row, column = lib.arange(float(n)), lib.arange(5.0).unsqueeze(1)
    return (row * column).t() + lib.where(column.t() > 2, column.t(), row.unsqueeze(1))


PROGRAMS: dict[str, Callable[[Any, int], Any]] = {
    "attention": _attention,
    "normalization": _normalized,
    "reductions": _reduced,
    "gradients": _learned,
    "rows by index": _looked_up,
    "broadcasts": _broadcast,
    "gradients of rows by index": _rows_learned,
    "random numbers": lambda lib, n: (lib.rand(n, 3, generator=lib.Generator().manual_seed(n)) < 2) * lib.ones(n, 3),
}
LENGTHS = (2, 3, 5, 7, 12, 13, 1, 16, 17, 30, 31, 64, 65, 100, 101)


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_what_is_cast_is_what_would_have_been_made(
    program: Callable[[Any, int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records, their instructions and whole tapes, word by word; and the numbers are PyTorch's."""
    machine = ready(recorder(devices.default()))
    cast, run, stencil = Record.cast, machine.run, Stencil.cast
    made: list[Record] = []
    checked: list[Record] = []
    count = [0]

    def casting(*args: Any) -> Record:
        made.append(cast(*args))
        count[0] += made[-1].late is not None  # what a chain casts has no form of its own
        return made[-1]

    def running(batch: list[Any], most: int = 0) -> Any:
        while made:
            record: Any = made.pop()
            if record.kind.__class__ is Cast:  # the form is known before the record is completed
                known = record.form, record.base.form, record.windows, record.base.windows
                record.complete(_LATE)
                assert (form_of(record.kind), form_of(record.base), record.windows, record.base.windows) == known
                assert record.kind.__class__ is Record
                checked.append(record)
            code = machine.codes.of(record.kind)
            assert code and record.meta is record.kind.meta and record.operands == record.kind.operands
            found = record.tape or machine.code_of(record)  # a tape that is cast with its records needs none of them
            assert (code.sealed, code.reads, code.outs, code.temps) == (
                found.sealed,
                found.reads,
                found.outs,
                found.temps,
            )
            assert (code.nbytes, code.room, code.scratch, code.cost) == (
                found.nbytes,
                found.room,
                found.scratch,
                found.cost,
            )
        return run(batch, most)

    def laying(self: Stencil, machine: Any, look: Look) -> Any:
        script = stencil(self, machine, look)
        written = machine.written(look, 1 << 62)
        if script is None:  # only where constants came since, from whichever program
            assert machine.codes.constants.size != self._constants
            return None
        assert script.words == written.script.words and script.sizes == written.script.sizes
        assert (script.holes, script.held, script.cost) == (
            written.script.holes,
            written.script.held,
            written.script.cost,
        )
        assert script.is_cheap == written.script.is_cheap
        assert all(hasattr(script, name) for name in Script.__slots__)  # a later batch asks for each
        return script

    monkeypatch.setattr(moulds, "CREDIT", 1 << 30)  # this test completes all
    monkeypatch.setattr(Record, "cast", staticmethod(casting))
    monkeypatch.setattr(machine, "run", running)
    monkeypatch.setattr(machine, "at_once", lambda *call: False)  # which few values go by once the whole tape is there
    monkeypatch.setattr(Stencil, "cast", laying)
    for n in LENGTHS:
        assert np.allclose(program(cltorch, n).numpy(), program(torch, n).numpy(), 1e-4, 1e-5)
    assert checked or not count[0]


@pytest.mark.usefixtures("forgotten")
def test_a_new_length_of_a_known_structure_infers_and_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted: records inferred, and tapes written."""
    machine = ready(recorder(devices.default()))
    if config.tier == "op":
        pytest.skip("this run writes no tapes of several values")
    inferred, written = [0], [0]
    record, write = Record.__init__, Machine.written

    def inferring(self: Record, *args: Any) -> None:
        inferred[0] += 1
        record(self, *args)

    def writing(self: Machine, *args: Any) -> Any:
        written[0] += self is machine
        return write(self, *args)

    monkeypatch.setattr(Record, "__init__", inferring)
    monkeypatch.setattr(Machine, "written", writing)
    for k, n in enumerate((307, 311, 313, 317, 331, 337, 347, 349, 353, 359, 367, 373, 379, 383, 389, 397, 401, 409)):
        if (
            k == 14
        ):  # moulds are made first, then a stencil, then what makes all records together, and a stencil for these
            inferred[0] = written[0] = 0
        x = cltorch.arange(float(n)).reshape(n, 1) * 0.0173
        y = cltorch.softmax(x.sin() + x.t()[:, 3:8], 1).sum(0)
        assert abs(y.sum().item() - n) < 1e-3 * n
    assert (inferred[0], written[0]) == (0, 0)


def test_calls_without_integers_are_no_samples() -> None:
    """Three that are alike, as come where recordings were forgotten, make no mould: nothing varies."""
    kin = moulds.Kin()
    for _ in range(4):
        kin.learn((), lambda *args: pytest.fail("it was traced"))
    assert not kin.moulds


ELEMENTS: dict[str, Callable[[Any, Any], Any]] = {
    "one operand": lambda lib, x: x.sin(),
    "a number": lambda lib, x: x * 2.75,
    "a literal": lambda lib, x: 1 - x,
    "two dtypes": lambda lib, x: x + x.long(),
    "a comparison": lambda lib, x: x < 3,
    "three operands": lambda lib, x: lib.where(x > 2, x, -x),
    "integers": lambda lib, x: x.long() // 3,
}


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("program", ELEMENTS.values(), ids=ELEMENTS)
def test_elementwise_work_is_cast_from_its_second_length_on(
    program: Callable[[Any, Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted: records that are made of dense tensors of one shape, whatever shape that is."""
    ready(recorder(devices.default()))
    if config.tier == "op":
        pytest.skip("nothing asks for instructions in this run")
    made: list[Any] = []
    record = Record.__init__
    monkeypatch.setattr(Record, "__init__", lambda self, *args: made.append(args[0]) or record(self, *args))
    for k, shape in enumerate(((211,), (7, 31), (2, 3, 37), (229,))):
        mine, theirs = (lib.arange(float(cltorch.Size(shape).numel())).reshape(shape) for lib in (cltorch, torch))
        made.clear()
        np.testing.assert_allclose(program(cltorch, mine).numpy(), program(torch, theirs).numpy(), rtol=1e-5)
        assert k == 0 or {getattr(work, "expr", "input") for work in made if getattr(work, "in_dtypes", ())} <= {
            "input"
        }  # a cast


@pytest.mark.usefixtures("forgotten")
def test_records_that_plans_complete_are_no_longer_cast(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too large for the tape gains nothing, but may again."""
    ready(recorder(devices.default()))
    made = [0]
    cast = Record.cast

    def casting(*args: Any) -> Record:
        made[0] += 1
        return cast(*args)

    monkeypatch.setattr(Record, "cast", staticmethod(casting))
    for n in range(50, 80):
        (cltorch.ones(n, 3).exp().sin().cos() * 3).sum(1)
    assert made[0] > 30
    made[0] = 0
    for n in range(80, 140):
        for value in (cltorch.ones(n, 3).exp()._storage.value, cltorch.ones(n, 3).sin()._storage.value):
            assert value.record is None or value.record.views
    assert made[0] < 180  # of 240, 120 of them those of ones


def test_what_plans_complete_is_not_traced_again() -> None:
    """Kin that are given up make no moulds, and casts of no use regain no tries."""

    class Casting:
        def cast(self, integers: tuple[int, ...]) -> tuple[int, ...]:
            return integers

    kin = moulds.Kin()
    for n in range(moulds.SAMPLES):
        kin.learn((n,), lambda *args: Casting())
    assert kin.tries == moulds.TRIES - 1
    while kin.cast((7,)) is not None:
        kin.complete()
    assert kin.is_given_up and kin.tries == moulds.TRIES - 1
    kin.learn((8,), lambda *args: pytest.fail("it was traced"))


@pytest.mark.usefixtures("forgotten")
def test_random_numbers_are_drawn_as_without_tracing() -> None:
    """Tracing draws none."""
    first = cltorch.Generator().manual_seed(5)
    drawn = [cltorch.rand(n, generator=first).tolist() for n in (3, 4, 5, 6, 7, 8)]
    again = cltorch.Generator().manual_seed(5)
    assert drawn == [cltorch.rand(n, generator=again).tolist() for n in (3, 4, 5, 6, 7, 8)]


def test_patterns_that_are_found_while_sizes_are_traced_serve_all() -> None:
    machine = recorder(devices.default()).machine
    if machine is None:
        pytest.skip("this run has no tape")
    record = (cltorch.ones(7) * 2)._storage.value.record
    assert record is not None and record.kind is not None  # whole, if it was cast
    codes = type(machine.codes)(machine.codes._lanes, machine.codes._largest)
    with moulds.tracing([]):
        traced: Any = codes.of(record)
    code: Any = codes.of(record)
    assert isinstance(code.sealed, array) and list(code.sealed) == list(traced.sealed)


def test_numbers_that_compare_equal_have_moulds_of_their_own() -> None:
    for one, other in ((0.0, -0.0), (1.0, True), (complex(0.0, 0.0), complex(0.0, -0.0))):
        assert moulds.taken_out((one,), []) != moulds.taken_out((other,), [])
        assert moulds.described((one,)) != moulds.described((other,))
        works = [Pointwise("value", (), (), (), (("value", n, cltorch.float32),)) for n in (one, other)]
        assert moulds.taken_out((works[0],), []) != moulds.taken_out((works[1],), [])


@pytest.mark.usefixtures("forgotten")
def test_plans_for_new_lengths_are_found_without_records_being_completed() -> None:
    """Neither are these made again, nor more plans; and the numbers are those of a plan that is built."""
    found = recorder(devices.default())
    ready(found)
    completed: list[str] = []

    def program(lib: Any, n: int) -> Any:
        x = lib.arange(float(n * 300)).reshape(n, 300) / (n * 300)
        return lib.softmax(x @ x.t() * 3, 1).sum(0)

    complete = Cast.complete
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cast, "complete", lambda self, names: completed.append(self.op) or complete(self, names))
        for n in range(260, 290):
            if n == 275:
                completed.clear()
                built = found.built
            np.testing.assert_allclose(program(cltorch, n).numpy(), program(torch, n).numpy(), rtol=1e-4)
    assert (completed, found.built - built) == ([], 0)


@pytest.mark.usefixtures("forgotten")
def test_layers_that_repeat_are_found_without_records_being_completed() -> None:
    """As what repeats is a question of forms and integers."""
    found = recorder(devices.default())
    ready(found)
    completed: list[str] = []
    weights = np.random.default_rng(0).standard_normal((3, 200, 200)).astype(np.float32) / 20

    def program(lib: Any, n: int) -> Any:
        up, down, mixed = (lib.tensor(w) for w in weights)
        h = lib.arange(float(n * 200)).reshape(n, 200) / (n * 200)
        for _ in range(12):
            q, k = (lib.nn.functional.layer_norm(h, (200,)) @ mixed).split(100, 1)
            h = h + lib.softmax(q @ k.t(), 1) @ h
            h = h + lib.relu(h @ up) @ down
        return h.mean(0)

    complete = Cast.complete
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cast, "complete", lambda self, names: completed.append(self.op) or complete(self, names))
        for n in range(60, 80):
            if n == 72:
                completed.clear()
                built = found.built
            np.testing.assert_allclose(program(cltorch, n).numpy(), program(torch, n).numpy(), rtol=1e-3, atol=1e-5)
    assert (completed, found.built - built) == ([], 0)


@pytest.mark.usefixtures("forgotten")
def test_what_reads_from_elsewhere_is_completed_beside_what_reads_from_the_start() -> None:
    """Both were cast, and the latter stands for all of its kind."""
    ready(recorder(devices.default()))
    wide = cltorch.ones(8, 4)
    for n in range(20, 40):
        x = cltorch.ones(n, 16)
        made = [x[:, start : start + 8] @ wide for start in (8, 0, 4)]
        kinds = [one._storage.value.record.kind for one in made if one._storage.value.record is not None]
        assert len(kinds) in (0, 3)
        for value in [one._storage.value for one in made]:
            record: Any = value.record
            if record is None:
                continue  # each op runs at once
            base = record.base
            assert (
                base.views[0].offset == 0
                and base.inputs[0].view.offset == 0
                and base.work.__class__ is record.work.__class__
            )
            assert form_of(base) == form_of(Record(base.work, base.views, base.metas, [], None, base.inputs))
            assert (base is record.kind) == (not any(window and window[0] for window in record.windows))
        assert all(float(one.sum()) == n * 32 for one in made)
