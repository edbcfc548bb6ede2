"""Steady steps of small programs of many kinds, beside PyTorch: what a known structure costs where there is little to compute.

``python -m tools.bench_small [part of a program's name]``; ratios are PyTorch's time by ours, medians and the best of all steps,
both libraries in turn.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import torch

import cltorch
from cltorch.graph.record import recorder
from cltorch.runtime import device

Step = Callable[[], float]
WARM, STEPS = 6, 24
PROGRAMS: dict[str, Callable[[Any], Step]] = {}


def program(make: Callable[[Any], Step]) -> Callable[[Any], Step]:
    """Enter a program under its name: a function of the library that gives its training step."""
    PROGRAMS[make.__name__.replace("_", " ")] = make
    return make


def dense(lib: Any, *widths: int, act: str = "ReLU") -> Any:
    """Linear layers with activations between them."""
    layers: list[Any] = []
    for k in range(len(widths) - 1):
        layers += [lib.nn.Linear(widths[k], widths[k + 1]), getattr(lib.nn, act)()]
    return lib.nn.Sequential(*layers[:-1])


def descend(optimizer: Any, loss: Any) -> float:
    """One update and the loss's number."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@program
def perceptron(lib: Any) -> Step:
    """64-32-10, Adam."""
    model = dense(lib, 64, 32, 10)
    optimizer = lib.optim.Adam(model.parameters())
    x, y = lib.randn(64, 64), lib.arange(64) % 10
    return lambda: descend(optimizer, lib.nn.functional.cross_entropy(model(x), y))


@program
def autoencoder(lib: Any) -> Step:
    """64-32-8-32-64, squared error."""
    model = dense(lib, 64, 32, 8, 32, 64)
    optimizer = lib.optim.Adam(model.parameters())
    x = lib.rand(32, 64)
    return lambda: descend(optimizer, lib.nn.functional.mse_loss(model(x), x))


@program
def variational_autoencoder(lib: Any) -> Step:
    """A Gaussian code of 8, binary cross entropy and the divergence."""
    encoder, decoder = dense(lib, 64, 32, 16), dense(lib, 8, 32, 64)
    optimizer = lib.optim.Adam([*encoder.parameters(), *decoder.parameters()])
    x = lib.rand(32, 64)

    def step() -> float:
        mean, log_variance = encoder(x).chunk(2, 1)
        code = mean + lib.randn_like(mean) * (0.5 * log_variance).exp()
        loss = lib.nn.functional.binary_cross_entropy_with_logits(decoder(code), x, reduction="sum")
        loss = loss - 0.5 * (1 + log_variance - mean.pow(2) - log_variance.exp()).sum()
        return descend(optimizer, loss)

    return step


@program
def adversarial_pair(lib: Any) -> Step:
    """A generator and a discriminator of two layers each."""
    generator, critic = dense(lib, 8, 32, 16), dense(lib, 16, 32, 1)
    first, second = lib.optim.Adam(generator.parameters()), lib.optim.Adam(critic.parameters())
    real, loss_of = lib.randn(32, 16), lib.nn.BCEWithLogitsLoss()
    ones, zeros = lib.ones(32, 1), lib.zeros(32, 1)

    def step() -> float:
        made = generator(lib.randn(32, 8))
        descend(second, loss_of(critic(real), ones) + loss_of(critic(made.detach()), zeros))
        return descend(first, loss_of(critic(made), ones))

    return step


@program
def wasserstein_pair_with_gradient_penalty(lib: Any) -> Step:
    """A critic whose gradient is held near one: a derivative of a derivative."""
    generator, critic = dense(lib, 8, 32, 16), dense(lib, 16, 32, 1, act="Tanh")
    first, second = lib.optim.Adam(generator.parameters()), lib.optim.Adam(critic.parameters())
    real = lib.randn(32, 16)

    def step() -> float:
        made = generator(lib.randn(32, 8))
        share = lib.rand(32, 1)
        between = (share * real + (1 - share) * made.detach()).requires_grad_()
        (slope,) = lib.autograd.grad(critic(between).sum(), between, create_graph=True)
        penalty = ((slope.norm(2, dim=1) - 1) ** 2).mean()
        descend(second, critic(made.detach()).mean() - critic(real).mean() + 10 * penalty)
        return descend(first, -critic(made).mean())

    return step


