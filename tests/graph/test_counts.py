"""Kernels, copies and bytes of whole programs, counted on devices that do not exist: one that takes the CPU form, one the GPU's.

Programs are recorded as usual; their layout is made for the null device and thrown away, and nothing is launched for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import cltorch
import cltorch.nn.functional as F
from cltorch import nn, optim
from cltorch.graph.keys import plan_key
from cltorch.graph.plan import Layout, lay_out
from cltorch.graph.record import recorder
from cltorch.graph.value import Value, Window
from cltorch.runtime import device as devices
from cltorch.runtime.traits import Traits

LIMITS: dict[str, Any] = {
    "local_memory": 32768,
    "max_parameter_bytes": 1024,
    "max_allocation": 1 << 30,
    "global_memory": 4 << 30,
    "fp64": False,
    "fp16": False,
    "int64_atomics": False,
    "subgroups": (),
    "exact_division": False,
}
NULL = {
    "cpu": Traits("cpu", "cpu", compute_units=4, vector_width=8, max_work_group=4096, group_multiple=8, **LIMITS),
    "gpu": Traits("gpu", "gpu", compute_units=16, vector_width=1, max_work_group=256, group_multiple=32, **LIMITS),
}


@contextmanager
def pending() -> Iterator[list[Value]]:
    """What the body records; it must not read anything, and a flush of its own (an optimizer's) does nothing."""
    counts = recorder(devices.default())
    counts.flush()
    values: list[Value] = []
    counts.flushing = True
    try:
        yield values
    finally:
        counts.flushing = False
    values += counts.pending


def layout(record: Callable[[], Any], form: str) -> Layout:
    """The layout that ``record`` gets on the null device. Its results are held until then."""
    inputs: list[Value | Window] = []
    with pending() as values:
        kept = record()
    key = plan_key(values, inputs)
    made = lay_out(values, inputs, key, NULL[form])
    del kept
    return made


def launches(made: Layout) -> int:
    return sum(len(step.lowered.calls) for step in made.steps)


def copies(made: Layout) -> int:
    return sum(len(task.copies) for task in made.schedule.tasks)


def scratch(made: Layout) -> int:
    return sum(place.nbytes for place in made.schedule.places if place.source is None and not place.owned)


forms = pytest.mark.parametrize("form", ["cpu", "gpu"])


@forms
@pytest.mark.parametrize(
    ("program", "groups"),
    [
        (lambda a, b: a * b + a, 1),
        (lambda a, b: (a - a.mean(1, keepdim=True)) / a.std(1, keepdim=True), 1),
        (lambda a, b: a.softmax(1), 1),
        (lambda a, b: a.t().exp() + b.t(), 1),
        (lambda a, b: (a.unsqueeze(2) - b.t().contiguous()).sum(1), 2),
        (lambda a, b: (a[1:, ::2] * 2).sum(), 1),
        (lambda a, b: (a.sum(0), (a * b).sum(0)), 1),
        (lambda a, b: F.dropout(a, 0.5), 1),
        (lambda a, b: (a @ b.t()).relu(), 2),
        (lambda a, b: [a.t(), a[2:], a.reshape(-1), a.unsqueeze(0)], 0),
    ],
    ids="chain normalised softmax transposed turned_once sliced sums dropout product views".split(),
)
def test_groups_of_small_programs(form: str, program: Callable[..., Any], groups: int) -> None:
    a, b = cltorch.rand(24, 20), cltorch.rand(24, 20)
    made = layout(lambda: program(a, b), form)
    assert len(made.groups) == groups
    assert copies(made) == 0


@forms
def test_a_loss_and_its_gradient_are_three_kernels(form: str) -> None:
    logits, target = cltorch.rand(32, 10, requires_grad=True), cltorch.from_numpy(np.arange(32) % 10)

    def train() -> Any:
        loss = F.cross_entropy(logits, target)
        loss.backward()
        return loss

    made = layout(train, form)
    assert len(made.groups) == 3  # rows; their sums; the gradient, which needs the number of targets
    logits.grad = None


@forms
@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_an_optimizers_step_is_one_kernel_without_copies(form: str, name: str) -> None:
    parameters = [nn.Parameter(cltorch.rand(*shape)) for shape in ((7, 5), (5,), (33, 7), (33,))]
    optimizer = getattr(optim, name)(parameters, lr=0.1)
    for _ in range(2):  # the second step has the state that the first one made
        for p in parameters:
            p.grad = cltorch.ones_like(p)
        made = layout(optimizer.step, form)
    assert launches(made) == 1
    assert copies(made) == 0


@forms
def test_changes_in_place_copy_only_what_others_still_hold(form: str) -> None:
    a = cltorch.rand(64)
    assert copies(layout(lambda: a.add_(1), form)) == 0
    assert copies(layout(lambda: a[3:7].mul_(2), form)) == 0
    kept = a.exp()
    before = a.detach().clone()
    recorder(devices.default()).flush()

    def change() -> Any:
        old = a * 2  # reads the numbers from before the change, which happens after it
        a[3:7] = 0
        return old, a, kept, before

    assert copies(layout(change, form)) == 0


@forms
def test_scratch_is_shared_by_values_that_are_not_alive_together(form: str) -> None:
    weights = [cltorch.rand(64, 64) for _ in range(6)]
    x = cltorch.rand(64, 64)

    def chain() -> Any:
        y = x
        for weight in weights:
            y = y @ weight
        return y

    made = layout(chain, form)
    assert scratch(made) <= 2 * 64 * 64 * 4
    assert copies(made) == 0
