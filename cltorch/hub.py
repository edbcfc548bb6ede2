"""Where downloaded models are kept. See torch.hub.

Loading from the internet is not here yet: what would need it raises.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlparse

__all__ = ["HASH_REGEX", "get_dir", "set_dir", "urlparse"]

HASH_REGEX = re.compile(r"-([a-f0-9]*)\.")
ENV_TORCH_HOME, ENV_XDG_CACHE_HOME, DEFAULT_CACHE_DIR = "TORCH_HOME", "XDG_CACHE_HOME", "~/.cache"
_hub_dir: str | None = None


def _get_torch_home() -> str:
    """``TORCH_HOME``, else the folder ``torch`` among the user's caches."""
    caches = os.environ.get(ENV_XDG_CACHE_HOME, DEFAULT_CACHE_DIR)
    return os.path.expanduser(os.environ.get(ENV_TORCH_HOME, os.path.join(caches, "torch")))


def get_dir() -> str:
    """The folder for models and repositories: `set_dir`'s, else ``hub`` below `_get_torch_home`."""
    return _hub_dir or os.path.join(_get_torch_home(), "hub")


def set_dir(d: str | os.PathLike[str]) -> None:
    """Choose the folder for models and repositories."""
    global _hub_dir
    _hub_dir = str(Path(d).expanduser())
