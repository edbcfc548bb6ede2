"""What all tests share: the device named in the header, seeds, one thread for PyTorch beside our drivers' threads."""

from __future__ import annotations

import os
import signal
import zlib

import numpy as np
import pytest
import torch

import cltorch
from cltorch import warned
from cltorch.config import config
from cltorch.graph.record import flush_all


def pytest_configure(config: pytest.Config) -> None:
    """Workers share the kernel cache on disk; PyTorch keeps to one thread, since several workers run side by side.

    A shell lets what it starts in the background ignore Ctrl-C, and processes inherit that: tests of it need it."""
    torch.set_num_threads(1)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With CLTORCH_TEST_SAMPLE=n one in n of the parametrized tests is run, the same ones everywhere: CI does so on its second
    driver and form, since the whole would take hours there. All others are always run."""
    n = int(os.environ.get("CLTORCH_TEST_SAMPLE", "1"))
    kept = [item for item in items if not hasattr(item, "callspec") or zlib.crc32(item.nodeid.encode()) % n == 0]
    known = set(kept)
    config.hook.pytest_deselected(items=[item for item in items if item not in known])
    items[:] = kept


def pytest_report_header() -> list[str]:
    """The device that the tests run on; there must be one."""
    properties = cltorch.opencl.get_device_properties()
    return [
        f"device: {cltorch.opencl.get_device_name()} ({cltorch.opencl.device_count()} usable), "
        f"kernels: {config.form or 'as the device is'}, eager: {config.eager}, cache: {config.cache}",
        f"properties: {properties}",
    ]


@pytest.fixture(autouse=True)
def seeds() -> None:
    """The same random numbers in every test, whatever ran before it."""
    cltorch.manual_seed(0)
    torch.manual_seed(0)
    np.random.seed(0)


@pytest.fixture(autouse=True)
def fresh_warnings() -> None:
    """What is said once a process is said once a test: which tests ran before in this process must not matter."""
    warned.WARNED.clear()


@pytest.fixture(autouse=True)
def nothing_pending() -> None:
    """What earlier tests left pending would be part of the first batch, and be counted with it."""
    flush_all()


@pytest.fixture
def device() -> cltorch.device:
    """The device that is used when none is asked for."""
    return cltorch.device(f"opencl:{cltorch.opencl.current_device()}")
