"""What an optimizer keeps of a parameter: counts are numbers for its steps and tensors for whoever looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from weakref import ReferenceType, ref

from .. import dtypes
from ..autograd.modes import no_grad
from ..tensor.creation import tensor
from ..tensor.tensor import Tensor


def scalar_dtype() -> dtypes.dtype:
    """The dtype of a count, as PyTorch has it: float64 if that is the default one, else float32."""
    return dtypes.float64 if dtypes.get_default_dtype() is dtypes.float64 else dtypes.float32


entry: Any = dict.__getitem__  # a tensor of a state, or a count as it is kept


class State(dict[str, Any]):
    """A dictionary in which ``names`` are counts, such as the number of steps.

    In PyTorch a count is a tensor without dimensions. Here it is a number (or a tensor that a device counts on), so that a step
    costs nothing for it; reading it gives a tensor, which goes on showing the count as long as somebody keeps it, and whose
    changes count even after that.
    """

    __slots__ = ("_shown", "names")

    def __init__(self, names: tuple[str, ...], content: dict[str, Any]) -> None:
        super().__init__(content)
        self.names = names
        # what was handed out, another tensor over the same memory, and the version that the count is of
        self._shown: dict[str, tuple[ReferenceType[Tensor], Tensor, int]] = {}
        for name in names:
            found = content.get(name)
            if isinstance(found, Tensor):
                self[name] = found
            elif found is not None:
                super().__setitem__(name, float(found))

    def number(self, name: str) -> Any:
        """A count: a Python number, or a tensor that is on the device alone."""
        if self._shown and name in self._shown:
            self._look(name)
        return entry(self, name)

    def _look(self, name: str) -> Tensor | None:
        """The tensor that was handed out, if somebody still keeps it. Its changes count, also those of one that nobody keeps any more."""
        kept, same, version = self._shown[name]
        shown = kept()
        if same._storage.version != version:
            super().__setitem__(name, float(same.item()))
        if shown is None:
            del self._shown[name]
        elif same._storage.version != version:
            self._show(name, shown)
        return shown

    def _show(self, name: str, shown: Tensor) -> None:
        self._shown[name] = ref(shown), shown.detach(), shown._storage.version

    def ages(self) -> list[Any]:
        """What tells counts apart: numbers, and which tensor it is on the device."""
        counts = map(self.number, self.names) if self._shown else [entry(self, name) for name in self.names]
        return [count if count.__class__ is float else id(count) for count in counts]

    def put(self, counts: dict[str, Any]) -> None:
        """The counts after a step; a tensor that was handed out shows them too."""
        self.update(counts)
        for name in list(self._shown) if self._shown else ():
            shown, value = self._shown[name][0](), counts.get(name)
            if shown is None or value is None:
                continue
            with no_grad():
                shown.copy_(value if isinstance(value, Tensor) else tensor(value, dtype=shown.dtype))
            self._show(name, shown)

    def _tensor(self, name: str) -> Tensor:
        shown = self._look(name) if name in self._shown else None
        if shown is None:
            value = super().__getitem__(name)
            shown = value.detach().clone() if isinstance(value, Tensor) else tensor(float(value), dtype=scalar_dtype())
            self._show(name, shown)
        return shown

    # --- what others see ----------------------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Any:
        return self._tensor(name) if name in self.names and name in self else super().__getitem__(name)

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self.names:
            self._shown.pop(name, None)
            if isinstance(value, Tensor):
                self._show(name, value)
            value = float(value.item() if isinstance(value, Tensor) else value)
        super().__setitem__(name, value)

    def __iter__(self) -> Iterator[str]:
        return super().__iter__()  # said here so that ``dict(state)`` asks for each entry

    def get(self, name: str, default: Any = None) -> Any:  # type: ignore[override]
        """An entry, or ``default``."""
        try:
            return self[name]
        except KeyError:
            return default

    def items(self) -> Iterable[tuple[str, Any]]:  # type: ignore[override]
        """Names and entries."""
        return [(name, self[name]) for name in self]

    def values(self) -> Iterable[Any]:  # type: ignore[override]
        """All entries."""
        return [self[name] for name in self]

    def copy(self) -> dict[str, Any]:
        """A plain dictionary of the same entries."""
        return dict(self.items())

    def __repr__(self) -> str:
        return repr(self.copy())

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (self.copy(),)
