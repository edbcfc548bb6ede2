"""Parameters that are computed from others by modules. See torch.nn.utils.parametrize."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from ...autograd.modes import no_grad
from ...tensor.tensor import Tensor
from ..modules.container import ModuleDict, ModuleList
from ..parameter import Parameter

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "transfer_parametrizations_and_params",
    "type_before_parametrizations",
]

_cache: dict[tuple[int, str], Tensor] = {}
_depth = [0]


@contextmanager
def cached() -> Iterator[None]:
    """Compute each parametrized tensor once within this block."""
    _depth[0] += 1
    try:
        yield
    finally:
        _depth[0] -= 1
        if not _depth[0]:
            _cache.clear()


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, in turn, and what they are computed from: ``original``, or ``original0``,
    ``original1``, ... where the last one's ``right_inverse`` gives several."""

    def __init__(self, modules: Any, original: Tensor, unsafe: bool = False) -> None:
        modules = list(modules)
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        new: Any = original
        with no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    with suppress(NotImplementedError):
                        new = module.right_inverse(new)
        self.is_tensor = isinstance(new, Tensor)
        if not self.is_tensor and not isinstance(new, Sequence):
            raise ValueError(
                f"'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got {type(new).__name__}"
            )
        self.ntensors = 1 if self.is_tensor else len(new)
        if self.is_tensor:
            if new.dtype is not original.dtype:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                    f"original.dtype: {original.dtype}\nright_inverse(original).dtype: {new.dtype}"
                )
            if new is not original:
                with no_grad():
                    original.data = new.detach()  # the same object, which an optimizer may know
            self._keep("original", original, original)
        else:
            for k, one in enumerate(new):
                if not isinstance(one, Tensor):
                    raise ValueError(
                        "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got element "
                        f"{k} of the sequence with type {type(one).__name__}."
                    )
                self._keep(f"original{k}", one, original)

    def _keep(self, name: str, value: Tensor, original: Tensor) -> None:
        if isinstance(original, Parameter):
            kept = original if value is original else Parameter(value, original.requires_grad)
            self.register_parameter(name, kept)
        else:
            self.register_buffer(name, value)

    def _originals(self) -> list[Tensor]:
        if self.is_tensor:
            return [self.original]
        return [getattr(self, f"original{k}") for k in range(self.ntensors)]

    def right_inverse(self, value: Tensor) -> None:
        """Set what is computed from so that the result is ``value``, as far as the parametrizations can."""
        with no_grad():
            new: Any = value
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                new = module.right_inverse(new)
            for place, one in zip(self._originals(), [new] if self.is_tensor else new):
                place.copy_(one)

    def forward(self) -> Tensor:
        """The tensor."""
        first, *rest = list(self)
        value = first(*self._originals())
        for module in rest:
            value = module(value)
        return value


def _class_of(module: Any) -> type:
    """A class of the module's own, on which parametrized tensors can be properties."""
    kind = type(module)

    def getstate(self: Any) -> Any:
        raise RuntimeError(
            "Serialization of parametrized modules is only supported through state_dict(). See:\n"
            "https://pytorch.org/tutorials/beginner/saving_loading_models.html"
            "#saving-loading-a-general-checkpoint-for-inference-and-or-resuming-training"
        )

    def deepcopy(self: Any, memo: dict[int, Any]) -> Any:
        if id(self) in memo:
            return memo[id(self)]
        made = self.__new__(self.__class__)
        memo[id(self)] = made
        made.__dict__ = copy.deepcopy(self.__dict__, memo)
        made.__class__ = type(self.__class__.__name__, (kind,), dict(vars(self.__class__)))
        return made

    return type(f"Parametrized{kind.__name__}", (kind,), {"__getstate__": getstate, "__deepcopy__": deepcopy})


