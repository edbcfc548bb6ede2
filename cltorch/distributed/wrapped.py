"""Modules around a module, of which states do not know: keys are those of the module inside."""

from __future__ import annotations

from typing import Any

from ..nn.modules.module import Module

__all__ = ["Wrapped"]


class Wrapped(Module):
    """A module around another, which it calls. Attributes that it does not have, items and the length are the inner module's, and so
    are the keys of states. ``_inside`` is the name under which a class keeps the inner module."""

    _inside = "module"

    def __init__(self, module: Module) -> None:
        super().__init__()
        self._modules[self._inside] = module
        self._register_state_dict_hook(_without_prefix)
        self.register_load_state_dict_pre_hook(_with_prefix)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self._modules[self._inside](*args, **kwargs)  # type: ignore[misc]

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self._modules[self._inside], name)

    def __getitem__(self, key: Any) -> Any:
        return self._modules[self._inside][key]  # type: ignore[index]


def _without_prefix(module: Any, state_dict: Any, prefix: str, *args: Any) -> Any:
    """Take the name of the inner module out of the keys of a state."""
    _renamed(state_dict, f"{prefix}{module._inside}.", prefix)
    return state_dict


def _with_prefix(module: Any, state_dict: Any, prefix: str, *args: Any) -> None:
    """Put the name of the inner module into the keys of a state."""
    _renamed(state_dict, prefix, f"{prefix}{module._inside}.")


def _renamed(state_dict: Any, old: str, new: str) -> None:
    for key in [key for key in state_dict if key.startswith(old) and not (new.startswith(old) and key.startswith(new))]:
        state_dict[new + key[len(old) :]] = state_dict.pop(key)
