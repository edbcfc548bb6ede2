"""Special functions. See torch.special."""

from __future__ import annotations

from .tensor.publish import publish

publish("special", __name__)
del publish
