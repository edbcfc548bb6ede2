"""Six networks trained beside PyTorch from equal weights on equal batches: losses, times of steps, and a picture of the curves.

Usage: ``python -m tools.train_beside [NET ...] [--steps 100] [--precisions] [--keep FILE] [--picture FILE]``

Each step is done by PyTorch, by PyTorch with one thread (how far PyTorch is from itself) and by cltorch, in turn; a ratio is
PyTorch's time for a step by cltorch's with the loss read, the median of all steps; on a machine that others keep busy the ratio of
processor times, with PyTorch's one thread, says more. ``--precisions`` trains with cltorch alone: in
float32, with autocast to bfloat16, and with autocast to float16 and a GradScaler. ``--keep`` gathers results of several runs in
a file of JSON, from which ``--picture`` (SVG or PNG) draws all curves.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

import cltorch

Batch = list[np.ndarray]


class Net:
    """A network by library: ``build(m)`` gives its modules by name, ``batch(rng)`` arrays, ``losses(m, modules, *tensors)``
    pairs of a loss and the name of the module whose optimizer then steps."""

    def __init__(self, build: Any, batch: Any, losses: Any, optimizer: Any = None) -> None:
        self.build, self.batch, self.losses = build, batch, losses
        self.optimizer = optimizer or (lambda m, parameters: m.optim.Adam(parameters, lr=1e-3))


def one(function: Any) -> Any:
    """Losses of a net with one optimizer."""

    def losses(m: Any, modules: Any, *tensors: Any) -> Iterator[tuple[Any, str]]:
        yield function(m, modules["net"], *tensors), "net"

    return losses


# --- the networks ---------------------------------------------------------------------------------------------------------


def resnet18(m: Any) -> dict[str, Any]:
    """He et al. 2016, with the stem for images of 32 x 32."""
    n = m.nn

    class Block(n.Module):  # type: ignore[name-defined,misc]
        def __init__(self, inside: int, outside: int, stride: int) -> None:
            super().__init__()
            self.conv1 = n.Conv2d(inside, outside, 3, stride, 1, bias=False)
            self.bn1 = n.BatchNorm2d(outside)
            self.conv2 = n.Conv2d(outside, outside, 3, 1, 1, bias=False)
            self.bn2 = n.BatchNorm2d(outside)
            short = [n.Conv2d(inside, outside, 1, stride, bias=False), n.BatchNorm2d(outside)]
            self.short = n.Sequential(*(short if stride != 1 or inside != outside else []))

        def forward(self, x: Any) -> Any:
            y = n.functional.relu(self.bn1(self.conv1(x)))
            return n.functional.relu(self.bn2(self.conv2(y)) + self.short(x))

    layers = [n.Conv2d(3, 64, 3, 1, 1, bias=False), n.BatchNorm2d(64), n.ReLU()]
    inside = 64
    for outside, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers += [Block(inside, outside, stride), Block(outside, outside, 1)]
        inside = outside
    return {"net": n.Sequential(*layers, n.AdaptiveAvgPool2d(1), n.Flatten(), n.Linear(512, 10))}


def images(rng: Any) -> Batch:
    """16 images whose class shows in the mean of a channel."""
    y = rng.integers(0, 10, 16)
    x = rng.standard_normal((16, 3, 32, 32), np.float32)
    x[:, 0] += (y[:, None, None] - 4.5) / 4.5
    return [x, y]


def classified(m: Any, net: Any, x: Any, y: Any) -> Any:
    """Cross entropy of a classifier."""
    return m.nn.functional.cross_entropy(net(x), y)


def language_model(layers: int, width: int) -> Callable[[Any], dict[str, Any]]:
    """A decoder of pre-norm blocks over 256 symbols (Radford et al. 2019)."""

    def build(m: Any) -> dict[str, Any]:
        n = m.nn

        class Block(n.Module):  # type: ignore[name-defined,misc]
            def __init__(self) -> None:
                super().__init__()
                self.norm1, self.norm2 = n.LayerNorm(width), n.LayerNorm(width)
                self.given, self.out = n.Linear(width, 3 * width), n.Linear(width, width)
                self.up, self.down = n.Linear(width, 4 * width), n.Linear(4 * width, width)

            def forward(self, x: Any) -> Any:
                b, t, _ = x.shape
                q, k, v = self.given(self.norm1(x)).reshape(b, t, 3, 4, width // 4).permute(2, 0, 3, 1, 4)
                y = n.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
                x = x + self.out(y.transpose(1, 2).reshape(b, t, width))
                return x + self.down(n.functional.gelu(self.up(self.norm2(x))))

        class Model(n.Module):  # type: ignore[name-defined,misc]
            def __init__(self) -> None:
                super().__init__()
                self.symbols, self.places = n.Embedding(256, width), n.Embedding(64, width)
                self.blocks = n.Sequential(*(Block() for _ in range(layers)))
                self.norm, self.head = n.LayerNorm(width), n.Linear(width, 256, bias=False)

            def forward(self, x: Any) -> Any:
                places = self.places(m.arange(x.shape[1]))
                return self.head(self.norm(self.blocks(self.symbols(x) + places)))

        return {"net": Model()}

    return build


def text(count: int) -> Callable[[Any], Batch]:
    """Sequences of 65 symbols, each next one the last by a step of its sequence's own."""

    def batch(rng: Any) -> Batch:
        start, step = rng.integers(0, 256, (count, 1)), rng.integers(1, 4, (count, 1))
        x = (start + step * np.arange(65)) % 256
        return [x[:, :-1], x[:, 1:]]

    return batch


