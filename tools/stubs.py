"""Makes the stubs of what exists only at run time: functions and methods that declarations hand out (`cltorch/tensor/publish.py`).

``python -m tools.stubs`` writes them beside their modules, where editors, mypy and pyright look; with a folder, there. Every name
is one line and lines are sorted, so that two branches that add names merge (``.gitattributes``); after such a merge run it again.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cltorch
from cltorch.gathering import gathered
from cltorch.ops.op import TABLE
from cltorch.tensor import publish
from cltorch.tensor.forms import Forms
from cltorch.tensor.functions import FUNCTIONS
from cltorch.tensor.operators import INPLACE_OPERATORS, OPERATORS, REFLECTED_OPERATORS, UNARY_OPERATORS

ROOT = Path(cltorch.__file__).parent
HEAD = '"""Made by ``python -m tools.stubs``: what the declarations publish."""\n'
BUILTINS = ("bool", "complex", "float", "int")
IMPORTS = [
    "from builtins import " + ", ".join(f"{name} as _{name}" for name in BUILTINS),
    "from collections.abc import Callable, Iterable, Sequence",
    "from typing import Any",
]
NUMBER = "_Number = _int | _float | _complex"  # beside a tensor
SPELT = {name: f"_{name}" for name in BUILTINS} | {
    "DType": "dtype",
    "dtypes.dtype": "dtype",
    "np.ndarray": "Any",
    "Number": "_float",
    "Omitted": "None",
    "_empty": "Any",
    **{name: name for name in "Tensor Size Any dtype None str tuple list dict type Callable Iterable Sequence".split()},
}
"""How annotations of declarations are spelt in a stub; ``cltorch.float`` and its like are dtypes, hence the underscores."""


class _Spelling(ast.NodeTransformer):
    """Names of an annotation as a stub knows them; what it does not know is Any."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(SPELT.get(node.id, "Any"))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return ast.Name(SPELT.get(ast.unparse(node), "Any"))


def spelt(annotation: Any) -> str:
    """An annotation (text, as all modules have them, or empty) in the names of a stub."""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "Any")
    return ast.unparse(_Spelling().visit(ast.parse(text, mode="eval")))


def _default(value: Any) -> str:
    plain = value is None or isinstance(value, (bool, int, str))
    return repr(value) if plain else "..."


def signature(function: Callable[..., Any], method: bool = False, inplace: bool = False) -> str:
    """The text between a function's name and its colon. A method's first parameter is ``self``; methods and in-place forms have
    no ``out``. Operands of a pointwise row may be numbers too, but for the first of most."""
    own = inspect.signature(function)
    numbers = _numbers(function)
    found = ["self"] if method else []
    keywords_only = False
    for p in list(own.parameters.values())[len(found) :]:
        if p.name == "out" and (method or inplace):
            continue
        kind = "Tensor | None" if p.name == "out" and p.annotation is p.empty else spelt(p.annotation)
        kind += " | _Number" if p.name in numbers and kind == "Tensor" else ""
        if p.kind is p.KEYWORD_ONLY and not keywords_only:
            keywords_only = True
            found.append("*")
        star = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        keywords_only = keywords_only or star == "*"
        found.append(f"{star}{p.name}: {kind}" + ("" if p.default is p.empty else f" = {_default(p.default)}"))
    return f"({', '.join(found)}) -> {'Tensor' if inplace else spelt(own.return_annotation)}"


def line(name: str, function: Callable[..., Any], text: str) -> str:
    """One line of a stub: a function with the first sentence of its docstring."""
    about = (inspect.getdoc(function) or "").split("\n", 1)[0].replace("\\", "\\\\").replace('"', "'")
    return f'def {name}{text}: """{about}"""'


def _numbers(function: Callable[..., Any]) -> tuple[str, ...]:
    """The operands of a pointwise row's function that may be numbers."""
    op = TABLE.get(function.__name__)
    if op is None or FUNCTIONS.get(op.name) is not function:
        return ()
    return op.tensors if op.number_first else op.tensors[1:]


def lines(names: dict[str, Callable[..., Any]], among: dict[str, Any], method: bool = False) -> list[str]:
    """The lines of functions by name; in-place forms have the parameters of those ``among`` all that they are forms of."""
    found = []
    for name, function in names.items():
        plain = among.get(name[:-1]) if name.endswith("_") else None
        text = signature(function if plain is None else plain, method, inplace=plain is not None)
        found.append(line(name, function, text))
    return sorted(found)


def functions(space: str) -> list[str]:
    """The lines of a space's functions."""
    found = publish.functions(space)
    return lines(found, found)


def methods() -> list[str]:
    """The lines of Tensor's methods and operators that no chapter has in its source."""
    said = {name for kind in cltorch.Tensor.__mro__ if kind is not Forms for name in vars(kind)}
    made = {name: function for name, function in vars(Forms).items() if not name.startswith("__") and name not in said}
    found = lines(made, {name: getattr(cltorch.Tensor, name) for name in dir(cltorch.Tensor)}, method=True)
    for name in {**OPERATORS, **REFLECTED_OPERATORS, **INPLACE_OPERATORS}:
        ignored = "  # type: ignore[override]" if name in ("__eq__", "__ne__") else ""
        found.append(f"def {name}(self, other: Any) -> Tensor: ...{ignored}")
    found += [f"def {name}(self) -> Tensor: ..." for name in UNARY_OPERATORS]
    return sorted(found)


def exported(path: Path) -> list[str]:
    """The imports of a package's ``__init__.py`` as re-exports, and its assignments."""
    found = []
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module != "__future__":
            start = f"from {'.' * node.level}{node.module or ''} import "
            found += [
                f"{start}{a.name} as {a.asname or a.name}" for a in node.names if a.name not in ("publish", "chapters")
            ]
        elif isinstance(node, ast.Assign):
            value = ast.unparse(node.value)
            targets = [target.id for target in node.targets if isinstance(target, ast.Name)]
            found += [f"{target} = {value}" if value != "None" else f"{target}: None" for target in targets]
    return found


def gathering(package: Any) -> list[str]:
    """The imports of a package, those of names that come from its files, and the list of all names."""
    path = Path(package.__file__)
    files = {name: file for name, (file, _) in gathered(package.__name__, package.__path__).items()}
    imports = {text for text in exported(path) if text.startswith("from ") and not text.endswith(" gathered")}
    imports |= {f"from .{file} import {name} as {name}" for name, file in files.items() if name in package.__all__}
    return [*sorted(imports), f"__all__ = {package.__all__}"]


def stubs() -> dict[str, str]:
    """The text of every stub by its path in the package."""
    found = {"__init__.pyi": [*exported(ROOT / "__init__.py"), NUMBER, *functions("torch")]}
    for space in ("fft", "linalg", "special"):
        imports = ["from .dtypes import dtype", "from .tensor.sizes import Size", "from .tensor.tensor import Tensor"]
        found[f"{space}.pyi"] = [*imports, *exported(ROOT / f"{space}.py"), NUMBER, *functions(space)]
    for package in (cltorch.nn.modules, cltorch.optim):
        found["/".join([*package.__name__.split(".")[1:], "__init__.pyi"])] = gathering(package)
    imports = ["from ..dtypes import dtype", "from .sizes import Size", "from .tensor import Tensor"]
    found["tensor/forms.pyi"] = [*imports, NUMBER, "class Forms:", *[f"    {text}" for text in methods()]]
    return {path: "\n".join([HEAD, *IMPORTS, *body, ""]) for path, body in found.items()}


def main(folder: Path) -> None:
    """Write all stubs below a folder."""
    for path, text in stubs().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
