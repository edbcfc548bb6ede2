"""What the programs of these tests share."""

from __future__ import annotations

from ..programs import assert_same

PRELUDE = """
import sys
def T(*values, grad=True):
    return torch.tensor(values[0] if len(values) == 1 else values, dtype=torch.float64, requires_grad=grad)
def show(*values):
    for value in values:
        print(value)
def attempt(*actions):
    for action in actions:
        try:
            print("gives", action())
        except Exception as error:
            print(type(error).__name__, error)
x, y = T(1.0, 2.0), T(3.0, 4.0)
"""


def same(program: str) -> None:
    """Run a program with both libraries, after `PRELUDE`; they must print the same."""
    assert_same(PRELUDE + program)
