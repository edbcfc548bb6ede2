"""The state of one thread that every call of an op asks: gradients, inference, anomaly detection, autocast."""

from __future__ import annotations

import threading
from typing import Any


class Mode(threading.local):
    """The state of one thread. `autograd.modes` and `amp` have the contexts that set it."""

    enabled = True  # whether gradients are recorded
    inference = False
    anomaly = False
    anomaly_check_nan = True
    multithreading = True  # what the program said of it
    levels: tuple[Any, ...] = ()  # of `vmap`, outermost first (`graph.value.Level`)
    packing: tuple[Any, ...] = ()  # hooks on what rules keep, (pack, unpack), innermost last (`autograd.packing`)
    no_packing: str | None = None  # why there may be none
    watched = (
        False  # whether nodes note more than their rule does: in anomaly mode, inside `vmap`, and where hooks pack
    )
    running: Any = None  # the backward pass (`autograd.engine.Pass`) that is under way
    node: Any = None  # the node of it that runs, if it has hooks or was recorded in anomaly mode
    dual = False  # whether this pass is for derivatives along directions (`autograd.forward_ad`)
    reads = 0  # how often numbers were read: what is computed by them is on no recording
    cast: Any = None  # autocast's `amp.casting.Casting`, (name, operands) to operands; None where nothing is cast

    def watch(self, **state: Any) -> None:
        """Set ``anomaly``, ``levels`` or ``packing``."""
        self.__dict__.update(state)
        self.watched = self.anomaly or bool(self.levels or self.packing)


MODE = Mode()