def next_symbols(m: Any, net: Any, x: Any, y: Any) -> Any:
    """Cross entropy of the next symbol at every place."""
    return m.nn.functional.cross_entropy(net(x).reshape(-1, 256), y.reshape(-1))


def tagger(m: Any) -> dict[str, Any]:
    """Two bidirectional LSTM layers over packed sequences."""
    n = m.nn

    class Model(n.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.embedding, self.head = n.Embedding(100, 64), n.Linear(256, 8)
            self.lstm = n.LSTM(64, 128, 2, bidirectional=True)

        def forward(self, x: Any, lengths: Any) -> Any:
            packed = n.utils.rnn.pack_padded_sequence(self.embedding(x), lengths.cpu(), enforce_sorted=False)
            return self.head(n.utils.rnn.pad_packed_sequence(self.lstm(packed)[0])[0])

    return {"net": Model()}


def sentences(rng: Any) -> Batch:
    """16 sequences of 8 to 32 words, (T, N), whose tags depend on the word and the next one."""
    lengths = np.concatenate([[32], rng.integers(8, 33, 15)])
    words = rng.integers(0, 100, (32, 16))
    tags = words % 4 + 4 * (np.roll(words, -1, 0) > words)
    tags[np.arange(32)[:, None] >= lengths] = -100
    return [words, tags, lengths]


def tagged(m: Any, net: Any, words: Any, tags: Any, lengths: Any) -> Any:
    """Cross entropy of all tags of words that are there."""
    return m.nn.functional.cross_entropy(net(words, lengths).reshape(-1, 8), tags.reshape(-1))


def dcgan(m: Any) -> dict[str, Any]:
    """Radford et al. 2016, for images of 32 x 32."""
    n = m.nn
    up = [n.ConvTranspose2d(64, 128, 4, 1, 0, bias=False), n.BatchNorm2d(128), n.ReLU(True)]
    down = [n.Conv2d(3, 32, 4, 2, 1, bias=False), n.LeakyReLU(0.2, inplace=True)]
    for inside, outside in ((128, 64), (64, 32)):
        up += [n.ConvTranspose2d(inside, outside, 4, 2, 1, bias=False), n.BatchNorm2d(outside), n.ReLU(True)]
    for inside, outside in ((32, 64), (64, 128)):
        down += [n.Conv2d(inside, outside, 4, 2, 1, bias=False), n.BatchNorm2d(outside), n.LeakyReLU(0.2, inplace=True)]
    generator = n.Sequential(*up, n.ConvTranspose2d(32, 3, 4, 2, 1, bias=False), n.Tanh())
    return {"generator": generator, "critic": n.Sequential(*down, n.Conv2d(128, 1, 4, 1, 0, bias=False))}


def pictures(rng: Any) -> Batch:
    """16 gradients of colour, and noise for the generator."""
    ramp = np.linspace(-1, 1, 32, dtype=np.float32)
    slopes = rng.standard_normal((2, 16, 3, 1, 1), np.float32)
    return [np.tanh(slopes[0] * ramp + slopes[1] * ramp[:, None]), rng.standard_normal((16, 64, 1, 1), np.float32)]


def adversaries(m: Any, modules: Any, real: Any, noise: Any) -> Iterator[tuple[Any, str]]:
    """The critic's loss on real and made images, then the generator's."""
    judge = m.nn.functional.binary_cross_entropy_with_logits
    made = modules["generator"](noise)
    right, wrong = modules["critic"](real), modules["critic"](made.detach())
    yield judge(right, m.ones_like(right)) + judge(wrong, m.zeros_like(wrong)), "critic"
    judged = modules["critic"](made)
    yield judge(judged, m.ones_like(judged)), "generator"


def autoencoder(m: Any) -> dict[str, Any]:
    """Kingma, Welling 2014: 784-400-20-400-784."""
    n = m.nn
    encoder = n.Sequential(n.Linear(784, 400), n.ReLU(), n.Linear(400, 40))
    return {
        "net": n.ModuleDict(
            {"encoder": encoder, "decoder": n.Sequential(n.Linear(20, 400), n.ReLU(), n.Linear(400, 784))}
        )
    }


def blobs(rng: Any) -> Batch:
    """64 images with a bright spot, and the noise of the code."""
    at, places = rng.uniform(6, 22, (64, 2, 1, 1)), np.arange(28)
    x = np.exp(-((places - at[:, 0]) ** 2 + (places[:, None] - at[:, 1]) ** 2) / 18)
    return [x.reshape(64, 784).astype(np.float32), rng.standard_normal((64, 20), np.float32)]


def bound(m: Any, net: Any, x: Any, noise: Any) -> Any:
    """The negative bound on the evidence, for an image."""
    mean, spread = net["encoder"](x).float().chunk(2, 1)
    made = net["decoder"](mean + noise * (spread / 2).exp())
    missed = m.nn.functional.binary_cross_entropy_with_logits(made.float(), x, reduction="sum")
    return (missed - 0.5 * (1 + spread - mean**2 - spread.exp()).sum()) / 64


def unet(m: Any) -> dict[str, Any]:
    """Ronneberger et al. 2015, three levels deep."""
    n = m.nn

    def block(inside: int, outside: int) -> Any:
        layers = []
        for given in (inside, outside):
            layers += [n.Conv2d(given, outside, 3, padding=1), n.BatchNorm2d(outside), n.ReLU(inplace=True)]
        return n.Sequential(*layers)

    class Model(n.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.down = n.ModuleList([block(1, 16), block(16, 32), block(32, 64)])
            self.up = n.ModuleList([n.ConvTranspose2d(64, 32, 2, 2), n.ConvTranspose2d(32, 16, 2, 2)])
            self.join = n.ModuleList([block(64, 32), block(32, 16)])
            self.head = n.Conv2d(16, 2, 1)

        def forward(self, x: Any) -> Any:
            kept = []
            for k, layer in enumerate(self.down):
                x = layer(n.functional.max_pool2d(x, 2) if k else x)
                kept.append(x)
            for level, (wider, layer) in enumerate(zip(self.up, self.join)):
                x = layer(m.cat([wider(x), kept[1 - level]], 1))
            return self.head(x)

    return {"net": Model()}


def discs(rng: Any) -> Batch:
    """4 noisy images of a disc, and where it is."""
    at, radius, places = rng.uniform(16, 48, (4, 2, 1, 1)), rng.uniform(6, 16, (4, 1, 1)), np.arange(64)
    inside = (places - at[:, 0]) ** 2 + (places[:, None] - at[:, 1]) ** 2 < radius**2
    return [(inside + rng.standard_normal((4, 64, 64)))[:, None].astype(np.float32), inside.astype(np.int64)]


def lstm(m: Any) -> dict[str, Any]:
    """One LSTM layer of 128 units."""
    return {"net": m.nn.LSTM(128, 128)}


def squares(m: Any, net: Any, x: Any) -> Any:
    """The mean square of all states."""
    return net(x)[0].pow(2).mean()


def momentum(m: Any, parameters: Any) -> Any:
    """SGD with momentum."""
    return m.optim.SGD(parameters, lr=0.01, momentum=0.9, weight_decay=5e-4)


def adversarial(m: Any, parameters: Any) -> Any:
    """Adam as DCGAN's paper has it."""
    return m.optim.Adam(parameters, lr=2e-4, betas=(0.5, 0.999))


NETS = {
    "ResNet-18": Net(resnet18, images, one(classified), momentum),
    "transformer": Net(language_model(4, 128), text(16), one(next_symbols)),
    "packed LSTM": Net(tagger, sentences, one(tagged)),
    "DCGAN": Net(dcgan, pictures, adversaries, adversarial),
    "VAE": Net(autoencoder, blobs, one(bound)),
    "U-Net": Net(unet, discs, one(classified)),
}
TIMED = {
    "GPT d128 l2 s64 b8": Net(language_model(2, 128), text(8), one(next_symbols)),
    "LSTM h128 s32 b32": Net(lstm, lambda rng: [rng.standard_normal((32, 32, 128), np.float32)], one(squares)),
}


# --- training -------------------------------------------------------------------------------------------------------------


class Side:
    """A net of one library in training. ``precision``: float32, bfloat16 or float16 (which has a GradScaler)."""

    def __init__(self, m: Any, net: Net, states: dict[str, Any] | None, precision: str = "float32") -> None:
        self.m, self.net, self.precision = m, net, precision
        self.modules = net.build(m)
        for name, state in (states or {}).items():
            self.modules[name].load_state_dict({k: m.tensor(v) for k, v in state.items()})
        self.optimizers = {name: net.optimizer(m, module.parameters()) for name, module in self.modules.items()}
        self.scaler = m.amp.GradScaler(self.device, enabled=precision == "float16")

    @property
    def device(self) -> str:
        """The kind of device on which the net is."""
        return next(iter(self.modules.values())).parameters().__next__().device.type

    def states(self) -> dict[str, Any]:
        """The states of all modules as arrays."""
        return {n: {k: v.numpy().copy() for k, v in module.state_dict().items()} for n, module in self.modules.items()}

    def step(self, arrays: Batch) -> float:
        """One step with each optimizer; the sum of the losses, read."""
        tensors = [self.m.tensor(a) for a in arrays]
        narrow = self.precision != "float32"
        with self.m.autocast(
            self.device, getattr(self.m, self.precision) if narrow else self.m.bfloat16, enabled=narrow
        ):
            losses = self.net.losses(self.m, self.modules, *tensors)
            kept = []
            for loss, name in losses:
                optimizer = self.optimizers[name]
                optimizer.zero_grad()
                self.scaler.scale(loss).backward()
                self.scaler.step(optimizer)
                self.scaler.update()
                kept.append(loss.detach())
        return sum(float(loss) for loss in kept)


def beside(name: str, steps: int) -> dict[str, Any]:
    """Losses of all three sides, and the ratios of times."""
    net, threads = {**NETS, **TIMED}[name], torch.get_num_threads()
    torch.manual_seed(0)
    theirs = Side(torch, net, None)
    sides = {
        "PyTorch": theirs,
        "one thread": Side(torch, net, theirs.states()),
        "cltorch": Side(cltorch, net, theirs.states()),
    }
    rng = np.random.default_rng(0)
    losses: dict[str, list[float]] = {side: [] for side in sides}
    times: dict[str, list[float]] = {side: [] for side in sides}
    work: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(steps):
        batch = net.batch(rng)
        for side, trained in sides.items():
            torch.set_num_threads(1 if side == "one thread" else threads)
            time.sleep(0.01)  # OpenMP's workers spin for some milliseconds after PyTorch's last call
            start, spent = time.perf_counter(), time.process_time()
            losses[side].append(trained.step(batch))
            times[side].append(time.perf_counter() - start)
            work[side].append(time.process_time() - spent)
    torch.set_num_threads(threads)
    ratios = [t / o for t, o in zip(times["PyTorch"], times["cltorch"], strict=True)][3:]  # the first build plans
    best = {side: min(spent) for side, spent in times.items()}
    return {
        "losses": losses,
        "ratio": statistics.median(ratios),
        "best": best["PyTorch"] / best["cltorch"],
        "work": min(work["one thread"]) / min(work["cltorch"]),
        "ms": {side: 1e3 * spent for side, spent in best.items()},
        "device": cltorch.opencl.get_device_name(),
    }


def report(name: str, found: dict[str, Any]) -> None:
    """A line about one net."""
    losses = {side: np.array(values) for side, values in found["losses"].items()}
    apart = {side: np.abs(losses[side] / losses["PyTorch"] - 1) for side in ("cltorch", "one thread")}
    print(
        f"{name:20s} loss {losses['PyTorch'][0]:.4f} to {losses['PyTorch'][-1]:.4f}; apart from PyTorch at the end "
        f"{apart['cltorch'][-1]:.1e}, at most {apart['cltorch'].max():.1e} (PyTorch from itself {apart['one thread'][-1]:.1e}, "
        f"{apart['one thread'].max():.1e}); ms a step {found['ms']['PyTorch']:.1f} and {found['ms']['cltorch']:.1f}, ratio "
        f"{found['ratio']:.2f} (best by best {found['best']:.2f}, processor time by PyTorch's with one thread {found['work']:.2f})",
        flush=True,
    )


def narrower(name: str, steps: int) -> dict[str, Any]:
    """Mean losses of the last 10 steps in each precision, with cltorch alone."""
    net = NETS[name]
    torch.manual_seed(0)
    states = Side(torch, net, None).states()
    found = {}
    for precision in ("float32", "bfloat16", "float16"):
        side, rng = Side(cltorch, net, states, precision), np.random.default_rng(0)
        losses = [side.step(net.batch(rng)) for _ in range(steps)]
        found[precision] = losses
    means = {precision: float(np.mean(losses[-10:])) for precision, losses in found.items()}
    words = ", ".join(f"{p} {means[p]:.4f} ({means[p] / means['float32'] - 1:+.2%})" for p in ("bfloat16", "float16"))
    print(f"{name:20s} mean of the last 10 losses: float32 {means['float32']:.4f}, {words}", flush=True)
    return found


def draw(kept: dict[str, Any], path: str) -> None:
    """All curves: PyTorch's, cltorch's over them, and those of other precisions where there are some."""
    import matplotlib.pyplot as plt

    names = [name for name in NETS if name in kept]
    figure, grid = plt.subplots(2, 3, figsize=(12, 6.5), constrained_layout=True)
    for name, axes in zip(names, grid.flat, strict=False):
        losses = kept[name]["losses"]
        axes.plot(losses["PyTorch"], color="#b8b8b8", linewidth=5, label="PyTorch")
        axes.plot(losses["cltorch"], color="#1f4e9c", linewidth=1.2, label="cltorch")
        for precision, colour in (("bfloat16", "#d9822b"), ("float16", "#2f8f4e")):
            if precision in kept[name].get("precisions", {}):
                axes.plot(
                    kept[name]["precisions"][precision], color=colour, linewidth=0.8, label=f"autocast {precision}"
                )
        axes.set_title(name)
        axes.set_xlabel("step")
        axes.set_ylabel("loss")
        axes.legend(frameon=False)
    figure.savefig(path)


def main() -> None:
    """Train the nets named on the command line (all six when none is)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nets", nargs="*", metavar="NET", help=", ".join((*NETS, *TIMED)))
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--precisions", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--picture")
    args = parser.parse_args()
    kept = json.loads(args.keep.read_text()) if args.keep and args.keep.exists() else {}
    for name in args.nets or ([] if args.picture else NETS):
        entry = kept.setdefault(name, {})
        if args.precisions:
            entry["precisions"] = narrower(name, args.steps)
        else:
            entry.update(beside(name, args.steps))
            report(name, entry)
        if args.keep:
            args.keep.write_text(json.dumps(kept))
    if args.picture:
        draw(kept, args.picture)


if __name__ == "__main__":
    main()
