"""Stores of keys and values that all ranks see: with one rank, a dictionary. See torch.distributed.Store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

default_pg_timeout = timedelta(minutes=30)


class Store:
    """Keys and values that all ranks see. See torch.distributed.Store."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._values: dict[str, bytes] = {}
        self.timeout: Any = kwargs.get("timeout", default_pg_timeout)

    def set(self, key: str, value: Any) -> None:
        """Set a value."""
        self._values[key] = value if isinstance(value, bytes) else str(value).encode()

    def get(self, key: str) -> bytes:
        """A value. RuntimeError if it is not there: no other rank can set it."""
        if key not in self._values:
            raise RuntimeError(f"Store.get(): {key!r} is not set, and there is no other rank that could set it")
        return self._values[key]

    def add(self, key: str, amount: int) -> int:
        """Add to a number, and return it."""
        total = int(self._values.get(key, b"0")) + amount
        self._values[key] = str(total).encode()
        return total

    def compare_set(self, key: str, expected_value: str, desired_value: str) -> bytes:
        """Set a value where it is the expected one (or there is none and an empty one is expected); the value afterwards, or the expected
        one where there is none."""
        if self._values.get(key, b"") == expected_value.encode():
            self.set(key, desired_value)
        return self._values.get(key, expected_value.encode())

    def append(self, key: str, value: str) -> None:
        """Add to the end of a value, which may be absent."""
        self._values[key] = self._values.get(key, b"") + value.encode()

    def multi_get(self, keys: Sequence[str]) -> list[bytes]:
        """The values of keys."""
        return [self.get(key) for key in keys]

    def multi_set(self, keys: Sequence[str], values: Sequence[str]) -> None:
        """Set several values."""
        for key, value in zip(keys, values, strict=True):
            self.set(key, value)

    def set_timeout(self, timeout: Any) -> None:
        """How long to wait for other ranks, of which there are none: kept as `timeout`."""
        self.timeout = timeout

    def wait(self, keys: Sequence[str], timeout: Any = None) -> None:
        """Wait for keys, which must be there."""
        for key in keys:
            self.get(key)

    def num_keys(self) -> int:
        """How many keys there are."""
        return len(self._values)

    def delete_key(self, key: str) -> bool:
        """Forget a key; whether it was there."""
        return self._values.pop(key, None) is not None

    def check(self, keys: Sequence[str]) -> bool:
        """Whether all keys are there."""
        return all(key in self._values for key in keys)


TCPStore = FileStore = HashStore = PrefixStore = Store
