"""PyTorch's own module database run with cltorch: constructor arguments, states, forward and gradients, beside PyTorch.

Usage: ``python -m tools.module_db [--dtype float32] [--only WORDS] [--verbose]``. Every entry's sample inputs are run in
training and in evaluation: the module is made with the same arguments, takes PyTorch's state_dict, and must give PyTorch's
results, gradients of inputs and of parameters, representation and state_dict names. An entry passes when all samples do; each
miss is printed by name with its first reason. Modules that draw random numbers are compared in shapes.
"""

from __future__ import annotations

import argparse
import time
import traceback
import types
import warnings
from typing import Any

import numpy as np
import torch
from torch.testing._internal.common_modules import module_db

import cltorch

TOLERANCES = {"float32": (2e-4, 2e-5), "float64": (1e-7, 1e-8)}
LOOSE = {"nn.CTCLoss": 20}  # PyTorch's float32 is off by more than ours here; float64 agrees to its tolerance
RANDOM = ("nn.FractionalMaxPool2d", "nn.FractionalMaxPool3d")


def converted(value: Any) -> Any:
    """PyTorch's arguments as cltorch's: tensors, dtypes, functions and modules by their names, containers of these."""
    if isinstance(value, torch.Tensor):
        return cltorch.tensor(value.detach().numpy()).requires_grad_(value.requires_grad)
    if isinstance(value, torch.dtype):
        return getattr(cltorch, str(value).removeprefix("torch."))
    if isinstance(value, torch.nn.TransformerEncoderLayer):
        attention = value.self_attn
        return cltorch.nn.TransformerEncoderLayer(
            attention.embed_dim,
            attention.num_heads,
            value.linear1.out_features,
            value.dropout.p,
            converted(value.activation),
            value.norm1.eps,
            attention.batch_first,
            value.norm_first,
            attention.in_proj_bias is not None,
        )
    if isinstance(value, torch.nn.Module):
        raise NotImplementedError(f"a module as an argument: {type(value).__name__}")
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType)):
        found = getattr(cltorch.nn.functional, value.__name__, None) or getattr(cltorch, value.__name__, None)
        return value if found is None else found
    if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        return type(value)(converted(one) for one in value)
    if isinstance(value, dict):
        return {key: converted(one) for key, one in value.items()}
    return value


def leaves(value: Any) -> Any:
    """PyTorch's arguments with tensors of their own, so that all that ask for a gradient get one."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        return type(value)(leaves(one) for one in value)
    return {key: leaves(one) for key, one in value.items()} if isinstance(value, dict) else value


def tensors(value: Any, kind: type) -> list[Any]:
    """All tensors in nested containers, in order."""
    if isinstance(value, kind):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [t for one in value for t in tensors(one, kind)]
    return []


def same(what: str, ours: Any, theirs: Any, tolerance: tuple[float, float], random: bool) -> None:
    """AssertionError unless two lists of tensors agree."""
    assert len(ours) == len(theirs), f"{what}: {len(ours)} tensors for {len(theirs)}"
    for k, (one, two) in enumerate(zip(ours, theirs, strict=True)):
        assert (one is None) == (two is None), f"{what} {k}: {'None' if one is None else 'a tensor'}"
        if one is None:
            continue
        assert tuple(one.shape) == tuple(two.shape), f"{what} {k}: shape {tuple(one.shape)} for {tuple(two.shape)}"
        assert str(one.dtype) == str(two.dtype), f"{what} {k}: {one.dtype} for {two.dtype}"
        if not random:
            expected = two.detach().numpy()
            largest = float(np.abs(expected[np.isfinite(expected)]).max(initial=1.0))
            np.testing.assert_allclose(
                one.detach().numpy(),
                expected,
                rtol=tolerance[0],
                atol=tolerance[1] * largest,
                err_msg=f"{what} {k}",
                verbose=False,
            )


def run(module: Any, args: Any, kwargs: Any, kind: type) -> tuple[list[Any], list[Any], list[Any]]:
    """Results, and the gradients of inputs and parameters for the sum of all results' squares."""
    results = tensors(module(*args, **kwargs), kind)
    loss = sum((t * t).sum() for t in results if t.requires_grad)
    inputs = [t for t in tensors([args, kwargs], kind) if t.requires_grad]
    if not isinstance(loss, int):
        loss.backward()
    return results, [t.grad for t in inputs], [p.grad for p in module.parameters()]


def check(info: Any, sample: Any, training: bool, dtype: str) -> None:
    """AssertionError (or whatever cltorch raises) unless cltorch does with a sample what PyTorch does."""
    args, kwargs = sample.constructor_input.args, sample.constructor_input.kwargs
    theirs = info.module_cls(*args, **kwargs).to(getattr(torch, dtype)).train(training)
    name = info.module_cls.__name__
    ours = getattr(cltorch.nn, name)(*converted(args), **converted(kwargs)).to(getattr(cltorch, dtype)).train(training)
    if sample.forward_input is None:
        return
    given = types.SimpleNamespace(args=leaves(sample.forward_input.args), kwargs=leaves(sample.forward_input.kwargs))
    mine = converted(given.args), converted(given.kwargs)
    if info.is_lazy:
        theirs(*given.args, **given.kwargs)
        ours(*mine[0], **mine[1])
    own, state = ours.state_dict(), theirs.state_dict()
    assert list(own) == list(state), f"state {list(own)} for {list(state)}"
    assert [tuple(t.shape) for t in own.values()] == [tuple(t.shape) for t in state.values()], "shapes of the state"
    ours.load_state_dict({key: cltorch.tensor(t.numpy()) for key, t in state.items()})
    assert repr(ours) == repr(theirs), f"repr {ours!r} for {theirs!r}"
    random = info.name in RANDOM
    found, wanted = run(ours, *mine, cltorch.Tensor), run(theirs, given.args, given.kwargs, torch.Tensor)
    tolerance = tuple(limit * LOOSE.get(info.name, 1) for limit in TOLERANCES[dtype])
    for what, a, b in zip(("result", "gradient of input", "gradient of parameter"), found, wanted, strict=True):
        same(what, a, b, tolerance, random)
    same("state", list(ours.state_dict().values()), list(theirs.state_dict().values()), TOLERANCES[dtype], random)


def measure(info: Any, dtype: str, verbose: bool) -> str:
    """Empty when an entry passes, else the first reason why not."""
    for training in (True, False):
        samples = info.module_inputs_func(
            info, device="cpu", dtype=getattr(torch, dtype), requires_grad=True, training=training
        )
        for k, sample in enumerate(samples):
            try:
                check(info, sample, training, dtype)
            except Exception as error:
                if verbose:
                    traceback.print_exc()
                words = " ".join(str(error).split())[:150]
                given = " ".join(str(sample.constructor_input).split())[:120]
                return f"{'train' if training else 'eval'} sample {k}: {type(error).__name__}: {words} [{given}]"
    return ""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dtype", default="float32", choices=list(TOLERANCES))
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    entries = [e for e in module_db if not options.only or any(e.name == f"nn.{word}" for word in options.only)]
    misses = 0
    for info in entries:
        torch.manual_seed(0)
        start = time.perf_counter()
        reason = measure(info, options.dtype, options.verbose)
        misses += bool(reason)
        if reason or options.verbose:
            print(
                f"{'MISS' if reason else 'pass'} {info.name} ({time.perf_counter() - start:.1f} s) {reason}", flush=True
            )
    print(f"{len(entries) - misses} of {len(entries)} entries pass")


if __name__ == "__main__":
    main()
