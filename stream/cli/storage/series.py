"""`streamgauge series`: list or remove learned series."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import partial

import click
from kafka import KafkaProducer
from kafka.errors import KafkaError

from stream.cli.echo import echo, progress
from stream.cli.groups import SuggestingGroup
from stream.cli.options import as_json_option, with_settings, yes_option
from stream.cli.storage.reset import confirm_removal
from stream.cli.storage.series_reader import SeriesState, read_states
from stream.errors import BrokerUnreachableError, DataError
from stream.kafka import group
from stream.kafka.clients import producer_options
from stream.kafka.connection import open_connection
from stream.settings.settings import Settings

ACKNOWLEDGED_WITHIN_S = 30.0
N_ASKED = 20
"""Series that are named in the question; of more the number is enough."""

LIST_EXAMPLES = """\b
Examples:
  streamgauge series list
  streamgauge series list 'host-7/*'
  streamgauge series list --json | jq '.[] | select(.state == "silent") | .series'
"""

FORGET_EXAMPLES = """\b
Examples:
  streamgauge series forget host-7/cpu
  streamgauge series forget 'host-7/*' 'host-8/*' --yes
"""


@click.group(cls=SuggestingGroup)
def command() -> None:
    """List the series that the workers remember, or make them forget some."""


@command.command("list", epilog=LIST_EXAMPLES, short_help="List the series and their state.")
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@as_json_option
@with_settings("app_id", "model", "warmup", "slow_warmup")
def list_series(settings: Settings, patterns: tuple[str, ...], as_json: bool) -> None:
    """List the series whose state is in the changelog, or those that a PATTERN such as 'host-7/*' matches.

    The states: warming, not enough points for a score yet; normal; anomalous, an episode is open; silent, points have
    stopped; unreadable, written by another version of streamgauge or for another --model. Give the settings of the
    workers, --warmup among them. What a running worker has learned since its last checkpoint is not in the changelog.
    """
    states = _matching(_read(settings), patterns)
    if as_json:
        click.echo(json.dumps([_to_json(state) for state in states]))
        return
    if states:
        click.echo(f"{'state':11}{'points':>11}  {'newest (UTC)':20} series")
    for state in states:
        n_points = "-" if state.n_points is None else f"{state.n_points:,}"
        click.echo(f"{state.state:11}{n_points:>11}  {_time(state.timestamp_ms):20} {state.name}")
    counts = Counter(state.state for state in states).most_common()
    detail = ": " + ", ".join(f"{n:,} {state}" for state, n in counts) if counts else ""
    echo(f"{len(states):,} series{detail}")


@command.command("forget", epilog=FORGET_EXAMPLES, short_help="Forget series, so that they warm up again.")
@click.argument("patterns", nargs=-1, required=True, metavar="PATTERN...")
@yes_option
@as_json_option
@with_settings("app_id", "model", "warmup", "slow_warmup")
def forget(settings: Settings, patterns: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Forget the series whose name a PATTERN matches: a name, or a pattern such as 'host-7/*', with all their features.

    A forgotten series warms up again with its next points, as if it had never been seen; an open episode of it is
    dropped without a close event. Points and published events are kept.

    Refused with exit code 12 while a worker is in the group: it has the state in memory and would write it back. Exit
    code 8 if no series matches.
    """
    with open_connection(settings, partial(echo, err=True)) as admin:
        group.require_idle(admin, settings)
        everything = _read(settings)
        states = _matching(everything, patterns)
        if not states:
            raise DataError(_no_match(everything, patterns))
        confirm_removal(_listed(states), yes)
        group.require_idle(admin, settings)
    _write_tombstones(settings, states)
    if as_json:
        click.echo(json.dumps([_to_json(state) for state in states]))
        return
    for state in states:
        echo(f"forgotten  {state.name}", indent=11)


def _read(settings: Settings) -> list[SeriesState]:
    with progress(f"reading {settings.changelog_topic}") as report:
        return read_states(settings, report, partial(echo, err=True))


def _matching(states: Sequence[SeriesState], patterns: Sequence[str]) -> list[SeriesState]:
    """Return the series that a name or pattern matches; else all."""
    if not patterns:
        return list(states)
    return [
        state
        for state in states
        if any(state.series == pattern or fnmatchcase(state.series, pattern) for pattern in patterns)
    ]


def _no_match(states: Sequence[SeriesState], patterns: Sequence[str]) -> str:
    names = {state.series for state in states}
    nearest = [name for pattern in patterns for name in get_close_matches(pattern, names, n=2)]
    advice = f"did you mean {', '.join(nearest)}?" if nearest else "`streamgauge series list` shows their names"
    return f"expected the name or pattern of a series, found none of {len(names):,} that matches; {advice}"


def _listed(states: Sequence[SeriesState]) -> list[str]:
    lines = [f"state of {state.name}" for state in states[:N_ASKED]]
    n_more = len(states) - len(lines)
    return lines + ([f"and of {n_more:,} more"] if n_more else [])


def _write_tombstones(settings: Settings, states: Sequence[SeriesState]) -> None:
    """Write a tombstone for each series, in its partition.

    Raises
    ------
    BrokerUnreachableError
        If the broker does not acknowledge all of them.
    """
    try:
        with KafkaProducer(**producer_options(settings)) as producer:
            sent = [
                producer.send(settings.changelog_topic, key=state.key, value=None, partition=state.partition)
                for state in states
            ]
            for each in sent:
                each.get(timeout=ACKNOWLEDGED_WITHIN_S)
    except KafkaError as error:
        raise BrokerUnreachableError(
            f"topic {settings.changelog_topic} did not take every record: {error}; the same command tries again"
        ) from error


def _time(timestamp_ms: int | None) -> str:
    if timestamp_ms is None:
        return "-"
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _to_json(state: SeriesState) -> dict[str, object]:
    feature = {} if state.feature is None else {"feature": state.feature}
    return {
        "series": state.series,
        **feature,
        "state": state.state,
        "points": state.n_points,
        "timestamp": state.timestamp_ms,
        "interval_s": state.interval_s,
        "partition": state.partition,
    }
