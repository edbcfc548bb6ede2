"""PyTorch's own operator database run with cltorch: every sample input, forward values and gradients, beside PyTorch.

Usage: ``python -m tools.op_db [--dtype float32 ...] [--only words] [--samples 20] [--jobs 2] [--timeout 120] [--no-grad]
[--verbose] [--json FILE] [--against FILE]``. ``--only`` takes parts of names (``=sort`` is the whole name). An entry passes
when every sample gives PyTorch's dtypes, shapes and values; gradients are counted apart, for the entries that have them in
that dtype. Each miss is printed by name with its first reason. ``--json`` keeps the result, ``--against`` compares with one
that was kept and lists what passed then and does not now. Every entry has a time limit, and a crash ends that entry only.

How an entry becomes one of cltorch: a function of PyTorch is looked up under the same path in cltorch; a Python function or a
lambda of the database is run with cltorch in the place of ``torch``. Entries whose results differ between two runs of PyTorch
itself (random numbers, empty tensors) are compared in shape and dtype. Where both round and the difference is beyond the tolerance, a
result passes that is nearer to PyTorch's in float64 than PyTorch's own is.
"""

from __future__ import annotations

import argparse
import collections
import functools
import inspect
import json
import multiprocessing
import sys
import time
import types
import warnings
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import torch

import cltorch

TOLERANCES = {  # relative, absolute
    **{torch.float64: (1e-7, 1e-7), torch.complex128: (1e-7, 1e-7)},
    **{torch.float32: (1e-4, 3e-5), torch.complex64: (1e-4, 3e-5)},
    **{torch.float16: (5e-3, 2e-3), torch.bfloat16: (2e-2, 1e-2)},
}
SPACES = (
    *("", "nn.functional", "linalg", "fft", "special", "Tensor", "nn.utils.rnn", "masked", "signal.windows", "sparse"),
    *("_C._nn", "_C._linalg", "_C._special", "_C._fft"),
)
UNSURE = ("empty", "resize_", "dropout", "rrelu", "svd_lowrank", "pca_lowrank", "fractional")  # values mean nothing
AMBIGUOUS = (
    "svd",
    "linalg.svd",
    "linalg.eigh",
    "linalg.eig",
    "geqrf",
    "ormqr",
)  # compared as the database's gradients are
UNORDERED = ("linalg.eig", "linalg.eigvals")  # eigenvalues in any order, eigenvectors with them
NUMBERS = (bool, int, float, complex)
HOMES = {"_C._nn": "nn.functional", "_C._linalg": "linalg", "_C._special": "special", "_C._fft": "fft"}


class MissingError(Exception):
    """A name that cltorch does not have."""


# --- from PyTorch to cltorch ----------------------------------------------------------------------------------------------


def lookup(root: Any, path: str) -> Any:
    """The object at a dotted path."""
    return functools.reduce(getattr, path.split(".") if path else (), root)


@functools.cache
def _paths() -> dict[int, str]:
    """Where each function of PyTorch lies, by identity; public places first."""
    found: dict[int, str] = {}
    for space in SPACES:
        try:
            holder = lookup(torch, space)
        except AttributeError:
            continue
        prefix = HOMES.get(space, space)
        for name in dir(holder):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                item = getattr(holder, name, None)
            if callable(item):
                stem = name.removeprefix("linalg_").removeprefix("special_").removeprefix("fft_") if prefix else name
                found.setdefault(id(item), f"{prefix}.{stem}" if prefix else name)
    return found


