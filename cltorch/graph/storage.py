"""The cell that all views of one array share: it points at the array's current value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .value import Value

UNCOUNTED = -(1 << 62)  # the version of what is made in inference mode, which stays below zero


class Birth:
    """What says which version a storage starts with, while any thread is in inference mode; else None, and it is 0."""

    version: Callable[[], int] | None = None


class Cell:
    """Points at an immutable value; an in-place op points it at the next one. ``version`` counts those changes.

    It is bytes: tensors that share it may see them as elements of different dtypes. This one is for computed values that nobody writes
    over (the host's), so it does not matter to them when it is gone.
    """

    __slots__ = ("__weakref__", "nbytes", "value", "version")

    def __init__(self, value: Value, nbytes: int) -> None:
        self.value = value  # takes over the pin that the value was born with
        self.nbytes = nbytes  # of the flat array
        self.version = 0 if Birth.version is None else Birth.version()

    @property
    def cell(self) -> Storage:
        """The storage itself; what stands for another one gives that."""
        return self  # type: ignore[return-value]

    def repoint(self, value: Value) -> None:
        """Make ``value`` (with its birth pin) the current one."""
        if value.levels and not self.value.inside:
            raise RuntimeError(SLICES_IN_SHARED)
        self.value.pins -= 1
        self.value = value
        self.version += 1

    def grow(self, other: Cell) -> None:
        """Become as large as another storage, with its contents."""
        other.value.pins += 1
        self.repoint(other.value)
        self.nbytes = other.nbytes

    def hold(self, value: Value, nbytes: int) -> None:
        """Be of another size, with a value (and its birth pin) in the place of the present one. No version notices, as in PyTorch."""
        self.value.pins -= 1
        self.value, self.nbytes = value, nbytes

    def freeze(self) -> Storage:
        """A second storage that keeps the current value whatever happens to this one."""
        self.value.pins += 1
        return Storage(self.value, self.nbytes)


class Storage(Cell):
    """A cell that pins its value: what is pinned survives a flush, and only what is not may be overwritten."""

    __slots__ = ()

    def __del__(self) -> None:
        self.value.pins -= 1


SLICES_IN_SHARED = (
    "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args that has more "
    "elements than `self`. This happened due to `other` being vmapped over but `self` not being vmapped over in a vmap. "
    "Please try to use out-of-place operators instead of inplace arithmetic. If said operator is being called inside the PyTorch framework, please "
    "file a bug report instead."
)


class Uncounted(Storage):
    """Stands for a storage, and changes it without its version's noticing: what ``Tensor.data`` looks at."""

    __slots__ = ("_cell",)

    def __init__(self, cell: Storage) -> None:
        self._cell = cell
        self.version = 0

    @property
    def cell(self) -> Storage:
        """The storage that it stands for."""
        return self._cell

    @property
    def nbytes(self) -> int:  # type: ignore[override]
        """Bytes of that storage."""
        return self._cell.nbytes

    def grow(self, other: Cell) -> None:
        """Make that storage as large as another one, with its contents."""
        other.value.pins += 1
        self.repoint(other.value)
        self._cell.nbytes = other.nbytes

    @property
    def value(self) -> Value:  # type: ignore[override]
        """The current value of that storage."""
        return self._cell.value

    def repoint(self, value: Value) -> None:
        """Make ``value`` the current one of that storage."""
        cell = self._cell
        cell.value.pins -= 1
        cell.value = value
        self.version += 1

    def freeze(self) -> Storage:
        """See `Storage.freeze`."""
        return self._cell.freeze()

    def __del__(self) -> None:
        """The storage itself gives its value back."""
