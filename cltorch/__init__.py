"""cltorch: PyTorch's way of working on any OpenCL device."""

from __future__ import annotations

from math import e, inf, nan, pi

from . import (
    accelerator,
    amp,
    ao,
    array_api,
    autograd,
    backends,
    compiler,
    cpu,
    cuda,
    data,
    distributed,
    distributions,
    dtypes,
    fft,
    func,
    futures,
    fx,
    hub,
    jit,
    library,
    linalg,
    masked,
    mps,
    multiprocessing,
    nn,
    onnx,
    opencl,
    optim,
    overrides,
    profiler,
    random,
    return_types,
    signal,
    sparse,
    special,
    testing,
    types,
    utils,
    version,
    xpu,
)
from .amp import GradScaler, autocast
from .amp.state import (
    autocast_decrement_nesting,
    autocast_increment_nesting,
    clear_autocast_cache,
    get_autocast_cpu_dtype,
    get_autocast_dtype,
    get_autocast_gpu_dtype,
    is_autocast_cache_enabled,
    is_autocast_cpu_enabled,
    is_autocast_enabled,
    set_autocast_cache_enabled,
    set_autocast_cpu_dtype,
    set_autocast_cpu_enabled,
    set_autocast_dtype,
    set_autocast_enabled,
    set_autocast_gpu_dtype,
)
from .ao.dtypes import qint8, qint32, quint8
from .autograd.modes import (
    enable_grad,
    inference_mode,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .backends import (
    are_deterministic_algorithms_enabled,
    get_deterministic_debug_mode,
    get_float32_matmul_precision,
    is_deterministic_algorithms_warn_only_enabled,
    set_deterministic_debug_mode,
    set_float32_matmul_precision,
    use_deterministic_algorithms,
)
from .checks import (
    SymBool,
    SymFloat,
    SymInt,
    _assert,
    _assert_async,
    _check,
    _check_index,
    _check_is_size,
    _check_not_implemented,
    _check_tensor_all,
    _check_tensor_all_with,
    _check_type,
    _check_value,
    _check_with,
    compiled_with_cxx11_abi,
    get_device_module,
    get_num_interop_threads,
    get_num_threads,
    is_vulkan_available,
    is_warn_always_enabled,
    set_flush_denormal,
    set_num_interop_threads,
    set_num_threads,
    set_warn_always,
    sym_float,
    sym_int,
    sym_ite,
    sym_max,
    sym_min,
    sym_not,
    sym_sqrt,
    sym_sum,
)
from .compiler import compile
from .dropin.summary import summary
from .dtypes import (
    bfloat16,
    bool,
    can_cast,
    cdouble,
    cfloat,
    complex64,
    complex128,
    double,
    dtype,
    finfo,
    float,
    float8_e4m3fn,
    float8_e5m2,
    float16,
    float32,
    float64,
    get_default_dtype,
    half,
    iinfo,
    int,
    int1,
    int2,
    int3,
    int4,
    int5,
    int6,
    int7,
    int8,
    int16,
    int32,
    int64,
    long,
    promote_types,
    set_default_dtype,
    short,
    uint1,
    uint2,
    uint3,
    uint4,
    uint5,
    uint6,
    uint7,
    uint8,
    uint16,
    uint32,
    uint64,
)
from .errors import AcceleratorError, DeviceNotFoundError, KernelBuildError, OutOfMemoryError
from .func.vmap import vmap
from .futures import Future
from .jit import ScriptModule
from .library import classes, ops
from .opencl import Event, Stream, synchronize
from .serialization import PyTorchFileReader, load, save
from .tensor import chapters
from .tensor.device_names import device, get_default_device, set_default_device
from .tensor.formats import (
    channels_last,
    channels_last_3d,
    contiguous_format,
    jagged,
    layout,
    memory_format,
    preserve_format,
    sparse_bsc,
    sparse_bsr,
    sparse_coo,
    sparse_csc,
    sparse_csr,
    strided,
)
from .tensor.printing import get_printoptions, set_printoptions
from .tensor.publish import publish
from .tensor.random import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from .tensor.sizes import Size
from .tensor.storage_types import (
    BFloat16Storage,
    BoolStorage,
    ByteStorage,
    CharStorage,
    ComplexDoubleStorage,
    ComplexFloatStorage,
    DoubleStorage,
    FloatStorage,
    HalfStorage,
    IntStorage,
    LongStorage,
    ShortStorage,
)
from .tensor.tensor import StorageView, Tensor
from .tensor.tensor_types import (
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
from .utils.dlpack import from_dlpack
from .version import __version__

newaxis = None
autograd.profiler = profiler.legacy
UntypedStorage = TypedStorage = StorageView
publish("torch", __name__)
del chapters, publish
