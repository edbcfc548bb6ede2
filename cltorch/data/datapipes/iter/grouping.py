"""Pipes that make batches and groups of items."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..datapipe import DataChunk, IterDataPipe, functional_datapipe
from ..utils.common import _check_unpickable_fn


@functional_datapipe("batch")
class BatcherIterDataPipe(IterDataPipe[Any]):
    """``batch_size`` items each, as ``wrapper_class`` makes one of a list; ``drop_last`` leaves out a last, shorter one."""

    def __init__(
        self,
        datapipe: IterDataPipe[Any],
        batch_size: int,
        drop_last: bool = False,
        wrapper_class: Callable[[list[Any]], Any] = DataChunk,
    ) -> None:
        if batch_size <= 0:
            raise AssertionError("Batch size is required to be larger than 0!")
        super().__init__()
        self.datapipe, self.batch_size, self.drop_last = datapipe, batch_size, drop_last
        self.wrapper_class = wrapper_class

    def __iter__(self) -> Iterator[Any]:
        batch: list[Any] = []
        for item in self.datapipe:
            batch.append(item)
            if len(batch) == self.batch_size:
                yield self.wrapper_class(batch)
                batch = []
        if batch and not self.drop_last:
            yield self.wrapper_class(batch)

    def __len__(self) -> int:
        count = len(self.datapipe)  # type: ignore[arg-type]
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)


@functional_datapipe("unbatch")
class UnBatcherIterDataPipe(IterDataPipe[Any]):
    """The items of batches, ``unbatch_level`` deep; -1: of all lists."""

    def __init__(self, datapipe: IterDataPipe[Any], unbatch_level: int = 1) -> None:
        super().__init__()
        self.datapipe, self.unbatch_level = datapipe, unbatch_level

    def __iter__(self) -> Iterator[Any]:
        if self.unbatch_level < -1:
            raise ValueError("unbatch_level must be -1 or >= 0")
        for item in self.datapipe:
            yield from self._dive(item, self.unbatch_level)

    def _dive(self, item: Any, level: int) -> Iterator[Any]:
        if level == 0 or (level == -1 and not isinstance(item, list)):
            yield item
        elif level > 0 and not isinstance(item, list):
            raise IndexError(f"unbatch_level {self.unbatch_level} exceeds the depth of the DataPipe")
        else:
            for part in item:
                yield from self._dive(part, level if level == -1 else level - 1)


@functional_datapipe("groupby")
class GrouperIterDataPipe(IterDataPipe[Any]):
    """Items with the same ``group_key_fn`` together: groups of ``group_size``, when ``buffer_size`` items wait, the largest of at least
    ``guaranteed_group_size`` (RuntimeError if there is none, unless ``drop_remaining``), and at the end what is left. With ``keep_key`` pairs of key and group."""

    def __init__(
        self,
        datapipe: IterDataPipe[Any],
        group_key_fn: Callable[[Any], Any],
        *,
        keep_key: bool = False,
        buffer_size: int = 10000,
        group_size: int | None = None,
        guaranteed_group_size: int | None = None,
        drop_remaining: bool = False,
    ) -> None:
        _check_unpickable_fn(group_key_fn)
        super().__init__()
        self.datapipe, self.group_key_fn, self.keep_key = datapipe, group_key_fn, keep_key
        self.max_buffer_size, self.group_size, self.drop_remaining = buffer_size, group_size, drop_remaining
        self.guaranteed_group_size = group_size if group_size is not None and buffer_size is not None else None
        if group_size is not None and not 0 < group_size <= buffer_size:
            raise ValueError("group_size must be > 0 and <= buffer_size")
        if guaranteed_group_size is not None:
            if group_size is None or not 0 < guaranteed_group_size <= group_size:
                raise ValueError("guaranteed_group_size must be > 0 and <= group_size and group_size must be set")
            self.guaranteed_group_size = guaranteed_group_size

    def __iter__(self) -> Iterator[Any]:
        waiting: dict[Any, list[Any]] = {}
        count = 0
        for item in self.datapipe:
            key = self.group_key_fn(item)
            group = waiting.setdefault(key, [])
            group.append(item)
            count += 1
            if self.group_size is not None and len(group) == self.group_size:
                count -= len(waiting.pop(key))
                yield self._made(key, group)
            if count == self.max_buffer_size:
                key, group = max(waiting.items(), key=lambda known: len(known[1]))
                count -= len(waiting.pop(key))
                if self._is_enough(group):
                    yield self._made(key, group)
        for key, group in waiting.items():
            yield self._made(key, group)

    def _is_enough(self, group: list[Any]) -> bool:
        """Whether a group may be given; RuntimeError where it is too small and must not be dropped."""
        if self.guaranteed_group_size is None or len(group) >= self.guaranteed_group_size:
            return True
        if not self.drop_remaining:
            raise RuntimeError("Failed to group items", str(group))
        return False

    def _made(self, key: Any, group: list[Any]) -> Any:
        made: Any = DataChunk(group)
        return (key, made) if self.keep_key else made
