"""Numbers beyond a dtype's largest: what becomes infinite, and what is refused."""

import pytest

from .cases import assert_same

WAYS = """x[0, 0] = v; x[0] = v; x[:] = v; x[x > 0] = v; x[torch.tensor([True, False])] = v; x[[0]] = v; x[...] = v; x.fill_(v); x[:1, :1].fill_(v); x[0, 0].fill_(v)
x = torch.full((1,), v, dtype=d); x = torch.full((), v, dtype=d); x = torch.full((2,), v, dtype=d); x = torch.full_like(x[:1, :1], v); x = x.new_full((1,), v); x = x.new_full((2,), v)
x = x.masked_fill(x > 0, v); x.clamp_(min=v); x = torch.tensor(v, dtype=d); x = torch.tensor([v], dtype=d); x = x + v; x = x * v; x.add_(v)"""


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "int32", "uint8"])
def test_numbers_too_large(dtype: str) -> None:
    lines = [f"d = torch.{dtype}"]
    for value in (
        ("1e10", "-1e39", "2**40", "float('inf')")
        if dtype.startswith(("float", "bfloat"))
        else ("300", "2**40", "-2**40")
    ):
        for way in [way.strip() for way in WAYS.replace("\n", ";").split(";")]:
            lines.append(f"x = torch.ones(2, 2).to(d); v = {value}")
            lines.append(
                f"try: {way}; print({way!r}, v, x)\nexcept Exception as error: print({way!r}, v, type(error).__name__, error)"
            )
    assert_same("\n".join(lines))
