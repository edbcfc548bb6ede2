"""What `save` wrote, `load` gives back; files hold no code; damage and foreign files are told."""

from __future__ import annotations

import io
import json
import math
import pickle
from collections import Counter, OrderedDict, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
import torch
from safetensors.numpy import load_file, save_file

import cltorch
from cltorch import nn

DTYPES = "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64".split()


def again(obj: Any, **options: Any) -> Any:
    """What comes back of an object through a file in memory."""
    file = io.BytesIO()
    cltorch.save(obj, file)
    file.seek(0)
    return cltorch.load(file, **options)


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3)], ids=str)
def test_every_dtype_and_shape(name: str, shape: tuple[int, ...]) -> None:
    values = (np.arange(math.prod(shape)).reshape(shape) % 3) - 1
    start = cltorch.tensor(values).to(getattr(cltorch, name))
    found = again(start)
    assert found.dtype is start.dtype
    assert found.shape == start.shape
    assert found.tolist() == start.tolist()


def test_nested_values_keep_their_types() -> None:
    start = {
        "none": None,
        "numbers": [True, 1, -(2**70), 0.1, math.inf, -math.inf, 1 + 2j],
        "text": ("a", "ü\n", b"\x00\xff", bytearray(b"x")),
        3: {4.5: "float key", ("a", 1): "tuple key", None: "none", True: "bool"},
        "sets": [{1, 2}, frozenset("ab")],
        "ordered": OrderedDict(b=1, a=2),
        "counter": Counter("aab"),
        "size": cltorch.Size([2, 3]),
        "dtype": cltorch.bfloat16,
        "device": cltorch.device("opencl:0"),
        "empty": [[], (), {}, set()],
        "array": np.arange(6, dtype=np.int16).reshape(2, 3),
        "scalar": np.float32(1.5),
    }
    found = again(start)
    arrays = start.pop("array"), found.pop("array")
    np.testing.assert_array_equal(*arrays)
    assert arrays[1].dtype == np.int16
    assert arrays[1].flags.writeable
    assert found == start
    assert list(found) == list(start)
    assert [type(v) for v in found.values()] == [type(v) for v in start.values()]
    assert [type(v) for v in found["numbers"]] == [type(v) for v in start["numbers"]]
    assert math.isnan(again(math.nan))


def test_a_defaultdict_becomes_a_dict() -> None:
    found = again(defaultdict(list, a=[1]))
    assert found == {"a": [1]}
    assert type(found) is dict


def test_views_keep_sharing_their_storage() -> None:
    base = cltorch.arange(12, dtype=cltorch.float32).reshape(3, 4)
    found = again([base, base.t(), base[1], base[:, ::2], base])
    assert [t.tolist() for t in found] == [t.tolist() for t in (base, base.t(), base[1], base[:, ::2], base)]
    assert found[1].stride() == (1, 4)
    found[2].fill_(-1)
    assert found[0][1].tolist() == [-1] * 4
    assert found[1][:, 1].tolist() == [-1] * 4


def test_requires_grad_and_parameters() -> None:
    leaf = cltorch.ones(2, requires_grad=True)
    result = again(
        [leaf, leaf * 2, nn.Parameter(cltorch.zeros(3)), nn.Parameter(cltorch.zeros(1), requires_grad=False)]
    )
    assert [t.requires_grad for t in result] == [True, True, True, False]
    assert [type(t).__name__ for t in result] == ["Tensor", "Tensor", "Parameter", "Parameter"]
    assert all(t.is_leaf for t in result)


def test_state_dicts_of_a_model_and_its_optimizer(tmp_path: Path) -> None:
    def build() -> tuple[nn.Module, Any, Any]:
        model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm2d(2), nn.Linear(3, 2))
        optimizer = cltorch.optim.Adam(model.parameters(), lr=0.1)
        return model, optimizer, cltorch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 2, 5])

    model, optimizer, schedule = build()
    for param in model.parameters():
        param.grad = cltorch.ones_like(param)
    optimizer.step()
    schedule.step()
    path = tmp_path / "checkpoint.pt"
    parts = {"model": model, "optimizer": optimizer, "schedule": schedule}
    cltorch.save({"epoch": 3, **{name: part.state_dict() for name, part in parts.items()}}, path)
    saved = cltorch.load(path, weights_only=True)
    other, other_optimizer, other_schedule = build()
    other.load_state_dict(saved["model"])
    other_optimizer.load_state_dict(saved["optimizer"])
    other_schedule.load_state_dict(saved["schedule"])
    assert saved["epoch"] == 3
    for a, b in zip(model.state_dict().values(), other.state_dict().values(), strict=True):
        assert a.tolist() == b.tolist()
    assert repr(optimizer) == repr(other_optimizer)
    assert other_schedule.state_dict() == schedule.state_dict()
    for name in ("step", "exp_avg", "exp_avg_sq"):
        a, b = (o.state_dict()["state"][0][name].tolist() for o in (optimizer, other_optimizer))
        assert a == b


