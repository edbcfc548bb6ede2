"""Ops with kernels of their own: matrix products, convolution, pooling, index, scan and sort.

Rows here take metas that the tensor side has already brought into the form that the kernel wants (dense, unless it says
otherwise); the request is made from shapes once per metas and params.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..graph.meta import Meta
from ..graph.record import recorder
from ..graph.value import Heavy, Record
from ..graph.view import View
from ..kernels import cat, conv, gemm, pool, scan, search, select, shuffle, sort, stacks
from ..kernels.gemm import Gemm, Operand
from ..kernels.sizes import TRACING, remembered
from . import rules
from .op import Op, Vjp, declare

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor

WINDOWS = 4  # operands up to which where each starts is no part of a plan: a window costs more than a short copy
Shape = tuple[int, ...]
Job = tuple[
    Callable[..., Any], Any, tuple[tuple[Shape, dtypes.dtype], ...]
]  # lower, request, (shape, dtype) per result


def heavy(
    tensors: str,
    vjp: Vjp | tuple[Vjp | None, ...] | None = None,
    inplace: bool = False,
    raw: bool = False,
    numbers: int = 0,
    **columns: Any,
) -> Callable[[Callable[..., Job]], Op]:
    """Declare an op from a function ``(metas, params) -> (lower, request, results)``.

    ``raw``: the kernel takes strides itself; otherwise operands are dense (and read from their start). ``numbers``: how many numbers
    a call brings that are no part of the request.
    """

    def decorate(function: Callable[..., Job]) -> Op:
        def infer(op: Op, operands: tuple[Any, ...], params: tuple[Any, ...]) -> Record:
            device = rules.same_device(op.name, operands)
            lower, request, results = function(*operands, *params)
            metas = tuple(Meta.dense(shape, dtype, device) for shape, dtype in results)
            views = tuple(View.dense((meta.view.max_position + 1,)) if raw else meta.view for meta in operands)
            record = Record(
                Heavy(lower, request, inplace, numbers), views, metas, recorder(device).pending, op.rule, operands
            )
            if not raw or len(operands) > WINDOWS:
                return record
            if TRACING.now or any(meta.view.offset for meta in operands):
                record.at_zero = lambda: infer(op, _from_zero(operands), params)
                if not TRACING.now:
                    record.start_from(op.record(_from_zero(operands), params))
            return record

        return declare(function, "heavy", infer, vjp, tuple(tensors.split()), method=False, dense=not raw, **columns)

    return decorate


def _from_zero(operands: tuple[Meta, ...]) -> tuple[Meta, ...]:
    """The same operands, starting at position 0."""
    return tuple([meta.with_view(meta.view.from_zero()) for meta in operands])


# --- matrix products ------------------------------------------------------------------------------------------------------


def _operand(view: View) -> Operand:
    """Strides of the last two dimensions and of the (merged) batch dimension."""
    batch = view.strides[0] if view.ndim == 3 and view.shape[0] > 1 else 0
    return Operand(batch, view.strides[-2], view.strides[-1], view.offset)


@heavy(
    "input other",
    vjp=(
        lambda g, other: g @ other.transpose(-1, -2),
        lambda g, input: input.transpose(-1, -2) @ g,
    ),
    raw=True,
)
def matmul3(input: Meta, other: Meta) -> Job:
    """(batch, m, k) @ (batch, k, n) or (m, k) @ (k, n), any strides."""
    if input.dtype is dtypes.bool:
        raise NotImplementedError("\"addmm_impl\" not implemented for 'Bool'")
    *batch, m, k = input.shape
    n = other.shape[-1]
    request = Gemm(batch[0] if batch else 1, m, n, k, input.dtype, _operand(input.view), _operand(other.view), False)
    return gemm.lower, request, (((*batch, m, n), input.dtype),)


@heavy(
    "input weight bias",
    vjp=(
        lambda g, weight: g @ weight,
        lambda g, input: g.transpose(0, 1) @ input,
        lambda g: g.sum(0),
    ),
    raw=True,
)
def linear2(input: Meta, weight: Meta, bias: Meta) -> Job:
    """input (m, k) @ weight (n, k) transposed + bias (n)."""
    m, k = input.shape
    n = weight.shape[0]
    request = Gemm(1, m, n, k, input.dtype, _operand(input.view), _operand(weight.view.transpose(0, 1)), True)
    return gemm.lower, request, (((m, n), input.dtype),)


@heavy(
    "input weight bias",
    vjp=(
        lambda g, weight: (g.unsqueeze(0) @ weight).squeeze(0),
        lambda g, input: g.unsqueeze(1) * input,
        lambda g: g,
    ),
    raw=True,
)
def linear1(input: Meta, weight: Meta, bias: Meta) -> Job:
    """`linear2` for one row: input (k)."""
    (k,) = input.shape
    n = weight.shape[0]
    row = Operand(0, 0, input.view.strides[0], input.view.offset)
    request = Gemm(1, 1, n, k, input.dtype, row, _operand(weight.view.transpose(0, 1)), True)
    return gemm.lower, request, (((n,), input.dtype),)


# --- convolution ----------------------------------------------------------------------------------------------------------


def _conv(
    x: Shape, w: Shape, dtype: dtypes.dtype, bias: bool, stride: Any, padding: Any, dilation: Any, groups: int
) -> conv.Conv:
    return conv.Conv(x[0], x[1], w[0], (x[2], x[3]), (w[2], w[3]), stride, padding, dilation, groups, dtype, bias)


def conv_output(size: Shape, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape) -> Shape:
    """Spatial size of a convolution's result (the formula on the PyTorch page of Conv2d)."""
    return tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True)
    )


