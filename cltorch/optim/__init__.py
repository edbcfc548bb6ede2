"""Optimizers and learning-rate schedules. See torch.optim. A file's ``__all__`` is the only list of its names."""

from . import lr_scheduler, swa_utils
from ._adafactor import *
from ._muon import *
from .adadelta import *
from .adagrad import *
from .adam import *
from .adamax import *
from .adamw import *
from .asgd import *
from .lbfgs import *
from .nadam import *
from .optimizer import *
from .radam import *
from .rmsprop import *
from .rprop import *
from .sgd import *
from .sparse_adam import *
