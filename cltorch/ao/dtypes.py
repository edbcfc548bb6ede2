"""The names of quantized dtypes: what a quantized layer keeps. There are no tensors of them."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["qint8", "qint32", "quint8"]


class QDtype(NamedTuple):
    """A quantized dtype by name. See torch.qint8."""

    name: str

    def __repr__(self) -> str:
        return f"torch.{self.name}"


qint8, quint8, qint32 = QDtype("qint8"), QDtype("quint8"), QDtype("qint32")
