"""Weights and inputs drawn by NumPy, so that both libraries compute on the same ones, and digests of what they compute."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch

KEPT = 4096  # elements of a result that are compared, spread evenly over it
KEPT_OF_GRADIENT = 64

Digest = dict[str, np.ndarray]


def random_for(name: str) -> np.random.Generator:
    """Random numbers that depend on a name only."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def normal(*shape: int, scale: float = 1.0, name: str = "input") -> torch.Tensor:
    """A tensor of normally distributed numbers."""
    return torch.from_numpy((random_for(name).standard_normal(shape) * scale).astype(np.float32))


def integers(high: int, *shape: int, low: int = 0, name: str = "input") -> torch.Tensor:
    """A tensor of integers."""
    return torch.from_numpy(random_for(name).integers(low, high, shape))


def fill(model: Any) -> Any:
    """The model, in evaluation mode, with parameters and running statistics that depend on their names only."""
    with torch.no_grad():
        for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
            if tensor.dtype not in (torch.float32, torch.float64) or not tensor.numel():
                continue
            drawn = _drawn(name, tuple(tensor.shape), isinstance(tensor, torch.nn.Parameter))
            if drawn is not None:
                tensor.copy_(torch.from_numpy(np.asarray(drawn, np.float32)))
    return model.eval()


def _drawn(name: str, shape: tuple[int, ...], is_parameter: bool) -> np.ndarray | None:
    noise = random_for(name).standard_normal(shape)
    if not is_parameter:
        if name.endswith("running_mean"):
            return 0.1 * noise
        return 1 + 0.1 * np.abs(noise) if name.endswith("running_var") else None
    if len(shape) >= 2:
        return noise / np.sqrt(np.prod(shape[1:]))
    return 1 + 0.1 * noise if name.endswith(("weight", "gamma", "scale")) else 0.1 * noise


def tensors(found: Any) -> Iterator[torch.Tensor]:
    """The tensors in what a model returned, in order."""
    if isinstance(found, torch.Tensor):
        yield found
    elif isinstance(found, Mapping):
        for value in found.values():
            yield from tensors(value)
    elif isinstance(found, Sequence) and not isinstance(found, str):
        for value in found:
            yield from tensors(value)


def _spread(tensor: torch.Tensor, kept: int) -> np.ndarray:
    flat = tensor.detach().cpu().reshape(-1)
    flat = flat.float() if flat.is_floating_point() else flat
    return flat[:: max(1, -(-flat.numel() // kept))].numpy()


def digest(found: Any) -> Digest:
    """Elements of every result, with its shape."""
    kept: Digest = {}
    for k, tensor in enumerate(tensors(found)):
        kept[f"{k} {tuple(tensor.shape)}"] = _spread(tensor, KEPT)
    return kept


def gradients(model: Any, found: Any) -> Digest:
    """Elements of the gradients of all parameters, for a sum of the results with drawn factors."""
    total: Any = 0
    for k, tensor in enumerate(tensors(found)):
        if tensor.requires_grad:
            factors = normal(*tensor.shape, name=f"factor {k}").to(tensor.dtype)
            total = total + (tensor * factors).sum()
    total.backward()
    return {
        f"d {name}": _spread(p.grad, KEPT_OF_GRADIENT) for name, p in model.named_parameters() if p.grad is not None
    }
