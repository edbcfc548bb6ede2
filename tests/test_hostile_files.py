"""Files that are broken, cut, changed or made to harm: one of two named errors that says where, and nothing else happens."""

from __future__ import annotations

import io
import pickle
import re
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import cltorch

START = {
    "w": torch.arange(6.0).reshape(2, 3).t(),
    "p": torch.nn.Parameter(torch.ones(2)),
    "o": OrderedDict(a=[1, (2.5, "x")], b={3, 4}),
    "u": torch.arange(3).to(torch.uint16),
    "s": [torch.Size([2]), torch.float16, torch.device("cpu"), b"\x00", None, True, 2**70],
}


def file_of(zipped: bool) -> bytes:
    """A file of PyTorch's."""
    file = io.BytesIO()
    torch.save(START, file, _use_new_zipfile_serialization=zipped)
    return file.getvalue()


def archive(changes: dict[str, bytes | None]) -> bytes:
    """PyTorch's file with records that are replaced or left out, and right checksums."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file_of(True))) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = changes.get(name.partition("/")[2], old.read(name))
            if content is not None:
                new.writestr(name, content)
    return made.getvalue()


def record(name: str) -> bytes:
    """A record of PyTorch's file."""
    with zipfile.ZipFile(io.BytesIO(file_of(True))) as file:
        return file.read(f"archive/{name}")


def refused(content: bytes, words: str, kind: type = RuntimeError) -> None:
    """Loading raises an error of a kind that names the file and has some words."""
    with pytest.raises(kind, match=words) as caught:
        cltorch.load(io.BytesIO(content))
    assert type(caught.value) is kind
    assert "the file object" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"data.pkl": None}, "failed locating file data.pkl"),
        ({"data/0": None}, r"data\.pkl, byte \d+: .*failed locating file data/0"),
        ({"data/0": b"\x00" * 8}, r"byte \d+: data/0: a storage of 6 elements of 4 bytes has 8 bytes"),
        ({"data/0": b""}, "data/0: a storage of 6 elements"),
        ({"byteorder": b"middle"}, "unknown byte order"),
        ({"constants.pkl": b""}, None),
    ],
    ids=["no pickle", "no storage", "short storage", "empty storage", "byte order", "unchanged"],
)
def test_records(changes: dict[str, bytes | None], words: str | None) -> None:
    if words is None:
        assert cltorch.load(io.BytesIO(archive(changes)))["w"].shape == (3, 2)
    else:
        refused(archive(changes), words)


