"""What is said of a name of PyTorch that is not there: the name, the place in the program, the nearest that exists."""

from __future__ import annotations

import difflib
from types import FrameType, ModuleType, TracebackType
from typing import Any


class MissingNameError(AttributeError):
    """A name of PyTorch that cltorch does not have. The text is made when it is read, as programs ask with ``hasattr``."""

    def __init__(self, module: ModuleType, public: str, name: str, frame: FrameType) -> None:
        super().__init__(name=name)
        self.module, self.public = module, public
        self.place = f"{frame.f_code.co_filename}:{frame.f_lineno}"

    def __str__(self) -> str:
        near = nearest(str(self.name), self.module)
        hint = f"; the nearest is {self.public}.{near}" if near else ""
        return f"module '{self.public}' has no attribute '{self.name}' ({self.place}): cltorch does not have it{hint}"


def nearest(name: str, holder: Any) -> str | None:
    """The public name of a module, class or object that is most like ``name``."""
    known = [one for one in dir(holder) if not one.startswith("_") or name.startswith("_")]
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return found[0] if found else None


def explain(error: BaseException) -> str | None:
    """One line about an error of a program that stands for a missing name; None for any other error."""
    if isinstance(error, MissingNameError):
        return None  # says it all
    name = getattr(error, "name", None)
    if isinstance(error, ModuleNotFoundError) and str(name).startswith("torch."):
        return f"cltorch has no module {name} ({place_of(error.__traceback__)})"
    if isinstance(error, ImportError) and str(name).partition(".")[0] in ("torch", "cltorch"):
        wanted = getattr(error, "name_from", None) or str(error).split("'")[1]
        module = __import__(str(name), fromlist=["_"])
        public = str(name).replace("cltorch", "torch", 1)
        return _line(f"{public}.{wanted}", nearest(wanted, module), error)
    if isinstance(error, AttributeError) and name is not None:
        kind = type(error.obj) if not isinstance(error.obj, type) else error.obj
        if kind.__module__.partition(".")[0] in ("torch", "cltorch"):
            return _line(f"{kind.__module__}.{kind.__qualname__}.{name}", nearest(name, error.obj), error)
    return None


def _line(what: str, near: str | None, error: BaseException) -> str:
    hint = f"; the nearest is {near}" if near else ""
    return f"cltorch does not have {what} ({place_of(error.__traceback__)}){hint}"


def place_of(trace: TracebackType | None) -> str:
    """Where an error arose: file and line of the innermost frame that is not the import system's."""
    place = "unknown place"
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith("<frozen"):
            place = f"{code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
