"""`streamgauge notify`: deliver episodes to people and other systems."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from stream.cli.echo import echo
from stream.cli.groups import SuggestingGroup
from stream.cli.options import parse_moment, with_settings
from stream.errors import SettingsError
from stream.kafka.topics.offset_range import Moment
from stream.settings.settings import Settings

if TYPE_CHECKING:
    from stream.notify.config.file import NotifyConfig

INSTALL = "install the extra notify, from a clone of the repository: pip install -c constraints.txt '.[notify]'"
NEEDED = ("httpx", "stamina")

EXAMPLES = """\b
Examples:
  streamgauge notify check notify.toml
  streamgauge notify check notify.toml --series host-7/cpu
  streamgauge notify test notify.toml oncall
  streamgauge notify --file notify.toml --dry-run --since 1d
  streamgauge notify --file notify.toml

\b
A first file:
  [[receivers]]
  name = "chat"
  type = "slack"
  token = {env = "SLACK_TOKEN"}
  channel = "C0123456789"

\b
  [[routes]]
  receivers = ["chat"]
"""

file_argument = click.argument("file", type=click.Path(path_type=Path), metavar="FILE")


@click.group(cls=SuggestingGroup, invoke_without_command=True, epilog=EXAMPLES)
@click.option("--dry-run", is_flag=True, help="Print what it would have sent since --since, and end; nothing is sent.")
@click.option(
    "--since",
    default="1d",
    show_default=True,
    callback=parse_moment,
    metavar="beginning|SPAN|TIME",
    help="Of a dry run: begin with the events published since then.",
)
@click.option("--json", "as_json", is_flag=True, help="Of a dry run: print each notification as JSON on a line.")
@with_settings(
    *("notify_file", "app_id", "instance_id", "anomalies_topic", "scores_topic", "metrics_topic"),
    *("control_topic", "create_topics", "partitions"),
    *("replication_factor", "session_timeout_s", "heartbeat_interval_s", "health_host", "health_port", "log_format"),
)
@click.pass_context
def command(context: click.Context, settings: Settings, dry_run: bool, since: Moment, as_json: bool) -> None:
    """Notify people and other systems of episodes as they open, change and close.

    Receivers are webhooks, Slack, Microsoft Teams, PagerDuty, Opsgenie, Alertmanager and e-mail. The file names them
    and routes episodes to them. Mutes and acknowledgements (streamgauge mute, ack) are obeyed.

    Start as many as you like with the same --app-id: they share the work, and a restart loses nothing. A first start
    begins with what is published from then on. On SIGTERM a notifier ends within 5 seconds. Exit code 75 asks for a
    restart. /livez, /readyz and /metrics answer on the health address, port 8711 unless set.
    """
    if context.invoked_subcommand is not None:
        return
    if settings.notify_file is None:
        raise SettingsError("no file of receivers and routes: give --file notify.toml; notify --help shows one")
    if dry_run:
        config = load_config(settings.notify_file)
        import_module("stream.cli.notify.dry_run").run(settings, config, since, as_json=as_json)
        return
    with import_module("stream.worker.observability.log").service_log(settings.log_format):
        config = load_config(settings.notify_file)
        run: Callable[[Settings, NotifyConfig], NoReturn] = import_module("stream.worker.notify.application").run
        run(settings, config)


@command.command("check", short_help="Check a file, and show where series are routed.")
@file_argument
@click.option("--series", metavar="NAME", help="Show to whom this series goes at each severity.")
@click.option("--feature", metavar="NAME", help="Feature of that series.")
def check(file: Path, series: str | None, feature: str | None) -> None:
    """Check the FILE of receivers and routes, and that every secret is there.

    Nothing is sent. Exit code 2 if something is wrong, one line each. With --series the receivers of a series are
    listed, at each severity and when it falls silent.
    """
    config = load_config(file)
    lines = import_module("stream.cli.notify.dry_run")
    for line in lines.overview(config) if series is None else lines.receivers_of(config, series, feature):
        echo(line, indent=2)


@command.command("test", short_help="Send a test notification to a receiver.")
@file_argument
@click.argument("receiver", metavar="RECEIVER")
def test(file: Path, receiver: str) -> None:
    """Send a notification of a made-up episode to a RECEIVER of the FILE, and its end.

    Exit code 8 if the receiver does not take it; the reason is printed.
    """
    import_module("stream.cli.notify.trial").run(load_config(file), receiver)


def load_config(file: Path) -> NotifyConfig:
    """Load the file of receivers and routes.

    Raises
    ------
    SettingsError
        If something in it is wrong, or the extra is not installed.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise SettingsError(f"{', '.join(missing)}: not installed; {INSTALL}")
    config: NotifyConfig = import_module("stream.notify.config.file").NotifyConfig.load(file)
    return config
