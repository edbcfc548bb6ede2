"""Files go from PyTorch here and back bit for bit; `load` runs nothing from a file, and places go where they are told to."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

import cltorch
from cltorch import dtypes, nn


def written(library: Any, obj: Any, **options: Any) -> io.BytesIO:
    """The file that a library saves an object in."""
    file = io.BytesIO()
    library.save(obj, file, **options)
    file.seek(0)
    return file


def again(obj: Any, **options: Any) -> Any:
    """What comes back of an object through a file in memory."""
    return cltorch.load(written(cltorch, obj), **options)


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
@pytest.mark.filterwarnings("ignore:ComplexHalf support is experimental")
@pytest.mark.parametrize("dtype", dtypes.EVERY + dtypes.CARRIED, ids=lambda dtype: dtype.name)
def test_every_dtype_both_ways_bit_for_bit(dtype: Any, zipped: bool) -> None:
    raw = (
        np.random.default_rng(0).integers(0, 2 if dtype.name == "bool" else 256, 6 * dtype.itemsize, np.uint8).tobytes()
    )
    start = torch.frombuffer(bytearray(raw), dtype=getattr(torch, dtype.name)).reshape(2, 3)
    here = cltorch.load(written(torch, start, _use_new_zipfile_serialization=zipped))
    assert here.dtype is dtype
    assert here.shape == (2, 3)
    assert here.cpu().view(cltorch.uint8)._host().tobytes() == raw
    if zipped or dtype in dtypes.ALL:  # PyTorch cannot read the others in the older form, of itself either
        back = torch.load(written(cltorch, here, _use_new_zipfile_serialization=zipped))
        assert back.dtype is start.dtype
        assert bytes(back.untyped_storage()) == raw
    assert again(here).view(cltorch.uint8)._host().tobytes() == raw


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize("layout", ["sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc"])
@pytest.mark.filterwarnings("ignore:Sparse")
def test_sparse_tensors_both_ways(layout: str, zipped: bool) -> None:
    block = {"blocksize": (1, 2)} if "bs" in layout else {}
    for one, other in ((torch, cltorch), (cltorch, torch), (cltorch, cltorch)):
        start = one.tensor([[1.0, 2, 0, 0], [0, 3, 0, 0]]).to_sparse(layout=getattr(one, layout), **block)
        first, second = other.load(written(one, [start, start], _use_new_zipfile_serialization=zipped))
        assert first is second
        assert repr(first) == repr(start)


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
@pytest.mark.filterwarnings("ignore:Sparse")
def test_sparse_tensors_whose_indices_lead_out_of_memory_are_not_read(zipped: bool) -> None:
    places, values = torch.tensor([0, 1, 2]), torch.ones(2)
    for made in (
        torch.sparse_csr_tensor(places, torch.tensor([0, 9]), values, (2, 3), check_invariants=False),
        torch.sparse_coo_tensor(torch.tensor([[0, 9]]), values, (3,), check_invariants=False),
    ):
        with pytest.raises(RuntimeError, match=r"ncols|size is inconsistent"):
            cltorch.load(written(torch, made, _use_new_zipfile_serialization=zipped))


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (1, 1)], ids=str)
def test_shapes(shape: tuple[int, ...]) -> None:
    here = cltorch.load(written(torch, torch.ones(shape)))
    back = torch.load(written(cltorch, here))
    assert here.shape == back.shape == shape
    assert here.tolist() == back.tolist()


PLAIN = {
    "none": None,
    "numbers": [True, 1, -(2**70), 0.1, float("inf"), 1 + 2j],
    "text": ("a", "ü\n", b"\x00\xff", bytearray(b"x")),
    3: {4.5: "float key", ("a", 1): "tuple key", None: "none", True: "bool"},
    "sets": {1, 2},
    "ordered": OrderedDict(b=1, a=2),
    "counter": Counter("aab"),
    "empty": [[], (), {}, set()],
}


@pytest.mark.parametrize("protocol", [2, 4])
def test_plain_values_keep_their_types(protocol: int) -> None:
    start = PLAIN | {"size": cltorch.Size([2, 3]), "dtype": cltorch.bfloat16, "device": cltorch.device("cpu")}
    found = cltorch.load(written(cltorch, start, pickle_protocol=protocol))
    assert found == start
    assert [type(value) for value in found.values()] == [type(value) for value in start.values()]
    there = torch.load(written(cltorch, start, pickle_protocol=protocol), weights_only=protocol == 2)
    assert (there["size"], there["dtype"], there["device"]) == (torch.Size([2, 3]), torch.bfloat16, torch.device("cpu"))
    assert {key: there[key] for key in PLAIN} == PLAIN
    assert str(cltorch.load(written(torch, there))) == str(found)


def test_views_keep_sharing_their_storage() -> None:
    base = torch.arange(12.0).reshape(3, 4)
    here = cltorch.load(written(torch, [base, base.t(), base[1], base[:, ::2], base]))
    back = torch.load(written(cltorch, here))
    for found in (here, back):
        assert [t.tolist() for t in found] == [t.tolist() for t in (base, base.t(), base[1], base[:, ::2], base)]
        assert found[1].stride() == (1, 4)
        found[2].fill_(-1)
        assert found[0][1].tolist() == [-1] * 4
        assert found[1][:, 1].tolist() == [-1] * 4


def test_gradients_are_asked_for_again_and_parameters_keep_attributes() -> None:
    leaf, param = cltorch.ones(2, requires_grad=True), nn.Parameter(cltorch.zeros(3))
    param.kept = "yes"
    (param.sum() * 2).backward()
    for library in (cltorch, torch):
        found = library.load(written(cltorch, [leaf, leaf * 2, param, nn.Parameter(cltorch.zeros(1), False)]))
        assert [t.requires_grad for t in found] == [True, True, True, False]
        assert [type(t).__name__ for t in found] == ["Tensor", "Tensor", "Parameter", "Parameter"]
        assert found[2].kept == "yes"
        assert found[2].grad is None


def test_a_conjugate_of_pytorch_is_one() -> None:
    start = torch.tensor([1 + 2j]).conj()
    assert cltorch.load(written(torch, start)).tolist() == start.tolist()


def model(library: Any) -> Any:
    """Layers of several kinds, some with functions and lists among their attributes."""
    n = library.nn
    attention = n.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    layers = (n.Conv2d(1, 2, 3), n.BatchNorm2d(2), n.MaxPool2d(2), n.LSTM(4, 3), n.MultiheadAttention(4, 2), attention)
    return n.Sequential(*layers, n.GELU(), n.Embedding(3, 4)).eval()


def test_whole_modules_both_ways() -> None:
    start = model(torch)
    here = cltorch.load(written(torch, start), weights_only=False)
    back = torch.load(written(cltorch, here), weights_only=False)
    new = torch.load(written(cltorch, model(cltorch)), weights_only=False)
    assert str(start) == str(here) == str(back) == str(new)
    for name, value in start.state_dict().items():
        assert torch.equal(value, back.state_dict()[name])
    image, words = torch.randn(2, 1, 6, 6), torch.randn(2, 3, 4)
    for part, given in ((slice(3), image), (5, words), (3, words)):
        wanted, found, there = (
            m[part](t) for m, t in ((start, given), (here, cltorch.tensor(given.numpy())), (back, given))
        )
        wanted, found, there = (x[0] if isinstance(x, tuple) else x for x in (wanted, found, there))
        np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), 1e-4, 1e-5)
        np.testing.assert_array_equal(there.detach().numpy(), wanted.detach().numpy())
    new[5](words)
    new[3](words)


def test_states_of_models_and_optimizers_both_ways() -> None:
    start = torch.nn.Linear(4, 3)
    optimizer = torch.optim.Adam(start.parameters(), lr=0.1)
    start(torch.ones(4)).sum().backward()
    optimizer.step()
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    states = [part.state_dict() for part in (start, optimizer, schedule)]
    here = cltorch.load(written(torch, states))
    assert here[0]._metadata == states[0]._metadata
    layer = nn.Linear(4, 3)
    own = cltorch.optim.Adam(layer.parameters())
    layer.load_state_dict(here[0])
    own.load_state_dict(here[1])
    cltorch.optim.lr_scheduler.StepLR(own, 2).load_state_dict(here[2])
    back = torch.load(written(cltorch, [layer.state_dict(), own.state_dict()]))
    start.load_state_dict(back[0])
    optimizer.load_state_dict(back[1])
    for name in ("step", "exp_avg", "exp_avg_sq"):
        assert torch.equal(back[1]["state"][0][name], states[1]["state"][0][name])
    whole = torch.load(written(cltorch, own), weights_only=False)
    assert type(whole) is torch.optim.Adam


# --- what may be named --------------------------------------------------------------------------------------------------


class Own:
    """A program's own class."""

    def __init__(self) -> None:
        self.value = cltorch.arange(3)


