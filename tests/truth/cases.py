"""How the cases of this folder run: a short program a case, with both libraries; what they print must be the same.

``T(f)`` prints what ``f()`` gives, or the class of what it raises.
"""

from __future__ import annotations

from .. import programs

HEAD = """
import copy, math, pickle
def T(f):
    try:
        print(f())
    except Exception as error:
        print("!!", type(error).__name__)
"""


def assert_same(program: str) -> None:
    """The program prints the same with both libraries; numbers may differ in the last bits."""
    programs.assert_same(HEAD + program, rtol=2e-5, atol=1e-30)
