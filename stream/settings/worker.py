"""Settings of a worker's process: checkpoints, group membership, health and log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from stream.settings.sources import variable
from stream.settings.values import Part


class WorkerSettings(Part):
    """How a worker runs."""

    start_afresh: bool = Field(
        default=False, description="Start although all that was learned is gone from the changelog."
    )
    checkpoint_interval_s: float = Field(default=1.0, gt=0, le=60, description="Seconds between two checkpoints.")
    session_timeout_s: float = Field(
        default=10,
        ge=1,
        le=90,
        description="Session timeout of the consumer in seconds: after it Kafka removes a dead worker from the group.",
    )
    heartbeat_interval_s: float = Field(default=3, gt=0, description="Seconds between two heartbeats of the consumer.")
    health_host: str = Field(
        default="127.0.0.1", min_length=1, description="Address of the health and metrics endpoint."
    )
    health_port: int = Field(
        default=8710, ge=0, le=65535, description="Port of that endpoint; 0 takes a free one and logs it."
    )
    open_episode_metrics: int = Field(
        default=100,
        ge=0,
        le=10_000,
        description="Open episodes, worst first, that the metrics name with their series; 0 for none.",
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="auto (console on a terminal, otherwise json), json or console."
    )

    def conflicts(self) -> Iterator[str]:
        """Check that several heartbeats fit into a session."""
        yield from super().conflicts()
        if self.heartbeat_interval_s * 3 > self.session_timeout_s:
            yield (
                f"{variable('heartbeat_interval_s')}: expected at most a third of {variable('session_timeout_s')} "
                f"({self.session_timeout_s:g}); found {self.heartbeat_interval_s:g}"
            )
