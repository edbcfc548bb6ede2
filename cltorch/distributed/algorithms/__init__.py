"""``torch.distributed.algorithms``: ranks with uneven numbers of batches, of which one rank knows nothing."""

from __future__ import annotations

from .join import Join, Joinable, JoinHook

__all__ = ["Join", "JoinHook", "Joinable"]
