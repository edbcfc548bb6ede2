"""Dtypes of results where tensors, tensors without dimensions and numbers meet: every pair, in every op of several operands."""

from __future__ import annotations

import pytest

from .cases import assert_same

OPERANDS = """
import itertools, warnings
warnings.simplefilter("ignore")
V = dict(i0=torch.tensor(5), h0=torch.tensor(0.5, dtype=torch.float16), f0=torch.tensor(0.5), d0=torch.tensor(0.5, dtype=torch.float64), b0=torch.tensor(True), i1=torch.tensor([5]),
         h1=torch.tensor([0.5], dtype=torch.float16), f1=torch.tensor([0.5]), b1=torch.tensor([True]), u1=torch.tensor([3], dtype=torch.uint8), pi=2, pf=2.5, pb=True)
def kind(f):
    try: return str(f().dtype)[6:]
    except Exception as e: return "!!" + type(e).__name__
"""
PAIRS = """
where(V["b1"], x, y); where(V["b0"], x, y); maximum(x, y); fmin(x, y); atan2(x, y); hypot(x, y); fmod(x, y); remainder(x, y); pow(x, y); add(x, y); mul(x, y); div(x, y)
floor_divide(x, y); copysign(x, y); xlogy(x, y); eq(x, y); bitwise_and(x, y); float_power(x, y); stack([x, y]); cat([x, y]); hstack([x, y]); addcmul(V["f1"], x, y); addcmul(x, y, y)
outer(x, y); isclose(x, y); masked_fill(x, V["b1"], y); result_type(x, y) and x + y
""".replace("\n", ";")


def test_bounds_of_clamp() -> None:
    assert_same(
        OPERANDS
        + """
for a in ("i0", "h0", "f1", "i1", "h1", "b1", "u1"):
    for b in V: print(a, b, [kind(lambda: torch.clamp(V[a], V[b], V[c])) for c in V])
"""
    )


@pytest.mark.parametrize("half", [0, 1])
def test_pairs(half: int) -> None:
    calls = [call.strip() for call in PAIRS.split(";") if call.strip()][half::2]
    lines = "\n".join(f"    print({call!r}, a, [kind(lambda: torch.{call}) for y in V.values()])" for call in calls)
    assert_same(f"{OPERANDS}for a, x in V.items():\n{lines}\n")


def test_numbers_where_tensors_may_stand() -> None:
    assert_same("""
x = torch.ones(3)
T(lambda: torch.full_like(x, torch.tensor([1.0]))); T(lambda: torch.full((2,), torch.tensor(1.0))); T(lambda: torch.arange(torch.tensor([3]))); T(lambda: torch.arange(torch.tensor(3)))
T(lambda: torch.linspace(torch.tensor(0.0), 1, 2)); T(lambda: x.clamp(torch.tensor(0.5), 2)); T(lambda: x.clamp(1, torch.ones(3))); T(lambda: x.lerp(x.double(), 0.5)); T(lambda: x.lerp(x, 1))
T(lambda: torch.addcdiv(x, torch.tensor([1]), torch.tensor([1]))); T(lambda: torch.addcdiv(x, x, torch.tensor([1])))
""")
