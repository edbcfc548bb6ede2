"""Calls that are recorded again as a whole give what the first call gave, for other numbers; and whatever must be decided anew is."""

from __future__ import annotations

import pytest
import torch

import cltorch

CALLS = {
    "flip": lambda m, x, y, i: x.flip(0),
    "roll": lambda m, x, y, i: x.roll(3, 1),
    "rot90": lambda m, x, y, i: x.rot90(),
    "repeat": lambda m, x, y, i: x.repeat(2, 1),
    "tril": lambda m, x, y, i: x.tril(),
    "cat": lambda m, x, y, i: m.cat([x, y], 1),
    "cat twice": lambda m, x, y, i: m.cat([x, x]),
    "cat slices": lambda m, x, y, i: m.cat(list(x)),
    "stack": lambda m, x, y, i: m.stack([x, y, x]),
    "index_select": lambda m, x, y, i: x.index_select(0, i),
    "embedding": lambda m, x, y, i: m.nn.functional.embedding(i, x),
    "gather": lambda m, x, y, i: x.gather(0, i.reshape(-1, 1)),
    "pad": lambda m, x, y, i: m.nn.functional.pad(x, (1, 2), "constant", 2.5),
}


@pytest.mark.parametrize("name", CALLS)
def test_repeats(name: str) -> None:
    """The third call and later ones are recorded again: the numbers are those of the call, whatever came before."""
    torch.manual_seed(0)
    for round_ in range(5):
        x, y, i = torch.randn(6, 5), torch.randn(6, 5), torch.randint(0, 6, (200,))
        mine = CALLS[name](cltorch, *(cltorch.tensor(t.numpy()) for t in (x, y, i)))
        assert mine.tolist() == CALLS[name](torch, x, y, i).tolist(), round_


def test_gradients_after_calls_without() -> None:
    """A call that needs a gradient has a node, though the same without one was remembered."""
    x = cltorch.arange(12.0).reshape(3, 4)
    for _ in range(4):
        x.flip(1), cltorch.cat([x, x])
    leaf = x.clone().requires_grad_()
    made = leaf.flip(1)
    assert type(made.grad_fn).__name__ == "FlipBackward0"
    (cltorch.cat([leaf, leaf]).sum() + made.sum()).backward()
    assert leaf.grad.tolist() == [[3.0] * 4] * 3
    with cltorch.no_grad():
        assert leaf.flip(1).grad_fn is None


def test_one_tensor_after_two() -> None:
    """What is recorded of slices that lie behind each other holds for no others of the same shape."""
    whole = cltorch.arange(12.0)
    for _ in range(4):
        assert cltorch.cat([whole[:6], whole[6:]]).tolist() == list(range(12))
    other = whole + 100
    assert cltorch.cat([whole[:6], other[6:]]).tolist() == [*range(6), *range(106, 112)]
    assert cltorch.cat([other[:6], whole[6:]]).tolist() == [*range(100, 106), *range(6, 12)]


def test_two_tensors_after_one_that_was_given_twice() -> None:
    """A call is recorded at its second time; if that has one tensor twice, the recording is not one of two."""
    a, b = cltorch.tensor([[-1.0, 0.5, 7.0]]), cltorch.tensor([[2.0, 4.0, 8.0]])
    for first, second in ((a, b), (b, b), (a, b), (b, a), (a, a), (a, b)):
        assert cltorch.cat([first, second], 1).tolist() == [first.tolist()[0] + second.tolist()[0]]


def test_known_indices_are_refused_at_once() -> None:
    """An index that the host knows to be out of range raises in the call, however often the call was right before."""
    x = cltorch.arange(12.0).reshape(3, 4)
    for _ in range(4):
        x.index_select(0, cltorch.tensor([0, 2]))
    with pytest.raises(IndexError, match="out of"):
        x.index_select(0, cltorch.tensor([0, 3]))


def test_parameters_are_told_apart() -> None:
    """1 and 1.0 and True are other parameters: what is refused stays refused."""
    x = cltorch.arange(6.0).reshape(2, 3)
    for _ in range(4):
        x.roll(1, 1), cltorch.nn.functional.pad(x, (1, 1), "constant", 0.0)
    with pytest.raises(TypeError):
        x.roll(1.0, 1)
    padded = cltorch.nn.functional.pad(x, (1, 1), "constant", -0.0)
    assert str(padded[0, 0].item()) == "-0.0"


def test_under_vmap() -> None:
    """Inside `vmap` nothing is taken from what was recorded outside."""
    x = cltorch.arange(24.0).reshape(2, 3, 4)
    for _ in range(4):
        x[0].flip(1)
    assert cltorch.func.vmap(lambda a: a.flip(1))(x).tolist() == x.flip(2).tolist()
