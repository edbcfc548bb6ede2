"""Files without the bytes of storages, which another program fills in. See torch.serialization.skip_data."""

from __future__ import annotations

import threading


class _Skips(threading.local):
    """Whether this thread leaves out the bytes of storages."""

    def __init__(self) -> None:
        self.data = False


SKIPS = _Skips()


class skip_data:
    """A block in which `save` leaves room for the bytes of storages (zeros), and `load` makes tensors of zeros. See
    torch.serialization.skip_data. RuntimeError from `save` in the form from before zip archives.
    """

    def __init__(self, materialize_fake_tensors: bool = False) -> None:
        self.materialize_fake_tensors = materialize_fake_tensors  # there are no fake tensors

    def __enter__(self) -> None:
        self._before, SKIPS.data = SKIPS.data, True

    def __exit__(self, *details: object) -> None:
        SKIPS.data = self._before
