"""What people and programs get to see."""

from __future__ import annotations

import io
import json
from typing import Literal

import pytest
from rich.console import Console

from stream.cli.demo.reporter import JsonLines, Screen
from stream.cli.demo.scene.labels import Labelled, Window, compare
from stream.cli.demo.scene.results import match_faults
from stream.cli.demo.scene.scene import HOUR_MS, START_MS, Fault, Scene
from stream.cli.demo.scene.series import DemoSeries
from stream.cli.demo.summary import Summary
from stream.events.episodes import decode_episode
from tests.unit.demo.episodes import event

SCENE = Scene(
    (DemoSeries("shop/requests", [], []),),
    (
        Fault("missing peak", "shop/requests", 41, 47, "DNS down in the evening"),
        Fault("level shift", "shop/requests", 90, 100, "a release polls more"),
    ),
)
EVENTS = [
    event("a", START_MS + HOUR_MS),
    event("b", START_MS + 41 * HOUR_MS + 900_000, peak_score=2.64, severity="major"),
]


def summary(n_own_series: int = 0, n_refused: int = 0, pace_s: float = 0.0) -> Summary:
    return Summary(
        match_faults(SCENE, EVENTS),
        n_series=1 + n_own_series,
        n_own_series=n_own_series,
        n_points=12_096,
        n_refused=n_refused,
        seconds=8.0,
        pace_s=pace_s,
    )


def shown(*, as_terminal: bool = False, n_own_series: int = 0, n_refused: int = 0, pace_s: float = 0.0) -> str:
    """Play a whole demo to a screen of 80 columns and give what it shows."""
    output = io.StringIO()
    colours: Literal["standard"] | None = "standard" if as_terminal else None
    console = Console(file=output, width=80, force_terminal=as_terminal, color_system=colours, highlight=False)
    screen = Screen(console)
    screen.note("worker ready")
    for one in EVENTS:
        screen.progress(1, 2)
        screen.episode(one)
    screen.finish(summary(n_own_series, n_refused, pace_s))
    screen.close()
    return output.getvalue()


def test_an_episode_is_one_line_with_severity_and_score_and_one_that_says_why() -> None:
    lines = shown().splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("02 Jun"))
    assert lines[at] == "02 Jun 01:00  minor       1.25  shop/requests"
    assert lines[at + 1].strip().startswith("10,844, above the 7,000 to 9,200 seen in 6 weeks")


@pytest.mark.parametrize(("reason", "is_shown"), [("worse", True), ("again", True), ("lasting", False)])
def test_of_later_events_only_alarms_are_shown(reason: str, is_shown: bool) -> None:
    output = io.StringIO()
    Screen(Console(file=output)).episode(event("a", START_MS, state="update", reason=reason))
    assert bool(output.getvalue()) == is_shown


def test_a_file_gets_no_colours_and_no_bar() -> None:
    assert "\x1b" not in shown()
    assert "scored" not in shown()


def test_a_terminal_gets_severities_in_colour() -> None:
    assert "\x1b[33mminor" in shown(as_terminal=True)


def test_the_summary_says_of_each_fault_when_it_was_found_or_that_it_was_missed() -> None:
    found, missed = [line.split("  ") for line in shown().splitlines() if line.startswith(("missing", "level"))]
    assert [cell.strip() for cell in found if cell.strip()][1:4] == ["03 Jun 17:00", "15m00s", "2.64"]
    assert "MISSED" in missed


def test_the_summary_counts_alarms_that_were_not_planted_and_points_per_second() -> None:
    text = " ".join(shown().split())
    assert "False alarms: 1 (1 in shop/requests); 1 in the first week" in text
    assert "12,096 points of 1 series in 8.0 s: 1,512 points/s" in text


def test_the_table_fits_eighty_columns() -> None:
    table = shown().partition("Planted faults")[2]
    assert max(len(line.rstrip()) for line in table.splitlines()) <= 80


def test_own_files_and_refused_points_are_spoken_of_when_there_are_any() -> None:
    assert "your files" not in shown()
    text = shown(n_own_series=1, n_refused=3)
    assert "Episodes in your files: none." in text
    assert "dead-lettered, such as those in the future: 3." in text


def labelled_summary(*windows: Window) -> Summary:
    labelled = Labelled(SCENE.series[0], windows)
    nothing = match_faults(Scene((), ()), [])
    return Summary(nothing, 1, 0, 10_320, 0, seconds=8.0, pace_s=0.0, comparison=compare(labelled, EVENTS))


def labels_shown(*windows: Window) -> str:
    """Return the end of a demo of a labelled series, on a screen of 80 columns."""
    output = io.StringIO()
    Screen(Console(file=output, width=80, highlight=False)).finish(labelled_summary(*windows))
    return output.getvalue()


def test_labelled_windows_are_listed_with_their_alarms_and_then_what_lies_outside() -> None:
    hour = START_MS + 41 * HOUR_MS
    text = labels_shown(Window(hour, hour + HOUR_MS), Window(hour + 9 * HOUR_MS, hour + 10 * HOUR_MS))
    found, missed = [line.split() for line in text.splitlines() if line.startswith("0")]
    assert found == ["03", "Jun", "17:00", "03", "Jun", "18:00", "15m00s", "2.64", "major"]
    assert missed[-1] == "MISSED"
    assert "Labelled windows with an alarm: 1 of 2.\nEpisodes outside of them: 1 (02 Jun 01:00)." in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80


def test_of_a_series_without_labels_the_episodes_are_listed() -> None:
    text = " ".join(labels_shown().split())
    assert "NAB labels no anomaly in shop/requests. Episodes: 2 (02 Jun 01:00, 03 Jun 17:15)." in text


def test_json_holds_the_windows_and_the_episodes_outside() -> None:
    labels = labelled_summary(Window(START_MS, START_MS + HOUR_MS)).as_json()["labels"]
    assert isinstance(labels, dict)
    assert (labels["series"], labels["n_windows"], labels["n_found"]) == ("shop/requests", 1, 1)
    assert labels["windows"][0]["delay_ms"] == HOUR_MS
    assert [episode["episode"] for episode in labels["outside"]] == ["b"]


def test_a_pace_that_was_asked_for_is_not_called_a_speed() -> None:
    text = shown(pace_s=8.0)
    assert "12,096 points of 1 series in 8.0 s, paced by --for." in text
    assert "points/s" not in text


def test_json_is_the_events_as_on_the_topic_and_then_one_summary(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = JsonLines()
    reporter.note("worker ready")
    reporter.progress(1, 2)
    reporter.episode(EVENTS[0])
    reporter.finish(summary())
    line, last = capsys.readouterr().out.splitlines()
    assert decode_episode(line.encode()) == EVENTS[0]
    facts = json.loads(last)["summary"]
    assert (facts["n_planted"], facts["n_found"], facts["points_per_s"]) == (2, 1, 1512)
    assert [fault["found"] for fault in facts["planted"]] == [True, False]