@program
def deep_q_learning(lib: Any) -> Step:
    """A batch of transitions, a target network, Huber's loss, clipped gradients."""
    model, target = dense(lib, 4, 64, 64, 2), dense(lib, 4, 64, 64, 2)
    target.load_state_dict(model.state_dict())
    optimizer = lib.optim.AdamW(model.parameters(), lr=1e-4)
    state, after, reward = lib.randn(64, 4), lib.randn(64, 4), lib.randn(64)
    action = (lib.arange(64) % 2).unsqueeze(1)

    def step() -> float:
        value = model(state).gather(1, action)
        with lib.no_grad():
            aim = target(after).max(1).values * 0.99 + reward
        loss = lib.nn.functional.smooth_l1_loss(value, aim.unsqueeze(1))
        optimizer.zero_grad()
        loss.backward()
        lib.nn.utils.clip_grad_value_(model.parameters(), 100)
        optimizer.step()
        with lib.no_grad():
            for kept, new in zip(target.parameters(), model.parameters(), strict=True):
                kept.mul_(0.995).add_(new, alpha=0.005)
        return loss.item()

    return step


@program
def siamese_network(lib: Any) -> Step:
    """Two images through one network, a contrastive loss."""
    model = dense(lib, 64, 32, 8)
    optimizer = lib.optim.Adam(model.parameters())
    a, b, same = lib.rand(32, 64), lib.rand(32, 64), (lib.arange(32) % 2).float()

    def step() -> float:
        apart = lib.nn.functional.pairwise_distance(model(a), model(b))
        loss = (same * apart.pow(2) + (1 - same) * lib.clamp(1 - apart, min=0).pow(2)).mean()
        return descend(optimizer, loss)

    return step


@program
def recurrent_network(lib: Any) -> Step:
    """A cell in a Python loop of 16 steps, clipped gradients."""
    inward, hidden, out = lib.nn.Linear(8, 32), lib.nn.Linear(32, 32), lib.nn.Linear(32, 4)
    parameters = [p for layer in (inward, hidden, out) for p in layer.parameters()]
    optimizer = lib.optim.RMSprop(parameters, lr=1e-3)
    x, y = lib.randn(16, 8, 8), lib.arange(8) % 4

    def step() -> float:
        h = lib.zeros(8, 32)
        for t in range(16):
            h = lib.tanh(inward(x[t]) + hidden(h))
        loss = lib.nn.functional.cross_entropy(out(h), y)
        optimizer.zero_grad()
        loss.backward()
        lib.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        return loss.item()

    return step


@program
def custom_function(lib: Any) -> Step:
    """An activation with its own backward."""

    class Swish(lib.autograd.Function):  # type: ignore[misc, name-defined]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * lib.sigmoid(x)

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            (x,) = ctx.saved_tensors
            s = lib.sigmoid(x)
            return grad * (s + x * s * (1 - s))

    first, second, third = lib.nn.Linear(32, 32), lib.nn.Linear(32, 32), lib.nn.Linear(32, 1)
    optimizer = lib.optim.SGD([p for f in (first, second, third) for p in f.parameters()], lr=0.01, momentum=0.9)
    x, y = lib.randn(32, 32), lib.randn(32, 1)
    return lambda: descend(optimizer, lib.nn.functional.mse_loss(third(Swish.apply(second(Swish.apply(first(x))))), y))


@program
def tied_weights_with_moving_average(lib: Any) -> Step:
    """An embedding that is the output layer too, and an average of all weights."""
    table, middle = lib.nn.Embedding(50, 32), lib.nn.Linear(32, 32)
    parameters = [*table.parameters(), *middle.parameters()]
    average = [p.detach().clone() for p in parameters]
    optimizer = lib.optim.Adam(parameters)
    words = lib.arange(64) % 50

    def step() -> float:
        logits = lib.tanh(middle(table(words))) @ table.weight.t()
        number = descend(optimizer, lib.nn.functional.cross_entropy(logits, (words + 1) % 50))
        with lib.no_grad():
            for kept, new in zip(average, parameters, strict=True):
                kept.lerp_(new, 0.01)
        return number

    return step


@program
def transformer(lib: Any) -> Step:
    """Two encoder layers of width 32 over 12 words."""
    layer = lib.nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True)
    model, table, out = lib.nn.TransformerEncoder(layer, 2), lib.nn.Embedding(40, 32), lib.nn.Linear(32, 40)
    optimizer = lib.optim.Adam([*model.parameters(), *table.parameters(), *out.parameters()])
    words = (lib.arange(96) % 40).reshape(8, 12)
    return lambda: descend(
        optimizer, lib.nn.functional.cross_entropy(out(model(table(words))).reshape(-1, 40), words.reshape(-1))
    )


