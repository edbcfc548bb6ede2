"""Packages whose names come from their files: to add a file is all that it takes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import cltorch
from cltorch.gathering import gathered


def test_names_come_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "halves.py").write_text(
        "__all__ = ['Halves', 'halves']\nclass Halves: ...\ndef halves(): ...\nother = 1\n"
    )
    (tmp_path / "inner" / "__init__.py").write_text("__all__ = ['deep']\ndeep = 1\n")
    monkeypatch.setattr(cltorch.optim, "__path__", [str(tmp_path)])
    try:
        found = gathered("cltorch.optim", cltorch.optim.__path__)
        module = sys.modules["cltorch.optim.halves"]
        assert found == {"Halves": ("halves", module.Halves), "halves": ("halves", module.halves)}
    finally:
        for name in ("halves", "inner"):
            sys.modules.pop(f"cltorch.optim.{name}", None)
            vars(cltorch.optim).pop(name, None)


@pytest.mark.parametrize("package", [cltorch.optim, cltorch.nn.modules])
def test_a_package_lists_no_class(package) -> None:
    words = set(re.findall(r"\w+", Path(package.__file__).read_text()))
    assert words & {name for name, kind in vars(package).items() if isinstance(kind, type)} <= {"Optimizer"}
