"""What becomes of a batch that failed: what can run runs, the rest is held back with what reads it, and says why when it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import AcceleratorError, KernelBuildError, OutOfMemoryError
from .value import Value, results

if TYPE_CHECKING:
    from ..runtime.device import Device
    from .run import Run
    from .script import TapeRun


class DroppedError(RuntimeError):
    """A value is read that was dropped, since nobody held it when its batch ran."""

    def __init__(self) -> None:
        super().__init__(
            "a value that was dropped is read again: a tensor was changed by one thread while another read it"
        )


class FreedError(DroppedError):
    """A tensor is read whose storage was made empty."""

    def __init__(self, *args: object) -> None:
        RuntimeError.__init__(
            self, *args or ("the storage of a tensor that is read has 0 bytes: it was freed by resize_(0)",)
        )


def freed() -> Value:
    """What a storage holds that was made empty: tensors that look at it say so when they are read."""
    value = Value(None, ())
    value.error = FreedError()
    return value


FAILURES = (OutOfMemoryError, KernelBuildError, AcceleratorError, DroppedError)


def why_lost(value: Value) -> Exception:
    """Why a value has no numbers and never will."""
    error = getattr(value, "error", None)
    return DroppedError() if error is None else type(error)(*error.args)


def is_pinned(value: Value) -> bool:
    """Whether somebody holds a result."""
    return any(out.is_wanted for out in results(value))


def closure(targets: list[Value], among: list[Value]) -> list[Value]:
    """``targets`` with those of ``among`` that they need and that are not computed, in the order of ``among``."""
    makers = {id(out): value for value in among for out in results(value)}
    needed: dict[int, Value] = {}
    stack = list(targets)
    while stack:
        value = stack.pop()
        if id(value) not in needed and value.record is not None:
            needed[id(value)] = value
            stack += [makers[id(read)] for read in value.reads if id(read) in makers]
    return [value for value in among if id(value) in needed]


class Failures:
    """The part of a recorder that holds back what failed."""

    device: Device
    pending: list[Value]
    held: list[Value]  # what failed, and what reads it, in the order of recording
    running: Run | TapeRun | None
    flushing: bool

    def _run(self, batch: list[Value], is_long: bool = False) -> None:
        """Run values that are all pending or all held back."""
        raise NotImplementedError

    def _finish(self) -> None:
        """Launch what is left of the running batch."""
        raise NotImplementedError

    def _hold(self, batch: list[Value]) -> None:
        """Move values from what is pending to what is held back."""
        known = {id(value) for value in self.held}
        self.held += [value for value in batch if id(value) not in known]
        inside = {id(value) for value in batch}
        self.pending[: len(batch)] = [value for value in self.pending[: len(batch)] if id(value) not in inside]

    def _hold_readers(self) -> None:
        """Hold back what reads something held back; forget what nobody needs any more."""
        count = len(self.pending)
        everything = self.held + self.pending[:count]
        needed = closure([*(v for v in self.held if is_pinned(v)), *self.pending[:count]], everything)
        kept = {id(value) for value in needed}
        self.held = [value for value in self.held if id(value) in kept]
        stuck = {id(out) for value in self.held for out in results(value)}
        going, staying = [], []
        for value in self.pending[:count]:
            if id(value) in stuck or any(id(read) in stuck for read in value.reads):
                staying.append(value)
                stuck.update(id(out) for out in results(value))
            else:
                going.append(value)
        known = {id(value) for value in self.held}
        self.held += [value for value in staying if id(value) not in known]
        self.pending[:count] = going

    def _run_parts(self, targets: list[Value], kinds: tuple[type[Exception], ...]) -> None:
        """Run as much as can be of what failed as a whole: halves of it, and halves of these."""
        bad: set[int] = set()
        stack = [targets[len(targets) // 2 :], targets[: len(targets) // 2]]
        while stack:
            part = stack.pop()
            part = [value for value in part if value.record is not None]
            if not part:
                continue
            needed = closure(part, self.held)
            if len(part) > 1 and any(id(value) in bad for value in needed):
                part = [value for value in part if not any(id(v) in bad for v in closure([value], self.held))]
                if not part:
                    continue
                needed = closure(part, self.held)
            if any(id(value) in bad for value in needed):
                continue
            try:
                self._run(needed)
            except kinds:
                if self.running is not None:
                    raise
                if len(part) == 1:
                    bad.add(id(part[0]))
                else:
                    stack += [part[len(part) // 2 :], part[: len(part) // 2]]

    def retry(self, value: Value) -> None:
        """Compute a value that was held back, with all that it needs and nothing else; raises why it cannot be."""
        with self.device.lock:
            maker = next((v for v in self.held if v is value or (v.outs is not None and value in v.outs)), None)
            if maker is None:
                if value.buffer is None:
                    raise why_lost(value)
                return
            self.flushing = True
            try:
                self._finish()
                self._run(closure([maker], self.held))
                rest = [v for v in self.held if is_pinned(v)]
                if rest:
                    self._run_parts(rest, FAILURES)
            finally:
                self.flushing = False
