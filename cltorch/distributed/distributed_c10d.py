"""Collectives over a world of one rank: a sum over all is the tensor itself, a broadcast is what the source has.

Arguments are checked as if there were more ranks, so that a program that is wrong for many fails here too.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from ..tensor.tensor import Tensor
from .store import FileStore, HashStore, PrefixStore, Store, TCPStore, default_pg_timeout

__all__ = [
    "Backend",
    "FileStore",
    "GradBucket",
    "GroupMember",
    "HashStore",
    "P2POp",
    "PrefixStore",
    "ProcessGroup",
    "ReduceOp",
    "Store",
    "TCPStore",
    "Work",
    "all_gather",
    "all_gather_into_tensor",
    "all_gather_object",
    "all_reduce",
    "all_to_all",
    "all_to_all_single",
    "barrier",
    "batch_isend_irecv",
    "broadcast",
    "broadcast_object_list",
    "default_pg_timeout",
    "destroy_process_group",
    "gather",
    "gather_object",
    "get_backend",
    "get_default_backend_for_device",
    "get_global_rank",
    "get_group_rank",
    "get_process_group_ranks",
    "get_rank",
    "get_world_size",
    "group",
    "init_process_group",
    "irecv",
    "is_available",
    "is_backend_available",
    "is_gloo_available",
    "is_initialized",
    "is_mpi_available",
    "is_nccl_available",
    "is_torchelastic_launched",
    "is_ucc_available",
    "is_xccl_available",
    "isend",
    "monitored_barrier",
    "new_group",
    "new_subgroups",
    "new_subgroups_by_enumeration",
    "recv",
    "recv_object_list",
    "reduce",
    "reduce_scatter",
    "reduce_scatter_tensor",
    "scatter",
    "scatter_object_list",
    "send",
    "send_object_list",
    "supports_complex",
]

default_pg_nccl_timeout = timedelta(minutes=10)


class ReduceOp:
    """How a reduction joins the tensors of all ranks. See torch.distributed.ReduceOp."""

    SUM, AVG, PRODUCT, MIN, MAX, BAND, BOR, BXOR, PREMUL_SUM = (
        "SUM AVG PRODUCT MIN MAX BAND BOR BXOR PREMUL_SUM".split()
    )
    RedOpType = str


reduce_op = ReduceOp


class Backend(str):
    """The name of a backend. See torch.distributed.Backend."""

    UNDEFINED, GLOO, NCCL, UCC, MPI, XCCL, FAKE = "undefined", "gloo", "nccl", "ucc", "mpi", "xccl", "fake"
    backend_list = (UNDEFINED, GLOO, NCCL, UCC, MPI, XCCL, FAKE)
    default_device_backend_map: dict[str, str] = {"cpu": GLOO, "cuda": NCCL, "xpu": XCCL, "mps": GLOO}  # noqa: RUF012

    def __new__(cls, name: str) -> Backend:
        return super().__new__(cls, name.lower())


BackendConfig = Backend


class Work:
    """A collective that is under way: done at once, as there is nobody to wait for."""

    def __init__(self, result: Any = None) -> None:
        self._result = result

    def wait(self, timeout: Any = None) -> bool:
        """True: it is done."""
        return True

    def is_completed(self) -> bool:
        """True."""
        return True

    is_success = is_completed

    def result(self) -> Any:
        """What it gave."""
        return self._result

    def get_future(self) -> Any:
        """A future that is done."""
        from ..futures import Future

        made: Future[Any] = Future()
        made.set_result(self._result)
        return made


class GradBucket:
    """Gradients that a hook of `DistributedDataParallel` sees together: those of one parameter here. See torch.distributed.GradBucket."""

    def __init__(self, index: int, parameter: Any, last: bool) -> None:
        self._index, self._parameter, self._last = index, parameter, last
        self._buffer = parameter.grad.reshape(-1)

    def index(self) -> int:
        """Which of the step's buckets it is."""
        return self._index

    def is_last(self) -> bool:
        """Whether it is the last one."""
        return self._last

    def buffer(self) -> Tensor:
        """All gradients in one row."""
        return self._buffer

    def set_buffer(self, tensor: Tensor) -> None:
        """Let others be there."""
        self._buffer = tensor

    def gradients(self) -> list[Tensor]:
        """The gradients in their shapes."""
        return [self._buffer.view(self._parameter.shape)]

    def parameters(self) -> list[Any]:
        """The parameters."""
        return [self._parameter]


