from __future__ import annotations

import time

import pytest
from click.testing import CliRunner
from msgspec import UNSET
from rich.console import Console

from stream.cli.options import parse_moment
from stream.cli.watch.command import command, nothing_yet
from stream.cli.watch.detail import number
from stream.cli.watch.episode_table import EpisodeTable
from stream.errors import BrokerUnreachableError
from stream.events.episode_log import EpisodeLog
from stream.kafka.topics.offset_range import Moment
from tests.unit.formats.make import OPEN, episode

OPTION = command.params[0]
CONTEXT = command.make_context("watch", [])


def shown(table: EpisodeTable, n_lines: int = 40, width: int = 160) -> str:
    """Draw a table as plain text."""
    console = Console(width=width, record=True, quiet=False, file=None)
    with console.capture() as capture:
        console.print(table.render(width, n_lines))
    return capture.get()


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("beginning", "beginning"),
        ("latest", "latest"),
        ("2014-07-01T02:00:00+02:00", 1_404_172_800_000),
        ("2014-07-01 00:00", 1_404_172_800_000),
    ],
)
def test_the_start_is_an_end_of_the_topic_or_a_time(text: str, start: str | int) -> None:
    assert parse_moment(CONTEXT, OPTION, text) == start


def test_the_start_may_be_a_span_before_now() -> None:
    start = parse_moment(CONTEXT, OPTION, "2d")
    assert isinstance(start, int)
    assert abs(time.time() - 2 * 86_400 - start / 1000) < 60


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--from", "yesterday"], "expected beginning, latest, a span before now such as 90m"),
        (["--for", "0"], "Invalid value for '--for'"),
        (["--max", "0"], "Invalid value for '--max'"),
        (["--health-port", "1"], "No such option"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(option: list[str], message: str) -> None:
    result = CliRunner().invoke(command, option)
    assert result.exit_code == 2
    assert message in result.output


def test_a_broker_that_is_not_there_is_an_error_of_its_own_and_prints_no_json() -> None:
    result = CliRunner().invoke(command, ["--json", "--brokers", "127.0.0.1:1"])
    assert isinstance(result.exception, BrokerUnreachableError)
    assert result.stdout == ""


def test_a_row_has_when_what_and_how_much() -> None:
    table = EpisodeTable()
    table.add(OPEN)
    row, why = shown(table).splitlines()[1:3]
    assert row == "2014-07-01 00:00  open     minor       1.25      0s  host-7/cpu"
    assert why.startswith("  10,844, above the 7,000 to 9,200")


def test_the_whole_reason_is_shown_at_80_columns_broken_between_words() -> None:
    table = EpisodeTable()
    table.add(OPEN)
    lines = shown(table, width=80).splitlines()
    assert max(map(len, lines)) <= 80
    assert str(OPEN.why) in " ".join(line.strip() for line in lines)


def test_the_feature_stands_beside_its_series() -> None:
    table = EpisodeTable()
    table.add(episode(feature="mem"))
    assert " host-7/cpu · mem\n" in shown(table)


def test_an_event_of_a_version_that_gave_no_reason_has_none_in_the_table() -> None:
    table = EpisodeTable()
    table.add(episode(why=UNSET))
    assert shown(table).splitlines()[1].endswith(" 1.25      0s  host-7/cpu")
    assert shown(table).splitlines()[2].startswith("1 episode, 1 open")


def test_a_repeat_is_passed_over_and_counted() -> None:
    table = EpisodeTable()
    assert [table.add(event) for event in (OPEN, OPEN, episode(score=7.0))] == [True, False, False]
    assert "1 episode, 1 open, 2 repeated events left out" in shown(table)


def test_a_closed_episode_keeps_the_reason_at_its_highest_score_and_lasts_until_it_was_back_inside() -> None:
    table = EpisodeTable()
    table.add(OPEN)
    end = OPEN.start + 5_400_000
    table.add(episode(state="close", timestamp=end + 1, end=end, why="back inside", score=0.1, peak_score=1.25))
    row, why = shown(table).splitlines()[1:3]
    assert " closed   minor       1.25   1h30m  host-7/cpu" in row
    assert why.strip().startswith("10,844, above ")


def test_a_pending_alarm_is_no_open_episode_until_it_has_lasted() -> None:
    table = EpisodeTable()
    table.add(episode(state="pending", why="pending: 10,844", score=7.0))
    assert " pending " in shown(table)
    assert "1 episode, 0 open, 1 pending" in shown(table)
    table.add(episode(timestamp=OPEN.start + 1))
    assert " open " in shown(table)
    assert "10,844, above the" in shown(table)


def test_the_severity_is_the_highest_so_far_in_words() -> None:
    table = EpisodeTable()
    table.add(episode(state="update", reason="lasting", severity="minor", peak_severity="critical"))
    assert "  critical  " in shown(table)


def test_an_episode_that_reopens_is_open_again() -> None:
    table = EpisodeTable()
    table.add(OPEN)
    table.add(episode(state="close", timestamp=OPEN.start + 1, end=OPEN.start + 1))
    table.add(episode(state="update", reason="again", timestamp=OPEN.start + 2))
    assert "1 episode, 1 open" in shown(table)


def test_the_newest_episodes_come_first_and_the_rest_are_cut() -> None:
    table = EpisodeTable()
    for i in range(5):
        table.add(episode(series=f"s{i}", episode=f"{i:032x}", start=OPEN.start + i))
    rows = [line.split()[-1] for line in shown(table, n_lines=8).splitlines() if line.startswith("2014-07-01")]
    assert rows == ["s4", "s3", "s2"]


def test_the_table_s_memory_is_bounded() -> None:
    table = EpisodeTable()
    table.log = EpisodeLog(max_episodes=3, max_events=2)
    for i in range(10):
        table.add(episode(episode=f"{i:032x}", start=OPEN.start + i))
    assert "3 episodes, 3 open" in shown(table)
    assert table.add(episode(episode=f"{0:032x}", start=OPEN.start))


def test_the_name_of_a_series_or_a_feature_cannot_control_the_terminal() -> None:
    table = EpisodeTable()
    table.add(episode(series="[red]a\x1b[2Jb\nc"))
    table.add(episode(feature="\x1b[2J", episode="ab" * 16))
    assert " \N{MIDDLE DOT} \N{REPLACEMENT CHARACTER}[2J\n" in shown(table)
    assert " [red]a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}c\n" in shown(table)


@pytest.mark.parametrize(
    ("value", "written"), [(None, "-"), (0.12345, "0.1235"), (-1.5, "-1.5"), (10844.0, "10,844"), (10844.4, "10,840")]
)
def test_a_whole_number_is_written_in_full_and_another_in_about_four_digits(value: float | None, written: str) -> None:
    assert number(value) == written


@pytest.mark.parametrize(
    ("start", "n_before", "text"),
    [
        (
            1_404_172_800_000,
            60,
            "0 events published since 2014-07-01 00:00 UTC; 60 older ones on the topic: try --from",
        ),
        ("latest", 1_200, "0 events published since now; 1,200 older ones on the topic: try --from beginning"),
        ("latest", 0, "0 events published since now, nor any before"),
        ("beginning", 0, "connected; 0 events on the topic yet"),
    ],
)
def test_an_empty_table_tells_since_when_and_how_to_see_more(start: Moment, n_before: int, text: str) -> None:
    assert text in shown(EpisodeTable(nothing_yet(start, n_before)))


def test_an_empty_table_of_some_series_tells_which() -> None:
    assert nothing_yet("beginning", 0, "host-7/*") == "connected; 0 events of host-7/* on the topic yet"
