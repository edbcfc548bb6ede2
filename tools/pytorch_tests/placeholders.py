"""Makes ``torch`` mean cltorch for PyTorch's test files: their harness is PyTorch's, and names that only it asks for are placeholders.

The harness, ``torch.testing._internal``, is taken from the installed PyTorch, file by file; PyTorch itself is never imported. It
and the heads of test files ask for names of the dispatcher, of the compiler or of quantised dtypes that cltorch does not have. Each of
those is a placeholder, which may be held, derived from and asked for attributes; what uses one inside of a test raises AttributeError.
"""

from __future__ import annotations

import ast
import dis
import functools
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import os
import sys
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

HARNESS = """torch.testing._internal torch.testing._comparison torch.testing._utils torch.utils._import_utils torch._vendor""".split()
"""What is taken from PyTorch: Python alone, which compares and makes tensors by calling ``torch``."""


class _Kind(type):
    """The class of placeholders, which are classes themselves so that others can derive from them."""

    def __getattr__(cls, name: str) -> Any:
        if name == "__all__":
            return ()
        if name.startswith("__") or may_lack(sys._getframe(1)):
            raise AttributeError(name)
        return placeholder(f"{cls.__qualname__}.{name}")

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if not (cls.__dict__.get("_lacking") and (asked_by_harness(sys._getframe(1)) or is_loading(sys._getframe(1)))):
            if cls.__dict__.get("_lacking"):
                raise AttributeError(f"cltorch does not have {cls.__qualname__}")
            return super().__call__(*args, **kwargs)
        decorated = args[0] if len(args) == 1 and not kwargs and inspect.isroutine(args[0]) else None
        return decorated if decorated is not None else cls

    def __bool__(cls) -> bool:
        return not cls.__dict__.get("_lacking", False)

    def __iter__(cls) -> Any:
        return iter(())

    def __enter__(cls) -> Any:
        return cls

    def __exit__(cls, *error: Any) -> None:
        pass

    def __or__(cls, other: Any) -> Any:
        return other

    __ror__ = __or__


@functools.cache
def placeholder(name: str) -> Any:
    """Something that stands for a name that is not there, the same one each time."""
    return _Kind(name.rpartition(".")[2], (), {"__qualname__": name, "__module__": "torch", "_lacking": True})


_FOLDERS: list[str] = []  # of the harness, of the test files


def asked_by_harness(frame: FrameType | None) -> bool:
    """Whether the code that asks belongs to the harness, or to the head or a class body of a test file."""
    while frame is not None and ("importlib" in frame.f_code.co_filename or frame.f_code.co_filename == __file__):
        frame = frame.f_back
    if frame is None:
        return False
    code = frame.f_code
    return code.co_filename.startswith(_FOLDERS[0]) or (
        code.co_filename.startswith(_FOLDERS[1]) and not code.co_flags & inspect.CO_OPTIMIZED
    )


def is_loading(frame: FrameType | None) -> bool:
    """Whether a test file is being loaded: the names of its tests may be made by functions of its own."""
    while frame is not None:
        if frame.f_code.co_name == "<module>" and frame.f_code.co_filename.startswith(_FOLDERS[1]):
            return True
        frame = frame.f_back
    return False


def may_lack(frame: FrameType) -> bool:
    """Whether it is ``hasattr`` or ``getattr`` that asks, rather than a name in the text."""
    if "importlib" in frame.f_code.co_filename:
        return False  # asks on behalf of `from a import b`
    if frame.f_code.co_name == "_getattr_qual":  # how the harness finds operators by their names
        return frame.f_locals["default"] is not frame.f_globals["_NOTHING"]
    return dis.opname[frame.f_code.co_code[frame.f_lasti]] in ("CALL", "PRECALL", "CALL_FUNCTION", "CALL_FUNCTION_KW")


