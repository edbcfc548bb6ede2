"""What programs read from ``torch.utils.data._utils``."""

from __future__ import annotations

import sys

from ...data import collate as collate
from ...data import fetch as fetch
from ...data import pinning as pin_memory
from ...data import signal_handling as signal_handling
from ...data import worker as worker
from .utils import ExceptionWrapper as ExceptionWrapper

HAS_NUMPY = True
IS_WINDOWS = sys.platform == "win32"
MP_STATUS_CHECK_INTERVAL = 5.0
"""Seconds between two looks at processes."""
python_exit_status = False
