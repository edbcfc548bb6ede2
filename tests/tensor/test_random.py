"""Seeds, generators and their states."""

from __future__ import annotations

import pytest

import cltorch


def test_a_seed_begins_the_sequence_anew() -> None:
    assert cltorch.manual_seed(3).initial_seed() == cltorch.initial_seed() == cltorch.random.initial_seed() == 3
    first, second = cltorch.rand(3), cltorch.rand(3)
    cltorch.manual_seed(3)
    assert cltorch.equal(cltorch.rand(3), first) and cltorch.equal(cltorch.rand(3), second)
    assert not cltorch.equal(first, second)
    cltorch.cuda.manual_seed_all(3)
    assert cltorch.equal(cltorch.rand(3), first)


def test_a_state_is_a_tensor_of_bytes_and_brings_the_sequence_back() -> None:
    cltorch.randn(5)
    state = cltorch.get_rng_state()
    assert state.dtype is cltorch.uint8 and state.dim() == 1
    numbers = cltorch.randn(3)
    cltorch.set_rng_state(state)
    assert cltorch.equal(cltorch.randn(3), numbers)


def test_generators_have_sequences_of_their_own() -> None:
    one, two = cltorch.Generator().manual_seed(1), cltorch.Generator(device="opencl:0").manual_seed(1)
    before = cltorch.get_rng_state()
    assert cltorch.equal(cltorch.rand(4, generator=one), cltorch.rand(4, generator=two))
    other = one.clone_state()
    assert cltorch.equal(cltorch.randperm(9, generator=one), cltorch.randperm(9, generator=other))
    two.set_state(one.get_state())
    x, y = cltorch.empty(5).normal_(generator=one), cltorch.empty(5).normal_(generator=two)
    assert cltorch.equal(x, y)
    assert cltorch.equal(cltorch.get_rng_state(), before)
    assert two.device == cltorch.device("opencl", 0)
    assert one.seed() == one.initial_seed()


def test_wrong_states() -> None:
    generator = cltorch.Generator().manual_seed(4)
    with pytest.raises(TypeError):
        generator.set_state((4, 0))
    with pytest.raises(RuntimeError, match="16 bytes"):
        generator.set_state(cltorch.zeros(3, dtype=cltorch.uint8))
    assert generator.initial_seed() == 4


def test_fork_rng() -> None:
    with cltorch.random.fork_rng():
        inside = cltorch.rand(3)
    assert cltorch.equal(cltorch.rand(3), inside)
    with cltorch.random.fork_rng(enabled=False):
        inside = cltorch.rand(3)
    assert not cltorch.equal(cltorch.rand(3), inside)


@pytest.mark.parametrize("draw", ["rand", "randn", "randint", "randperm", "normal", "multinomial", "exponential"])
def test_distributions(draw: str) -> None:
    n = 20000
    numbers, mean, std = {
        "rand": lambda: (cltorch.rand(n), 0.5, 12**-0.5),
        "randn": lambda: (cltorch.randn(n), 0.0, 1.0),
        "randint": lambda: (cltorch.randint(-3, 7, (n,)).float(), 1.5, (99 / 12) ** 0.5),
        "randperm": lambda: (cltorch.randperm(n).float() / n, 0.5, 12**-0.5),
        "normal": lambda: (cltorch.normal(cltorch.full((n,), 2.0), 3.0), 2.0, 3.0),
        "multinomial": lambda: (cltorch.multinomial(cltorch.tensor([1.0, 0, 3]), n, True).float(), 1.5, 0.75**0.5),
        "exponential": lambda: (cltorch.empty(n).exponential_(2.0), 0.5, 0.5),
    }[draw]()
    assert abs(numbers.mean().item() - mean) < 0.05 * max(1, std)
    assert abs(numbers.std().item() - std) < 0.05 * max(1, std)
