"""What define-by-run costs: programs whose structure is new in every step, small steady ones, and short reads, beside PyTorch.

``CLTORCH_DEVICE=pocl python -m tools.bench_dynamic [part of a case's name]``; ratios are PyTorch's time by ours, medians and the
best of all steps, both libraries in turn. ``--empty`` shows first runs instead (`tools.bench_empty`).
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import torch

import cltorch
from cltorch.graph.record import recorder
from cltorch.runtime import device

Step = Callable[[int], float]


def host(lib: Any, seed: int, *shape: int) -> Any:
    """The same numbers in both libraries."""
    source = random.Random(seed)
    count = 1
    for n in shape:
        count *= n
    return lib.tensor([source.uniform(-1, 1) for _ in range(count)]).reshape(*shape)


def rnn(lib: Any, batch: int = 4, inputs: int = 8, width: int = 32) -> Step:
    """A recurrent cell in a Python loop; step n has a sequence of n."""
    lib.manual_seed(0)
    inward, hidden, outward = lib.nn.Linear(inputs, width), lib.nn.Linear(width, width), lib.nn.Linear(width, 1)
    parameters = [p for layer in (inward, hidden, outward) for p in layer.parameters()]
    optimizer = lib.optim.Adam(parameters, lr=1e-3)
    sequences = host(lib, 0, 256, batch, inputs)

    def step(n: int) -> float:
        h = lib.zeros(batch, width)
        for t in range(n):
            h = lib.tanh(inward(sequences[t]) + hidden(h))
        loss = (outward(h) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def large_rnn(lib: Any) -> Step:
    """The same with 256 hidden units and 32 rows: too much for the tape."""
    return rnn(lib, 32, 64, 256)


def reinforce(lib: Any) -> Step:
    """A policy's episode of n actions, then one update."""
    lib.manual_seed(0)
    policy = lib.nn.Sequential(lib.nn.Linear(4, 32), lib.nn.ReLU(), lib.nn.Linear(32, 2))
    optimizer = lib.optim.Adam(policy.parameters(), lr=1e-3)

    def step(n: int) -> float:
        source = random.Random(n)
        chosen, rewards = [], []
        for _ in range(n):
            state = lib.tensor([source.uniform(-1, 1) for _ in range(4)])
            chances = lib.log_softmax(policy(state), -1)
            action = source.randrange(2)
            chosen.append(chances[action])
            rewards.append(source.random())
        returns = lib.tensor([sum(rewards[t:]) for t in range(n)])
        loss = -(lib.stack(chosen) * returns).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def branchy(lib: Any) -> Step:
    """Scalars through operations that chance chooses."""
    w = lib.tensor([0.5, -0.3, 0.8], requires_grad=True)

    def step(n: int) -> float:
        source = random.Random(n)
        y = lib.tensor(source.random())
        for k in range(8):
            kind = source.randrange(4)
            if kind == 0:
                y = y * w[k % 3] + 1
            elif kind == 1:
                y = lib.sin(y) + w[0]
            elif kind == 2:
                y = lib.exp(-y) * w[1]
            else:
                y = y / (1 + w[2] * w[2])
        w.grad = None
        y.backward()
        return y.item()

    return step


