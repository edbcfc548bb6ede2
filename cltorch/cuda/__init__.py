"""``torch.cuda`` for programs that ask it. There is no CUDA here: by itself it answers as in a CPU build of PyTorch, and
``"cuda" if cltorch.cuda.is_available() else "cpu"`` gives ``"cpu"``.

Where programs of PyTorch run unchanged (`cltorch run`, unless ``--strict-device``) "cuda" means the chosen OpenCL device: it is
available then, one device, and everything is answered about it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, TypeVar

from .. import opencl
from ..errors import OutOfMemoryError as OutOfMemoryError
from ..opencl import DeviceProperties as _CudaDeviceProperties
from ..tensor.device_names import served
from ..tensor.random import default_generator, get_rng_state, initial_seed, set_rng_state
from ..tensor.random import manual_seed as _manual_seed
from ..tensor.random import seed as _seed
from ..tensor.tensor_types import (
    BFloat16Tensor,
    BoolTensor,
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    HalfTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
)
from . import amp, nccl, profiler

F = TypeVar("F", bound=Callable[..., Any])

synchronize = opencl.synchronize
default_generators = (default_generator,)
has_half = has_magma = False
AcceleratorError = RuntimeError


def is_available() -> bool:
    """Whether "cuda" means an OpenCL device that is there; False outside of programs that `cltorch run` runs."""
    return "cuda" in served() and opencl.is_available()


def device_count() -> int:
    """1 where "cuda" means the chosen OpenCL device, else 0."""
    return int(is_available())


def is_initialized() -> bool:
    """Whether the device that "cuda" means is opened."""
    return is_available() and opencl.is_initialized()


def _need() -> None:
    if not is_available():
        raise AssertionError(
            "Torch not compiled with CUDA enabled: cltorch reaches devices through OpenCL (cltorch.opencl)"
        )


def init() -> None:
    """Open the device that "cuda" means. AssertionError if there is none."""
    _need()
    opencl.init()


_lazy_init = init


def _lazy_call(callable: Callable[[], Any], **kwargs: Any) -> None:
    """Call something that needs the device: it is opened when it is used, so nothing waits."""
    callable()


_initialized = True  # nothing waits for it


def _about_device(answer: F, nothing: Any = _need) -> F:
    """A function of `opencl` that answers about what "cuda" means; without that it gives ``nothing``, or raises."""

    def function(*args: Any, **kwargs: Any) -> Any:
        if not is_available():
            return _need() if nothing is _need else nothing
        return answer(*args, **kwargs)

    function.__name__ = function.__qualname__ = answer.__name__
    function.__doc__ = answer.__doc__
    return function  # type: ignore[return-value]


current_device = _about_device(opencl.current_device)
set_device = _about_device(opencl.set_device)
get_device_name = _about_device(opencl.get_device_name)
get_device_properties = _about_device(opencl.get_device_properties)
empty_cache = _about_device(opencl.empty_cache, None)
memory_allocated = _about_device(opencl.memory_allocated, 0)
max_memory_allocated = _about_device(opencl.max_memory_allocated, 0)
memory_reserved = _about_device(opencl.memory_reserved, 0)
max_memory_reserved = _about_device(opencl.max_memory_reserved, 0)
reset_peak_memory_stats = _about_device(opencl.reset_peak_memory_stats, None)
memory_stats = _about_device(opencl.memory_stats, {})
memory_summary = _about_device(opencl.memory_summary, "")
mem_get_info = _about_device(opencl.mem_get_info)
memory_cached, max_memory_cached = memory_reserved, max_memory_reserved
reset_max_memory_allocated = reset_max_memory_cached = reset_peak_memory_stats
reset_accumulated_memory_stats = reset_peak_memory_stats


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """The version of OpenCL that the device speaks, as (major, minor): below what programs ask of CUDA for its own kernels."""
    _need()
    return opencl.get_device_capability(device)


class Event(opencl.Event):
    """A moment in what the device does. See `opencl.Event` and torch.cuda.Event."""


class Stream(opencl.Stream):
    """The queue of the device that "cuda" means. See `opencl.Stream` and torch.cuda.Stream."""

    def record_event(self, event: opencl.Event | None = None) -> opencl.Event:
        """Record an event (a new one if None) on this stream."""
        return super().record_event(Event() if event is None else event)

    def __repr__(self) -> str:
        return f"<torch.cuda.Stream device={self.device}>"


ExternalStream = Stream


def current_stream(device: Any = None) -> Stream:
    """The stream of the device that "cuda" means. AssertionError if there is none."""
    _need()
    return Stream(device)


default_stream = current_stream


class device(opencl.device):
    """A context manager within which a device is the current one; without CUDA it changes nothing."""

    def __init__(self, device: Any) -> None:
        super().__init__(device if is_available() else None)


class device_of(device):
    """A context manager within which the device of a tensor is the current one."""

    def __init__(self, obj: Any) -> None:
        super().__init__(obj.device)


class StreamContext(opencl.device):
    """A context manager within which the device of a stream is the current one; None changes nothing."""

    def __init__(self, stream: Stream | None) -> None:
        super().__init__(None if stream is None else stream.device)
        self.stream = stream


def stream(stream: Stream | None) -> StreamContext:
    """A context manager within which the device of a stream is the current one; None changes nothing."""
    return StreamContext(stream)


def set_stream(stream: Stream) -> None:
    """Make a stream's device the current one."""
    opencl.set_device(stream.device)


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether bfloat16 can be used: stored it is on every device, computed in float32 (which PyTorch calls emulation)."""
    return is_available() and including_emulation


def is_tf32_supported() -> bool:
    """False: products of float32 are exact."""
    return False


def is_current_stream_capturing() -> bool:
    """False: the runtime replays plans by itself."""
    return False


def can_device_access_peer(device: Any, peer_device: Any) -> bool:
    """False: there is one device."""
    return False


def get_arch_list() -> list[str]:
    """No architecture: kernels are compiled from source at run time."""
    return []


def get_gencode_flags() -> str:
    """No flag: kernels are compiled from source at run time."""
    return ""


def get_sync_debug_mode() -> int:
    """0."""
    return 0


def set_sync_debug_mode(debug_mode: Any) -> None:
    """Keep nothing: waiting for the device is not reported."""


def utilization(device: Any = None) -> int:
    """RuntimeError: OpenCL does not tell."""
    raise RuntimeError("cuda.utilization(): OpenCL does not tell how busy a device is")


def set_per_process_memory_fraction(fraction: float, device: Any = None) -> None:
    """RuntimeError: the allocator has no such bound."""
    raise RuntimeError("cuda.set_per_process_memory_fraction(): cltorch's allocator has no such bound")


def ipc_collect() -> None:
    """Nothing is shared with other processes."""


def manual_seed(seed: int) -> None:
    """Seed the random numbers of every device: they come from one counter here."""
    _manual_seed(seed)


manual_seed_all = manual_seed


def seed() -> None:
    """Seed the random numbers anew."""
    _seed()


seed_all = seed


def get_rng_state_all() -> list[Any]:
    """The state of the random numbers, for each device."""
    return [get_rng_state() for _ in range(device_count())]


def set_rng_state_all(new_states: Any) -> None:
    """Go on from states that `get_rng_state_all` gave."""
    for state in new_states:
        set_rng_state(state)


class CUDAGraph:
    """RuntimeError: the runtime replays plans by itself."""

    def __init__(self, keep_graph: bool = False) -> None:
        raise RuntimeError("CUDAGraph: cltorch replays what programs repeat by itself; there is nothing to capture")


@contextlib.contextmanager
def graph(cuda_graph: Any, *args: Any, **kwargs: Any) -> Iterator[None]:
    """RuntimeError: the runtime replays plans by itself."""
    raise RuntimeError("cuda.graph: cltorch replays what programs repeat by itself; there is nothing to capture")
    yield


def make_graphed_callables(callables: Any, *args: Any, **kwargs: Any) -> Any:
    """The callables themselves: the runtime replays what they record."""
    return callables


def cudart() -> SimpleNamespace:
    """What there is of CUDA's runtime library: marks for NVIDIA's profiler, which sees nothing of OpenCL, and memory.

    AssertionError where "cuda" means nothing.
    """
    _need()
    return SimpleNamespace(cudaProfilerStart=lambda: 0, cudaProfilerStop=lambda: 0, cudaMemGetInfo=mem_get_info)


class nvtx:
    """Marks for NVIDIA's profiler, which sees nothing of OpenCL: they are taken and shown nowhere."""

    @staticmethod
    def range_push(msg: str) -> int:
        """A range begins."""
        return 0

    @staticmethod
    def range_pop() -> int:
        """A range ends."""
        return 0

    @staticmethod
    def range_start(msg: str) -> int:
        """A range begins that another thread may end."""
        return 0

    @staticmethod
    def range_end(range_id: int) -> None:
        """A range ends."""

    @staticmethod
    def mark(msg: str) -> None:
        """A moment."""

    @staticmethod
    @contextlib.contextmanager
    def range(msg: str, *args: Any, **kwargs: Any) -> Iterator[None]:
        """A range around a block."""
        yield
