"""Templates to text: the only module that knows Mako, and where preludes and kernel names come from."""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from mako.lookup import TemplateLookup

_HERE = Path(__file__).parent
_TEMPLATES = TemplateLookup([str(_HERE / "templates")], strict_undefined=True, filesystem_checks=False)
_TYPES = re.compile(r"(?<![A-Z])(?:U?(?:CHAR|SHORT|INT|LONG)|HALF|FLOAT|DOUBLE|COMPLEX)(?![A-Z])")
_WIDE = {"FLOAT": "double", "INT": "long", "UINT": "ulong"}


def render(template: str, **names: object) -> str:
    """The text of ``kernels/templates/<template>`` with ``names`` filled in; a name that is not given raises `NameError`.

    Compiled templates are kept for the life of the process.
    """
    return str(_TEMPLATES.get_template(template).render(**names))


@cache
def prelude(name: str) -> str:
    """The text of ``kernels/prelude/<name>.cl``: functions that kernels share, put once before them in a program.

    ``<name>@<lanes>`` is the text for vectors of that many lanes (1: scalars): there ``FLOAT``, ``UINT``... stand for
    ``float8``, ``uint8``..., also within names (``round_half_FLOAT``), and ``COMPLEX`` for ``float16``: a pair a lane. Where
    ``<stem>_double`` has no file of its own it is ``<stem>`` with double in the place of float.
    """
    stem, _, lanes = name.partition("@")
    path = _HERE / "prelude" / f"{stem}.cl"
    wide = stem.endswith("_double") and not path.exists()
    text = (path.with_name(f"{stem.removesuffix('_double')}.cl") if wide else path).read_text(encoding="utf-8")
    if not lanes:
        return text

    def spelled(found: re.Match[str]) -> str:
        if found[0] == "COMPLEX":
            return f"{'double' if wide else 'float'}{2 * int(lanes)}"
        scalar = _WIDE.get(found[0], found[0].lower()) if wide else found[0].lower()
        return scalar + (lanes if lanes != "1" else "")

    return _TYPES.sub(spelled, text)


def named(stem: str, source: str) -> str:
    """``stem``, an underscore and 6 hex digits of ``source``.

    ``source`` spells its own name with a placeholder, which the caller replaces by the result: equal texts are one kernel.
    """
    return f"{stem}_{sha256(source.encode()).hexdigest()[:16]}"
