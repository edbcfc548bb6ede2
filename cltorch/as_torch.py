"""``import cltorch.as_torch`` at the top of a file or notebook: ``torch`` means cltorch in this process from then on.

`cltorch run` does the same for programs that stay as they are, ``CLTORCH_AS_TORCH=1`` for every Python of an environment.
"""

from __future__ import annotations

from .dropin.finder import install
from .dropin.start import announce, take_devices

install()
take_devices(strict=False)
announce()
