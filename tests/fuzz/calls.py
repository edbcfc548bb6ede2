"""Random calls of public functions beside PyTorch.

    python -m tests.fuzz.calls 20000 [seed]

makes so many calls and lists what differs: results (values, dtypes, shapes), arguments that were changed, or the classes of exceptions.
After every call a known result is asked for again: nothing that went wrong may spoil what follows. A call that takes a minute of
processor time, or an hour, ends the run with a traceback. Calls are drawn from `random.Random(seed)`, so that a line can be made again with its seed.
"""

from __future__ import annotations

import faulthandler
import itertools
import os
import signal
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

import cltorch

from .draw import Call, Draw, Drawn, made
from .listed import NOT_FINITE, loose, reason, tensors
from .names import SPREAD, Target, targets
from .partly import alike

LIMITS = {"float16": 4e-3, "bfloat16": 3e-2}


def run(library: Any, target: Target, args: list[Any], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """What a call gives: numbers, or the class of what it raises; and what its tensors are afterwards."""
    args = [made(library, part) for part in (args[0] if target.name in SPREAD and isinstance(args[0], list) else args)]
    kwargs = {name: made(library, part) for name, part in kwargs.items()}
    try:
        result = plain(target.of(library)(*args, **kwargs))
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:150], None
    return result, plain([a for a in (*args, *kwargs.values()) if hasattr(a, "is_contiguous")])


def _taken(call: Call) -> bool:
    return not isinstance(run(torch, *call)[0], str)


def plain(result: Any) -> Any:
    """Results as arrays and plain values."""
    if hasattr(result, "is_contiguous"):
        name = repr(result.dtype).removeprefix("torch.")
        result = result.detach().resolve_conj().resolve_neg()
        array = (result.float() if name == "bfloat16" else result).numpy()
        return (name, tuple(result.shape), array)
    if isinstance(result, (tuple, list)):
        return [plain(part) for part in result]
    return repr(result).removeprefix("torch.") if type(result).__name__ == "dtype" else result


def same(ours: Any, theirs: Any, loose: bool = False, narrow: float = 0.0, finite: bool = False) -> bool:
    """Whether both give the same, numbers up to rounding; ``loose``: dtypes and shapes alone, or with ``finite`` also the numbers that
    are small in both; ``narrow``: the rounding of what is given."""
    if isinstance(theirs, str):
        return isinstance(ours, str) and ours.split(":")[0].strip("_") == theirs.split(":")[0].strip("_")
    if isinstance(theirs, tuple) and len(theirs) == 3 and isinstance(theirs[2], np.ndarray):
        if not isinstance(ours, tuple) or ours[:2] != theirs[:2]:
            return False
        if loose and not finite:
            return True
        limit = max(LIMITS.get(theirs[0], 5e-5), narrow)
        wide = np.complex128 if theirs[2].dtype.kind == "c" else np.float64
        one, other = (array.astype(wide) for array in _seen_once(ours[2], theirs[2]))
        if loose:
            small = (np.abs(one) < 1e9) & (np.abs(other) < 1e9)
            one, other = one[small], other[small]
        return bool(np.allclose(one, other, limit, limit, equal_nan=True))
    if isinstance(theirs, list):
        return (
            isinstance(ours, list)
            and len(ours) == len(theirs)
            and all(same(o, t, loose, narrow, finite) for o, t in zip(ours, theirs))
        )
    if isinstance(theirs, float) and isinstance(ours, float):
        return bool(np.isclose(ours, theirs, 5e-5, 5e-5, equal_nan=True))
    return type(ours) is type(theirs) and bool(ours == theirs)


def _seen_once(*arrays: np.ndarray) -> list[np.ndarray]:
    """Arrays of one shape, without what all of them show over and over: an expanded one may have 2**40 elements."""
    again = [not any(steps) for steps in zip(*(array.strides for array in arrays))]
    return [array[tuple(slice(0, 1) if same else slice(None) for same in again)] for array in arrays]


def written(part: Any) -> str:
    """An argument as a line can show it."""
    if not isinstance(part, Drawn):
        return f"[{', '.join(map(written, part))}]" if isinstance(part, list) else repr(part)
    return f"{part.dtype}{list(part.shape)}{part.layout}{list(part.values[:6])}"


