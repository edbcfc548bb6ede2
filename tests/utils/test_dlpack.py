"""Tensors between libraries: copies, and one memory where ``copy=False`` asks for it and the device computes in the host's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch.runtime import device
from cltorch.runtime.sharing import shares_memory

needs_host = pytest.mark.skipif(not shares_memory(device.default()), reason="the device has memory of its own")


def settle(x: Any) -> None:
    """Let what is written be there."""
    x.sum().item()


def test_copies_are_apart() -> None:
    x = cltorch.arange(6.0).reshape(2, 3)
    array = np.from_dlpack(x.T)
    array[0, 0] = 9  # writeable, as PyTorch's is
    assert array.tolist() == [[9, 3], [1, 4], [2, 5]] and x[0, 0].item() == 0
    assert torch.from_dlpack(x).tolist() == x.tolist() and cltorch.from_dlpack(torch.arange(3)).tolist() == [0, 1, 2]
    source = np.arange(3.0, dtype=np.float32)
    made = cltorch.from_dlpack(source)
    source[0] = 5
    assert made.tolist() == [0, 1, 2] and cltorch.from_dlpack(x) is x and cltorch.from_dlpack(x, copy=True) is not x
    assert cltorch.from_dlpack(cltorch.utils.dlpack.to_dlpack(x)).tolist() == x.tolist()


@needs_host
@pytest.mark.parametrize("make", [np.zeros, torch.zeros], ids=["numpy", "pytorch"])
def test_memory_of_others_is_shared(make: Any) -> None:
    source = make((3, 5))[:, 1:]
    x = cltorch.from_dlpack(source, copy=False)
    source[1, 2] = 4
    assert x.tolist() == source.tolist() and x.stride() == (5, 1)
    x += 1
    x[2] = x[1] * 2
    settle(x)
    assert x.tolist() == source.tolist() == [[1.0] * 4, [1, 1, 5, 1], [2, 2, 10, 2]]
    source[0, 0] = -1
    assert x.sum().item() == source.sum() and (x @ x.T).tolist() == (source @ source.T).tolist()


@needs_host
@pytest.mark.parametrize("size", [6, 1 << 19], ids=["small", "large"])
def test_memory_of_tensors_is_shared(size: int) -> None:
    x = cltorch.arange(size).reshape(2, -1)
    array, theirs = np.from_dlpack(x, copy=False), torch.from_dlpack(x.T, copy=False)
    array[0, 0] = 7
    assert theirs[0, 0] == 7 and x[0, 0].item() == 7 and theirs.stride() == x.T.stride()
    x[1] = 3
    settle(x)
    assert (array[1] == 3).all() and (theirs[:, 1] == 3).all()
    del x
    assert array[0, 1] == 1  # it outlives the tensor


@needs_host
def test_arrays_are_aliased() -> None:
    array = np.arange(4.0, dtype=np.float32)
    x = cltorch.asarray(array[::2], copy=False)
    array[2] = 8
    assert x.tolist() == [0, 8] and np.from_dlpack(x, copy=False).ctypes.data == array.ctypes.data
    with pytest.raises(ValueError, match="can't alias tensor with dtype 'Float' into dtype 'Int'"):
        cltorch.asarray(array, copy=False, dtype=cltorch.int32)


def test_what_cannot_be_shared() -> None:
    with pytest.raises(BufferError, match="require gradient"):
        cltorch.ones(2, requires_grad=True).__dlpack__()
    with pytest.raises(BufferError, match="cannot export to the device"):
        cltorch.ones(2).__dlpack__(dl_device=(2, 0))
    with pytest.raises(ValueError, match="can't alias arbitrary sequence into a tensor"):
        cltorch.asarray([1, 2], copy=False)
    with pytest.raises(BufferError):
        cltorch.from_dlpack(np.broadcast_to(np.ones(1), 4), copy=False)
    assert cltorch.from_dlpack(np.empty((0, 3), np.float32)).shape == (0, 3)
