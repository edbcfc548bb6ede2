"""Files decoded by the ends of their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..datapipe import IterDataPipe, functional_datapipe
from ..utils.decoder import Decoder, basichandlers, extension_extract_fn, imagehandler


@functional_datapipe("routed_decode")
class RoutedDecoderIterDataPipe(IterDataPipe[tuple[str, Any]]):
    """Pairs of a path and what its bytes (or its stream) become, by ``handlers``: texts, numbers, JSON, pickles, tensors and pictures if
    none are given. ``key_fn`` makes of a path what handlers are asked with: its extension."""

    def __init__(
        self,
        datapipe: Iterable[tuple[str, Any]],
        *handlers: Callable[[str, Any], Any],
        key_fn: Callable[[str], str] = extension_extract_fn,
    ) -> None:
        super().__init__()
        self.datapipe = datapipe
        self.decoder = Decoder(*(handlers or (basichandlers, imagehandler("torch"))), key_fn=key_fn)

    def add_handler(self, *handler: Callable[[str, Any], Any]) -> None:
        """Put handlers before the others."""
        self.decoder.add_handler(*handler)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for pair in self.datapipe:
            yield pair[0], self.decoder(pair)[pair[0]]

    def __len__(self) -> int:
        return len(self.datapipe)  # type: ignore[arg-type]