def where(ours: Any, theirs: Any) -> str:
    """The first element that differs, or both outcomes."""
    if isinstance(theirs, list) and isinstance(ours, list) and len(ours) == len(theirs):
        return next(
            (where(o, t) for o, t in zip(ours, theirs, strict=True) if not same(o, t)),
            "what its tensors are afterwards",
        )
    both = [isinstance(one, tuple) and len(one) == 3 for one in (ours, theirs)]
    if all(both) and ours[:2] == theirs[:2]:
        for k, (o, t) in enumerate(zip(ours[2].reshape(-1), theirs[2].reshape(-1), strict=True)):
            if not same((*ours[:2], np.array(o)), (*theirs[:2], np.array(t))):
                return f"element {k} of {theirs[0]}{list(theirs[1])}: PyTorch {t!r}, cltorch {o!r}"
    shown = [f"{one[0]}{list(one[1])}" if is_array else repr(one)[:150] for one, is_array in zip((ours, theirs), both)]
    return f"PyTorch {shown[1]}, cltorch {shown[0]}"


@contextmanager
def _watched() -> Iterator[None]:
    """Ends the process with a traceback when the timer that each call sets runs out, which counts the process's own time: however
    busy the machine is, a call has as much of it."""
    before = signal.signal(signal.SIGPROF, signal.SIG_DFL)
    faulthandler.register(signal.SIGPROF, chain=True)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
        faulthandler.unregister(signal.SIGPROF)
        signal.signal(signal.SIGPROF, before)


@dataclass
class Found:
    """What a run has found: lines that differ, how often each known reason was met, and how many calls PyTorch took."""

    lines: list[str] = field(default_factory=list)
    known: Counter[str] = field(default_factory=Counter)
    taken: int = 0


def differences(draws: Iterable[Draw], log: Any) -> Found:
    """Makes a call of each ``Draw`` with both and says what differs. AssertionError when one has spoiled what follows."""
    found = Found()
    with _watched(), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for draw in draws:
            call = draw.call(_taken)
            shown = ", ".join([*map(written, call[1]), *(f"{k}={written(v)}" for k, v in call[2].items())])
            line = f"{call[0].space}.{call[0].name}({shown})"
            print(line, file=log, flush=True)
            signal.setitimer(signal.ITIMER_PROF, 60)
            faulthandler.dump_traceback_later(3600, exit=True)
            narrow = max((LIMITS.get(t.dtype, 0.0) for t in tensors(call)), default=0.0)
            theirs, after_theirs = run(torch, *call)
            ours, after_ours = run(cltorch, *call)
            found.taken += not isinstance(theirs, str)
            if same(ours, theirs, narrow=narrow) and same(after_ours, after_theirs, narrow=narrow):
                pass
            elif (
                (loosely := loose(call))
                and all(
                    same(one, other, True, narrow, finite=loosely == NOT_FINITE)
                    for one, other in ((ours, theirs), (after_ours, after_theirs))
                )
                and (
                    isinstance(theirs, str)
                    or alike(loosely, call, ours, theirs, max(narrow, 5e-5), lambda: run(torch, *call)[0])
                )
            ):
                found.known[loosely] += 1
            elif known := reason(call, ours, theirs, draw.fits):
                found.known[known] += 1
            else:
                found.lines.append(f"{line}: {where([ours, after_ours], [theirs, after_theirs])}".replace("\n", " "))
            assert (cltorch.arange(3) * 2 + 1).tolist() == [1, 3, 5], f"spoiled by {line}"
    return found


def main(total: int = 20000, seed: int = 0, log: str = os.devnull) -> None:
    """Makes the calls and prints what was found; every call is written to the file ``log`` before it is made."""
    with open(log, "w") as file:
        result = differences(itertools.repeat(Draw(targets(), seed), total), file)
    print("\n".join(line[:600] for line in result.lines))
    for why, times in result.known.most_common():
        print(f"{times:6} known: {why}")
    print(
        f"{len(result.lines)} of {total} calls differ ({100 * len(result.lines) / total:.2f} %), {result.known.total()} for known "
        f"reasons; PyTorch took {result.taken} and refused the rest"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:4])
