"""PyTorch's own test tables. Importing them forbids to set flags of ``torch.backends`` in this process, which other tests do."""

from __future__ import annotations

import torch
from torch.testing._internal import autocast_test_lists, common_modules

torch.backends.flags_frozen.__globals__["__allow_nonbracketed_mutation_flag"] = True

__all__ = ["autocast_test_lists", "common_modules"]