class Unsafe:
    """What a pickle could run."""

    def __reduce__(self) -> Any:
        return (print, ("code was run",))


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_nothing_runs_unless_it_is_allowed(zipped: bool, capsys: pytest.CaptureFixture) -> None:
    text = written(cltorch, Unsafe(), _use_new_zipfile_serialization=zipped).getvalue()
    with pytest.raises(
        pickle.UnpicklingError, match=r"the file object: .*, byte \d+: Weights only load failed.*builtins\.print"
    ):
        cltorch.load(io.BytesIO(text))
    assert "code was run" not in capsys.readouterr().out
    cltorch.load(io.BytesIO(text), weights_only=False)
    assert "code was run" in capsys.readouterr().out


def test_own_classes() -> None:
    text = written(cltorch, [Own()]).getvalue()
    assert cltorch.load(io.BytesIO(text), weights_only=False)[0].value.tolist() == [0, 1, 2]
    with pytest.raises(pickle.UnpicklingError, match=r"add_safe_globals\(\[Own\]\)"):
        cltorch.load(io.BytesIO(text))
    with cltorch.serialization.safe_globals([Own]):
        assert cltorch.serialization.get_safe_globals() == [Own]
        assert cltorch.load(io.BytesIO(text))[0].value.tolist() == [0, 1, 2]
    assert cltorch.serialization.get_safe_globals() == []


