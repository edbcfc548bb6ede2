"""Making tensors of random numbers. Signatures and defaults are torch's; the numbers come from `tensor.philox`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.flat import with_zeros, without_derivative
from ..autograd.modes import no_grad
from ..errors import kind_of
from ..ops import rules
from ..ops.arguments import Omitted, is_tensor
from ..ops.layout import random_record
from ..ops.mode import MODE
from ..ops.names import public
from ..runtime import device as devices
from ..runtime.faults import CHANCE, DEVIATION, ENDLESS, NEGATIVE, NO_WEIGHT, WEIGHTS
from ..runtime.host import HOST
from ..warned import warn
from . import philox
from .apply import stored
from .counting import searchsorted
from .factory import Target, full_size, need_tensor, target
from .formats import arranged, contiguous_format, preserve_format, strided
from .guards import refuse
from .tensor import Tensor

if TYPE_CHECKING:
    from ..graph.value import Record
    from .random import Generator

DType = dtypes.dtype


def _draw(kind: str, name: str, shape: tuple[int, ...], aim: Target, generator: Any) -> Tensor:
    """Random floats, or complex numbers of random parts; NotImplementedError for other dtypes."""
    if aim.dtype.is_complex:
        parts = philox.draw(Tensor, kind, (*shape, 2), aim.dtype.to_real(), aim.device, generator)
        return (parts * sqrt(0.5) if kind == "normal" else parts)._as_complex()
    if not aim.dtype.is_floating_point and 0 in shape and kind == "normal":
        return Tensor._filled(shape, 0, aim.dtype, aim.device)
    if not aim.dtype.is_floating_point:
        raise NotImplementedError(f"\"{name}\" not implemented for '{aim.dtype.title}'")
    return philox.draw(Tensor, kind, shape, aim.dtype, aim.device, generator)


def _integers(low: int, high: int, shape: tuple[int, ...], aim: Target, generator: Any) -> Tensor:
    """Uniform integers in [low, high)."""
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    for text in rules.check_bounds(low, high, aim.dtype):
        warn(text)
    if aim.device is HOST and high - low < rules.LARGEST:  # at once: a worker of a loader draws one after another
        return philox.draw(Tensor, "integers", shape, aim.dtype, aim.device, generator, (high - low, low))
    with no_grad():
        bits = philox.draw(Tensor, "bits", shape, dtypes.int64, aim.device, generator)
        return philox.between(bits, low, high).to(aim.dtype)


@lru_cache(maxsize=4096, typed=True)
def _plain(kind: str, dtype: DType, device: Any, *shape: int) -> Record:
    """The record of random numbers whose shape is given in Python ints; TypeError for others, which have to be looked at."""
    if any(n.__class__ is not int for n in shape):
        raise TypeError
    return random_record(kind, full_size("rand", (shape,)), dtype, device)


def _at_once(kind: str, args: tuple[Any, ...], generator: Any) -> Tensor | None:
    """What most calls ask for, floats of a shape alone, in a fraction of the time; None where more has to be looked at."""
    shape = args[0] if len(args) == 1 and args[0].__class__ is tuple else args
    try:
        record = _plain(kind, dtypes.get_default_dtype(), devices.default(), *shape)
    except TypeError:
        return None
    return philox.drawn(Tensor, kind, record, generator)


@lru_cache(maxsize=4096, typed=True)
def _limited(device: Any, low: int, high: int, *shape: int) -> tuple[Record, tuple[int, int]] | None:
    """The record of int64 in [low, high), and the numbers that it takes besides; None where more has to be looked at."""
    if device is not HOST or low.__class__ is not int or high.__class__ is not int:
        return None
    if not -rules.LARGEST <= low < high < rules.LARGEST or high - low >= rules.LARGEST:
        return None
    try:
        return _plain("integers", dtypes.int64, device, *shape), (high - low, low)
    except TypeError:
        return None


def _aim(
    name: str, dtype: Any, device: Any, requires_grad: bool, out: Any, layout: Any, default: DType | None = None
) -> Target | None:
    """`target`; None where all of it is left to the defaults, as in most calls."""
    if dtype is device is out is None and layout is strided and not requires_grad:
        return None
    return target(name, dtype, device, requires_grad, out, layout, default)


def _floats(kind: str, name: str, args: tuple[Any, ...], aim: Target | None, generator: Any) -> Tensor:
    """Random floats of the shape that ``args`` are."""
    if aim is None:
        made = _at_once(kind, args, generator) if args else None
        if made is not None:
            return made
        aim = target(kind, None, None)
    return aim.finish(_draw(kind, name, full_size("rand" if kind == "uniform" else "randn", args), aim, generator))


@public()
def rand(
    *args: Any,
    size: Any = None,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Uniform random numbers in [0, 1). See torch.rand."""
    if args and dtype is device is out is size is None and layout is strided and not requires_grad:
        made = _at_once("uniform", args, generator)
        if made is not None:
            return made
    aim = _aim("rand", dtype, device, requires_grad, out, layout)
    return _floats("uniform", "check_uniform_bounds", args if size is None else (size,), aim, generator)


