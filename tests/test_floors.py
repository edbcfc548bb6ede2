"""The floors hold: a module imports only lower floors and its own package; heavy packages only where they belong."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "cltorch"
FLOORS = {
    "__future__": 0,
    "config": 0,
    "errors": 0,
    "warned": -1,  # the settings of ``backends`` warn too
    "dtypes": 0,
    "gathering": 0,
    "runtime": 1,
    "kernels": 2,
    "graph": 3,
    "ops": 4,
    "autograd": 5,
    "tensor": 5,
    "opencl": 6,
    "cuda": 6,
    "accelerator": 6,
    "backends": 0,
    "version": 0,
    "random": 6,
    "testing": 6,
    "utils": 6,
    "nn": 6,
    "optim": 6,
    "amp": 6,
    "data": 6,
    "serialization": 6,
    "ao": 6,
    "checks": 6,
    "compiler": 6,
    "cpu": 6,
    "distributed": 6,
    "distributions": 6,
    "array_api": 6,
    "func": 6,
    "futures": 6,
    "fx": 6,
    "hub": 6,
    "jit": 6,
    "library": 6,
    "monitor": 6,
    "mps": 6,
    "mtia": 6,
    "multiprocessing": 6,
    "nested": 6,
    "onnx": 6,
    "overrides": 6,
    "profiler": 6,
    "torchvision_ops": 6,
    "torchvision_images": 6,
    "torchaudio_ops": 6,
    "quasirandom": 6,
    "types": 6,
    "xpu": 6,
    "dropin": 7,
    "as_torch": 8,
    "linalg": 6,
    "special": 6,
    "fft": 6,
    "return_types": 6,
    "signal": 6,
    "masked": 6,
    "sparse": 5,
    "info": 7,
    "prewarm": 7,
    "demo": 7,
    "cli": 8,
    "__main__": 9,
    "__init__": 9,
}
ABOVE = {
    "dtypes",
    "errors",
    "warned",
    "gathering",
    "ops",
    "autograd",
    "tensor",
    "sparse",
}  # what all that stands on Tensor may know below
NEIGHBOURS = {
    "runtime": {"config", "errors"},
    "kernels": {"config", "dtypes", "runtime"},
    "graph": {"backends", "config", "dtypes", "errors", "runtime", "kernels"},
    "ops": {"dtypes", "errors", "runtime", "kernels", "graph"},
    "autograd": {"dtypes", "warned", "graph", "ops"},
    "tensor": {"dtypes", "errors", "warned", "runtime", "graph", "ops", "autograd", "sparse"},
    "sparse": {"dtypes", "graph", "ops", "autograd", "tensor"},
    "opencl": {*ABOVE, "runtime", "graph"},
    "profiler": {*ABOVE, "runtime"},
    "data": {*ABOVE, "runtime", "graph", "kernels"},  # workers compute on the host
    "nn": {*ABOVE, "__future__", "backends"},
    "optim": {*ABOVE, "graph"},
    "utils": {*ABOVE, "graph"},
    "func": {*ABOVE, "graph"},  # vmap rewrites records
}
"""Which packages of lower floors (or of the same one, but for floor 6) a package may know; ``ABOVE`` for the others of floor 6."""
PARTS = {
    ("kernels", "runtime"): {"traits"},
    ("ops", "runtime"): {"faults"},
    ("optim", "graph"): {"record"},
    ("utils", "graph"): {"record"},
}
"""Where a package may know some modules of another one only."""
ONLY_IN = {"pyopencl": ("runtime",), "mako": ("kernels/render.py",), "torch": ()}
NUMPY = (
    "runtime",
    "tensor",
    "data",
    "serialization",
    "dtypes",
    "demo",
    "cli",
    "utils",
    "testing",
    "quasirandom",
    "torchvision_images",
)
PLAIN_DATA = {"kernels/call.py", "kernels/body.py"}  # what kernels hand upwards; the runtime may name their types
MODULES = sorted(ROOT.rglob("*.py"))


def imports(path: Path) -> list[tuple[str, int]]:
    """(dotted module, line) of every import outside ``if TYPE_CHECKING``, relative ones made absolute."""
    package = path.relative_to(ROOT.parent).with_suffix("").parts
    found = []
    pending = [ast.parse(path.read_text())]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level]) if node.level else []
            name = ".".join([*base, node.module] if node.module else base)
            found += [(f"{name}.{alias.name}" if not node.module else name, node.lineno) for alias in node.names]
        pending.extend(ast.iter_child_nodes(node))
    return found


def floor_of(dotted: str) -> tuple[str, int]:
    """The package (or module) of the top level that a dotted name lies in, and its floor."""
    parts = dotted.split(".")
    name = parts[1] if len(parts) > 1 else "__init__"
    return name, FLOORS[name]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports(path: Path) -> None:
    own = path.relative_to(ROOT).with_suffix("").parts
    name, floor = own[0], FLOORS[own[0]]
    for dotted, line in imports(path):
        root = dotted.split(".")[0]
        where = str(path.relative_to(ROOT))
        if root == "cltorch":
            other, level = floor_of(dotted)
            assert other == name or level < floor or (level == floor and level in (5, 6)), (
                f"{where}:{line} imports {dotted}"
            )
            if other != name and level < 6 and floor <= 6:
                assert other in NEIGHBOURS.get(name, ABOVE), f"{where}:{line} imports {dotted}: no neighbour"
                parts = PARTS.get((name, other))
                assert parts is None or dotted.split(".")[-1] in parts, f"{where}:{line} imports {dotted}: too much"
        elif root in ONLY_IN:
            assert any(where.startswith(allowed) for allowed in ONLY_IN[root]), f"{where}:{line} imports {dotted}"
        elif root == "numpy":
            assert own[0] in NUMPY, f"{where}:{line} imports numpy"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_length(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 600


def test_warnings_go_one_way() -> None:
    """`cltorch.warned.warn` finds the line of the program; a call of `warnings.warn` would name one inside of the package."""
    calls = [
        str(path.relative_to(ROOT))
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "warn" and ast.unparse(node.value) == "warnings"
    ]
    assert calls == ["warned.py"]