def test_numpy_scalars_as_pytorch_allows_them() -> None:
    start = np.float64(1.5)
    with pytest.raises(pickle.UnpicklingError, match="scalar"):
        again(start)
    cltorch.serialization.add_safe_globals([np._core.multiarray.scalar, np.dtype, type(start.dtype)])
    try:
        assert again(start) == 1.5
    finally:
        cltorch.serialization.clear_safe_globals()


def test_what_cannot_be_saved_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "kept.pt"
    cltorch.save(1, path)
    with pytest.raises((AttributeError, pickle.PicklingError)):
        cltorch.save(lambda: 1, path)
    assert cltorch.load(path) == 1
    one = cltorch.arange(4, dtype=cltorch.int32)
    with pytest.raises(RuntimeError, match="view the same data as different types"):
        cltorch.save([one, one.view(cltorch.float32)], path)


# --- places and ways ----------------------------------------------------------------------------------------------------


def test_places() -> None:
    start = [torch.ones(2)]
    for where in ("opencl:0", {"cpu": "opencl:0"}, cltorch.device("opencl:0")):
        assert str(cltorch.load(written(torch, start), map_location=where)[0].device) == "opencl:0"
    asked = []
    found = cltorch.load(written(torch, start), map_location=lambda storage, where: asked.append(where))
    assert asked == ["cpu"]
    with pytest.raises(ZeroDivisionError):
        cltorch.load(written(torch, start), map_location=lambda storage, where: 1 // 0)
    assert cltorch.load(written(torch, start), map_location=lambda storage, where: storage.cpu())[0].tolist() == [1, 1]
    assert found[0].tolist() == [1, 1]
    found = cltorch.load(written(torch, start), map_location=lambda storage, where: storage)
    assert found[0].tolist() == [1, 1]


def test_a_device_that_is_not_there() -> None:
    text = written(cltorch, cltorch.ones(2)).getvalue()
    placed = cltorch.serialization.placement(None)
    for where in ("opencl:99", "cuda:0"):
        with pytest.raises(RuntimeError, match="Attempting to deserialize object on"):
            placed(np.ones(2), where)
    assert placed(np.ones(2), "cpu").tolist() == [1, 1]
    assert cltorch.load(io.BytesIO(text)).tolist() == [1, 1]


def test_paths_and_mapped_files(tmp_path: Path) -> None:
    path, old = tmp_path / "a.pt", tmp_path / "old.pt"
    cltorch.save({"w": cltorch.arange(1000)}, path)
    cltorch.save({"w": cltorch.arange(1000)}, old, _use_new_zipfile_serialization=False)
    for found in (
        cltorch.load(path, mmap=True),
        cltorch.load(str(path)),
        torch.load(path, mmap=True),
        cltorch.load(old),
    ):
        assert found["w"].tolist() == list(range(1000))
    with pytest.raises(RuntimeError, match="mmap can only be used"):
        cltorch.load(old, mmap=True)
    with pytest.raises(ValueError, match="f must be a file path"):
        cltorch.load(io.BytesIO(path.read_bytes()), mmap=True)
    with pytest.raises(RuntimeError, match="explicit pickle_module"):
        cltorch.load(path, weights_only=True, pickle_module=pickle)
    assert cltorch.load(path, pickle_module=pickle)["w"].shape == (1000,)
    with pytest.raises(FileNotFoundError):
        cltorch.load(tmp_path / "absent.pt")


def test_storages_of_a_file_are_aligned() -> None:
    text = written(cltorch, [cltorch.full((3,), 1.5), cltorch.full((3,), 2.5)]).getvalue()
    assert text.index(np.full(3, 1.5, np.float32).tobytes()) % 64 == 0
    assert text.index(np.full(3, 2.5, np.float32).tobytes()) % 64 == 0


def test_safetensors_are_read(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"a": np.arange(3), "b": np.ones((2, 2), np.float16)}, path)
    found = cltorch.load(path)
    assert found["a"].tolist() == [0, 1, 2]
    assert found["b"].dtype is cltorch.float16
    assert found["b"].shape == (2, 2)


