"""Scalars, images, histograms, texts and figures into event files that TensorBoard shows; the library `tensorboard` writes them."""

from __future__ import annotations

import io
import os
import socket
import time
from typing import Any

import numpy as np

from ...tensor.tensor import Tensor

try:
    from tensorboard.compat.proto.event_pb2 import Event, SessionLog
    from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
except ImportError as error:
    raise ImportError("utils.tensorboard needs the package `tensorboard`: pip install tensorboard") from error

from .summary import hparams

__all__ = ["FileWriter", "SummaryWriter"]


def _array(value: Any) -> np.ndarray:
    return value.detach().numpy() if isinstance(value, Tensor) else np.asarray(value)


class FileWriter:
    """Writes events into one file of a folder."""

    def __init__(self, log_dir: str, max_queue: int = 10, flush_secs: int = 120, filename_suffix: str = "") -> None:
        self.event_writer = EventFileWriter(str(log_dir), max_queue, flush_secs, filename_suffix)

    def get_logdir(self) -> str:
        """The folder."""
        return self.event_writer.get_logdir()

    def add_event(self, event: Event, step: Any = None, walltime: float | None = None) -> None:
        """Write an event at a step and a time (now)."""
        event.wall_time = time.time() if walltime is None else walltime
        if step is not None:
            event.step = int(step)
        self.event_writer.add_event(event)

    def add_summary(self, summary: Summary, global_step: Any = None, walltime: float | None = None) -> None:
        """Write a summary."""
        self.add_event(Event(summary=summary), global_step, walltime)

    def flush(self) -> None:
        """Write what waits."""
        self.event_writer.flush()

    def close(self) -> None:
        """Write what waits and close the file."""
        self.event_writer.close()


