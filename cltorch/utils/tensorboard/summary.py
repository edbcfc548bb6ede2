"""Summaries one by one, for programs that write events themselves. See torch.utils.tensorboard.summary."""

from __future__ import annotations

import struct
from numbers import Number
from typing import Any

import numpy as np
from google.protobuf import struct_pb2
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
from tensorboard.plugins.pr_curve.plugin_data_pb2 import PrCurvePluginData
from tensorboard.plugins.text.plugin_data_pb2 import TextPluginData

from ... import dtypes
from ...tensor.tensor import Tensor
from .arrays import make_np
from .media import audio, draw_boxes, image, image_boxes, make_image, make_video, mesh, video

__all__ = [
    "audio",
    "compute_curve",
    "custom_scalars",
    "draw_boxes",
    "half_to_int",
    "histogram",
    "histogram_raw",
    "hparams",
    "image",
    "image_boxes",
    "int_to_half",
    "make_histogram",
    "make_image",
    "make_video",
    "mesh",
    "pr_curve",
    "pr_curve_raw",
    "scalar",
    "tensor_proto",
    "text",
    "video",
]


def _told(tag: str, plugin: str, content: bytes = b"", **value: Any) -> Any:
    """The summary of a value that one of TensorBoard's plugins shows."""
    about = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin, content=content))
    return Summary(value=[Summary.Value(tag=tag, metadata=about, **value)])


def _numbers(dtype: str, shape: Any, **values: Any) -> Any:
    dims = [TensorShapeProto.Dim(size=n) for n in shape]
    return TensorProto(dtype=dtype, tensor_shape=TensorShapeProto(dim=dims), **values)


def scalar(
    name: str, tensor: Any, collections: Any = None, new_style: bool = False, double_precision: bool = False
) -> Any:
    """The summary of a number; of ``new_style`` as a tensor, which may be of double precision."""
    found = make_np(tensor).squeeze()
    if found.ndim:
        raise AssertionError(
            f"Tensor should contain one element (0 dimensions). Was given size: {found.size} and {found.ndim} dimensions."
        )
    number = float(found)
    if not new_style:
        return Summary(value=[Summary.Value(tag=name, simple_value=number)])
    if double_precision:
        return _told(name, "scalars", tensor=TensorProto(dtype="DT_DOUBLE", double_val=[number]))
    return _told(name, "scalars", tensor=TensorProto(dtype="DT_FLOAT", float_val=[number]))


def half_to_int(f: float) -> int:
    """The bits of a number, as a float of 32 bits, as an integer: what `tensor_proto` keeps of a half."""
    return struct.unpack("i", struct.pack("f", f))[0]  # type: ignore[no-any-return]


def int_to_half(i: int) -> float:
    """The number whose bits `half_to_int` gave."""
    return struct.unpack("f", struct.pack("i", i))[0]  # type: ignore[no-any-return]


_FIELDS = {
    dtypes.float16: ("DT_HALF", "half_val"),
    dtypes.bfloat16: ("DT_BFLOAT16", "half_val"),
    dtypes.float32: ("DT_FLOAT", "float_val"),
    dtypes.float64: ("DT_DOUBLE", "double_val"),
    dtypes.int8: ("DT_INT8", "int_val"),
    dtypes.uint8: ("DT_UINT8", "uint32_val"),
    dtypes.int16: ("DT_INT16", "int_val"),
    dtypes.int32: ("DT_INT32", "int_val"),
    dtypes.int64: ("DT_INT64", "int64_val"),
    dtypes.bool: ("DT_BOOL", "bool_val"),
    dtypes.complex64: ("DT_COMPLEX64", "scomplex_val"),
    dtypes.complex128: ("DT_COMPLEX128", "dcomplex_val"),
}


def tensor_proto(tag: str, tensor: Tensor) -> Any:
    """The summary of a whole tensor. ValueError where it has 2 GB or more, or a dtype that TensorBoard has no field for."""
    if tensor.numel() * tensor.itemsize >= 1 << 31:
        raise ValueError("tensor is bigger than protocol buffer's hard limit of 2GB in size")
    if tensor.dtype not in _FIELDS:
        raise ValueError(f"{tag} has unsupported tensor dtype {tensor.dtype}")
    kind, field = _FIELDS[tensor.dtype]
    values = make_np(tensor).reshape(-1)
    if field == "half_val":
        values = values.astype(np.float32).view(np.int32)
    elif field.endswith("complex_val"):
        values = np.stack((values.real, values.imag), -1).reshape(-1)
    return _told(tag, "tensor", tensor=_numbers(kind, tensor.shape, **{field: values.tolist()}))


