"""The import finder under which ``torch`` is cltorch. Nothing is written to disk, and a PyTorch that is installed is not touched.

A module of ``torch`` *is* the module of cltorch with that name (one object under two names), so that what a program sets on one
is seen in the other. Modules are named ``torch``, and classes and functions get that into their ``__module__``: they print and pickle
as PyTorch's do.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from importlib.abc import InspectLoader, Loader
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution, DistributionFinder
from types import CodeType, FunctionType, ModuleType
from typing import Any

from .. import version
from ..tensor.return_types import RETURN_TYPES
from ..version import TORCH_LEVEL, TorchVersion
from .missing import MissingNameError

OWN = __name__.partition(".")[0]

RENAMED = {
    "torch.utils.data": "data",
    "torch.autograd.grad_mode": "autograd.modes",
    "torch.autograd.profiler": "profiler.legacy",
    "torch.multiprocessing.spawn": "multiprocessing.starting",
    "torch.distributed.algorithms.ddp_comm_hooks.post_localSGD_hook": "distributed.algorithms.ddp_comm_hooks.local_averages",
    "torch.functional": "dropin.internals.functional",
    "torch.return_types": "tensor.return_types",
    "torch.utils._pytree": "utils.pytree",
    "torch.utils._python_dispatch": "dropin.internals.python_dispatch",
    "torch.utils._device": "dropin.internals.device_context",
    "torch.utils._contextlib": "dropin.internals.contexts",
    "torch.utils._typing_utils": "dropin.internals.typing_utils",
    "torch._C": "dropin.internals.c",
    "torch._C._nn": "dropin.internals.c_nn",
    "torch._dynamo": "dropin.internals.dynamo",
    "torch._inductor": "dropin.internals.inductor",
    "torch._inductor.config": "dropin.internals.inductor_config",
    "torch.utils._triton": "dropin.internals.triton",
    "torch._subclasses": "dropin.internals.subclasses",
    "torch._higher_order_ops": "dropin.internals.higher_order",
    "torch._jit_internal": "dropin.internals.jit_internal",
    "torch._tensor": "dropin.internals.tensor",
    "torch._utils": "dropin.internals.utils",
    "torch.utils._foreach_utils": "dropin.internals.foreach_utils",
    "torch._C._functorch": "dropin.internals.functorch",
    "torch.utils.weak": "dropin.internals.weak",
    "torch.storage": "dropin.internals.storage",
    "functorch": "dropin.functorch",
    "torch.__config__": "dropin.internals.config",
}
"""Modules of PyTorch that have another place here."""

ALSO = {
    "torch.quantization": "ao.quantization",
    "torch.utils.serialization.config": "serialization.config",
    "functorch.experimental": "func",
    "functorch.einops": "func.rearrange",
    "torch.nn.intrinsic": "ao.nn.intrinsic",
    "torch.nn.intrinsic.modules": "ao.nn.intrinsic",
    "torch.nn.intrinsic.modules.fused": "ao.nn.intrinsic.fused",
    "torch.ao.nn.intrinsic.modules": "ao.nn.intrinsic",
    "torch.ao.nn.intrinsic.modules.fused": "ao.nn.intrinsic.fused",
    "torch.nn.functional.grad": "nn.grad",
    "torch.nn.qat": "ao.nn.qat",
    "torch.nn.qat.modules": "ao.nn.qat",
    "torch.ao.nn.qat.modules": "ao.nn.qat",
    "torch.nn.quantized": "ao.nn.quantized",
    "torch.nn.quantized.dynamic": "ao.nn.quantized.dynamic",
    "torch.autograd.profiler_legacy": "profiler.legacy",
    "torch.autograd.profiler_util": "profiler.events",
    "torch._C._autograd": "dropin.internals.c",
    "torch._C._distributed_c10d": "distributed.distributed_c10d",
    "torch._dynamo.config": "dropin.internals.dynamo",
    "torch._dynamo.decorators": "dropin.internals.dynamo",
    "torch._dynamo.eval_frame": "dropin.internals.dynamo",
    "torch._dynamo.utils": "dropin.internals.dynamo",
    "torch._dynamo.external_utils": "dropin.internals.dynamo",
    "torch._dynamo._trace_wrapped_higher_order_op": "dropin.internals.dynamo",
    "torch._subclasses.fake_tensor": "dropin.internals.subclasses",
    "torch._tensor_str": "dropin.internals.tensor",
    "torch._ops": "library",
    "torch._library": "library",
    "torch._library.custom_ops": "library",
    "torch._library.fake_impl": "library",
    "torch._custom_ops": "library",
    "torch.torch_version": "version",
    "torch.utils.data._utils": "dropin.internals.data_utils",
    "torch.utils.data._utils.collate": "data.collate",
    "torch.utils.data._utils.fetch": "data.fetch",
    "torch.utils.data._utils.worker": "data.worker",
    "torch.utils.data._utils.pin_memory": "data.pinning",
    "torch.utils.data._utils.signal_handling": "data.signal_handling",
    "torch.distributed._tensor": "distributed.tensor",
    "torch.distributed._tensor.api": "distributed.tensor",
    "torch.distributed._tensor.device_mesh": "distributed.device_mesh",
    "torch.distributed._tensor.experimental": "distributed.tensor.experimental",
    "torch.distributed._tensor.placement_types": "distributed.tensor.placement_types",
    "torch.distributed.optim.post_localSGD_optimizer": "distributed.optim.post_local_sgd",
    "torch.fx._pytree": "utils.pytree",
    "torch.utils.data.graph": "data.graph_settings",
    "torch.jit._script": "jit",
    "torch.jit._trace": "jit",
    "torch.jit.frontend": "jit",
    "torch.cuda.memory": "cuda",
    "torch.cuda.random": "cuda",
    "torch.cuda.streams": "cuda",
    "torch.cuda.graphs": "cuda",
    "torch.onnx._internal": "onnx",
    "torch.onnx._internal.torchscript_exporter": "onnx",
    "torch.onnx._internal.torchscript_exporter.utils": "onnx.utils",
    "torch.onnx._internal.torchscript_exporter.symbolic_helper": "onnx.symbolic_helper",
}
"""Further names of PyTorch for modules that have their own."""

HOMES = {
    "autograd.passes": "torch.autograd",
    "autograd.node": "torch.autograd.graph",
    "cuda.Event": "torch.cuda.streams",
    "cuda.Stream": "torch.cuda.streams",
    "data.collate": "torch.utils.data._utils.collate",
    "func.derivatives": "torch.func",
    "func.jacobians": "torch.func",
    "func.modules": "torch.func",
    "func.vmap": "torch.func",
    "jit.RecursiveScriptModule": "torch.jit._script",
    "jit.ScriptModule": "torch.jit._script",
    "jit.TopLevelTracedModule": "torch.jit._trace",
    "jit.script": "torch.jit._script",
    "jit.trace": "torch.jit._trace",
    "opencl": "torch.cuda",
    "tensor.storages": "torch.storage",
}
"""Where PyTorch has the classes and functions of a module, or one of them, if not where that module has its place."""

HIDDEN = frozenset(
    "graph kernels runtime ops tensor data demo info cli dropin config errors dtypes as_torch __main__".split()
)
"""Packages of cltorch that are no modules of PyTorch's."""

