"""Templates to text: the only module that knows Mako, and where preludes and kernel names come from."""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from mako.lookup import TemplateLookup

_HERE = Path(__file__).parent
_TEMPLATES = TemplateLookup([str(_HERE / "templates")], strict_undefined=True, filesystem_checks=False)
_TYPES = re.compile(r"(?<![A-Z])(?:U?(?:CHAR|SHORT|INT|LONG)|FLOAT|DOUBLE)(?![A-Z])")


def render(template: str, **names: object) -> str:
    """The text of ``kernels/templates/<template>`` with ``names`` filled in; a name that is not given raises `NameError`.

    Compiled templates are kept for the life of the process.
    """
    return str(_TEMPLATES.get_template(template).render(**names))


@cache
def prelude(name: str) -> str:
    """The text of ``kernels/prelude/<name>.cl``: functions that kernels share, put once before them in a program.

    ``<name>@<lanes>`` is the text for vectors of that many lanes (1: scalars): there ``FLOAT``, ``UINT``... stand for
    ``float8``, ``uint8``..., also within names (``round_half_FLOAT``).
    """
    stem, _, lanes = name.partition("@")
    text = (_HERE / "prelude" / f"{stem}.cl").read_text(encoding="utf-8")
    if not lanes:
        return text
    return _TYPES.sub(lambda found: found[0].lower() + (lanes if lanes != "1" else ""), text)


def named(stem: str, source: str) -> str:
    """``stem``, an underscore and 6 hex digits of ``source``.

    ``source`` spells its own name with a placeholder, which the caller replaces by the result: equal texts are one kernel.
    """
    return f"{stem}_{sha256(source.encode()).hexdigest()[:6]}"
