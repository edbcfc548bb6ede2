"""Submodules, parameters and buffers of a module by their paths. See torch.nn.utils._named_member_accessor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...tensor.tensor import Tensor
from ..modules.module import Module

_MISSING: Any = object()


def _check(module: Any, name: str, kind: str) -> None:
    """TypeError for what is no module, KeyError for a name that is empty or a path."""
    if not isinstance(module, Module):
        raise TypeError(f"{module} is not an instance of torch.nn.Module")
    if "." in name:
        raise KeyError(f'{kind} name can\'t contain "."')
    if name == "":
        raise KeyError(f'{kind} name can\'t be empty string ""')


def _check_tensor(tensor: Any) -> None:
    if tensor is not None and not isinstance(tensor, Tensor):
        raise TypeError(f"{tensor} is not an instance of torch.Tensor")


def set_tensor(module: Module, name: str, tensor: Any) -> None:
    """Put a tensor in the place of a parameter, a buffer or an attribute."""
    _check(module, name, "tensor")
    _check_tensor(tensor)
    for place in (module._parameters, module._buffers):
        if name in place:
            place[name] = tensor
            return
    setattr(module, name, tensor)


def swap_tensor(module: Module, name: str, tensor: Any, allow_missing: bool = False) -> Any:
    """Put a tensor in the place of another one, which is given back.

    AttributeError where there is none, unless ``allow_missing``; TypeError where there is something else.
    """
    _check(module, name, "tensor")
    if tensor is not _MISSING:
        _check_tensor(tensor)
    for place in (module._parameters, module._buffers):
        if name in place:
            before = place.pop(name) if tensor is _MISSING else place[name]
            if tensor is not _MISSING:
                place[name] = tensor
            return before
    before = getattr(module, name, _MISSING)
    if before is _MISSING and not allow_missing:
        raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
    if before is not _MISSING and before is not None and not isinstance(before, Tensor):
        raise TypeError(f"attribute `{name}`: {before} is not an instance of torch.Tensor")
    if tensor is not _MISSING:
        setattr(module, name, tensor)
    elif before is not _MISSING:
        delattr(module, name)
    return before


def swap_submodule(module: Module, name: str, submodule: Module) -> Module:
    """Put a module in the place of a child, which is given back. KeyError where there is none."""
    _check(module, name, "submodule")
    if not isinstance(submodule, Module):
        raise TypeError(f"{submodule} is not an instance of torch.nn.Module")
    if name not in module._modules:
        raise KeyError(f"submodule {name} does not exist")
    before = module._modules[name]
    if not isinstance(before, Module):
        raise TypeError(f"{name} attribute is not an instance of torch.nn.Module")
    module._modules[name] = submodule
    return before


class NamedMemberAccessor:
    """Reads and changes what a module has, by path; the modules on the way are remembered."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.memo: dict[str, Module] = {}

    def get_submodule(self, name: str) -> Module:
        """The module at a path; "" is the module itself. AttributeError where there is none, TypeError where it is none."""
        if not name:
            return self.module
        if name not in self.memo:
            path, _, last = name.rpartition(".")
            owner = self.get_submodule(path)
            found = getattr(owner, last, _MISSING)
            if found is _MISSING:
                raise AttributeError(f"{owner._get_name()} has no attribute `{last}`")
            if not isinstance(found, Module):
                raise TypeError(f"submodule `{name}`: {found} is not an instance of torch.nn.Module")
            self.memo[name] = found
        return self.memo[name]

    def swap_submodule(self, path: str, value: Module) -> Module:
        """Put a module in the place of the one at a path, which is given back."""
        prefix, _, last = path.rpartition(".")
        return swap_submodule(self.get_submodule(prefix), last, value)

    def _owner(self, name: str) -> tuple[Module, str]:
        prefix, _, last = name.rpartition(".")
        return self.get_submodule(prefix), last

    def get_tensor(self, name: str) -> Any:
        """The tensor at a path. AttributeError where there is none, TypeError where there is something else."""
        owner, last = self._owner(name)
        found = getattr(owner, last, _MISSING)
        if found is _MISSING:
            raise AttributeError(f"{owner._get_name()} has no attribute `{name}`")
        _check_tensor(found)
        return found

    def set_tensor(self, name: str, value: Any) -> None:
        """Put a tensor at a path."""
        owner, last = self._owner(name)
        set_tensor(owner, last, value)

    def del_tensor(self, name: str) -> None:
        """Remove the tensor at a path."""
        owner, last = self._owner(name)
        if not hasattr(owner, last):
            raise AttributeError(f"{owner._get_name()} has no attribute `{name}`")
        delattr(owner, last)

    def swap_tensor(self, name: str, value: Any, allow_missing: bool = False) -> Any:
        """Put a tensor in the place of the one at a path, which is given back."""
        owner, last = self._owner(name)
        return swap_tensor(owner, last, value, allow_missing)

    def get_tensors(self, names: Iterable[str]) -> list[Any]:
        """`get_tensor` of each."""
        return [self.get_tensor(name) for name in names]

    def set_tensors(self, names: Iterable[str], values: Iterable[Any]) -> None:
        """`set_tensor` of each."""
        for name, value in _paired(names, values):
            self.set_tensor(name, value)

    def set_tensors_dict(self, named_tensors: dict[str, Any]) -> None:
        """`set_tensor` of each."""
        for name, value in named_tensors.items():
            self.set_tensor(name, value)

    def del_tensors(self, names: Iterable[str]) -> None:
        """`del_tensor` of each."""
        for name in names:
            self.del_tensor(name)

    def swap_tensors(self, names: Iterable[str], values: Iterable[Any], allow_missing: bool = False) -> list[Any]:
        """`swap_tensor` of each."""
        return [self.swap_tensor(name, value, allow_missing) for name, value in _paired(names, values)]

    def swap_tensors_dict(
        self, named_tensors: dict[str, Any], allow_missing: bool = False
    ) -> tuple[dict[str, Any], list[str]]:
        """`swap_tensor` of each, and the names of those that were missing. Unless ``allow_missing``, RuntimeError where one is, and
        everything is as before."""
        before: dict[str, Any] = {}
        missing = []
        try:
            for name, tensor in named_tensors.items():
                before[name] = self.swap_tensor(name, tensor, allow_missing=True)
                if before[name] is _MISSING:
                    missing.append(name)
        except Exception:
            self._restore(before)
            raise
        if missing and not allow_missing:
            self._restore(before)
            raise RuntimeError(f"Missing key(s): {', '.join(map(repr, missing))}.")
        return before, missing

    def _restore(self, before: dict[str, Any]) -> None:
        for name, tensor in before.items():
            self.swap_tensor(name, tensor, allow_missing=True)

    def check_keys(self, keys: Iterable[str]) -> tuple[list[str], list[str]]:
        """Names of parameters and buffers that are not among ``keys``, and keys that are no such names."""
        given, own = set(keys), {name for name, _ in self.named_tensors(remove_duplicate=False)}
        return sorted(own - given), sorted(given - own)

    def named_parameters(self, remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """All parameters with their paths."""
        yield from self.module.named_parameters(remove_duplicate=remove_duplicate)

    def named_buffers(self, remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """All buffers with their paths."""
        yield from self.module.named_buffers(remove_duplicate=remove_duplicate)

    def named_tensors(self, remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """All parameters, then all buffers."""
        yield from self.named_parameters(remove_duplicate=remove_duplicate)
        yield from self.named_buffers(remove_duplicate=remove_duplicate)

    def named_modules(self, remove_duplicate: bool = True) -> Iterator[tuple[str, Module]]:
        """All modules with their paths."""
        yield from self.module.named_modules(remove_duplicate=remove_duplicate)


def _paired(names: Iterable[str], values: Iterable[Any]) -> Iterable[tuple[str, Any]]:
    names, values = list(names), list(values)
    if len(names) != len(values):
        raise AssertionError(
            f"names and values must have the same length, got {len(names)} names and {len(values)} values"
        )
    return zip(names, values)
