"""`distributed.checkpoint`: what either library wrote is read by the other, and nothing that a folder says is run."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import pytest

import cltorch
import cltorch.distributed.checkpoint as ours
from cltorch.distributed.checkpoint.state_dict_loader import _load_state_dict_from_keys

torch = pytest.importorskip("torch")
theirs = pytest.importorskip("torch.distributed.checkpoint")


def state(library: Any) -> dict[str, Any]:
    """Tensors of several kinds, in dictionaries and lists, beside plain values."""
    whole = library.arange(12.0).view(3, 4)
    return {
        "model": {"weight": whole, "part": whole[1:, ::2], "half": whole.bfloat16(), "flags": whole > 4},
        "steps": [{"step": library.tensor(3), "betas": (0.9, 0.99)}],
        "numbers": {7: "text"},
        "plain": [1, 2, 3],
        "empty": library.empty(0, 2),
    }


def emptied(library: Any) -> dict[str, Any]:
    """The same with nothing in it."""
    made = state(library)
    made["model"] = {name: value.new_zeros(value.shape) for name, value in made["model"].items()}
    made["steps"] = [{"step": library.tensor(0), "betas": None}]
    return made | {"numbers": {7: ""}, "plain": []}


def shown(found: Any) -> Any:
    """A state as plain values."""
    if isinstance(found, dict):
        return {str(key): shown(value) for key, value in found.items()}
    if isinstance(found, list):
        return [shown(value) for value in found]
    return (str(found.dtype).rpartition(".")[2], found.tolist()) if hasattr(found, "tolist") else found


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("writer, reader", [("ours", "ours"), ("ours", "theirs"), ("theirs", "ours")])
def test_either_library_reads_what_the_other_wrote(tmp_path: Path, writer: str, reader: str, single: bool) -> None:
    """Tensors, views, plain values, nested and flat."""
    library = {"ours": (cltorch, ours), "theirs": (torch, theirs)}
    (wrote, save), (reads, load) = library[writer], library[reader]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save.save(state(wrote), storage_writer=save.FileSystemWriter(tmp_path, single_file_per_rank=single))
        found = emptied(reads)
        load.load(found, checkpoint_id=tmp_path)
    assert shown(found) == shown(state(cltorch))
    if reader == "ours":
        assert shown(_load_state_dict_from_keys(checkpoint_id=tmp_path)) == shown(state(cltorch))
        assert list(_load_state_dict_from_keys("steps", checkpoint_id=tmp_path)) == ["steps"]


def test_what_does_not_fit_is_said(tmp_path: Path) -> None:
    """Missing names, other shapes, no folder."""
    ours.save({"a": cltorch.ones(2), "b": 5}, checkpoint_id=tmp_path)
    for wrong, words in (
        ({"c": 1}, "Missing key"),
        ({"a": cltorch.ones(3)}, "Size mismatch"),
        ({"a": 1}, "is a tensor"),
    ):
        with pytest.raises(ours.CheckpointException) as caught:
            ours.load(wrong, checkpoint_id=tmp_path)
        assert words in str(caught.value)
    with pytest.raises(RuntimeError, match="checkpoint_id"):
        ours.load({})
    with pytest.raises(ours.CheckpointException, match="already exists"):
        ours.save({}, storage_writer=ours.FileSystemWriter(tmp_path, overwrite=False))


def test_nothing_of_a_folder_is_run(tmp_path: Path) -> None:
    """Neither what its metadata names nor a part outside of it."""
    (tmp_path / ".metadata").write_bytes(pickle.dumps(print))
    with pytest.raises(ours.CheckpointException, match="Unsupported global"):
        ours.load({}, checkpoint_id=tmp_path)
    inside = tmp_path / "inside"
    metadata = ours.save({"b": 5}, checkpoint_id=inside)
    info = next(iter(metadata.storage_data.values()))
    info.relative_path = "../.metadata"
    with pytest.raises(RuntimeError, match="outside"):
        ours.FileSystemReader(inside).read(info)


@pytest.mark.parametrize("call", [b"cbuiltins\nlen\nVname\n", b"cpathlib\nPosixPath\nV__init__\n", b"K\x01Vreal\n"])
def test_getattr_in_metadata_names_members_alone(tmp_path: Path, call: bytes) -> None:
    """Python 3.11.0 to 3.11.3 pickle members of enumerations as attributes of their classes; nothing else may be asked for so."""
    (tmp_path / ".metadata").write_bytes(b"\x80\x02cbuiltins\ngetattr\n" + call + b"\x86R.")
    with pytest.raises(pickle.UnpicklingError):
        ours.FileSystemReader(tmp_path).read_metadata()
