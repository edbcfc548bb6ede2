"""Random programs beside PyTorch: lines of text, each run by both libraries.

    python -m tests.fuzz.programs 1000 [seed]

makes so many programs and shows those after which a variable differs: its numbers, dtype, shape, strides, where it lies in its storage, whether it
requires gradients and is a leaf, and its gradient; or of which a line raises in one library alone. Programs are views, writes, results and reductions
of small tensors, backward passes, hooks, copies and functions of functions, each of a variable that an earlier line made. A program is drawn from its seed and PyTorch's
answers, so it can be made again.
"""

from __future__ import annotations

import copy
import io
import random
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import cltorch

DTYPES = (
    ["float32"] * 6 + ["float64"] * 3 + ["int64"] * 2 + ["bool", "complex64", "int32", "bfloat16", "float16", "uint8"]
)
LIMITS = {"float64": 1e-9, "float32": 2e-4, "complex64": 5e-4, "bfloat16": 3e-2, "float16": 1e-2}
FUNCTIONS = """sin cos tanh exp abs neg sigmoid relu square sqrt log1p floor round sign trunc reciprocal erf sgn atan expm1 logical_not isnan frac
conj angle real nn.functional.gelu nn.functional.silu nn.functional.softplus nn.functional.normalize nn.functional.hardtanh nn.functional.elu
nn.functional.logsigmoid nn.functional.mish nn.functional.softsign nn.functional.glu nn.functional.relu6""".split()
OF_TWO = """add sub mul maximum minimum atan2 lt ge eq pow true_divide fmod remainder matmul hypot copysign logical_and dot outer floor_divide mv
logaddexp xlogy kron""".split()
OF_TWO_AND_MORE = [
    "t.where({x} == 0, {x}, {y})",
    "t.lerp({x}, {y}, 0.3)",
    "t.addcmul({x}, {y}, {y}, value=0.5)",
    "t.cat([{x}, {y}, {x}], {end})",
    "t.stack([{x}, {y}], {end})",
    "t.cdist({x}, {y})",
    "t.add({x}, {y}, alpha=2)",
    "t.nn.functional.mse_loss({x}, {y})",
    "t.nn.functional.smooth_l1_loss({x}, {y})",
]
CHANGES = """sin_() cos_() tanh_() neg_() sigmoid_() relu_() square_() abs_() zero_() floor_() exp_() erf_() clamp_(min=0.1) clamp_(-0.5,0.5)
fill_(0.25) add_(1) mul_(2) sub_(0.5) div_(3) t_() squeeze_() unsqueeze_(0) round_() pow_(2) nan_to_num_() detach_() trunc_() sgn_() cumsum_(0)
swapaxes_(0,-1) requires_grad_() copysign_(-1.0) remainder_(0.7) masked_fill_({x}>0,0.5) fill_diagonal_(0.1) index_fill_(0,t.tensor([0]),0.3)
lerp_({same},0.3) addcmul_({same},{same},value=0.2) clamp_(max={same}) copy_({any}) set_({any}.detach()) index_add_(0,t.tensor([0]),{x}[:1].detach()*2)
scatter_(0,t.zeros_like({x},dtype=t.int64)[:1],0.5)""".split()
REDUCTIONS = (
    "sum mean prod amax amin max min std var norm logsumexp argmax any all nansum median nanmean cummax aminmax".split()
)
SCANS = "cumsum cumprod sort softmax log_softmax logcumsumexp".split()
VIEWS = """detach() squeeze() unsqueeze(0) unsqueeze(-1) T mT data clone() contiguous() ravel() view(-1) reshape(-1) expand(2,*{x}.shape)
to(t.float32) real imag conj() resolve_conj() to(t.float64) half() long() bool() as_strided((2,),(1,),0) as_strided((2,2),(2,1)) flatten()
movedim(0,-1) expand_as({any}) tril() triu(1) diag() flip(0) roll(1,0) rot90() unflatten(0,(1,-1)) broadcast_to((2,*{x}.shape)) swapaxes(0,-1)
requires_grad_() detach().requires_grad_() nonzero() bfloat16() to({any}) new_zeros((2,3)) view_as({x})""".split()
VIEWS_ALONG = """select({d},0) select({d},-1) narrow({d},0,1) transpose({d},0) unbind({d})[-1] split(2,{d})[-1] chunk(2,{d})[0] unfold({d},2,2)
permute(*range({n})[::-1]) index_select({d},t.tensor([0,0])) tensor_split(2,{d})[0] take_along_dim({x}.argsort(dim={d},stable=True),{d})
gather({d},t.zeros([1]*{n},dtype=t.int64))""".split()
# PyTorch may end the process in a hook of a view that was never asked for its node.
BACKWARD = """{x}.sum().backward()|{x}.sum().backward(retain_graph=True)|{x}.sum().backward(create_graph=True)
{x}.backward({x}.detach() * 0 + 1, retain_graph=True)|{x}.grad_fn; {x}.retain_grad()|{x}.grad_fn; {x}.register_hook(lambda g: g * 2)|{x}.grad = None|{x}.grad.zero_()
{new} = {x}.grad|{new} = t.autograd.grad({x}.sin().sum(), [{any}], retain_graph=True, allow_unused=True)[0]
{new} = t.autograd.grad({x}.sin().sum(), [{any}], create_graph=True, allow_unused=True)[0]""".replace("\n", "|").split(
    "|"
)
OTHERS = """{new} = copy.deepcopy({x})|{new} = saved(t, {x})|{new} = twice(t).apply({x})|{new} = t.func.grad(lambda a: a.sin().sum())({x})
{new} = t.func.vmap(lambda a: a * a.sum())({x})|{new} = t.func.vmap(t.func.grad(lambda a: (a ** 3).sum()))({x})|{x}.data = {any}.detach().clone()
{new} = t.utils.checkpoint.checkpoint(lambda a: a.sin() * a, {x}, use_reentrant=False)|t.mul({x}, {any}, out={any})
{new} = {x}.numpy(force=True).sum().item() * t.ones(2)""".replace("\n", "|").split("|")


