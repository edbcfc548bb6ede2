"""Neural networks: modules, their functions, first values. See torch.nn."""

from . import attention, functional, init, modules, native, parallel, recurrent_functions, top_level, utils
from .modules.activation import *
from .modules.batchnorm import *
from .modules.channelshuffle import *
from .modules.container import *
from .modules.conv import *
from .modules.distance import *
from .modules.dropout import *
from .modules.flatten import *
from .modules.fold import *
from .modules.instancenorm import *
from .modules.lazy import *
from .modules.linear import *
from .modules.loss import *
from .modules.module import *
from .modules.normalization import *
from .modules.padding import *
from .modules.pixelshuffle import *
from .modules.pooling import *
from .modules.rnn import *
from .modules.sparse import *
from .modules.transformer import *
from .modules.upsampling import *
from .parallel import DataParallel
from .parameter import *
