"""What programs read from ``torch.storage``."""

from __future__ import annotations

from typing import Any

from ...tensor.storages import StorageView, TypedStorage, UntypedStorage

_StorageBase = _LegacyStorage = StorageView


def _warn_typed_storage_removal(stacklevel: int = 2) -> None:
    """Warn of nothing: there is one kind of storage."""


def _load_from_bytes(b: Any) -> Any:
    """The object that bytes of a file hold."""
    import io

    from ...serialization import load

    return load(io.BytesIO(b))