def test_cut_files() -> None:
    for zipped, words in ((True, "PytorchStreamReader failed"), (False, "")):
        whole = file_of(zipped)
        for cut in (1, 4, 30, len(whole) // 2, len(whole) - 1):
            with pytest.raises(
                (RuntimeError, pickle.UnpicklingError, EOFError), match=f"the file object.*{words if cut > 3 else ''}"
            ):
                cltorch.load(io.BytesIO(whole[:cut]))
    with pytest.raises(EOFError, match="empty"):
        cltorch.load(io.BytesIO())


def test_other_kinds_of_files(tmp_path: Path) -> None:
    path = tmp_path / "some.pt"
    for content, words in (
        (b"not a file of tensors at all", "no file of PyTorch's"),
        (pickle.dumps(3), "Invalid magic number"),
        (b"PK\x03\x04 and no more", "failed reading zip archive"),
    ):
        path.write_bytes(content)
        with pytest.raises((RuntimeError, pickle.UnpicklingError), match=f"some.pt.*{words}"):
            cltorch.load(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/constants.pkl", b"")
    with pytest.raises(RuntimeError, match="TorchScript"):
        cltorch.load(path)


def test_a_flipped_bit_of_a_storage_is_noticed() -> None:
    whole = bytearray(file_of(True))
    at = whole.index(np.arange(6, dtype=np.float32).tobytes())
    whole[at + 9] ^= 4
    refused(bytes(whole), "data/0: its checksum differs")


def test_files_without_checksums_and_compressed_ones_are_read() -> None:
    torch.serialization.set_crc32_options(False)
    try:
        whole = file_of(True)
    finally:
        torch.serialization.set_crc32_options(True)
    assert cltorch.load(io.BytesIO(whole))["w"].shape == (3, 2)
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(whole)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            entry_bytes = whole[entry.header_offset :]
            start = 30 + sum(struct.unpack("<HH", entry_bytes[26:30]))
            new.writestr(entry.filename, entry_bytes[start : start + entry.file_size])
    made.seek(0)
    assert cltorch.load(made)["p"].tolist() == [1, 1]


def test_bytes_in_the_other_order_are_turned() -> None:
    turned: dict[str, bytes | None] = {"byteorder": b"big"}
    for name in ("data/0", "data/1"):
        turned[name] = np.frombuffer(record(name), np.uint32).byteswap().tobytes()
    assert cltorch.load(io.BytesIO(archive(turned)))["w"].t().flatten().tolist() == list(range(6))


def storage(count: int = 6, where: Any = "cpu", key: Any = "0") -> bytes:
    """The opcodes that refer to a storage of floats."""
    parts = (
        _text("storage"),
        b"ctorch\nFloatStorage\n",
        _text(key),
        _text(where),
        _number(count),
    )
    return b"(" + b"".join(parts) + b"tQ"


def _text(value: Any) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode() if isinstance(value, str) else b"N"


def _number(value: int) -> bytes:
    size = value.bit_length() // 8 + 1
    return b"\x8a" + bytes([size]) + value.to_bytes(size, "little", signed=True)


def tensor(offset: int, size: Any, stride: Any, **options: Any) -> bytes:
    """The opcodes that make a tensor of floats."""
    shape = (b"(" + b"".join(map(_number, numbers)) + b"t" for numbers in (size, stride))
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage(**options) + _number(offset) + b"".join(shape) + b"\x89}tR"


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (tensor(1, (6,), (1,)), RuntimeError, "out of bounds for storage of size 24"),
        (tensor(0, (2, 3), (4, 1)), RuntimeError, "out of bounds"),
        (tensor(7, (0,), (1,)), RuntimeError, "out of bounds"),
        (tensor(0, (2,), (-1,)), RuntimeError, "integers from 0 on"),
        (tensor(-1, (2,), (1,)), RuntimeError, "integers from 0 on"),
        (tensor(0, (2,), (1, 1)), RuntimeError, "mismatch in length"),
        (tensor(0, (1 << 61, 1 << 61), (1, 1)), RuntimeError, "out of bounds"),
        (tensor(0, (1,), (1,), count=1 << 60), RuntimeError, "has 24 bytes"),
        (tensor(0, (1,), (1,), count=-1), pickle.UnpicklingError, "refers to no storage"),
        (tensor(0, (1,), (1,), key=None), pickle.UnpicklingError, "refers to no storage"),
        (tensor(0, (1,), (1,), key="../../../etc/passwd"), RuntimeError, "file not found"),
        (tensor(0, (1,), (1,), where="cuda:0"), RuntimeError, "CUDA device but"),
        (tensor(0, (1,), (1,), where="nowhere"), RuntimeError, "device"),
        (b"cos\nsystem\nX\x02\x00\x00\x00ls\x85R", pickle.UnpicklingError, "os.system was not an allowed global"),
        (b"ctorch\nload\nX\x02\x00\x00\x00ls\x85R", pickle.UnpicklingError, "torch.load was not an allowed global"),
        (b"ctorch\nTensor\n" + _number(1 << 40) + b"\x85R", pickle.UnpicklingError, "may not be called"),
        (b"c__builtin__\nbytearray\n" + _number(1 << 40) + b"\x85R", pickle.UnpicklingError, "made of bytes"),
        (b"ctorch\nfloat32\n}X\x04\x00\x00\x00nameNsb", pickle.UnpicklingError, "takes no state"),
        (b"ctorch.cuda\nFancyStorage\n", pickle.UnpicklingError, "not an allowed global"),
        (b"ctorch._utils\n_rebuild_sparse_tensor\nNN\x86R", RuntimeError, "parts of a sparse tensor were expected"),
        (b"ctorch._utils\n_rebuild_qtensor\nNN\x86R", pickle.UnpicklingError, "damaged"),
        (b"h\x09", pickle.UnpicklingError, "damaged"),
        (b"R", pickle.UnpicklingError, "a value is missing"),
        (b"t", pickle.UnpicklingError, "mark is missing|damaged"),
        (b"}]Ns", pickle.UnpicklingError, "unhashable"),
        (b"r\xff\xff\xff\xff", pickle.UnpicklingError, "damaged"),
        (b"\x8e" + b"\xff" * 8, pickle.UnpicklingError, "damaged"),
        (b"(" + b"i" + b"os\nsystem\n", pickle.UnpicklingError, "Unsupported operand INST"),
        (b"\x82\x01", pickle.UnpicklingError, "Unsupported operand EXT1"),
        (b"}N\x85" + b"2\x86" * 60 + b"Ns", pickle.UnpicklingError, "Unsupported operand DUP"),
        (b"}N\x85" + b"q\x00h\x00\x86" * 60 + b"Ns", pickle.UnpicklingError, "nested too deeply"),
        (b"N\x85" + b"q\x00h\x00\x86" * 60 + b"Q", pickle.UnpicklingError, "refers to no storage"),
    ],
)
def test_pickles_made_to_harm(code: bytes, kind: type, words: str) -> None:
    refused(archive({"data.pkl": b"\x80\x02" + code + b"."}), rf"data\.pkl, byte \d+: .*({words})", kind)


def mutated(whole: bytes, rng: np.random.Generator) -> bytes:
    """Bytes of which a few are changed, cut out or doubled."""
    spoilt = bytearray(whole)
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(len(spoilt)))
        way = rng.integers(4)
        if way == 0:
            spoilt[at] ^= 1 << int(rng.integers(8))
        elif way == 1:
            spoilt[at] = int(rng.integers(256))
        elif way == 2:
            del spoilt[at : at + int(rng.integers(1, 9))]
        else:
            spoilt[at:at] = spoilt[max(0, at - int(rng.integers(1, 40))) : at]
        if not spoilt:
            spoilt = bytearray(b"\x00")
    return bytes(spoilt)


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: archive({"data.pkl": mutated(record("data.pkl"), rng)}),
        lambda rng: mutated(file_of(True), rng),
        lambda rng: mutated(file_of(False), rng),
    ],
    ids=["pickle", "zip", "legacy"],
)
def test_mutated_files(make: Callable[[Any], bytes], capfd: pytest.CaptureFixture) -> None:
    rng = np.random.default_rng(13)
    told = 0
    for _ in range(150):
        content = make(rng)
        try:
            found = cltorch.load(io.BytesIO(content))
        except (RuntimeError, pickle.UnpicklingError, EOFError) as error:
            told += 1
            assert re.match("the file object", str(error)), str(error)
        else:
            _look(found)
    assert told > 20
    assert not capfd.readouterr().out


def _look(found: Any) -> None:
    """Read every small tensor of an object."""
    if isinstance(found, cltorch.Tensor) and found.numel() < 1000:
        found.tolist()
    elif isinstance(found, dict):
        for value in found.values():
            _look(value)
