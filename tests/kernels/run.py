"""Runs a `Lowered` with plain pyopencl on the default device, so that kernels are tested without graphs and tensors."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pyopencl as cl

from cltorch.dtypes import dtype as DType
from cltorch.kernels.call import Arg, Fault, In, Int, Kernel, Local, Lowered, Num, Out, Temp
from cltorch.kernels.render import prelude
from cltorch.runtime.device import default
from cltorch.runtime.traits import Traits

NUMPY = {
    "char": np.int8,
    "uchar": np.uint8,
    "short": np.int16,
    "ushort": np.uint16,
    "int": np.int32,
    "uint": np.uint32,
    "long": np.int64,
    "ulong": np.uint64,
    "float": np.float32,
    "double": np.float64,
}

_programs: dict[str, cl.Program] = {}  # by the name of each kernel in it


@cache
def context() -> cl.Context:
    """The device that cltorch uses (``CLTORCH_DEVICE`` chooses)."""
    return default().context


@cache
def queue() -> cl.CommandQueue:
    """The queue that everything here runs on."""
    return cl.CommandQueue(context())


@cache
def cpu_traits() -> Traits:
    """The default device with the CPU form of kernels."""
    traits = default().traits
    return replace(traits, kind="cpu", form="cpu", vector_width=max(4, traits.vector_width))


@cache
def gpu_traits() -> Traits:
    """The default device with the GPU form of kernels."""
    return replace(cpu_traits(), kind="gpu", form="gpu", vector_width=1, max_work_group=256, group_multiple=32)


def build(lowered: Iterable[Lowered]) -> None:
    """Build the kernels of several lowered ops that are not built yet as one program per set of options."""
    missing: dict[str, dict[str, Kernel]] = {}
    for one in lowered:
        for call in one.calls:
            if call.kernel.name not in _programs:
                missing.setdefault(call.kernel.options, {})[call.kernel.name] = call.kernel
    exact = ["-cl-fp32-correctly-rounded-divide-sqrt"] if default().traits.exact_division else []
    for options, kernels in missing.items():
        preludes = dict.fromkeys(name for kernel in kernels.values() for name in kernel.preludes)
        texts = [prelude(name) for name in preludes] + [kernel.source for kernel in kernels.values()]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", cl.CompilerWarning)
            program = cl.Program(context(), "\n".join(texts)).build(["-cl-std=CL1.2", *exact, *options.split()])
        for name in kernels:
            _programs[name] = program


def _buffer(array: np.ndarray | None, nbytes: int) -> cl.Buffer:
    buffer = cl.Buffer(context(), cl.mem_flags.READ_WRITE, max(1, nbytes))
    if array is not None and array.nbytes:
        cl.enqueue_copy(queue(), buffer, np.ascontiguousarray(array).view(np.uint8))
    return buffer


class Bound:
    """A `Lowered` with its buffers, ready to be run any number of times."""

    def __init__(
        self,
        lowered: Lowered,
        inputs: Sequence[np.ndarray],
        outputs: Sequence[tuple[DType | np.dtype, int] | np.ndarray],
        numbers: Sequence[float] = (),
        fault: np.ndarray | None = None,
    ) -> None:
        build([lowered])
        self.numbers = numbers
        self.inputs = [_buffer(array, array.nbytes) for array in inputs]
        self.outputs: list[tuple[cl.Buffer, np.ndarray]] = []
        for output in outputs:
            if isinstance(output, np.ndarray):
                shared = [buffer for array, buffer in zip(inputs, self.inputs, strict=True) if array is output]
                self.outputs.append((shared[0] if shared else _buffer(output, output.nbytes), np.empty_like(output)))
            else:
                dtype, numel = output
                result = np.empty(numel, dtype.np if isinstance(dtype, DType) else dtype)
                self.outputs.append((_buffer(None, result.nbytes), result))
        self.temps = [_buffer(None, nbytes) for nbytes in lowered.temps]
        self.fault = fault
        self.fault_buffer = _buffer(fault, 16) if fault is not None else None
        self.launches = []
        for call in lowered.calls:
            kernel = cl.Kernel(_programs[call.kernel.name], call.kernel.name)
            kernel.set_args(*(self._arg(arg) for arg in call.args))
            self.launches.append((kernel, call.size, call.local))

    def _arg(self, arg: Arg) -> Any:
        match arg:
            case In(index):
                return self.inputs[index]
            case Out(index):
                return self.outputs[index][0]
            case Temp(index):
                return self.temps[index]
            case Int(value, ctype):
                return NUMPY[ctype](value)
            case Num(index, ctype):
                return np.asarray(self.numbers[index]).astype(NUMPY[ctype])
            case Local(nbytes):
                return cl.LocalMemory(nbytes)
            case Fault():
                return self.fault_buffer
        raise TypeError(f"no such argument: {arg}")

    def enqueue(self) -> None:
        """Put every call on the queue."""
        for kernel, size, local in self.launches:
            cl.enqueue_nd_range_kernel(queue(), kernel, size, local)

    def read(self) -> list[np.ndarray]:
        """The outputs as they are now."""
        for buffer, result in self.outputs:
            if result.nbytes:
                flat = np.empty(result.nbytes, np.uint8)
                cl.enqueue_copy(queue(), flat, buffer)
                result[...] = flat.view(result.dtype).reshape(result.shape)
        if self.fault is not None:
            cl.enqueue_copy(queue(), self.fault, self.fault_buffer)
        queue().finish()
        return [result for _, result in self.outputs]


def run(
    lowered: Lowered,
    inputs: Sequence[np.ndarray],
    outputs: Sequence[tuple[DType | np.dtype, int] | np.ndarray],
    numbers: Sequence[float] = (),
    fault: np.ndarray | None = None,
) -> list[np.ndarray]:
    """The outputs of ``lowered``: per output its dtype and number of elements, or the array that the buffer holds before.

    An output array that is one of the inputs (the same object) shares its buffer. Kernels are kept by name. ``fault`` is
    the fault record (4 int32), updated in place.
    """
    bound = Bound(lowered, inputs, outputs, numbers, fault)
    bound.enqueue()
    return bound.read()
