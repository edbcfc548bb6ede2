"""``torch.distributed.checkpoint.default_planner``."""

from __future__ import annotations

from . import InParts


class DefaultLoadPlanner(InParts):
    """RuntimeError: checkpoints in parts are not read."""


class DefaultSavePlanner(InParts):
    """RuntimeError: checkpoints in parts are not written."""
