"""A module's state: `state_dict`, `load_state_dict` and their hooks."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ... import __future__ as conversion
from ...autograd.modes import no_grad
from ...tensor.tensor import Tensor
from ...utils.foreign import from_foreign
from ...utils.hooks import RemovableHandle
from ...utils.swapping import swap_tensors
from ...warned import warn
from ..parameter import Parameter, is_lazy
from .hooks import add_hook

EXTRA = "_extra_state"  # the key of what `State.get_extra_state` gives


class _IncompatibleKeys(NamedTuple):
    """What `State.load_state_dict` did not find, and what it did not expect."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"

    def __str__(self) -> str:
        return repr(self)


def _swap_in(target: Tensor, made: Tensor) -> None:
    """Put another tensor in the place of a parameter or buffer, which stays the same object."""
    swap_tensors(target, _as_parameter(made, target.requires_grad) if isinstance(target, Parameter) else made)


def _as_parameter(value: Tensor, requires_grad: bool) -> Tensor:
    return value.requires_grad_(requires_grad) if isinstance(value, Parameter) else Parameter(value, requires_grad)


class State:
    """The part of `Module` that gives and takes its parameters and persistent buffers by name."""

    _version: int | None = 1  # of the layout of a class's state, saved with it: see `_load_from_state_dict`

    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]
    _state_dict_hooks: OrderedDict[int, Any]
    _state_dict_pre_hooks: OrderedDict[int, Any]
    _load_state_dict_pre_hooks: OrderedDict[int, Any]
    _load_state_dict_post_hooks: OrderedDict[int, Any]

    def state_dict(self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """All parameters and persistent buffers by name, detached unless ``keep_vars``; added to ``destination`` if
        that is given."""
        if args:  # the older order of positional arguments
            warn(
                "Positional args are being deprecated, use kwargs instead. Refer to "
                "https://pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module.state_dict for details.",
                FutureWarning,
            )
            given = dict(zip(("destination", "prefix", "keep_vars"), args))
            return self.state_dict(**{"destination": destination, "prefix": prefix, "keep_vars": keep_vars, **given})
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        versions: dict[str, Any] = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = versions
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in self._state_dict_hooks.values():
            changed = hook(self, destination, prefix, versions)
            if not getattr(hook, "_from_public_api", False):
                destination = destination if changed is None else changed
            elif changed is not None:
                raise RuntimeError("state_dict post-hook must return None")
        return destination

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Put this module's own state, without that of its children, into ``destination``."""
        for name, member in self._state_members():
            destination[prefix + name] = member if keep_vars else member.detach()
        if type(self).get_extra_state is not State.get_extra_state:
            destination[prefix + EXTRA] = self.get_extra_state()

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> _IncompatibleKeys:
        """Copy a state into this module, or with ``assign`` take over its tensors. It may hold PyTorch's own tensors.

        RuntimeError for missing or unexpected names (if ``strict``) and for other shapes; what fits has been loaded
        then. Gives the names that were missing or not expected."""
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        state = OrderedDict(state_dict)
        versions = getattr(state_dict, "_metadata", None)
        if versions is not None:
            state._metadata = versions  # type: ignore[attr-defined]
        keys = _IncompatibleKeys([], [])
        errors: list[str] = []
        _load(self, state, "", versions, assign, keys, errors)
        if strict:
            for text, names in (("Unexpected", keys.unexpected_keys), ("Missing", keys.missing_keys)):
                if names:
                    quoted = ", ".join(f'"{name}"' for name in names)
                    errors.insert(0, f"{text} key(s) in state_dict: {quoted}. ")
        if errors:
            listed = "\n\t".join(errors)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{listed}")
        return keys

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Load this module's own state, without that of its children.

        A subclass whose state had another layout before overrides this, looks at ``local_metadata.get("version")``,
        and changes ``state_dict`` before it calls this one."""
        for hook in self._load_state_dict_pre_hooks.values():
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        members = dict(self._state_members())
        for name, target in members.items():
            key = prefix + name
            if key in state_dict:
                self._load_one(
                    name, key, target, state_dict[key], local_metadata.get("assign_to_params_buffers"), error_msgs
                )
            elif strict:
                missing_keys.append(key)
        key = prefix + EXTRA
        takes_extra = type(self).set_extra_state is not State.set_extra_state
        if takes_extra and key in state_dict:
            self.set_extra_state(state_dict[key])
        elif strict and takes_extra:
            missing_keys.append(key)
        if strict:
            unexpected_keys += [
                found
                for found in state_dict
                if found.startswith(prefix) and not self._expects(found[len(prefix) :], members, takes_extra)
            ]

    def _expects(self, name: str, members: Mapping[str, Any], takes_extra: bool) -> bool:
        """Whether a name is that of own state, or begins with that of a child (which then looks at the rest)."""
        head, dot, _ = name.partition(".")
        if name == EXTRA:
            return takes_extra
        return head in (self._modules if dot else members)

    def _state_members(self) -> list[tuple[str, Tensor]]:
        buffers = [(k, b) for k, b in self._buffers.items() if k not in self._non_persistent_buffers_set]
        return [(name, member) for name, member in (*self._parameters.items(), *buffers) if member is not None]

    def _load_one(self, name: str, key: str, target: Tensor, source: Any, assign: Any, errors: list[str]) -> None:
        source = from_foreign(source)
        if not isinstance(source, Tensor):
            errors.append(
                f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint '
                f"but received {type(source)}"
            )
            return
        lazy = is_lazy(target)  # then so is the source: a shape would have been taken over before
        if not lazy and target.dim() == 0 and len(source.shape) == 1 and len(source) == 1:
            source = source[0]  # numbers in files of early PyTorch versions
        if not lazy and source.shape != target.shape:
            errors.append(
                f"size mismatch for {key}: copying a param with shape {source.shape} from checkpoint, the shape in current "
                f"model is {target.shape}."
            )
            return
        if target.is_meta and not source.is_meta and not assign:
            warn(
                f"for {key}: copying from a non-meta parameter in the checkpoint to a meta parameter in the current model, "
                "which is a no-op. (Did you mean to pass `assign=True` to assign items in the state dictionary to their "
                "corresponding key in the module instead of copying them in place?)"
            )
        swap = conversion.get_swap_module_params_on_conversion()
        try:
            with no_grad():
                if swap:
                    _swap_in(target, target.module_load(source, assign=bool(assign)))
                elif not assign:
                    target.copy_(source)
                elif isinstance(target, Parameter):
                    setattr(self, name, _as_parameter(source, target.requires_grad))
                else:
                    setattr(self, name, source)
        except Exception as error:
            errors.append(
                f'While {"swapping" if swap else "copying"} the parameter named "{key}", whose dimensions in the model are '
                f"{target.size()} and whose dimensions in the checkpoint are {source.size()}, an exception occurred : {error.args}."
            )

    def get_extra_state(self) -> Any:
        """What a subclass that overrides this and `set_extra_state` adds to its state."""
        raise RuntimeError("get_extra_state() is called on modules that define it, and this one does not")

    def set_extra_state(self, state: Any) -> None:
        """Take over what `get_extra_state` gave."""
        raise RuntimeError("set_extra_state() is called on modules that define it, and this one does not")

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, prefix, keep_vars)`` before `state_dict` looks at this module."""
        return add_hook(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` after `state_dict`, which it may change."""
        hook._from_public_api = True  # type: ignore[attr-defined]
        return add_hook(self._state_dict_hooks, hook)

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`register_state_dict_post_hook` of a hook that may return another state dictionary."""
        if getattr(hook, "_from_public_api", False):
            raise RuntimeError(
                "Cannot register the same function as the state dict post hook that was previously registered via "
                "register_state_dict_post_hook"
            )
        return add_hook(self._state_dict_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)``
        before this module's state is loaded; it may change ``state_dict``."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], with_module: bool = False
    ) -> RemovableHandle:
        """`register_load_state_dict_pre_hook`; the hook gets the module only if ``with_module``."""
        return add_hook(self._load_state_dict_pre_hooks, _WrappedHook(hook, self) if with_module else hook)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, incompatible_keys)`` after the state of this module and those below was loaded; it may
        change the lists in ``incompatible_keys``."""
        return add_hook(self._load_state_dict_post_hooks, hook)


class _WrappedHook:
    """A hook that is called with a module before its arguments; a copy of the module has a hook on the copy."""

    def __init__(self, hook: Callable[..., Any], module: State) -> None:
        self.hook = hook
        self.module = weakref.ref(module)  # which holds this one

    def __call__(self, *args: Any) -> Any:
        module = self.module()
        if module is None:
            raise RuntimeError("You are trying to call the hook of a dead Module!")
        return self.hook(module, *args)

    def __getstate__(self) -> dict[str, Any]:
        return {"hook": self.hook, "module": self.module()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if state["module"] is None:
            raise RuntimeError("You are trying to revive the hook of a dead Module!")
        self.__init__(**state)  # type: ignore[misc]


def _load(
    module: Any, state: Any, prefix: str, versions: Any, assign: bool, keys: _IncompatibleKeys, errors: list[str]
) -> None:
    """Load a module and then those below it, each from the entries that begin with its name."""
    local: dict[str, Any] = {} if versions is None else dict(versions.get(prefix[:-1], {}))
    if assign:
        local["assign_to_params_buffers"] = True
    module._load_from_state_dict(state, prefix, local, True, keys.missing_keys, keys.unexpected_keys, errors)
    for name, child in module._modules.items():
        if child is not None:
            below = f"{prefix}{name}."
            part = OrderedDict((key, value) for key, value in state.items() if key.startswith(below))
            _load(child, part, below, versions, assign, keys, errors)
    for hook in module._load_state_dict_post_hooks.values():
        if hook(module, keys) is not None:
            raise AssertionError(
                "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new values, if "
                "incompatible_keys need to be modified, it should be done inplace."
            )
