"""What poolings refuse, in PyTorch's words: those of one dimension pool planes of height 1 there, but `max_pool1d` without indices."""

from __future__ import annotations

Shape = tuple[int, ...]
SIDES = ("T", "H", "W")


def refuse_dims(name: str, n: int, shape: Shape) -> None:
    """RuntimeError where a tensor is no batch of pooled dimensions, and none of it."""
    if len(shape) in (n + 1, n + 2):
        return
    if name == "max_pool1d":
        raise RuntimeError(_unfit(name, shape))
    if n == 1:
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {len(shape)}-dimensional tensor for argument #1 'self' (while checking "
            f"arguments for {name.removesuffix('_with_indices')})"
        )
    found = f", got {list(shape)}" if name == "avg_pool2d" else ""
    raise RuntimeError(f"non-empty {n + 1}D or {n + 2}D (batch mode) tensor expected for input{found}")


def refuse_windows(name: str, window: Shape, steps: Shape, pads: Shape, dilations: Shape) -> None:
    """RuntimeError for windows, steps, borders and distances that are none."""
    if name == "max_pool1d":
        _refuse_line(window[0], steps[0], pads[0], dilations[0])
        return
    if 0 in steps:
        raise RuntimeError("stride should not be zero")
    for word, values, letters in (
        ("kernel size", window, "k"),
        ("stride", steps, "d"),
        ("dilation", dilations, "dilation"),
    ):
        if min(values) <= 0:
            plane = (1,) * (2 - len(values)) + values
            found = " ".join(f"{letters}{side}: {v}" for side, v in zip(SIDES[-len(plane) :], plane, strict=True))
            raise RuntimeError(f"{word} should be greater than zero, but got {found}")
    if min(pads) < 0:
        raise RuntimeError(f"pad must be non-negative, but got pad: {min(pads)}")
    for k, p, d in zip(window, pads, dilations, strict=True):
        if p > (d * (k - 1) + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and dilation={d}"
            )


def _refuse_line(window: int, step: int, pad: int, dilation: int) -> None:
    for word, value in (("kernel_size", window), ("stride", step)):
        if value <= 0:
            raise RuntimeError(f"max_pool1d() {word} must be greater than zero, but got {value}")
    if pad < 0:
        raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {pad}")
    if pad > window // 2:
        raise RuntimeError(
            "max_pool1d() padding should be at most half of kernel size, but got "
            f"padding={pad} and kernel_size={window}"
        )
    if dilation <= 0:
        raise RuntimeError(f"max_pool1d() dilation must be greater than zero, but got {dilation}")


def refuse_sizes(name: str, n: int, shape: Shape, out: Shape, window: Shape) -> None:
    """RuntimeError for a tensor without elements (its batch may be empty), or too small for one window."""
    given = shape if len(shape) == n + 1 else shape[1:]
    if 0 in given:
        if n == 3:
            kernel = "avg_pool3d()" if name == "avg_pool3d" else "max_pool3d_with_indices_out_cpu_template()"
            raise RuntimeError(
                f"{kernel}: Expected input's non-batch dimensions to have positive length, but input has a shape of "
                f"{list(shape)} and non-batch dimension 0 has length zero!"
            )
        if name == "max_pool1d":
            raise RuntimeError(_unfit(name, shape))
        plane = shape if n == 2 else (*shape[:-1], 1, shape[-1])
        raise RuntimeError(_unfit("", plane))
    if min(out) >= 1:
        return
    if name == "max_pool1d":
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {out[0]}")
    if name == "avg_pool3d":
        image, kernel = (
            " ".join(f"{k}{side}: {v}" for side, v in zip(SIDES, values, strict=True))
            for k, values in (("", given[1:]), ("k", window))
        )
        raise RuntimeError(f"input image ({image}) smaller than kernel size ({kernel})")
    line = (1,) * (2 - n)
    sizes, made = ("x".join(map(str, (given[0], *line, *numbers))) for numbers in (given[1:], out))
    raise RuntimeError(f"Given input size: ({sizes}). Calculated output size: ({made}). Output size is too small")


def _unfit(name: str, shape: Shape) -> str:
    dims = "2D or 3D" if name else "3D or 4D"
    text = f"{name}: " if name else ""
    return f"{text}Expected {dims} (batch mode) tensor with optional 0 dim batch size for input, but got:{list(shape)}"