def test_other_programs_read_the_tensors(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    model = nn.Linear(3, 2)
    cltorch.save(model.state_dict(), path)
    found = load_file(path)
    assert sorted(found) == ["bias", "weight"]
    np.testing.assert_array_equal(found["weight"], model.weight.detach().numpy())
    with safetensors.safe_open(path, "np") as file:
        assert file.metadata()["format"] == "cltorch"


def test_files_of_other_programs_are_read(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"a": np.arange(3), "b": np.ones((2, 2), np.float16)}, path)
    found = cltorch.load(path)
    assert found["a"].tolist() == [0, 1, 2]
    assert found["b"].dtype is cltorch.float16


def test_places() -> None:
    start = [cltorch.ones(2)]
    here = str(start[0].device)
    assert str(again(start, map_location="opencl:0")[0].device) == "opencl:0"
    assert str(again(start, map_location={here: "opencl:0"})[0].device) == "opencl:0"
    asked = []
    found = again(start, map_location=lambda tensor, where: asked.append(where))
    assert asked == [here]
    assert found[0].tolist() == [1, 1]


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "far.pt"
    cltorch.save(cltorch.ones(2), path)
    text = path.read_bytes()
    length = int.from_bytes(text[:8], "little")
    header = json.loads(text[8 : 8 + length])
    structure = header["__metadata__"]["structure"].replace("opencl:0", "opencl:99")
    header["__metadata__"]["structure"] = structure
    with pytest.raises(RuntimeError, match="damaged"):
        cltorch.load(io.BytesIO(_file(header, text[8 + length :])))
    placed = cltorch.serialization._placement(None)
    with pytest.raises(RuntimeError, match="device 99"):
        placed(np.ones(2), "opencl:99")


def _file(header: dict, body: bytes) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


class Unsafe:
    """What a pickle could run."""

    def __reduce__(self) -> Any:
        return (print, ("code was run",))


@pytest.mark.parametrize(
    ("obj", "words"),
    [
        (nn.Linear(2, 2), "state_dict"),
        ({"a": [Unsafe()]}, "a/0"),
        (lambda: 1, "function"),
        (np.array(["a"]), "numpy.ndarray"),
        (slice(1), "slice"),
    ],
    ids=["module", "object", "function", "strings", "slice"],
)
def test_what_cannot_be_saved(obj: Any, words: str, tmp_path: Path) -> None:
    path = tmp_path / "kept.pt"
    cltorch.save(1, path)
    with pytest.raises(TypeError, match=words):
        cltorch.save(obj, path)
    assert cltorch.load(path) == 1  # nothing was written over


def test_an_object_that_contains_itself() -> None:
    loop: list = []
    loop.append(loop)
    with pytest.raises(ValueError, match="contains itself"):
        cltorch.save(loop, io.BytesIO())


def test_foreign_files(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    torch.save({"a": torch.ones(2)}, tmp_path / "torch.pt")
    (tmp_path / "pickle.pt").write_bytes(pickle.dumps(Unsafe()))
    (tmp_path / "text.pt").write_text("not a file of tensors at all")
    (tmp_path / "empty.pt").write_bytes(b"")
    for name, words in (("torch", "zip archive"), ("pickle", "a pickle"), ("text", "no safetensors file")):
        with pytest.raises(RuntimeError, match=words):
            cltorch.load(tmp_path / f"{name}.pt")
    with pytest.raises(EOFError, match="empty"):
        cltorch.load(tmp_path / "empty.pt")
    with pytest.raises(FileNotFoundError):
        cltorch.load(tmp_path / "absent.pt")
    assert "code was run" not in capsys.readouterr().out


def test_every_damaged_byte_is_noticed() -> None:
    file = io.BytesIO()
    cltorch.save({"w": cltorch.arange(4), "n": [1, "two", 3.0]}, file)
    whole = file.getvalue()
    end = len(whole)
    rng = np.random.default_rng(0)
    for cut in (1, 7, 8, 9, end // 2, end - 1):
        with pytest.raises(RuntimeError, match="damaged"):
            cltorch.load(io.BytesIO(whole[:cut]))
    for at in range(end):
        spoilt = bytearray(whole)
        spoilt[at] ^= 1 << int(rng.integers(8))
        try:
            found = cltorch.load(io.BytesIO(bytes(spoilt)))
        except RuntimeError as error:
            assert "damaged" in str(error)
        else:  # bytes without meaning: blanks, and names in the header that only other programs read
            assert isinstance(found, dict)
            assert "w" in found
            assert found["w"].tolist() == [0, 1, 2, 3]
