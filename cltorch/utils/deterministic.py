"""``torch.utils.deterministic``: whether `torch.empty` is filled where results shall repeat. It is always, with zeros."""

from __future__ import annotations

fill_uninitialized_memory = True
