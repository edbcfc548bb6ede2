"""Versions, as torch.version has them, and the level of PyTorch's API that is offered."""

from __future__ import annotations

import re
from typing import Any

__version__ = "0.1.0"
TORCH_LEVEL = f"2.13.0+cltorch{__version__}"
"""What ``torch.__version__`` says where ``torch`` means cltorch: the release whose names and meanings are followed."""

cuda = None
hip = None
xpu = None
debug = False
git_version = "unknown"


class TorchVersion(str):
    """A version that compares with text, with tuples and with versions of `packaging`. See torch.torch_version.TorchVersion."""

    @staticmethod
    def _numbers(version: Any) -> tuple[int, ...]:
        if isinstance(version, tuple):
            return tuple(int(part) for part in version)
        release = re.match(r"\d+(\.\d+)*", str(version))
        if release is None:
            raise ValueError(f"Invalid version: {version!r}")
        return tuple(int(part) for part in release[0].split("."))

    def _order(self, other: Any) -> int:
        one, two = self._numbers(self), self._numbers(other)
        length = max(len(one), len(two))
        one, two = one + (0,) * (length - len(one)), two + (0,) * (length - len(two))
        return (one > two) - (one < two)

    def __lt__(self, other: Any) -> bool:
        return self._order(other) < 0

    def __le__(self, other: Any) -> bool:
        return self._order(other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self._order(other) > 0

    def __ge__(self, other: Any) -> bool:
        return self._order(other) >= 0

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TorchVersion) or not isinstance(other, str):
            try:
                return self._order(other) == 0
            except ValueError:
                return False
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__
