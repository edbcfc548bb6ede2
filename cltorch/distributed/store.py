"""Stores of keys and values that all ranks see: with one rank, a dictionary. See torch.distributed.Store."""

from __future__ import annotations

import os
from collections.abc import Iterator, MutableMapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

default_pg_timeout = timedelta(minutes=30)


class Store:
    """Keys and values that all ranks see. See torch.distributed.Store."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._values: MutableMapping[str, bytes] = {}
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

    def barrier(self, key: str, world_size: int, timeout: Any = None) -> None:
        """Wait until ``world_size`` processes have come here: with one, nobody is waited for. RuntimeError for more."""
        if world_size != 1:
            raise RuntimeError(f"Store.barrier(): {world_size} processes are waited for, and there is one")
        self.add(key, 1)

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


class HashStore(Store):
    """A store in the memory of a process. See torch.distributed.HashStore."""


class TCPStore(Store):
    """A store that a host serves: with one rank, nobody is served. See torch.distributed.TCPStore."""

    def __init__(
        self,
        host_name: str,
        port: int = 0,
        world_size: int | None = None,
        is_master: bool = False,
        timeout: Any = default_pg_timeout,
        wait_for_workers: bool = True,
        multi_tenant: bool = False,
        master_listen_fd: int | None = None,
        use_libuv: bool = True,
    ) -> None:
        super().__init__(timeout=timeout)
        self.host, self.port, self.world_size = host_name, port, world_size
        self._values["init/"] = b"1"  # PyTorch counts it too


class FileStore(Store):
    """A store that is named by a path: those of one path have the same keys. With one rank nobody else reads it, so nothing is written
    to the file. See torch.distributed.FileStore.
    """

    _paths: ClassVar[dict[str, dict[str, bytes]]] = {}

    def __init__(self, file_name: str, world_size: int = -1) -> None:
        super().__init__()
        self.path = file_name
        self._values = self._paths.setdefault(os.path.abspath(file_name), {})


class PrefixStore(Store):
    """A store whose keys have a prefix in another one. See torch.distributed.PrefixStore."""

    def __init__(self, prefix: str, store: Store) -> None:
        super().__init__(timeout=store.timeout)
        self.prefix, self.underlying_store = prefix, store
        self._values = _Prefixed(f"{prefix}/", store._values)


class _Prefixed(MutableMapping[str, bytes]):
    """The entries of a dictionary whose keys begin in one way, without it."""

    def __init__(self, prefix: str, whole: MutableMapping[str, bytes]) -> None:
        self.prefix, self.whole = prefix, whole

    def __getitem__(self, key: str) -> bytes:
        return self.whole[self.prefix + key]

    def __setitem__(self, key: str, value: bytes) -> None:
        self.whole[self.prefix + key] = value

    def __delitem__(self, key: str) -> None:
        del self.whole[self.prefix + key]

    def __iter__(self) -> Iterator[str]:
        return (key.removeprefix(self.prefix) for key in self.whole if key.startswith(self.prefix))

    def __len__(self) -> int:
        return sum(1 for _ in self)
