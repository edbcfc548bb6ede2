"""A function run on all ranks: on the one, in this process. See torch.distributed.launcher.api."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

__all__ = ["LaunchConfig", "elastic_launch", "one_rank"]


@dataclass
class LaunchConfig:
    """On how many ranks a function runs. RuntimeError for more than one."""

    min_nodes: int
    max_nodes: int
    nproc_per_node: int
    run_id: str = ""
    role: str = "default_role"
    rdzv_endpoint: str = ""
    rdzv_backend: str = "etcd"
    rdzv_configs: Any = None
    rdzv_timeout: int = -1
    max_restarts: int = 3
    monitor_interval: float = 0.1
    start_method: str = "spawn"
    log_line_prefix_template: str | None = None
    local_addr: str | None = None
    numa_options: Any = None

    def __post_init__(self) -> None:
        if self.max_nodes * self.nproc_per_node != 1:
            raise RuntimeError(
                f"cltorch has worlds of one rank only so far, {self.max_nodes * self.nproc_per_node} are asked for"
            )


@contextmanager
def one_rank(run_id: str = "none", port: int = 29500) -> Iterator[None]:
    """A block in which the environment says, as PyTorch's launcher does, that this process is rank 0 of 1."""
    zero = dict.fromkeys(("RANK", "LOCAL_RANK", "GROUP_RANK", "ROLE_RANK", "TORCHELASTIC_RESTART_COUNT"), "0")
    one = dict.fromkeys(("WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_WORLD_SIZE", "ROLE_WORLD_SIZE"), "1")
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "TORCHELASTIC_RUN_ID": run_id}
    with mock.patch.dict(os.environ, {**zero, **one, **place, "TORCHELASTIC_MAX_RESTARTS": "0"}):
        yield


class elastic_launch:
    """Runs a function as rank 0 of 1, and gives its result by rank."""

    def __init__(self, config: LaunchConfig, entrypoint: Callable[..., Any]) -> None:
        self._config, self._entrypoint = config, entrypoint

    def __call__(self, *args: Any) -> dict[int, Any]:
        with one_rank(self._config.run_id or "none"):
            return {0: self._entrypoint(*args)}