def histogram_raw(
    name: str,
    min: float,
    max: float,
    num: int,
    sum: float,
    sum_squares: float,
    bucket_limits: Any,
    bucket_counts: Any,
) -> Any:
    """The summary of counts: how many numbers lie below each limit and above the one before."""
    counts = {"bucket_limit": bucket_limits, "bucket": bucket_counts}
    histo = HistogramProto(min=min, max=max, num=num, sum=sum, sum_squares=sum_squares, **counts)
    return Summary(value=[Summary.Value(tag=name, histo=histo)])


def histogram(name: str, values: Any, bins: Any, max_bins: int | None = None) -> Any:
    """The summary of how numbers are spread over ``bins`` (of NumPy's), of which no more than ``max_bins`` are kept."""
    histo = make_histogram(make_np(values).astype(float), bins, max_bins)
    return Summary(value=[Summary.Value(tag=name, histo=histo)])


def make_histogram(values: np.ndarray, bins: Any, max_bins: int | None = None) -> Any:
    """How numbers are spread. ValueError where there are none."""
    if values.size == 0:
        raise ValueError("The input has no element.")
    flat = values.reshape(-1)
    counts, limits = np.histogram(flat, bins=bins)
    if max_bins is not None and len(counts) > max_bins:
        step = len(counts) // max_bins
        counts = np.add.reduceat(counts, np.arange(0, len(counts), step))
        limits = np.append(limits[:-1:step], limits[-1])
    filled = np.flatnonzero(counts)
    first, last = filled[0], filled[-1] + 1
    shown = (
        counts[first - 1 : last] if first else np.concatenate(([0], counts[:last]))
    )  # the first limit bounds an empty bin
    return HistogramProto(
        min=flat.min(),
        max=flat.max(),
        num=len(flat),
        sum=flat.sum(),
        sum_squares=flat @ flat,
        bucket_limit=limits[first : last + 1].tolist(),
        bucket=shown.tolist(),
    )


def text(tag: str, text: str) -> Any:
    """The summary of a text."""
    tensor = _numbers("DT_STRING", (1,), string_val=[text.encode()])
    return _told(f"{tag}/text_summary", "text", TextPluginData(version=0).SerializeToString(), tensor=tensor)


def custom_scalars(layout: dict[str, Any]) -> Any:
    """Which numbers share a chart: {category: {title: ["Multiline", tags] or ["Margin", [value, lower, upper]]}}."""
    categories = []
    for category, described in layout.items():
        charts = []
        for title, (kind, tags) in described.items():
            if kind == "Margin":
                if len(tags) != 3:
                    raise AssertionError("len(tags) != 3")
                value, lower, upper = tags
                series = layout_pb2.MarginChartContent.Series(value=value, lower=lower, upper=upper)
                margin = layout_pb2.MarginChartContent(series=[series])
                charts.append(layout_pb2.Chart(title=title, margin=margin))
            else:
                lines = layout_pb2.MultilineChartContent(tag=tags)
                charts.append(layout_pb2.Chart(title=title, multiline=lines))
        categories.append(layout_pb2.Category(title=category, chart=charts))
    whole = layout_pb2.Layout(category=categories).SerializeToString()
    return _told("custom_scalars__config__", "custom_scalars", tensor=_numbers("DT_STRING", (), string_val=[whole]))


def pr_curve_raw(
    tag: str,
    tp: Any,
    fp: Any,
    tn: Any,
    fn: Any,
    precision: Any,
    recall: Any,
    num_thresholds: int = 127,
    weights: Any = None,
) -> Any:
    """The summary of a curve of precision and recall, from true and false positives and negatives at each threshold."""
    return _curve(tag, np.stack([make_np(one) for one in (tp, fp, tn, fn, precision, recall)]), num_thresholds)


