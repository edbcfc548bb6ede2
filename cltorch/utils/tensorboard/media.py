"""Summaries of pictures, sounds, films and bodies of triangles. See torch.utils.tensorboard.summary."""

from __future__ import annotations

import io
import json
import math
import wave
from typing import Any

import numpy as np
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.plugins.mesh import metadata
from tensorboard.plugins.mesh.plugin_data_pb2 import MeshPluginData

from .arrays import as_bytes, make_np, pixels


def image(tag: str, tensor: Any, rescale: float = 1, dataformats: str = "NCHW") -> Any:
    """A picture, or several in a grid: bytes, or other numbers in [0, 1]."""
    picture = make_image(pixels(make_np(tensor), dataformats), rescale)
    return Summary(value=[Summary.Value(tag=tag, image=picture)])


def image_boxes(
    tag: str,
    tensor_image: Any,
    tensor_boxes: Any,
    rescale: float = 1,
    dataformats: str = "CHW",
    labels: list[str] | None = None,
) -> Any:
    """A picture with boxes (x1, y1, x2, y2), a row each, and what is written into them."""
    picture = make_image(pixels(make_np(tensor_image), dataformats), rescale, make_np(tensor_boxes), labels)
    return Summary(value=[Summary.Value(tag=tag, image=picture)])


def make_image(tensor: np.ndarray, rescale: float = 1, rois: Any = None, labels: list[str] | None = None) -> Any:
    """Bytes of (height, width, channels) as PNG, with boxes drawn where there are any."""
    from PIL import Image

    height, width, channels = tensor.shape
    picture: Any = Image.fromarray(tensor)
    if rois is not None:
        picture = draw_boxes(picture, rois, labels)
    if rescale != 1:
        picture = picture.resize((int(width * rescale), int(height * rescale)), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, format="PNG")
    return Summary.Image(height=height, width=width, colorspace=channels, encoded_image_string=stream.getvalue())


def draw_boxes(disp_image: Any, boxes: np.ndarray, labels: list[str] | None = None) -> Any:
    """Draw boxes and labels into a picture of Pillow's, and give it back."""
    from PIL import ImageDraw, ImageFont

    pen, font = ImageDraw.Draw(disp_image), ImageFont.load_default()
    for k, (left, top, right, bottom) in enumerate(boxes.tolist()):
        corners = [(left, top), (left, bottom), (right, bottom), (right, top), (left, top)]
        pen.line(corners, width=2, fill="Red")
        label = labels[k] if labels is not None else None
        if label:
            start_x, start_y, end_x, end_y = font.getbbox(label)
            wide, high = end_x - start_x, end_y - start_y
            margin = math.ceil(0.05 * high)
            pen.rectangle([(left, bottom - high - 2 * margin), (left + wide, bottom)], fill="Red")
            pen.text((left + margin, bottom - high - margin), label, fill="black", font=font)
    return disp_image


def video(tag: str, tensor: Any, fps: float = 4) -> Any:
    """Films (N, T, C, H, W) side by side, as one GIF."""
    return Summary(value=[Summary.Value(tag=tag, image=make_video(as_bytes(_side_by_side(make_np(tensor))), fps))])


def make_video(tensor: np.ndarray, fps: float) -> Any:
    """Bytes (T, height, width, channels) as a GIF of ``fps`` pictures a second; Pillow writes it."""
    from PIL import Image

    _, height, width, channels = tensor.shape
    first, *others = [Image.fromarray(one[..., 0] if channels == 1 else one) for one in tensor]
    stream = io.BytesIO()
    first.save(stream, format="GIF", save_all=True, append_images=others, duration=1000 / fps, loop=0)
    return Summary.Image(height=height, width=width, colorspace=channels, encoded_image_string=stream.getvalue())


def _side_by_side(films: np.ndarray) -> np.ndarray:
    """Films (N, T, C, H, W) as one of (T, rows * H, columns * W, C), filled up to a power of two with black."""
    count, length, channels, height, width = films.shape
    room = 1 << (count - 1).bit_length()
    rows = 1 << (count.bit_length() - 1) // 2
    cells = np.zeros((room, *films.shape[1:]), films.dtype)
    cells[:count] = films
    cells = cells.reshape(rows, room // rows, length, channels, height, width)
    return cells.transpose(2, 0, 4, 1, 5, 3).reshape(length, rows * height, -1, channels)


def audio(tag: str, tensor: Any, sample_rate: int = 44100) -> Any:
    """A sound of one channel, its samples in [-1, 1] (what is beyond is cut off), as WAV of 16 bits."""
    samples = make_np(tensor).squeeze()
    if abs(samples).max() > 1:
        print("warning: audio amplitude out of range, auto clipped.")
        samples = samples.clip(-1, 1)
    if samples.ndim != 1:
        raise AssertionError("input tensor should be 1 dimensional.")
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes((samples * np.iinfo(np.int16).max).astype("<i2").tobytes())
    sound = Summary.Audio(
        sample_rate=sample_rate,
        num_channels=1,
        length_frames=len(samples),
        encoded_audio_string=stream.getvalue(),
        content_type="audio/wav",
    )
    return Summary(value=[Summary.Value(tag=tag, audio=sound)])


def mesh(
    tag: str,
    vertices: Any,
    colors: Any,
    faces: Any,
    config_dict: dict[str, Any] | None,
    display_name: str | None = None,
    description: str | None = None,
) -> Any:
    """Points, or triangles, in space: vertices (B, N, 3), their colours and the vertices of each face, where there are any."""
    kinds = ((vertices, MeshPluginData.VERTEX), (faces, MeshPluginData.FACE), (colors, MeshPluginData.COLOR))
    given = [(make_np(part), kind) for part, kind in kinds if part is not None]
    components = metadata.get_components_bitmask([kind for _, kind in given])
    config = "{}" if config_dict is None else json.dumps(config_dict, sort_keys=True)
    values = []
    for part, kind in given:
        shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=n) for n in part.shape])
        about = metadata.create_summary_metadata(
            tag, display_name, kind, components, list(part.shape), description, json_config=config
        )
        numbers = TensorProto(dtype="DT_FLOAT", float_val=part.reshape(-1).tolist(), tensor_shape=shape)
        values.append(Summary.Value(tag=metadata.get_instance_name(tag, kind), tensor=numbers, metadata=about))
    return Summary(value=values)