@public()
def randn(
    *args: Any,
    size: Any = None,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Normally distributed random numbers of mean 0 and variance 1. See torch.randn."""
    aim = _aim("randn", dtype, device, requires_grad, out, layout)
    return _floats("normal", "normal_kernel_cpu", args if size is None else (size,), aim, generator)


def _like(
    name: str, input: Any, dtype: Any, layout: Any, device: Any, requires_grad: bool, memory_format: Any
) -> tuple[Target, Any]:
    """What a random tensor like another is: its target, and a function that lays it out as the other."""
    meta = need_tensor(name, input)._cl_meta
    aim = target(name, dtype or meta.dtype, meta.device if device is None else device, requires_grad, None, layout)
    return aim, lambda made: aim.finish(made._laid_out(arranged(meta.view, memory_format)))


@public()
def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = preserve_format,
) -> Tensor:
    """`rand` with the shape, dtype, device and memory order of ``input``. See torch.rand_like."""
    aim, lay = _like("rand_like", input, dtype, layout, device, requires_grad, memory_format)
    return lay(_draw("uniform", "check_uniform_bounds", input._cl_meta.shape, aim, generator))


@public()
def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = preserve_format,
) -> Tensor:
    """`randn` with the shape, dtype, device and memory order of ``input``. See torch.randn_like."""
    aim, lay = _like("randn_like", input, dtype, layout, device, requires_grad, memory_format)
    return lay(_draw("normal", "normal_kernel_cpu", input._cl_meta.shape, aim, generator))


@public()
def randint(
    *args: Any,
    low: int | None = None,
    high: int | None = None,
    size: Any = None,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Uniform random integers in [low, high). ``randint(high, size)`` or ``randint(low, high, size)``. See torch.randint."""
    is_short = dtype is None and device is None and out is None and layout is strided and not requires_grad
    if is_short and low is None and high is None and len(args) == (3 if size is None else 2):
        limits, shape = (args[:2], args[2]) if size is None else (args, size)
        try:
            known = _limited(devices.default(), *limits, *shape)
        except TypeError:  # of what is no key
            known = None
        if known is not None:
            return philox.drawn(Tensor, "integers", known[0], generator, known[1])
    given = list(args)
    if size is None:
        if not given:
            raise TypeError(
                "randint() received an invalid combination of arguments - got (), but expected (int high, size)"
            )
        size = given.pop()
        if rules.is_integer(size):
            raise TypeError(f"randint(): argument 'size' must be tuple of ints, not {kind_of(size)}")
    low, high = _limits("randint", given, low, high)
    aim = target("randint", dtype, device, requires_grad, out, layout, dtypes.int64)
    return aim.finish(_integers(low, high, full_size("randint", (size,)), aim, generator))


@public()
def randint_like(
    input: Tensor,
    *args: int,
    low: int | None = None,
    high: int | None = None,
    generator: Generator | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Tensor:
    """`randint` with the shape, dtype, device and memory order of ``input``. See torch.randint_like."""
    low, high = _limits("randint_like", list(args), low, high)
    aim, lay = _like("randint_like", input, dtype, layout, device, requires_grad, memory_format)
    return lay(_integers(low, high, input._cl_meta.shape, aim, generator))


def _limits(name: str, given: list[Any], low: Any, high: Any) -> tuple[int, int]:
    """Both limits of random integers, given by position or by name."""
    if None in given:
        raise TypeError(f"{name}() received an invalid combination of arguments - got NoneType")
    if len(given) == 2:
        low, high = given
    elif len(given) == 1:
        low, high = (low, given[0]) if high is None else (given[0], high)
    return rules.integer(0 if low is None else low, "low"), rules.integer(high, "high")


@public()
def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A random order of 0 .. n - 1; int64 unless a dtype is given. See torch.randperm."""
    n = rules.integer(n, "n")
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    aim = target("randperm", dtype, device, requires_grad, out, layout, dtypes.int64)
    if aim.dtype is dtypes.bool or aim.dtype.is_complex:
        raise NotImplementedError(f"\"randperm\" not implemented for '{aim.dtype.title}'")
    largest = 2 / dtypes.finfo(aim.dtype).eps if aim.dtype.is_floating_point else dtypes.iinfo(aim.dtype).max
    if n > largest + 1:
        raise RuntimeError(f"n is too large for result tensor type: '{aim.dtype}'")
    words = philox.draw(Tensor, "bits", (n,), dtypes.int64, aim.device, generator)
    order = words.argsort() if MODE.levels else words._op("random_order")  # `vmap` sorts its slices side by side
    return aim.finish(order.to(aim.dtype))


@public()
def normal(
    mean: float | Tensor = 0.0,
    std: float | Tensor = 1.0,
    size: Sequence[int] | Omitted = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Normally distributed numbers with means and deviations given as numbers or tensors. See torch.normal."""
    given = [t for t in (mean, std) if isinstance(t, Tensor)]
    if not given and size is None:
        raise TypeError("normal() needs a size when neither mean nor std is a tensor")
    if size is not None and not isinstance(size, (tuple, list)):
        raise TypeError("normal() received an invalid combination of arguments: size must be a tuple of ints")
    if not isinstance(std, Tensor) and std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    shape = full_size("normal", (size,)) if size is not None else (given[0] * 0 + given[-1])._cl_meta.shape
    like = given[0]._cl_meta if given else None
    aim = target(
        "normal", dtype or (like and like.dtype), like.device if like and device is None else device,
        requires_grad, out, layout,
    )  # fmt: skip
    with no_grad():
        if isinstance(std, Tensor):
            refuse(~(std >= 0), DEVIATION)
        numbers = (_draw("normal", "normal_kernel_cpu", shape, aim, generator) * std + mean).to(aim.dtype)
    name = f"NormalBackward{isinstance(mean, Tensor) + 2 * isinstance(std, Tensor)}"
    return aim.finish(with_zeros(numbers, name, mean, std))


@public(method=True)
def bernoulli(
    input: Tensor, p: float | Omitted = None, *, generator: Generator | None = None, out: Tensor | None = None
) -> Tensor:
    """1 with the probability that ``input`` gives (or ``p`` everywhere), else 0. See torch.bernoulli."""
    meta = need_tensor("bernoulli", input)._cl_meta
    if p is None and not meta.dtype.is_floating_point:
        raise NotImplementedError(f"\"bernoulli_tensor_cpu_p_\" not implemented for '{meta.dtype.title}'")
    with no_grad():
        if p is not None:
            made = input.clone(memory_format=contiguous_format).bernoulli_(p, generator=generator)
        else:
            chance = philox.draw(Tensor, "uniform", meta.shape, dtypes.float32, meta.device, generator)
            refuse(~((input >= 0) & (input <= 1)), CHANCE)
            made = (chance < input).to(meta.dtype)
    if p is None:
        made = with_zeros(made, "BernoulliBackward0", input)
    else:
        made = without_derivative(made, "bernoulli", input)
    return stored(made, out, exact=False)


@public(method=True)
def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """``num_samples`` positions a row, drawn with the row's weights. See torch.multinomial."""
    weights = need_tensor("multinomial", input).detach()
    if weights.dim() not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if not weights.is_floating_point():
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {weights.dtype.title}")
    num_samples = rules.integer(num_samples, "num_samples")
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > weights._cl_meta.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if weights._cl_meta.shape[-1] > 1 << 24:
        raise RuntimeError("number of categories cannot exceed 2^24")
    if is_tensor(out) and out.dtype is not dtypes.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {out.dtype.title}")
    with no_grad():
        _check_weights(weights, replacement and num_samples > 1)
        return stored(positions_drawn(weights, num_samples, replacement, generator), out, exact=False)


def _check_weights(weights: Tensor, several: bool) -> None:
    """Wait for the device, once where all is well; ``several`` are drawn from running sums, whose errors say more in PyTorch."""
    usable, any_weight = (weights >= 0) & weights.isfinite(), weights.sum(-1) > 0
    if not bool((usable.all(-1) & any_weight)._of_all_slices().all()):
        if several:
            refuse(weights < 0, NEGATIVE)
            refuse(~weights.isfinite(), ENDLESS)
        refuse(~usable, WEIGHTS)
        refuse(~any_weight, NO_WEIGHT)


def positions_drawn(weights: Tensor, count: int, replacement: bool, generator: Any = None) -> Tensor:
    """`multinomial` of weights that need no check. One sample a row is drawn as those without replacement are: it needs a random number
    for each weight, and neither running sums nor a search."""
    return (_with_replacement if replacement and count > 1 else _without)(weights, count, generator)


def _with_replacement(weights: Tensor, count: int, generator: Any) -> Tensor:
    """Where uniform numbers fall among the running sums of the weights."""
    kind = dtypes.float64 if weights.dtype is dtypes.float64 else dtypes.float32
    sums = weights.to(kind).cumsum(-1)
    total = sums.narrow(-1, sums._cl_meta.shape[-1] - 1, 1)
    chance = philox.draw(Tensor, "uniform", (*sums._cl_meta.shape[:-1], count), kind, sums._cl_meta.device, generator)
    last = searchsorted(
        sums, total.contiguous()
    )  # the last one with a weight: a product may be rounded up to the total
    return searchsorted(sums, chance * total, right=True).minimum(last)


def _without(weights: Tensor, count: int, generator: Any) -> Tensor:
    """The least of exponential times with rates w is at k with probability w[k] / sum(w); the order of all is a sample."""
    kind, least = (dtypes.float64, 2**-53) if weights.dtype is dtypes.float64 else (dtypes.float32, 2**-24)
    chance = philox.draw(Tensor, "uniform", weights._cl_meta.shape, kind, weights._cl_meta.device, generator)
    # a time of 0 would win whatever its weight: of 32,768 weights one has it in every 500th row, in 16 bits in every row
    times = -(1 - chance).clamp_max(1 - least).log() / weights.to(kind)
    times = times.where(times.isfinite(), float("inf"))
    return times.argmin(-1, keepdim=True) if count == 1 else times.topk(count, largest=False).indices