def own(item: Any, name: str = "") -> Any:
    """What cltorch has in the place of an object of PyTorch; raises `MissingError` if it should have it and has not."""
    if item is torch:
        return cltorch
    if isinstance(item, torch.Tensor):
        return to_own(item)
    if isinstance(item, torch.dtype):
        return _named(repr(item).removeprefix("torch."))
    if isinstance(item, torch.device):
        return cltorch.get_default_device()
    if isinstance(item, (torch.memory_format, torch.layout)):
        return _named(repr(item).removeprefix("torch."))
    if isinstance(item, torch.Size):
        return tuple(item)
    if isinstance(item, types.ModuleType):
        known = item.__name__.startswith("torch.") and not item.__name__.startswith("torch.testing")
        return _named(item.__name__.removeprefix("torch.")) if known else item
    if isinstance(item, functools.partial):
        return functools.partial(
            own(item.func, name), *map(own, item.args), **{k: own(v) for k, v in item.keywords.items()}
        )
    if isinstance(item, tuple) and hasattr(item, "_fields"):
        return type(item)(*map(own, item))
    if isinstance(item, (list, tuple)):
        return type(item)(own(part) for part in item)
    if isinstance(item, dict):
        return {key: own(part) for key, part in item.items()}
    if isinstance(item, torch.Generator):
        return None
    if isinstance(item, torch.nn.Module):  # one without parameters
        made = _named(f"nn.{type(item).__name__}")()
        made.__dict__.update({name: value for name, value in vars(item).items() if isinstance(value, NUMBERS)})
        return made
    if isinstance(item, type):
        return _named(item.__name__) if item in (torch.Tensor, torch.Size) else item
    return _own_function(item, name) if callable(item) else item


def _named(path: str) -> Any:
    try:
        return lookup(cltorch, path)
    except AttributeError:
        raise MissingError(f"cltorch.{path}") from None


def _own_function(item: Any, name: str) -> Any:
    holder = getattr(item, "__objclass__", None)
    if holder is not None and issubclass(torch.Tensor, holder):
        return _named(f"Tensor.{item.__name__}")
    path = _paths().get(id(item))
    if path is not None:
        return _named(name if name and _same(name, item) else path)
    if isinstance(item, types.FunctionType):
        module = item.__module__ or ""
        if (
            module.startswith("torch.")
            and not module.startswith("torch.testing")
            and "<locals>" not in item.__qualname__
        ):
            home = "nn.functional" if module == "torch.nn.functional" else ""
            return _named(f"{home}.{item.__name__}".strip(".") if module != "torch._tensor" else item.__qualname__)
        return _rebound(item)
    if type(item).__name__ in ("OpOverloadPacket", "OpOverload"):
        packet = getattr(item, "overloadpacket", item)
        return _named(f"ops.{packet._qualified_op_name.replace('::', '.')}")
    return item


def _same(name: str, item: Any) -> bool:
    try:
        return lookup(torch, name) is item
    except AttributeError:
        return False


def _names(code: types.CodeType) -> set[str]:
    """Every name that code and the code within use."""
    inner = [part for part in code.co_consts if isinstance(part, types.CodeType)]
    return set(code.co_names).union(*map(_names, inner)) if inner else set(code.co_names)


_REBOUND: dict[Any, Any] = {}


def _unseeded(op: Any, *args: Any, **kwargs: Any) -> Any:
    """In the place of the database's ``wrapper_set_seed``, which seeds PyTorch's generator."""
    return op(*args, **kwargs)


def _rebound(function: types.FunctionType) -> Any:
    """A Python function of the database, running with cltorch."""
    if function.__name__ == "wrapper_set_seed":
        return _unseeded
    if function in _REBOUND:
        return _REBOUND[function]
    if not (function.__module__ or "").startswith("torch"):
        return function
    _REBOUND[function] = function  # a function that calls itself
    cells = tuple(types.CellType(own(cell.cell_contents)) for cell in function.__closure__ or ())
    theirs = function.__globals__
    names = theirs | {name: own(theirs[name]) for name in _names(function.__code__) & theirs.keys()}
    made = types.FunctionType(function.__code__, names, function.__name__, own(function.__defaults__), cells)
    made.__kwdefaults__ = own(function.__kwdefaults__)
    _REBOUND[function] = made
    return made


