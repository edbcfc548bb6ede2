"""What a pass is. See torch.fx.passes.infra.pass_base."""

from __future__ import annotations

import abc
from typing import Any, NamedTuple

__all__ = ["PassBase", "PassResult"]


class PassResult(NamedTuple):
    """What a pass gave, and whether it changed anything. See torch.fx.passes.infra.pass_base.PassResult."""

    graph_module: Any
    modified: bool


class PassBase(abc.ABC):
    """A pass as a class: `call` does it, between `requires` and `ensures`, which raise if something is not as it has to be. See
    torch.fx.passes.infra.pass_base.PassBase.
    """

    def __call__(self, graph_module: Any) -> PassResult | None:
        """Check, run, check."""
        self.requires(graph_module)
        result = self.call(graph_module)
        self.ensures(graph_module)
        return result

    @abc.abstractmethod
    def call(self, graph_module: Any) -> PassResult | None:
        """What the pass does."""

    def requires(self, graph_module: Any) -> None:  # noqa: B027
        """Raises what is wrong before; nothing unless a subclass says so."""

    def ensures(self, graph_module: Any) -> None:  # noqa: B027
        """Raises what is wrong afterwards; nothing unless a subclass says so."""
