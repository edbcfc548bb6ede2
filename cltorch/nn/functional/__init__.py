"""Layers and losses as functions. See torch.nn.functional. A file's ``__all__`` is the only list of its names."""

from ...ops.autocast import LISTED, autocasting
from .activation import *
from .adaptive_pooling import *
from .attention import *
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
from .padding import *
from .pooling import *
from .sparse import *
from .vision import *

for _name in LISTED & globals().keys():  # the only place where these functions learn of autocast
    globals()[_name] = autocasting(globals()[_name])
del _name, LISTED, autocasting