def to_own(t: torch.Tensor) -> Any:
    """A tensor of cltorch with the same elements, strides and need for gradients."""
    plain = t.detach()
    if plain.layout is torch.sparse_coo:
        made = cltorch.sparse_coo_tensor(
            to_own(plain._indices()), to_own(plain._values()), tuple(plain.shape), is_coalesced=plain.is_coalesced()
        )
        return made.requires_grad_(t.requires_grad)
    if plain.layout is torch.sparse_csr:
        parts = (to_own(part) for part in (plain.crow_indices(), plain.col_indices(), plain.values()))
        return cltorch.sparse_csr_tensor(*parts, tuple(plain.shape)).requires_grad_(t.requires_grad)
    if plain.layout is not torch.strided:
        raise MissingError(f"layout {plain.layout}")
    plain = plain.resolve_conj().resolve_neg()
    kind = own(plain.dtype)
    room = plain.untyped_storage().nbytes() // plain.itemsize
    if plain.is_contiguous() and room == plain.numel() or not plain.numel():
        made = _from_array(plain.contiguous(), kind)
    else:
        flat = _from_array(plain.as_strided((room,), (1,), 0).clone(), kind)
        made = flat.as_strided(tuple(plain.shape), tuple(plain.stride()), plain.storage_offset()).detach()
    return made.requires_grad_(True) if t.requires_grad else made


def _from_array(t: torch.Tensor, kind: Any) -> Any:
    if t.dtype is torch.bfloat16:
        return cltorch.tensor(t.float().numpy()).to(kind)
    if t.dtype is torch.complex32:
        return cltorch.tensor(t.cfloat().numpy()).to(kind)
    return cltorch.tensor(t.numpy(), dtype=kind)


# --- comparing ------------------------------------------------------------------------------------------------------------


def is_own(x: Any) -> bool:
    """Whether something is a tensor of cltorch."""
    return isinstance(x, cltorch.Tensor)


def flatten(result: Any) -> Iterator[Any]:
    """Tensors and numbers of a result, in order."""
    if isinstance(result, (list, tuple)):
        for part in result:
            yield from flatten(part)
    elif isinstance(result, dict):
        for part in result.values():
            yield from flatten(part)
    else:
        yield result


def array(t: Any) -> np.ndarray:
    """The elements of a tensor of either library; 16-bit floats as float32."""
    t = t.detach()
    if isinstance(t, torch.Tensor):
        t = t.resolve_conj().resolve_neg()
        t = t.clone() if t._is_zerotensor() else t
        if t.layout is not torch.strided:
            t = t.to_dense()
    if repr(t.dtype) == "torch.complex32":
        t = t.cfloat()
    return np.asarray(t.float().numpy() if repr(t.dtype) in ("torch.bfloat16", "torch.float16") else t.numpy())


def difference(ours: Any, theirs: Any, values: bool = True) -> str:
    """What is different between two results, in a few words; empty if nothing."""
    mine, other = list(flatten(ours)), list(flatten(theirs))
    if len(mine) != len(other):
        return f"{len(mine)} results instead of {len(other)}"
    for k, (a, b) in enumerate(zip(mine, other, strict=True)):
        where = f"result {k}: " if len(mine) > 1 else ""
        if isinstance(b, torch.Tensor):
            if not is_own(a):
                return f"{where}a {type(a).__name__}, no tensor"
            if repr(a.layout) != repr(b.layout):
                return f"{where}layout {a.layout} instead of {b.layout}"
            a, b = (t if t.layout in (torch.strided, cltorch.strided) else t.to_dense() for t in (a, b))
            if repr(a.dtype) != repr(b.dtype):
                return f"{where}dtype {a.dtype} instead of {b.dtype}"
            if tuple(a.shape) != tuple(b.shape):
                return f"{where}shape {tuple(a.shape)} instead of {tuple(b.shape)}"
            text = _apart(array(a), array(b), b.dtype) if values else ""
            if text:
                return where + text
        elif (
            isinstance(b, NUMBERS)
            and values
            and not (isinstance(a, NUMBERS) and np.allclose(a, b, 1e-4, 1e-4, equal_nan=True))
        ):
            return f"{where}{a!r} instead of {b!r}"
    return ""


