"""``python -m torch.distributed.launch PROGRAM``: the older name of `run`."""

from __future__ import annotations

from .run import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