def _property(name: str) -> property:
    def get(self: Any) -> Tensor:
        made = self.parametrizations[name]
        if not _depth[0]:
            return made()
        key = (id(self), name)
        if key not in _cache:
            _cache[key] = made()
        return _cache[key]

    def put(self: Any, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(get, put)


def _refuse_change(found: Any, before: Tensor, flag: str, names: tuple[str, str]) -> None:
    """ValueError unless a parametrization gives a tensor of the dtype and the shape of what it is given."""
    if not isinstance(found, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(found).__name__}.")
    for what in ("dtype", "shape"):
        old, new = getattr(before, what), getattr(found, what)
        if old != new:
            raise ValueError(
                f"Registering a parametrization may not change the {what} of the tensor, unless {flag} flag is enabled.\n"
                f"{names[0]}{what}: {old}\n{names[1]}{what}: {new}"
            )


def _refuse_other_inverse(found: Any, before: Tensor, name: str) -> None:
    """ValueError unless an inverse gives a tensor of the dtype and the shape of what is there."""
    if not isinstance(found, Tensor):
        raise ValueError(f"parametrization.right_inverse must return a tensor. Got: {type(found).__name__}")
    for what in ("dtype", "shape"):
        old, new = getattr(before, what), getattr(found, what)
        if old != new:
            raise ValueError(
                f"The tensor returned by parametrization.right_inverse must have the same {what} as {name}, unless the `unsafe` "
                f"flag is enabled.\n{name}.{what}: {old}\nreturned {what}: {new}"
            )


def register_parametrization(module: Any, tensor_name: str, parametrization: Any, *, unsafe: bool = False) -> Any:
    """Compute a parameter or buffer by ``parametrization`` from what was in its place; several work in turn."""
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            with no_grad():
                before = getattr(module, tensor_name)
                names = f"module.{tensor_name}.", f"parametrization(module.{tensor_name})."
                made = parametrization(before)
                _refuse_change(made, before, "the `unsafe`", names)
                with suppress(NotImplementedError):
                    if hasattr(parametrization, "right_inverse"):
                        back = parametrization.right_inverse(made)
                        _refuse_other_inverse(back, before, f"module.{tensor_name}")
        module.parametrizations[tensor_name].append(parametrization)
        module.parametrizations[tensor_name].unsafe |= unsafe
        return module
    if tensor_name not in module._parameters and tensor_name not in module._buffers:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name '{tensor_name}'"
        )
    original = getattr(module, tensor_name)
    before = original.detach()
    made = ParametrizationList([parametrization], original, unsafe)
    if not unsafe:
        with no_grad():
            _refuse_change(made(), before, "`unsafe`", ("unparametrized ", "parametrized "))
    if not is_parametrized(module):
        module.__class__ = _class_of(module)
        module.parametrizations = ModuleDict()
    module._parameters.pop(tensor_name, None)
    module._buffers.pop(tensor_name, None)
    setattr(module.__class__, tensor_name, _property(tensor_name))
    module.parametrizations[tensor_name] = made
    return module


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    """Whether a module (or one of its tensors) has parametrizations."""
    found = module.__dict__.get("_modules", {}).get("parametrizations")
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    """One tensor again: as it is computed now, or as it was without parametrizations."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    made = module.parametrizations[tensor_name]
    if made.is_tensor:
        kept = made.original
        if leave_parametrized:
            with no_grad():
                value = made().detach().clone()
            kept.data = value
    elif leave_parametrized:
        with no_grad():
            value = made().detach().clone()
        first = made.original0
        kept = Parameter(value, first.requires_grad) if isinstance(first, Parameter) else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence "
            "of tensors."
        )
    delattr(module.__class__, tensor_name)
    del module.parametrizations[tensor_name]
    if isinstance(kept, Parameter):
        module.register_parameter(tensor_name, kept)
    else:
        module.register_buffer(tensor_name, kept)
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = module.__class__.__bases__[0]
    return module


def type_before_parametrizations(module: Any) -> type:
    """The class that a module had before its tensors were parametrized."""
    return module.__class__.__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module: Any, to_module: Any, tensor_name: str | None = None) -> Any:
    """Give a module the parametrizations of another one, and what they are computed from."""
    if not is_parametrized(from_module):
        return to_module
    for name in [tensor_name] if tensor_name is not None else list(from_module.parametrizations):
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        for one in from_module.parametrizations[name]:
            register_parametrization(to_module, name, one)
        source, target = from_module.parametrizations[name], to_module.parametrizations[name]
        with no_grad():
            for place, value in zip(target._originals(), source._originals()):
                place.copy_(value)
    return to_module
