"""Settings from the environment: the only reader of ``os.environ`` for cltorch's own variables.

=================  =====================================================================================================
CLTORCH_DEVICE     which device is used: gpu, cpu, nvidia, amd, intel, pocl, an index (``0``, ``1:0``) or part of a name
CLTORCH_DEBUG      1 device and cache, 2 a line a launch with its time and GB/s, 3 plans, 4 sources, 5 recorded graphs
CLTORCH_CACHE      folder for compiled kernels and verdicts on drivers
CLTORCH_EAGER      1: every op runs at once (to find which one fails)
CLTORCH_INDEX      64: kernels count elements in 64 bits, however few there are (for tests)
CLTORCH_FORM       cpu or gpu: the form of kernels, whatever the device is (for tests)
CLTORCH_TIER       tape, op or fused: how batches run where the choice is free (for tests)
=================  =====================================================================================================
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True, slots=True)
class Config:
    """What the environment asked for when cltorch was imported."""

    device: str
    debug: int
    cache: Path
    eager: bool
    form: str
    tier: str
    wide_index: bool


def read() -> Config:
    """The settings of this process; ValueError for values that mean nothing."""
    form = os.environ.get("CLTORCH_FORM", "")
    if form not in ("", "cpu", "gpu"):
        raise ValueError(f"CLTORCH_FORM must be cpu or gpu, not {form!r}")
    tier = os.environ.get("CLTORCH_TIER", "")
    if tier not in ("", "tape", "op", "fused"):
        raise ValueError(f"CLTORCH_TIER must be tape, op or fused, not {tier!r}")
    index = os.environ.get("CLTORCH_INDEX", "")
    if index not in ("", "64"):
        raise ValueError(f"CLTORCH_INDEX must be 64, not {index!r}")
    debug = os.environ.get("CLTORCH_DEBUG", "0") or "0"
    if not debug.isdigit():
        raise ValueError(f"CLTORCH_DEBUG must be a number from 0 to 5, not {debug!r}")
    folder = os.environ.get("CLTORCH_CACHE") or platformdirs.user_cache_path("cltorch")
    device = os.environ.get("CLTORCH_DEVICE", "").strip()
    return Config(device, int(debug), Path(folder), switch("CLTORCH_EAGER"), form, tier, index == "64")


def switch(name: str) -> bool:
    """Whether a variable is on: 1, true, yes or on; 0, false, no, off and nothing are off."""
    text = os.environ.get(name, "").strip().lower()
    if text in ("", "0", "false", "no", "off"):
        return False
    if text in ("1", "true", "yes", "on"):
        return True
    raise ValueError(f"{name} must be 1 or 0, not {text!r}")


config = read()
