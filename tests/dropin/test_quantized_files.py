"""Files with tensors of quantized dtypes, byte for byte PyTorch's, and such as no honest program writes."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

import cltorch
from cltorch.serialization.rebuild import _rebuild_qtensor

torch = pytest.importorskip("torch")

KINDS = {
    "one scale": lambda m, x: m.quantize_per_tensor(x, 0.1, 10, m.quint8),
    "a part": lambda m, x: m.quantize_per_tensor(x, 0.1, -3, m.qint8)[1:],
    "int32": lambda m, x: m.quantize_per_tensor(x, 0.5, 7, m.qint32),
    "scales": lambda m, x: m.quantize_per_channel(x, m.tensor([0.1, 0.2]), m.tensor([0, 1]), 1, m.qint8),
}


def written(library: Any, kind: str) -> bytes:
    """What a library writes."""
    file = io.BytesIO()
    library.save(KINDS[kind](library, library.arange(6.0).view(3, 2)), file)
    return file.getvalue()


@pytest.mark.filterwarnings("ignore::UserWarning")  # PyTorch says that these will be removed
@pytest.mark.parametrize("kind", KINDS)
def test_both_libraries_write_the_same_and_read_it(kind: str) -> None:
    """All records of the archives."""
    ours, theirs = (zipfile.ZipFile(io.BytesIO(written(m, kind))) for m in (cltorch, torch))
    names = [name for name in theirs.namelist() if "serialization_id" not in name]
    assert [ours.read(name) for name in names] == [theirs.read(name) for name in names]
    found = cltorch.load(io.BytesIO(written(torch, kind)))
    wanted = torch.load(io.BytesIO(written(cltorch, kind)))
    assert found.dequantize().tolist() == wanted.dequantize().tolist()
    assert str(found.qscheme()) == str(wanted.qscheme()) and str(found.dtype) == str(wanted.dtype)


@pytest.mark.parametrize(
    "scheme",
    [
        (),
        None,
        (cltorch.per_tensor_affine, 0.1),
        (cltorch.per_channel_affine, cltorch.ones(2), cltorch.zeros(3), 0),
        (cltorch.per_channel_affine, cltorch.ones(4), cltorch.zeros(4), 7),
        (cltorch.per_channel_affine_float_qparams, cltorch.ones(4), cltorch.zeros(4), 0),
    ],
)
def test_what_is_no_scheme_is_refused(scheme: Any) -> None:
    """As files may say anything."""
    storage = cltorch.arange(4, dtype=cltorch.uint8).untyped_storage()
    with pytest.raises(RuntimeError, match="quantized"):
        _rebuild_qtensor(storage, 0, (4,), (1,), scheme, False, None)
