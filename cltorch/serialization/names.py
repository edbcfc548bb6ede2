"""Names in PyTorch's files: which name of ``torch`` a class or function of cltorch is written under, and what it is read as."""

from __future__ import annotations

import importlib
import sys
from types import FunctionType
from typing import Any

from .. import dtypes
from ..tensor.formats import memory_format
from ..tensor.quantized import OF_INTS, QDtype, qscheme

OWN = __name__.partition(".")[0]

_HOMES = {
    "nn.functional": "torch.nn.functional",
    "nn": "",
    "optim": "",
    "distributions": "",
    "distributed": "",
    "data": "torch.utils.data.",
    "utils": "",
    "autograd.modes": "torch.autograd.grad_mode",
    "tensor.return_types": "torch.return_types",
}
"""Where PyTorch keeps what a module of cltorch holds: empty for the same place, a last dot for the same place below another
package; what is in none of these is looked for in ``torch`` itself."""


class StorageType:
    """What a file names as the type of a storage: ``torch.FloatStorage``; ``dtype`` is None for bytes without a type."""

    def __init__(self, module: str, name: str, dtype: dtypes.dtype | None) -> None:
        self.module, self.name, self.dtype = module, name, dtype

    @property
    def element(self) -> dtypes.dtype:
        """The dtype in which the elements of such a storage are counted."""
        return self.dtype or dtypes.uint8


UNTYPED = StorageType("torch.storage", "UntypedStorage", None)
TYPED = {kind: StorageType("torch", f"{kind.title.replace('Tensor', '')}Storage", kind) for kind in dtypes.ALL}
QUANTIZED = {ints: StorageType("torch", f"{one.title}Storage", ints) for ints, one in OF_INTS.items()}
STORAGES = {(one.module, one.name): one for one in (UNTYPED, *TYPED.values(), *QUANTIZED.values())}
STORAGES |= {("torch.cuda", one.name): one for one in TYPED.values()}

FUNCTIONS: dict[Any, tuple[str, str]] = {}
"""The functions that make tensors again, and PyTorch's names of them; `rebuild` fills it."""


def written_name(obj: Any, name: str | None = None) -> tuple[str, str] | None:
    """Module and name under which PyTorch finds what ``obj`` is here; None if it is neither cltorch's nor PyTorch's."""
    if isinstance(obj, StorageType):
        return obj.module, obj.name
    if isinstance(obj, (dtypes.dtype, memory_format, QDtype, qscheme)):
        return "torch", obj.name
    if not isinstance(obj, (type, FunctionType)):
        return None
    if obj in FUNCTIONS:
        return FUNCTIONS[obj]
    root, _, inner = str(obj.__module__).partition(".")
    return (_home(inner), name or obj.__qualname__) if root in (OWN, "torch") else None


def _home(inner: str) -> str:
    for prefix, home in _HOMES.items():
        if inner == prefix or inner.startswith(f"{prefix}."):
            return f"torch.{inner}" if not home else home + inner[len(prefix) + 1 :] if home[-1] == "." else home
    return "torch"


def read_name(module: str, name: str) -> Any:
    """What a name of PyTorch's means here. AttributeError when there is no such thing."""
    for function, named in FUNCTIONS.items():
        if named == (module, name):
            return function
    if (module, name) in STORAGES:
        return STORAGES[module, name]
    place = OWN + (".nn.functional" if module == "torch._C._nn" else module.removeprefix("torch"))
    while place:
        found = _attribute(place, name)
        if found is not None:
            return found
        place = place.rpartition(".")[0]
    raise AttributeError(f"cltorch has no {module}.{name}, which the file names")


def _attribute(module: str, name: str) -> Any:
    """An attribute of a module by its dotted name, None if it or the module is not there."""
    try:
        found: Any = sys.modules.get(module) or importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return None
    return found
