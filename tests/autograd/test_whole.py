"""Backward passes that are known are recorded whole; the numbers are those that nodes give, and what must be decided anew is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

import cltorch
from cltorch.autograd import engine, whole
from cltorch.config import config

F = cltorch.nn.functional


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Grows by one with each pass that runs nodes."""
    passes: list[int] = []
    run = engine.run

    def counted(*args: Any, **named: Any) -> Any:
        passes.append(1)
        return run(*args, **named)

    monkeypatch.setattr(engine, "run", counted)
    monkeypatch.setattr(whole, "_KNOWN", {})
    monkeypatch.setattr(whole, "_CREDITS", {})
    yield passes


def leaf(*shape: int) -> Any:
    return cltorch.randn(*shape).requires_grad_()


def loop(x: Any, w: Any) -> Any:
    """So many steps that batches are cut in the middle of the pass."""
    h, c = x, x * 0.5
    for _ in range(40):
        i, f, u = (h @ w + x).sigmoid().repeat(1, 2).chunk(4, 1)[:3]
        c = f.repeat(1, 2) * c + (i * u.tanh()).repeat(1, 2)
        h = c.tanh() * 0.5
    return h.square().mean()


PROGRAMS: dict[str, Callable[[Any, Any], Any]] = {
    "products": lambda x, w: (x @ w).tanh().sum(),
    "one twice": lambda x, w: (x * x + x * w[:4]).sum(),
    "slices": lambda x, w: (x[:2] * x[2:]).sum() + x[0].exp().mean(),
    "chunks": lambda x, w: sum(k * c.relu().sum() for k, c in enumerate(x.chunk(2, 1), 2)),
    "softmax": lambda x, w: F.cross_entropy(x @ w, cltorch.arange(4) % 3),
    "gather": lambda x, w: x.log_softmax(1).gather(1, cltorch.arange(4).unsqueeze(1)).mean(),
    "norm": lambda x, w: F.layer_norm(x @ w, (4,)).pow(2).mean(),
    "written": lambda x, w: ((x + 0).index_fill(0, cltorch.tensor([1]), 2.0) * w[:4]).sum(),
    "transposed": lambda x, w: (x.t() @ x).softmax(-1).max(),
    "embedding": lambda x, w: F.embedding(cltorch.tensor([0, 2, 2]), x).square().sum(),
    "several results": lambda x, w: (
        F.scaled_dot_product_attention(x[None], (x * 2)[None], (x @ w)[None]).square().sum()
    ),
    "long": loop,
    "derivative": lambda x, w: cltorch.autograd.grad((x @ w).sin().sum(), x, create_graph=True)[0].square().sum(),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_known_passes_give_what_nodes_give(name: str, ran: list[int]) -> None:
    """Bit by bit, with other numbers each time, for gradients that are there already too."""
    cltorch.manual_seed(0)
    for n in range(6):
        x, w = leaf(4, 4), leaf(4, 4)
        other = x.detach().clone().requires_grad_()
        other.register_hook(lambda g: None)  # nodes run where hooks are
        if n > 3:
            for t in (x, other):
                t.grad = cltorch.ones(4, 4)
        PROGRAMS[name](other, w.detach()).backward()
        if name == "long":
            cltorch.synchronize()  # where it is cut depends on what is pending: one more where a gradient is added to
        begun = len(ran)
        PROGRAMS[name](x, w.detach()).backward()
        assert x.grad.tolist() == other.grad.tolist(), n
        assert len(ran) - begun == (n < 2 or config.eager) + (name == "derivative"), n


def test_what_is_one_value_is_told_from_two(ran: list[int]) -> None:
    """A product of a tensor with itself is no product of two, though their nodes keep tensors of the same metas."""
    a, b = leaf(3), leaf(3)
    fixed = cltorch.tensor([1.0, 2.0, 3.0])
    for n in range(5):
        a.grad = b.grad = None
        (a * fixed * fixed).sum().backward()
        assert a.grad.tolist() == [1.0, 4.0, 9.0], n
        other = fixed + n
        a.grad = None
        (a * fixed * other).sum().backward()
        assert a.grad.tolist() == (fixed * other).tolist(), n


def test_numbers_and_orders(ran: list[int]) -> None:
    """Numbers that a rule names may be others each time; known numbers find their pass."""
    x = leaf(5)
    for n in (*range(4), 2.5, 2.5, 2.5, 0.0, -0.0, True, 1, 1.0, 7, 7, 7):
        x.grad = None
        (x.exp() * n).sum().backward()
        assert x.grad.tolist() == (x.detach().exp() * n).tolist()


def test_refusals(ran: list[int]) -> None:
    """A known pass says what any other says: of a graph that was freed, and of tensors that were changed."""
    x, w = leaf(3), cltorch.ones(3)
    for _ in range(4):
        loss = (x * w).exp().sum()
        loss.backward(retain_graph=True)
        loss.backward()
        with pytest.raises(RuntimeError, match="second time"):
            loss.backward()
    for _ in range(4):
        loss = (x * w).exp().sum()
        w.add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()
    before = len(ran)
    (x * w).exp().sum().backward()
    assert len(ran) == before + config.eager


def test_hooks_of_known_passes(ran: list[int]) -> None:
    """A hook on a leaf or on a result between is called in a pass that was known without it."""
    x = leaf(3)
    seen: list[Any] = []
    for n in range(6):
        y = x * 2
        if n == 4:
            y.register_hook(seen.append)
        if n == 5:
            x.register_post_accumulate_grad_hook(seen.append)
        x.grad = None
        y.exp().sum().backward()
    assert len(seen) == 2 and seen[1] is x
    assert seen[0].tolist() == (x.detach() * 2).exp().tolist()


def test_other_graphs_of_the_same_ops(ran: list[int]) -> None:
    """What goes where is part of a pass, and so is the order in which its nodes were made."""
    a, b = leaf(2), leaf(2)
    for n in range(12):
        a.grad = b.grad = None
        first, second = (a, b) if n % 2 else (b, a)
        u = first.sin() if n % 3 else None
        v = second.cos()
        u = first.sin() if u is None else u
        (u * v + u).sum().backward()
        ta, tb = (torch.tensor(t.tolist(), requires_grad=True) for t in (a, b))
        one, two = (ta, tb) if n % 2 else (tb, ta)
        (one.sin() * two.cos() + one.sin()).sum().backward()
        for mine, theirs in ((a, ta), (b, tb)):
            assert torch.allclose(torch.tensor(mine.grad.tolist()), theirs.grad, atol=1e-6), n


def test_what_never_comes_again_is_not_looked_at(ran: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """After a few passes of other shapes only one in many is walked."""
    walks: list[int] = []
    plain = whole.Walk.is_plain
    monkeypatch.setattr(whole.Walk, "is_plain", lambda walk: walks.append(1) or plain(walk))
    for n in range(1, 40):
        x = leaf(n)
        (x.exp().sum() * 2).backward()
    assert len(walks) <= whole.CREDIT + 3


def test_what_never_comes_again_keeps_no_other_pass_from_being_known(ran: list[int]) -> None:
    """All end in the same mean of a number of elements that their records do not tell."""
    for n in range(1, 2 * whole.CREDIT):
        x = leaf(3, 4)
        for _ in range(n):
            x = x.tanh()
        (x**2).mean().backward()
    x, before = leaf(5, 4), len(ran)
    for _ in range(6):
        (x.tanh() ** 2).mean().backward()
    assert len(ran) < before + 6 or config.eager


def test_gradients_are_the_leaves_own(ran: list[int]) -> None:
    """A gradient of a known pass has a storage of its own, of the leaf's layout, and a dtype that the leaf wants."""
    x = cltorch.randn(3, 4).t().requires_grad_()
    for _ in range(5):
        x.grad = None
        (x.t() * 2).exp().sum().backward()
        assert x.grad.stride() == x.stride()
        kept = x.grad
        x.grad.add_(1)
        (x.t() * 2).exp().sum().backward()
        assert x.grad is kept


@pytest.mark.skipif(config.eager, reason="nothing is learnt where each op runs at once")
def test_an_exception_in_between(ran: list[int]) -> None:
    """What a handler raises in the middle of a pass leaves nothing behind that later passes read."""
    x = leaf(3)
    learnt = whole.Notes.learn
    for n in range(8):
        x.grad = None
        loss = (x * 2).exp().sum()
        if n in (1, 2):  # it would be learnt

            def stopped(notes: Any, leaves: Any) -> None:
                raise KeyboardInterrupt

            whole.Notes.learn = stopped  # type: ignore[method-assign]
            with pytest.raises(KeyboardInterrupt):
                loss.backward()
            whole.Notes.learn = learnt  # type: ignore[method-assign]
            assert not whole.WATCHERS
            continue
        loss.backward()
        assert x.grad.tolist() == (2 * (x.detach() * 2).exp()).tolist()
    assert [known.__class__ for known in whole._KNOWN.values()] == [whole.Whole]
