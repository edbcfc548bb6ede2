"""Imported at start by ``cltorch_as_torch.pth`` where ``CLTORCH_AS_TORCH=1``: ``torch`` will mean cltorch, once it is imported.

cltorch itself is imported only then, so that programs without PyTorch start as quickly as ever.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution, DistributionFinder
from typing import Any


class Waiting(DistributionFinder):
    """Stands in for cltorch's finder until something asks for ``torch``."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return _real().find_spec(name, path, target) if name.partition(".")[0] == "torch" else None

    def find_distributions(self, context: Any = DistributionFinder.Context()) -> Any:  # noqa: B008
        if context.name == "torch":
            return _real().find_distributions(context)
        return iter(list[Distribution]())


def _real() -> Any:
    """cltorch's finder, in the place of this one."""
    if WAITING in sys.meta_path:
        sys.meta_path.remove(WAITING)
    import cltorch.as_torch  # noqa: F401

    return next(one for one in sys.meta_path if type(one).__name__ == "TorchFinder")


WAITING = Waiting()
sys.meta_path.insert(0, WAITING)
