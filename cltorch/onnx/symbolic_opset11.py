"""``torch.onnx.symbolic_opset11``: symbolic forms that programs import to build theirs; there is no exporter that would use them."""

from __future__ import annotations
