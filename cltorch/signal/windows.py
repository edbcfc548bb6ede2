"""Window functions. See torch.signal.windows."""

from ..tensor import chapters
from ..tensor.publish import publish

publish("signal.windows", __name__)
del chapters, publish
