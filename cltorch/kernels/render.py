"""Templates to text: the only module that knows Mako, and where preludes and kernel names come from."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from mako.lookup import TemplateLookup

_HERE = Path(__file__).parent
_TEMPLATES = TemplateLookup([str(_HERE / "templates")], strict_undefined=True, filesystem_checks=False)


def render(template: str, **names: object) -> str:
    """The text of ``kernels/templates/<template>`` with ``names`` filled in; a name that is not given raises `NameError`.

    Compiled templates are kept for the life of the process.
    """
    return str(_TEMPLATES.get_template(template).render(**names))


@cache
def prelude(name: str) -> str:
    """The text of ``kernels/prelude/<name>.cl``: functions that kernels share, put once before them in a program."""
    return (_HERE / "prelude" / f"{name}.cl").read_text(encoding="utf-8")


def named(stem: str, source: str) -> str:
    """``stem``, an underscore and 6 hex digits of ``source``.

    ``source`` spells its own name with a placeholder, which the caller replaces by the result: equal texts are one kernel.
    """
    return f"{stem}_{sha256(source.encode()).hexdigest()[:6]}"
