"""Names of devices, as they are shown under ``cltorch run``."""

import pytest

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