def widened(item: Any) -> Any:
    """A sample's part with float64 in the place of narrower floats, complex128 in that of narrower complex numbers."""
    if isinstance(item, torch.Tensor):
        plain = item.is_floating_point() or item.is_complex()
        kind = torch.complex128 if item.is_complex() else torch.float64
        return item.detach().to(kind).requires_grad_(item.requires_grad) if plain else item
    if isinstance(item, (list, tuple)) and not isinstance(item, torch.Size) and not hasattr(item, "_fields"):
        return type(item)(widened(part) for part in item)
    return {key: widened(part) for key, part in item.items()} if isinstance(item, dict) else item


def nearer(ours: Any, theirs: Any, truth: Any) -> bool:
    """Whether elements that differ from PyTorch's are all at least as near to what PyTorch finds in float64."""
    triples = [
        [*(array(t) for t in parts), TOLERANCES.get(parts[1].dtype, (0.0, 0.0))]
        for parts in zip(flatten(ours), flatten(theirs), flatten(truth), strict=True)
        if isinstance(parts[1], torch.Tensor)
    ]
    with np.errstate(all="ignore"):
        return all(
            bool((np.isclose(a, b, *limits, equal_nan=True) | (abs(a - c) <= abs(b - c))).all())
            for a, b, c, limits in triples
        )


def aligned(ours: Any, theirs: Any) -> Any:
    """Eigenvalues (and eigenvectors, in columns) in the order of PyTorch's."""
    values, *vectors = list(flatten(ours))
    mine, wanted = array(values), array(next(flatten(theirs)))
    order = np.zeros(mine.shape, np.int64)
    for at in np.ndindex(mine.shape[:-1]):
        left = list(range(mine.shape[-1]))
        for k, value in enumerate(wanted[at]):
            order[(*at, k)] = left.pop(int(np.argmin([abs(mine[(*at, i)] - value) for i in left])))
    index = cltorch.tensor(order)
    columns = [v.gather(-1, index.unsqueeze(-2).expand(v.shape)) for v in vectors]
    return (values.gather(-1, index), *columns) if columns else values.gather(-1, index)


def _apart(a: np.ndarray, b: np.ndarray, dtype: torch.dtype) -> str:
    relative, absolute = TOLERANCES.get(dtype, (0.0, 0.0))
    with np.errstate(all="ignore"):
        good = np.isclose(a, b, relative, absolute, equal_nan=True)
    if good.all():
        return ""
    at = tuple(int(i) for i in np.argwhere(~good)[0])
    return f"{int((~good).sum())} of {good.size} elements differ, first at {list(at)}: {a[at]} instead of {b[at]}"


# --- one entry ------------------------------------------------------------------------------------------------------------


def leaves(sample: Any) -> list[Any]:
    """The tensors of a sample that need gradients, in order."""
    parts = flatten([sample.input, list(sample.args), sample.kwargs])
    return [p for p in parts if isinstance(p, torch.Tensor) and p.requires_grad]


def gradients(library: Any, result: Any, inputs: list[Any], weights: list[Any]) -> list[Any]:
    """The gradients of ``sum(result * weights)`` for the inputs."""
    outs = [r for r in flatten(result) if isinstance(r, library.Tensor) and r.requires_grad]
    given = library.autograd.grad(outs, inputs, weights, allow_unused=True)
    return [library.zeros_like(t) if g is None else g for g, t in zip(given, inputs, strict=True)]


def weights_for(result: Any) -> list[torch.Tensor]:
    """A gradient for every differentiable result, always the same."""
    made = torch.Generator().manual_seed(7)
    outs = [r for r in flatten(result) if isinstance(r, torch.Tensor) and r.requires_grad]
    return [torch.randn(r.shape, generator=made, dtype=torch.float64).to(r.dtype) for r in outs]


