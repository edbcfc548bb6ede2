"""Special functions. See torch.special; they are declared in `ops.special` and `tensor.special`."""

from __future__ import annotations

from .tensor import chapters
from .tensor.publish import publish

publish("special", __name__)
del chapters, publish
