"""Autocast regions beside PyTorch's: nesting, dtypes, weights kept, gradients, custom functions, state."""

from __future__ import annotations

import threading
import warnings
from typing import Any

import numpy as np
import pytest
import torch

import cltorch

from ..naming import named


def both(program: Any) -> None:
    """A program gives the same with both libraries."""
    ours, theirs = program(cltorch), program(torch)
    assert [repr(one) for one in ours] == [repr(one) for one in theirs]


def dtypes_in_regions(m: Any) -> list[Any]:
    x, w = m.ones(2, 2), m.ones(2, 2)
    found = []
    with m.autocast("cpu"):
        y = x @ w
        found += [y.dtype, (y + x).dtype, (y + y).dtype, y.relu().dtype, y.exp().dtype, y.mean().dtype, y.sum().dtype]
        found += [m.cat([x, y]).dtype, m.nn.functional.mse_loss(y, y).dtype, m.nn.functional.layer_norm(y, (2,)).dtype]
        with m.autocast("cpu", enabled=False):
            found += [(x @ w).dtype, m.is_autocast_enabled("cpu")]
        with m.autocast("cpu", dtype=m.float16):
            found += [(x @ w).dtype, m.get_autocast_dtype("cpu")]
        found += [(x @ w).dtype, m.get_autocast_dtype("cpu"), m.is_autocast_enabled("cpu"), m.is_autocast_enabled()]
        found += [(x.double() @ w.double()).dtype, (x.int() + 1).dtype]
        found += [m.mm(x, w, out=m.zeros(2, 2)).dtype, m.addmm(x, x, w, out=m.zeros(2, 2)).dtype]
        out = m.nn.Sequential(m.nn.Linear(2, 3), m.nn.BatchNorm1d(3), m.nn.ReLU(), m.nn.Linear(3, 1))(x)
        found += [out.dtype, m.nn.functional.softmax(out, 0).dtype, out.softmax(0).dtype]
    found += [(x @ w).dtype, m.is_autocast_enabled("cpu")]

    @m.autocast("cpu")
    def decorated(a: Any) -> Any:
        return a @ a

    return [*found, decorated(x).dtype, decorated.__name__]


def test_regions() -> None:
    both(dtypes_in_regions)


def state(m: Any) -> list[Any]:
    found = [m.is_autocast_enabled("cuda"), m.get_autocast_dtype("cuda"), m.get_autocast_dtype("cpu")]
    found += [m.is_autocast_cache_enabled(), m.amp.is_autocast_available("cpu"), m.amp.is_autocast_available("meta")]
    with m.autocast("cpu", cache_enabled=False):
        found += [m.is_autocast_cache_enabled(), m.autocast_increment_nesting(), m.autocast_decrement_nesting()]
    m.set_autocast_enabled("cpu", True)
    m.set_autocast_dtype("cpu", m.float16)
    found += [(m.ones(1, 1) @ m.ones(1, 1)).dtype]
    m.set_autocast_enabled("cpu", False)
    m.set_autocast_dtype("cpu", m.bfloat16)
    m.clear_autocast_cache()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found += [m.is_autocast_cpu_enabled(), m.get_autocast_gpu_dtype(), m.get_autocast_cpu_dtype()]
        m.autocast("cpu", dtype=m.float64)
        m.cpu.amp.autocast()
    return found + [str(one.message) for one in caught if one.category is not DeprecationWarning]


def test_state_of_the_thread() -> None:
    both(state)


def test_other_threads_are_not_in_the_region() -> None:
    seen = []
    with cltorch.autocast("cuda"):
        thread = threading.Thread(target=lambda: seen.append((cltorch.ones(1, 1) @ cltorch.ones(1, 1)).dtype))
        thread.start()
        thread.join()
    assert seen == [cltorch.float32]


def test_gradients_have_the_dtype_of_the_weights() -> None:
    def program(m: Any) -> list[Any]:
        rng = np.random.default_rng(0)
        x = m.tensor(rng.standard_normal((4, 3)).astype(np.float32))
        w = m.tensor(rng.standard_normal((3, 2)).astype(np.float32), requires_grad=True)
        with m.autocast("cpu"):
            loss = ((x @ w).relu() @ m.ones(2, 1) + (x @ w).sum()).float().mean()
        loss.backward()
        grads.append(w.grad.numpy())
        return [loss.dtype, w.grad.dtype]

    grads: list[np.ndarray] = []
    both(program)
    np.testing.assert_allclose(*grads, rtol=3e-2, atol=3e-2)


