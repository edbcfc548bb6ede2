"""Names of devices, as they are shown under ``cltorch run``."""

import pytest

import cltorch
from cltorch.tensor import device_names


def test_a_device_that_is_not_there_changes_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name asked for last is shown; one that was refused is not."""
    monkeypatch.setattr(device_names._Faces, "served", ("cuda",))
    monkeypatch.setattr(device_names._Faces, "shown", "cpu")
    with pytest.raises(RuntimeError, match="invalid device ordinal"):
        device_names.resolve_device("cuda:5")
    assert device_names.current_face() == "cpu"
    device_names.resolve_device("cuda:0")
    assert device_names.current_face() == "cuda"


@pytest.mark.filterwarnings("ignore:torch.set_default_tensor_type")
def test_types_have_the_name_of_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """``torch.cuda.FloatTensor``, as old programs say, where "cuda" means a device; else it is refused."""
    monkeypatch.setattr(device_names._Faces, "served", ("cuda",))
    monkeypatch.setattr(device_names._Faces, "shown", "cpu")
    x = cltorch.ones(2)
    assert x.type() == "torch.FloatTensor"
    half = x.type("torch.cuda.HalfTensor")
    assert half.is_cuda and half.type() == "torch.cuda.HalfTensor" and x.type(half.type()).dtype is cltorch.float16
    try:
        cltorch.set_default_tensor_type("torch.cuda.DoubleTensor")
        assert cltorch.ones(1).type() == "torch.cuda.DoubleTensor"
    finally:
        cltorch.set_default_dtype(cltorch.float32)
    monkeypatch.setattr(device_names._Faces, "served", ())
    for refused in (
        lambda: x.type("torch.cuda.FloatTensor"),
        lambda: cltorch.set_default_tensor_type("torch.mps.FloatTensor"),
    ):
        with pytest.raises(TypeError, match="not available"):
            refused()


def test_settings_of_plans_are_those_of_any_device() -> None:
    cache = cltorch.backends.cuda.cufft_plan_cache
    cache[0].max_size = 10
    assert cache.max_size == 10 and cache.clear() is None
    cache.max_size = 0