class ProcessGroup:
    """A group of ranks, which is this one. See torch.distributed.ProcessGroup."""

    def __init__(self, backend: str = "gloo", ranks: Sequence[int] = (0,), name: str = "") -> None:
        self.backend, self.ranks, self.group_name = Backend(backend), tuple(ranks), name

    def rank(self) -> int:
        """This process's rank in it."""
        return 0

    def size(self) -> int:
        """How many ranks it has."""
        return len(self.ranks)

    def name(self) -> str:
        """Its backend."""
        return self.backend


class _World:
    """The group of all ranks, once it is made."""

    everybody: ProcessGroup | None = None
    store: Store | None = None


class GroupMember:
    """Groups by word."""

    WORLD: ProcessGroup | None = None
    NON_GROUP_MEMBER = -100


class group:
    """Groups by word."""

    WORLD: ProcessGroup | None = None


def is_available() -> bool:
    """True: a world of one rank."""
    return True


def is_initialized() -> bool:
    """Whether `init_process_group` was called."""
    return _World.everybody is not None


def is_backend_available(backend: str) -> bool:
    """Whether a backend can be named: any can, as one rank needs none."""
    return backend.lower() in Backend.backend_list


def is_gloo_available() -> bool:
    """True: it can be named, and one rank needs no more."""
    return True


def is_nccl_available() -> bool:
    """False: there is no CUDA."""
    return False


is_mpi_available = is_ucc_available = is_xccl_available = is_nccl_available


