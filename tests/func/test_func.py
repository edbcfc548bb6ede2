"""`cltorch.func` and `autograd.functional` beside PyTorch: each case is a function of a library and of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import cltorch as ct

rng = np.random.RandomState(0)
CASES: dict[str, Callable[[], None]] = {}


def case(function: Callable[[], None]) -> Callable[[], None]:
    CASES[function.__name__] = function
    return function


def R(*shape: int) -> np.ndarray:
    return rng.randn(*shape).astype(np.float32)


def both(function: Callable[..., Any], *arrays: np.ndarray) -> None:
    """The same function of the same arrays in both libraries gives the same numbers, in the same structure."""
    theirs = torch.utils._pytree.tree_leaves(function(torch, *[torch.tensor(x) for x in arrays]))
    ours = ct.utils.pytree.tree_leaves(function(ct, *[ct.tensor(x) for x in arrays]))
    assert len(ours) == len(theirs)
    for mine, theirs_ in zip(ours, theirs, strict=True):
        assert repr(mine.dtype) == repr(theirs_.dtype)
        np.testing.assert_allclose(mine.detach().numpy(), theirs_.detach().numpy(), rtol=1e-4, atol=1e-4)


@case
def pointwise():
    both(lambda t, x, y: t.func.vmap(lambda a, b: (a * b).sin() + 1)(x, y), R(5, 3), R(5, 3))


@case
def dims():
    both(lambda t, x, y: t.func.vmap(lambda a, b: a @ b, in_dims=(1, None), out_dims=1)(x, y), R(3, 5), R(3, 4))


@case
def matmul():
    both(lambda t, x, y: t.func.vmap(t.matmul)(x, y), R(5, 3, 4), R(5, 4, 2))


@case
def dot():
    both(lambda t, x, y: t.vmap(t.dot)(x, y), R(5, 3), R(5, 3))


@case
def bmm():
    both(lambda t, x, y: t.vmap(t.bmm, in_dims=(0, None))(x, y), R(5, 2, 3, 4), R(2, 4, 2))


@case
def nested():
    both(lambda t, x, y: t.vmap(t.vmap(t.dot, (0, None)), (None, 0))(x, y), R(5, 3), R(4, 3))


@case
def red():
    both(
        lambda t, x: t.vmap(lambda a: (a.sum(0), a.max(), a.mean(-1, keepdim=True), a.softmax(0), a.argmax(1)))(x),
        R(5, 3, 4),
    )


@case
def index():
    both(
        lambda t, x: t.vmap(
            lambda a: (
                a[1],
                a[:, [0, 2]],
                a[t.tensor([1, 0])],
                a.gather(0, a.argsort(0)),
                t.cat([a, a], 1),
                t.stack([a, a]),
                a.flip(0),
            )
        )(x),
        R(5, 3, 4),
    )


@case
def sortt():
    both(lambda t, x: t.vmap(lambda a: (*a.sort(0), *a.topk(2, 1), a.cumsum(1), a.median()))(x), R(5, 3, 4))


@case
def slice_by_slice():
    def each(t, x):
        wide = {"dtype": t.float32}  # between a tensor and a number PyTorch's vmap, and nothing else, gives float64
        lengths = t.tensor([[1, 2], [2, 1], [3, 0]])
        whole = t.vmap(
            lambda a: (
                t.linspace(a[0], a[1], 4),
                t.logspace(a[0], 2.0, 3, base=2, **wide),
                t.nonzero_static(a > 0.5, size=2),
                t.argwhere(a * 0 + 1),
                t.histogram(a, 3).hist,
                t.bincount((a * 0 + 2).long(), minlength=4),
                *a.max(0),
                a.max(0),
            )
        )(x)
        parts = t.vmap(lambda a, k: t.segment_reduce(a, "sum", lengths=k))(x, lengths)
        return *whole[:-1], *whole[-1], parts, t.vmap(t.vmap(lambda a: t.linspace(a, 1.0, 3, **wide)))(x)

    both(each, R(3, 3))


@case
def inpl():
    both(lambda t, x: t.vmap(lambda a: (lambda z: z.__setitem__(0, 1.0) or z.mul_(2))(a.clone()))(x), R(5, 3, 4))


@case
def lin():
    both(
        lambda t, x: t.vmap(
            lambda a: (
                t.linalg.inv(a),
                t.linalg.cholesky(a @ a.T + 3 * t.eye(3)),
                t.linalg.solve(a, a[0]),
                t.linalg.svdvals(a),
            )
        )(x),
        R(5, 3, 3),
    )


@case
def fft():
    both(lambda t, x: t.vmap(lambda a: t.fft.rfft(a).abs())(x), R(5, 8))


@case
def conv():
    both(
        lambda t, x, w, b: t.vmap(t.nn.functional.conv2d, (0, None, None))(x, w, b),
        R(5, 2, 3, 8, 8),
        R(4, 3, 3, 3),
        R(4),
    )


@case
def convw():
    both(
        lambda t, x, w, b: t.vmap(t.nn.functional.conv2d, (0, 0, 0))(x, w, b),
        R(5, 2, 3, 8, 8),
        R(5, 4, 3, 3, 3),
        R(5, 4),
    )


@case
def convw2():
    both(lambda t, x, w: t.vmap(t.nn.functional.conv2d, (None, 0))(x, w), R(2, 3, 8, 8), R(5, 4, 3, 3, 3))


@case
def pool():
    both(
        lambda t, x: t.vmap(lambda a: (t.nn.functional.max_pool2d(a, 2), t.nn.functional.avg_pool2d(a, 2)))(x),
        R(5, 2, 3, 8, 8),
    )


@case
def linear():
    both(
        lambda t, x, w, b: (
            t.vmap(t.nn.functional.linear, (0, None, None))(x, w, b),
            t.vmap(t.nn.functional.linear, (None, 0, 0))(x[0], t.stack([w, w * 2]), t.stack([b, b])),
        ),
        R(5, 2, 3),
        R(4, 3),
        R(4),
    )


@case
def grad():
    both(
        lambda t, x: (
            t.func.grad(lambda a: a.sin().sum())(x),
            t.func.grad(t.func.grad(lambda a: a.sin() * a))(x[0, 0]),
            t.vmap(t.func.grad(t.func.grad(lambda a: a.sin() * a)))(x[0]),
        ),
        R(5, 3),
    )


@case
def gradvmap():
    def f(t, w, x):
        loss = lambda w: t.vmap(lambda a: (w * a).tanh().sum())(x).sum()
        return t.func.grad(loss)(w), t.func.hessian(loss)(w)

    both(f, R(3), R(5, 3))


@case
def persample():
    def f(t, w, x, y):
        loss = lambda w, a, b: ((a @ w).relu() - b).pow(2).mean()
        return t.vmap(t.func.grad(loss), (None, 0, 0))(w, x, y)

    both(f, R(3, 2), R(5, 3), R(5, 2))


@case
def jac():
    def f(t, x):
        g = lambda a: t.stack([a.sin().sum(), a.prod(), (a * a)[0]])
        return (
            t.func.jacrev(g)(x),
            t.func.jacfwd(g)(x),
            t.func.jacrev(g, chunk_size=2)(x),
            t.func.jacfwd(t.func.jacrev(g))(x),
            t.func.jacrev(t.func.jacrev(g))(x),
            t.func.jacrev(t.func.jacfwd(g))(x),
            t.func.jacfwd(t.func.jacfwd(g))(x),
        )

    both(f, R(4))


@case
def hess():
    both(lambda t, x: t.func.hessian(lambda a: (a.softmax(0).log() * a.sin()).sum())(x), R(6))


@case
def hessb():
    both(lambda t, x: t.vmap(t.func.hessian(lambda a: (a.softmax(0).log() * a.sin()).sum()))(x), R(3, 4))


@case
def jacargs():
    def f(t, x, y):
        g = lambda a, b: {"s": (a * b).sum(), "p": a * b}
        return t.func.jacrev(g, (0, 1))(x, y)["p"], t.func.jacfwd(lambda a, b: a[:, None] * b, (0, 1))(x, y)

    both(f, R(4), R(4))


@case
def vjp():
    def f(t, x):
        out, g = t.func.vjp(lambda a: (a.sin(), a.cos().sum()), x)
        return out, g((x, t.tensor(2.0)))

    both(f, R(4))


@case
def rearranged():
    patterns = [
        ("b c w -> w b c", {}),
        ("b c (h w) -> b (c h) w", {"h": 2}),
        ("b ... -> ... b 1", {}),
        ("... w -> w (...)", {}),
        ("b c w -> (w b c)", {}),
    ]
    both(lambda t, x: [t.func.rearrange(x, pattern, **sizes) for pattern, sizes in patterns], R(2, 3, 4))
    both(lambda t, x, y: t.func.rearrange([x, y], "l b c -> b (c l)"), R(2, 3), R(2, 3))


@case
def vjp_of_one_primal_is_a_tuple():
    def f(t, x):
        product = t.func.vjp(lambda p: p["a"].sin(), {"a": x})[1]
        (found,), (rows,) = product(x), t.func.vmap(product)(t.eye(4))
        moved = t.func.jvp(lambda p: p["a"].cos(), ({"a": x},), product(x))
        return found["a"], rows["a"], moved

    both(f, R(4))


@case
def jvp():
    def f(t, x, v):
        return (
            t.func.jvp(lambda a: (a.sin(), a.cos().sum()), (x,), (v,)),
            t.func.linearize(t.sin, x)[1](v),
            t.func.jvp(lambda a: t.func.jvp(t.sin, (a,), (v,))[1], (x,), (v,)),
        )

    both(f, R(4), R(4))


@case
def outer_grad():
    def f(t, x):
        x.requires_grad_()
        g = t.func.grad(lambda a: (a**3).sum())(x)
        g.sum().backward()
        y = t.vmap(lambda a: a.sin().sum())(x * 2)
        y.sum().backward()
        return x.grad, g, y

    both(f, R(4, 3))


@case
def cnn():
    def f(t, *ps):
        (w1, b1, w2, b2, w3, b3, x) = ps[:7]
        y = t.tensor([0, 1, 2, 3, 1])
        F = t.nn.functional

        def loss(p, a, b):
            h = F.max_pool2d(F.relu(F.conv2d(a[None], p[0], p[1])), 2)
            h = F.relu(F.conv2d(h, p[2], p[3])).flatten(1)
            return F.cross_entropy(F.linear(h, p[4], p[5]), b[None])

        return t.vmap(t.func.grad(loss), (None, 0, 0))((w1, b1, w2, b2, w3, b3), x, y)

    both(f, R(4, 1, 3, 3), R(4), R(6, 4, 3, 3), R(6), R(4, 6 * 9), R(4), R(5, 1, 12, 12))


@case
def bn():
    def f(t, x):
        F = t.nn.functional
        return t.vmap(
            lambda a: (
                F.layer_norm(a, (4,)),
                F.group_norm(a, 1),
                F.batch_norm(a, None, None, training=True),
                F.gelu(a),
                F.scaled_dot_product_attention(a, a, a),
            )
        )(x)

    both(f, R(3, 2, 4))


@case
def ensembles():
    def f(t, x, w, b):
        m = [t.nn.Linear(3, 2) for _ in range(4)]
        with t.no_grad():
            for k, layer in enumerate(m):
                layer.weight.copy_(w[k])
                layer.bias.copy_(b[k])
        p, bu = t.func.stack_module_state(m)
        return t.vmap(lambda p, bu, x: t.func.functional_call(m[0], (p, bu), (x,)), (0, 0, None))(p, bu, x)

    both(f, R(5, 3), R(4, 2, 3), R(4, 2))


@case
def scatter():
    both(
        lambda t, x, i: t.vmap(
            lambda a, i: (
                t.zeros(6).index_add(0, i, a),
                a.new_zeros(6).scatter_add(0, i, a),
                t.nn.functional.embedding(i, t.arange(12.0).reshape(6, 2)),
                t.nn.functional.one_hot(i, 6),
            )
        )(x, i),
        R(5, 3),
        rng.randint(0, 6, (5, 3)),
    )


@case
def misc():
    both(
        lambda t, x: t.vmap(
            lambda a: (
                a.tril(),
                a.diagonal(),
                t.einsum("ij,kj->ik", a, a),
                a.norm(),
                a.std(0),
                t.where(a > 0, a, 0.0),
                a.clamp(min=0),
                a.expand(2, 3, 4),
                a.unfold(1, 2, 1),
                t.outer(a[0], a[1]),
                a.to(t.float64).sum(),
                a.masked_fill(a > 0, 0.0),
            )
        )(x),
        R(5, 3, 4),
    )


@case
def search():
    both(
        lambda t, x, y: (t.vmap(t.searchsorted)(x.sort(1)[0], y), t.vmap(t.bucketize, (0, None))(y, x[0].sort()[0])),
        R(5, 6),
        R(5, 3),
    )


@case
def roll():
    both(
        lambda t, x: t.vmap(
            lambda a: (
                a.roll(1, 0),
                a.repeat(2, 1),
                a.movedim(0, 1),
                a.reshape(-1).view(2, 6),
                a.T.contiguous().view(-1),
                t.nn.functional.pad(a, (1, 1)),
                a.logsumexp(0),
                a.var(),
                a.unbind(0),
            )
        )(x),
        R(5, 3, 4),
    )


@case
def chunk():
    both(lambda t, x: t.vmap(lambda a: (a.sum(), a), out_dims=(0, 1), chunk_size=2)(x), R(5, 3))


@case
def graph_inner():
    def f(t, x, w):
        w.requires_grad_()
        out = t.vmap(lambda a: t.func.grad(lambda b: (b * w * w).sin().sum())(a))(x)
        (g,) = t.autograd.grad(out.sum(), w, create_graph=True)
        (g2,) = t.autograd.grad(g.sum(), w)
        return out, g, g2

    both(f, R(5, 3), R(3))


@case
def lstm():
    def f(t, x, *ws):
        return t.vmap(t.func.grad(lambda a: t.nn.functional.mse_loss(a.cumsum(0).tanh(), a)))(x)

    both(f, R(5, 3))


def AF(t):
    return t.autograd.functional


@case
def afvjp():
    def f(t, x, v):
        g = lambda a: (a.sin(), (a * a).sum())
        return (
            AF(t).vjp(g, x, (v, t.tensor(2.0))),
            AF(t).jvp(g, x, v),
            AF(t).vjp(lambda a: (a**3).sum(), x, create_graph=True),
        )

    both(f, R(4), R(4))


@case
def afjac():
    def f(t, x, y):
        g = lambda a, b: (a.sin() * b.sum(), (a * b).sum())
        out = [
            AF(t).jacobian(g, (x, y)),
            AF(t).jacobian(g, (x, y), vectorize=True),
            AF(t).jacobian(g, (x, y), vectorize=True, strategy="forward-mode"),
        ]
        h = lambda a, b: (a.sin() * b).sum() ** 2
        out += [
            AF(t).hessian(h, (x, y)),
            AF(t).hessian(h, (x, y), vectorize=True),
            AF(t).hessian(h, (x, y), vectorize=True, outer_jacobian_strategy="forward-mode"),
        ]
        out += [AF(t).hvp(h, (x, y), (y, x)), AF(t).vhp(h, (x, y), (y, x))]
        return out

    both(f, R(4), R(4))


@case
def fwad():
    def f(t, x, v):
        fa = t.autograd.forward_ad
        with fa.dual_level():
            d = fa.make_dual(x, v)
            o = (d.sin() * d).sum(0)
            return tuple(fa.unpack_dual(o)), tuple(fa.unpack_dual(d))

    both(f, R(4, 2), R(4, 2))


@case
def batched():
    def f(t, x):
        x.requires_grad_()
        y = x.sin() * x.sum()
        return t.autograd.grad(y, x, t.eye(4), is_grads_batched=True)

    both(f, R(4))


@case
def slices_changed_in_place():
    def f(t, x, a):
        y, z, w = x * 1, x * 2, x * 3
        a.requires_grad_()
        c = a * a
        made = [
            t.vmap(lambda q: q.mul_(2).sum())(y),
            t.vmap(t.vmap(lambda q: q[1:].add_(q[0])), in_dims=1)(z.view(2, 2, 3)),
            t.vmap(lambda q: q.abs_().sum(), chunk_size=2)(w[1:]),
            t.vmap(lambda q, r: (q.add_(r), r.clone())[1])(w, w),
            t.vmap(lambda q, r: q.copy_(q * r).sum())(c, z),
        ]
        with t.no_grad():
            t.vmap(lambda q: q.sub_(1))(c)
        (c * y).sum().backward()
        v = x * 1
        duals = t.func.jvp(t.vmap(lambda q: q.mul_(3)), (v,), (x * 1,))
        return made, y, z, w, c, a.grad, duals, v

    both(f, R(4, 3), R(4, 3))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore")  # PyTorch's forward mode warns of itself
def test_beside_pytorch(name: str) -> None:
    CASES[name]()


def test_random_numbers_of_slices() -> None:
    x = ct.zeros(5, 3)

    def count(made: Any) -> int:
        return len(set(made.reshape(-1).tolist()))

    assert count(ct.vmap(lambda a: a + ct.rand(3), randomness="different")(x)) == 15
    assert count(ct.vmap(lambda a: a + ct.rand(3), randomness="same")(x)) == 3
    for size in (1, 2, 5):
        parts = ct.vmap(lambda a: a + ct.rand(3), randomness="same", chunk_size=size)(x)
        assert count(parts) == 3
    nested = ct.vmap(ct.vmap(lambda a: a + ct.randn(2), randomness="different"), randomness="different")
    assert count(nested(x)) == 30
    dropped = ct.vmap(lambda a: ct.nn.functional.dropout(a + 1), randomness="different")(ct.zeros(8, 8))
    assert len({tuple(row) for row in dropped.tolist()}) > 1
    with pytest.raises(RuntimeError, match="called random operation while in randomness error mode"):
        ct.vmap(lambda a: a + ct.rand(3))(x)


ERRORS = [
    "m.vmap(lambda a: a)(m.zeros(3), m.zeros(4))",
    "m.vmap(lambda a, b: a + b)(m.zeros(3), m.zeros(4))",
    "m.vmap(lambda a: a, in_dims=2)(m.zeros(3))",
    "m.vmap(lambda a: a, in_dims=(0, 0))(m.zeros(3))",
    "m.vmap(lambda a: 3)(m.zeros(3))",
    "m.vmap(lambda a: a, out_dims=None)(m.zeros(3))",
    "m.vmap(lambda a: a, randomness='x')(m.zeros(3))",
    "m.vmap(lambda a: a.item())(m.zeros(3))",
    "m.vmap(lambda a: a if a > 0 else -a)(m.zeros(3))",
    "m.vmap(m.nonzero)(m.zeros(3, 2))",
    "(lambda z: m.vmap(lambda a: z.add_(a))(m.zeros(3, 2)))(m.zeros(2))",
    "m.func.grad(lambda a: a)(m.zeros(3))",
    "m.func.grad(lambda a: 3)(m.zeros(3))",
    "m.func.grad(lambda a: a.sum(), argnums=1)(m.zeros(3))",
    "m.func.jvp(m.sin, (m.zeros(3),), m.zeros(3))",
    "m.func.jacrev(m.sin, chunk_size=0)",
    "m.func.functional_call(m.nn.Linear(2, 2), 3, (m.zeros(2),))",
    "m.func.stack_module_state([])",
    "m.func.rearrange(m.zeros(2, 3), 'a b -> a')",
    "m.func.rearrange(m.zeros(2, 3), 'a b')",
    "m.func.rearrange(m.zeros(2, 3), 'a b c -> a c b')",
    "m.func.rearrange(m.zeros(2, 3), 'a (b 3) -> a b')",
    "m.func.rearrange(m.zeros(2, 3), 'a (b -> b a')",
    "m.func.rearrange(m.zeros(2, 3), 'a a -> a')",
    "m.func.rearrange(m.zeros(2, 3), '(...) -> ...')",
    "m.func.rearrange(m.zeros(2, 3), 'a b -> b a', z=2)",
    "m.autograd.functional.vjp(m.sin, m.zeros(3))",
    "m.autograd.functional.jacobian(lambda a: m.ones(2), m.zeros(3), strict=True)",
    "m.autograd.functional.hessian(m.sin, m.zeros(3))",
]


@pytest.mark.parametrize("code", ERRORS)
def test_errors(code: str) -> None:
    with pytest.raises(Exception) as theirs:
        eval(code, {"m": torch})
    with pytest.raises(type(theirs.value)):
        eval(code, {"m": ct})


def test_what_is_behind_a_slice() -> None:
    seen = []
    ct.vmap(lambda a: seen.append(ct.func.debug_unwrap(a)) or a)(ct.arange(6.0).reshape(3, 2))
    assert seen[0].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert ct.func.functionalize(lambda a: a.clone().add_(1))(ct.ones(2)).tolist() == [2, 2]


def test_what_a_gradient_keeps() -> None:
    """A transform's result depends on nothing of its own, and goes on depending on what requires gradients outside."""
    x, w = ct.arange(3.0), ct.ones(3, requires_grad=True)
    assert not ct.func.grad(lambda a: (a**3).sum())(x).requires_grad
    made = ct.func.grad(lambda a: (a**3 * w).sum())(x)
    made.sum().backward()
    assert w.grad.tolist() == [0.0, 3.0, 12.0]
    assert not x.requires_grad