CONV_PARAMS = ("x", "w", "stride", "padding", "dilation", "groups")


def _conv_input_vjp(g: Tensor, weight: Tensor, params: tuple[Any, ...]) -> Tensor:
    return g._op("conv_input_gradient", weight, *params)


def _conv_weight_vjp(g: Tensor, input: Tensor, params: tuple[Any, ...]) -> Tensor:
    return g._op("conv_weight_gradient", input, *params)


@heavy("input weight bias", vjp=(_conv_input_vjp, _conv_weight_vjp, lambda g: g.sum((0, 2, 3))), params=CONV_PARAMS)
def conv2d_bias(
    input: Meta, weight: Meta, bias: Meta, x: Shape, w: Shape, stride: Any, padding: Any, dilation: Any, groups: int
) -> Job:
    """NCHW convolution with a bias per output channel."""
    return _conv_forward(input, True, x, w, stride, padding, dilation, groups)


@heavy("input weight", vjp=(_conv_input_vjp, _conv_weight_vjp), params=CONV_PARAMS)
def conv2d_plain(
    input: Meta, weight: Meta, x: Shape, w: Shape, stride: Any, padding: Any, dilation: Any, groups: int
) -> Job:
    """NCHW convolution."""
    return _conv_forward(input, False, x, w, stride, padding, dilation, groups)


def _conv_forward(
    input: Meta, bias: bool, x: Shape, w: Shape, stride: Any, padding: Any, dilation: Any, groups: int
) -> Job:
    out = conv_output(x[2:], w[2:], stride, padding, dilation)
    request = _conv(x, w, input.dtype, bias, stride, padding, dilation, groups)
    return conv.lower_forward, request, (((x[0], w[0], *out), input.dtype),)


@heavy(
    "grad weight",
    vjp=(
        lambda g, weight, params: g._op("conv2d_plain", weight, *params),
        lambda g, grad, params: grad._op("conv_weight_gradient", g, *params),
    ),
    params=CONV_PARAMS,
)
def conv_input_gradient(
    grad: Meta, weight: Meta, x: Shape, w: Shape, stride: Any, padding: Any, dilation: Any, groups: int
) -> Job:
    """The gradient of a convolution's input of shape ``x``."""
    return (
        conv.lower_data_gradient,
        _conv(x, w, grad.dtype, False, stride, padding, dilation, groups),
        ((x, grad.dtype),),
    )


@heavy(
    "grad input",
    vjp=(
        lambda g, input, params: input._op("conv2d_plain", g, *params),
        lambda g, grad, params: grad._op("conv_input_gradient", g, *params),
    ),
    params=CONV_PARAMS,
)
def conv_weight_gradient(
    grad: Meta, input: Meta, x: Shape, w: Shape, stride: Any, padding: Any, dilation: Any, groups: int
) -> Job:
    """The gradient of a convolution's weight of shape ``w``."""
    return (
        conv.lower_weight_gradient,
        _conv(x, w, grad.dtype, False, stride, padding, dilation, groups),
        ((w, grad.dtype),),
    )


# --- pooling --------------------------------------------------------------------------------------------------------------


def _max_request(
    x: Shape, out: pool.Pair, kernel: Any, stride: Any, padding: Any, dilation: Any, dtype: Any, indices: bool
) -> pool.MaxPool:
    return pool.MaxPool(x[0] * x[1], (x[2], x[3]), out, kernel, stride, padding, dilation, dtype, indices)


