"""Elementwise records of a recording that are joined: fewer values, and the same numbers to the bit."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cltorch
from cltorch.autograd import replay
from cltorch.autograd.composite import Composite
from cltorch.autograd.replay import Since
from cltorch.graph.record import recorder
from cltorch.graph.value import Value
from cltorch.nn import functional as F
from cltorch.ops.op import TABLE
from cltorch.runtime import device as devices

ELEMENTWISE: dict[str, Callable[[Any], Any]] = {
    "gelu": F.gelu,
    "gelu by tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "softplus": F.softplus,
    "elu": F.elu,
    "leaky_relu": F.leaky_relu,
    "cross entropy of logits": lambda x: F.binary_cross_entropy_with_logits(x, x.detach() * 0.25, reduction="none"),
    "cross entropy": lambda x: F.binary_cross_entropy(x.sigmoid(), x.detach() * 0 + 0.25, reduction="none"),
    "smooth_l1": lambda x: F.smooth_l1_loss(x, x.detach() * 0.25, reduction="none"),
}
ADDING: dict[str, Callable[[Any], Any]] = {
    "layer_norm": lambda x: F.layer_norm(x, (x.shape[-1],), x.detach()[0] + 2, x.detach()[1]),
    "softmax": lambda x: x.softmax(-1),
    "cross entropy of classes": lambda x: F.cross_entropy(x, cltorch.arange(x.shape[0]) % 5),
    "mean and square": lambda x: ((x - x.mean()) ** 2).mean(),
}


def apart(steps: Any, count: int, outputs: Any) -> Any:
    """What `joined` gives where nothing can be joined."""
    return list(steps), {k: k for k in range(count + len(steps))}


def forget() -> None:
    """Let composites and ops make their recordings anew."""
    for op in TABLE.values():
        op.cache.clear()
    for found in gc.get_objects():
        if type(found) is Composite:
            found.recordings.clear()
            found._recasts.clear()


def computed(program: Callable[[Any], Any], shape: tuple[int, ...]) -> list[np.ndarray]:
    """Results and gradients of two calls: one that is captured, and one from its recording."""
    found = []
    numbers = np.linspace(-3, 3, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    for _ in range(2):
        x = cltorch.tensor(numbers, requires_grad=True)
        y = program(x)
        y.backward(cltorch.full_like(y, 0.75))
        found += [y.detach().numpy(), x.grad.numpy()]  # type: ignore[union-attr]
    return found


@pytest.mark.parametrize("shape", [(6, 9), (64, 1200)], ids=["small", "large"])
@pytest.mark.parametrize("name", [*ELEMENTWISE, *ADDING])
def test_joined_records_give_the_same_numbers(
    name: str, shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (ELEMENTWISE | ADDING)[name]
    forget()
    together = computed(program, shape)
    forget()
    monkeypatch.setattr(replay, "joined", apart)
    alone = computed(program, shape)
    forget()
    for one, other in zip(together, alone, strict=True):
        if name in ELEMENTWISE:
            assert np.array_equal(one, other)
        else:
            assert np.allclose(one, other, 2e-6, 1e-5)  # another order of sums


def test_a_composite_is_few_values_from_its_first_call_on() -> None:
    forget()
    found = recorder(devices.default())
    with cltorch.no_grad():
        for _ in range(2):
            x = cltorch.ones(3, 5) * 2
            before = len(found.pending)
            made = F.gelu(x)
            assert len(found.pending) == before + 1
            record = made._storage.value.record
            assert record is not None and record.weight == 5  # what a plan is guessed to take stays what it was
            assert abs(made.sum().item() - 15 * 1.9544997) < 1e-4


def test_what_others_recorded_meanwhile_stays_pending() -> None:
    own, others = [Value(None, ()) for _ in range(3)], [Value(None, ()) for _ in range(2)]
    pending = [Value(None, ())]
    first = pending[0]
    since = Since(pending)
    pending += [own[0], others[0], own[1], own[2], others[1]]
    assert since.gives(own) and not since.gives([*own, Value(None, ())])
    since.forget(own)
    assert pending == [first, *others]
    del pending[0]  # a flush
    assert not since.gives(others)
