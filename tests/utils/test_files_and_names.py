"""Repositories of models, names in files, old storages, tensors that swap: what surrounds tensors, beside PyTorch."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import torch

import cltorch
from tests.beside import result


class Foreign:
    """A class that no file may name."""


def test_a_local_repository(tmp_path: Path) -> None:
    (tmp_path / "hubconf.py").write_text(
        "dependencies = ['numpy']\nimport beside\ndef entry(n, k=2):\n    return beside.FACTOR * n * k\n"
    )
    (tmp_path / "beside.py").write_text("FACTOR = 10\n")
    assert cltorch.hub.load(str(tmp_path), "entry", 3, source="local", k=5) == 150
    with pytest.raises(RuntimeError, match="Cannot find callable other"):
        cltorch.hub.load(str(tmp_path), "other", source="local")
    with pytest.raises(ValueError, match="Unknown source"):
        cltorch.hub.load(str(tmp_path), "entry", source="disk")


def test_a_package_that_an_entry_needs(tmp_path: Path) -> None:
    (tmp_path / "hubconf.py").write_text("dependencies = ['no_such_package']\ndef entry():\n    return 1\n")
    with pytest.raises(RuntimeError, match="Missing dependencies: no_such_package"):
        cltorch.hub.load(str(tmp_path), "entry", source="local")


def test_an_unknown_owner_is_asked_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cltorch.hub, "_hub_dir", str(tmp_path))
    monkeypatch.setattr("builtins.input", lambda text: "n")
    with pytest.raises(RuntimeError, match="Untrusted repository"):
        cltorch.hub.load("somebody/something:main", "entry")


def test_names_that_a_file_must_not_have() -> None:
    found = []
    for m in (cltorch, torch):
        file = io.BytesIO()
        m.save({"a": m.ones(2), "b": Foreign()}, file)
        file.seek(0)
        found.append(m.serialization.get_unsafe_globals_in_checkpoint(file))
    assert found[0] == found[1] == [f"{__name__}.Foreign"]


@pytest.mark.parametrize(
    "code",
    [
        "m.ByteTensor(m.ByteStorage.from_buffer(b'hello'))",
        "m.ShortStorage.from_buffer(b'\\1\\0\\2\\0', 'big').tolist()",
        "m.ShortStorage.from_buffer(b'abc', 'little')",
        "m.ShortStorage.from_buffer(b'abcd')",
        "m.ByteStorage.from_buffer([1])",
        "(m.FloatStorage(3).size(), m.FloatStorage([1.0, 2.5]).tolist(), m.DoubleStorage([1.0]).dtype.itemsize)",
        "[isinstance(x.storage(), kind) for kind in (m.FloatStorage, m.LongStorage)]",
        *(
            f"m.ones(3, dtype=m.uint8).view(m.{kind}).{what}"
            for kind in ("uint1", "int4")
            for what in ("dtype", "view(m.uint8)")
        ),
        "m.zeros(3, dtype=m.uint4).view(m.uint8)",
        *(
            f"m.zeros(3, dtype=m.uint4).{what}"
            for what in ("sum()", "clone()", "to(m.int32)", "numpy()", "neg()", "sort()")
        ),
        "m.ones(3, dtype=m.uint4)",
        "m.tensor([1], dtype=m.int7)",
        "(m.uint7.is_signed, m.int7.is_signed, m.int1.itemsize, str(m.int2))",
    ],
)
def test_old_storages_and_narrow_integers(code: str) -> None:
    found: list[Any] = []
    for m in (cltorch, torch):
        try:
            made = result(code, m)[0]
            found.append(made.tolist() if hasattr(made, "tolist") else str(made))
        except Exception as error:
            found.append(type(error))
    assert found[0] == found[1]


def test_swapped_tensors() -> None:
    a, b = cltorch.nn.Parameter(cltorch.ones(3)), cltorch.zeros(2, 2)
    a.note = "a"  # type: ignore[attr-defined]
    before = id(a)
    cltorch.utils.swap_tensors(a, b)
    assert id(a) == before
    assert type(a) is cltorch.Tensor
    assert not hasattr(a, "note")
    assert isinstance(b, cltorch.nn.Parameter)
    assert b.note == "a"  # type: ignore[attr-defined]
    assert (a.shape, b.tolist()) == ((2, 2), [1, 1, 1])
    (b * 3).sum().backward()
    assert b.grad is not None
    assert b.grad.tolist() == [3, 3, 3]