def is_torchelastic_launched() -> bool:
    """Whether a launcher has started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def supports_complex(reduceOp: Any) -> bool:
    """Whether a reduction is defined for complex numbers."""
    return reduceOp not in (ReduceOp.MAX, ReduceOp.MIN, ReduceOp.PRODUCT, ReduceOp.BAND, ReduceOp.BOR, ReduceOp.BXOR)


def init_process_group(
    backend: str | None = None,
    init_method: str | None = None,
    timeout: timedelta | None = None,
    world_size: int = -1,
    rank: int = -1,
    store: Store | None = None,
    group_name: str = "",
    pg_options: Any = None,
    device_id: Any = None,
) -> None:
    """Begin a world of one rank. RuntimeError if more ranks are asked for (also by ``WORLD_SIZE``), ValueError if it has begun."""
    if is_initialized():
        raise ValueError("trying to initialize the default process group twice!")
    size = world_size if world_size > 0 else int(os.environ.get("WORLD_SIZE", "1"))
    if size != 1:
        raise RuntimeError(f"init_process_group(): cltorch has worlds of one rank only so far, {size} are asked for")
    _World.everybody = ProcessGroup(backend or "gloo", name=group_name)
    _World.store = store or Store()
    GroupMember.WORLD = group.WORLD = _World.everybody


def destroy_process_group(group: Any = None) -> None:
    """End the world, or a group."""
    if group is None or group is _World.everybody:
        _World.everybody = _World.store = None
        GroupMember.WORLD = globals()["group"].WORLD = None


def _get_default_group() -> ProcessGroup:
    """The group of all ranks; ValueError before `init_process_group`."""
    if _World.everybody is None:
        raise ValueError("Default process group has not been initialized, please make sure to call init_process_group.")
    return _World.everybody


def _get_default_store() -> Store:
    """The store of all ranks."""
    _get_default_group()
    return _World.store or Store()


def _of(group: Any) -> ProcessGroup:
    everybody = _get_default_group()
    return everybody if group is None else group


def _only(rank: Any, name: str) -> None:
    """ValueError for a rank that is not there."""
    if rank not in (0, None):
        raise ValueError(f"{name}(): rank {rank} is not there: the world has one rank, 0")


def _work(async_op: bool, result: Any = None) -> Work | None:
    return Work(result) if async_op else None


def get_rank(group: Any = None) -> int:
    """0; ValueError before `init_process_group`."""
    return _of(group).rank()


def get_world_size(group: Any = None) -> int:
    """1; ValueError before `init_process_group`."""
    return _of(group).size()


def get_backend(group: Any = None) -> Backend:
    """The backend that was named."""
    return _of(group).backend


get_default_backend_for_device: Callable[[Any], str] = lambda device: Backend.GLOO  # noqa: E731


def get_global_rank(group: ProcessGroup, group_rank: int) -> int:
    """The rank in the world of a rank in a group."""
    return group.ranks[group_rank]


def _get_global_rank(group: ProcessGroup, rank: int) -> int:
    """`get_global_rank` by its older name."""
    return get_global_rank(group, rank)


def get_group_rank(group: ProcessGroup, global_rank: int) -> int:
    """The rank in a group of a rank in the world."""
    return group.ranks.index(global_rank)


def get_process_group_ranks(group: ProcessGroup | None) -> list[int]:
    """The ranks of a group."""
    return list(_of(group).ranks)


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """0."""
    return 0


def new_group(ranks: Sequence[int] | None = None, *args: Any, **kwargs: Any) -> Any:
    """A group of ranks; of those that are not there ValueError."""
    everybody = _get_default_group()
    for rank in ranks or ():
        _only(rank, "new_group")
    return ProcessGroup(kwargs.get("backend") or everybody.backend, ranks=(0,))


def new_subgroups(group_size: int | None = None, *args: Any, **kwargs: Any) -> tuple[Any, list[Any]]:
    """Groups of equal size: one, of one rank."""
    if group_size not in (None, 1):
        raise ValueError(f"group_size ({group_size}) cannot be greater than the world size (1)")
    made = new_group()
    return made, [made]


def new_subgroups_by_enumeration(
    ranks_per_subgroup_list: Sequence[Sequence[int]], *args: Any, **kwargs: Any
) -> tuple[Any, list[Any]]:
    """Groups of the ranks of each list: there is one rank."""
    if not ranks_per_subgroup_list:
        raise ValueError("The arg 'ranks_per_subgroup_list' cannot be empty")
    made = [new_group(ranks) for ranks in ranks_per_subgroup_list]
    return made[0], made


# --- collectives --------------------------------------------------------------------------------------------------------


def _check(tensor: Any, name: str) -> None:
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"Invalid function argument. Expected parameter `{name}` of type torch.Tensor\n             but got {type(tensor)} instead."
        )


def all_reduce(tensor: Tensor, op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False) -> Work | None:
    """Join the tensors of all ranks in place: of one rank, its own."""
    _check(tensor, "tensor")
    _of(group)
    return _work(async_op, [tensor])


def broadcast(
    tensor: Tensor, src: int | None = None, group: Any = None, async_op: bool = False, group_src: int | None = None
) -> Work | None:
    """Give the tensor of ``src`` to all ranks."""
    _check(tensor, "tensor")
    _of(group)
    _only(src, "broadcast")
    return _work(async_op, [tensor])


def reduce(
    tensor: Tensor,
    dst: int | None = None,
    op: Any = ReduceOp.SUM,
    group: Any = None,
    async_op: bool = False,
    **kwargs: Any,
) -> Work | None:
    """Join the tensors of all ranks at ``dst``."""
    _only(dst, "reduce")
    return all_reduce(tensor, op, group, async_op)


def all_gather(tensor_list: list[Tensor], tensor: Tensor, group: Any = None, async_op: bool = False) -> Work | None:
    """Put the tensors of all ranks into a list of so many tensors."""
    _check(tensor, "tensor")
    _fill(tensor_list, tensor, _of(group))
    return _work(async_op, tensor_list)


def _fill(targets: list[Tensor], source: Tensor, members: ProcessGroup) -> None:
    if len(targets) != members.size():
        raise ValueError(f"the list must have {members.size()} tensors, one for each rank, not {len(targets)}")
    targets[0].copy_(source)


def all_gather_into_tensor(
    output_tensor: Tensor, input_tensor: Tensor, group: Any = None, async_op: bool = False
) -> Work | None:
    """Put the tensors of all ranks side by side into one."""
    _of(group)
    output_tensor.copy_(input_tensor.reshape(output_tensor.shape))
    return _work(async_op, output_tensor)


_all_gather_base = all_gather_into_tensor


def reduce_scatter_tensor(
    output: Tensor, input: Tensor, op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False
) -> Work | None:
    """Join the tensors of all ranks, and give each rank its part."""
    return all_gather_into_tensor(output, input, group, async_op)


_reduce_scatter_base = reduce_scatter_tensor


def reduce_scatter(
    output: Tensor, input_list: list[Tensor], op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False
) -> Work | None:
    """Join lists of tensors of all ranks, and give each rank its part."""
    _fill([output], input_list[0], _of(group))
    return _work(async_op, output)


def gather(
    tensor: Tensor,
    gather_list: list[Tensor] | None = None,
    dst: int | None = None,
    group: Any = None,
    async_op: bool = False,
    **kwargs: Any,
) -> Work | None:
    """Put the tensors of all ranks into a list at ``dst``."""
    _only(dst, "gather")
    if not gather_list:
        raise ValueError("Argument ``gather_list`` must be specified on destination rank.")
    return all_gather(gather_list, tensor, group, async_op)


def scatter(
    tensor: Tensor,
    scatter_list: list[Tensor] | None = None,
    src: int | None = None,
    group: Any = None,
    async_op: bool = False,
    **kwargs: Any,
) -> Work | None:
    """Give each rank one tensor of a list at ``src``."""
    _only(src, "scatter")
    if not scatter_list:
        raise ValueError("Argument ``scatter_list`` must be specified on source rank.")
    _fill([tensor], scatter_list[0], _of(group))
    return _work(async_op, [tensor])


def all_to_all(
    output_tensor_list: list[Tensor], input_tensor_list: list[Tensor], group: Any = None, async_op: bool = False
) -> Work | None:
    """Give each rank one tensor of each rank's list."""
    _fill(output_tensor_list, input_tensor_list[0], _of(group))
    return _work(async_op, output_tensor_list)


