"""Hooks that average gradients over all ranks, as they are or in 16 bits on the way. See torch.distributed.algorithms.ddp_comm_hooks.default_hooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .... import dtypes
from ....futures import Future
from ... import distributed_c10d as c10d

__all__ = [
    "allreduce_hook",
    "bf16_compress_hook",
    "bf16_compress_wrapper",
    "fp16_compress_hook",
    "fp16_compress_wrapper",
]
Hook = Callable[[Any, c10d.GradBucket], Future[Any]]


def _averaged(process_group: Any, tensor: Any) -> Future[Any]:
    group = process_group if process_group is not None else c10d._get_default_group()
    work = c10d.all_reduce(tensor.div_(group.size()), group=group, async_op=True)
    return work.get_future().then(lambda done: tensor)  # type: ignore[no-any-return, union-attr]


def allreduce_hook(process_group: Any, bucket: c10d.GradBucket) -> Future[Any]:
    """The average over all ranks."""
    return _averaged(process_group, bucket.buffer())


def _narrow(dtype: dtypes.dtype, process_group: Any, bucket: c10d.GradBucket) -> Future[Any]:
    """The average of gradients that were rounded to ``dtype``, in their own dtype again."""
    whole = bucket.buffer()
    return _averaged(process_group, whole.to(dtype)).then(lambda done: whole.copy_(done.value()))  # type: ignore[no-any-return]


def fp16_compress_hook(process_group: Any, bucket: c10d.GradBucket) -> Future[Any]:
    """The average of gradients in float16."""
    return _narrow(dtypes.float16, process_group, bucket)


def bf16_compress_hook(process_group: Any, bucket: c10d.GradBucket) -> Future[Any]:
    """The average of gradients in bfloat16."""
    return _narrow(dtypes.bfloat16, process_group, bucket)


def _wrapper(hook: Hook, dtype: dtypes.dtype) -> Hook:
    def wrapped(state: Any, bucket: c10d.GradBucket) -> Future[Any]:
        whole = bucket.buffer()
        bucket.set_buffer(whole.to(dtype))
        return hook(state, bucket).then(lambda done: whole.copy_(done.value()))  # type: ignore[no-any-return]

    return wrapped


def fp16_compress_wrapper(hook: Hook) -> Hook:
    """A hook that sees gradients in float16."""
    return _wrapper(hook, dtypes.float16)


def bf16_compress_wrapper(hook: Hook) -> Hook:
    """A hook that sees gradients in bfloat16."""
    return _wrapper(hook, dtypes.bfloat16)