_PLACES = RENAMED | ALSO
_WANTED = {target: name for name, target in RENAMED.items()}


class TorchLoader(Loader):
    """Gives the module of cltorch that a name of ``torch`` stands for."""

    def __init__(self, target: str) -> None:
        self.target = target

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.target)
        self.own_spec = module.__spec__  # the import system puts the other one in its place
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.own_spec
        adopt(module)

    def get_code(self, name: str) -> CodeType | None:
        """What ``python -m`` runs."""
        spec = importlib.util.find_spec(self.target)
        return (
            spec.loader.get_code(self.target) if spec is not None and isinstance(spec.loader, InspectLoader) else None
        )


class TorchFinder(DistributionFinder):
    """Finds ``torch`` and ``torch.*`` in cltorch, and says which version of PyTorch is offered."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name.partition(".")[0] not in ("torch", "functorch"):
            return None
        found = target_of(name)
        if found is None:
            return None
        spec = ModuleSpec(name, TorchLoader(found), origin=OWN)
        home = importlib.util.find_spec(found)
        if home is not None and home.submodule_search_locations is not None:
            spec.submodule_search_locations = list(home.submodule_search_locations)
        return spec

    def find_distributions(self, context: Any = DistributionFinder.Context()) -> Iterator[Distribution]:  # noqa: B008
        if context.name in ("torch", None):
            yield TorchDistribution()


class TorchDistribution(Distribution):
    """What ``importlib.metadata`` answers about ``torch``."""

    def read_text(self, filename: str) -> str | None:
        if filename == "METADATA":
            return f"Metadata-Version: 2.1\nName: torch\nVersion: {TORCH_LEVEL}\nSummary: {OWN} under the name of PyTorch\n"
        return None

    def locate_file(self, path: Any) -> Any:
        return path


def target_of(name: str) -> str | None:
    """The module of cltorch that ``torch`` or ``torch.a.b`` stands for, None if there is none."""
    if name in _PLACES:
        return f"{OWN}.{_PLACES[name]}"
    inner = name.removeprefix("torch").lstrip(".")
    if inner.partition(".")[0] in HIDDEN:
        return None
    if not inner:
        return OWN
    parent = target_of(name.rpartition(".")[0])
    if parent is None:
        return None
    target = f"{parent}.{name.rpartition('.')[2]}"
    try:
        return target if target in sys.modules or importlib.util.find_spec(target) else None
    except ModuleNotFoundError:  # the parent is no package
        return None


def install() -> None:
    """Make ``torch`` mean cltorch in this process from now on. RuntimeError if PyTorch itself is already imported."""
    own = sys.modules[OWN]
    before = sys.modules.get("torch")
    if before is own:
        return
    if before is not None:
        raise RuntimeError(f"PyTorch is already imported from {before.__file__}: import {OWN}.as_torch before it")
    own.__version__ = version.__version__ = TorchVersion(TORCH_LEVEL)  # type: ignore[attr-defined]
    sys.meta_path.insert(0, TorchFinder())
    loaded = {_public_name(name): sys.modules[name] for name in list(sys.modules) if name.partition(".")[0] == OWN}
    loaded.pop(None, None)
    sys.modules.update(loaded)  # type: ignore[arg-type]
    for module in loaded.values():
        adopt(module)
    for kind in RETURN_TYPES.values():
        kind.__module__ = "torch.return_types"
    sys.modules["torch.ops"] = own.ops
    own.torch = own  # type: ignore[attr-defined]  # as in PyTorch, whose package imports itself


def _public_name(name: str) -> str | None:
    """The name under ``torch`` of a module of cltorch, None for those that PyTorch does not have."""
    inner = name.removeprefix(OWN).lstrip(".")
    if inner in _WANTED:
        return _WANTED[inner]
    if inner.partition(".")[0] == "data":
        return f"torch.utils.{inner}"
    if inner.partition(".")[0] in HIDDEN:
        return None
    return f"torch.{inner}" if inner else "torch"


def _home(home: str, name: str) -> str | None:
    """The module of ``torch`` in which PyTorch has what cltorch has in the module ``home``."""
    inner = home.removeprefix(OWN).lstrip(".")
    known = HOMES.get(f"{inner}.{name}") or HOMES.get(inner) or _public_name(home)
    return known or ("torch" if name in vars(sys.modules[OWN]) else None)


def adopt(module: ModuleType) -> None:
    """Name a module's own classes and functions after ``torch``, and let it word what it lacks."""
    named = _public_name(module.__spec__.name if module.__spec__ else module.__name__)
    public = named or "torch"
    for value in list(vars(module).values()):
        if isinstance(value, (type, FunctionType)):
            home = value.__dict__.get("__module__") if isinstance(value, type) else value.__module__
            if isinstance(home, str) and home.partition(".")[0] == OWN:
                value.__module__ = _home(home, value.__name__) or public
    if "__path__" not in vars(module) and any(name.startswith(f"{public}.") for name in _PLACES):
        module.__path__ = []  # so that the modules of PyTorch that this one stands for can be imported
    if "__getattr__" not in vars(module) or module is sys.modules[OWN]:
        vars(module)["__getattr__"] = _getter(module, public)
    if named is not None:
        module.__name__ = named  # its relative imports go by __package__, which stays


def _getter(module: ModuleType, public: str) -> Any:
    """A module's ``__getattr__``: submodules are imported when they are asked for, anything else is missing."""

    def find(name: str) -> Any:
        wanted = f"{public}.{name}"
        if (wanted in _PLACES or not name.startswith("__")) and target_of(wanted) is not None:
            return importlib.import_module(f"{public}.{name}")
        raise MissingNameError(module, public, name, sys._getframe(1))

    return find
