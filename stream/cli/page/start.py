"""Start of the page: a line in the log for programs, sentences for people."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from stream.cli.echo import echo
from stream.settings.commands.page import is_loopback
from stream.settings.settings import Settings

NO_SCORES = (
    "without a scores topic the page shows episodes alone. Set STREAMGAUGE_SCORES_TOPIC=scores for the worker and for "
    "the page"
)
ANY_ADDRESS = ("0.0.0.0", "::")
"""What nobody can open: the page listens on every address of this machine."""

log = structlog.get_logger()


def log_start(settings: Settings, address: str) -> None:
    """Log where the page listens, and what it lacks."""
    log.info("page listening", address=address)
    for event, text in _warnings(settings):
        log.warning(event, text=text)


def print_start(settings: Settings, address: str) -> None:
    """Print where to open the page, how it ends, and what it lacks."""
    port = address.rstrip("/").rpartition(":")[2]
    if settings.page_host in ANY_ADDRESS:
        where = f"http://localhost:{port}/ in a browser; from elsewhere, port {port} of this machine"
    else:
        where = f"{address} in a browser"
    echo(f"Open {where}. Ctrl-C ends the page.")
    for event, text in _warnings(settings):
        echo(f"\n{event.capitalize()}: {text}.")


def _warnings(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield what the page lacks, each with its name in the log."""
    if settings.scores_topic is None:
        yield "no charts", NO_SCORES
    if not is_loopback(settings.page_host):
        yield "requests are not encrypted", "put a proxy with TLS before the page, see docs/page.md"
