"""Points of Sobol's sequence beside PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import cltorch
from cltorch.quasirandom import SobolEngine


@pytest.mark.parametrize("dimension", [1, 3, 40])
def test_points_are_pytorchs(dimension: int) -> None:
    ours, theirs = SobolEngine(dimension), torch.quasirandom.SobolEngine(dimension)
    assert repr(ours) == repr(theirs)
    for n in (1, 3, 16):
        np.testing.assert_array_equal(ours.draw(n).numpy(), theirs.draw(n).numpy())
    assert ours.fast_forward(7) is ours and theirs.fast_forward(7) is theirs
    np.testing.assert_array_equal(ours.draw(2).numpy(), theirs.draw(2).numpy())
    ours.reset(), theirs.reset()
    np.testing.assert_array_equal(ours.draw_base2(3).numpy(), theirs.draw_base2(3).numpy())
    assert ours.num_generated == theirs.num_generated == 8
    out = cltorch.empty(0, dtype=cltorch.float64)
    assert ours.draw(4, out=out, dtype=cltorch.float64) is out
    np.testing.assert_array_equal(out.numpy(), theirs.draw(4, dtype=torch.float64).numpy())


def test_scrambled_points_stay_even() -> None:
    """Of 64 points each 64th of every side has one, whatever the scrambling; a seed gives the same ones again."""
    drawn = [SobolEngine(5, scramble=True, seed=seed).draw(64) for seed in (3, 3, 4)]
    assert cltorch.equal(drawn[0], drawn[1]) and not cltorch.equal(drawn[0], drawn[2])
    for points in drawn:
        places = (points * 64).long().sort(0).values
        assert cltorch.equal(places, cltorch.arange(64).unsqueeze(1).expand(64, 5))


def test_refusals() -> None:
    for library in (torch, cltorch):
        engine = library.quasirandom.SobolEngine(2)
        engine.draw(3)
        with pytest.raises(ValueError, match="require n to be a power of 2"):
            engine.draw_base2(3)
        with pytest.raises(ValueError, match="Supported range of dimensionality"):
            library.quasirandom.SobolEngine(21202)