@program
def small_residual_network(lib: Any) -> Step:
    """Two residual blocks of eight channels on images of 8 x 8."""
    nn, f = lib.nn, lib.nn.functional
    stem, out = nn.Conv2d(1, 8, 3, padding=1), nn.Linear(8, 10)
    blocks = [
        [
            nn.Conv2d(8, 8, 3, padding=1, bias=False),
            nn.BatchNorm2d(8),
            nn.Conv2d(8, 8, 3, padding=1, bias=False),
            nn.BatchNorm2d(8),
        ]
        for _ in range(2)
    ]
    optimizer = lib.optim.SGD(
        [p for m in (stem, out, *[m for b in blocks for m in b]) for p in m.parameters()], lr=0.05, momentum=0.9
    )
    x, y = lib.randn(16, 1, 8, 8), lib.arange(16) % 10

    def step() -> float:
        h = f.relu(stem(x))
        for first, norm, second, last in blocks:
            h = f.relu(h + last(second(f.relu(norm(first(h))))))
        return descend(optimizer, f.cross_entropy(out(h.mean((2, 3))), y))

    return step


@program
def matrix_factorisation(lib: Any) -> Step:
    """Users and films of 16 numbers each, with biases."""
    users, films, mine, its = (lib.nn.Embedding(n, w) for n, w in ((40, 16), (60, 16), (40, 1), (60, 1)))
    optimizer = lib.optim.Adam([p for m in (users, films, mine, its) for p in m.parameters()], weight_decay=1e-5)
    who, what, rating = lib.arange(128) % 40, lib.arange(128) % 60, lib.rand(128) * 5

    def step() -> float:
        found = (users(who) * films(what)).sum(1) + mine(who).squeeze(1) + its(what).squeeze(1)
        return descend(optimizer, lib.nn.functional.mse_loss(found, rating))

    return step


@program
def physics_informed_network(lib: Any) -> Step:
    """u'' + u = 0 at 32 points, with both ends given: second derivatives by two backward passes."""
    model = dense(lib, 1, 16, 16, 1, act="Tanh")
    optimizer = lib.optim.Adam(model.parameters(), lr=1e-3)
    points, ends, values = lib.linspace(0, 1, 32).unsqueeze(1), lib.tensor([[0.0], [1.0]]), lib.tensor([[0.0], [1.0]])

    def step() -> float:
        t = points.clone().requires_grad_()
        u = model(t)
        (du,) = lib.autograd.grad(u.sum(), t, create_graph=True)
        (ddu,) = lib.autograd.grad(du.sum(), t, create_graph=True)
        return descend(optimizer, ((ddu + u) ** 2).mean() + ((model(ends) - values) ** 2).mean())

    return step


@program
def policy_and_value(lib: Any) -> Step:
    """An actor and a critic on a batch: entropy, advantages, both losses."""
    body, policy, value = dense(lib, 8, 32, 32), lib.nn.Linear(32, 4), lib.nn.Linear(32, 1)
    optimizer = lib.optim.Adam([p for m in (body, policy, value) for p in m.parameters()])
    state, action, gained = lib.randn(32, 8), lib.arange(32) % 4, lib.randn(32)

    def step() -> float:
        h = lib.relu(body(state))
        chances, worth = lib.log_softmax(policy(h), -1), value(h).squeeze(1)
        ahead = (gained - worth).detach()
        chosen = chances.gather(1, action.unsqueeze(1)).squeeze(1)
        entropy = -(chances.exp() * chances).sum(1).mean()
        loss = -(chosen * ahead).mean() + 0.5 * (gained - worth).pow(2).mean() - 0.01 * entropy
        return descend(optimizer, loss)

    return step


def compare(name: str, make: Callable[[Any], Step]) -> tuple[float, float]:
    """Time one program and print a line; the ratios of the medians and of the best."""
    found = recorder(device.default())
    programs = []
    for lib in (torch, cltorch):
        lib.manual_seed(0)
        programs.append(make(lib))
    times: list[list[float]] = [[], []]
    built = launched = 0
    for n in range(WARM + STEPS):
        if n == WARM:
            built, launched = found.built, found.launched
        for k, step in enumerate(programs):
            started = time.perf_counter()
            step()
            if n >= WARM:
                times[k].append(time.perf_counter() - started)
    middle = [1e3 * statistics.median(t) for t in times]
    best = [1e3 * min(t) for t in times]
    print(
        f"{name:40s} PyTorch {middle[0]:7.3f} ms, cltorch {middle[1]:7.3f} ms: ratio {middle[0] / middle[1]:5.2f}, best "
        f"{best[0] / best[1]:5.2f}; plans {found.built - built}, launches a step {(found.launched - launched) / STEPS:.1f}",
        flush=True,
    )
    return middle[0] / middle[1], best[0] / best[1]


def geometric(ratios: list[float]) -> float:
    """The geometric mean."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


if __name__ == "__main__":
    print(cltorch.opencl.get_device_name(), "and PyTorch", torch.__version__)
    ratios = [compare(name, make) for name, make in PROGRAMS.items() if len(sys.argv) < 2 or sys.argv[1] in name]
    print(
        f"geometric mean {geometric([a for a, _ in ratios]):.2f}, of the best {geometric([b for _, b in ratios]):.2f}"
    )
