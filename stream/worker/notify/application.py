"""Notifier process: topics, health, control topic, then Faust."""

from __future__ import annotations

import logging
import signal
from functools import partial
from typing import Any, Final, NoReturn

import faust
import stamina.instrumentation
import structlog

from stream import __version__
from stream.control.reader import ControlReader
from stream.errors import RESTART_EXIT_CODE
from stream.kafka.connection import with_retries
from stream.notify.alerts.answers import ControlAnswers
from stream.notify.alerts.book import AlertBook
from stream.notify.channels.build import build_channels
from stream.notify.config.file import NotifyConfig
from stream.settings.settings import Settings
from stream.worker.login import connection
from stream.worker.notify.app import FAUST, NotifierApp
from stream.worker.notify.metrics import NotifyMetrics
from stream.worker.notify.pictures import make_pictures
from stream.worker.notify.topics import NotifyTopics, prepare
from stream.worker.observability.health import Health, HealthServer

CONTROL_WITHIN_S: Final = 30.0
HEALTH_PORT: Final = 8711
"""Beside that of a worker on the same machine."""

QUIET: Final = ("httpcore", "httpx")
"""They log every address, and some addresses are secrets."""

log = structlog.get_logger()


def run(settings: Settings, config: NotifyConfig) -> NoReturn:
    """Run a notifier until it is stopped; within its `service_log`.

    Raises
    ------
    StreamgaugeError
        If it cannot start; what is wrong has its own class and exit code.
    SystemExit
        With 0 after SIGTERM or SIGINT, with 75 after a fault that a restart mends.
    """
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    stamina.instrumentation.set_on_retry_hooks([])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: _exit())
    log.info("starting", version=__version__, app_id=settings.app_id, brokers=settings.brokers)
    channels, metrics, health = build_channels(config), NotifyMetrics(), Health()
    port = settings.health_port if "health_port" in settings.model_fields_set else HEALTH_PORT
    server = HealthServer(settings.health_host, port, health, metrics.registry)
    log.info("health listening", host=settings.health_host, port=server.port)
    n_partitions = _prepare_topics(settings, health)
    control = ControlReader(settings)
    control.wait_until_read(CONTROL_WITHIN_S)
    traits = {name: channel.traits for name, channel in channels.items()}
    app = NotifierApp(
        NotifyTopics.of(settings),
        anomalies_topic=settings.anomalies_topic,
        n_partitions=n_partitions,
        config=config,
        book=AlertBook(config, traits, ControlAnswers(lambda: control.view)),
        channels=channels,
        metrics=metrics,
        health=health,
        pictures=make_pictures(settings),
        consumer_group_instance_id=settings.instance_id,
        **connection(settings),
    )
    try:
        NotifierProcess(app).execute_from_commandline()
    except Exception as error:
        if not app.crashed:
            raise
        log.error("giving up", error=repr(error), text="the next start goes on from what is durable")
        raise SystemExit(RESTART_EXIT_CODE) from None
    finally:
        control.close()
        server.close()
        log.info("stopped")
    raise SystemExit(0)


class NotifierProcess(faust.Worker):
    """Runs the app until a signal or a failure.

    Parameters
    ----------
    app : NotifierApp
    """

    logger = FAUST

    def __init__(self, app: NotifierApp) -> None:
        options: dict[str, Any] = {"override_logging": False, "redirect_stdouts": False, "quiet": True}
        super().__init__(app, loglevel="INFO", **options)
        self.spinner = None

    async def _sentinel_task(self) -> None:
        """Close the loop at once, without Faust's wait."""


def _prepare_topics(settings: Settings, health: Health) -> int:
    health.waiting_for = "broker"

    def keep_waiting(text: str) -> None:
        health.beat()
        log.warning("waiting for broker", text=text)

    n_partitions = with_retries(settings, partial(prepare, settings=settings), keep_waiting)
    health.waiting_for = "partitions"
    return n_partitions


def _exit() -> NoReturn:
    """Exit a notifier that is not reading yet."""
    raise SystemExit(0)