def saved(t: Any, x: Any) -> Any:
    """A tensor through a file."""
    file = io.BytesIO()
    t.save(x, file)
    file.seek(0)
    return t.load(file)


_TWICE: dict[Any, Any] = {}


def twice(t: Any) -> Any:
    """A `Function` that keeps its argument."""
    if t not in _TWICE:

        class Twice(t.autograd.Function):  # type: ignore[misc, name-defined]
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                ctx.save_for_backward(x)
                return x * 2

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:
                return g * 2 + 0 * ctx.saved_tensors[0]

        _TWICE[t] = Twice
    return _TWICE[t]


class Program:
    """A program that is being drawn; ``theirs`` are PyTorch's variables, which say what its next line can be of."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names: list[str] = []
        self.theirs: dict[str, Any] = scope(torch)
        self.ours: dict[str, Any] = scope(cltorch)
        self.lines: list[str] = []

    def new(self) -> str:
        """The name of the next variable."""
        return f"v{len(self.lines)}"

    def pick(self, fits: Callable[[Any], bool] = lambda x: True) -> str | None:
        """A variable that fits, mostly one of the latest."""
        found = [name for name in self.names if isinstance(self.theirs[name], torch.Tensor) and fits(self.theirs[name])]
        return self.random.choice(found[-6:] if self.random.random() < 0.7 else found) if found else None

    def tensor(self, dtype: str | None = None) -> str:
        """A line that makes a tensor."""
        draw, dtype = self.random, dtype or self.random.choice(DTYPES)
        shape = tuple(draw.choice([1, 2, 3, 3, 4, 5]) for _ in range(draw.choice([0, 1, 1, 2, 2, 2, 3])))
        numbers = np.random.default_rng(draw.randrange(10**9))
        array: Any = np.round(numbers.normal(size=shape), 2)
        if "int" in dtype or dtype == "bool":
            array = numbers.integers(0 if dtype in ("uint8", "bool") else -4, 2 if dtype == "bool" else 5, size=shape)
        elif dtype == "complex64":
            array = array + 1j * np.round(numbers.normal(size=shape), 2)
        needs = ", requires_grad=True" if dtype in LIMITS and draw.random() < 0.5 else ""
        return f"{self.new()} = t.tensor({np.asarray(array).tolist()}, dtype=t.{dtype}{needs})"

    def index(self, name: str) -> str:
        """An index of a variable."""
        draw, x = self.random, self.theirs[name]
        if draw.random() < 0.1 and not x.is_complex():
            return f"{name} > 0"
        parts = []
        for n in x.shape:
            start = draw.randrange(n + 1)
            choices = [":", "None", f"{start}:", f":{start}", f"{start}::2"]
            if n:
                at = draw.randrange(-n, n)
                choices += [str(at), str(at), f"[{at}, 0]", f"t.tensor([0, {at}, 0])"]
            parts.append(draw.choice(choices))
            if draw.random() < 0.3:
                parts.append("...")
                break
        return ", ".join(parts) or "..."

    def filled(self, text: str, name: str) -> str:
        """A line with variables in its places."""
        x = self.theirs[name]
        d = self.random.randrange(x.dim()) if x.dim() else 0
        places = {"x": name, "any": self.pick() or name, "same": self.pick(lambda y: y.shape == x.shape) or name}
        return text.format(
            **places, y=places[self.random.choice(["any", "same", "same"])], d=d, n=x.dim(), end=d, new=self.new()
        )

    def line(self) -> str:
        """The next line."""
        draw, name, new = self.random, self.pick(), self.new()
        if name is None or draw.random() < 0.08:
            return self.tensor()
        x, kind = self.theirs[name], draw.random()
        if kind < 0.25:
            return self.filled(f"{new} = {{x}}.{draw.choice(VIEWS + VIEWS_ALONG * 2 if x.dim() else VIEWS)}", name)
        if kind < 0.35:
            return f"{new} = t.{draw.choice(FUNCTIONS)}({name})"
        if kind < 0.5:
            other = draw.choice(["{y}", "{y}", "{y}", "0.5", "3"])
            expression = draw.choice([f"t.{draw.choice(OF_TWO)}({{x}}, {other})", draw.choice(OF_TWO_AND_MORE)])
            return self.filled(f"{new} = {expression}", name)
        if kind < 0.58:
            along = draw.choice(
                [
                    f"{draw.choice(SCANS)}({{d}})",
                    f"{draw.choice(REDUCTIONS)}()",
                    f"{draw.choice(REDUCTIONS)}(dim={{d}})",
                ]
            )
            return self.filled(f"{new} = first({{x}}.{along})", name)
        if kind < 0.64:
            return f"{new} = {name}[{self.index(name)}]"
        if kind < 0.80:
            index, sign = self.index(name), draw.choice(["+=", "*=", "-=", "/=", "**=", "@="])
            write = [
                f"{{x}}[{index}] = {{any}}",
                f"{{x}}[{index}] = {{x}} * 2",
                f"{{x}}[{index}] = 0.5",
                f"{{x}} {sign} {{y}}",
            ]
            text = self.filled(draw.choice([f"{{x}}.{draw.choice(CHANGES)}", draw.choice(write)]), name)
            return f"with t.no_grad(): {text}" if draw.random() < 0.25 else text
        if kind < 0.92:
            name = self.pick(lambda y: y.requires_grad and y.is_floating_point())
            return self.tensor("float64") if name is None else self.filled(draw.choice(BACKWARD), name)
        return self.filled(draw.choice(OTHERS), name)

    def step(self) -> str | None:
        """Draw a line and run it; what differs afterwards."""
        line = self.line()
        self.lines.append(line)
        theirs, ours = raised(line, self.theirs), raised(line, self.ours)
        if theirs or ours:
            alike = isinstance(theirs, type(ours)) or isinstance(ours, type(theirs))
            return None if alike else f"{line}: PyTorch {theirs!r}, cltorch {ours!r}"
        if line.startswith("v") and " = " in line and line.split(" = ")[0] == f"v{len(self.lines) - 1}":
            self.names.append(line.split(" = ")[0])
            return self.compared(self.names[-1])
        return None

    def compared(self, name: str) -> str | None:
        """How a variable differs, if it does."""
        found = differs(self.theirs[name], self.ours[name])
        return found and f"{name}: {found}"


def scope(t: Any) -> dict[str, Any]:
    """What a program knows at its start."""
    return {
        "t": t,
        "copy": copy,
        "saved": saved,
        "twice": twice,
        "first": lambda x: x[0] if isinstance(x, tuple) else x,
    }


def raised(line: str, names: dict[str, Any]) -> Exception | None:
    """What a line raises."""
    try:
        exec(line, names)
    except Exception as error:
        return error
    return None


def facts(x: Any) -> tuple[Any, ...]:
    """What is compared of a tensor besides its numbers. Strides of one element say nothing."""
    try:
        leaf = x.is_leaf
    except RuntimeError:  # a view whose history cannot be told any more
        leaf = None
    strides = [s for s, n in zip(x.stride(), x.shape, strict=True) if n > 1] if x.numel() else []
    offset = x.storage_offset() if x.numel() else 0
    return repr(x.dtype).split(".")[-1], tuple(x.shape), strides, offset, x.requires_grad, leaf


def numbers(x: Any) -> Any:
    """The numbers of a tensor."""
    x = x.detach().resolve_conj()
    return (x.float() if repr(x.dtype) == "torch.bfloat16" else x).numpy(force=True)


def differs(theirs: Any, ours: Any, has_gradient: bool = True) -> str | None:
    """How two results differ."""
    if not isinstance(theirs, torch.Tensor):
        return None if theirs is None and ours is None else f"{theirs!r}, {ours!r}"
    if facts(theirs) != facts(ours):
        return f"PyTorch {facts(theirs)}, cltorch {facts(ours)}"
    limit = LIMITS.get(facts(theirs)[0], 0)
    one, other = numbers(theirs), numbers(ours)
    if not np.allclose(one.astype(other.dtype), other, limit, limit, equal_nan=True):
        return f"PyTorch {one}, cltorch {other}"
    if has_gradient and facts(theirs)[-1] is not None and (theirs.is_leaf or theirs.retains_grad):
        found = differs(theirs.grad, ours.grad, False)
        return found and f"gradient: {found}"
    return None


def run(seed: int) -> tuple[str | None, list[str]]:
    """How the program of a seed differs, if it does, and its lines."""
    program = Program(seed)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for _ in range(program.random.randrange(8, 30)):
            found = program.step()
            if found:
                return found, program.lines
        return next(filter(None, map(program.compared, program.names)), None), program.lines


def main() -> None:
    """Run so many programs and show those that differ."""
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    torch.set_num_threads(1)
    bad = 0
    for seed in range(first, first + count):
        found, lines = run(seed)
        if found:
            bad += 1
            print(f"--- seed {seed}: {found}", *lines, sep="\n", flush=True)
    print(f"{bad} of {count} programs differ")


if __name__ == "__main__":
    main()
