"""What of a state is saved and loaded, and under which names. See torch.distributed.checkpoint.default_planner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...tensor.creation import empty
from ...tensor.tensor import Tensor
from ._nested_dict import Path, flatten_state_dict, set_element
from .metadata import BytesStorageMetadata, Metadata, TensorStorageMetadata

__all__ = ["DefaultLoadPlanner", "DefaultSavePlanner"]


class DefaultSavePlanner:
    """Saves all leaves of a state (`flatten_state_dict`), or, without that, its entries."""

    def __init__(
        self,
        flatten_state_dict: bool = True,
        flatten_sharded_tensors: bool = True,
        dedup_replicated_tensors: bool | None = None,
        dedup_save_to_lowest_rank: bool = False,
        enable_plan_caching: bool = False,
    ) -> None:
        self.flatten_state_dict = flatten_state_dict

    def leaves(self, state_dict: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Path] | None]:
        """What is saved, by name, and the path of each."""
        return flatten_state_dict(state_dict) if self.flatten_state_dict else (dict(state_dict), None)


class DefaultLoadPlanner:
    """Loads what a state has: tensors into its own, everything else in the place of what is there.

    Without ``allow_partial_load`` a name that the checkpoint lacks is an error.
    """

    def __init__(
        self,
        flatten_state_dict: bool = True,
        flatten_sharded_tensors: bool = True,
        allow_partial_load: bool = False,
    ) -> None:
        self.flatten_state_dict, self.allow_partial_load = flatten_state_dict, allow_partial_load

    def load(self, state_dict: Any, metadata: Metadata, reader: Any) -> None:
        """Do it. RuntimeError for a missing name, ValueError for a tensor of another shape."""
        leaves, paths = flatten_state_dict(state_dict) if self.flatten_state_dict else (dict(state_dict), {})
        known = metadata.state_dict_metadata
        for name, value in leaves.items():
            if name not in known:
                if self.allow_partial_load:
                    continue
                raise RuntimeError(f"Missing key in checkpoint state_dict: {name}.")
            there = known[name]
            if isinstance(value, Tensor) and isinstance(there, TensorStorageMetadata) and there.size != value.size():
                raise ValueError(f"Size mismatch between saved {there.size} and current: {value.size()} for {name}")
            if isinstance(there, TensorStorageMetadata) and not isinstance(value, Tensor):
                raise ValueError(f"{name} is a tensor in the checkpoint, and a {type(value).__name__} in the state")
        for name, value in leaves.items():
            if isinstance(known.get(name), TensorStorageMetadata):
                fill(value.detach(), name, metadata, reader)
            elif name in known:
                set_element(state_dict, paths.get(name, (name,)), read(name, metadata, reader))


class _EmptyStateDictLoadPlanner(DefaultLoadPlanner):
    """Loads all of a checkpoint into an empty state, or what lies under ``keys``, names or beginnings of names."""

    def __init__(self, keys: Iterable[str] | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = keys

    def load(self, state_dict: Any, metadata: Metadata, reader: Any) -> None:
        """Do it. RuntimeError for a state that is not empty."""
        if state_dict:
            raise RuntimeError("the state must be empty")
        paths = metadata.planner_data or {}
        for name, there in metadata.state_dict_metadata.items():
            path = paths.get(name, (name,))
            if self._is_wanted(name, path):
                made = whole(name, there, metadata, reader) if isinstance(there, TensorStorageMetadata) else None
                set_element(state_dict, path, read(name, metadata, reader) if made is None else made)

    def _is_wanted(self, name: str, path: Path) -> bool:
        if not self.keys or name in self.keys:
            return True
        return any(".".join(map(str, path[: k + 1])) in self.keys for k in range(len(path)))


def whole(name: str, there: TensorStorageMetadata, metadata: Metadata, reader: Any) -> Tensor:
    """A tensor of a checkpoint."""
    made = empty(there.size, dtype=there.properties.dtype)
    fill(made, name, metadata, reader)
    return made


def fill(tensor: Tensor, name: str, metadata: Metadata, reader: Any) -> None:
    """Copy the blocks of a tensor of a checkpoint into one of its shape."""
    infos = {(index.fqn, tuple(index.offset or ())): info for index, info in metadata.storage_data.items()}
    for chunk in metadata.state_dict_metadata[name].chunks:  # type: ignore[union-attr]
        block = tensor
        for dim, (start, size) in enumerate(zip(chunk.offsets, chunk.sizes)):
            block = block.narrow(dim, start, size)
        block.copy_(reader.read(infos[name, tuple(chunk.offsets)]))


def read(name: str, metadata: Metadata, reader: Any) -> Any:
    """A value of a checkpoint that is no tensor."""
    there = metadata.state_dict_metadata[name]
    if not isinstance(there, BytesStorageMetadata):
        raise TypeError(f"{name} is a {type(there).__name__}")
    return reader.read(next(info for index, info in metadata.storage_data.items() if index.fqn == name))
