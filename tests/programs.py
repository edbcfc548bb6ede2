"""Programs run with both libraries: what they print must be the same, numbers up to rounding, and so what they raise."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from typing import Any

import numpy as np
import torch

import cltorch

NUMBER = re.compile(r"-?\d+\.\d*(?:e[-+]?\d+)?|-?\d+e[-+]?\d+")


def fill(module: Any) -> Any:
    """The module with parameters that do not depend on the library's random numbers."""
    library = torch if isinstance(module, torch.nn.Module) else cltorch
    rng = np.random.default_rng(0)
    with library.no_grad():
        for p in module.parameters():
            p.copy_(library.tensor((rng.normal(size=tuple(p.shape)) * 0.3).astype(np.float32)))
    return module


def printed(program: str, library: Any) -> str:
    """What a program prints, and at its end the exception that stopped it. It finds the library as ``torch``, numbers as
    ``R(shape...)``, integers below n as ``I(n, shape...)``, and `fill`."""

    def normal(*shape: int, seed: int = 1) -> Any:
        return library.tensor(np.random.default_rng(seed).normal(size=shape).astype(np.float32))

    def integers(high: int, *shape: int, seed: int = 1) -> Any:
        return library.tensor(np.random.default_rng(seed).integers(0, high, size=shape))

    names = {"torch": library, "nn": library.nn, "F": library.nn.functional, "np": np, "__name__": "program"}
    names |= {"R": normal, "I": integers, "fill": fill}
    if library is cltorch:
        program = re.sub(r"\b(from|import) torch\b", r"\1 cltorch", program)
    text = io.StringIO()
    library.manual_seed(0)
    with contextlib.redirect_stdout(text), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(program, "<program>", "exec"), names)
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
    return re.sub(r"0x[0-9a-f]+", "0x", text.getvalue().replace("cltorch", "torch"))


def assert_same(program: str, rtol: float = 2e-4, atol: float = 1e-4) -> None:
    """Run a program with both libraries and compare what it prints."""
    theirs, ours = printed(program, torch), printed(program, cltorch)
    assert theirs, "a program that prints nothing tests nothing"
    same_words = [re.sub(r"\s+", " ", NUMBER.sub("#", text)) for text in (ours, theirs)]
    assert same_words[0] == same_words[1], f"\n--- PyTorch\n{theirs}\n--- cltorch\n{ours}"
    values = [[float(number) for number in NUMBER.findall(text)] for text in (ours, theirs)]
    np.testing.assert_allclose(*values, rtol=rtol, atol=atol, err_msg=theirs)
