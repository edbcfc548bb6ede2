"""Files of models, and repositories with a ``hubconf.py``, from the internet, kept in a folder. See torch.hub.

A ``hubconf.py`` says ``import torch``: it gets cltorch where a program runs with cltorch in PyTorch's place (``cltorch run``).
"""

from __future__ import annotations

import builtins
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_loader
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any, cast
from urllib.parse import urlparse

from tqdm import tqdm

from .serialization import load as load_file

__all__ = [
    "HASH_REGEX",
    "download_url_to_file",
    "get_dir",
    "help",
    "list",
    "load",
    "load_state_dict_from_url",
    "set_dir",
    "urlparse",
]

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
    """Download a file. RuntimeError when its SHA-256 does not begin with ``hash_prefix``, URLError when nothing answers.

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
        text = f"{url} cannot be reached: {error.reason}. Offline, put the file at {dst}"
        raise urllib.error.URLError(text, url) from error
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
    return load_file(path, map_location=map_location, weights_only=weights_only)


# --- repositories ---------------------------------------------------------------------------------------------------------

TRUSTED = ("facebookresearch", "facebookincubator", "pytorch", "fairinternal")  # owners that PyTorch trusts unasked
_QUESTION = (
    "The repository {} does not belong to the list of trusted repositories and as such cannot be downloaded. Do you trust this "
    "repository and wish to add it to the trusted list of repositories (y/N)?"
)


def _branch(owner: str, name: str) -> str:
    """The branch to take where none is given: main if there is one, else master; without a network, the one in the folder."""
    try:
        with urllib.request.urlopen(f"https://github.com/{owner}/{name}/tree/main/"):
            return "main"
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return "master"
        raise
    except urllib.error.URLError as error:
        for branch in ("main", "master"):
            if os.path.exists(os.path.join(get_dir(), f"{owner}_{name}_{branch}")):
                return branch
        raise RuntimeError(
            f"It looks like there is no internet connection and the repo could not be found in the cache ({get_dir()})"
        ) from error


def _ask_trust(owner: str, name: str, folder: str, trust_repo: bool | str | None) -> None:
    """Ask the user before code of an unknown owner is downloaded; who is trusted is noted in the folder."""
    noted = Path(get_dir(), "trusted_list")
    known = noted.read_text().split() if noted.exists() else []
    trusted = owner in TRUSTED or f"{owner}_{name}" in known or Path(get_dir(), folder).is_dir()
    if trust_repo is False or (trust_repo == "check" and not trusted):
        answer = input(_QUESTION.format(f"{owner}_{name}")).lower()
        if answer not in ("y", "yes"):
            raise (
                RuntimeError("Untrusted repository.")
                if answer in ("n", "no", "")
                else ValueError(f"Unrecognized response {answer}.")
            )
    if not trusted:
        noted.write_text("\n".join([*known, f"{owner}_{name}", ""]))


def _validate_not_a_forked_repo(repo_owner: str, repo_name: str, ref: str) -> None:
    """ValueError unless ``ref`` is a branch, a tag or the commit of one: GitHub gives commits of forks under the same address."""
    for kind in ("branches", "tags"):
        for page in count(1):
            url = f"https://api.github.com/repos/{repo_owner}/{repo_name}/{kind}?per_page=100&page={page}"
            with urllib.request.urlopen(urllib.request.Request(url, headers={"User-Agent": "torch.hub"})) as answer:
                found = json.loads(answer.read())
            if any(one["name"] == ref or one["commit"]["sha"].startswith(ref) for one in found):
                return
            if not found:
                break
    raise ValueError(
        f"Cannot find {ref} in https://github.com/{repo_owner}/{repo_name}. If it's a commit from a forked repo, please call "
        "hub.load() with forked repo directly."
    )


def _repository(
    github: str, force_reload: bool, trust_repo: bool | str | None, verbose: bool, skip_validation: bool
) -> str:
    """The folder with a repository ``owner/name[:branch or tag]``, downloaded if need be."""
    repository, _, branch = github.partition(":")
    owner, _, name = repository.partition("/")
    if not (owner and name):
        raise ValueError(f"a repository is named as owner/name or owner/name:branch, not {github!r}")
    os.makedirs(get_dir(), exist_ok=True)
    branch = branch or _branch(owner, name)
    folder = f"{owner}_{name}_{branch.replace('/', '_')}"
    _ask_trust(owner, name, folder, trust_repo)
    kept = os.path.join(get_dir(), folder)
    if os.path.exists(kept) and not force_reload:
        if verbose:
            sys.stderr.write(f"Using cache found in {kept}\n")
        return kept
    if not skip_validation:
        _validate_not_a_forked_repo(owner, name, branch)
    url = f"https://github.com/{owner}/{name}/zipball/{branch}"
    with tempfile.TemporaryDirectory(dir=get_dir()) as temporary:
        packed = os.path.join(temporary, "repository.zip")
        sys.stderr.write(f'Downloading: "{url}" to {kept}\n')
        download_url_to_file(url, packed, progress=False)
        with zipfile.ZipFile(packed) as archive:
            archive.extractall(temporary)  # names that lead out of the folder are made harmless there
            inner = archive.namelist()[0].partition("/")[0]
        shutil.rmtree(kept, ignore_errors=True)
        shutil.move(os.path.join(temporary, inner), kept)
    return kept


@contextmanager
def _entries(repo_or_dir: str, source: str, *how: Any) -> Iterator[ModuleType]:
    """A repository's ``hubconf``, whose folder modules are imported from meanwhile."""
    source = source.lower()
    if source not in ("github", "local"):
        raise ValueError(f'Unknown source: "{source}". Allowed values: "github" | "local".')
    folder = repo_or_dir if source == "local" else _repository(repo_or_dir, *how)
    sys.path.insert(0, folder)
    try:
        loader = SourceFileLoader("hubconf", os.path.join(folder, "hubconf.py"))
        module = module_from_spec(cast("ModuleSpec", spec_from_loader("hubconf", loader)))
        loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(folder)


