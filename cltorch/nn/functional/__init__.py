"""Layers and losses as functions. See torch.nn.functional. A file's ``__all__`` is the only list of its names."""

from inspect import isfunction
from sys import modules

from ...ops.arguments import checked
from ...ops.asking import PLACES
from ...ops.autocast import LISTED, autocasting
from .. import _reduction as _Reduction
from .activation import *
from .activation import _get_softmax_dim
from .adaptive_pooling import *
from .attention import *
from .attention import (
    _canonical_mask,
    _in_projection,
    _in_projection_packed,
    _mha_shape_check,
    _none_or_dtype,
)
from .conv import *
from .ctc import *
from .distance import *
from .divergence_loss import *
from .dropout import *
from .interpolate import *
from .linear import *
from .loss import *
from .margin_loss import *
from .normalization import *
from .normalization import _verify_batch_size, _verify_spatial_size
from .padding import *
from .pooling import *
from .pooling import _unpool_output_size
from .scaled import *
from .sparse import *
from .vision import *

UNASKED = frozenset(
    "inplace size_average reduce reduction hard return_indices mode padding_mode recompute_scale_factor "
    "_stacklevel".split()
)
"""Parameters that PyTorch's functions in Python ask only whether they are true, or which word they are."""

COMPILED = frozenset(
    """adaptive_avg_pool1d avg_pool1d avg_pool2d avg_pool3d bilinear celu_ channel_shuffle conv1d conv2d conv3d conv_tbc conv_transpose1d
    conv_transpose2d conv_transpose3d cosine_similarity elu_ gelu hardshrink hardtanh_ leaky_relu_ linear logsigmoid native_channel_shuffle
    one_hot pairwise_distance pdist pixel_shuffle pixel_unshuffle prelu relu_ rrelu_ scaled_dot_product_attention selu_ softplus softshrink
    threshold_""".split()
)
"""Functions that are not written in Python in PyTorch: these take NumPy's names of arguments too."""

_names = []
for _name, _function in list(
    globals().items()
):  # the only place where these functions learn of autocast, and of what is no tensor
    if isfunction(_function) and _name[0] != "_" and _function not in (isfunction, checked, autocasting):
        _casting = autocasting(_function) if _name in LISTED and not hasattr(_function, "uncast") else _function
        globals()[_name] = checked(_casting, UNASKED, numpy=_name in COMPILED)
        globals()[_name].__module__ = __name__  # where pickles find it
        _names.append(_name)
PLACES.append((modules[__name__], _names))
for _name in _names:  # PyTorch's forms without indices
    if "max_pool" in _name or _name == "threshold":
        globals()[f"_{_name}"] = globals()[_name]
del _name, _names, _function, _casting, COMPILED, PLACES, LISTED, UNASKED, autocasting

# other libraries' functions ask as PyTorch's do: imported here, where the loop above does not see them
from ...overrides import (  # noqa: E402
    handle_torch_function,
    has_torch_function,
    has_torch_function_unary,
    has_torch_function_variadic,
)
