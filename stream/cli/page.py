"""`streamgauge page`: the live page."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from importlib import import_module
from pathlib import Path

import click
import structlog

from stream.cli.echo import echo
from stream.cli.options import with_settings
from stream.control.reader import ControlReader
from stream.kafka.connection import open_connection
from stream.kafka.topics.creation import require
from stream.page.board import Board
from stream.page.feed import Feed
from stream.page.server import serve
from stream.page.store import PageStore
from stream.settings.settings import Settings
from stream.settings.values import is_loopback

log = structlog.get_logger()

EXAMPLES = """\b
Examples:
  streamgauge page
  streamgauge page --scores-topic scores --page-days 14
  streamgauge page --page-host 0.0.0.0 --page-token-file page-token
"""

NO_SCORES = (
    "without a scores topic the page shows episodes alone. Set STREAMGAUGE_SCORES_TOPIC=scores for the worker and for "
    "the page"
)
ANY_ADDRESS = ("0.0.0.0", "::")
"""What nobody can open: the page listens on every address of this machine."""


@click.command(epilog=EXAMPLES)
@with_settings(
    "app_id", "metrics_topic", "anomalies_topic", "scores_topic", "dead_letter_topic", "control_topic", "page_host",
    "page_port", "page_token_file", "page_user_header", "page_proxies", "page_names", "page_data", "page_days",
    "page_max_mb", "log_format",
)  # fmt: skip
def command(settings: Settings) -> None:
    """Serve a live page of series and episodes in the browser.

    The page lists every series, the worst first, and draws one of them live with the forecast's band, the score and
    the episodes. Its buttons mute, acknowledge and answer episodes, through the control topic. It reads the topics like
    any subscriber, in no consumer group, and keeps what it has seen in a bounded store. For charts the worker must
    publish scores: set STREAMGAUGE_SCORES_TOPIC for both. Without it the page shows episodes alone.

    It listens on 127.0.0.1 unless set otherwise; on any other address it demands a token, or a proxy that logs in.
    Ctrl-C ends it.
    """
    logs = import_module("stream.worker.observability.log")
    with logs.service_log(settings.log_format):
        _run(settings, for_people=not logs.is_json(settings.log_format))


def _run(settings: Settings, for_people: bool) -> None:
    with open_connection(settings, lambda text: log.warning("waiting for broker", text=text)) as admin:
        require(admin, settings.anomalies_topic, settings)
        cluster = str(admin.describe_cluster()["cluster_id"])
    with ExitStack() as stack:
        store = stack.enter_context(PageStore(settings.page_data or _state_folder(settings)))
        if store.forget_unless_of(cluster):
            log.warning("history deleted", text="what the store held was of another Kafka cluster")
        board = Board(store)
        board.restore()
        stack.enter_context(Feed(settings, board))
        stack.enter_context(ControlReader(settings, board.show_control))
        with suppress(KeyboardInterrupt):
            asyncio.run(_serve(settings, board, print_start if for_people else log_start))


async def _serve(settings: Settings, board: Board, announce: Callable[[Settings, str], None]) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with serve(settings, board) as address:
        announce(settings, address)
        await stopped.wait()
    log.info("stopped")


def _state_folder(settings: Settings) -> Path:
    """Return the folder of this application's history in the user's state folder."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "streamgauge" / "page" / settings.app_id


def log_start(settings: Settings, address: str) -> None:
    """Log where the page listens, and what it lacks."""
    log.info("page listening", address=address)
    for event, text in _lacks(settings):
        log.warning(event, text=text)


def print_start(settings: Settings, address: str) -> None:
    """Print where to open the page, how it ends, and what it lacks."""
    port = address.rstrip("/").rpartition(":")[2]
    if settings.page_host in ANY_ADDRESS:
        where = f"http://localhost:{port}/ in a browser; from elsewhere, port {port} of this machine"
    else:
        where = f"{address} in a browser"
    echo(f"Open {where}. Ctrl-C ends the page.")
    for event, text in _lacks(settings):
        echo(f"\n{event.capitalize()}: {text}.")


def _lacks(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield what the page lacks, each with its name in the log."""
    if settings.scores_topic is None:
        yield "no charts", NO_SCORES
    if not is_loopback(settings.page_host):
        yield "requests are not encrypted", "put a proxy with TLS before the page, see docs/page.md"
