"""Random arguments, as something that both libraries can make: tensors are descriptions, all else is Python's."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .names import SPREAD, Parameter, Target

SHAPES = [
    (),
    (1,),
    (3,),
    (0,),
    (2, 3),
    (3, 2),
    (1, 3),
    (2, 0),
    (2, 1, 3),
    (5,),
    (3, 3),
    (2, 3, 4),
    (1, 2, 4, 4),
    (2, 2, 3, 3, 3),
]
DTYPES = "float32 float32 float32 float64 int64 int32 uint8 bool float16 bfloat16 int8 complex64".split()
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, float("nan"), float("inf"), -float("inf"), 1e-30, 1e20]
NUMBERS = [0, 1, -1, 2, 3, -2, 0.0, -0.0, 0.5, 1.5, -1.0, True, float("nan"), float("inf")]
WRONG = [None, "a", [1, 2], (0, 1), 2**40, 2**70, [0.5], 1.5, True, 7, -9, (), np.int64(1), np.float32(0.5)]
ENDLESS = (2**40, 2**70)
"""Degrees of polynomials for which both libraries go on for years."""
FATAL = frozenset(("eig", "eigvals"))
"""Functions for which PyTorch's library ends the process where a number is infinite or none."""
WORDS = {
    "reduction": ["mean", "sum", "none", "avg"],
    "mode": ["constant", "reflect", "replicate", "circular", "bilinear", "nearest", "reduced", "complete", "bicubic"],
    "rounding_mode": ["floor", "trunc", "up"],
    "approximate": ["none", "tanh", "erf"],
    "norm": ["forward", "backward", "ortho", "max"],
    "reduce": ["sum", "prod", "amax", "amin", "mean"],
    "indexing": ["ij", "xy"],
    "interpolation": ["linear", "lower", "higher", "midpoint", "nearest"],
    "side": ["left", "right"],
    "UPLO": ["L", "U"],
    "p": ["fro", "nuc"],
    "ord": ["fro", "nuc"],
    "padding": ["same", "valid"],
}
POOLS = "avg max lp adaptive_avg adaptive_max fractional_max".split()
PLAIN = {
    "conv1d": [(2, 3, 6), (4, 3, 3), (4,)],
    "conv2d": [(1, 2, 5, 5), (3, 2, 3, 3), (3,)],
    "conv3d": [(1, 2, 4, 4, 4), (2, 2, 2, 2, 2), (2,)],
    "conv_transpose1d": [(2, 3, 5), (3, 2, 3), (2,)],
    "conv_transpose2d": [(1, 3, 4, 4), (3, 2, 2, 2), (2,)],
    "conv_transpose3d": [(1, 3, 3, 3, 3), (3, 2, 2, 2, 2), (2,)],
    "linear": [(2, 3), (4, 3), (4,)],
    "bilinear": [(2, 3), (2, 4), (5, 3, 4), (5,)],
    "matmul": [(2, 3), (3, 4)],
    "mm": [(2, 3), (3, 4)],
    "bmm": [(2, 2, 3), (2, 3, 4)],
    "mv": [(2, 3), (3,)],
    "addmm": [(2, 4), (2, 3), (3, 4)],
    "addmv": [(2,), (2, 3), (3,)],
    "addbmm": [(2, 4), (2, 2, 3), (2, 3, 4)],
    "baddbmm": [(2, 2, 4), (2, 2, 3), (2, 3, 4)],
    "addr": [(2, 3), (2,), (3,)],
    "layer_norm": [(2, 3), (3,), (3,)],
    "group_norm": [(2, 4, 3), (4,), (4,)],
    "nll_loss": [(3, 4), (3,), (4,)],
    "cross_entropy": [(3, 4), (3,), (4,)],
    "multi_margin_loss": [(3, 4), (3,), (4,)],
    "multilabel_margin_loss": [(3, 4), (3, 4)],
    "embedding": [(2, 3), (4, 3)],
    "grid_sample": [(1, 2, 3, 3), (1, 2, 2, 2)],
    "affine_grid": [(1, 2, 3)],
    "prelu": [(2, 3, 2), (3,)],
    "cdist": [(2, 3), (4, 3)],
    "fold": [(1, 8, 4)],
    "unfold": [(1, 2, 4, 4)],
    "interpolate": [(1, 2, 4, 4)],
    "upsample": [(1, 2, 4, 4)],
    "upsample_nearest": [(1, 2, 4, 4)],
    "upsample_bilinear": [(1, 2, 4, 4)],
    "local_response_norm": [(2, 3, 4)],
    **{
        f"{kind}_pool{n}d{more}": [(1, 2, *(6,) * n)]
        for n in (1, 2, 3)
        for kind in POOLS
        for more in ("", "_with_indices")
    },
    **{f"max_unpool{n}d": [(1, 2, *(2,) * n), (1, 2, *(2,) * n)] for n in (1, 2, 3)},
    "pixel_shuffle": [(1, 4, 2, 2)],
    "pixel_unshuffle": [(1, 2, 4, 4)],
}
"""Shapes that fit together, for functions that would else be called with wrong ones most of the time."""