MAX_PARAMS = ("x", "out", "kernel", "stride", "padding", "dilation")


@heavy("input", params=MAX_PARAMS)
def max_pool(input: Meta, x: Shape, out: pool.Pair, kernel: Any, stride: Any, padding: Any, dilation: Any) -> Job:
    """Largest element of each window."""
    request = _max_request(x, out, kernel, stride, padding, dilation, input.dtype, False)
    return pool.lower_max, request, (((*x[:2], *out), input.dtype),)


@heavy("input", params=MAX_PARAMS)
def max_pool_indices(
    input: Meta, x: Shape, out: pool.Pair, kernel: Any, stride: Any, padding: Any, dilation: Any
) -> Job:
    """Largest element of each window, and its flat position in the plane (int32)."""
    request = _max_request(x, out, kernel, stride, padding, dilation, input.dtype, True)
    return pool.lower_max, request, (((*x[:2], *out), input.dtype), ((*x[:2], *out), dtypes.int32))


def _picked(g: Tensor, indices: Tensor) -> Tensor:
    """Of each plane, the elements at the positions that forward picked."""
    out = indices.shape
    return g.reshape(*out[:2], -1).gather(2, indices.reshape(*out[:2], -1).long()).reshape(out)


@heavy("grad indices", vjp=(_picked, None), params=MAX_PARAMS)
def max_pool_gradient(
    grad: Meta, indices: Meta, x: Shape, out: pool.Pair, kernel: Any, stride: Any, padding: Any, dilation: Any
) -> Job:
    """The gradient of max pooling's input from the positions that forward picked."""
    request = _max_request(x, out, kernel, stride, padding, dilation, grad.dtype, True)
    return pool.lower_max_gradient, request, ((x, grad.dtype),)


def _avg_request(
    x: Shape, out: pool.Pair, kernel: Any, stride: Any, padding: Any, count_pad: bool, divisor: Any, dtype: Any
) -> pool.AvgPool:
    return pool.AvgPool(x[0] * x[1], (x[2], x[3]), out, kernel, stride, padding, dtype, count_pad, divisor)


AVG_PARAMS = ("x", "out", "kernel", "stride", "padding", "count_pad", "divisor")


@heavy("input", vjp=lambda g, params: g._op("avg_pool_gradient", *params), params=AVG_PARAMS)
def avg_pool(
    input: Meta, x: Shape, out: pool.Pair, kernel: Any, stride: Any, padding: Any, count_pad: bool, divisor: Any
) -> Job:
    """Mean of each window."""
    request = _avg_request(x, out, kernel, stride, padding, count_pad, divisor, input.dtype)
    return pool.lower_avg, request, (((*x[:2], *out), input.dtype),)


@heavy("grad", vjp=lambda g, params: g._op("avg_pool", *params), params=AVG_PARAMS)
def avg_pool_gradient(
    grad: Meta, x: Shape, out: pool.Pair, kernel: Any, stride: Any, padding: Any, count_pad: bool, divisor: Any
) -> Job:
    """The gradient of average pooling's input."""
    request = _avg_request(x, out, kernel, stride, padding, count_pad, divisor, grad.dtype)
    return pool.lower_avg_gradient, request, ((x, grad.dtype),)


# --- scans and sorting ----------------------------------------------------------------------------------------------------


@heavy("input", params=("kind", "outer", "n", "inner", "dtype"))
def scan_dim(input: Meta, kind: str, outer: int, n: int, inner: int, dtype: dtypes.dtype) -> Job:
    """Running sum, product, maximum or minimum along the middle dimension; extremes with positions."""
    results: tuple[tuple[Shape, dtypes.dtype], ...] = ((input.shape, dtype),)
    if kind in ("max", "min"):
        results += ((input.shape, dtypes.int64),)
    return scan.lower, scan.Scan(kind, outer, n, inner, input.dtype, dtype), results


@heavy("input", params=("rows", "n", "descending"))
def sort_rows(input: Meta, rows: int, n: int, descending: bool) -> Job:
    """Stable sort of rows, and the int64 positions."""
    request = sort.Sort(rows, n, input.dtype, descending)
    return sort.lower, request, ((input.shape, input.dtype), (input.shape, dtypes.int64))


@heavy("words")
def random_order(words: Meta) -> Job:
    """Each of 0 .. n - 1 once, in an order that ``n`` random int64 bring about."""
    return shuffle.lower, shuffle.Shuffle(*words.shape), ((words.shape, dtypes.int64),)