def all_to_all_single(
    output: Tensor,
    input: Tensor,
    output_split_sizes: Any = None,
    input_split_sizes: Any = None,
    group: Any = None,
    async_op: bool = False,
) -> Work | None:
    """Give each rank a part of each rank's tensor."""
    return all_gather_into_tensor(output, input, group, async_op)


def all_gather_object(object_list: list[Any], obj: Any, group: Any = None) -> None:
    """Put the objects of all ranks into a list; as between processes each is a copy."""
    _of(group)
    object_list[0] = pickle.loads(pickle.dumps(obj))


def gather_object(
    obj: Any, object_gather_list: list[Any] | None = None, dst: int | None = None, group: Any = None, **kwargs: Any
) -> None:
    """Put the objects of all ranks into a list at ``dst``."""
    _only(dst, "gather_object")
    if object_gather_list is None:
        raise ValueError("Argument ``gather_list`` must be specified on destination rank.")
    all_gather_object(object_gather_list, obj, group)


def broadcast_object_list(
    object_list: list[Any], src: int | None = None, group: Any = None, device: Any = None, **kwargs: Any
) -> None:
    """Give the objects of ``src`` to all ranks."""
    _of(group)
    _only(src, "broadcast_object_list")


def scatter_object_list(
    output: list[Any], input: list[Any] | None = None, src: int | None = None, group: Any = None, **kwargs: Any
) -> None:
    """Give each rank one object of a list at ``src``."""
    _of(group)
    _only(src, "scatter_object_list")
    output[0] = (input or [None])[0]


def barrier(group: Any = None, async_op: bool = False, device_ids: Any = None) -> Work | None:
    """Wait for all ranks."""
    _of(group)
    return _work(async_op)


def monitored_barrier(group: Any = None, timeout: Any = None, wait_all_ranks: bool = False) -> None:
    """Wait for all ranks."""
    _of(group)


def send(tensor: Tensor, dst: int | None = None, group: Any = None, tag: int = 0, **kwargs: Any) -> None:
    """ValueError: there is no other rank to send to."""
    raise ValueError("send(): there is no other rank: the world has one")


def recv(tensor: Tensor, src: int | None = None, group: Any = None, tag: int = 0, **kwargs: Any) -> int:
    """ValueError: there is no other rank to receive from."""
    raise ValueError("recv(): there is no other rank: the world has one")


isend, irecv = send, recv


def send_object_list(object_list: list[Any], dst: int | None = None, group: Any = None, **kwargs: Any) -> None:
    """ValueError: there is no other rank to send to."""
    raise ValueError("send_object_list(): there is no other rank: the world has one")


def recv_object_list(object_list: list[Any], src: int | None = None, group: Any = None, **kwargs: Any) -> int:
    """ValueError: there is no other rank to receive from."""
    raise ValueError("recv_object_list(): there is no other rank: the world has one")


class P2POp:
    """A message to another rank or from one, for `batch_isend_irecv`. ValueError for another function than `isend` and `irecv`."""

    def __init__(
        self, op: Any, tensor: Tensor, peer: int | None = None, group: Any = None, tag: int = 0, **kwargs: Any
    ) -> None:
        if op not in (isend, irecv):
            raise ValueError("Invalid ``op``. Expected ``op`` to be of type ``torch.distributed.isend`` or ``irecv``")
        self.op, self.tensor, self.peer, self.group, self.tag = op, tensor, peer, group, tag


def batch_isend_irecv(p2p_op_list: list[P2POp]) -> list[Work]:
    """Send and receive; ValueError for an empty list, and for any other: there is no other rank."""
    raise ValueError("batch_isend_irecv(): there is no other rank: the world has one")


def _rank_not_in_group(group: Any) -> bool:
    """Whether this rank is in no group that is given."""
    return group is GroupMember.NON_GROUP_MEMBER