def test_what_a_program_saves_under_run_is_read_by_pytorch(tmp_path: Path) -> None:
    program, path = tmp_path / "program.py", tmp_path / "all.pt"
    program.write_text(f"""
import torch
from torch import nn
m = nn.Sequential(nn.Linear(2, 2), nn.LSTM(2, 2), nn.TransformerEncoderLayer(4, 2))
o = torch.optim.AdamW(m.parameters())
s = torch.optim.lr_scheduler.CosineAnnealingLR(o, 3)
d = torch.utils.data.TensorDataset(torch.ones(2))
path = {str(path)!r}
torch.save([m, o, s, d, torch.float8_e4m3fn, torch.Size([1])], path)
print(type(torch.load(path, weights_only=False)[0]).__module__)
c = torch.ones(2, device="cuda")
torch.save(c, path + "2")
import pickle
import safetensors.torch as st
assert str(pickle.loads(pickle.dumps(m))) == str(m)
tensors = {{"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2).bfloat16(), "c": torch.ones(2).to(torch.float8_e4m3fn)}}
st.save_file(tensors, path + "3")
for found in (st.load_file(path + "3"), st.load(st.save(tensors))):
    assert [found[k].tolist() for k in "abc"] == [tensors[k].tolist() for k in "abc"]
    assert [found[k].dtype for k in "abc"] == [tensors[k].dtype for k in "abc"]
print(*(torch.load(path + "2", map_location=f).device for f in (None, lambda s, l: s, lambda s, l: s.cuda(0))))
""")
    command = [sys.executable, "-m", "cltorch", "run", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.split() == ["torch.nn.modules.container", "cuda:0", "cuda:0", "cuda:0"]
    kinds = [type(one) for one in torch.load(path, weights_only=False)]
    wanted = [torch.nn.Sequential, torch.optim.AdamW, torch.optim.lr_scheduler.CosineAnnealingLR]
    assert kinds == [*wanted, torch.utils.data.TensorDataset, torch.dtype, torch.Size]
    assert torch.load(f"{path}2", map_location="cpu").tolist() == [1, 1]