def _entry(module: ModuleType, model: str) -> Callable[..., Any]:
    """An entry of a ``hubconf``. RuntimeError if it lacks, or if packages that it asks for do."""
    if not isinstance(model, str):
        raise ValueError("Invalid input: model should be a string of function name")
    missing = [name for name in getattr(module, "dependencies", None) or () if find_spec(name) is None]
    if missing:
        raise RuntimeError(f"Missing dependencies: {', '.join(missing)}")
    found = getattr(module, model, None)
    if not callable(found):
        raise RuntimeError(f"Cannot find callable {model} in hubconf")
    return found


def list(
    github: str,
    force_reload: bool = False,
    skip_validation: bool = False,
    trust_repo: bool | str | None = "check",
    verbose: bool = True,
) -> builtins.list[str]:
    """The names of the entries of a repository ``owner/name[:branch]``. See torch.hub.list."""
    with _entries(github, "github", force_reload, trust_repo, verbose, skip_validation) as module:
        return [name for name in dir(module) if callable(getattr(module, name)) and not name.startswith("_")]


def help(
    github: str,
    model: str,
    force_reload: bool = False,
    skip_validation: bool = False,
    trust_repo: bool | str | None = "check",
) -> str | None:
    """The docstring of an entry. See torch.hub.help."""
    with _entries(github, "github", force_reload, trust_repo, True, skip_validation) as module:
        return _entry(module, model).__doc__


def load(
    repo_or_dir: str,
    model: str,
    *args: Any,
    source: str = "github",
    trust_repo: bool | str | None = "check",
    force_reload: bool = False,
    verbose: bool = True,
    skip_validation: bool = False,
    **kwargs: Any,
) -> Any:
    """What the entry ``model`` of a repository, or of a folder (``source="local"``), gives for the other arguments.

    The repository's code is *run*; the user is asked before that of an unknown owner is downloaded, unless ``trust_repo`` is True.
    RuntimeError for an entry or a package that lacks. See torch.hub.load.
    """
    with _entries(repo_or_dir, source, force_reload, trust_repo, verbose, skip_validation) as module:
        return _entry(module, model)(*args, **kwargs)