def pr_curve(tag: str, labels: Any, predictions: Any, num_thresholds: int = 127, weights: Any = None) -> Any:
    """The summary of a curve of precision and recall, from labels (0 or 1) and predicted probabilities."""
    thresholds = min(num_thresholds, 127)
    return _curve(tag, compute_curve(make_np(labels), make_np(predictions), thresholds, weights), thresholds)


def _curve(tag: str, data: np.ndarray, num_thresholds: int) -> Any:
    content = PrCurvePluginData(version=0, num_thresholds=min(num_thresholds, 127)).SerializeToString()
    tensor = _numbers("DT_FLOAT", data.shape, float_val=data.reshape(-1).tolist())
    return _told(tag, "pr_curves", content, tensor=tensor)


def compute_curve(labels: np.ndarray, predictions: np.ndarray, num_thresholds: int, weights: Any = None) -> np.ndarray:
    """Six rows over the thresholds: true and false positives, true and false negatives, precision, recall."""
    weighted = 1.0 if weights is None else weights
    places = np.floor(predictions * (num_thresholds - 1)).astype(np.int32)
    truths = labels.astype(np.float64)

    def above(counted: np.ndarray) -> np.ndarray:
        """How much lies at each threshold or above."""
        found, _ = np.histogram(places, num_thresholds, (0, num_thresholds - 1), weights=counted)
        return np.cumsum(found[::-1])[::-1]

    tp, fp = above(truths * weighted), above((1 - truths) * weighted)
    tn, fn = fp[0] - fp, tp[0] - tp
    precision, recall = tp / np.maximum(1e-7, tp + fp), tp / np.maximum(1e-7, tp + fn)
    return np.stack((tp, fp, tn, fn, precision, recall))


def hparams(
    hparam_dict: dict[str, Any], metric_dict: dict[str, Any], hparam_domain_discrete: dict[str, Any] | None = None
) -> tuple[Any, Any, Any]:
    """What TensorBoard's page of hyperparameters reads: of the experiment, of a run's start and of its end.

    TypeError for dictionaries that are none, ValueError for values that are no numbers, texts, truths or tensors.
    """
    if not isinstance(hparam_dict, dict) or not isinstance(metric_dict, dict):
        raise TypeError("hparam_dict and metric_dict should be dictionaries.")
    domains = hparam_domain_discrete or {}
    start = plugin_data_pb2.SessionStartInfo()
    infos = []
    for name, value in hparam_dict.items():
        if value is None:
            continue
        kind, _ = _typed(name, value, start.hparams[name])
        info = api_pb2.HParamInfo(name=name, type=getattr(api_pb2.DataType, f"DATA_TYPE_{kind}"))
        if name in domains:
            field = struct_pb2.ListValue()
            for one in domains[name]:
                _typed(name, one, field.values.add())
            info.domain_discrete.CopyFrom(field)
        infos.append(info)
    metrics = [api_pb2.MetricInfo(name=api_pb2.MetricName(tag=name)) for name in metric_dict]
    whole = api_pb2.Experiment(hparam_infos=infos, metric_infos=metrics)
    end = plugin_data_pb2.SessionEndInfo(status=api_pb2.Status.STATUS_SUCCESS)
    return (
        _noted(metadata.EXPERIMENT_TAG, experiment=whole),
        _noted(metadata.SESSION_START_INFO_TAG, session_start_info=start),
        _noted(metadata.SESSION_END_INFO_TAG, session_end_info=end),
    )


def _typed(name: str, value: Any, field: Any) -> tuple[str, Any]:
    """Write a value into a field of its kind, and name that."""
    if isinstance(value, Tensor):
        value = value.item()
    for kind, known, place in (
        ("BOOL", bool, "bool_value"),
        ("FLOAT64", Number, "number_value"),
        ("STRING", str, "string_value"),
    ):
        if isinstance(value, known):
            setattr(field, place, value)
            return kind, value
    raise ValueError(f"value should be one of int, float, str, bool, or torch.Tensor: {name} is {type(value).__name__}")


def _noted(tag: str, **content: Any) -> Any:
    data = plugin_data_pb2.HParamsPluginData(version=metadata.PLUGIN_DATA_VERSION, **content)
    return _told(tag, metadata.PLUGIN_NAME, data.SerializeToString())
