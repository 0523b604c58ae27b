"""Every setting of the product in one frozen object, made from flags, environment and file by its `load` alone."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from stream.errors import SettingsError
from stream.kafka import clients
from stream.kafka.clients import FaustOptions
from stream.settings import sources
from stream.settings.consistency import contradictions
from stream.settings.false_alarms import SENSITIVITIES, Allowance, FalseAlarms, Sensitivity, allowance
from stream.settings.rules import TABLES, Rules
from stream.settings.values import Addresses, File, Hours, Mechanism, Name, Protocol, Version


class Settings(BaseSettings):
    """All settings, checked; each can be given as flag, as STREAMGAUGE_* variable or in a TOML file, in that order.

    Made directly, it reads nothing but its arguments; `load` reads the environment and the file.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)

    brokers: Addresses = Field(
        default="localhost:9092", description="Brokers to ask first, host:port with commas between."
    )
    broker_version: Version | None = Field(
        default=None, description="Kafka version to assume, such as 2.3, where a broker does not tell its own."
    )
    broker_wait: bool = Field(default=False, description="Wait until a broker answers instead of giving up.")
    security_protocol: Protocol = Field(default="PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.")
    sasl_mechanism: Mechanism | None = Field(default=None, description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.")
    sasl_username: str | None = Field(default=None, description="User name of the login.")
    sasl_password: SecretStr | None = Field(
        default=None, description="Password of the login; not a flag, others would see it."
    )
    sasl_password_file: File | None = Field(
        default=None, description="File whose only line is the password of the login."
    )
    allow_sasl_without_tls: bool = Field(
        default=False, description="Allow SASL_PLAINTEXT, which sends the login unencrypted."
    )
    ssl_cafile: File | None = Field(
        default=None, description="PEM file of trusted certificate authorities; without it the system's."
    )
    ssl_certfile: File | None = Field(
        default=None, description="PEM file of our own certificate, where brokers ask for one."
    )
    ssl_keyfile: File | None = Field(
        default=None, description="PEM file of the key of our own certificate, not encrypted."
    )

    app_id: Name = Field(
        default="streamgauge",
        description="Application id: name of the consumer group, and first part of the changelog topic's name.",
    )
    instance_id: Name | None = Field(
        default=None,
        description="Static group member id: a name that outlives a restart, so that the partitions wait for it.",
    )

    metrics_topic: Name = Field(default="metrics", description="Topic the points are read from.")
    anomalies_topic: Name = Field(default="anomalies", description="Topic the anomalies are written to.")
    scores_topic: Name | None = Field(
        default=None, description="Topic every scored point is written to; none without it."
    )
    dead_letter_topic: Name | None = Field(
        default=None,
        description="Topic of messages that cannot be read; without it the metrics topic's name and '.dlq'.",
    )
    backfill_topic: Name | None = Field(
        default=None,
        description="Topic of the events of history, which page nobody; without it the anomalies topic's name and "
        "'.backfill'.",
    )
    create_topics: bool = Field(default=True, description="Let the worker create missing topics.")
    partitions: int = Field(default=8, ge=1, le=10_000, description="Partitions of a topic that we create.")
    replication_factor: int = Field(
        default=1, ge=1, le=32767, description="Replicas of each partition of a topic that we create."
    )
    metrics_retention_h: Hours = Field(default=168, description="Hours for which points are kept; -1 for ever.")
    anomalies_retention_h: Hours = Field(default=2160, description="Hours for which anomalies are kept; -1 for ever.")
    scores_retention_h: Hours = Field(default=72, description="Hours for which scores are kept; -1 for ever.")
    dead_letter_retention_h: Hours = Field(
        default=720, description="Hours for which dead letters are kept; -1 for ever."
    )
    backfill_retention_h: Hours = Field(
        default=24, description="Hours for which events of history are kept; -1 for ever."
    )
    max_message_bytes: int = Field(
        default=1_048_588, ge=1024, le=100_000_000, description="Largest message of the metrics topic, in bytes."
    )
    changelog_compaction_lag_s: int = Field(
        default=600,
        ge=0,
        description="Seconds before Kafka may compact replaced state away, so that a late writer never wins.",
    )

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
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="auto (console on a terminal, otherwise json), json or console."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take arguments only: `load` brings the other sources, so that an error can name the one it came from."""
        return (init_settings,)

    @classmethod
    def load(cls, config: Path | None = None, **flags: object) -> Self:
        """Read all sources: flags (None when not given) over environment over the TOML file `config` over defaults.

        Raises
        ------
        SettingsError
            If a value is wrong, a name unknown or a combination refused; one line each, never with a password.
        """
        layers = (sources.from_flags(flags), sources.from_environment(cls), sources.from_file(config, cls))
        values = {field: value for layer in reversed(layers) for field, value in layer.values.items()}
        try:
            return cls.model_validate(values)
        except ValidationError as errors:
            # Chained, the original error would show the values again, the password among them.
            raise SettingsError(sources.explain(errors, layers, secrets={"sasl_password"}, tables=TABLES)) from None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        sentences = list(contradictions(self))
        if sentences:
            raise ValueError("\n".join(sentences))
        return self

    @property
    def allowance(self) -> Allowance:
        """How often a series may alarm for nothing, where no rule decides it."""
        return allowance(self.false_alarms or SENSITIVITIES[self.sensitivity or "normal"])

    @property
    def changelog_topic(self) -> str:
        """Name of the compacted topic that keeps the state of every series."""
        return f"{self.app_id}-state-changelog"

    @property
    def dead_letters(self) -> str:
        """Name of the topic of messages that cannot be read."""
        return self.dead_letter_topic or f"{self.metrics_topic}.dlq"

    @property
    def max_dead_letter_bytes(self) -> int:
        """Bytes of the largest dead letter: of the largest message, and room for why and where."""
        return self.max_message_bytes + clients.HEADER_ROOM_BYTES

    @property
    def backfill_events(self) -> str:
        """Name of the topic of the events that history gives rise to."""
        return self.backfill_topic or f"{self.anomalies_topic}.backfill"

    def kafka_python(self) -> dict[str, object]:
        """Render the options that every kafka-python client takes: admin, consumer and producer."""
        return clients.kafka_python(self)

    def kafka_python_producer(self) -> dict[str, object]:
        """Render the options of a kafka-python producer."""
        return self.kafka_python() | clients.kafka_python_producer(self)

    def kafka_python_consumer(self) -> dict[str, object]:
        """Render the options of a kafka-python consumer."""
        return self.kafka_python() | clients.kafka_python_consumer()

    def faust(self) -> FaustOptions:
        """Render the options of the worker's connection as plain values."""
        return clients.faust(self)
