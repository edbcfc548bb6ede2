"""Modules: registration, names, state, hooks, modes, copies and pickles, as PyTorch's."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch import nn


def make(library: Any) -> Any:
    """A nested module with a buffer that is saved and one that is not."""
    m = library.nn
    inner = m.Sequential(m.Linear(3, 4), m.ReLU())
    inner.register_buffer("scale", library.ones(2))
    inner.register_buffer("scratch", library.zeros(1), persistent=False)
    return m.ModuleDict({"first": inner, "list": m.ModuleList([m.BatchNorm2d(2), m.Dropout(0.1)])})


def test_names_and_order_are_pytorchs() -> None:
    ours, theirs = make(cltorch), make(torch)
    for method in ("named_parameters", "named_buffers", "named_modules", "named_children"):
        assert [n for n, _ in getattr(ours, method)()] == [n for n, _ in getattr(theirs, method)()]
    assert list(ours.state_dict(prefix="a.")) == list(theirs.state_dict(prefix="a."))
    assert repr(ours) == repr(theirs)


def test_state_dicts_strict_and_not() -> None:
    ours, theirs = make(cltorch), make(torch)
    state = {k: v for k, v in ours.state_dict().items() if not k.endswith("bias")} | {"other": cltorch.ones(1)}
    their_state = {k: v for k, v in theirs.state_dict().items() if not k.endswith("bias")} | {"other": torch.ones(1)}
    found, expected = ours.load_state_dict(state, strict=False), theirs.load_state_dict(their_state, strict=False)
    assert (found.missing_keys, found.unexpected_keys) == (expected.missing_keys, expected.unexpected_keys)
    with pytest.raises(RuntimeError) as mine:
        ours.load_state_dict(state)
    with pytest.raises(RuntimeError) as reference:
        theirs.load_state_dict(their_state)
    assert str(mine.value) == str(reference.value)


def test_hooks_run_in_order_and_may_change_what_passes() -> None:
    calls: list[str] = []
    layer = nn.Linear(2, 2)
    before = layer.register_forward_pre_hook(lambda m, args: calls.append("pre"))
    after = layer.register_forward_hook(lambda m, args, out: calls.append("post") or out * 2)
    layer.register_full_backward_hook(lambda m, gi, go: calls.append("backward"))
    x = cltorch.ones(1, 2, requires_grad=True)
    plain = cltorch.nn.functional.linear(x, layer.weight, layer.bias)
    y = layer(x)
    np.testing.assert_allclose(y.detach().numpy(), 2 * plain.detach().numpy(), rtol=1e-6)
    y.sum().backward()
    assert calls == ["pre", "post", "backward"]
    before.remove(), after.remove()
    layer(x)
    assert calls == ["pre", "post", "backward"]


def test_modes_apply_zero_grad_and_freezing() -> None:
    model = make(cltorch)
    assert model.training
    model.eval()
    assert not any(m.training for m in model.modules())
    seen: list[str] = []
    model.apply(lambda m: seen.append(type(m).__name__))
    assert seen == ["Linear", "ReLU", "Sequential", "BatchNorm2d", "Dropout", "ModuleList", "ModuleDict"]
    model["first"](cltorch.ones(2, 3)).sum().backward()
    weight = model["first"][0].weight
    assert weight.grad is not None
    model.zero_grad(set_to_none=False)
    np.testing.assert_array_equal(weight.grad.numpy(), 0)
    model.zero_grad()
    assert weight.grad is None
    model.requires_grad_(False)
    assert not any(p.requires_grad for p in model.parameters())


def test_to_changes_floating_parameters_in_place() -> None:
    model = make(cltorch)
    weight = model["first"][0].weight
    assert model.to(cltorch.float16) is model
    assert model["first"][0].weight is weight
    assert weight.dtype is cltorch.float16
    assert model["list"][0].num_batches_tracked.dtype is cltorch.int64
    assert model.float()["first"][0].bias.dtype is cltorch.float32


@pytest.mark.parametrize("way", ["deepcopy", "pickle"])
def test_copies_are_equal_and_apart(way: str) -> None:
    model = make(cltorch)
    other = copy.deepcopy(model) if way == "deepcopy" else pickle.loads(pickle.dumps(model))
    for (name, a), (other_name, b) in zip(model.state_dict().items(), other.state_dict().items(), strict=True):
        assert name == other_name
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    with cltorch.no_grad():
        other["first"][0].weight.zero_()
    assert model["first"][0].weight.abs().sum().item() > 0
    assert isinstance(other["first"][0].weight, nn.Parameter)


def test_containers_slice_insert_and_grow() -> None:
    a, b, c = nn.Linear(1, 1), nn.ReLU(), nn.Flatten()
    sequence = nn.Sequential(a, b)
    sequence.append(c)
    assert [type(m).__name__ for m in sequence[1:]] == ["ReLU", "Flatten"]
    sequence.insert(0, nn.Identity())
    assert len(sequence) == 4 and sequence[1] is a and sequence[-1] is c
    names = nn.ModuleDict({"a": a})
    names.update({"b": b})
    assert list(names) == ["a", "b"] and "b" in names and names.pop("b") is b
    listed = nn.ModuleList([a]) + [b]
    assert list(listed) == [a, b]


@pytest.mark.parametrize(
    "name", ["ones_", "zeros_", "eye_", "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"]
)
def test_initializers_have_pytorchs_spread(name: str) -> None:
    ours, theirs = cltorch.empty(200, 300), torch.empty(200, 300)
    assert getattr(nn.init, name)(ours) is ours
    getattr(torch.nn.init, name)(theirs)
    assert ours.numpy().std() == pytest.approx(theirs.numpy().std(), rel=0.02, abs=1e-6)
    assert abs(ours.numpy()).max() <= abs(theirs.numpy()).max() * 1.2 + 1e-6


def test_gradients_are_clipped_as_in_pytorch() -> None:
    arrays = [np.full((3, 2), 4.0, np.float32), np.full(5, -2.0, np.float32)]
    ours, theirs = (
        [nn.Parameter(cltorch.tensor(a)) for a in arrays],
        [torch.nn.Parameter(torch.tensor(a)) for a in arrays],
    )
    for p, q, a in zip(ours, theirs, arrays, strict=True):
        p.grad, q.grad = cltorch.tensor(a), torch.tensor(a)
    norm, expected = nn.utils.clip_grad_norm_(ours, 1.5), torch.nn.utils.clip_grad_norm_(theirs, 1.5)
    assert norm.item() == pytest.approx(expected.item(), rel=1e-6)
    for p, q in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-6)


def test_modules_cannot_be_moved_to_cuda() -> None:
    layer = nn.Linear(2, 2)
    with pytest.raises(RuntimeError, match="cuda"):
        layer.cuda()
    with pytest.raises(RuntimeError, match="device"):
        nn.Sequential().to("bogus")


def test_in_place_layers_with_backward_hooks_do_not_change_what_was_passed() -> None:
    layer = nn.Sequential(nn.ReLU(inplace=True))
    layer.register_full_backward_hook(lambda module, grad_input, grad_output: None)
    x = cltorch.tensor([-1.0, 2.0], requires_grad=True)
    y = x * 1
    layer(y).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [0, 1])
    np.testing.assert_array_equal(y.detach().numpy(), [-1, 2])


def test_a_state_of_pytorchs_own_tensors_is_loaded() -> None:
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    ours = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    assert str(ours.load_state_dict(theirs.state_dict())) == "<All keys matched successfully>"
    for a, b in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
