"""Summaries one by one, for programs that write events themselves. See torch.utils.tensorboard.summary."""

from __future__ import annotations

from numbers import Number
from typing import Any

from google.protobuf import struct_pb2
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

from ...tensor.tensor import Tensor

__all__ = ["hparams", "scalar"]


def scalar(
    name: str, tensor: Any, collections: Any = None, new_style: bool = False, double_precision: bool = False
) -> Any:
    """The summary of a number."""
    return Summary(value=[Summary.Value(tag=name, simple_value=float(tensor))])


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
    plugin = SummaryMetadata.PluginData(plugin_name=metadata.PLUGIN_NAME, content=data.SerializeToString())
    return Summary(value=[Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=plugin))])
