"""What a graph holds is freed with it: without the garbage collector, also after errors, and however deep it is."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import cltorch
from cltorch.utils.checkpoint import checkpoint

N = 1 << 16


class Exp(cltorch.autograd.Function):
    """Saves its result and its operand."""

    @staticmethod
    def forward(ctx, a):
        result = a.exp()
        ctx.save_for_backward(result, a)
        return result

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0]


class Two(cltorch.autograd.Function):
    """Saves both results."""

    @staticmethod
    def forward(ctx, a):
        results = a.exp(), a.sin()
        ctx.save_for_backward(*results)
        return results

    @staticmethod
    def backward(ctx, g, h):
        r, s = ctx.saved_tensors
        return g * r + h * s


class Fails(Exp):
    """Saves, and fails in backward."""

    @staticmethod
    def backward(ctx, g):
        raise ValueError("on purpose")


def create_graph(x: cltorch.Tensor) -> None:
    (x**3).sum().backward(create_graph=True)
    x.grad = None


def in_place(x: cltorch.Tensor) -> None:
    y = x * 1
    y.mul_(2).sin_()
    y[:10] = 3
    y.view(2, -1)[1].exp_()
    y.sum().backward()


def retained_views(x: cltorch.Tensor) -> None:
    y = (x * 1).view(2, -1)
    z = y.t()
    y.retain_grad()
    z.retain_grad()
    z.sum().backward()


def node_hooks(x: cltorch.Tensor) -> None:
    y = x * 1
    y.grad_fn.register_hook(lambda into, out: None)
    y.register_hook(lambda g: g * 2)
    assert y.grad_fn.next_functions[0][0].variable is x
    y.sum().backward()


def in_anomaly_mode(x: cltorch.Tensor) -> None:
    with cltorch.autograd.set_detect_anomaly(True):
        (x.exp() * x).tanh().sum().backward()


def modified(x: cltorch.Tensor) -> None:
    y = x * 1
    z = y * y
    y.detach().add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace"):
        z.sum().backward()


def failing(x: cltorch.Tensor) -> None:
    with pytest.raises(ValueError, match="on purpose"):
        Fails.apply((x * 2).exp()).sum().backward()


def computed(y: cltorch.Tensor) -> None:
    y.sum().item()  # so that what the graph keeps is on the device


CASES: dict[str, Callable[[cltorch.Tensor], object]] = {
    "dropped": lambda x: computed((x.exp() * x).tanh()),
    "backward": lambda x: (x.exp() * x).tanh().sum().backward(),
    "create_graph": create_graph,
    "grad": lambda x: cltorch.autograd.grad(x.exp().sum(), x, retain_graph=True),
    "in-place": in_place,
    "function": lambda x: computed(Exp.apply(x * 1)),
    "function of several outputs": lambda x: computed(Two.apply(x * 1)[0]),
    "both outputs backward": lambda x: sum(out.sum() for out in Two.apply(x * 1)).backward(),
    "views": retained_views,
    "hooks": node_hooks,
    "checkpoint dropped": lambda x: computed(checkpoint(lambda a: (a * 2).exp(), x, use_reentrant=False)),
    "checkpoint backward": lambda x: checkpoint(lambda a: (a * 2).exp(), x, use_reentrant=False).sum().backward(),
    "anomaly": in_anomaly_mode,
    "error in a function": failing,
    "error of a version": modified,
}


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Python's garbage collector is off."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("name", CASES)
def test_nothing_stays_allocated(name: str, no_collector: None) -> None:
    x = cltorch.ones(N, requires_grad=True)

    def held() -> int:
        CASES[name](x)
        x.grad = None
        cltorch.synchronize()
        return cltorch.opencl.memory_allocated()

    first = held()
    assert [held() - first for _ in range(3)] == [0, 0, 0]


DEPTH = 20_000
CHAINS = {
    "ops": lambda y: y * 1.0,
    "functions": lambda y: Exp.apply(y * 0),
    "views": lambda y: y.view(-1).view(2, 2),
    "in-place": lambda y: y.mul_(1.0),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_deep_graph_runs_and_goes(name: str) -> None:
    x = cltorch.ones(2, 2, requires_grad=True)
    y = x * 1
    for _ in range(DEPTH if name != "functions" else DEPTH // 40):
        y = CHAINS[name](y)
    y.sum().backward()
    assert x.grad.tolist() == ([[0, 0], [0, 0]] if name == "functions" else [[1, 1], [1, 1]])
    del y
    x.grad = None


def test_a_deep_graph_that_never_ran_goes() -> None:
    y = cltorch.ones(2, requires_grad=True)
    for _ in range(DEPTH):
        y = y + 1.0
    del y


def test_threads_with_graphs_of_their_own() -> None:
    found: dict[int, np.ndarray] = {}

    def work(k: int) -> None:
        x = cltorch.arange(100.0).requires_grad_()
        for _ in range(20):
            (x * k).sin().sum().backward()
        found[k] = x.grad.numpy()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(4):
        np.testing.assert_allclose(found[k], 20 * k * np.cos(np.arange(100.0) * k), atol=2e-3)


def test_threads_that_share_a_leaf() -> None:
    x = cltorch.ones(10, requires_grad=True)
    results = [(x * k).exp() for k in range(4)]
    threads = [threading.Thread(target=lambda y=y: y.sum().backward(inputs=[y])) for y in results]
    for y in results:
        y.retain_grad()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [y.grad.tolist() for y in results] == [[1.0] * 10] * 4
