"""Discrete Fourier transforms. See torch.fft; the functions are declared in `tensor.fourier`."""

from __future__ import annotations

from .tensor import chapters
from .tensor.publish import publish

publish("fft", __name__)
del chapters, publish
