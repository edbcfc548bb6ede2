"""Pipes that make one of several, or several of one."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from ....warned import warn
from ..datapipe import IterDataPipe, functional_datapipe
from ..utils.common import _check_unpickable_fn


class _Joined(IterDataPipe[Any]):
    """A pipe of several."""

    def __init__(self, *datapipes: IterDataPipe[Any]) -> None:
        if not datapipes:
            raise ValueError("Expected at least one DataPipe, but got nothing")
        if not all(isinstance(pipe, IterDataPipe) for pipe in datapipes):
            raise TypeError("Expected all inputs to be `IterDataPipe`")
        super().__init__()
        self.datapipes = datapipes

    def _lengths(self) -> list[int]:
        return [len(pipe) for pipe in self.datapipes]  # type: ignore[arg-type]


@functional_datapipe("concat")
class ConcaterIterDataPipe(_Joined):
    """The items of one pipe after the other."""

    def __iter__(self) -> Iterator[Any]:
        for pipe in self.datapipes:
            yield from pipe

    def __len__(self) -> int:
        return sum(self._lengths())


@functional_datapipe("zip")
class ZipperIterDataPipe(_Joined):
    """Tuples of an item of each pipe, to the end of the shortest."""

    def __iter__(self) -> Iterator[Any]:
        yield from zip(*self.datapipes)

    def __len__(self) -> int:
        return min(self._lengths())


@functional_datapipe("mux")
class MultiplexerIterDataPipe(_Joined):
    """An item of each pipe in turn, to the end of the shortest."""

    def __iter__(self) -> Iterator[Any]:
        for items in zip(*self.datapipes):
            yield from items

    def __len__(self) -> int:
        return min(self._lengths()) * len(self.datapipes)


class _Source:
    """What the children of a pipe read: items wait for those that have not come to them, in a buffer each, of ``size`` in all
    (-1: without limit). ``forks``: each child gets all items."""

    def __init__(
        self, pipe: IterDataPipe[Any], count: int, size: int, targets: Callable[[Any], Any], forks: bool = False
    ) -> None:
        self.pipe, self.size, self.targets, self.forks = pipe, size, targets, forks
        self.waiting: list[deque[Any]] = [deque() for _ in range(count)]
        self.items: Iterator[Any] = iter(())
        self.begun = set(range(count))  # which children have begun with these items

    def __reduce__(self) -> Any:
        return _Source, (self.pipe, len(self.waiting), self.size, self.targets, self.forks)

    def begin(self, child: int) -> None:
        """A child begins; the source begins anew with one that begins again."""
        if child in self.begun:
            self.items = iter(self.pipe)
            for buffer in self.waiting:
                buffer.clear()
            self.begun = set()
        self.begun.add(child)

    def next(self, child: int) -> Iterator[Any]:
        """The items of a child."""
        mine = self.waiting[child]
        while True:
            if mine:
                yield mine.popleft()
                continue
            try:
                item = next(self.items)
            except StopIteration:
                return
            for target, given in self.targets(item):
                self.waiting[target].append(given)
            if 0 <= self.size < self.held(child):
                name = (
                    "ForkerIterDataPipe buffer overflow,"
                    if self.forks
                    else "DemultiplexerIterDataPipe buffer overflow, "
                )
                raise BufferError(f"{name}buffer size {self.size} is insufficient.")

    def held(self, child: int) -> int:
        """How many items wait for others than a child: all of them, or as long as the longest."""
        others = [len(buffer) for k, buffer in enumerate(self.waiting) if k != child]
        return (max if self.forks else sum)([0, *others])


class _Child(IterDataPipe[Any]):
    """One of the pipes that are made of one."""

    _says_whose = False

    def __init__(self, source: _Source, instance_id: int) -> None:
        super().__init__()
        self.source, self.instance_id = source, instance_id
        self.main_datapipe = source.pipe

    def __iter__(self) -> Iterator[Any]:
        self.source.begin(self.instance_id)
        yield from self.source.next(self.instance_id)


class _LongChild(_Child):
    """One that has all items."""

    def __len__(self) -> int:
        return len(self.main_datapipe)  # type: ignore[arg-type]


def _check_count(num_instances: int) -> None:
    if num_instances < 1:
        raise ValueError(f"Expected `num_instances` larger than 0, but {num_instances} is found")


def _check_size(name: str, buffer_size: int) -> None:
    if buffer_size < 0:
        warn(f"Unlimited buffer size is set for `{name}`, please be aware of OOM at random places")


@functional_datapipe("fork")
class ForkerIterDataPipe(IterDataPipe[Any]):
    """A list of ``num_instances`` pipes with the items of one, which is read once. BufferError when one is ``buffer_size`` items ahead.
    ``copy``: None, ``"shallow"`` or ``"deep"`` copies of the items for each."""

    def __new__(
        cls, datapipe: IterDataPipe[Any], num_instances: int, buffer_size: int = 1000, copy: str | None = None
    ) -> Any:
        """The list."""
        _check_count(num_instances)
        if num_instances == 1:
            return [datapipe]
        if copy not in _COPIES:
            raise ValueError(f"Unknown copy method `{copy}` to create child DataPipes.")
        _check_size("fork", buffer_size)
        targets = partial(_to_all, _COPIES[copy], num_instances)
        source = _Source(datapipe, num_instances, buffer_size, targets, True)
        return [_LongChild(source, k) for k in range(num_instances)]


def _itself(item: Any) -> Any:
    return item


_COPIES: dict[str | None, Callable[[Any], Any]] = {None: _itself, "shallow": copy.copy, "deep": copy.deepcopy}


def _to_all(again: Callable[[Any], Any], count: int, item: Any) -> list[tuple[int, Any]]:
    """An item for each child."""
    return [(k, again(item)) for k in range(count)]


def _to_one(
    classifier_fn: Callable[[Any], int | None], count: int, drop_none: bool, item: Any
) -> list[tuple[int, Any]]:
    """An item for the child that the function says, if it says one."""
    target = classifier_fn(item)
    if target is None and drop_none:
        return []
    if target is None or not 0 <= target < count:
        raise ValueError(f"Output of the classification fn should be between 0 and {count - 1}. {target} is returned.")
    return [(target, item)]


@functional_datapipe("demux")
class DemultiplexerIterDataPipe(IterDataPipe[Any]):
    """A list of ``num_instances`` pipes: item x goes to that of number ``classifier_fn(x)``; with ``drop_none`` to none where it is None."""

    def __new__(
        cls,
        datapipe: IterDataPipe[Any],
        num_instances: int,
        classifier_fn: Callable[[Any], int | None],
        drop_none: bool = False,
        buffer_size: int = 1000,
    ) -> Any:
        """The list."""
        _check_count(num_instances)
        _check_unpickable_fn(classifier_fn)
        _check_size("demux", buffer_size)
        targets = partial(_to_one, classifier_fn, num_instances, drop_none)
        source = _Source(datapipe, num_instances, buffer_size, targets)
        return [_Child(source, k) for k in range(num_instances)]