def ragged(lib: Any) -> Step:
    """A batch of a new width in every step."""
    lib.manual_seed(0)
    table, out = lib.nn.Embedding(50, 16), lib.nn.Linear(16, 5)
    optimizer = lib.optim.SGD([*table.parameters(), *out.parameters()], lr=0.1)

    def step(n: int) -> float:
        source = random.Random(n)
        words = lib.tensor([[source.randrange(50) for _ in range(n)] for _ in range(4)])
        labels = lib.tensor([source.randrange(5) for _ in range(4)])
        loss = lib.nn.functional.cross_entropy(out(table(words).mean(1)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


ONE_OFF = ("sin", "cos", "exp", "abs", "sqrt", "tanh", "square", "sigmoid", "neg", "floor")


def one_off(lib: Any) -> Step:
    """Five small ops of chance, then one number: what a notebook's cell does."""

    def step(n: int) -> float:
        source = random.Random(n)
        x = lib.arange(float(2 + n % 37)) / 7
        for name in source.sample(ONE_OFF, 4):
            x = getattr(lib, name)(x.abs()) + source.randrange(3)
        return x.sum().item()

    return step


def generation(lib: Any) -> Step:
    """One token of a transformer of two layers over n earlier ones."""
    lib.manual_seed(0)
    width, heads = 64, 4
    table, head = lib.nn.Embedding(64, width), lib.nn.Linear(width, 64)
    layers = [
        [lib.nn.LayerNorm(width), lib.nn.Linear(width, 3 * width), lib.nn.Linear(width, width)]
        + [lib.nn.LayerNorm(width), lib.nn.Linear(width, 4 * width), lib.nn.Linear(4 * width, width)]
        for _ in range(2)
    ]

    def step(n: int) -> float:
        with lib.no_grad():
            x = table(lib.arange(n) % 64)
            for norm, qkv, joined, second, up, down in layers:
                parts = qkv(norm(x)).reshape(n, 3, heads, width // heads).permute(1, 2, 0, 3)
                scores = parts[0][:, -1:] @ parts[1].transpose(1, 2) / 4.0
                mixed = lib.softmax(scores, -1) @ parts[2]
                x = x + joined(mixed.reshape(1, width))
                x = x + down(lib.nn.functional.gelu(up(second(x))))
            return float(head(x[-1]).argmax().item())

    return step


def gpt(lib: Any, layers: int = 4, width: int = 128, heads: int = 4) -> Step:
    """One token of a GPT as programs write it, over all n words so far; step n has n + 1 of them."""
    lib.manual_seed(0)
    nn, F = lib.nn, lib.nn.functional

    class Block(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.joined = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x: Any) -> Any:
            lead = (*x.shape[:2], heads, width // heads)
            q, k, v = (part.view(lead).transpose(1, 2) for part in self.qkv(self.first(x)).split(width, 2))
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.joined(mixed.transpose(1, 2).contiguous().view(x.shape))
            return x + self.down(F.gelu(self.up(self.second(x))))

    words, places, norm = nn.Embedding(65, width), nn.Embedding(256, width), nn.LayerNorm(width)
    blocks, head = nn.Sequential(*[Block() for _ in range(layers)]), nn.Linear(width, 65, bias=False)
    seen = [lib.zeros(1, 1, dtype=lib.long)]

    def step(n: int) -> float:
        with lib.no_grad():
            text = seen[0][:, :n]
            x = blocks(words(text) + places(lib.arange(text.shape[1])))
            word = head(norm(x[:, [-1], :]))[:, -1].argmax(-1, keepdim=True)
            seen[0] = lib.cat((seen[0], word), 1)
            return float(word.item())

    return step


def attention(lib: Any) -> Step:
    """A step of a language model of one layer on eight sequences of n words: too much for the tape."""
    lib.manual_seed(0)
    nn, width = lib.nn, 64
    table, norm, qkv = nn.Embedding(100, width), nn.LayerNorm(width), nn.Linear(width, 3 * width)
    joined, up, down = nn.Linear(width, width), nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
    head = nn.Linear(width, 100)
    parameters = [p for layer in (table, norm, qkv, joined, up, down, head) for p in layer.parameters()]
    optimizer = lib.optim.Adam(parameters, lr=1e-3)

    def step(n: int) -> float:
        source = random.Random(n)
        words = lib.tensor([[source.randrange(100) for _ in range(n)] for _ in range(8)])
        h = table(words)
        q, k, v = qkv(norm(h)).reshape(8, n, 3, 4, 16).permute(2, 0, 3, 1, 4).unbind(0)
        mixed = lib.softmax(q @ k.transpose(-1, -2) / 4.0, -1) @ v
        h = h + joined(mixed.transpose(1, 2).reshape(8, n, width))
        h = h + down(nn.functional.gelu(up(h)))
        loss = nn.functional.cross_entropy(head(h).reshape(-1, 100), words.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def mlp(lib: Any) -> Step:
    """A steady step: 64-32-10, Adam, the loss read."""
    lib.manual_seed(0)
    model = lib.nn.Sequential(lib.nn.Linear(64, 32), lib.nn.ReLU(), lib.nn.Linear(32, 10))
    optimizer = lib.optim.Adam(model.parameters())
    x, y = host(lib, 1, 64, 64), lib.arange(64) % 10

    def step(n: int) -> float:
        loss = lib.nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def lstm(lib: Any) -> Step:
    """A steady step: an LSTM cell of Linear layers, 40 steps long."""
    lib.manual_seed(0)
    inward, hidden, out = lib.nn.Linear(16, 128), lib.nn.Linear(32, 128), lib.nn.Linear(32, 1)
    optimizer = lib.optim.Adam([*inward.parameters(), *hidden.parameters(), *out.parameters()])
    x = host(lib, 2, 40, 8, 16)

    def step(n: int) -> float:
        h, c = lib.zeros(8, 32), lib.zeros(8, 32)
        for t in range(40):
            i, f, o, u = (inward(x[t]) + hidden(h)).chunk(4, 1)
            c = lib.sigmoid(f) * c + lib.sigmoid(i) * lib.tanh(u)
            h = lib.sigmoid(o) * lib.tanh(c)
        loss = (out(h) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def short(program: Callable[[Any, Any], Any], *shape: int, times: int = 100) -> Callable[[Any], Step]:
    """A case of one expression over an iterable of tensors of a shape, over so many numbers, or over one (shape 0), run 100 times
    a step."""

    def make(lib: Any) -> Step:
        if len(shape) > 1:
            x = [lib.ones(shape[1:]) + k for k in range(shape[0])]
        else:
            x = lib.arange(float(*shape)) if shape[0] else lib.ones(())
        sum(v.sum() for v in (x[:2] if shape[0] else [x])).item()

        def step(n: int) -> float:
            for _ in range(times):
                program(lib, x)
            return 0.0

        return step

    return make


CASES: dict[str, tuple[Callable[[Any], Step], range]] = {
    "RNN, every length new": (rnn, range(12, 40)),
    "REINFORCE, every length new": (reinforce, range(10, 40)),
    "branchy scalars": (branchy, range(100, 160)),
    "ragged batches": (ragged, range(3, 43)),
    "one-off calls": (one_off, range(1000, 1120)),
    "generation, every length new": (generation, range(8, 48)),
    "GPT of four layers, every length new": (gpt, range(1, 120)),
    "attention, 200 lengths once": (attention, range(20, 220)),
    "large RNN, every length new": (large_rnn, range(40, 70)),
    "MLP, steady": (mlp, range(60)),
    "LSTM cell, steady": (lstm, range(12)),
    "(s + 1).item() 100 times": (short(lambda lib, x: (x + 1).item(), 0), range(20)),
    "x[3].item() 100 times": (short(lambda lib, x: x[3].item(), 300), range(20)),
    "tensor(1.0) 100 times": (short(lambda lib, x: lib.tensor(1.0), 300), range(20)),
    "cat of 200 matrices 50 x 64": (short(lambda lib, x: lib.cat(x)[-1, -1].item(), 200, 50, 64, times=1), range(20)),
    "stack of 1000 scalars": (short(lambda lib, x: lib.stack([*x])[-1].item(), 1000, 1, times=1), range(20)),
    "list(x[:2000])": (short(lambda lib, x: list(x[:2000]), 5000, times=1), range(20)),
    "300 items": (short(lambda lib, x: [v.item() for v in x], 300, times=1), range(20)),
}


def compare(name: str, make: Callable[[Any], Step], steps: range) -> None:
    """Time one case and print a line."""
    found = recorder(device.default())
    built, launched = found.built, found.launched
    programs = [make(torch), make(cltorch)]
    times: list[list[float]] = [[], []]
    for n in (2, 3, *steps):  # two lengths to begin with
        for k, program in enumerate(programs):
            started = time.perf_counter()
            program(n)
            if n in steps:
                times[k].append(time.perf_counter() - started)
    middle = [1e3 * statistics.median(t) for t in times]
    best = [1e3 * min(t) for t in times]
    print(
        f"{name:36s} PyTorch {middle[0]:8.3f} ms, cltorch {middle[1]:8.3f} ms: ratio {middle[0] / middle[1]:5.2f}, "
        f"best {best[0] / best[1]:5.2f}; worst {1e3 * max(times[1]):.1f} ms, plans {found.built - built}, "
        f"launches {found.launched - launched}",
        flush=True,
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--empty"]:
        from tools.bench_empty import main

        sys.exit(main(*sys.argv[2:3]))
    print(cltorch.opencl.get_device_name(), "and PyTorch", torch.__version__)
    for name, (make, steps) in CASES.items():
        if len(sys.argv) < 2 or sys.argv[1] in name:
            compare(name, make, steps)
