"""The log: one structured line an event of the worker's life, never one a point."""

from __future__ import annotations

import logging
import sys
import time
from typing import Literal

import structlog

Format = Literal["auto", "json", "console"]

QUIET = ("aiokafka", "faust", "kafka", "mode", "stream.worker.engine")
"""Who tells a life's story at INFO: libraries, and Faust in the name of our subclasses. Their warnings are seen."""

MUTE = "kafka.net"
"""Connections of kafka-python, with which a running worker only looks around: why there is none, its caller says."""

REPEAT_AFTER_S = 60.0


class Once(logging.Filter):
    """Let a library say the same thing once a minute: while a broker is away, aiokafka says it ten times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._said_s: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether this is worth a line."""
        if record.name.startswith(MUTE):
            return False
        ours = record.name.startswith("stream.") and not record.name.startswith("stream.worker.engine")
        template, now_s = f"{record.name} {record.msg}", time.monotonic()
        if ours or now_s - self._said_s.get(template, -REPEAT_AFTER_S) >= REPEAT_AFTER_S:
            self._said_s[template] = now_s
            return True
        return False


def configure(log_format: Format) -> None:
    """Send our lines and the libraries' warnings to stderr, as JSON or for a person to read.

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
    handler.addFilter(Once())
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


def _renderer(log_format: Format) -> structlog.typing.Processor:
    if log_format == "console" or (log_format == "auto" and sys.stderr.isatty()):
        return structlog.dev.ConsoleRenderer()
    return structlog.processors.JSONRenderer()