def test_copies_of_weights_are_kept_until_the_outermost_region_ends() -> None:
    w, x = cltorch.ones(2, 2, requires_grad=True), cltorch.ones(2, 2)
    with cltorch.autocast("cpu"):
        with cltorch.autocast("cpu"):
            first = x @ w
        kept = cltorch.amp.state._STATE.kept
        assert len(kept) == 1
        x @ w
        assert len(kept) == 1
        with cltorch.no_grad():
            w.mul_(2)
        assert (x @ w)[0, 0].item() == 4  # a weight that has changed is cast again
        second = x @ w
    assert not kept
    (first.sum() + second.sum()).backward()
    assert w.grad.tolist() == [[4, 4], [4, 4]]
    with cltorch.autocast("cpu", cache_enabled=False):
        x @ w
        assert not kept


def test_all_names_of_accelerators_choose_their_list() -> None:
    x = cltorch.ones(2, 2)
    for kind in ("cuda", "opencl", "xpu", "mps"):
        with cltorch.autocast(kind):
            assert (x @ x).dtype is cltorch.float16
            assert (x @ x).exp().dtype is cltorch.float32
            assert ((x @ x) ** 2).dtype is cltorch.float32
            assert (x @ x).mean().dtype is cltorch.float16
            assert (x @ x).var().dtype is cltorch.float16
            assert cltorch.nn.functional.gelu(x @ x).dtype is cltorch.float16
            with pytest.raises(RuntimeError, match="unsafe to autocast"):
                cltorch.nn.functional.binary_cross_entropy(x, x)
    with cltorch.autocast("cpu"), cltorch.autocast("cuda", dtype=cltorch.bfloat16):
        assert (x @ x).exp().dtype is cltorch.float32
        with cltorch.autocast("cuda", enabled=False):
            assert (x @ x).exp().dtype is cltorch.bfloat16  # that of the CPU goes on


def custom(m: Any) -> list[Any]:
    seen = []

    class Product(m.autograd.Function):
        @staticmethod
        @m.amp.custom_fwd(device_type="cpu")
        def forward(ctx: Any, a: Any, b: Any) -> Any:
            ctx.save_for_backward(a, b)
            return a.mm(b)

        @staticmethod
        @m.amp.custom_bwd(device_type="cpu")
        def backward(ctx: Any, grad: Any) -> Any:
            a, b = ctx.saved_tensors
            seen.append((grad.mm(b.t()).dtype, m.is_autocast_enabled("cpu")))
            return grad.mm(b.t()).float(), a.t().mm(grad).float()

    class Precise(m.autograd.Function):
        @staticmethod
        @m.amp.custom_fwd(device_type="cpu", cast_inputs=m.float32)
        def forward(ctx: Any, a: Any) -> Any:
            seen.append((a.dtype, m.is_autocast_enabled("cpu"), a.mm(a).dtype))
            return a.mm(a)

        @staticmethod
        @m.amp.custom_bwd(device_type="cpu")
        def backward(ctx: Any, grad: Any) -> Any:
            seen.append((grad.mm(grad).dtype, m.is_autocast_enabled("cpu")))
            return grad

    a = m.ones(2, 2, requires_grad=True)
    with m.autocast("cpu"):
        y = Product.apply(a, a)
        z = Precise.apply(y)
    z.float().sum().backward()
    return [y.dtype, z.dtype, *seen]


def test_custom_functions() -> None:
    both(custom)


def test_checkpoints_are_computed_again_as_before() -> None:
    seen = []

    def block(x: cltorch.Tensor) -> cltorch.Tensor:
        y = x @ x
        seen.append(y.dtype)
        return y

    x = cltorch.ones(2, 2, requires_grad=True)
    for reentrant in (False, True):
        with cltorch.autocast("cpu"):
            y = cltorch.utils.checkpoint.checkpoint(block, x, use_reentrant=reentrant)
        y.float().sum().backward()
    assert seen == [cltorch.bfloat16] * 4


MISTAKES = [
    lambda m: m.autocast(3),
    lambda m: m.autocast("nothing"),
    lambda m: m.autocast("cpu")(3),
    lambda m: m.amp.custom_fwd(device_type=3),
]


@pytest.mark.parametrize("mistake", named(MISTAKES))
def test_mistakes(mistake: Any) -> None:
    with pytest.raises(Exception) as theirs:
        mistake(torch)
    with pytest.raises(theirs.type):
        mistake(cltorch)
