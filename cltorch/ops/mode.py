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
    cast: Any = None  # autocast's `amp.casting.Casting`, (name, operands) to operands; None where nothing is cast


MODE = Mode()
