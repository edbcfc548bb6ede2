"""Pipes that change, choose or collate items."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from ...collate import default_collate
from ..datapipe import IterDataPipe, functional_datapipe
from ..utils.common import _check_unpickable_fn, validate_input_col


def _picked(item: Any, columns: Any) -> tuple[Any, ...]:
    """The entries of an item that a function is called with."""
    if columns is None:
        return (item,)
    return tuple(item[c] for c in columns) if isinstance(columns, (list, tuple)) else (item[columns],)


@functional_datapipe("map")
class MapperIterDataPipe(IterDataPipe[Any]):
    """``fn`` of every item. With ``input_col`` it gets these entries of the item, and its result takes their place, or that of
    ``output_col`` (-1: a new one at the end)."""

    def __init__(
        self, datapipe: IterDataPipe[Any], fn: Callable[..., Any], input_col: Any = None, output_col: Any = None
    ) -> None:
        _check_unpickable_fn(fn)
        super().__init__()
        if input_col is None and output_col is not None:
            raise ValueError("`output_col` must be None when `input_col` is None.")
        if isinstance(output_col, (list, tuple)):
            if len(output_col) > 1:
                raise ValueError("`output_col` must be a single-element list or tuple")
            output_col = output_col[0]
        self.datapipe, self.fn, self.input_col, self.output_col = datapipe, fn, input_col, output_col
        validate_input_col(fn, input_col)

    def _apply(self, item: Any) -> Any:
        result = self.fn(*_picked(item, self.input_col))
        if self.input_col is None:
            return result
        made = list(item) if isinstance(item, tuple) else item
        if self.output_col is None:
            columns = self.input_col if isinstance(self.input_col, (list, tuple)) else [self.input_col]
            made[columns[0]] = result
            for column in sorted(columns[1:], reverse=True):
                del made[column]
        elif self.output_col == -1:
            made.append(result)
        else:
            made[self.output_col] = result
        return tuple(made) if isinstance(item, tuple) else made

    def __iter__(self) -> Iterator[Any]:
        for item in self.datapipe:
            yield self._apply(item)

    def __len__(self) -> int:
        return len(self.datapipe)  # type: ignore[arg-type]


@functional_datapipe("collate")
class CollatorIterDataPipe(MapperIterDataPipe):
    """Items collated, by `default_collate` or another function; or the columns that ``conversion`` names, each by its function."""

    def __init__(
        self,
        datapipe: IterDataPipe[Any],
        conversion: Any = default_collate,
        collate_fn: Callable[[Any], Any] | None = None,
    ) -> None:
        how = conversion if collate_fn is None else collate_fn
        super().__init__(datapipe, how if callable(how) else functools.partial(_by_column, how))


def _by_column(conversion: dict[Any, Any], batch: Any) -> dict[Any, Any]:
    """A dictionary's columns, each changed by its function."""
    return {name: conversion[name](column) if name in conversion else column for name, column in batch.items()}


@functional_datapipe("filter")
class FilterIterDataPipe(IterDataPipe[Any]):
    """The items of which ``filter_fn`` is true."""

    def __init__(self, datapipe: IterDataPipe[Any], filter_fn: Callable[..., bool], input_col: Any = None) -> None:
        _check_unpickable_fn(filter_fn)
        validate_input_col(filter_fn, input_col)
        super().__init__()
        self.datapipe, self.filter_fn, self.input_col = datapipe, filter_fn, input_col

    def _passes(self, item: Any) -> bool:
        passes = self.filter_fn(*_picked(item, self.input_col))
        if not isinstance(passes, bool):
            raise ValueError("Boolean output is required for `filter_fn` of FilterIterDataPipe, got", type(passes))
        return passes

    def __iter__(self) -> Iterator[Any]:
        for item in self.datapipe:
            if self._passes(item):
                yield item
