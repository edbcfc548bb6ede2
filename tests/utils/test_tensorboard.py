"""What `SummaryWriter` writes is what PyTorch's writes: event files of both are read again and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import cltorch

pytest.importorskip("tensorboard")
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef
from torch.utils.tensorboard import SummaryWriter as Theirs
from torch.utils.tensorboard import summary as their_summary

from cltorch.utils.tensorboard import SummaryWriter, summary

drawn = np.random.default_rng(0)
VALUES = drawn.standard_normal(200).astype(np.float32)
PICTURE, PICTURES = drawn.random((3, 6, 5), np.float32), drawn.random((10, 1, 4, 3), np.float32)
LABELS, CHANCES = drawn.integers(0, 2, 50), drawn.random(50).astype(np.float32)


def numbers(writer: Any, library: Any) -> None:
    """Everything that is no picture of text."""
    writer.add_scalar("loss", library.tensor(0.5), 3)
    writer.add_scalar("exact", 0.1, 4, new_style=True, double_precision=True)
    writer.add_scalars("both", {"a": 1.0, "b": library.tensor([2.0])}, 1)
    writer.add_histogram("spread", library.from_numpy(VALUES.copy()), 2)
    writer.add_histogram("coarse", VALUES, 2, bins=np.linspace(-3, 3, 18), max_bins=5)
    writer.add_histogram_raw("counted", 0.0, 3.0, 4, 6.0, 14.0, [1.0, 2.0], [3, 1], 1)
    for dtype in ("float32", "float64", "int64", "uint8", "bool", "complex64", "bfloat16"):
        writer.add_tensor(dtype, library.tensor([[0, 1], [2, 3]]).to(getattr(library, dtype)), 1)
    writer.add_text("said", "Größe", 1)
    writer.add_pr_curve("curve", library.from_numpy(LABELS.copy()), library.from_numpy(CHANCES.copy()), 0)
    writer.add_pr_curve_raw("raw", *[np.arange(4.0) + k for k in range(6)], num_thresholds=4)
    writer.add_custom_scalars_multilinechart(["loss", "exact"])
    writer.add_custom_scalars_marginchart(["loss", "low", "high"], "bounds", "of loss")
    writer.add_mesh("body", library.zeros(1, 4, 3), library.ones(1, 4, 3), library.zeros(1, 2, 3), {"a": 1})


def media(writer: Any, library: Any) -> None:
    """Pictures and sounds."""
    writer.add_image("one", library.from_numpy(PICTURE.copy()), 0)
    writer.add_image("grey", PICTURE[0], 0, dataformats="HW")
    writer.add_image("bytes", (PICTURE * 255).astype(np.uint8).transpose(1, 2, 0), 0, dataformats="HWC")
    writer.add_images("many", library.from_numpy(PICTURES.copy()), 0)
    writer.add_image_with_boxes("boxed", np.zeros((3, 40, 60)), np.array([[5.0, 5, 30, 30]]), 0, labels=["it"])
    writer.add_audio("beep", library.from_numpy(np.sin(np.arange(100.0))[None]), 0, sample_rate=8000)


def written(folder: Path) -> dict[str, list[Any]]:
    """The summaries of the event files below a folder, without their times."""
    found: dict[str, list[Any]] = {}
    for file in sorted(folder.rglob("events*")):
        events = [Event.FromString(raw) for raw in RawEventFileLoader(str(file)).Load()]
        values = [(event.step, value) for event in events for value in event.summary.value]
        found[file.parent.relative_to(folder).as_posix()] = values
    return found


@pytest.mark.parametrize("program", [numbers, media])
def test_written_as_pytorch_does(program: Any, tmp_path: Path) -> None:
    for name, kind, library in (("ours", SummaryWriter, cltorch), ("theirs", Theirs, torch)):
        with kind(str(tmp_path / name)) as writer:
            program(writer, library)
    ours, theirs = written(tmp_path / "ours"), written(tmp_path / "theirs")
    assert ours.keys() == theirs.keys()
    for folder, values in theirs.items():
        assert len(ours[folder]) == len(values) > 0
        for mine, other in zip(ours[folder], values, strict=True):
            assert mine == other


@pytest.mark.parametrize("labels", [None, ["a", "b", "c"], [["a", 1], ["b", 2], ["c", 3]]])
def test_points_for_the_projector(labels: Any, tmp_path: Path) -> None:
    points, pictures = drawn.random((3, 2)), drawn.random((3, 3, 4, 4), np.float32)
    header = ["name", "size"] if labels and isinstance(labels[0], list) else None
    for name, kind, library in (("ours", SummaryWriter, cltorch), ("theirs", Theirs, torch)):
        with kind(str(tmp_path / name)) as writer:
            shown = library.from_numpy(pictures)
            writer.add_embedding(library.from_numpy(points), labels, shown, 7, "a/b", metadata_header=header)
            writer.add_embedding(points, tag="plain")
    files = {file.relative_to(tmp_path / "theirs") for file in (tmp_path / "theirs").rglob("*.*[!0-9]")}
    files = {file for file in files if not file.name.startswith("events") and (tmp_path / "theirs" / file).is_file()}
    assert len(files) == 4 + (labels is not None)
    for file in files:
        assert (tmp_path / "ours" / file).read_bytes() == (tmp_path / "theirs" / file).read_bytes()
    with SummaryWriter(str(tmp_path / "wrong")) as writer, pytest.raises(AssertionError, match="#labels should equal"):
        writer.add_embedding(points, ["only one"])


def test_a_film_is_a_gif() -> None:
    from io import BytesIO

    from PIL import Image

    film = drawn.integers(0, 256, (3, 5, 3, 4, 6), dtype=np.uint8)
    shown = summary.video("film", film, fps=10).value[0].image
    assert (shown.height, shown.width, shown.colorspace) == (4, 24, 3)
    read: Any = Image.open(BytesIO(shown.encoded_image_string))
    assert read.n_frames == 5
    assert read.info["duration"] == 100


def test_the_graph_of_a_model(tmp_path: Path) -> None:
    class Net(cltorch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = cltorch.nn.Linear(4, 3), cltorch.nn.Linear(3, 2)

        def forward(self, x: Any) -> Any:
            hidden = self.first(x)
            return self.second(hidden.relu() if hidden.sum() > -1e9 else hidden) + 1

    net = Net()
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_graph(net, cltorch.ones(2, 4))
    assert net.training
    (file,) = tmp_path.glob("events*")
    events = [Event.FromString(raw) for raw in RawEventFileLoader(str(file)).Load()]
    (whole,) = [GraphDef.FromString(event.graph_def) for event in events if event.graph_def]
    nodes = {node.name: node for node in whole.node}
    assert [n.size for n in nodes["Net/Linear[second]/linear"].attr["_output_shapes"].list.shape[0].dim] == [2, 2]
    assert set(nodes["Net/Linear[first]/linear"].input) == {
        "input/input.0",
        "parameters/first/weight",
        "parameters/first/bias",
    }
    assert nodes["Net/relu"].input == ["Net/Linear[first]/linear"]
    assert "Net/relu" in nodes["Net/Linear[second]/linear"].input
    assert nodes["output/output.0"].input == ["Net/add"]


def test_numbers_of_halves_and_what_is_refused() -> None:
    assert (
        summary.int_to_half(summary.half_to_int(0.5))
        == 0.5
        == their_summary.int_to_half(their_summary.half_to_int(0.5))
    )
    with pytest.raises(ValueError, match="no element"):
        summary.histogram("none", cltorch.zeros(0), 3)
    with pytest.raises(AssertionError, match="one element"):
        summary.scalar("two", cltorch.ones(2))
    with pytest.raises(AssertionError, match="twice"):
        summary.image("odd", cltorch.ones(3, 2, 2), dataformats="HHC")
    with pytest.raises(NotImplementedError, match="tensor are expected"):
        summary.image("odd", object())
