"""What all pipes are: data sets that read other ones, and steps that are methods of every pipe."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, TypeVar

from ..dataset import Dataset, IterableDataset

Item = TypeVar("Item")
Items = TypeVar("Items", covariant=True)
Pipe = TypeVar("Pipe", bound=type)
_THROWN = "thrown by __iter__ of"
_INVALID = (
    "This iterator has been invalidated because another iterator has been created from the same IterDataPipe: {}\n"
    "This may be caused by multiple references to the same IterDataPipe. We recommend using `.fork()` if that is necessary."
)


class DataChunk(list[Item]):
    """What `Batcher` makes of several items: a list of them."""

    def __init__(self, items: Iterable[Item]) -> None:
        kept = list(items)
        super().__init__(kept)
        self.items = kept

    def as_str(self, indent: str = "") -> str:
        """The items as text."""
        return indent + "[" + ", ".join(str(item) for item in self) + "]"

    def raw_iterator(self) -> Iterator[Item]:
        """The items themselves."""
        return iter(self.items)


class _Steps:
    """What pipes of both kinds share: the steps that were registered, as methods, and how they show themselves."""

    functions: ClassVar[dict[str, Callable[..., Any]]]

    def __getattr__(self, attribute_name: str) -> Any:
        found = type(self).functions.get(attribute_name)
        if found is None:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{attribute_name}")
        return functools.partial(found, self)

    @classmethod
    def register_function(cls, function_name: str, function: Callable[..., Any]) -> None:
        """Let a function of a pipe be a method of all."""
        cls.functions[function_name] = function

    @classmethod
    def register_datapipe_as_function(
        cls, function_name: str, cls_to_register: type, enable_df_api_tracing: bool = False
    ) -> None:
        """Let the making of a pipe upon another be a method of all. Exception if there is such a method."""
        if function_name in cls.functions:
            raise Exception(f"Unable to add DataPipe function name {function_name} as it is already taken")

        def step(source_dp: Any, *args: Any, **kwargs: Any) -> Any:
            return cls_to_register(source_dp, *args, **kwargs)

        step.__doc__, step.__name__ = cls_to_register.__doc__, function_name
        cls.functions[function_name] = step

    def __repr__(self) -> str:
        return str(type(self).__qualname__)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *type(self).functions]


class IterDataPipe(_Steps, IterableDataset[Items]):
    """A pipe that gives its items one after another: a subclass gives ``__iter__``, and ``reset`` for what each begin must find anew.

    Only the last iterator of a pipe is valid; an older one raises RuntimeError. See torch.utils.data.IterDataPipe.
    """

    functions: ClassVar[dict[str, Callable[..., Any]]] = {}
    _turn = 0
    _says_whose = True  # whether errors tell where they come from

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__iter__" in vars(cls):
            cls.__iter__ = _one_at_a_time(cls.__iter__)  # type: ignore[method-assign]

    def __iter__(self) -> Iterator[Items]:
        raise NotImplementedError("Subclasses of IterDataPipe should implement __iter__.")

    def reset(self) -> None:
        """Called before an iterator begins."""


class MapDataPipe(_Steps, Dataset[Items]):
    """A pipe with items by number, or by key. See torch.utils.data.MapDataPipe."""

    functions: ClassVar[dict[str, Callable[..., Any]]] = {}


def _one_at_a_time(method: Callable[[Any], Iterator[Any]]) -> Callable[[Any], Iterator[Any]]:
    """``__iter__`` that makes older iterators invalid, and says in errors whose they are."""

    @functools.wraps(method)
    def begin(self: Any) -> Iterator[Any]:
        self._turn = turn = self._turn + 1
        self.reset()
        return _checked(self, method(self), turn)

    return begin


def _checked(pipe: Any, items: Iterator[Any], turn: int) -> Iterator[Any]:
    while True:
        if pipe._turn != turn:
            raise RuntimeError(_INVALID.format(_described(pipe)))
        try:
            item = next(items)
        except StopIteration:
            return
        except Exception as error:
            if pipe._says_whose and error.args and _THROWN not in str(error.args[0]):
                said = f"{error.args[0]}\nThis exception is {_THROWN} {_described(pipe)}"
                error.args = (said, *error.args[1:])
            raise
        yield item


def _described(pipe: Any) -> str:
    """A pipe's class and the arguments it was made with, as far as it keeps them by their names."""
    names = sorted(name for name in inspect.signature(type(pipe)).parameters if name in vars(pipe))
    shown = [f"{name}={getattr(vars(pipe)[name], '__name__', vars(pipe)[name])}" for name in names]
    return f"{type(pipe).__name__}({', '.join(shown)})"


def functional_datapipe(name: str, enable_df_api_tracing: bool = False) -> Callable[[Pipe], Pipe]:
    """Let a class of pipes be a method ``name`` of all pipes of its kind. See torch.utils.data.functional_datapipe."""

    def register(cls: Pipe) -> Pipe:
        for kind in (IterDataPipe, MapDataPipe):
            if issubclass(cls, kind):
                kind.register_datapipe_as_function(name, cls)
                return cls
        raise TypeError("`functional_datapipe` can only decorate IterDataPipe or MapDataPipe")

    return register


class _IterDataPipeSerializationWrapper(IterDataPipe[Any]):
    """A pipe as another process gets it: pickled when it is sent, as itself here."""

    def __init__(self, datapipe: IterDataPipe[Any]) -> None:
        super().__init__()
        self._datapipe = datapipe

    def __iter__(self) -> Iterator[Any]:
        yield from self._datapipe

    def __len__(self) -> int:
        return len(self._datapipe)  # type: ignore[arg-type]


class _MapDataPipeSerializationWrapper(MapDataPipe[Any]):
    """A pipe as another process gets it: pickled when it is sent, as itself here."""

    def __init__(self, datapipe: MapDataPipe[Any]) -> None:
        super().__init__()
        self._datapipe = datapipe

    def __getitem__(self, index: Any) -> Any:
        return self._datapipe[index]

    def __len__(self) -> int:
        return len(self._datapipe)  # type: ignore[arg-type]
