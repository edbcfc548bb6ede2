"""Linear algebra. See torch.linalg; the functions are declared in `tensor.solving`, `tensor.spectral` and `tensor.norms`."""

from __future__ import annotations

from .errors import LinAlgError as LinAlgError
from .tensor import chapters
from .tensor.publish import publish

publish("linalg", __name__)
del chapters, publish
