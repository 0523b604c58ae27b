"""A broker, the settings that lead to it, and the environment in which a worker finds the same."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass

import click
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from stream.kafka.connection import connect
from stream.kafka.embedded import EmbeddedBroker
from stream.settings.settings import Settings
from stream.settings.sources import PREFIX, to_environment

WORKER: Mapping[str, object] = {"health_host": "127.0.0.1", "health_port": 0, "log_format": "json"}
"""Settings of a worker that is watched by its health port and its log."""

LOGIN = ("security_", "sasl_", "ssl_", "allow_sasl_")
"""How the settings begin that say how to reach a broker, and not what to do there."""


@dataclass(frozen=True, slots=True)
class BrokerSetup:
    """Where a worker and its clients find their broker."""

    settings: Settings
    """For the publisher and the watcher."""
    environment: dict[str, str]
    """For the worker."""


@contextmanager
def embedded_setup() -> Iterator[BrokerSetup]:
    """Run an in-process broker, ignoring the user's settings."""
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings.model_validate(WORKER))
        yield BrokerSetup(settings, worker_environment(settings))


@contextmanager
def kafka_setup(brokers: str) -> Iterator[BrokerSetup]:
    """Use a real Kafka, on temporary topics.

    Raises
    ------
    StreamgaugeError
        If the broker cannot be reached; as for every command.
    """
    name = f"streamgauge-demo-{secrets.token_hex(4)}"
    settings = own_settings(brokers, name)
    with closing(connect(settings)) as admin:
        try:
            yield BrokerSetup(settings, worker_environment(settings))
        finally:
            delete_topics(admin, name)


def own_settings(brokers: str, name: str) -> Settings:
    """Make settings for topics that begin with a name.

    Of the user's environment, login and encryption count and nothing else: the demo shows the defaults, and must not
    touch a topic that is in use.
    """
    given = Settings.load(None, brokers=brokers)
    login = {field: getattr(given, field) for field in given.model_fields_set if field.startswith(LOGIN)}
    topics = {"app_id": name, "metrics_topic": f"{name}-metrics", "anomalies_topic": f"{name}-anomalies"}
    return Settings.model_validate({"brokers": brokers, **login, **topics, **WORKER})


def worker_environment(settings: Settings) -> dict[str, str]:
    """Return our environment with these settings instead of the user's."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
    return inherited | to_environment(settings)


def delete_topics(admin: KafkaAdminClient, name: str) -> None:
    """Delete every topic whose name begins so."""
    try:
        admin.delete_topics([topic for topic in admin.list_topics() if topic.startswith(name)])
    except KafkaError as error:
        # Said and not raised: why the command ended is what the user has to hear.
        click.echo(f"topics left behind, {name}-*: {error}", err=True)
