"""Structured log: one line per event, none per point."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Literal

import structlog
from aiokafka.errors import GroupCoordinatorNotAvailableError

from stream.errors import StreamgaugeError
from stream.terminal import fitted

Format = Literal["auto", "json", "console"]

QUIET = ("aiokafka", "faust", "kafka", "mode", "stream.worker.engine")
"""Who tells a life's story at INFO: libraries, and Faust in the name of our subclasses. Their warnings are seen."""

MUTE = "kafka.net"
"""Connections of kafka-python, with which a running worker only looks around: why there is none, its caller says."""

REPEAT_AFTER_S = 60.0

INDENT = 4
"""Columns before a line that continues another, on a terminal."""


class RepeatFilter(logging.Filter):
    """Filter that passes repeated library messages once a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._logged_s: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Check whether a record is worth a line."""
        if record.name.startswith(MUTE):
            return False
        ours = record.name.startswith("stream.") and not record.name.startswith("stream.worker.engine")
        template, now_s = f"{record.name} {record.msg}", time.monotonic()
        if ours or now_s - self._logged_s.get(template, -REPEAT_AFTER_S) >= REPEAT_AFTER_S:
            self._logged_s[template] = now_s
            return True
        return False


class CoordinatorFilter(logging.Filter):
    """Filter that logs a coordinator that is not there yet as INFO.

    The first group of a cluster makes Kafka create its topic of offsets, and the client asks again until that is done.
    If it takes long, readiness and `waiting for Kafka` report it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Lower the level of such a record; pass every record."""
        arguments = record.args if isinstance(record.args, tuple) else ()
        if any(isinstance(each, GroupCoordinatorNotAvailableError) for each in arguments):
            record.levelno, record.levelname = logging.INFO, "INFO"
        return True


def configure(log_format: Format) -> None:
    """Configure logging to stderr, JSON or for people.

    Parameters
    ----------
    log_format : str
        `auto` is `console` on a terminal and `json` elsewhere.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(CoordinatorFilter())
    handler.addFilter(RepeatFilter())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(log_format)],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )

    logging.captureWarnings(True)
    if is_json(log_format):
        sys.excepthook = _log_crash


@contextmanager
def service_log(log_format: Format) -> Iterator[None]:
    """Log what a service does, an error that ends it included.

    Raises
    ------
    StreamgaugeError
        Where the log is for people: the command prints it.
    SystemExit
        With the error's exit code, where the log is JSON: a plain line is no part of it.
    """
    configure(log_format)
    try:
        yield
    except StreamgaugeError as error:
        if not is_json(log_format):
            raise
        structlog.get_logger().error("cannot run", text=str(error), exit_code=error.exit_code)
        raise SystemExit(error.exit_code) from error


def is_json(log_format: Format) -> bool:
    """Check whether every line of the log is JSON."""
    return log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())


def _renderer(log_format: Format) -> structlog.typing.Processor:
    return structlog.processors.JSONRenderer() if is_json(log_format) else Console()


def _log_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log what nobody caught, with its traceback as a field."""
    structlog.get_logger().critical("crashed", exc_info=(kind, error, trace))


class Console:
    """Lines for people, wrapped between words on a terminal."""

    def __init__(self) -> None:
        in_colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
        self._render = structlog.dev.ConsoleRenderer(0, colors=in_colour, timestamp_key="ts", pad_level=False)

    def __call__(self, logger: structlog.typing.WrappedLogger, name: str, event: structlog.typing.EventDict) -> str:
        """Write one event of the log."""
        if "ts" in event:
            event["ts"] = event["ts"].partition(".")[0]  # Whole seconds, UTC.
        return fitted(self._render(logger, name, event), sys.stderr, INDENT)
