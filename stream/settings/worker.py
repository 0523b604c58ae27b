"""Settings of the worker: how its detector scores, and how its process runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from stream.settings.rules import Rules
from stream.settings.sources import variable
from stream.settings.values import SENSITIVITIES, Allowance, FalseAlarms, File, Part, Sensitivity, allowance


class DetectorSettings(Part):
    """When a series alerts."""

    model: File | None = Field(
        default=None, description="Model bundle to score with; without it the one that ships with streamgauge."
    )
    false_alarms: FalseAlarms | None = Field(
        default=None,
        description="How often a series may alarm for nothing, such as 1 per 7 days; without it 1 per 30 days.",
    )
    sensitivity: Sensitivity | None = Field(
        default=None, description="The same in a word: low (1 per 60 days), normal (30) or high (1 per 5000 points)."
    )
    warmup: int = Field(default=300, ge=1, description="Warm-up: points of a series before its first score.")
    slow_warmup: int = Field(
        default=64,
        ge=1,
        description="The same where points are half an hour or more apart; up to warmup they need more evidence.",
    )
    max_keys: int = Field(
        default=100_000,
        ge=1,
        description="Series that one worker keeps at most; new ones wait for room.",
    )
    max_fill: int = Field(default=3, ge=0, description="Missing points in a row that are imputed from the forecast.")
    rewarm: int = Field(default=24, ge=0, description="Points without alerts after a gap too long to be imputed.")
    future_tolerance_s: float = Field(
        default=7200, ge=0, description="Seconds a point may lie ahead of the worker's clock."
    )
    update_interval_s: float = Field(
        default=3600,
        gt=0,
        description="Seconds of event time after which an ongoing anomaly is reported again; the interval grows.",
    )
    level: float = Field(
        default=0.99,
        gt=0,
        lt=1,
        description="Probability that an ordinary point lies in the expected band, lower to upper.",
    )
    silent_after: float = Field(
        default=5, ge=0, description="Usual intervals without a point after which a series is silent; 0 for never."
    )
    silent_limit: int = Field(
        default=10,
        ge=0,
        description="Maximum silence alerts per partition and minute; the others are only counted.",
    )
    rules: Rules = Field(
        default=(), description="Settings for series whose names match a pattern, as a JSON array: see Rules below."
    )

    @property
    def allowance(self) -> Allowance:
        """Default false-alarm budget of a series."""
        return allowance(self.false_alarms or SENSITIVITIES[self.sensitivity or "normal"])

    def conflicts(self) -> Iterator[str]:
        """Check that the budget is given once."""
        yield from super().conflicts()
        if self.false_alarms is not None and self.sensitivity is not None:
            yield f"{variable('false_alarms')} and {variable('sensitivity')}: both given; expected one of them"


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