@heavy("input", params=("rows", "n", "k", "descending"))
def first_of_rows(input: Meta, rows: int, n: int, k: int, descending: bool) -> Job:
    """The first ``k`` elements of rows in order, and their int64 positions."""
    shape = (*input.shape[:-1], k)
    request = select.First(rows, n, k, input.dtype, descending)
    return select.lower_first, request, ((shape, input.dtype), (shape, dtypes.int64))


@heavy("input", params=("kind", "rows", "n", "k"))
def kth_of_rows(input: Meta, kind: str, rows: int, n: int, k: int) -> Job:
    """The ``k``-th smallest element (from 0), the ``median`` or the ``nanmedian`` of rows, and its int64 position."""
    request = select.Kth(kind, rows, n, k, input.dtype)
    return select.lower_kth, request, ((input.shape[:-1], input.dtype), (input.shape[:-1], dtypes.int64))


# --- searching and joining ------------------------------------------------------------------------------------------------


@heavy("sorted values", params=("rows", "n", "m", "out", "right", "shared"))
def search_rows(
    sorted: Meta, values: Meta, rows: int, n: int, m: int, out: dtypes.dtype, right: bool, shared: bool
) -> Job:
    """Places of values in sorted rows."""
    request = search.Search(rows, n, m, sorted.dtype, out, right, shared, False)
    return search.lower, request, ((values.shape, out),)


@heavy("sorted values sorter", params=("rows", "n", "m", "out", "right", "shared"))
def search_ordered(
    sorted: Meta, values: Meta, sorter: Meta, rows: int, n: int, m: int, out: dtypes.dtype, right: bool, shared: bool
) -> Job:
    """Places of values in rows that ``sorter`` puts in order."""
    request = search.Search(rows, n, m, sorted.dtype, out, right, shared, True)
    return search.lower, request, ((values.shape, out),)


@heavy("mask")
def count_true(mask: Meta) -> Job:
    """How many elements of a mask are true up to the end of each block; the last is their number."""
    blocks = search.blocks_of(mask.view.numel, mask.device.traits)[0]
    return search.lower_count, search.Mask(mask.shape, 0, False), (((blocks,), dtypes.int64),)


@heavy("mask sums", params=("total", "coordinates"))
def write_true(mask: Meta, sums: Meta, total: int, coordinates: bool) -> Job:
    """Where a mask is true: ``total`` flat positions, or their coordinates, a row a dimension."""
    shape = (len(mask.shape), total) if coordinates else (total,)
    return search.lower_write, search.Mask(mask.shape, total, coordinates), ((shape, dtypes.int64),)


@remembered(4096)
def row_step(view: View, outer: int) -> int | None:
    """How far apart the ``outer`` rows of a view lie whose rows are dense; None where they are not, or not evenly apart."""
    width = view.numel // outer
    if not width:
        return 0
    step, reach, rows = 1, 1, False
    for n, stride in zip(reversed(view.shape), reversed(view.strides), strict=True):
        if n == 1:
            continue
        if not rows and reach == width:
            rows, step, reach = True, stride, stride
        if stride != reach:
            return None
        reach *= n
    return step if rows else width


@heavy("tensors", raw=True, params=("outer", "shape"))
def cat_parts(*given: Any) -> Job:
    """Tensors (outer, any width) with dense rows evenly apart, side by side; ``shape`` is that of the result."""
    *metas, outer, shape = given
    widths = tuple(meta.view.numel // outer for meta in metas)
    steps: tuple[Any, ...] = tuple(row_step(meta.view, outer) for meta in metas)  # `join` asked whether there is one
    request = cat.Cat(outer, widths, tuple(meta.view.offset for meta in metas), steps, metas[0].dtype)
    return cat.lower, request, ((shape, metas[0].dtype),)


@heavy("tensors", params=("whole", "sizes"))
def stack_sizes(*given: Any) -> Job:
    """Tensors, each seen as its (planes, rows, columns) of ``sizes``, in a stack of equal ones of size ``whole``, zeros behind."""
    *metas, whole, sizes = given
    request = stacks.Stack(sizes, whole, metas[0].dtype, True)
    return stacks.lower, request, (((len(sizes), *whole), metas[0].dtype),)


@heavy("stack", params=("sizes", "shapes"))
def unstack_sizes(stack: Meta, sizes: Any, shapes: Any) -> Job:
    """The tensors that `stack_sizes` made a stack of, in these shapes."""
    request = stacks.Stack(sizes, stack.shape[1:], stack.dtype, False)  # type: ignore[arg-type]
    return stacks.lower, request, tuple((shape, stack.dtype) for shape in shapes)