class SummaryWriter:
    """Event files in ``log_dir`` (by default ``runs/`` and the time). See torch.utils.tensorboard.SummaryWriter."""

    def __init__(
        self,
        log_dir: Any = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        filename_suffix: str = "",
    ) -> None:
        if not log_dir:
            now = time.strftime("%b%d_%H-%M-%S")
            log_dir = os.path.join("runs", f"{now}_{socket.gethostname()}{comment}")
        self.log_dir = str(log_dir)
        self._settings = (max_queue, flush_secs, filename_suffix)
        self.file_writer: FileWriter | None = None
        self.all_writers: dict[str, FileWriter] | None = None
        if purge_step is not None:
            self._get_file_writer().add_event(Event(session_log=SessionLog(status=SessionLog.START)), purge_step)
        self._get_file_writer()

    def _get_file_writer(self, folder: str | None = None) -> FileWriter:
        if folder is not None:
            return FileWriter(folder, *self._settings)
        if self.file_writer is None:
            self.file_writer = FileWriter(self.log_dir, *self._settings)
            self.all_writers = {self.log_dir: self.file_writer}
        return self.file_writer

    def get_logdir(self) -> str:
        """The folder."""
        return self.log_dir

    def _add(self, step: Any, walltime: float | None, **value: Any) -> None:
        self._get_file_writer().add_summary(Summary(value=[Summary.Value(**value)]), step, walltime)

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None:
        """One number."""
        self._add(global_step, walltime, tag=tag, simple_value=float(_array(scalar_value).reshape(())))

    def add_scalars(
        self, main_tag: str, tag_scalar_dict: dict[str, Any], global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Several numbers in one plot, each in a folder of its own."""
        self._get_file_writer()
        writers = self.all_writers if self.all_writers is not None else {}
        for tag, value in tag_scalar_dict.items():
            folder = os.path.join(self.log_dir, f"{main_tag.replace('/', '_')}_{tag}")
            if folder not in writers:
                writers[folder] = self._get_file_writer(folder)
            number = float(_array(value).reshape(()))
            writers[folder].add_summary(
                Summary(value=[Summary.Value(tag=main_tag, simple_value=number)]), global_step, walltime
            )

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: Any = None,
        bins: Any = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """How numbers are spread."""
        flat = _array(values).astype(np.float64).reshape(-1)
        if flat.size == 0:
            raise ValueError("The input has no element.")
        if bins == "tensorflow":
            positive = 1e-12 * 1.1 ** np.arange(774)
            bins = np.concatenate([-positive[::-1], [0], positive])
        counts, limits = np.histogram(flat, bins=bins)
        if max_bins is not None and len(counts) > max_bins:
            factor = -(-len(counts) // max_bins)
            counts = np.add.reduceat(counts, np.arange(0, len(counts), factor))
            limits = np.append(limits[:-1:factor], limits[-1])
        filled = np.flatnonzero(counts)
        first, last = max(filled[0] - 1, 0), filled[-1] + 1
        proto = HistogramProto(
            min=flat.min(),
            max=flat.max(),
            num=flat.size,
            sum=flat.sum(),
            sum_squares=float(flat @ flat),
            bucket_limit=limits[first + 1 : last + 1].tolist(),
            bucket=counts[first:last].tolist(),
        )
        self._add(global_step, walltime, tag=tag, histo=proto)

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """An image: floats in [0, 1] or bytes, its dimensions named by ``dataformats``."""
        from PIL import Image

        array = _array(img_tensor)
        if len(dataformats) != array.ndim:
            raise ValueError(f"size of tensor and data format differ: {array.shape} and {dataformats}")
        if "C" not in dataformats.upper():
            array, dataformats = array[..., None], f"{dataformats}C"
        order = [dataformats.upper().index(letter) for letter in "HWC"]
        pixels = array.transpose(order)
        if pixels.dtype != np.uint8:
            pixels = (pixels * 255).clip(0, 255).astype(np.uint8)
        pixels = np.repeat(pixels, 3, 2) if pixels.shape[2] == 1 else pixels
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, format="PNG")
        height, width, depth = pixels.shape
        image = Summary.Image(height=height, width=width, colorspace=depth, encoded_image_string=stream.getvalue())
        self._add(global_step, walltime, tag=tag, image=image)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """Images side by side."""
        array = _array(img_tensor).transpose([dataformats.upper().index(letter) for letter in "NHWC"])
        self.add_image(tag, np.concatenate(list(array), axis=1), global_step, walltime, "HWC")

    def add_figure(
        self, tag: str, figure: Any, global_step: Any = None, close: bool = True, walltime: float | None = None
    ) -> None:
        """A figure of Matplotlib's."""
        figure.canvas.draw()
        self.add_image(tag, np.asarray(figure.canvas.buffer_rgba())[..., :3], global_step, walltime, "HWC")
        if close:
            import matplotlib.pyplot

            matplotlib.pyplot.close(figure)

    def add_text(self, tag: str, text_string: str, global_step: Any = None, walltime: float | None = None) -> None:
        """A text."""
        metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text", content=b""))
        shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)])
        tensor = TensorProto(dtype="DT_STRING", string_val=[text_string.encode()], tensor_shape=shape)
        self._add(global_step, walltime, tag=f"{tag}/text_summary", metadata=metadata, tensor=tensor)

    def add_hparams(
        self,
        hparam_dict: dict[str, Any],
        metric_dict: dict[str, Any],
        hparam_domain_discrete: Any = None,
        run_name: str | None = None,
        global_step: Any = None,
    ) -> None:
        """What a run was started with, and what came of it, in a folder of its own: for TensorBoard's page of hyperparameters."""
        folder = os.path.join(self.log_dir, run_name or str(time.time()))
        with SummaryWriter(folder) as inner:
            for part in hparams(hparam_dict, metric_dict, hparam_domain_discrete):
                inner._get_file_writer().add_summary(part, global_step)
            for name, value in metric_dict.items():
                inner.add_scalar(name, value, global_step)

    def add_graph(
        self, model: Any, input_to_model: Any = None, verbose: bool = False, use_strict_trace: bool = True
    ) -> None:
        """RuntimeError: it needs PyTorch's trace of compiled operators."""
        raise RuntimeError(
            "SummaryWriter.add_graph(): it needs PyTorch's compiled trace; see torch.fx.symbolic_trace for a graph"
        )

    def flush(self) -> None:
        """Write what waits."""
        for writer in (self.all_writers or {}).values():
            writer.flush()

    def close(self) -> None:
        """Write what waits and close the files."""
        for writer in (self.all_writers or {}).values():
            writer.close()
        self.file_writer = self.all_writers = None

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()