Call = tuple[Target, list[Any], dict[str, Any]]


WINDOWS = {"kernel_size", "output_size", "stride", "padding", "dilation", "size", "scale_factor", "output_ratio"}
"""Parameters of windows, which PyTorch's signatures in Python say nothing of."""


@dataclass(frozen=True)
class Drawn:
    """A tensor to be made: its elements, shape and dtype, and how it lies in memory."""

    values: tuple[Any, ...]
    shape: tuple[int, ...]
    dtype: str
    layout: str = ""

    def made(self, library: Any) -> Any:
        """The tensor in one of the libraries."""
        tensor = library.tensor(list(self.values), dtype=getattr(library, self.dtype)).reshape(self.shape)
        if self.layout == "turned":
            return tensor.transpose(0, -1)
        if self.layout == "strided":
            return tensor[..., ::2]
        return tensor.expand(3, *tensor.shape) if self.layout == "expanded" else tensor


class Draw:
    """Calls from a seed."""

    def __init__(self, targets: list[Target], seed: int | str) -> None:
        self.rng = random.Random(seed)
        self.targets = targets
        self.fits = True
        self.finite = False

    def tensor(self, name: str = "", shape: tuple[int, ...] | None = None, dtype: str | None = None) -> Drawn:
        """A tensor; of indices or truth values where the parameter's name says so."""
        rng = self.rng
        shape = rng.choice(SHAPES) if shape is None else shape
        if dtype is None:
            dtype = rng.choice(DTYPES)
            if rng.random() < 0.8:
                dtype = {
                    "index": "int64",
                    "indices": "int64",
                    "mask": "bool",
                    "condition": "bool",
                    "target": dtype,
                }.get(name, dtype)
        count = int(np.prod(shape))
        if dtype.startswith(("float", "bfloat")):
            special = 0.2 if rng.random() < 0.5 and not self.finite else 0.0
            values = [
                rng.choice(SPECIAL) if rng.random() < special else round(rng.uniform(-3, 3), 2) for _ in range(count)
            ]
        elif dtype.startswith("complex"):
            values = [complex(round(rng.uniform(-3, 3), 2), round(rng.uniform(-3, 3), 2)) for _ in range(count)]
        else:
            values = [rng.randrange(0, 4) if rng.random() < 0.95 else -1 for _ in range(count)]
            values = [v % 4 for v in values] if dtype in ("uint8", "bool") else values
        layout = rng.choice(["turned", "strided", "expanded"]) if rng.random() < 0.2 and shape else ""
        return Drawn(tuple(values), shape, dtype, layout)

    def argument(self, parameter: Parameter, first: Drawn | None, fitting: tuple[int, ...] | None) -> Any:
        """Something for a parameter, by its name and type."""
        rng, kind = self.rng, parameter.type
        name = parameter.name
        if kind.startswith("Optional[") and rng.random() < 0.15:
            return None
        kind = kind.removeprefix("Optional[").removesuffix("]") if kind.startswith("Optional[") else kind
        if kind == "Tensor":
            if fitting is not None and rng.random() < 0.8:
                integral = name in ("target", "indices") or (
                    name == "input" and first is None and len(fitting) == 2 and rng.random() < 0.1
                )
                return self.tensor(
                    name, fitting, "int64" if integral else first.dtype if first and rng.random() < 0.9 else None
                )
            if first is None or rng.random() < 0.35:
                return self.tensor(name)
            return self.tensor(
                name, first.shape, first.dtype if rng.random() < 0.5 and name not in ("index", "mask") else None
            )
        if kind.startswith("List[") and "Tensor" in kind:
            shape = rng.choice(SHAPES)
            same = rng.random() < 0.6
            return [self.tensor(name, shape if same else None) for _ in range(rng.randrange(0, 4) or 1)]
        if kind.startswith("List["):
            return [self.integer(name) for _ in range(rng.choice([1, 1, 2, 2, 3, 0]))]
        if kind == "int":
            return self.integer(name)
        if name in WINDOWS:
            few = [rng.choice([1, 2, 3]) for _ in range(rng.choice([1, 2, 2, 3]))]
            return (
                rng.choice([1, 2, 2, 3, few, tuple(few)])
                if name in ("kernel_size", "output_size")
                else rng.choice([0, 1, 2, few])
            )
        if kind == "bool":
            return rng.random() < 0.5
        if kind == "float":
            return rng.choice([0.5, 1.0, 2.0, 0.1, -1.0, 0, 3])
        if kind == "dtype":
            return ("dtype", rng.choice(DTYPES))
        if kind == "str" or name in WORDS:
            return rng.choice(WORDS.get(name, ["a"]))
        return rng.choice(NUMBERS)

    def integer(self, name: str) -> int:
        """A small integer; mostly a valid dimension, or a positive count."""
        choices = (
            [0, 1, -1, 2, -2, 3]
            if name.startswith(("dim", "axis", "diagonal", "offset", "k", "start"))
            else [1, 2, 2, 3, 0, -1]
        )
        return self.rng.choice(choices[: self.rng.choice([2, 3, 6, 6])])

    def call(self, taken: Callable[[Call], bool]) -> Call:
        """A function and arguments that PyTorch takes, if some tries find them; in one call of four one of them is then made wrong.

        So calls have mostly one fault or none: which of two is found first is nothing that anybody promises. Where the tries find nothing
        another function is taken, in four cases of five; ``fits`` says afterwards whether they did.
        """
        found = self.fits = False
        while not found:
            target = self.rng.choice(self.targets)
            for _ in range(12):
                call = self.arguments(target)
                found = taken(call)
                if found:
                    self.fits = True
                    break
            else:
                if self.rng.random() < 0.2 or len(self.targets) == 1:
                    return call
        if self.rng.random() < 0.25:
            self.spoil(call[0].name, call[1], call[2])
        return call

    def arguments(self, target: Target) -> Call:
        """The function with arguments for one of its signatures."""
        rng = self.rng
        self.finite = target.name in FATAL
        signature = rng.choice(target.signatures)
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        first: Drawn | None = None
        shapes = list(PLAIN.get(target.name.rstrip("_"), []))
        by_name = target.space != "Tensor" and target.name not in SPREAD and rng.random() < 0.05
        for parameter in signature:
            if parameter.optional and rng.random() < 0.6:
                by_name = True
                continue
            fitting = shapes.pop(0) if shapes and "Tensor" in parameter.type else None
            value = self.argument(parameter, first, fitting)
            first = first or (value if isinstance(value, Drawn) else None)
            if parameter.keyword or by_name:
                kwargs["input" if parameter.name == "self" else parameter.name] = value
            else:
                args.append(value)
        return target, args, kwargs

    def spoil(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> None:
        """Make one argument wrong (another tensor is one of the ways), leave it out, or add one."""
        rng = self.rng
        wrong = [value for value in WRONG if "polynomial" not in name or value not in ENDLESS]
        way = rng.random()
        tensors = [k for k, value in enumerate(args) if isinstance(value, Drawn)]
        if way < 0.15:
            args.append(rng.choice(wrong))
        elif way < 0.25 and len(args) > 1:
            args.pop()
        elif way < 0.55 and tensors:
            at = rng.choice(tensors)
            args[at] = self.tensor(shape=args[at].shape) if rng.random() < 0.5 else self.tensor(dtype=args[at].dtype)
        elif kwargs and rng.random() < 0.5:
            kwargs[rng.choice(list(kwargs))] = rng.choice(wrong)
        elif len(args) > 1 or (args and not isinstance(args[0], Drawn)):
            args[rng.randrange(1 if len(args) > 1 else 0, len(args))] = rng.choice(wrong)


def made(library: Any, part: Any) -> Any:
    """A drawn argument in one of the libraries."""
    if isinstance(part, Drawn):
        return part.made(library)
    if isinstance(part, tuple) and part and part[0] == "dtype":
        return getattr(library, part[1])
    return [made(library, p) for p in part] if isinstance(part, list) else part
