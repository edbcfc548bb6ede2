"""Tensors to several devices and back. See torch.nn.parallel.comm."""

from __future__ import annotations

from typing import Any

from ...tensor.joining import cat
from ...tensor.tensor import Tensor

__all__ = ["broadcast", "broadcast_coalesced", "gather", "reduce_add", "reduce_add_coalesced", "scatter"]


def broadcast(tensor: Tensor, devices: Any = None, *, out: Any = None) -> tuple[Tensor, ...]:
    """Copies of a tensor on ``devices``, or in the tensors ``out``. RuntimeError unless one of both is given."""
    if (devices is None) == (out is None):
        raise RuntimeError(
            f"Exactly one of 'devices' and 'out' must be specified, but got devices={devices} and out={out}"
        )
    if devices is not None:
        return tuple(tensor.to(device) for device in devices)
    for one in out:
        one.copy_(tensor)
    return tuple(out)


def broadcast_coalesced(tensors: Any, devices: Any, buffer_size: int = 10485760) -> list[list[Tensor]]:
    """For each device copies of all tensors; ``buffer_size`` is accepted."""
    return [[tensor.to(device) for tensor in tensors] for device in devices]


def reduce_add(inputs: Any, destination: Any = None) -> Tensor:
    """The sum of tensors of one shape, on the device ``destination`` (that of the first, if None). ValueError for other shapes."""
    first, *others = inputs
    for i, one in enumerate(others, 1):
        if one.shape != first.shape:
            got, expected = ("x".join(map(str, t.shape)) for t in (one, first))
            raise ValueError(f"input {i} has invalid size: got {got}, but expected {expected}")
    total = first if destination is None else first.to(destination)
    for one in others:
        total = total + one.to(total.device)
    return total


def reduce_add_coalesced(inputs: Any, destination: Any = None, buffer_size: int = 10485760) -> tuple[Tensor, ...]:
    """The sums of the first tensors of all devices, of the second, and so on; ``buffer_size`` is accepted."""
    return tuple(reduce_add(tensors, destination) for tensors in zip(*inputs, strict=True))


def scatter(
    tensor: Tensor, devices: Any = None, chunk_sizes: Any = None, dim: int = 0, streams: Any = None, *, out: Any = None
) -> tuple[Tensor, ...]:
    """Parts of a tensor along ``dim``, of ``chunk_sizes`` or of equal sizes, on ``devices``, or in the tensors ``out``."""
    if out is None:
        parts = tensor.chunk(len(devices), dim) if chunk_sizes is None else tensor.split(list(chunk_sizes), dim)
        return tuple(part.to(device) for part, device in zip(parts, devices))
    for name, given in (("devices", devices), ("chunk_sizes", chunk_sizes)):
        if given is not None:
            raise RuntimeError(f"'{name}' must not be specified when 'out' is specified, but got {name}={given}")
    for one, part in zip(out, tensor.split([one.shape[dim] for one in out], dim), strict=True):
        one.copy_(part)
    return tuple(out)


def gather(tensors: Any, dim: int = 0, destination: Any = None, *, out: Tensor | None = None) -> Tensor:
    """Tensors joined along ``dim``, on the device ``destination`` (that of the first, if None), or in ``out``."""
    if out is not None and destination is not None:
        raise RuntimeError(
            f"'destination' must not be specified when 'out' is specified, but got destination={destination}"
        )
    tensors = list(tensors)
    device = (tensors[0] if out is None else out).device if destination is None else destination
    made = cat([one.to(device) for one in tensors], dim)
    return made if out is None else out.copy_(made)