class Entry:
    """One entry of the database in one dtype."""

    def __init__(self, info: Any, dtype: torch.dtype, grad: bool, limit: int) -> None:
        self.info, self.dtype, self.limit = info, dtype, limit
        self.grad = grad and info.supports_autograd and dtype in info.supported_backward_dtypes("cpu")
        self.loose = any(word in info.name for word in UNSURE)

    def run(self) -> dict[str, Any]:
        """Counts of samples and of those that pass, with the first reason of a miss, forward and backward."""
        found = {"samples": 0, "forward": 0, "reason": "", "gradients": 0, "backward": 0, "gradient_reason": ""}
        try:
            function = own(self.info.op, self.info.name)
        except MissingError as error:
            function, found["reason"] = None, f"missing: {error}"
        torch.manual_seed(0)
        for k, sample in enumerate(self.info.sample_inputs("cpu", self.dtype, requires_grad=self.grad)):
            if self.limit and k >= self.limit:
                break
            self.sample(function, sample, found)
        return found

    def sample(self, function: Any, sample: Any, found: dict[str, Any]) -> None:
        """Run one sample with both and count it."""
        process = sample.output_process_fn_grad
        try:
            torch.manual_seed(1)
            mine = None if function is None else self.own_sample(sample)
        except Exception as error:
            mine, found["reason"] = None, found["reason"] or f"input: {type(error).__name__}: {error}"
        try:
            theirs = self.call(self.info.op, sample)
        except Exception:
            return  # PyTorch does not run it either
        found["samples"] += 1
        compared = process(theirs) if self.info.name in AMBIGUOUS else theirs
        inputs = leaves(sample) if self.grad else []
        weighted: list[Any] = []
        if inputs:
            try:
                processed = process(theirs)
                weighted = weights_for(processed)
                wanted = gradients(torch, processed, inputs, weighted) if weighted else []
            except Exception:
                weighted = []
        found["gradients"] += bool(weighted)
        if mine is None:
            found["gradient_reason"] = found["gradient_reason"] or found["reason"]
            return
        ours = self.forward(function, mine, compared, found, process, sample)
        if weighted and ours is not None:
            self.backward(ours, mine, weighted, wanted, found, process, sample)
        elif weighted:
            found["gradient_reason"] = found["gradient_reason"] or found["reason"]

    def own_sample(self, sample: Any) -> Any:
        """The sample with tensors of cltorch; one tensor that occurs twice does so there too."""
        made = types.SimpleNamespace(input=own(sample.input), args=own(tuple(sample.args)), kwargs=own(sample.kwargs))
        if "device" in made.kwargs:
            made.kwargs["device"] = cltorch.get_default_device()
        parts = flatten([made.input, list(made.args), made.kwargs])
        made.leaves = [p for p in parts if is_own(p) and p.requires_grad]
        return made

    def call(self, function: Any, sample: Any) -> Any:
        """The result of a function; one that changes its input in place gets a copy."""
        input = sample.input
        if self.info.name.endswith("_") and not self.info.name.endswith("__"):
            input = input.clone()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function(input, *sample.args, **sample.kwargs)

    def forward(self, function: Any, mine: Any, theirs: Any, found: dict[str, Any], process: Any, sample: Any) -> Any:
        try:
            ours = self.call(function, mine)
            if self.info.name in UNORDERED:
                ours = aligned(ours, theirs)
            compared = own(process)(ours) if self.info.name in AMBIGUOUS and theirs is not None else ours
            text = difference(compared, theirs, values=not (self.loose or self.is_random()))
            if "elements differ" in text and self.info.name not in AMBIGUOUS + UNORDERED and self.narrow:
                text = "" if nearer(ours, theirs, self.call(self.info.op, self.wide(sample))) else text
        except Exception as error:
            ours, text = None, f"{type(error).__name__}: {error}".splitlines()[0]
        found["forward"] += not text
        found["reason"] = found["reason"] or text
        return ours

    def backward(
        self,
        ours: Any,
        mine: Any,
        weighted: list[Any],
        wanted: list[Any],
        found: dict[str, Any],
        process: Any,
        sample: Any,
    ) -> None:
        try:
            given = gradients(cltorch, own(process)(ours), mine.leaves, [to_own(w) for w in weighted])
            text = difference(given, wanted, values=not (self.loose or self.is_random()))
            if "elements differ" in text and self.narrow:
                wide = self.wide(sample)
                exact = gradients(torch, process(self.call(self.info.op, wide)), leaves(wide), widened(weighted))
                text = "" if nearer(given, wanted, exact) else text
        except Exception as error:
            text = f"{type(error).__name__}: {error}".splitlines()[0]
        found["backward"] += not text
        found["gradient_reason"] = found["gradient_reason"] or text

    @property
    def narrow(self) -> bool:
        """Whether float64 is more exact than this dtype."""
        return self.dtype in TOLERANCES and self.dtype not in (torch.float64, torch.complex128)

    def wide(self, sample: Any) -> Any:
        """The sample in float64, in which the database's results count as exact."""
        parts = (sample.input, tuple(sample.args), sample.kwargs)
        input, args, kwargs = map(widened, parts)
        return types.SimpleNamespace(input=input, args=args, kwargs=kwargs)

    @functools.cached_property
    def random(self) -> bool:
        """Whether PyTorch's own results differ from seed to seed."""
        for k, sample in enumerate(self.info.sample_inputs("cpu", self.dtype, requires_grad=False)):
            if k >= 5:
                break
            results = []
            for seed in (3, 4):
                torch.manual_seed(seed)
                try:
                    results.append(
                        [array(r).copy() for r in flatten(self.call(self.info.op, sample)) if torch.is_tensor(r)]
                    )
                except Exception:
                    break
            pairs = zip(*results, strict=True) if len(results) == 2 else ()
            if not all(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc") for a, b in pairs):
                return True
        return False

    def is_random(self) -> bool:
        """`random`, which is found out once, without the database's own seeds; it leaves the generator as it was."""
        state, theirs = torch.get_rng_state(), getattr(self.info.op, "__globals__", {})
        seeded = theirs.get("wrapper_set_seed")
        try:
            if seeded is not None:
                theirs["wrapper_set_seed"] = _unseeded
            return self.random
        finally:
            if seeded is not None:
                theirs["wrapper_set_seed"] = seeded
            torch.set_rng_state(state)


# --- all entries, in processes --------------------------------------------------------------------------------------------


@functools.cache
def database() -> list[Any]:
    """The entries that run on a CPU."""
    from torch.testing._internal.common_methods_invocations import op_db

    return list(op_db)


def full_name(info: Any) -> str:
    """An entry's name with its variant."""
    return f"{info.name}.{info.variant_test_name}" if info.variant_test_name else info.name


def serve(pipe: Connection, grad: bool, limit: int) -> None:
    """A worker: takes (position, dtype), answers with what `Entry.run` found."""
    warnings.simplefilter("ignore")
    infos = database()
    pipe.send("ready")
    while (task := pipe.recv()) is not None:
        position, name = task
        start = time.perf_counter()
        try:
            found = Entry(infos[position], getattr(torch, name), grad, limit).run()
        except Exception as error:
            found = {"samples": 1, "forward": 0, "reason": f"{type(error).__name__}: {error}", "gradients": 0}
            found |= {"backward": 0, "gradient_reason": ""}
        pipe.send({**found, "seconds": round(time.perf_counter() - start, 2)})


class Worker:
    """A process that runs entries, started anew when it hangs or dies."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.start()

    def start(self) -> None:
        """Start the process."""
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        arguments = (theirs, not self.options.no_grad, self.options.samples)
        self.process = context.Process(target=serve, args=arguments, daemon=True)
        self.process.start()
        theirs.close()
        self.task: Any = None
        self.deadline = time.monotonic() + 300

    def give(self, task: Any) -> None:
        """Hand over the next entry."""
        self.task, self.deadline = task, time.monotonic() + self.options.timeout
        self.pipe.send(task)

    def answer(self) -> dict[str, Any] | str | None:
        """What came back: a result, "ready", or None for nothing yet. A lost entry gives a result that says so."""
        lost = ""
        try:
            if self.pipe.poll(0.02):
                return self.pipe.recv()
        except EOFError:
            self.process.join(5)
            lost = f"the process died (exit code {self.process.exitcode})"
        if not lost and time.monotonic() > self.deadline:
            lost = f"longer than {self.options.timeout} s"
            self.process.kill()
        if not lost:
            return None
        if self.task is None:
            raise RuntimeError(f"a worker did not start: {lost}")
        self.start()
        return {"samples": 1, "forward": 0, "reason": lost, "gradients": 1, "backward": 0, "gradient_reason": lost}


def run_all(
    tasks: list[tuple[int, str]], options: argparse.Namespace
) -> Iterator[tuple[tuple[int, str], dict[str, Any]]]:
    """Run all tasks in processes; results come as they are ready."""
    waiting = collections.deque(tasks)
    workers = [Worker(options) for _ in range(min(options.jobs, len(tasks)))]
    open_tasks = len(tasks)
    while open_tasks:
        for worker in workers:
            task, found = worker.task, worker.answer()
            if isinstance(found, dict):
                open_tasks -= 1
                yield task, found
                if worker.task is None:  # started anew: it says when it is ready
                    continue
            if found is not None:
                worker.task = None
                if waiting:
                    worker.give(waiting.popleft())
    for worker in workers:
        worker.pipe.send(None)


def wanted(info: Any, only: list[str]) -> bool:
    """Whether an entry is asked for."""
    name = full_name(info)
    return not only or any(word[1:] in (name, info.name) if word.startswith("=") else word in name for word in only)


def passed(found: dict[str, Any], part: str) -> bool:
    """Whether all samples passed."""
    return bool(found[part] == found["samples" if part == "forward" else "gradients"])


def report(dtype: str, results: dict[str, dict[str, Any]]) -> None:
    """The misses by name, then the totals."""
    print(f"\n{dtype}: misses")
    for name, found in sorted(results.items()):
        if not passed(found, "forward"):
            print(f"  {name}: {found['forward']}/{found['samples']} {found['reason']}")
        elif not passed(found, "backward"):
            print(f"  {name}: gradient {found['backward']}/{found['gradients']} {found['gradient_reason']}")
    good = sum(passed(found, "forward") for found in results.values())
    graded = [found for found in results.values() if found["gradients"]]
    well = sum(passed(found, "backward") for found in graded)
    share = f"{100 * good / max(len(results), 1):.1f} %"
    print(f"{dtype}: {good} of {len(results)} entries pass ({share}), gradients {well} of {len(graded)}")


def compare(kept: dict[str, Any], results: dict[str, Any]) -> int:
    """Print what passed before and does not now; their number."""
    worse = 0
    for dtype, entries in results.items():
        for name, found in entries.items():
            before = kept.get(dtype, {}).get(name)
            for part in ("forward", "backward"):
                if before and passed(before, part) and not passed(found, part):
                    worse += 1
                    print(f"WORSE {dtype} {name} {part}: {found['reason'] or found['gradient_reason']}")
    return worse


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=inspect.getdoc(sys.modules[__name__]).splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--dtype", nargs="+", default=["float32"])
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD")
    parser.add_argument("--samples", type=int, default=0, help="at most so many of each entry (0: all)")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds per entry")
    parser.add_argument("--no-grad", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="a line for every entry as it ends")
    parser.add_argument("--json", help="keep the results in this file")
    parser.add_argument("--against", help="compare with results that were kept")
    options = parser.parse_args()
    infos = database()
    results: dict[str, dict[str, Any]] = {}
    for dtype in options.dtype:
        kind = getattr(torch, dtype)
        chosen = [k for k, o in enumerate(infos) if wanted(o, options.only) and kind in o.supported_dtypes("cpu")]
        found = results[dtype] = {}
        for (position, _), entry in run_all([(k, dtype) for k in chosen], options):
            name = full_name(infos[position])
            found[name] = entry
            if options.verbose:
                grads = f", gradients {entry['backward']}/{entry['gradients']}" if entry["gradients"] else ""
                print(f"{name}: {entry['forward']}/{entry['samples']}{grads} in {entry.get('seconds')} s", flush=True)
        report(dtype, found)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    if options.against:
        with open(options.against, encoding="utf-8") as file:
            return min(compare(json.load(file), results), 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
