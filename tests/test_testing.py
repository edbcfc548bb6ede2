"""``cltorch.testing.assert_close`` beside PyTorch's: what passes, what fails, and the words."""

from __future__ import annotations

import pytest

import cltorch
from tests.beside import assert_beside, cases, result

CASES = """
m.testing.assert_close(x, x)
m.testing.assert_close(x, x + 1)
m.testing.assert_close(x, x + 1e-7)
m.testing.assert_close(x, x.double())
m.testing.assert_close(x, x.double(), check_dtype=False)
m.testing.assert_close([x, v], (x, v))
m.testing.assert_close([x], [x, v])
m.testing.assert_close({'a': x, 'b': [v]}, {'a': x, 'b': [v]})
m.testing.assert_close({'a': x}, {'b': x})
m.testing.assert_close([x, v], [x, v + 1])
m.testing.assert_close(1.0, 1.0 + 1e-9)
m.testing.assert_close(1, 2)
m.testing.assert_close(1, 1.0)
m.testing.assert_close(None, None)
m.testing.assert_close(x, v)
m.testing.assert_close(x, x * 1.0005, rtol=1e-3, atol=1e-3)
m.testing.assert_close(x, x, rtol=1e-3)
m.testing.assert_close(m.tensor([math.nan]), m.tensor([math.nan]))
m.testing.assert_close(m.tensor([math.nan]), m.tensor([math.nan]), equal_nan=True)
m.testing.assert_close(m.tensor([math.inf]), m.tensor([math.inf]))
m.testing.assert_close(x.t(), x.t().contiguous())
m.testing.assert_close(x.t(), x.t().contiguous(), check_stride=True)
m.testing.assert_close(k, k)
m.testing.assert_close(k, k + 1)
m.testing.assert_close(b, ~b)
m.testing.assert_close(x.half(), x.half() * 1.0005)
m.testing.assert_close(x[:0], x[:0])
m.testing.assert_close(x, 'a')
m.testing.assert_close(x, x + 1, msg='mine')
m.testing.assert_close(r, x)
"""


@pytest.mark.parametrize("case", cases(CASES))
def test_beside_pytorch(case: str) -> None:
    assert_beside(case)


def test_the_text_tells_how_many_elements_differ_and_where() -> None:
    with pytest.raises(AssertionError) as found:
        result("m.testing.assert_close([x, v], [x, v + (v > 0)])", cltorch)
    assert "Mismatched elements: 2 / 6 (33.3%)" in str(found.value)
    assert "(up to 1e-05 allowed)" in str(found.value) and "item [1]" in str(found.value)