class HarnessFinder(importlib.abc.MetaPathFinder):
    """Finds the modules of the harness in the folder of the installed PyTorch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if not any(name == one or name.startswith(f"{one}.") for one in HARNESS):
            return None
        place = self.folder.joinpath(*name.split(".")[1:])
        if (place / "__init__.py").exists() or place.is_dir():
            source = str(place / "__init__.py")
            return importlib.util.spec_from_file_location(name, source, submodule_search_locations=[str(place)])
        file = place.with_suffix(".py")
        return importlib.util.spec_from_file_location(name, str(file)) if file.exists() else None


class _Lacking(ModuleType):
    """A module that is not there."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return placeholder(f"{self.__name__}.{name}")


class LackingFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives modules of PyTorch that only the harness imports."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name.partition(".")[0] not in ("torch", "functorch") or not asked_by_harness(sys._getframe(1)):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> ModuleType:
        return _Lacking(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


def pytorch_folder() -> Path:
    """Where PyTorch is installed."""
    for entry in sys.path:
        folder = Path(entry or ".", "torch")
        if (folder / "testing" / "_internal" / "common_utils.py").exists():
            return folder
    raise FileNotFoundError("PyTorch is not installed here: its harness, torch/testing/_internal, is needed")


def quantised(torch: Any, name: str) -> Any:
    """A dtype that stands for a quantised one: decorators of tests take nothing else."""
    made = object.__new__(torch.dtype)
    for slot in torch.dtype.__slots__:
        setattr(made, slot, getattr(torch.uint8, slot))
    made.name = name
    return made


def complete(file: Path) -> None:
    """Give the harness, which is of another version than the tests are, the names that a test file imports from it and that are gone."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(HARNESS[0]):
            continue
        module = importlib.import_module(str(node.module))
        for alias in node.names:
            if not hasattr(module, alias.name):  # lists of operators with `torch._refs` among them are those without
                lacking = placeholder(f"{node.module}.{alias.name}")
                found = getattr(module, alias.name.removesuffix("_and_refs"), lacking)
                getter = getattr(module, f"get_{alias.name}", None)  # some are made by a function since
                setattr(module, alias.name, found if getter is None else getter())


def know(tests: Path) -> Path:
    """Remember whose code may ask for what is not there; gives the folder of PyTorch."""
    folder = pytorch_folder()
    _FOLDERS[:] = [f"{folder}{os.sep}", f"{tests.resolve()}{os.sep}"]
    return folder


def install(folder: Path) -> None:
    """Let ``torch`` mean cltorch, and its harness be that of the PyTorch in a folder."""
    os.environ.setdefault("CLTORCH_STRICT_DEVICE", "1")
    os.environ.setdefault("CLTORCH_QUIET", "1")
    from cltorch.dropin import finder

    getter = finder._getter

    def with_placeholders(module: ModuleType, public: str) -> Any:
        find = getter(module, public)

        def ask(name: str) -> Any:
            try:
                return find(name)
            except AttributeError:
                asking = sys._getframe(1)
                if name.startswith("__") or not asked_by_harness(asking) or may_lack(asking):
                    raise
                return placeholder(f"{public}.{name}")

        return ask

    finder._getter = with_placeholders
    import cltorch.as_torch  # noqa: F401

    torch: Any = sys.modules["torch"]
    for name in ("quint8", "qint8", "qint32", "quint4x2", "quint2x4"):
        setattr(torch, name, quantised(torch, name))
    for name in HARNESS:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, HarnessFinder(folder))
    sys.meta_path.append(LackingFinder())
    internals = importlib.import_module("torch._C")
    internals.has_lapack = internals.has_spectral = True  # else what it has is skipped
    internals._debug_only_are_vmap_fallback_warnings_enabled = lambda: False
    internals._debug_only_display_vmap_fallback_warnings = lambda enabled: None
    enabled = placeholder("torch._C._TorchFunctionState.ENABLED")
    internals._get_torch_function_state = lambda: enabled
    paths: Any = _Lacking("torch._utils_internal")
    paths.get_file_path_2 = os.path.join
    sys.modules[paths.__name__] = paths
    importlib.import_module(
        "torch.ao.quantization"
    ).__path__ = []  # a module here, in which the harness looks for others
    importlib.import_module("torch.testing._utils")  # the harness asks `torch.testing` for it without an import
