"""Files of models from the internet, kept in a folder. See torch.hub."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from tqdm import tqdm

from .serialization import load

__all__ = ["HASH_REGEX", "download_url_to_file", "get_dir", "load_state_dict_from_url", "set_dir", "urlparse"]

HASH_REGEX = re.compile(r"-([a-f0-9]*)\.")
ENV_TORCH_HOME, ENV_XDG_CACHE_HOME, DEFAULT_CACHE_DIR = "TORCH_HOME", "XDG_CACHE_HOME", "~/.cache"
READ_DATA_CHUNK = 128 * 1024
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


def download_url_to_file(url: str, dst: str, hash_prefix: str | None = None, progress: bool = True) -> None:
    """Download a file. RuntimeError when its SHA-256 does not begin with ``hash_prefix``, or nothing answers.

    It appears under its name only when it is complete.
    """
    partial = f"{dst}.{os.getpid()}.partial"
    digest = hashlib.sha256()
    request = urllib.request.Request(url, headers={"User-Agent": "torch.hub"})
    try:
        with urllib.request.urlopen(request) as source, open(partial, "wb") as target:
            size = source.headers.get("Content-Length")
            with tqdm(
                total=int(size) if size else None, disable=not progress, unit="B", unit_scale=True, unit_divisor=1024
            ) as bar:
                while data := source.read(READ_DATA_CHUNK):
                    target.write(data)
                    digest.update(data)
                    bar.update(len(data))
        if hash_prefix and not digest.hexdigest().startswith(hash_prefix):
            raise RuntimeError(f'invalid hash value (expected "{hash_prefix}", got "{digest.hexdigest()}")')
        os.replace(partial, dst)
    except urllib.error.HTTPError:
        raise
    except urllib.error.URLError as error:
        raise RuntimeError(f"{url} cannot be reached: {error.reason}. Offline, put the file at {dst}") from error
    finally:
        if os.path.exists(partial):
            os.remove(partial)


def load_state_dict_from_url(
    url: str,
    model_dir: str | None = None,
    map_location: Any = None,
    progress: bool = True,
    check_hash: bool = False,
    file_name: str | None = None,
    weights_only: bool = False,
) -> Any:
    """What the file at a URL holds, downloaded once into ``model_dir`` (by default ``checkpoints`` below `get_dir`)."""
    folder = model_dir or os.path.join(get_dir(), "checkpoints")
    os.makedirs(folder, exist_ok=True)
    name = file_name or os.path.basename(urlparse(url).path)
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        sys.stderr.write(f'Downloading: "{url}" to {path}\n')
        found = HASH_REGEX.search(name) if check_hash else None
        download_url_to_file(url, path, found[1] if found else None, progress)
    return load(path, map_location=map_location, weights_only=weights_only)
