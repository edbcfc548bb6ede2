"""``torch.distributed.algorithms.join``: a block in which ranks may run out of batches at different times."""

from __future__ import annotations

from typing import Any

__all__ = ["Join", "JoinHook", "Joinable"]


class JoinHook:
    """What a rank that has run out does for the others; there are none."""

    def main_hook(self) -> None:
        """Called for every batch of the others."""

    def post_hook(self, is_last_joiner: bool) -> None:
        """Called when all have run out."""


class Joinable:
    """What takes part in `Join`."""


class Join:
    """A block in which ranks may have uneven numbers of batches: with one rank nothing is uneven."""

    def __init__(
        self, joinables: list[Any], enable: bool = True, throw_on_early_termination: bool = False, **kw: Any
    ) -> None:
        self.joinables = joinables

    def __enter__(self) -> None:
        return None

    def __exit__(self, *details: object) -> None:
        for one in self.joinables:
            if hasattr(one, "join_hook"):
                one.join_hook().post_hook(is_last_joiner=True)

    @staticmethod
    def notify_join_context(joinable: Any) -> None:
        """None: there is no other rank to tell."""
        return None
