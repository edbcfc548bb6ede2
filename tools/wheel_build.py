"""Puts ``cltorch_as_torch.pth`` into the wheel: setuptools takes modules and data of packages, and no other file."""

from __future__ import annotations

from pathlib import Path

from setuptools.command.build_py import build_py

START = "cltorch_as_torch.pth"


class BuildWithStart(build_py):
    """`build_py` that also copies the start file beside the modules, where Python reads it at every start."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            self.copy_file(START, str(Path(self.build_lib, START)))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        return [*super().get_outputs(include_bytecode), str(Path(self.build_lib, START))]
