"""Whether the indices of a sparse tensor fit its size: checked where it is asked for. See torch.sparse.check_sparse_tensor_invariants."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

from ..tensor.joining import stack
from ..tensor.tensor import Tensor


class check_sparse_tensor_invariants:
    """Whether sparse tensors are checked when they are made: for a block of a program, a decorated function, or (`enable`, `disable`)
    from now on. A check reads indices, so that it waits for the device. See torch.sparse.check_sparse_tensor_invariants.
    """

    _on = False

    def __init__(self, enable: bool = True) -> None:
        self.state = enable
        self.saved: bool | None = None

    @staticmethod
    def is_enabled() -> bool:
        """Whether invariants are checked."""
        return check_sparse_tensor_invariants._on

    @staticmethod
    def enable() -> None:
        """Check them from now on."""
        check_sparse_tensor_invariants._on = True

    @staticmethod
    def disable() -> None:
        """Check them no more."""
        check_sparse_tensor_invariants._on = False

    def __enter__(self) -> None:
        if self.saved is not None:
            raise RuntimeError(
                "This context manager instance is already activated. Use a different context manager instance for context nesting."
            )
        self.saved = self.is_enabled()
        check_sparse_tensor_invariants._on = self.state

    def __exit__(self, *error: object) -> None:
        check_sparse_tensor_invariants._on = bool(self.saved)
        self.saved = None

    def __call__(self, mth: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(mth)
        def checked(*args: Any, **kwargs: Any) -> Any:
            with type(self)(self.state):
                return mth(*args, **kwargs)

        return checked


_NAMES = (("ccol_indices", "row_indices", "nrows", "ncols"), ("crow_indices", "col_indices", "ncols", "nrows"))
"""Of the parts and dimensions of a matrix compressed by columns, or by rows."""


def wanted(asked: bool | None) -> bool:
    """Whether to check: what the call says, else what the program has set."""
    return check_sparse_tensor_invariants._on if asked is None else asked


def check_coordinates(places: Tensor, limits: tuple[int, ...]) -> None:
    """RuntimeError unless coordinates (dimensions, nnz) lie within a size."""
    if not places.numel():
        return
    lows, highs = places.amin(1).tolist(), places.amax(1).tolist()
    for d, (low, high, size) in enumerate(zip(lows, highs, limits, strict=False)):
        if low < 0:
            raise RuntimeError(f"found negative index {low} for dim {d}")
        if high >= size:
            raise RuntimeError(f"size is inconsistent with indices: for dim {d}, size is {size} but found index {high}")


def check_compressed(ends: Tensor, plain: Tensor, extent: int, by_rows: bool) -> None:
    """RuntimeError unless rows (or columns) start in order, and the indices in each lie within the size. Kernels read memory by these, so
    it is always asked."""
    along, across, count, _ = _NAMES[by_rows]
    starts, found = ends.long(), plain.long()
    lengths = starts.diff()
    held = {
        f"{along}[..., 0] == 0": starts[0] == 0,
        f"{along}[..., -1] == nnz": starts[-1] == plain.shape[0],
        f"0 <= {along}[..., 1:] - {along}[..., :-1] <= {count}": ((lengths >= 0) & (lengths <= extent)).all(),
        f"0 <= {across} < {count}": ((found >= 0) & (found < extent)).all(),
    }
    for what, holds in zip(held, stack(list(held.values())).tolist(), strict=True):
        if not holds:
            _violated(what)


def check_order(ends: Tensor, plain: Tensor, by_rows: bool) -> None:
    """RuntimeError unless the indices of each row (or column) are sorted and distinct."""
    along, across, _, lines = _NAMES[by_rows]
    found, lengths = plain.long(), ends.long().diff()
    line = lengths.new_ones(len(lengths)).cumsum(0).repeat_interleave(lengths)
    if bool((found.diff() <= 0).logical_and(line.diff() == 0).any()):
        _violated(
            f"{across}[..., {along}[..., i - 1]:{along}[..., i]] for all i = 1, ..., {lines} are sorted and distinct along the "
            "last dimension values"
        )


def _violated(what: str) -> NoReturn:
    raise RuntimeError(f"`{what}` is not satisfied.")
