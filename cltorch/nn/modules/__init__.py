"""All layers. See torch.nn.modules. A file's ``__all__`` is the only list of its names."""

from ...gathering import gathered

_layers = {name: made for name, (file, made) in gathered(__name__, __path__).items() if file != "utils"}
globals().update(_layers)

__all__ = sorted(_layers)
