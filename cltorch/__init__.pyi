"""Made by ``python -m tools.stubs``: what the declarations publish."""

from builtins import bool as _bool, complex as _complex, float as _float, int as _int
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from math import e as e
from math import inf as inf
from math import nan as nan
from math import pi as pi
from . import __future__ as __future__
from . import accelerator as accelerator
from . import amp as amp
from . import ao as ao
from . import array_api as array_api
from . import autograd as autograd
from . import backends as backends
from . import compiler as compiler
from . import cpu as cpu
from . import cuda as cuda
from . import data as data
from . import distributed as distributed
from . import distributions as distributions
from . import dtypes as dtypes
from . import fft as fft
from . import func as func
from . import futures as futures
from . import fx as fx
from . import hub as hub
from . import jit as jit
from . import library as library
from . import linalg as linalg
from . import masked as masked
from . import mps as mps
from . import mtia as mtia
from . import multiprocessing as multiprocessing
from . import nested as nested
from . import nn as nn
from . import onnx as onnx
from . import opencl as opencl
from . import optim as optim
from . import overrides as overrides
from . import profiler as profiler
from . import quasirandom as quasirandom
from . import random as random
from . import return_types as return_types
from . import signal as signal
from . import sparse as sparse
from . import special as special
from . import testing as testing
from . import types as types
from . import utils as utils
from . import version as version
from . import xpu as xpu
from .amp import GradScaler as GradScaler
from .amp import autocast as autocast
from .amp.state import autocast_decrement_nesting as autocast_decrement_nesting
from .amp.state import autocast_increment_nesting as autocast_increment_nesting
from .amp.state import clear_autocast_cache as clear_autocast_cache
from .amp.state import get_autocast_cpu_dtype as get_autocast_cpu_dtype
from .amp.state import get_autocast_dtype as get_autocast_dtype
from .amp.state import get_autocast_gpu_dtype as get_autocast_gpu_dtype
from .amp.state import is_autocast_cache_enabled as is_autocast_cache_enabled
from .amp.state import is_autocast_cpu_enabled as is_autocast_cpu_enabled
from .amp.state import is_autocast_enabled as is_autocast_enabled
from .amp.state import set_autocast_cache_enabled as set_autocast_cache_enabled
from .amp.state import set_autocast_cpu_dtype as set_autocast_cpu_dtype
from .amp.state import set_autocast_cpu_enabled as set_autocast_cpu_enabled
from .amp.state import set_autocast_dtype as set_autocast_dtype
from .amp.state import set_autocast_enabled as set_autocast_enabled
from .amp.state import set_autocast_gpu_dtype as set_autocast_gpu_dtype
from .autograd.modes import enable_grad as enable_grad
from .autograd.modes import inference_mode as inference_mode
from .autograd.modes import is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled
from .autograd.modes import is_anomaly_enabled as is_anomaly_enabled
from .autograd.modes import is_grad_enabled as is_grad_enabled
from .autograd.modes import is_inference_mode_enabled as is_inference_mode_enabled
from .autograd.modes import no_grad as no_grad
from .autograd.modes import set_anomaly_enabled as set_anomaly_enabled
from .autograd.modes import set_grad_enabled as set_grad_enabled
from .backends import are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled
from .backends import get_deterministic_debug_mode as get_deterministic_debug_mode
from .backends import get_float32_matmul_precision as get_float32_matmul_precision
from .backends import is_deterministic_algorithms_warn_only_enabled as is_deterministic_algorithms_warn_only_enabled
from .backends import set_deterministic_debug_mode as set_deterministic_debug_mode
from .backends import set_float32_matmul_precision as set_float32_matmul_precision
from .backends import use_deterministic_algorithms as use_deterministic_algorithms
from .checks import SymBool as SymBool
from .checks import SymFloat as SymFloat
from .checks import SymInt as SymInt
from .checks import _assert as _assert
from .checks import _assert_async as _assert_async
from .checks import _check as _check
from .checks import _check_index as _check_index
from .checks import _check_is_size as _check_is_size
from .checks import _check_not_implemented as _check_not_implemented
from .checks import _check_tensor_all as _check_tensor_all
from .checks import _check_tensor_all_with as _check_tensor_all_with
from .checks import _check_type as _check_type
from .checks import _check_value as _check_value
from .checks import _check_with as _check_with
from .checks import compiled_with_cxx11_abi as compiled_with_cxx11_abi
from .checks import cond as cond
from .checks import get_device_module as get_device_module
from .checks import get_num_interop_threads as get_num_interop_threads
from .checks import get_num_threads as get_num_threads
from .checks import is_vulkan_available as is_vulkan_available
from .checks import is_warn_always_enabled as is_warn_always_enabled
from .checks import set_flush_denormal as set_flush_denormal
from .checks import set_num_interop_threads as set_num_interop_threads
from .checks import set_num_threads as set_num_threads
from .checks import set_warn_always as set_warn_always
from .checks import sym_float as sym_float
from .checks import sym_int as sym_int
from .checks import sym_ite as sym_ite
from .checks import sym_max as sym_max
from .checks import sym_min as sym_min
from .checks import sym_not as sym_not
from .checks import sym_sqrt as sym_sqrt
from .checks import sym_sum as sym_sum
from .compiler import compile as compile
from .dropin.summary import summary as summary
from .dtypes import bfloat16 as bfloat16
from .dtypes import bits1x8 as bits1x8
from .dtypes import bits2x4 as bits2x4
from .dtypes import bits4x2 as bits4x2
from .dtypes import bits8 as bits8
from .dtypes import bits16 as bits16
from .dtypes import bool as bool
from .dtypes import can_cast as can_cast
from .dtypes import cdouble as cdouble
from .dtypes import cfloat as cfloat
from .dtypes import chalf as chalf
from .dtypes import complex32 as complex32
from .dtypes import complex64 as complex64
from .dtypes import complex128 as complex128
from .dtypes import double as double
from .dtypes import dtype as dtype
from .dtypes import finfo as finfo
from .dtypes import float as float
from .dtypes import float4_e2m1fn_x2 as float4_e2m1fn_x2
from .dtypes import float8_e4m3fn as float8_e4m3fn
from .dtypes import float8_e4m3fnuz as float8_e4m3fnuz
from .dtypes import float8_e5m2 as float8_e5m2
from .dtypes import float8_e5m2fnuz as float8_e5m2fnuz
from .dtypes import float8_e8m0fnu as float8_e8m0fnu
from .dtypes import float16 as float16
from .dtypes import float32 as float32
from .dtypes import float64 as float64
from .dtypes import get_default_dtype as get_default_dtype
from .dtypes import half as half
from .dtypes import iinfo as iinfo
from .dtypes import int as int
from .dtypes import int1 as int1
from .dtypes import int2 as int2
from .dtypes import int3 as int3
from .dtypes import int4 as int4
from .dtypes import int5 as int5
from .dtypes import int6 as int6
from .dtypes import int7 as int7
from .dtypes import int8 as int8
from .dtypes import int16 as int16
from .dtypes import int32 as int32
from .dtypes import int64 as int64
from .dtypes import long as long
from .dtypes import promote_types as promote_types
from .dtypes import set_default_dtype as set_default_dtype
from .dtypes import short as short
from .dtypes import uint1 as uint1
from .dtypes import uint2 as uint2
from .dtypes import uint3 as uint3
from .dtypes import uint4 as uint4
from .dtypes import uint5 as uint5
from .dtypes import uint6 as uint6
from .dtypes import uint7 as uint7
from .dtypes import uint8 as uint8
from .dtypes import uint16 as uint16
from .dtypes import uint32 as uint32
from .dtypes import uint64 as uint64
from .errors import AcceleratorError as AcceleratorError
from .errors import DeviceNotFoundError as DeviceNotFoundError
from .errors import KernelBuildError as KernelBuildError
from .errors import OutOfMemoryError as OutOfMemoryError
from .func.vmap import vmap as vmap
from .futures import Future as Future
from .jit import ScriptModule as ScriptModule
from .jit.types import AnyType as AnyType
from .jit.types import AwaitType as AwaitType
from .jit.types import BoolType as BoolType
from .jit.types import ClassType as ClassType
from .jit.types import ComplexType as ComplexType
from .jit.types import DeviceObjType as DeviceObjType
from .jit.types import DictType as DictType
from .jit.types import EnumType as EnumType
from .jit.types import FloatType as FloatType
from .jit.types import FutureType as FutureType
from .jit.types import InferredType as InferredType
from .jit.types import InterfaceType as InterfaceType
from .jit.types import IntType as IntType
from .jit.types import ListType as ListType
from .jit.types import NoneType as NoneType
from .jit.types import NumberType as NumberType
from .jit.types import OptionalType as OptionalType
from .jit.types import PyObjectType as PyObjectType
from .jit.types import RRefType as RRefType
from .jit.types import StreamObjType as StreamObjType
from .jit.types import StringType as StringType
from .jit.types import SymBoolType as SymBoolType
from .jit.types import SymIntType as SymIntType
from .jit.types import TensorType as TensorType
from .jit.types import TupleType as TupleType
from .jit.types import Type as Type
from .jit.types import UnionType as UnionType
from .library import classes as classes
from .library import ops as ops
from .opencl import Event as Event
from .opencl import Stream as Stream
from .opencl import synchronize as synchronize
from .serialization import PyTorchFileReader as PyTorchFileReader
from .serialization import load as load
from .serialization import save as save
from .tensor.device_names import device as device
from .tensor.device_names import get_default_device as get_default_device
from .tensor.device_names import set_default_device as set_default_device
from .tensor.formats import channels_last as channels_last
from .tensor.formats import channels_last_3d as channels_last_3d
from .tensor.formats import contiguous_format as contiguous_format
from .tensor.formats import jagged as jagged
from .tensor.formats import layout as layout
from .tensor.formats import legacy_contiguous_format as legacy_contiguous_format
from .tensor.formats import memory_format as memory_format
from .tensor.formats import preserve_format as preserve_format
from .tensor.formats import sparse_bsc as sparse_bsc
from .tensor.formats import sparse_bsr as sparse_bsr
from .tensor.formats import sparse_coo as sparse_coo
from .tensor.formats import sparse_csc as sparse_csc
from .tensor.formats import sparse_csr as sparse_csr
from .tensor.formats import strided as strided
from .tensor.printing import get_printoptions as get_printoptions
from .tensor.printing import set_printoptions as set_printoptions
from .tensor.quantized import per_channel_affine as per_channel_affine
from .tensor.quantized import per_channel_affine_float_qparams as per_channel_affine_float_qparams
from .tensor.quantized import per_channel_symmetric as per_channel_symmetric
from .tensor.quantized import per_tensor_affine as per_tensor_affine
from .tensor.quantized import per_tensor_symmetric as per_tensor_symmetric
from .tensor.quantized import qint8 as qint8
from .tensor.quantized import qint32 as qint32
from .tensor.quantized import qscheme as qscheme
from .tensor.quantized import quint8 as quint8
from .tensor.random import Generator as Generator
from .tensor.random import default_generator as default_generator
from .tensor.random import get_rng_state as get_rng_state
from .tensor.random import initial_seed as initial_seed
from .tensor.random import manual_seed as manual_seed
from .tensor.random import seed as seed
from .tensor.random import set_rng_state as set_rng_state
from .tensor.random import thread_safe_generator as thread_safe_generator
from .tensor.sizes import Size as Size
from .tensor.storage_types import BFloat16Storage as BFloat16Storage
from .tensor.storage_types import BoolStorage as BoolStorage
from .tensor.storage_types import ByteStorage as ByteStorage
from .tensor.storage_types import CharStorage as CharStorage
from .tensor.storage_types import ComplexDoubleStorage as ComplexDoubleStorage
from .tensor.storage_types import ComplexFloatStorage as ComplexFloatStorage
from .tensor.storage_types import DoubleStorage as DoubleStorage
from .tensor.storage_types import FloatStorage as FloatStorage
from .tensor.storage_types import HalfStorage as HalfStorage
from .tensor.storage_types import IntStorage as IntStorage
from .tensor.storage_types import LongStorage as LongStorage
from .tensor.storage_types import ShortStorage as ShortStorage
from .tensor.storage_types import Storage as Storage
from .tensor.storages import TypedStorage as TypedStorage
from .tensor.storages import UntypedStorage as UntypedStorage
from .tensor.tensor import Tensor as Tensor
from .tensor.tensor_types import BFloat16Tensor as BFloat16Tensor
from .tensor.tensor_types import BoolTensor as BoolTensor
from .tensor.tensor_types import ByteTensor as ByteTensor
from .tensor.tensor_types import CharTensor as CharTensor
from .tensor.tensor_types import DoubleTensor as DoubleTensor
from .tensor.tensor_types import FloatTensor as FloatTensor
from .tensor.tensor_types import HalfTensor as HalfTensor
from .tensor.tensor_types import IntTensor as IntTensor
from .tensor.tensor_types import LongTensor as LongTensor
from .tensor.tensor_types import ShortTensor as ShortTensor
from .utils.dlpack import from_dlpack as from_dlpack
from .version import __version__ as __version__
newaxis: None
_Number = _int | _float | _complex
def _chunk_cat(tensors: Any, dim: _int, num_chunks: _int, *, out: Tensor | None = None) -> Tensor: """Chunks of several tensors, padded with zeros to equal length, side by side. See torch._chunk_cat."""
def _convert_indices_from_coo_to_csr(input: Tensor, size: _int, *, out_int32: _bool = False, out: Tensor | None = None) -> Tensor: """Where each of ``size`` rows begins, and where the last one ends: ``[size + 1]``, int64 or int32, of rows ``input`` in order."""
def _convert_indices_from_csr_to_coo(crow_indices: Tensor, col_indices: Tensor, *, out_int32: _bool = False, transpose: _bool = False, out: Tensor | None = None) -> Tensor: """Rows and columns ``[2, n]`` (columns and rows with ``transpose``), int64 or int32, from ends of rows and ``n`` columns."""
def _embedding_bag(weight: Tensor, indices: Tensor, offsets: Tensor, scale_grad_by_freq: _bool = False, mode: _int = 0, sparse: _bool = False, per_sample_weights: Tensor | None = None, include_last_offset: _bool = False, padding_idx: _int | None = None) -> tuple[Tensor, Tensor, Tensor, Tensor]: """`nn.functional.embedding_bag`, with ``mode`` 0 (sum), 1 (mean) or 2 (max); also the bag of each index, the bags' sizes, and"""
def _foreach_abs(self: Any) -> Any: """`abs` of every tensor of a list, as a tuple. See torch._foreach_abs."""
def _foreach_abs_(self: Any) -> Tensor: """`abs` of every tensor of a list, changed in place, as the list itself. See torch._foreach_abs_."""
def _foreach_acos(self: Any) -> Any: """`acos` of every tensor of a list, as a tuple. See torch._foreach_acos."""
def _foreach_acos_(self: Any) -> Tensor: """`acos` of every tensor of a list, changed in place, as the list itself. See torch._foreach_acos_."""
def _foreach_add(self: Any, other: Any, *, alpha: _complex = 1) -> Any: """`add` of every tensor of a list, as a tuple. See torch._foreach_add."""
def _foreach_add_(self: Any, other: Any, *, alpha: _complex = 1) -> Tensor: """`add` of every tensor of a list, changed in place, as the list itself. See torch._foreach_add_."""
def _foreach_addcdiv(self: Any, tensor1: Any, tensor2: Any, value: Any = 1, *, scalars: Any = None) -> Any: """`addcdiv` of every tensor of a list, as a tuple. See torch._foreach_addcdiv."""
def _foreach_addcdiv_(self: Any, tensor1: Any, tensor2: Any, value: Any = 1, *, scalars: Any = None) -> Tensor: """`addcdiv` of every tensor of a list, changed in place, as the list itself. See torch._foreach_addcdiv_."""
def _foreach_addcmul(self: Any, tensor1: Any, tensor2: Any, value: Any = 1, *, scalars: Any = None) -> Any: """`addcmul` of every tensor of a list, as a tuple. See torch._foreach_addcmul."""
def _foreach_addcmul_(self: Any, tensor1: Any, tensor2: Any, value: Any = 1, *, scalars: Any = None) -> Tensor: """`addcmul` of every tensor of a list, changed in place, as the list itself. See torch._foreach_addcmul_."""
def _foreach_asin(self: Any) -> Any: """`asin` of every tensor of a list, as a tuple. See torch._foreach_asin."""
def _foreach_asin_(self: Any) -> Tensor: """`asin` of every tensor of a list, changed in place, as the list itself. See torch._foreach_asin_."""
def _foreach_atan(self: Any) -> Any: """`atan` of every tensor of a list, as a tuple. See torch._foreach_atan."""
def _foreach_atan_(self: Any) -> Tensor: """`atan` of every tensor of a list, changed in place, as the list itself. See torch._foreach_atan_."""
def _foreach_ceil(self: Any) -> Any: """`ceil` of every tensor of a list, as a tuple. See torch._foreach_ceil."""
def _foreach_ceil_(self: Any) -> Tensor: """`ceil` of every tensor of a list, changed in place, as the list itself. See torch._foreach_ceil_."""
def _foreach_clamp_max(self: Any, other: Any, *, alpha: _complex = 1) -> Any: """`clamp_max` of every tensor of a list, as a tuple. See torch._foreach_clamp_max."""
def _foreach_clamp_max_(self: Any, other: Any, *, alpha: _complex = 1) -> Tensor: """`clamp_max` of every tensor of a list, changed in place, as the list itself. See torch._foreach_clamp_max_."""
def _foreach_clamp_min(self: Any, other: Any, *, alpha: _complex = 1) -> Any: """`clamp_min` of every tensor of a list, as a tuple. See torch._foreach_clamp_min."""
def _foreach_clamp_min_(self: Any, other: Any, *, alpha: _complex = 1) -> Tensor: """`clamp_min` of every tensor of a list, changed in place, as the list itself. See torch._foreach_clamp_min_."""
def _foreach_clone(self: Any, *, memory_format: Any = None) -> Any: """Copies of all tensors of a list. See torch._foreach_clone."""
def _foreach_copy_(self: Any, src: Any, non_blocking: _bool = False) -> Any: """The tensors of a list with the contents of others'. See torch._foreach_copy_."""
def _foreach_cos(self: Any) -> Any: """`cos` of every tensor of a list, as a tuple. See torch._foreach_cos."""
def _foreach_cos_(self: Any) -> Tensor: """`cos` of every tensor of a list, changed in place, as the list itself. See torch._foreach_cos_."""
def _foreach_cosh(self: Any) -> Any: """`cosh` of every tensor of a list, as a tuple. See torch._foreach_cosh."""
def _foreach_cosh_(self: Any) -> Tensor: """`cosh` of every tensor of a list, changed in place, as the list itself. See torch._foreach_cosh_."""
def _foreach_div(self: Any, other: Any, *, alpha: _complex = 1) -> Any: """`div` of every tensor of a list, as a tuple. See torch._foreach_div."""
def _foreach_div_(self: Any, other: Any, *, alpha: _complex = 1) -> Tensor: """`div` of every tensor of a list, changed in place, as the list itself. See torch._foreach_div_."""
def _foreach_erf(self: Any) -> Any: """`erf` of every tensor of a list, as a tuple. See torch._foreach_erf."""
def _foreach_erf_(self: Any) -> Tensor: """`erf` of every tensor of a list, changed in place, as the list itself. See torch._foreach_erf_."""
def _foreach_erfc(self: Any) -> Any: """`erfc` of every tensor of a list, as a tuple. See torch._foreach_erfc."""
def _foreach_erfc_(self: Any) -> Tensor: """`erfc` of every tensor of a list, changed in place, as the list itself. See torch._foreach_erfc_."""
def _foreach_exp(self: Any) -> Any: """`exp` of every tensor of a list, as a tuple. See torch._foreach_exp."""
def _foreach_exp_(self: Any) -> Tensor: """`exp` of every tensor of a list, changed in place, as the list itself. See torch._foreach_exp_."""
def _foreach_expm1(self: Any) -> Any: """`expm1` of every tensor of a list, as a tuple. See torch._foreach_expm1."""
def _foreach_expm1_(self: Any) -> Tensor: """`expm1` of every tensor of a list, changed in place, as the list itself. See torch._foreach_expm1_."""
def _foreach_floor(self: Any) -> Any: """`floor` of every tensor of a list, as a tuple. See torch._foreach_floor."""
def _foreach_floor_(self: Any) -> Tensor: """`floor` of every tensor of a list, changed in place, as the list itself. See torch._foreach_floor_."""
def _foreach_frac(self: Any) -> Any: """`frac` of every tensor of a list, as a tuple. See torch._foreach_frac."""
def _foreach_frac_(self: Any) -> Tensor: """`frac` of every tensor of a list, changed in place, as the list itself. See torch._foreach_frac_."""
def _foreach_lerp(self: Any, tensors1: Any, weight: Any) -> Any: """`lerp` of every tensor of a list, as a tuple. See torch._foreach_lerp."""
def _foreach_lerp_(self: Any, tensors1: Any, weight: Any) -> Tensor: """`lerp` of every tensor of a list, changed in place, as the list itself. See torch._foreach_lerp_."""
def _foreach_lgamma(self: Any) -> Any: """`lgamma` of every tensor of a list, as a tuple. See torch._foreach_lgamma."""
def _foreach_lgamma_(self: Any) -> Tensor: """`lgamma` of every tensor of a list, changed in place, as the list itself. See torch._foreach_lgamma_."""
def _foreach_log(self: Any) -> Any: """`log` of every tensor of a list, as a tuple. See torch._foreach_log."""
def _foreach_log10(self: Any) -> Any: """`log10` of every tensor of a list, as a tuple. See torch._foreach_log10."""
def _foreach_log10_(self: Any) -> Tensor: """`log10` of every tensor of a list, changed in place, as the list itself. See torch._foreach_log10_."""
def _foreach_log1p(self: Any) -> Any: """`log1p` of every tensor of a list, as a tuple. See torch._foreach_log1p."""
def _foreach_log1p_(self: Any) -> Tensor: """`log1p` of every tensor of a list, changed in place, as the list itself. See torch._foreach_log1p_."""
def _foreach_log2(self: Any) -> Any: """`log2` of every tensor of a list, as a tuple. See torch._foreach_log2."""
def _foreach_log2_(self: Any) -> Tensor: """`log2` of every tensor of a list, changed in place, as the list itself. See torch._foreach_log2_."""
def _foreach_log_(self: Any) -> Tensor: """`log` of every tensor of a list, changed in place, as the list itself. See torch._foreach_log_."""
def _foreach_max(self: Any) -> Any: """The largest element of each tensor of a list. See torch._foreach_max."""
def _foreach_maximum(self: Any, other: Any, *, alpha: _complex = 1) -> Any: """`maximum` of every tensor of a list, as a tuple. See torch._foreach_maximum."""
def _foreach_maximum_(self: Any, other: Any, *, alpha: _complex = 1) -> Tensor: """`maximum` of every tensor of a list, changed in place, as the list itself. See torch._foreach_maximum_."""
def _foreach_minimum(self: Any, other: Any, *, alpha: _complex = 1) -> Any: """`minimum` of every tensor of a list, as a tuple. See torch._foreach_minimum."""
def _foreach_minimum_(self: Any, other: Any, *, alpha: _complex = 1) -> Tensor: """`minimum` of every tensor of a list, changed in place, as the list itself. See torch._foreach_minimum_."""
def _foreach_mm(self: Any, mat2: Any) -> Any: """The product of each pair of matrices of two lists. See torch._foreach_mm."""
def _foreach_mul(self: Any, other: Any, *, alpha: _complex = 1) -> Any: """`mul` of every tensor of a list, as a tuple. See torch._foreach_mul."""
def _foreach_mul_(self: Any, other: Any, *, alpha: _complex = 1) -> Tensor: """`mul` of every tensor of a list, changed in place, as the list itself. See torch._foreach_mul_."""
def _foreach_neg(self: Any) -> Any: """`neg` of every tensor of a list, as a tuple. See torch._foreach_neg."""
def _foreach_neg_(self: Any) -> Tensor: """`neg` of every tensor of a list, changed in place, as the list itself. See torch._foreach_neg_."""
def _foreach_norm(self: Any, ord: Any = 2, dtype: Any = None) -> Any: """The norm of each tensor of a list, over all of its elements. See torch._foreach_norm."""
def _foreach_pow(self: Any, other: Any, *, alpha: _complex = 1) -> Any: """`pow` of every tensor of a list, as a tuple. See torch._foreach_pow."""
def _foreach_pow_(self: Any, other: Any, *, alpha: _complex = 1) -> Tensor: """`pow` of every tensor of a list, changed in place, as the list itself. See torch._foreach_pow_."""
def _foreach_powsum(self: Any, ord: Any = 2, dtype: Any = None) -> Any: """The sum of powers of absolute values of each tensor of a list. See torch._foreach_powsum."""
def _foreach_reciprocal(self: Any) -> Any: """`reciprocal` of every tensor of a list, as a tuple. See torch._foreach_reciprocal."""
def _foreach_reciprocal_(self: Any) -> Tensor: """`reciprocal` of every tensor of a list, changed in place, as the list itself. See torch._foreach_reciprocal_."""
def _foreach_round(self: Any) -> Any: """`round` of every tensor of a list, as a tuple. See torch._foreach_round."""
def _foreach_round_(self: Any) -> Tensor: """`round` of every tensor of a list, changed in place, as the list itself. See torch._foreach_round_."""
def _foreach_rsqrt(self: Any) -> Any: """`rsqrt` of every tensor of a list, as a tuple. See torch._foreach_rsqrt."""
def _foreach_rsqrt_(self: Any) -> Tensor: """`rsqrt` of every tensor of a list, changed in place, as the list itself. See torch._foreach_rsqrt_."""
def _foreach_sigmoid(self: Any) -> Any: """`sigmoid` of every tensor of a list, as a tuple. See torch._foreach_sigmoid."""
def _foreach_sigmoid_(self: Any) -> Tensor: """`sigmoid` of every tensor of a list, changed in place, as the list itself. See torch._foreach_sigmoid_."""
def _foreach_sign(self: Any) -> Any: """`sign` of every tensor of a list, as a tuple. See torch._foreach_sign."""
def _foreach_sign_(self: Any) -> Tensor: """`sign` of every tensor of a list, changed in place, as the list itself. See torch._foreach_sign_."""
def _foreach_sin(self: Any) -> Any: """`sin` of every tensor of a list, as a tuple. See torch._foreach_sin."""
def _foreach_sin_(self: Any) -> Tensor: """`sin` of every tensor of a list, changed in place, as the list itself. See torch._foreach_sin_."""
def _foreach_sinh(self: Any) -> Any: """`sinh` of every tensor of a list, as a tuple. See torch._foreach_sinh."""
def _foreach_sinh_(self: Any) -> Tensor: """`sinh` of every tensor of a list, changed in place, as the list itself. See torch._foreach_sinh_."""
def _foreach_sqrt(self: Any) -> Any: """`sqrt` of every tensor of a list, as a tuple. See torch._foreach_sqrt."""
def _foreach_sqrt_(self: Any) -> Tensor: """`sqrt` of every tensor of a list, changed in place, as the list itself. See torch._foreach_sqrt_."""
def _foreach_sub(self: Any, other: Any, *, alpha: _complex = 1) -> Any: """`sub` of every tensor of a list, as a tuple. See torch._foreach_sub."""
def _foreach_sub_(self: Any, other: Any, *, alpha: _complex = 1) -> Tensor: """`sub` of every tensor of a list, changed in place, as the list itself. See torch._foreach_sub_."""
def _foreach_tan(self: Any) -> Any: """`tan` of every tensor of a list, as a tuple. See torch._foreach_tan."""
def _foreach_tan_(self: Any) -> Tensor: """`tan` of every tensor of a list, changed in place, as the list itself. See torch._foreach_tan_."""
def _foreach_tanh(self: Any) -> Any: """`tanh` of every tensor of a list, as a tuple. See torch._foreach_tanh."""
def _foreach_tanh_(self: Any) -> Tensor: """`tanh` of every tensor of a list, changed in place, as the list itself. See torch._foreach_tanh_."""
def _foreach_trunc(self: Any) -> Any: """`trunc` of every tensor of a list, as a tuple. See torch._foreach_trunc."""
def _foreach_trunc_(self: Any) -> Tensor: """`trunc` of every tensor of a list, changed in place, as the list itself. See torch._foreach_trunc_."""
def _foreach_zero_(self: Any) -> Any: """Zeros in all tensors of a list. See torch._foreach_zero_."""
def _int_mm(self: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor: """The product of two matrices of 8-bit integers in int32, (m, k) by (k, n). RuntimeError for other dtypes and shapes. See torch._int_mm."""
def _log_softmax_backward_data(grad_output: Tensor, output: Tensor, dim: _int, input_dtype: Any) -> Tensor: """The gradient of log_softmax from its result."""
def _native_batch_norm_legit(input: Tensor, weight: Any, bias: Any, *args: Any) -> tuple[Tensor, Tensor, Tensor]: """`native_batch_norm` with running statistics, or without them: ``(input, weight, bias, training, momentum, eps)``."""
def _sample_dirichlet(input: Tensor, generator: Any | None = None) -> Tensor: """Dirichlet-distributed vectors of the concentrations ``input``, through which gradients flow."""
def _segment_reduce(data: Tensor, reduce: str, *, lengths: Tensor | None = None, indices: Tensor | None = None, offsets: Tensor | None = None, axis: _int = 0, unsafe: _bool = False, initial: Any = None) -> Tensor: """Sums, means, extremes or products of neighbours along ``axis``: as many as ``lengths`` say, or from offset to offset."""
def _shape_as_tensor(self: Tensor) -> Tensor: """The sizes of a tensor as a vector of int64."""
def _softmax_backward_data(grad_output: Tensor, output: Tensor, dim: _int, input_dtype: Any) -> Tensor: """The gradient of softmax from its result."""
def _standard_gamma(input: Tensor, generator: Any | None = None) -> Tensor: """Gamma-distributed numbers of the shapes ``input`` and scale 1, through which gradients flow (`ops.samples`)."""
def _standard_gamma_grad(input: Tensor, output: Tensor) -> Tensor: """How gamma-distributed numbers ``output`` change with their shapes ``input``."""
def _unsafe_masked_index(input: Tensor, mask: Tensor, indices: Any, fill: _complex) -> Tensor: """The elements at ``indices`` where ``mask`` holds, ``fill`` elsewhere; indices outside count as the nearest inside."""
def _unsafe_masked_index_put_accumulate(input: Tensor, mask: Tensor, indices: Any, values: Tensor) -> Tensor: """A copy with ``values`` added at ``indices`` where ``mask`` holds."""
def _weight_int8pack_mm(input: Tensor, mat2: Tensor, scales: Tensor) -> Tensor: """``input @ mat2.T * scales`` for rows (M, K), an int8 weight (N, K) and a scale an output. See torch._weight_int8pack_mm."""
def abs(input: Tensor, *, out: Tensor | None = None) -> Tensor: """The absolute value of every element; of complex numbers it is real."""
def abs_(input: Tensor) -> Tensor: """In-place `abs`."""
def absolute(input: Tensor, *, out: Tensor | None = None) -> Tensor: """The absolute value of every element; of complex numbers it is real."""
def absolute_(input: Tensor) -> Tensor: """In-place `absolute`."""
def acos(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Inverse cosine, in [0, pi]. Integers are promoted to the default float."""
def acos_(input: Tensor) -> Tensor: """In-place `acos`."""
def acosh(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Inverse hyperbolic cosine. Integers are promoted to the default float."""
def acosh_(input: Tensor) -> Tensor: """In-place `acosh`."""
def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor: """Means of ``output_size`` windows that cover (N, C, L) or (C, L)."""
def adaptive_max_pool1d(input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]: """The largest elements of ``output_size`` windows, and where they lie. See torch.nn.functional.adaptive_max_pool1d."""
def add(input: Tensor | _complex, other: Tensor | _complex, *older: Any, alpha: _complex = 1, out: Tensor | None = None) -> Tensor: """``input + alpha * other``, with broadcasting and type promotion. See torch.add."""
def add_(input: Tensor | _complex, other: Tensor | _complex, *older: Any, alpha: _complex = 1) -> Tensor: """In-place `add`."""
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _complex = 1, alpha: _complex = 1, out: Tensor | None = None) -> Tensor: """``beta * self + alpha * sum of all products``, which is one product of what lies side by side."""
def addbmm_(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _complex = 1, alpha: _complex = 1) -> Tensor: """In-place `addbmm`."""
def addcdiv(input: Tensor, tensor1: Tensor | _Number, tensor2: Tensor | _Number, *, value: _float = 1, out: Tensor | None = None) -> Tensor: """``input + value * tensor1 / tensor2``."""
def addcmul(input: Tensor, tensor1: Tensor | _Number, tensor2: Tensor | _Number, *, value: _float = 1, out: Tensor | None = None) -> Tensor: """``input + value * tensor1 * tensor2``."""
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, out_dtype: dtype | None = None, beta: _complex = 1, alpha: _complex = 1, out: Tensor | None = None) -> Tensor: """``beta * self + alpha * (mat1 @ mat2)``; ``out_dtype`` as in `mm`."""
def addmm_(input: Tensor, mat1: Tensor, mat2: Tensor, *, out_dtype: dtype | None = None, beta: _complex = 1, alpha: _complex = 1) -> Tensor: """In-place `addmm`."""
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: _complex = 1, alpha: _complex = 1, out: Tensor | None = None) -> Tensor: """``beta * self + alpha * (mat @ vec)``."""
def addmv_(input: Tensor, mat: Tensor, vec: Tensor, *, beta: _complex = 1, alpha: _complex = 1) -> Tensor: """In-place `addmv`."""
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: _complex = 1, alpha: _complex = 1, out: Tensor | None = None) -> Tensor: """``beta * self + alpha * outer(vec1, vec2)``."""
def addr_(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: _complex = 1, alpha: _complex = 1) -> Tensor: """In-place `addr`."""
def adjoint(input: Tensor) -> Tensor: """The last two dimensions swapped, complex elements conjugated."""
def affine_grid_generator(theta: Tensor, size: Any, align_corners: _bool) -> Tensor: """`nn.functional.affine_grid`."""
def alias_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `alias` shows. See torch.alias_copy."""
def all(input: Tensor, dim: Any = None, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor: """Whether all elements are true (not zero); bool (uint8 of uint8)."""
def allclose(input: Tensor, other: Tensor, rtol: _float = ..., atol: _float = ..., equal_nan: _bool = False) -> _bool: """Whether all elements are close (see `isclose`)."""
def alpha_dropout(input: Tensor, p: _float, train: _bool) -> Tensor: """`nn.functional.alpha_dropout`."""
def alpha_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor: """`nn.functional.alpha_dropout`, in place."""
def amax(input: Tensor, dim: Any = ..., keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor: """Largest element over ``dim``; ties share the gradient."""
def amin(input: Tensor, dim: Any = ..., keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor: """Smallest element over ``dim``; ties share the gradient."""
def aminmax(input: Tensor, *, dim: _int | None = None, keepdim: _bool = False, out: Tensor | None = None) -> Any: """`amin` and `amax`."""
def angle(input: Tensor, *, out: Tensor | None = None) -> Tensor: """The angle of every element in radians, in [-pi, pi]; of real numbers 0, or pi where they are negative."""
def any(input: Tensor, dim: Any = None, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor: """Whether any element is true (not zero); bool (uint8 of uint8)."""
def arange(*args: Any, start: Any = None, end: Any = None, step: Any = None, out: Tensor | None = None, dtype: dtype | None = None, layout: Any = ..., device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False) -> Tensor: """Numbers from ``start`` (0) up to but without ``end``, ``step`` apart. See torch.arange."""
def arccos(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Inverse cosine, in [0, pi]. Integers are promoted to the default float."""
def arccos_(input: Tensor) -> Tensor: """In-place `arccos`."""
def arccosh(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Inverse hyperbolic cosine. Integers are promoted to the default float."""
def arccosh_(input: Tensor) -> Tensor: """In-place `arccosh`."""
def arcsin(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Inverse sine, in [-pi/2, pi/2]. Integers are promoted to the default float."""
def arcsin_(input: Tensor) -> Tensor: """In-place `arcsin`."""
def arcsinh(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Inverse hyperbolic sine. Integers are promoted to the default float."""
def arcsinh_(input: Tensor) -> Tensor: """In-place `arcsinh`."""
def arctan(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Inverse tangent, in [-pi/2, pi/2]. Integers are promoted to the default float."""
def arctan2(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """The angle of the point (other, input), in [-pi, pi]."""
def arctan_(input: Tensor) -> Tensor: """In-place `arctan`."""
def arctanh(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Inverse hyperbolic tangent. Integers are promoted to the default float."""
def arctanh_(input: Tensor) -> Tensor: """In-place `arctanh`."""
def argmax(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor: """Position of the largest element (of the flattened tensor without ``dim``); int64."""
def argmin(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor: """Position of the smallest element (of the flattened tensor without ``dim``); int64."""
def argsort(input: Tensor, dim: _int = -1, descending: _bool = False, *, stable: _bool = False) -> Tensor: """Positions in the order of the elements along ``dim``; always stable."""
def argwhere(input: Tensor) -> Tensor: """Coordinates of the elements that are not zero, one row each."""
def as_strided(input: Tensor, size: Sequence[_int], stride: Sequence[_int], storage_offset: _int | None = None) -> Tensor: """Any view of the storage; RuntimeError when it reaches outside."""
def as_strided_(input: Tensor, size: Sequence[_int], stride: Sequence[_int], storage_offset: _int | None = None) -> Tensor: """In-place `as_strided`: the tensor is another view of its storage. See torch.Tensor.as_strided_."""
def as_strided_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `as_strided` shows. See torch.as_strided_copy."""
def as_strided_scatter(input: Tensor, src: Tensor, size: Any, stride: Any, storage_offset: _int | None = None) -> Tensor: """A copy with ``src`` where a view of that size and stride looks."""
def as_tensor(data: Any, *, dtype: dtype | None = None, device: Any = None) -> Tensor: """``data`` itself if it is such a tensor already, else a copy. See torch.as_tensor."""
def asarray(obj: Any, *, dtype: dtype | None = None, device: Any = None, copy: _bool | None = None, requires_grad: _bool | None = None) -> Tensor: """``obj`` itself if it is such a tensor already and ``copy`` is not True, else a copy; it requires gradients as ``obj``"""
def asin(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Inverse sine, in [-pi/2, pi/2]. Integers are promoted to the default float."""
def asin_(input: Tensor) -> Tensor: """In-place `asin`."""
def asinh(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Inverse hyperbolic sine. Integers are promoted to the default float."""
def asinh_(input: Tensor) -> Tensor: """In-place `asinh`."""
def atan(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Inverse tangent, in [-pi/2, pi/2]. Integers are promoted to the default float."""
def atan2(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """The angle of the point (other, input), in [-pi, pi]."""
def atan_(input: Tensor) -> Tensor: """In-place `atan`."""
def atanh(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Inverse hyperbolic tangent. Integers are promoted to the default float."""
def atanh_(input: Tensor) -> Tensor: """In-place `atanh`."""
def atleast_1d(*tensors: Any) -> Any: """Tensors with one dimension or more. See torch.atleast_1d."""
def atleast_2d(*tensors: Any) -> Any: """Tensors with two dimensions or more. See torch.atleast_2d."""
def atleast_3d(*tensors: Any) -> Any: """Tensors with three dimensions or more. See torch.atleast_3d."""
def avg_pool1d(input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: _bool = False, count_include_pad: _bool = True) -> Tensor: """The mean of each window of (N, C, L) or (C, L)."""
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, out_dtype: dtype | None = None, beta: _complex = 1, alpha: _complex = 1, out: Tensor | None = None) -> Tensor: """``beta * self + alpha * (batch1 @ batch2)``; ``out_dtype`` as in `mm`."""
def baddbmm_(input: Tensor, batch1: Tensor, batch2: Tensor, *, out_dtype: dtype | None = None, beta: _complex = 1, alpha: _complex = 1) -> Tensor: """In-place `baddbmm`."""
def bartlett_window(window_length: _int, periodic: _bool = True, *, dtype: Any = None, layout: Any = ..., device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False) -> Tensor: """A triangle from 0 to 1 and back. See torch.bartlett_window."""
def batch_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None, training: _bool, momentum: _float, eps: _float, cudnn_enabled: _bool) -> Tensor: """`nn.functional.batch_norm`."""
def bernoulli(input: Tensor, p: _float | None = None, *, generator: Any | None = None, out: Tensor | None = None) -> Tensor: """1 with the probability that ``input`` gives (or ``p`` everywhere), else 0. See torch.bernoulli."""
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor: """``input1 @ weight[k] @ input2 + bias[k]``: (..., in1) and (..., in2) with weight (out, in1, in2) to (..., out)."""
def binary_cross_entropy_with_logits(input: Tensor, target: Tensor, weight: Tensor | None = None, pos_weight: Tensor | None = None, reduction: _int = 0) -> Tensor: """`nn.functional.binary_cross_entropy_with_logits`, where the input's shape may be one that broadcasts to the target's."""
def bincount(input: Tensor, weights: Tensor | None = None, minlength: _int = 0) -> Tensor: """How often each non-negative integer occurs, or the sum of its weights."""
def binomial(count: Tensor, prob: Tensor, generator: Any | None = None) -> Tensor: """How many of ``count`` trials succeed that each do with chance ``prob``. See torch.binomial."""
def bitwise_and(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Bitwise and of integers (and bools)."""
def bitwise_left_shift(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Shift to the left of integers (and bools)."""
def bitwise_not(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Bitwise complement of integers; logical not of bools."""
def bitwise_not_(input: Tensor) -> Tensor: """In-place `bitwise_not`."""
def bitwise_or(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Bitwise or of integers (and bools)."""
def bitwise_right_shift(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Arithmetic shift to the right of integers (and bools)."""
def bitwise_xor(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Bitwise exclusive or of integers (and bools)."""
def blackman_window(window_length: _int, periodic: _bool = True, *, dtype: Any = None, layout: Any = ..., device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False) -> Tensor: """``0.42 - 0.5 cos(x) + 0.08 cos(2 x)`` over one turn. See torch.blackman_window."""
def block_diag(*tensors: Tensor) -> Tensor: """Matrices along the diagonal of one, zeros elsewhere. See torch.block_diag."""
def bmm(input: Tensor, mat2: Tensor, *, out_dtype: dtype | None = None, out: Tensor | None = None) -> Tensor: """Products of two batches of matrices; ``out_dtype`` as in `mm`."""
def broadcast_shapes(*shapes: Any) -> Size: """The common shape of shapes. See torch.broadcast_shapes."""
def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]: """Views of all tensors in their common shape. See torch.broadcast_tensors."""
def broadcast_to(input: Tensor, *args: Any, size: Any = None) -> Tensor: """``expand(size)``."""
def bucketize(input: _float | Tensor, boundaries: Tensor, *, out_int32: _bool = False, right: _bool = False, out: Tensor | None = None) -> Tensor: """Between which boundaries each element lies. See torch.bucketize."""
def cartesian_prod(*tensors: Tensor) -> Tensor: """All combinations of one element of each vector, a row each. See torch.cartesian_prod."""
def cat(tensors: Sequence[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor: """Tensors side by side along ``dim``. See torch.cat."""
def ccol_indices_copy(input: Any, *, out: Tensor | None = None) -> Tensor: """A copy of `Tensor.ccol_indices`. See torch.Tensor.ccol_indices."""
def cdist(x1: Tensor, x2: Tensor, p: _float = ..., compute_mode: Any = 'use_mm_for_euclid_dist_if_necessary') -> Tensor: """Distances of order ``p`` between each row of ``x1`` (..., P, M) and each of ``x2`` (..., R, M): (..., P, R). See torch.cdist."""
def ceil(input: Tensor, *, out: Tensor | None = None) -> Tensor: """The smallest integer not below every element. Integers stay as they are."""
def ceil_(input: Tensor) -> Tensor: """In-place `ceil`."""
def celu(input: Tensor, alpha: _float = ...) -> Tensor: """`nn.functional.celu`. See torch.nn.functional.celu."""
def celu_(input: Tensor, alpha: _float = ...) -> Tensor: """In-place `celu`."""
def chain_matmul(*matrices: Tensor, out: Tensor | None = None) -> Tensor: """The product of several matrices. See torch.chain_matmul."""
def channel_shuffle(input: Tensor, groups: _int) -> Tensor: """(N, C, ...) with the channels of all groups interleaved (Zhang et al. 2018)."""
def cholesky(input: Tensor, upper: _bool = False, *, out: Tensor | None = None) -> Tensor: """The Cholesky factor. See torch.cholesky."""
def cholesky_inverse(input: Tensor, upper: _bool = False, *, out: Tensor | None = None) -> Tensor: """The inverse of L L^T. See torch.cholesky_inverse."""
def cholesky_solve(input: Tensor, L: Tensor, upper: _bool = False, *, out: Tensor | None = None) -> Tensor: """The solution of (L L^T) X = input. See torch.cholesky_solve."""
def chunk(input: Tensor, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]: """At most ``chunks`` pieces of equal size (the last may be smaller)."""
def clamp(input: Tensor, min: Tensor | _complex | None = None, max: Tensor | _complex | None = None, *, out: Tensor | None = None) -> Tensor: """``input`` limited to [min, max]; either bound may be missing. See torch.clamp."""
def clamp_(input: Tensor, min: Tensor | _complex | None = None, max: Tensor | _complex | None = None) -> Tensor: """In-place `clamp`."""
def clamp_max(input: Tensor, max: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """``input``, but at most ``max``."""
def clamp_max_(input: Tensor, max: Tensor | _Number) -> Tensor: """In-place `clamp_max`."""
def clamp_min(input: Tensor, min: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """``input``, but at least ``min``."""
def clamp_min_(input: Tensor, min: Tensor | _Number) -> Tensor: """In-place `clamp_min`."""
def clip(input: Tensor, min: Tensor | _complex | None = None, max: Tensor | _complex | None = None, *, out: Tensor | None = None) -> Tensor: """``input`` limited to [min, max]; either bound may be missing. See torch.clamp."""
def clip_(input: Tensor, min: Tensor | _complex | None = None, max: Tensor | _complex | None = None) -> Tensor: """In-place `clip`."""
def clone(input: Tensor, *, memory_format: Any = None) -> Tensor: """A copy with the same memory order (or another one); gradients flow through."""
def col_indices_copy(input: Any, *, out: Tensor | None = None) -> Tensor: """A copy of `Tensor.col_indices`. See torch.Tensor.col_indices."""
def column_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor: """Vectors as columns of a matrix, matrices side by side. See torch.column_stack."""
def combinations(input: Tensor, r: _int = 2, with_replacement: _bool = False) -> Tensor: """All ways to take ``r`` elements of a vector, a row each. See torch.combinations."""
def complex(real: Tensor, imag: Tensor, *, out: Tensor | None = None) -> Tensor: """Complex numbers from their real and imaginary parts: float32 or float64, broadcast. See torch.complex."""
def concat(tensors: Sequence[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor: """Tensors side by side along ``dim``. See torch.cat."""
def concatenate(tensors: Sequence[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor: """Tensors side by side along ``dim``. See torch.cat."""
def conj(input: Tensor) -> Tensor: """`conj_physical`: in PyTorch it is a view that is computed later."""
def conj_physical(input: Tensor, *, out: Tensor | None = None) -> Tensor: """The conjugate of every element; real tensors themselves."""
def conj_physical_(input: Tensor) -> Tensor: """In-place `conj_physical`."""
def constant_pad_nd(input: Tensor, pad: Sequence[_int], value: _complex = 0) -> Tensor: """`pad` with a number. See torch.constant_pad_nd."""
def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: _int = 1) -> Tensor: """One-dimensional cross-correlation: (N, C, L) or (C, L) with weight (O, C / groups, K)."""
def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: _int = 1) -> Tensor: """Two-dimensional cross-correlation: (N, C, H, W) or (C, H, W) with weight (O, C / groups, kH, kW)."""
def conv3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: _int = 1) -> Tensor: """Three-dimensional cross-correlation: (N, C, D, H, W) or (C, D, H, W) with weight (O, C / groups, kD, kH, kW)."""
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: _int = 0) -> Tensor: """A convolution of (time, batch, channels) with a weight (width, channels, out)."""
def conv_transpose1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: _int = 1, dilation: Any = 1) -> Tensor: """The transpose of `conv1d`: (N, C, L) or (C, L) with weight (C, O / groups, K)."""
def conv_transpose2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: _int = 1, dilation: Any = 1) -> Tensor: """The transpose of `conv2d`: (N, C, H, W) or (C, H, W) with weight (C, O / groups, kH, kW)."""
def conv_transpose3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: _int = 1, dilation: Any = 1) -> Tensor: """The transpose of `conv3d`: (N, C, D, H, W) or (C, D, H, W) with weight (C, O / groups, kD, kH, kW)."""
def convolution(input: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, dilation: Any, transposed: _bool, output_padding: Any, groups: _int) -> Tensor: """A convolution, perhaps transposed, of as many dimensions as ``weight`` has. See torch.nn.functional.conv2d."""
def copysign(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """The magnitude of ``input`` with the sign of ``other``."""
def corrcoef(input: Tensor) -> Tensor: """The correlation coefficients of variables (rows). See torch.corrcoef."""
def cos(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Cosine of angles in radians. Integers are promoted to the default float."""
def cos_(input: Tensor) -> Tensor: """In-place `cos`."""
def cosh(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Hyperbolic cosine. Integers are promoted to the default float."""
def cosh_(input: Tensor) -> Tensor: """In-place `cosh`."""
def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: _float = ..., reduction: _int = 0) -> Tensor: """`nn.functional.cosine_embedding_loss`."""
def cosine_similarity(x1: Tensor, x2: Tensor, dim: _int = 1, eps: _float = ...) -> Tensor: """Inner products along ``dim`` over the product of the norms, each of which is at least ``eps``."""
def count_nonzero(input: Tensor, dim: _int | Sequence[_int] | None = None) -> Tensor: """How many elements are not zero, of all or along dimensions; int64. See torch.count_nonzero."""
def cov(input: Tensor, *, correction: _int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor: """The covariance matrix of variables (rows) from observations (columns), perhaps weighted. See torch.cov."""
def cross(input: Tensor, other: Tensor, dim: _int | None = None, *, out: Tensor | None = None) -> Tensor: """The cross product along ``dim``, or along the first dimension of size 3. See torch.cross."""
def crow_indices_copy(input: Any, *, out: Tensor | None = None) -> Tensor: """A copy of `Tensor.crow_indices`. See torch.Tensor.crow_indices."""
def ctc_loss(log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: _int = 0, reduction: _int = 0, zero_infinity: _bool = False) -> Tensor: """`nn.functional.ctc_loss`."""
def cummax(input: Tensor, dim: _int, *, out: Tensor | None = None) -> Any: """Running largest elements along ``dim``, and where they were."""
def cummin(input: Tensor, dim: _int, *, out: Tensor | None = None) -> Any: """Running smallest elements along ``dim``, and where they were."""
def cumprod(input: Tensor, dim: _int, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor: """Running products along ``dim``."""
def cumprod_(input: Tensor, dim: _int, *, dtype: dtype | None = None) -> Tensor: """In-place `cumprod`."""
def cumsum(input: Tensor, dim: _int, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor: """Running sums along ``dim``."""
def cumsum_(input: Tensor, dim: _int, *, dtype: dtype | None = None) -> Tensor: """In-place `cumsum`."""
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: _float = 1, dim: _int = -1) -> Tensor: """Running areas under ``y`` along ``dim`` by the trapezoidal rule. See torch.cumulative_trapezoid."""
def deg2rad(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Degrees as radians."""
def deg2rad_(input: Tensor) -> Tensor: """In-place `deg2rad`."""
def dequantize(input: Any) -> Any: """The float32 numbers that a quantized tensor stands for; others as float32. Of a list, a tuple. See torch.dequantize."""
def det(input: Tensor) -> Tensor: """The determinant. See torch.det."""
def detach(input: Any) -> Tensor: """The same storage without history: in-place changes show in both, gradients do not flow."""
def detach_(input: Any) -> Tensor: """Cut this tensor off from its history."""
def detach_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `detach` shows. See torch.detach_copy."""
def diag(input: Tensor, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor: """A matrix with this vector on a diagonal, or a copy of this matrix's diagonal."""
def diag_embed(input: Tensor, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor: """Zeros with the last dimension on a diagonal of two new ones."""
def diagflat(input: Tensor, offset: _int = 0) -> Tensor: """A matrix with all elements on a diagonal."""
def diagonal(input: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor: """The diagonal of two dimensions as a new last dimension."""
def diagonal_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `diagonal` shows. See torch.diagonal_copy."""
def diagonal_scatter(input: Tensor, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor: """A copy with ``src`` on a diagonal."""
def diff(input: Tensor, n: _int = 1, dim: _int = -1, prepend: Tensor | None = None, append: Tensor | None = None, *, out: Tensor | None = None) -> Tensor: """Differences of neighbours along ``dim``, ``n`` times; of what ``prepend`` and ``append`` make longer."""
def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Derivative of `lgamma`."""
def digamma_(input: Tensor) -> Tensor: """In-place `digamma`."""
def dist(input: Tensor, other: Tensor, p: _float = 2) -> Tensor: """The p-norm of the difference of two tensors. See torch.dist."""
def div(input: Tensor | _complex, other: Tensor | _complex, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor: """``input / other``, exact or rounded (``trunc`` towards zero, ``floor`` downwards). See torch.div."""
def div_(input: Tensor | _complex, other: Tensor | _complex, *, rounding_mode: str | None = None) -> Tensor: """In-place `div`."""
def divide(input: Tensor | _complex, other: Tensor | _complex, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor: """``input / other``, exact or rounded (``trunc`` towards zero, ``floor`` downwards). See torch.div."""
def divide_(input: Tensor | _complex, other: Tensor | _complex, *, rounding_mode: str | None = None) -> Tensor: """In-place `divide`."""
def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None = None) -> Tensor: """Sum of products of two vectors."""
def dropout(input: Tensor, p: _float, train: _bool) -> Tensor: """`nn.functional.dropout`."""
def dropout_(input: Tensor, p: _float, train: _bool) -> Tensor: """`nn.functional.dropout`, in place."""
def dsmm(input: Any, mat2: Tensor) -> Any: """The product of a sparse and a strided matrix. See torch.mm."""
def dsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]: """`tensor_split` along the third dimension; equal pieces only."""
def dstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor: """Tensors behind each other. See torch.dstack."""
def eig(input: Any = None, *args: Any, **kwargs: Any) -> Any: """Removed: RuntimeError that names what to use instead. See torch.eig."""
def einsum(*args: Any) -> Tensor: """The sum of products that an equation such as ``'ij,jk->ik'`` names, operands from left to right. See torch.einsum."""
def embedding(weight: Tensor, indices: Tensor, padding_idx: _int = -1, scale_grad_by_freq: _bool = False, sparse: _bool = False) -> Tensor: """`nn.functional.embedding`; the table comes first, and -1 is no padding."""
def embedding_bag(weight: Tensor, indices: Tensor, offsets: Tensor, scale_grad_by_freq: _bool = False, mode: _int = 0, sparse: _bool = False, per_sample_weights: Tensor | None = None, include_last_offset: _bool = False, padding_idx: _int | None = None) -> tuple[Tensor, Tensor, Tensor, Tensor]: """`nn.functional.embedding_bag`, with ``mode`` 0 (sum), 1 (mean) or 2 (max); also the bag of each index, the bags' sizes, and"""
def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: _float, norm_type: _float) -> Tensor: """Scale the rows of ``input`` that ``indices`` name to a norm of at most ``max_norm``, in place. See torch.embedding_renorm_."""
def empty(*args: Any, size: Any = None, out: Tensor | None = None, dtype: dtype | None = None, layout: Any = ..., device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False, memory_format: Any = None) -> Tensor: """A tensor whose elements mean nothing (zeros here). See torch.empty."""
def empty_like(input: Tensor, *, dtype: dtype | None = None, layout: Any = None, device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False, memory_format: Any = ...) -> Tensor: """Elements that mean nothing (zeros here), in the shape, dtype, device and memory order of ``input``."""
def empty_permuted(size: Any, physical_layout: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False) -> Tensor: """A tensor whose dimensions lie in memory in the order ``physical_layout`` (zeros here). See torch.empty_permuted."""
def empty_strided(size: Sequence[_int], stride: Sequence[_int], *, dtype: dtype | None = None, layout: Any = ..., device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False) -> Tensor: """A tensor of some strides whose elements mean nothing (zeros here). See torch.empty_strided."""
def eq(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Where ``input`` is equal to ``other``; bool."""
def equal(input: Tensor, other: Tensor) -> _bool: """Whether both have the same shape and elements."""
def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor: """The error function. Integers are promoted to the default float."""
def erf_(input: Tensor) -> Tensor: """In-place `erf`."""
def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor: """``1 - erf(input)``. Integers are promoted to the default float."""
def erfc_(input: Tensor) -> Tensor: """In-place `erfc`."""
def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Inverse of the error function. Integers are promoted to the default float."""
def erfinv_(input: Tensor) -> Tensor: """In-place `erfinv`."""
def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor: """``e`` to the power of every element. Integers are promoted to the default float."""
def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor: """2 to the power of every element. Integers are promoted to the default float."""
def exp2_(input: Tensor) -> Tensor: """In-place `exp2`."""
def exp_(input: Tensor) -> Tensor: """In-place `exp`."""
def expand_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `expand` shows. See torch.expand_copy."""
def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor: """``exp(input) - 1``, accurate near zero. Integers are promoted to the default float."""
def expm1_(input: Tensor) -> Tensor: """In-place `expm1`."""
def eye(n: _int, m: _int | None = None, *, out: Tensor | None = None, dtype: dtype | None = None, layout: Any = ..., device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False) -> Tensor: """Ones on the diagonal of an n x m matrix of zeros. See torch.eye."""
def fake_quantize_per_channel_affine(input: Tensor, scale: Tensor, zero_point: Tensor, axis: _int, quant_min: _int, quant_max: _int) -> Tensor: """`fake_quantize_per_tensor_affine` with a scale and a zero point for each position along ``axis``."""
def fake_quantize_per_tensor_affine(input: Tensor, scale: _float | Tensor, zero_point: _int | Tensor, quant_min: _int, quant_max: _int) -> Tensor: """Each element as the nearest of ``scale * (k - zero_point)``, for whole k from ``quant_min`` to ``quant_max``."""
def feature_alpha_dropout(input: Tensor, p: _float, train: _bool) -> Tensor: """`nn.functional.feature_alpha_dropout`."""
def feature_alpha_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor: """`nn.functional.feature_alpha_dropout`, in place."""
def feature_dropout(input: Tensor, p: _float, train: _bool) -> Tensor: """`nn.functional.dropout2d`."""
def feature_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor: """`nn.functional.dropout2d`, in place."""
def fill(input: Tensor, value: _complex | Tensor) -> Tensor: """A tensor like ``input`` full of one number. See torch.fill."""
def fill_(input: Tensor, value: _complex | Tensor) -> Tensor: """Every element becomes ``value`` (a number or a 0-dimensional tensor)."""
def fix(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Every element without its fraction. Integers stay as they are."""
def fix_(input: Tensor) -> Tensor: """In-place `fix`."""
def flatten(input: Tensor, start_dim: _int = 0, end_dim: _int = -1) -> Tensor: """Dimensions ``start_dim`` to ``end_dim`` merged into one."""
def flip(input: Tensor, *args: Any, dims: Any = None) -> Tensor: """A copy with the order along ``dims`` reversed."""
def fliplr(input: Tensor) -> Tensor: """A copy with the second dimension reversed."""
def flipud(input: Tensor) -> Tensor: """A copy with the first dimension reversed."""
def float_power(input: Any, exponent: Any, *, out: Tensor | None = None) -> Tensor: """``input`` to the power of ``exponent``, in float64 or complex128; either may be a number. See torch.float_power."""
def float_power_(input: Any, exponent: Any) -> Tensor: """In-place `float_power`."""
def floor(input: Tensor, *, out: Tensor | None = None) -> Tensor: """The largest integer not above every element. Integers stay as they are."""
def floor_(input: Tensor) -> Tensor: """In-place `floor`."""
def floor_divide(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """``input // other``, rounded towards minus infinity."""
def fmax(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """The larger element of the two; the other one where one is NaN."""
def fmin(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """The smaller element of the two; the other one where one is NaN."""
def fmod(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """``input`` modulo ``other`` with the sign of ``input`` (C's ``fmod``)."""
def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor: """The fraction of every element, with its sign."""
def frac_(input: Tensor) -> Tensor: """In-place `frac`."""
def frexp(input: Tensor, *, out: Any = None) -> Any: """``mantissa * 2 ** exponent``: floats of absolute value in [0.5, 1), and int32. See torch.frexp."""
def frobenius_norm(input: Tensor, dim: _int | Sequence[_int], keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor: """The Euclidean norm over one or two dimensions. See torch.linalg.vector_norm, which is the newer name."""
def from_file(filename: Any, shared: _bool | None = None, size: _int = 0, *, dtype: dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False) -> Tensor: """A vector of the first ``size`` elements of a file. See torch.from_file."""
def from_numpy(ndarray: Any) -> Tensor: """A tensor with a copy of an array's elements (device memory cannot be shared with NumPy). See torch.from_numpy."""
def frombuffer(buffer: Any, *, dtype: dtype, count: _int = -1, offset: _int = 0, requires_grad: _bool = False) -> Tensor: """A vector with a copy of the bytes of a buffer. See torch.frombuffer."""
def full(size: Sequence[_int], fill_value: Any, *, out: Tensor | None = None, dtype: dtype | None = None, layout: Any = ..., device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False) -> Tensor: """A tensor full of one number. See torch.full."""
def full_like(input: Tensor, fill_value: Any, *, dtype: dtype | None = None, layout: Any = None, device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False, memory_format: Any = ...) -> Tensor: """A tensor full of one number with the shape, dtype, device and memory order of ``input``. See torch.full_like."""
def gather(input: Tensor, dim: _int, index: Tensor, *, sparse_grad: _bool = False, out: Tensor | None = None) -> Tensor: """``out[i][j] = self[index[i][j]][j]`` (for dim 0, and likewise for others)."""
def gcd(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """The greatest common divisor of integers, not negative. See torch.gcd."""
def gcd_(input: Tensor, other: Tensor | _Number) -> Tensor: """In-place `gcd`."""
def ge(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Where ``input`` is greater than or equal to ``other``; bool."""
def geqrf(input: Tensor, *, out: Any = None) -> Any: """Packed Householder reflectors and their factors. See torch.geqrf."""
def ger(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor: """Product of every element of one vector with every element of the other."""
def get_device(input: Tensor) -> _int: """The index of the tensor's device. See torch.Tensor.get_device."""
def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: _int = 1) -> tuple[Tensor, ...]: """Slopes of ``input`` along each dimension, to second order; ``spacing`` is one step, one a dimension, or coordinates."""
def greater(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Where ``input`` is greater than ``other``; bool."""
def greater_equal(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Where ``input`` is greater than or equal to ``other``; bool."""
def grid_sampler(input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int, align_corners: _bool) -> Tensor: """`nn.functional.grid_sample`, whose modes have numbers here: bilinear, nearest, bicubic; zeros, border, reflection."""
def grid_sampler_2d(input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int, align_corners: _bool) -> Tensor: """`nn.functional.grid_sample`, whose modes have numbers here: bilinear, nearest, bicubic; zeros, border, reflection."""
def grid_sampler_3d(input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int, align_corners: _bool) -> Tensor: """`nn.functional.grid_sample`, whose modes have numbers here: bilinear, nearest, bicubic; zeros, border, reflection."""
def group_norm(input: Tensor, num_groups: _int, weight: Tensor | None = None, bias: Tensor | None = None, eps: _float = ..., cudnn_enabled: _bool = True) -> Tensor: """`nn.functional.group_norm`."""
def gru(input: Tensor, *args: Any, batch_first: _bool = False) -> Any: """GRU over (T, N, in): ``gru(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)``, or over packed input: ``gru(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)``. All outputs of the last layer, and the last states."""
def gru_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None) -> Tensor: """The state (N, H) after one step, from an input (N, in) and a state. See torch.nn.GRUCell."""
def gt(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Where ``input`` is greater than ``other``; bool."""
def hamming_window(window_length: _int, periodic: _bool = True, alpha: _float = ..., beta: _float = ..., *, dtype: Any = None, layout: Any = ..., device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False) -> Tensor: """``alpha - beta cos(x)`` over one turn. See torch.hamming_window."""
def hann_window(window_length: _int, periodic: _bool = True, *, dtype: Any = None, layout: Any = ..., device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False) -> Tensor: """``0.5 - 0.5 cos(x)`` over one turn. See torch.hann_window."""
def hardshrink(input: Tensor, lambd: _float = ..., *, out: Tensor | None = None) -> Tensor: """``input`` where its magnitude is above ``lambd``, else 0."""
def hash_tensor(input: Tensor, dim: Any = ..., keepdim: _bool = False, *, mode: _int = 0, out: Tensor | None = None) -> Tensor: """The exclusive or of all elements' bits, each widened to 64; uint64. See torch.hash_tensor."""
def heaviside(input: Tensor, values: Tensor, *, out: Tensor | None = None) -> Tensor: """0 below 0, 1 above it, and ``values`` at 0. See torch.heaviside."""
def heaviside_(input: Tensor, values: Tensor) -> Tensor: """In-place `heaviside`."""
def hinge_embedding_loss(input: Tensor, target: Tensor, margin: _float = ..., reduction: _int = 0) -> Tensor: """`nn.functional.hinge_embedding_loss`."""
def histc(input: Tensor, bins: _int = 100, min: _float = 0, max: _float = 0, *, out: Tensor | None = None) -> Tensor: """How many elements lie in each of ``bins`` equal parts of [min, max] (of what there is, if both are equal)."""
def histogram(input: Tensor, bins: _int | Tensor = 100, *, range: Sequence[_float] | None = None, weight: Tensor | None = None, density: _bool = False, out: Tensor | None = None) -> Any: """Counts (or sums of weights) between edges, given as a tensor, or a number of equal parts; and the edges."""
def histogramdd(input: Tensor, bins: _int | Sequence[_int] | Sequence[Tensor], range: Sequence[_float] | None = None, weight: Tensor | None = None, density: _bool = False) -> Any: """The histogram of points (..., dimensions) between edges in each dimension; and the edges. See torch.histogramdd."""
def hsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]: """`tensor_split` along columns; equal pieces only."""
def hspmm(mat1: Any, mat2: Tensor, *, out: Any = None) -> Any: """The product of a sparse and a strided matrix, with one sparse dimension. See torch.hspmm."""
def hstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor: """Tensors side by side horizontally. See torch.hstack."""
def hypot(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """``sqrt(input**2 + other**2)`` without overflow."""
def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor: """The modified Bessel function of the first kind of order 0. See torch.special.i0."""
def i0_(input: Tensor) -> Tensor: """In-place `i0`."""
def igamma(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """The regularized lower incomplete gamma function. See torch.special.gammainc."""
def igammac(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """The regularized upper incomplete gamma function. See torch.special.gammaincc."""
def imag(input: Tensor) -> Tensor: """A view of the imaginary parts. See torch.imag."""
def index_add(input: Tensor, dim: _int, index: Tensor, source: Tensor, *, alpha: _complex = 1, out: Tensor | None = None) -> Tensor: """A copy with ``alpha * source`` added at positions ``index`` along ``dim``."""
def index_add_(input: Tensor, dim: _int, index: Tensor, source: Tensor, *, alpha: _complex = 1) -> Tensor: """In-place `index_add`."""
def index_copy(input: Tensor, dim: _int, index: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor: """A copy with ``source`` at positions ``index`` along ``dim``."""
def index_fill(input: Tensor, dim: _int, index: Tensor, value: _complex | Tensor) -> Tensor: """A copy with ``value`` at positions ``index`` along ``dim``."""
def index_put(input: Tensor, indices: tuple[Tensor, ...], values: Tensor, accumulate: _bool = False) -> Tensor: """A copy with ``values`` at ``self[indices]``."""
def index_put_(input: Tensor, indices: tuple[Tensor, ...], values: Tensor, accumulate: _bool = False) -> Tensor: """In-place `index_put`. See torch.Tensor.index_put_."""
def index_reduce(input: Tensor, dim: _int, index: Tensor, source: Tensor, reduce: str, *, include_self: _bool = True, out: Tensor | None = None) -> Tensor: """A copy in which rows of ``source`` are reduced (prod, mean, amax, amin) at positions ``index`` along ``dim``."""
def index_reduce_(input: Tensor, dim: _int, index: Tensor, source: Tensor, reduce: str, *, include_self: _bool = True) -> Tensor: """In-place `index_reduce`."""
def index_select(input: Tensor, dim: _int, index: Tensor, *, out: Tensor | None = None) -> Tensor: """The positions ``index`` along ``dim``."""
def indices_copy(input: Any, *, out: Tensor | None = None) -> Tensor: """A copy of `Tensor.indices`. See torch.Tensor.indices."""
def inner(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor: """Sums of products over the last dimensions of both."""
def instance_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None, use_input_stats: _bool, momentum: _float, eps: _float, cudnn_enabled: _bool) -> Tensor: """`nn.functional.instance_norm`."""
def int_repr(input: Tensor) -> Any: """``Tensor.int_repr`` of a quantized tensor; NotImplementedError for others. See torch.int_repr."""
def inverse(input: Tensor, *, out: Tensor | None = None) -> Tensor: """The inverse. See torch.inverse."""
def is_complex(input: Any) -> _bool: """Whether the element type is a complex one."""
def is_conj(input: Tensor) -> _bool: """False: conjugates are computed at once."""
def is_distributed(input: Tensor) -> _bool: """False: no tensor lies on several devices."""
def is_floating_point(input: Any) -> _bool: """Whether the element type is a floating one."""
def is_inference(input: Any) -> _bool: """Whether the storage was made in inference mode."""
def is_neg(input: Tensor) -> _bool: """False: negatives are computed at once."""
def is_nonzero(input: Any) -> _bool: """Whether the only element is not zero."""
def is_same_size(input: Any, other: Tensor) -> _bool: """Whether both have the same shape."""
def is_signed(input: Any) -> _bool: """Whether the element type has a sign."""
def is_storage(obj: Any) -> _bool: """Whether an object is a storage. See torch.is_storage."""
def is_tensor(obj: Any) -> _bool: """Whether an object is a Tensor. See torch.is_tensor."""
def isclose(input: Tensor, other: Tensor, rtol: _float = ..., atol: _float = ..., equal_nan: _bool = False) -> Tensor: """Where ``|self - other| <= atol + rtol * |other|``; bool."""
def isfinite(input: Tensor) -> Tensor: """Where the element is neither infinite nor NaN; bool."""
def isin(elements: _complex | Tensor, test_elements: _complex | Tensor, *, assume_unique: _bool = False, invert: _bool = False, out: Tensor | None = None) -> Tensor: """Whether each element is one of ``test_elements``. See torch.isin."""
def isinf(input: Tensor) -> Tensor: """Where the element is infinite; bool."""
def isnan(input: Tensor) -> Tensor: """Where the element is NaN; bool."""
def isneginf(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Where the element is minus infinity; bool."""
def isposinf(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Where the element is plus infinity; bool."""
def isreal(input: Tensor) -> Tensor: """Where the imaginary part is 0; True everywhere for real tensors; bool."""
def istft(input: Tensor, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None, window: Tensor | None = None, center: _bool = True, normalized: _bool = False, onesided: _bool | None = None, length: _int | None = None, return_complex: _bool = False) -> Tensor: """The signal whose `stft` is closest to ``input``: frames added up, over the added squares of the window. See torch.istft."""
def kaiser_window(window_length: _int, periodic: _bool = True, beta: _float = ..., *, dtype: Any = None, layout: Any = ..., device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False) -> Tensor: """Kaiser's window, of shape ``beta``. See torch.kaiser_window."""
def kl_div(input: Tensor, target: Tensor, reduction: _int = 0, *, log_target: _bool = False) -> Tensor: """`nn.functional.kl_div`."""
def kron(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor: """Kronecker's product: ``other`` times each element of ``input``, side by side. See torch.kron."""
def kthvalue(input: Tensor, k: _int, dim: _int = -1, keepdim: _bool = False, *, out: Tensor | None = None) -> Any: """The ``k``-th smallest element along ``dim`` (counted from 1), and where it was."""
def layer_norm(input: Tensor, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None, eps: _float = ..., cudnn_enable: _bool = True) -> Tensor: """`nn.functional.layer_norm`."""
def lcm(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """The least common multiple of integers, not negative. See torch.lcm."""
def lcm_(input: Tensor, other: Tensor | _Number) -> Tensor: """In-place `lcm`."""
def ldexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor: """``input * 2 ** other``. See torch.ldexp."""
def ldexp_(input: Tensor, other: Tensor) -> Tensor: """In-place `ldexp`."""
def le(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Where ``input`` is less than or equal to ``other``; bool."""
def lerp(input: Tensor, end: Tensor | _Number, weight: Tensor | _float, *, out: Tensor | None = None) -> Tensor: """Linear interpolation ``input + weight * (end - input)``."""
def less(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Where ``input`` is less than ``other``; bool."""
def less_equal(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Where ``input`` is less than or equal to ``other``; bool."""
def lgamma(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Logarithm of the absolute value of the gamma function. Integers are promoted to the default float."""
def lgamma_(input: Tensor) -> Tensor: """In-place `lgamma`."""
def linspace(start: Any, end: Any, steps: _int, *, out: Tensor | None = None, dtype: dtype | None = None, layout: Any = ..., device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False) -> Tensor: """``steps`` numbers from ``start`` to ``end`` with both, evenly spaced. See torch.linspace."""
def lobpcg(A: Tensor, k: _int | None = None, B: Tensor | None = None, X: Tensor | None = None, n: _int | None = None, iK: Tensor | None = None, niter: _int | None = None, tol: _float | None = None, largest: _bool | None = None, method: str | None = None, tracker: Any = None, ortho_iparams: dict[str, _int] | None = None, ortho_fparams: dict[str, _float] | None = None, ortho_bparams: dict[str, _bool] | None = None) -> tuple[Tensor, Tensor]: """The ``k`` largest (or smallest) eigenvalues, and their vectors in columns, of symmetric matrices A, dense or sparse; of"""
def log(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Natural logarithm. Integers are promoted to the default float."""
def log10(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Logarithm to base 10. Integers are promoted to the default float."""
def log10_(input: Tensor) -> Tensor: """In-place `log10`."""
def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor: """``log(1 + input)``, accurate near zero. Integers are promoted to the default float."""
def log1p_(input: Tensor) -> Tensor: """In-place `log1p`."""
def log2(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Logarithm to base 2. Integers are promoted to the default float."""
def log2_(input: Tensor) -> Tensor: """In-place `log2`."""
def log_(input: Tensor) -> Tensor: """In-place `log`."""
def log_softmax(input: Tensor, dim: _int, dtype: dtype | None = None, *, out: Tensor | None = None) -> Tensor: """``log(softmax(x))`` along ``dim``, accurately."""
def logaddexp(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """``log(exp(input) + exp(other))`` without overflow."""
def logaddexp2(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """``log2(2 ** input + 2 ** other)`` without overflow. See torch.logaddexp2."""
def logcumsumexp(input: Tensor, dim: _int, *, out: Tensor | None = None) -> Tensor: """Running logarithms of summed exponentials along ``dim``."""
def logdet(input: Tensor) -> Tensor: """The logarithm of the determinant; nan where it is negative. See torch.logdet."""
def logical_and(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Where both elements are true (not zero); bool."""
def logical_not(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Where the element is false (zero); bool."""
def logical_not_(input: Tensor) -> Tensor: """In-place `logical_not`."""
def logical_or(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Where either element is true (not zero); bool."""
def logical_xor(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Where exactly one element is true (not zero); bool."""
def logit(input: Tensor, eps: _float | None = None, *, out: Tensor | None = None) -> Tensor: """``log(x / (1 - x))``, of elements limited to [eps, 1 - eps] if ``eps`` is given."""
def logit_(input: Tensor, eps: _float | None = None) -> Tensor: """In-place `logit`."""
def logspace(start: Any, end: Any, steps: _int, base: _float = ..., *, out: Tensor | None = None, dtype: dtype | None = None, layout: Any = ..., device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False) -> Tensor: """``base`` to the powers of `linspace`. See torch.logspace."""
def logsumexp(input: Tensor, dim: _int | Sequence[_int], keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor: """``log(sum(exp(x)))`` over ``dim`` without overflow."""
def lstm(input: Tensor, *args: Any, batch_first: _bool = False) -> Any: """LSTM over (T, N, in): ``lstm(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)``, or over packed input: ``lstm(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)``. All outputs of the last layer, and the last states."""
def lstm_cell(input: Tensor, hx: Any, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None) -> tuple[Tensor, Tensor]: """The state and cell (N, H) after one step, from an input (N, in) and a pair of them. See torch.nn.LSTMCell."""
def lstsq(input: Any = None, *args: Any, **kwargs: Any) -> Any: """Removed: RuntimeError that names what to use instead. See torch.lstsq."""
def lt(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Where ``input`` is less than ``other``; bool."""
def lu(A: Tensor, pivot: _bool = True, get_infos: _bool = False, *, out: Any = None) -> Any: """Packed LU factors, pivots and, if asked for, info. See torch.lu."""
def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor, *, out: Tensor | None = None) -> Tensor: """Solutions from packed LU factors. See torch.lu_solve."""
def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: _bool = True, unpack_pivots: _bool = True, *, out: Any = None) -> Any: """P, L and U of packed factors; empty tensors for what is not asked for. See torch.lu_unpack."""
def margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: _float = ..., reduction: _int = 0) -> Tensor: """`nn.functional.margin_ranking_loss` of tensors that broadcast, perhaps of several numbers of dimensions."""
def masked_fill(input: Tensor, mask: Tensor, value: _complex | Tensor) -> Tensor: """``value`` where ``mask`` holds, else the element; row-major."""
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor: """A copy in which the elements where ``mask`` holds are those of ``source``, in order."""
def masked_select(input: Tensor, mask: Tensor, *, out: Tensor | None = None) -> Tensor: """The elements where ``mask`` holds, as a vector."""
def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor: """Matrix product with broadcast batch dimensions; see torch.matmul."""
def matrix_exp(A: Tensor) -> Tensor: """The matrix exponential. See torch.linalg.matrix_exp."""
def matrix_power(input: Tensor, n: _int, *, out: Tensor | None = None) -> Tensor: """A matrix multiplied by itself. See torch.matrix_power."""
def matrix_rank(input: Any = None, *args: Any, **kwargs: Any) -> Any: """Removed: RuntimeError that names what to use instead. See torch.matrix_rank."""
def max(input: Tensor, dim: Tensor | _int | None = None, keepdim: _bool = False, *, other: Tensor | None = None, out: Tensor | None = None) -> Any: """The largest element; with a dimension (values, indices); with a tensor the elementwise `maximum`."""
def max_pool1d(input: Tensor, kernel_size: Any, stride: Any = ..., padding: Any = 0, dilation: Any = 1, ceil_mode: _bool = False) -> Tensor: """The largest element of each window. See torch.nn.functional.max_pool1d."""
def max_pool1d_with_indices(input: Tensor, kernel_size: Any, stride: Any = ..., padding: Any = 0, dilation: Any = 1, ceil_mode: _bool = False) -> tuple[Tensor, Tensor]: """The largest element of each window, and where it lies. See torch.nn.functional.max_pool1d."""
def max_pool2d(input: Tensor, kernel_size: Any, stride: Any = ..., padding: Any = 0, dilation: Any = 1, ceil_mode: _bool = False) -> Tensor: """The largest element of each window. See torch.nn.functional.max_pool2d."""
def max_pool3d(input: Tensor, kernel_size: Any, stride: Any = ..., padding: Any = 0, dilation: Any = 1, ceil_mode: _bool = False) -> Tensor: """The largest element of each window. See torch.nn.functional.max_pool3d."""
def maximum(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """The larger element of the two; NaN if either is. Ties share the gradient."""
def mean(input: Tensor, dim: Any = None, keepdim: _bool = False, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor: """Mean over ``dim`` (all by default); RuntimeError for integers."""
def median(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, out: Tensor | None = None) -> Any: """The (lower) median element, NaN if there is one; with a dimension (values, indices)."""
def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]: """Coordinate grids from vectors. See torch.meshgrid."""
def min(input: Tensor, dim: Tensor | _int | None = None, keepdim: _bool = False, *, other: Tensor | None = None, out: Tensor | None = None) -> Any: """The smallest element; with a dimension (values, indices); with a tensor the elementwise `minimum`."""
def minimum(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """The smaller element of the two; NaN if either is. Ties share the gradient."""
def mm(input: Tensor, mat2: Tensor, *, out_dtype: dtype | None = None, out: Tensor | None = None) -> Tensor: """Product of two matrices; of 16-bit floats also with an ``out_dtype`` of float32, not rounded."""
def mode(input: Tensor, dim: _int = -1, keepdim: _bool = False, *, out: Tensor | None = None) -> Any: """The most frequent element along ``dim`` (the smallest of several), and where it last is."""
def moveaxis(input: Tensor, source: Any, destination: Any) -> Tensor: """Dimensions moved to new places; the others keep their order."""
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor: """Dimensions moved to new places; the others keep their order."""
def msort(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Values in order along the first dimension."""
def mul(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """``input * other``, with broadcasting and type promotion; on bool it is the logical and."""
def multinomial(input: Tensor, num_samples: _int, replacement: _bool = False, *, generator: Any | None = None, out: Tensor | None = None) -> Tensor: """``num_samples`` positions a row, drawn with the row's weights. See torch.multinomial."""
def multiply(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """``input * other``, with broadcasting and type promotion; on bool it is the logical and."""
def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = None) -> Tensor: """Product of a matrix and a vector."""
def mvlgamma(input: Tensor, p: _int, *, out: Tensor | None = None) -> Tensor: """The logarithm of the multivariate gamma function of dimension ``p``."""
def mvlgamma_(input: Tensor, p: _int) -> Tensor: """In-place `mvlgamma`."""
def nan_to_num(input: Tensor, nan: _float | None = None, posinf: _float | None = None, neginf: _float | None = None, *, out: Tensor | None = None) -> Tensor: """NaN replaced by ``nan`` (0), infinities by ``posinf`` and ``neginf`` (the dtype's limits)."""
def nan_to_num_(input: Tensor, nan: _float | None = None, posinf: _float | None = None, neginf: _float | None = None) -> Tensor: """In-place `nan_to_num`."""
def nanmean(input: Tensor, dim: Any = None, keepdim: _bool = False, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor: """`mean` of what is not NaN. See torch.nanmean."""
def nanmedian(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, out: Tensor | None = None) -> Any: """The (lower) median of what is not NaN; with a dimension (values, indices)."""
def nanquantile(input: Tensor, q: Any, dim: _int | None = None, keepdim: _bool = False, *, interpolation: str = 'linear', out: Tensor | None = None) -> Tensor: """`quantile` of what is not NaN."""
def nansum(input: Tensor, dim: Any = None, keepdim: _bool = False, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor: """`sum`, where NaN counts as 0. See torch.nansum."""
def narrow(input: Tensor, dim: _int, start: Any, length: _int) -> Tensor: """``length`` positions along ``dim`` from ``start``."""
def narrow_copy(input: Tensor, dim: _int, start: _int, length: _int, *, out: Tensor | None = None) -> Tensor: """A copy of `narrow`."""
def native_batch_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None, training: _bool, momentum: _float, eps: _float) -> tuple[Tensor, Tensor, Tensor]: """`nn.functional.batch_norm`, and in training the means and the reciprocal deviations of the channels."""
def native_channel_shuffle(input: Tensor, groups: _int) -> Tensor: """(N, C, ...) with the channels of all groups interleaved (Zhang et al. 2018)."""
def native_dropout(input: Tensor, p: _float, train: _bool | None) -> tuple[Tensor, Tensor]: """`nn.functional.dropout`, and where elements were kept."""
def native_group_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, N: _int, C: _int, HxW: _int, group: _int, eps: _float) -> tuple[Tensor, Tensor, Tensor]: """`nn.functional.group_norm`, the means and the reciprocal deviations (N, groups)."""
def native_layer_norm(input: Tensor, normalized_shape: Any, weight: Tensor | None, bias: Tensor | None, eps: _float) -> tuple[Tensor, Tensor, Tensor]: """`nn.functional.layer_norm`, the means and the reciprocal deviations."""
def ne(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Where ``input`` is unequal to ``other``; bool."""
def neg(input: Tensor, *, out: Tensor | None = None) -> Tensor: """The negative of every element. RuntimeError for bool."""
def neg_(input: Tensor) -> Tensor: """In-place `neg`."""
def negative(input: Tensor, *, out: Tensor | None = None) -> Tensor: """The negative of every element. RuntimeError for bool."""
def negative_(input: Tensor) -> Tensor: """In-place `negative`."""
def nextafter(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor: """The next number after ``input`` towards ``other``. See torch.nextafter."""
def nextafter_(input: Tensor, other: Tensor) -> Tensor: """In-place `nextafter`."""
def nonzero(input: Tensor, *, as_tuple: _bool = False, out: Tensor | None = None) -> Any: """Coordinates of the elements that are not zero, one row each; or one tensor per dimension. Reads the count."""
def nonzero_static(input: Tensor, *, size: _int, fill_value: _int = -1, out: Tensor | None = None) -> Tensor: """The first ``size`` rows of `nonzero`, filled up with rows of ``fill_value``. See torch.nonzero_static."""
def norm(input: Tensor, p: _float | str | None = 'fro', dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, dtype: dtype | None = None, *, out: Tensor | None = None) -> Tensor: """The p-norm of the elements (2 by default)."""
def norm_except_dim(v: Tensor, pow: _int = 2, dim: _int = 0) -> Tensor: """The norm over all dimensions but one, kept for broadcasting; over all for -1. See torch.nn.utils.weight_norm."""
def normal(mean: _float | Tensor = ..., std: _float | Tensor = ..., size: Sequence[_int] | None = None, *, generator: Any | None = None, out: Tensor | None = None, dtype: dtype | None = None, layout: Any = ..., device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False) -> Tensor: """Normally distributed numbers with means and deviations given as numbers or tensors. See torch.normal."""
def not_equal(input: Tensor, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """Where ``input`` is unequal to ``other``; bool."""
def nuclear_norm(input: Tensor, dim: Any = ..., keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor: """The sum of singular values over two dimensions; ``nuclear_norm(input, keepdim)`` too. See torch.linalg.matrix_norm."""
def numel(input: Any) -> _int: """The number of elements."""
def ones(*args: Any, size: Any = None, out: Tensor | None = None, dtype: dtype | None = None, layout: Any = ..., device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False) -> Tensor: """A tensor of ones. See torch.ones."""
def ones_like(input: Tensor, *, dtype: dtype | None = None, layout: Any = None, device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False, memory_format: Any = ...) -> Tensor: """A tensor of ones with the shape, dtype, device and memory order of ``input``. See torch.ones_like."""
def orgqr(input: Tensor, tau: Tensor, *, out: Tensor | None = None) -> Tensor: """The first columns of the product of Householder reflections. See torch.orgqr."""
def ormqr(input: Tensor, tau: Tensor, other: Tensor, left: _bool = True, transpose: _bool = False, *, out: Tensor | None = None) -> Tensor: """A matrix times the whole product of Householder reflections. See torch.ormqr."""
def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor: """Product of every element of one vector with every element of the other."""
def pairwise_distance(x1: Tensor, x2: Tensor, p: _float = ..., eps: _float = ..., keepdim: _bool = False) -> Tensor: """The norm of order ``p`` of ``x1 - x2 + eps`` over the last dimension."""
def pca_lowrank(A: Tensor, q: Any = None, center: Any = True, niter: Any = 2) -> Any: """U, S and V of the principal components of rows. See torch.pca_lowrank."""
def pdist(input: Tensor, p: _float = ...) -> Tensor: """Distances of order ``p`` between all pairs of rows, those of the first row first. See torch.nn.functional.pdist."""
def permute(input: Tensor, *args: Any, dims: Any = None) -> Tensor: """Dimensions in the order ``dims``."""
def permute_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `permute` shows. See torch.permute_copy."""
def pinverse(input: Tensor, rcond: _float = ...) -> Tensor: """The Moore-Penrose inverse. See torch.pinverse."""
def pixel_shuffle(input: Tensor, upscale_factor: _int) -> Tensor: """(..., C * r * r, H, W) to (..., C, H * r, W * r) (Shi et al. 2016)."""
def pixel_unshuffle(input: Tensor, downscale_factor: _int) -> Tensor: """(..., C, H * r, W * r) to (..., C * r * r, H, W): the inverse of `pixel_shuffle`."""
def poisson(input: Tensor, generator: Any | None = None) -> Tensor: """Poisson-distributed numbers of the rates ``input``. See torch.poisson."""
def poisson_nll_loss(input: Tensor, target: Tensor, log_input: _bool, full: _bool, eps: _float, reduction: _int) -> Tensor: """`nn.functional.poisson_nll_loss`."""
def polar(abs: Tensor, angle: Tensor, *, out: Tensor | None = None) -> Tensor: """Complex numbers from their absolute values and angles. See torch.polar."""
def polygamma(n: _int, input: Tensor, *, out: Tensor | None = None) -> Tensor: """The ``n``-th derivative of `digamma`. See torch.special.polygamma."""
def positive(input: Tensor) -> Tensor: """The tensor itself. RuntimeError for bool."""
def pow(input: Tensor | _complex, exponent: Tensor | _complex, *, out: Tensor | None = None) -> Tensor: """``input`` raised to ``exponent``; either may be a number. See torch.pow."""
def pow_(input: Tensor | _complex, exponent: Tensor | _complex) -> Tensor: """In-place `pow`."""
def prelu(input: Tensor, weight: Tensor) -> Tensor: """``input`` where positive, else ``weight * input``; one weight, or one for each channel (dimension 1)."""
def prod(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor: """Product over ``dim`` (all by default)."""
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor: """A copy with the elements of ``source`` at flat positions ``index``, or added there."""
def q_per_channel_axis(input: Tensor) -> Any: """``Tensor.q_per_channel_axis`` of a quantized tensor; NotImplementedError for others. See torch.q_per_channel_axis."""
def q_per_channel_scales(input: Tensor) -> Any: """``Tensor.q_per_channel_scales`` of a quantized tensor; NotImplementedError for others. See torch.q_per_channel_scales."""
def q_per_channel_zero_points(input: Tensor) -> Any: """``Tensor.q_per_channel_zero_points`` of a quantized tensor; NotImplementedError for others. See torch.q_per_channel_zero_points."""
def q_scale(input: Tensor) -> Any: """``Tensor.q_scale`` of a quantized tensor; NotImplementedError for others. See torch.q_scale."""
def q_zero_point(input: Tensor) -> Any: """``Tensor.q_zero_point`` of a quantized tensor; NotImplementedError for others. See torch.q_zero_point."""
def qr(input: Tensor, some: _bool = True, *, out: Any = None) -> Any: """Q and R, reduced or (``some=False``) complete. See torch.qr."""
def quantile(input: Tensor, q: Any, dim: _int | None = None, keepdim: _bool = False, *, interpolation: str = 'linear', out: Tensor | None = None) -> Tensor: """The ``q``-th quantiles along ``dim`` (of all elements without it); NaN where there is any."""
def quantize_per_channel(input: Tensor, scales: Tensor, zero_points: Tensor, axis: _int, dtype: Any) -> Tensor: """`quantize_per_tensor` with a scale and a zero point for each position along ``axis``. See torch.quantize_per_channel."""
def quantize_per_tensor(input: Any, scale: Any, zero_point: Any, dtype: Any) -> Any: """A float32 tensor as whole numbers k of a quantized dtype, nearest to ``input / scale + zero_point``."""
def quantize_per_tensor_dynamic(input: Tensor, dtype: Any, reduce_range: _bool) -> Tensor: """`quantize_per_tensor` with the scale and the zero point of the elements' own range (of 7 bits with ``reduce_range``)."""
def rad2deg(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Radians as degrees."""
def rad2deg_(input: Tensor) -> Tensor: """In-place `rad2deg`."""
def rand(*args: Any, size: Any = None, generator: Any | None = None, out: Tensor | None = None, dtype: dtype | None = None, layout: Any = ..., device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False) -> Tensor: """Uniform random numbers in [0, 1). See torch.rand."""
def rand_like(input: Tensor, *, generator: Any | None = None, dtype: dtype | None = None, layout: Any = None, device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False, memory_format: Any = ...) -> Tensor: """`rand` with the shape, dtype, device and memory order of ``input``. See torch.rand_like."""
def randint(*args: Any, low: _int | None = None, high: _int | None = None, size: Any = None, generator: Any | None = None, out: Tensor | None = None, dtype: dtype | None = None, layout: Any = ..., device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False) -> Tensor: """Uniform random integers in [low, high). ``randint(high, size)`` or ``randint(low, high, size)``. See torch.randint."""
def randint_like(input: Tensor, *args: _int, low: _int | None = None, high: _int | None = None, generator: Any | None = None, dtype: dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, memory_format: Any = ...) -> Tensor: """`randint` with the shape, dtype, device and memory order of ``input``. See torch.randint_like."""
def randn(*args: Any, size: Any = None, generator: Any | None = None, out: Tensor | None = None, dtype: dtype | None = None, layout: Any = ..., device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False) -> Tensor: """Normally distributed random numbers of mean 0 and variance 1. See torch.randn."""
def randn_like(input: Tensor, *, generator: Any | None = None, dtype: dtype | None = None, layout: Any = None, device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False, memory_format: Any = ...) -> Tensor: """`randn` with the shape, dtype, device and memory order of ``input``. See torch.randn_like."""
def randperm(n: _int, *, generator: Any | None = None, out: Tensor | None = None, dtype: dtype | None = None, layout: Any = ..., device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False) -> Tensor: """A random order of 0 .. n - 1; int64 unless a dtype is given. See torch.randperm."""
def range(*args: Any, start: Any = 0, end: Any = None, step: Any = None, out: Tensor | None = None, dtype: dtype | None = None, layout: Any = ..., device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False) -> Tensor: """Numbers from ``start`` up to and with ``end``, ``step`` apart; float. See torch.range (`arange` is preferred)."""
def ravel(input: Tensor) -> Tensor: """One-dimensional: a view if contiguous, else a copy."""
def real(input: Tensor) -> Tensor: """A view of the real parts; of a real tensor the tensor itself. See torch.real."""
def reciprocal(input: Tensor, *, out: Tensor | None = None) -> Tensor: """``1 / input``."""
def reciprocal_(input: Tensor) -> Tensor: """In-place `reciprocal`."""
def relu(input: Tensor) -> Tensor: """``max(input, 0)``."""
def relu_(input: Tensor) -> Tensor: """In-place `relu`."""
def remainder(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """``input`` modulo ``other`` with the sign of ``other`` (Python's ``%``)."""
def renorm(input: Tensor, p: _float, dim: _int, maxnorm: _float, *, out: Tensor | None = None) -> Tensor: """Slices along ``dim`` scaled down so that none has a p-norm above ``maxnorm``. See torch.renorm."""
def renorm_(input: Tensor, p: _float, dim: _int, maxnorm: _float) -> Tensor: """In-place `renorm`."""
def repeat_interleave(input: Tensor | None = None, repeats: Tensor | _int | None = None, dim: _int | None = None, *, output_size: _int | None = None) -> Tensor: """Every element (or position along ``dim``) repeated in its place, as often as ``repeats`` says; with one tensor that is"""
def reshape(input: Tensor, *args: Any, shape: Any = None) -> Tensor: """The same elements in another shape: a view where strides allow it, else a copy."""
def resize_as_(input: Tensor, the_template: Tensor, *, memory_format: Any = ...) -> Tensor: """`resize_` to the size of another tensor."""
def resolve_conj(input: Tensor) -> Tensor: """The tensor itself: conjugates are computed at once."""
def resolve_neg(input: Tensor) -> Tensor: """The tensor itself: negatives are computed at once."""
def result_type(tensor1: Any, tensor2: Any) -> dtype: """The dtype of arithmetic on two operands. See torch.result_type."""
def rms_norm(input: Tensor, normalized_shape: Sequence[_int], weight: Tensor | None = None, eps: _float | None = None) -> Tensor: """Divides by the root of the mean square over the last dimensions (Zhang, Sennrich 2019); ``eps`` is the"""
def rnn_relu(input: Tensor, *args: Any, batch_first: _bool = False) -> Any: """RNN_RELU over (T, N, in): ``rnn_relu(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)``, or over packed input: ``rnn_relu(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)``. All outputs of the last layer, and the last states."""
def rnn_relu_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None) -> Tensor: """The state (N, H) after one step, from an input (N, in) and a state. See torch.nn.RNNCell."""
def rnn_tanh(input: Tensor, *args: Any, batch_first: _bool = False) -> Any: """RNN_TANH over (T, N, in): ``rnn_tanh(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)``, or over packed input: ``rnn_tanh(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)``. All outputs of the last layer, and the last states."""
def rnn_tanh_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None) -> Tensor: """The state (N, H) after one step, from an input (N, in) and a state. See torch.nn.RNNCell."""
def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor: """A copy whose elements are moved along ``dims``, round the end."""
def rot90(input: Tensor, k: _int = 1, dims: Sequence[_int] = ...) -> Tensor: """A copy turned by ``k`` quarter turns in the plane of two dimensions."""
def round(input: Tensor, *, decimals: _int = 0, out: Tensor | None = None) -> Tensor: """The nearest integer, halves to even; or rounded to some decimals."""
def round_(input: Tensor, *, decimals: _int = 0) -> Tensor: """In-place `round`."""
def row_indices_copy(input: Any, *, out: Tensor | None = None) -> Tensor: """A copy of `Tensor.row_indices`. See torch.Tensor.row_indices."""
def row_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor: """Tensors below each other. See torch.vstack."""
def rrelu(input: Tensor, lower: _float = ..., upper: _float = ..., training: _bool = False, generator: Any | None = None) -> Tensor: """`nn.functional.rrelu`."""
def rrelu_(input: Tensor, lower: _float = ..., upper: _float = ..., training: _bool = False, generator: Any | None = None) -> Tensor: """In-place `rrelu`."""
def rsqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor: """``1 / sqrt(input)``. Integers are promoted to the default float."""
def rsqrt_(input: Tensor) -> Tensor: """In-place `rsqrt`."""
def rsub(input: Tensor, other: Tensor | _complex, *number: Any, alpha: _complex = 1) -> Tensor: """``other - alpha * self``; ``alpha`` may be the third argument where ``other`` is a number."""
def scalar_tensor(s: Any, *, dtype: dtype | None = None, device: Any = None, requires_grad: _bool = False, layout: Any = ..., pin_memory: _bool = False) -> Tensor: """A 0-dimensional tensor; float unless a dtype is given. See torch.scalar_tensor."""
def scatter(input: Tensor, dim: _int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None, out: Tensor | None = None) -> Tensor: """A copy with ``src`` at positions ``index`` along ``dim``."""
def scatter_add(input: Tensor, dim: _int, index: Tensor, src: Tensor, *, out: Tensor | None = None) -> Tensor: """A copy with ``src`` added at positions ``index`` along ``dim``."""
def scatter_reduce(input: Tensor, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = True, out: Tensor | None = None) -> Tensor: """A copy in which ``src`` is reduced (sum, prod, mean, amax, amin) at positions ``index`` along ``dim``."""
def scatter_reduce_(input: Tensor, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = True) -> Tensor: """In-place `scatter_reduce`."""
def searchsorted(sorted_sequence: Tensor, input: _float | Tensor, *, out_int32: _bool = False, right: _bool = False, side: str | None = None, sorter: Tensor | None = None, out: Tensor | None = None) -> Tensor: """Where values would have to be put into sorted rows so that they stay sorted. See torch.searchsorted."""
def segment_reduce(data: Tensor, reduce: str, *, lengths: Tensor | None = None, indices: Tensor | None = None, offsets: Tensor | None = None, axis: _int = 0, unsafe: _bool = False, initial: Any = None) -> Tensor: """Sums, means, extremes or products of neighbours along ``axis``: as many as ``lengths`` say, or from offset to offset."""
def select(input: Tensor, dim: _int, index: _int) -> Tensor: """One position along ``dim``, which disappears."""
def select_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `select` shows. See torch.select_copy."""
def select_scatter(input: Tensor, src: Tensor, dim: _int, index: _int) -> Tensor: """A copy with ``src`` at position ``index`` of ``dim``."""
def selu(input: Tensor) -> Tensor: """`nn.functional.selu`. See torch.nn.functional.selu."""
def selu_(input: Tensor) -> Tensor: """In-place `selu`."""
def set_default_tensor_type(t: Any) -> None: """Set the default dtype by a type or its name, ``'torch.DoubleTensor'`` (`set_default_dtype` is preferred). TypeError for the name of a"""
def sgn(input: Tensor, *, out: Tensor | None = None) -> Tensor: """The sign of every element; of complex numbers the one of absolute value 1 (or 0) in the same direction."""
def sgn_(input: Tensor) -> Tensor: """In-place `sgn`."""
def sigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor: """The logistic function ``1 / (1 + exp(-input))``. Integers are promoted to the default float."""
def sigmoid_(input: Tensor) -> Tensor: """In-place `sigmoid`."""
def sign(input: Tensor, *, out: Tensor | None = None) -> Tensor: """-1, 0 or 1 by the sign of every element."""
def sign_(input: Tensor) -> Tensor: """In-place `sign`."""
def signbit(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Where the sign is negative, that of -0.0 too; bool. See torch.signbit."""
def sin(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Sine of angles in radians. Integers are promoted to the default float."""
def sin_(input: Tensor) -> Tensor: """In-place `sin`."""
def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor: """``sin(pi x) / (pi x)``, and 1 at 0. See torch.special.sinc."""
def sinc_(input: Tensor) -> Tensor: """In-place `sinc`."""
def sinh(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Hyperbolic sine. Integers are promoted to the default float."""
def sinh_(input: Tensor) -> Tensor: """In-place `sinh`."""
def slice_copy(input: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1, *, out: Any = None) -> Tensor: """A copy of a slice of one dimension. See torch.slice_copy."""
def slice_scatter(input: Tensor, src: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1, *, out: Tensor | None = None) -> Tensor: """A copy with ``src`` at the positions ``start:end:step`` of ``dim``."""
def slogdet(input: Tensor, *, out: Any = None) -> Any: """The sign and the logarithm of the absolute determinant. See torch.slogdet."""
def smm(input: Any, mat: Tensor) -> Any: """The product of a sparse and a strided matrix, sparse. See torch.smm."""
def softmax(input: Tensor, dim: _int, dtype: dtype | None = None, *, out: Tensor | None = None) -> Tensor: """``exp(x) / sum(exp(x))`` along ``dim``."""
def solve(input: Any = None, *args: Any, **kwargs: Any) -> Any: """Removed: RuntimeError that names what to use instead. See torch.solve."""
def sort(input: Tensor, dim: _int = -1, descending: _bool = False, *, stable: _bool | None = False, out: Tensor | None = None) -> Any: """Values in order along ``dim``, and where they were; always stable."""
def sparse_bsc_tensor(ccol_indices: Any, row_indices: Any, values: Any, size: Any = None, *, dtype: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, check_invariants: _bool | None = None) -> Any: """A matrix of blocks (nnz, height, width), one column of blocks after the other. See torch.sparse_bsc_tensor."""
def sparse_bsr_tensor(crow_indices: Any, col_indices: Any, values: Any, size: Any = None, *, dtype: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, check_invariants: _bool | None = None) -> Any: """A matrix of blocks (nnz, height, width), one row of blocks after the other. See torch.sparse_bsr_tensor."""
def sparse_compressed_tensor(compressed_indices: Any, plain_indices: Any, values: Any, size: Any = None, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, check_invariants: _bool | None = None) -> Any: """A matrix in the compressed layout ``layout``: CSR, CSC, BSR or BSC. See torch.sparse_compressed_tensor."""
def sparse_coo_tensor(indices: Any = None, values: Any = None, size: Any = None, *, dtype: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, check_invariants: _bool | None = None, is_coalesced: _bool | None = None) -> Any: """A sparse tensor from coordinates (sparse_dim, nnz) and values (nnz, ...). See torch.sparse_coo_tensor."""
def sparse_csc_tensor(ccol_indices: Any, row_indices: Any, values: Any, size: Any = None, *, dtype: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, check_invariants: _bool | None = None) -> Any: """A matrix from where its columns start, the rows of its values, and the values. See torch.sparse_csc_tensor."""
def sparse_csr_tensor(crow_indices: Any, col_indices: Any, values: Any, size: Any = None, *, dtype: Any = None, device: Any = None, pin_memory: _bool = False, requires_grad: _bool = False, check_invariants: _bool | None = None) -> Any: """A matrix from where its rows start, the columns of its values, and the values. See torch.sparse_csr_tensor."""
def split(tensor: Tensor, split_size_or_sections: Any, dim: _int = 0) -> tuple[Tensor, ...]: """Pieces of a size (the last may be smaller), or of the sizes given. See torch.split."""
def split_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `split` shows. See torch.split_copy."""
def split_with_sizes(input: Tensor, split_sizes: Any, dim: _int = 0) -> tuple[Tensor, ...]: """Pieces of the sizes given."""
def split_with_sizes_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `split_with_sizes` shows. See torch.split_with_sizes_copy."""
def spmm(input: Any, mat2: Tensor) -> Any: """The product of a sparse and a strided matrix. See torch.mm."""
def sqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Square root. Integers are promoted to the default float."""
def sqrt_(input: Tensor) -> Tensor: """In-place `sqrt`."""
def square(input: Tensor, *, out: Tensor | None = None) -> Tensor: """``input * input``."""
def square_(input: Tensor) -> Tensor: """In-place `square`."""
def squeeze(input: Tensor, dim: _int | Sequence[_int] | None = None) -> Tensor: """Without dimensions of size 1 (all of them, or those named)."""
def squeeze_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `squeeze` shows. See torch.squeeze_copy."""
def sspaddmm(input: Any, mat1: Any, mat2: Tensor, *, beta: _complex = 1, alpha: _complex = 1, out: Any = None) -> Any: """``beta * input + alpha * (mat1 @ mat2)`` for sparse ``input`` and ``mat1``, by coordinates. See torch.sspaddmm."""
def stack(tensors: Sequence[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor: """Tensors of one shape along a new dimension. See torch.stack."""
def std(input: Tensor, dim: Any = None, unbiased: _bool | None = None, keepdim: _bool = False, *, correction: _float | None = None, out: Tensor | None = None) -> Tensor: """Standard deviation: the square root of `var`."""
def std_mean(input: Tensor, dim: Any = None, unbiased: _bool | None = None, keepdim: _bool = False, *, correction: _float | None = None) -> tuple[Tensor, Tensor]: """`std` and `mean`."""
def stft(input: Tensor, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None, window: Tensor | None = None, center: _bool = True, pad_mode: str = 'reflect', normalized: _bool = False, onesided: _bool | None = None, return_complex: _bool | None = None, align_to_window: _bool | None = None) -> Tensor: """Fourier transforms of frames of a signal (L,) or (B, L): frequencies x frames. See torch.stft."""
def sub(input: Tensor | _complex, other: Tensor | _complex, *older: Any, alpha: _complex = 1, out: Tensor | None = None) -> Tensor: """``input - alpha * other``, with broadcasting and type promotion. See torch.sub."""
def sub_(input: Tensor | _complex, other: Tensor | _complex, *older: Any, alpha: _complex = 1) -> Tensor: """In-place `sub`."""
def subtract(input: Tensor | _complex, other: Tensor | _complex, *number: Any, alpha: _complex = 1, out: Tensor | None = None) -> Tensor: """`sub`; ``alpha`` may be the third argument where ``other`` is a number. See torch.subtract."""
def subtract_(input: Tensor | _complex, other: Tensor | _complex, *number: Any, alpha: _complex = 1) -> Tensor: """In-place `subtract`."""
def sum(input: Tensor, dim: Any = None, keepdim: _bool = False, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor: """Sum over ``dim`` (all by default); integers and bool add up in int64."""
def svd(input: Tensor, some: _bool = True, compute_uv: _bool = True, *, out: Any = None) -> Any: """U, singular values and V (not transposed). See torch.svd."""
def svd_lowrank(A: Tensor, q: Any = 6, niter: Any = 2, M: Tensor | None = None) -> Any: """U, S and V of a matrix of rank about ``q``; of A - M if M is given. See torch.svd_lowrank."""
def swapaxes(input: Tensor, axis0: _int, axis1: _int) -> Tensor: """Two dimensions swapped."""
def swapdims(input: Tensor, dim0: _int, dim1: _int) -> Tensor: """Two dimensions swapped."""
def symeig(input: Any = None, *args: Any, **kwargs: Any) -> Any: """Removed: RuntimeError that names what to use instead. See torch.symeig."""
def t(input: Tensor) -> Tensor: """The transpose of a matrix; vectors stay as they are."""
def t_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `t` shows. See torch.t_copy."""
def take(input: Tensor, index: Tensor, *, out: Tensor | None = None) -> Tensor: """Elements of the flattened tensor at positions ``index``."""
def take_along_dim(input: Tensor, indices: Tensor, dim: _int | None = None, *, out: Tensor | None = None) -> Tensor: """`gather` with broadcasting; of the flattened tensor without ``dim``."""
def tan(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Tangent of angles in radians. Integers are promoted to the default float."""
def tan_(input: Tensor) -> Tensor: """In-place `tan`."""
def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Hyperbolic tangent, in (-1, 1). Integers are promoted to the default float."""
def tanh_(input: Tensor) -> Tensor: """In-place `tanh`."""
def tensor(data: Any, *, dtype: dtype | None = None, device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False) -> Tensor: """A new tensor with a copy of ``data``: numbers, nested sequences, an array. See torch.tensor."""
def tensor_split(input: Tensor, indices_or_sections: Any, dim: _int = 0) -> tuple[Tensor, ...]: """A number of pieces of nearly equal size, or pieces between indices."""
def tensordot(a: Tensor, b: Tensor, dims: Any = 2, out: Tensor | None = None) -> Tensor: """Products summed over some dimensions of both: a number of the last and first ones, or two lists. See torch.tensordot."""
def threshold(input: Tensor, threshold: _float, value: _float, *, out: Tensor | None = None) -> Tensor: """`nn.functional.threshold`. See torch.nn.functional.threshold."""
def threshold_(input: Tensor, threshold: _float, value: _float) -> Tensor: """In-place `threshold`."""
def tile(input: Tensor, *args: Any, dims: Any = None) -> Tensor: """`repeat`, with missing leading counts taken as 1."""
def topk(input: Tensor, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True, *, out: Tensor | None = None) -> Any: """The ``k`` largest (or smallest) elements along ``dim`` in order, and where they were."""
def trace(input: Tensor) -> Tensor: """The sum of a matrix's diagonal."""
def transpose(input: Tensor, dim0: _int, dim1: _int) -> Tensor: """Two dimensions swapped."""
def transpose_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `transpose` shows. See torch.transpose_copy."""
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: _float = 1, dim: _int = -1) -> Tensor: """The area under ``y`` along ``dim`` by the trapezoidal rule. See torch.trapezoid."""
def trapz(y: Tensor, x: Tensor | None = None, *, dx: _float = 1, dim: _int = -1) -> Tensor: """The area under ``y`` along ``dim`` by the trapezoidal rule. See torch.trapezoid."""
def triangular_solve(b: Tensor, A: Tensor, upper: _bool = True, transpose: _bool = False, unitriangular: _bool = False, *, out: Any = None) -> Any: """The solution of a triangular system, and A. See torch.triangular_solve."""
def tril(input: Tensor, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor: """Zeros above a diagonal of the last two dimensions."""
def tril_(input: Tensor, diagonal: _int = 0) -> Tensor: """In-place `tril`."""
def tril_indices(row: _int, col: _int, offset: _int = 0, *, dtype: dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False) -> Tensor: """Coordinates of the lower triangle of a matrix, a column each. See torch.tril_indices."""
def triplet_margin_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: _float = ..., p: _float = ..., eps: _float = ..., swap: _bool = False, reduction: _int = 0) -> Tensor: """`nn.functional.triplet_margin_loss`."""
def triu(input: Tensor, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor: """Zeros below a diagonal of the last two dimensions."""
def triu_(input: Tensor, diagonal: _int = 0) -> Tensor: """In-place `triu`."""
def triu_indices(row: _int, col: _int, offset: _int = 0, *, dtype: dtype | None = None, layout: Any = None, device: Any = None, pin_memory: _bool = False) -> Tensor: """Coordinates of the upper triangle of a matrix, a column each. See torch.triu_indices."""
def true_divide(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """``input / other``; integers are promoted to the default floating dtype."""
def trunc(input: Tensor, *, out: Tensor | None = None) -> Tensor: """Every element without its fraction. Integers stay as they are."""
def trunc_(input: Tensor) -> Tensor: """In-place `trunc`."""
def typename(obj: Any) -> str: """The name of an object's type; ``torch.FloatTensor`` and so on for tensors. See torch.typename."""
def unbind(input: Tensor, dim: _int = 0) -> tuple[Tensor, ...]: """All positions along ``dim``."""
def unbind_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `unbind` shows. See torch.unbind_copy."""
def unflatten(input: Tensor, dim: _int, sizes: Sequence[_int]) -> Tensor: """One dimension split into several."""
def unfold_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `unfold` shows. See torch.unfold_copy."""
def unique(input: Tensor, sorted: _bool = True, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None) -> Any: """The distinct elements (or slices along ``dim``) in order; where each is among them, and how often, if asked for."""
def unique_consecutive(input: Tensor, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None) -> Any: """The elements (or slices along ``dim``) that differ from the one before; positions and counts as `unique`."""
def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]: """The coordinates, a tensor for each dimension of ``shape``, of flat positions in row-major order. See torch.unravel_index."""
def unsafe_chunk(input: Tensor, chunks: _int, dim: _int = 0) -> Any: """`chunk`, whose pieces may be changed in place. See torch.unsafe_chunk."""
def unsafe_split(tensor: Tensor, split_size: _int, dim: _int = 0) -> tuple[Tensor, ...]: """`split`, whose pieces may be changed in place. See torch.unsafe_split."""
def unsafe_split_with_sizes(input: Tensor, split_sizes: Any, dim: _int = 0) -> tuple[Tensor, ...]: """`split_with_sizes`, whose pieces may be changed in place. See torch.unsafe_split_with_sizes."""
def unsqueeze(input: Tensor, dim: _int) -> Tensor: """With a new dimension of size 1 at ``dim``."""
def unsqueeze_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `unsqueeze` shows. See torch.unsqueeze_copy."""
def values_copy(input: Any, *, out: Tensor | None = None) -> Tensor: """A copy of `Tensor.values`. See torch.Tensor.values."""
def vander(x: Tensor, N: _int | None = None, increasing: _bool = False) -> Tensor: """Powers of a vector's elements, a row each. See torch.vander."""
def var(input: Tensor, dim: Any = None, unbiased: _bool | None = None, keepdim: _bool = False, *, correction: _float | None = None, out: Tensor | None = None) -> Tensor: """Variance over ``dim`` (all by default), divided by ``count - correction`` (1 by default)."""
def var_mean(input: Tensor, dim: Any = None, unbiased: _bool | None = None, keepdim: _bool = False, *, correction: _float | None = None) -> tuple[Tensor, Tensor]: """`var` and `mean`."""
def vdot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor: """Sum of products of two vectors, the elements of the first conjugated."""
def view_as_complex(input: Tensor) -> Tensor: """A view of pairs of real elements, which are the last dimension, as complex ones. See torch.view_as_complex."""
def view_as_complex_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `view_as_complex` shows. See torch.view_as_complex_copy."""
def view_as_real(input: Tensor) -> Tensor: """A view of complex elements as pairs of real ones, in a last dimension of size 2. See torch.view_as_real."""
def view_as_real_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `view_as_real` shows. See torch.view_as_real_copy."""
def view_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any: """A copy of what `view` shows. See torch.view_copy."""
def vsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]: """`tensor_split` along rows; equal pieces only."""
def vstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor: """Tensors below each other. See torch.vstack."""
def where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any: """``input`` where ``condition`` holds, else ``other``; with one argument ``condition.nonzero(as_tuple=True)``."""
def xlogy(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor: """``input * log(other)``, and 0 where ``input`` is 0. See torch.special.xlogy."""
def xlogy_(input: Tensor | _Number, other: Tensor | _Number) -> Tensor: """In-place `xlogy`."""
def zero_(input: Tensor) -> Tensor: """Every element becomes 0."""
def zeros(*args: Any, size: Any = None, out: Tensor | None = None, dtype: dtype | None = None, layout: Any = ..., device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False) -> Tensor: """A tensor of zeros. See torch.zeros."""
def zeros_like(input: Tensor, *, dtype: dtype | None = None, layout: Any = None, device: Any = None, requires_grad: _bool = False, pin_memory: _bool = False, memory_format: Any = ...) -> Tensor: """A tensor of zeros with the shape, dtype, device and memory order of ``input``. See torch.zeros_like."""
