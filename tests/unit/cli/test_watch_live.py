"""What `streamgauge watch` shows on a terminal: order, keys, details and what it is connected to."""

from __future__ import annotations

import pytest
from rich.console import Console

from stream.cli.watch.episode_table import EpisodeTable
from stream.cli.watch.live import describe, draw
from stream.cli.watch.screen import keys
from stream.cli.watch.selection import Selection
from stream.control.codec import encode, key_of
from stream.control.records import Ack, ControlRecord, Mute
from stream.control.view import ControlView
from stream.page.vitals import Vitals
from tests.unit.formats.make import OPEN, episode

NOW_MS = OPEN.start + 5_400_000
SEVERITIES = ("minor", "critical", "major")


@pytest.fixture
def table() -> EpisodeTable:
    """Give a table of three open episodes and one that is over."""
    made = EpisodeTable(now_ms=lambda: NOW_MS)
    for n, severity in enumerate(SEVERITIES):
        made.add(episode(series=f"{severity}/cpu", episode=f"{n:032x}", peak_severity=severity), OPEN.start)
    over = episode(
        series="over/cpu", episode="f" * 32, state="close", start=NOW_MS, timestamp=NOW_MS, end=NOW_MS + 60_000
    )
    made.add(over, NOW_MS)
    return made


def rows(table: EpisodeTable, selection: Selection | None = None) -> list[str]:
    """Return the series that are shown, from top to bottom."""
    return [each.latest.series for each in table.shown(selection or Selection())]


def press(table: EpisodeTable, *pressed: str) -> Selection:
    """Press keys one after another."""
    selection = Selection()
    for key in pressed:
        selection.press(key, table.shown(selection))
    return selection


def text(table: EpisodeTable, selection: Selection, width: int = 80) -> str:
    """Draw as on a terminal of this width."""
    console = Console(width=width, height=24)
    with console.capture() as capture:
        console.print(draw(table, selection, width, 24), no_wrap=True)
    return capture.get()


def control(*records: ControlRecord) -> ControlView:
    """Return a view of these records."""
    view = ControlView()
    for record in records:
        view.apply(key_of(record), encode(record))
    return view


def test_what_is_open_comes_first_the_worst_before_the_others(table: EpisodeTable) -> None:
    assert rows(table) == ["critical/cpu", "major/cpu", "minor/cpu", "over/cpu"]


def test_what_is_open_lasts_until_now_and_a_replay_of_the_past_as_long_as_its_events_say(table: EpisodeTable) -> None:
    assert "  1h30m  critical/cpu" in text(table, Selection())
    table.add(episode(series="replay/cpu", episode="e" * 32), OPEN.start + 400 * 86_400_000)
    assert "     0s  replay/cpu" in text(table, Selection())


def test_what_was_answered_stands_behind_and_says_so(table: EpisodeTable) -> None:
    table.show_control(
        control(
            Ack(episode=f"{1:032x}", series="critical/cpu", by="anna", at=0),
            Mute(id="m", match="major/*", until=NOW_MS + 1, by="ben", at=0),
        )
    )
    assert rows(table) == ["minor/cpu", "critical/cpu", "major/cpu", "over/cpu"]
    assert "  acked    critical" in text(table, Selection())
    assert "  muted    major   " in text(table, Selection())


def test_the_year_is_written_where_it_is_not_this_one(table: EpisodeTable) -> None:
    assert text(table, Selection()).count("01 Jul 00:00") == 3
    table.add(episode(series="old/cpu", episode="e" * 32, start=OPEN.start - 400 * 86_400_000), OPEN.start)
    assert "2013-05-27 00:00" in text(table, Selection())
    assert "2014-07-01 00:00" in text(table, Selection())


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("s", ["critical/cpu", "major/cpu"]),
        ("ss", ["critical/cpu"]),
        ("sss", ["critical/cpu", "major/cpu", "minor/cpu", "over/cpu"]),
        ("o", ["critical/cpu", "major/cpu", "minor/cpu"]),
        ("/MAJ\n", ["major/cpu"]),
        ("/majx\x7f", ["major/cpu"]),
        ("/maj\x1b", ["critical/cpu", "major/cpu", "minor/cpu", "over/cpu"]),
    ],
)
def test_keys_filter(table: EpisodeTable, typed: str, shown: list[str]) -> None:
    assert rows(table, press(table, *typed)) == shown


def test_an_episode_is_chosen_with_arrows_and_shown_whole_with_what_to_do_next(table: EpisodeTable) -> None:
    selection = press(table, "down", "down", "\n")
    detail = text(table, selection)
    assert detail.startswith("major/cpu")
    assert f"streamgauge ack {2:032x}" in detail
    assert "streamgauge show major/cpu --at 2014-07-01T00:00:00.000Z" in detail
    assert max(map(len, detail.splitlines())) <= 80
    selection.press("\x1b", table.shown(selection))
    assert text(table, selection).startswith("opened (UTC)")
    assert press(table, "q").is_done


def test_the_command_that_draws_an_episode_names_its_feature() -> None:
    table = EpisodeTable(now_ms=lambda: NOW_MS)
    table.add(episode(series="host 7", feature="cpu", episode="a" * 32), OPEN.start)
    assert "streamgauge show 'host 7' --feature cpu --at 2014-07" in text(table, press(table, "\n"), width=200)


def test_keys_that_come_at_once_are_told_apart_and_unknown_ones_left_out() -> None:
    assert keys("\x1b[B\x1bOA\rq\x1b[5~") == ["down", "up", "\n", "q"]
    assert keys("\x1b") == ["\x1b"]


def test_an_empty_screen_says_what_it_is_connected_to() -> None:
    vitals = Vitals(at_ms=10_000, n_workers=2, lag=0, n_messages=7, last_ms=7_000, n_dead_letters=4)
    table = EpisodeTable("0 events published since now")
    table.note = describe(vitals, "kafka:9092, topic anomalies", "latest")
    shown = text(table, Selection(), width=200)
    assert "connected to kafka:9092, topic anomalies; 2 workers; lag 0; last point 3s ago" in shown
    assert "4 messages dead-lettered: streamgauge dlq list" in shown
    gone = describe(Vitals(at_ms=0, problem="nobody listens"), "kafka:9092", "latest")
    assert gone == "not connected to kafka:9092: nobody listens"


def test_the_picture_changes_only_with_what_it_shows(table: EpisodeTable) -> None:
    before = table.signature()
    assert table.signature() == before
    table.add(episode(series="new/cpu", episode="d" * 32), OPEN.start)
    assert table.signature() != before
