"""Random calls of public functions beside PyTorch.

    python -m tests.fuzz.calls 20000 [seed]

makes so many calls and lists what differs: results (values, dtypes, shapes), or the classes of exceptions. Arguments are drawn from
tensors of several dtypes, shapes and strides, with nan, inf, zeros of both signs and no elements, from numbers, and from wrong things.
After every call a known result is asked for again: nothing that went wrong may spoil what follows.
"""

from __future__ import annotations

import random
import sys
import warnings
from collections import Counter
from typing import Any

import numpy as np
import torch

import cltorch

UNARY = """abs neg sign square exp expm1 log log1p sqrt rsqrt sin cos tanh sigmoid floor ceil trunc round relu isnan isinf isfinite logical_not
reciprocal erf frac sum mean prod max min amax amin argmax argmin any all std var norm median cumsum cumprod sort argsort flip unique nonzero
flatten ravel squeeze t trace diag tril triu count_nonzero logsumexp softmax log_softmax clone contiguous numel aminmax nan_to_num""".split()
BINARY = """add sub mul div pow remainder fmod floor_divide maximum minimum fmax fmin atan2 eq ne lt le gt ge logical_and logical_or logical_xor
bitwise_and bitwise_or copysign hypot matmul dot outer inner masked_select take index_select gather cat2 where expand_as allclose equal""".split()
NUMBERED = """sum mean max min cumsum narrow select split chunk unsqueeze squeeze transpose roll topk kthvalue tril triu diagonal clamp clamp_min
clamp_max softmax std var argmax any all reshape repeat tile flatten unbind movedim add mul sub div eq lt fill full zeros arange eye linspace""".split()
SHAPES = [(), (1,), (3,), (0,), (2, 3), (3, 2), (1, 3), (2, 0), (2, 1, 3), (5,)]
DTYPES = "float32 float32 float64 int64 int32 uint8 bool float16".split()
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, float("nan"), float("inf"), -float("inf"), 1e-30, 1e20]
NUMBERS = [0, 1, -1, 2, 3, -2, 5, 0.0, -0.0, 0.5, 1.5, -1.0, True, float("nan"), float("inf"), 2**40]
WRONG = [None, "a", [1, 2], (0, 1), np.int64(1), np.float32(0.5), 2**70, [0.5]]
UNSAID = {
    "sort",
    "argsort",
    "topk",
    "kthvalue",
    "median",
    "unique",
    "mode",
}  # which of equal elements is found is not said


class Draw:
    """Arguments, as something that both libraries can make."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def tensor(self) -> tuple[Any, ...]:
        rng = self.rng
        shape, dtype = rng.choice(SHAPES), rng.choice(DTYPES)
        count = int(np.prod(shape))
        if dtype.startswith("float"):
            values = [rng.choice(SPECIAL) if rng.random() < 0.2 else round(rng.uniform(-3, 3), 2) for _ in range(count)]
        else:
            values = [rng.randrange(0, 4) for _ in range(count)]
        return ("tensor", values, shape, dtype, rng.random() < 0.2 and len(shape) > 1)

    def number(self) -> Any:
        return self.rng.choice(WRONG) if self.rng.random() < 0.15 else self.rng.choice(NUMBERS)

    def call(self) -> tuple[str, list[Any]]:
        kind = self.rng.random()
        if kind < 0.35:
            return self.rng.choice(UNARY), [self.tensor()]
        if kind < 0.65:
            return self.rng.choice(BINARY), [self.tensor(), self.tensor() if self.rng.random() < 0.9 else self.number()]
        count = 1 if self.rng.random() < 0.6 else 2
        return self.rng.choice(NUMBERED), [self.tensor(), *(self.number() for _ in range(count))]


def made(library: Any, part: Any) -> Any:
    """A drawn argument in one of the libraries."""
    if not (isinstance(part, tuple) and part and part[0] == "tensor"):
        return part
    _, values, shape, dtype, turned = part
    found = library.tensor(values, dtype=getattr(library, dtype)).reshape(shape)
    return found.transpose(0, -1) if turned else found


def run(library: Any, name: str, parts: list[Any]) -> Any:
    """What a call gives: numbers, or the class of what it raises."""
    args = [made(library, part) for part in parts]
    try:
        if name == "cat2":
            result = library.cat(args)
        elif name == "where":
            result = library.where(args[0] > 1, args[0], args[1])
        elif name in ("zeros", "arange", "eye", "linspace", "full"):
            result = getattr(library, name)(*args[1:])
        elif name == "fill":
            result = args[0].clone().fill_(*args[1:])
        else:
            result = getattr(args[0], name)(*args[1:])
        return plain(result)
    except Exception as error:
        return type(error).__name__


def plain(result: Any) -> Any:
    """Results as arrays and plain values."""
    if hasattr(result, "numpy"):
        return (repr(result.dtype), tuple(result.shape), result.detach().numpy())
    return [plain(part) for part in result] if isinstance(result, (tuple, list)) else result


def same(ours: Any, theirs: Any) -> bool:
    """Whether both give the same, numbers up to rounding."""
    if isinstance(theirs, tuple) and len(theirs) == 3 and isinstance(theirs[2], np.ndarray):
        if not isinstance(ours, tuple) or ours[:2] != theirs[:2]:
            return False
        limit = 4e-3 if theirs[2].dtype == np.float16 else 3e-5
        return bool(np.allclose(ours[2].astype(np.float64), theirs[2].astype(np.float64), limit, limit, equal_nan=True))
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    return type(ours) is type(theirs) and ours == theirs


def differences(count: int, seed: int = 0) -> list[str]:
    """Makes ``count`` calls with both; says what differs. AssertionError when one has spoiled what follows."""
    draw, found = Draw(seed), []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for _ in range(count):
            name, parts = draw.call()
            ours, theirs = run(cltorch, name, parts), run(torch, name, parts)
            if name not in UNSAID and not same(ours, theirs):
                found.append(f"{name}{tuple(parts)}: PyTorch {theirs!r}, cltorch {ours!r}")
            assert (cltorch.arange(3) * 2 + 1).tolist() == [1, 3, 5], f"spoiled by {name}{tuple(parts)}"
    return found


if __name__ == "__main__":
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
    listed = differences(total, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    print("\n".join(line[:400] for line in listed))
    print(Counter(line.split("(")[0] for line in listed).most_common())
    print(f"{len(listed)} of {total} calls differ ({100 * len(listed) / total:.2f} %)")
