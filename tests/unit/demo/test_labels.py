"""Which episode belongs to which labelled window."""

from __future__ import annotations

import pytest

from stream.cli.demo.scene.labels import Labelled, Window, compare
from stream.cli.demo.scene.series import DemoSeries
from tests.unit.demo.episodes import event

FIRST, SECOND = Window(1_000, 2_000), Window(5_000, 6_000)
LABELLED = Labelled(DemoSeries("shop/requests", [], []), (FIRST, SECOND))


@pytest.mark.parametrize("at", [1_000, 2_000])
def test_an_alarm_at_either_end_of_a_window_finds_it(at: int) -> None:
    found = compare(LABELLED, [event("a", at)])
    assert [match.delay_ms for match in found.matches] == [at - 1_000, None]
    assert (found.n_found, found.outside) == (1, [])


@pytest.mark.parametrize("at", [999, 2_001])
def test_an_episode_outside_of_all_windows_finds_none(at: int) -> None:
    found = compare(LABELLED, [event("a", at)])
    assert found.n_found == 0
    assert [episode.episode for episode in found.outside] == ["a"]


def test_an_episode_that_gets_worse_in_a_window_finds_it_and_is_not_outside() -> None:
    worse = event("a", 500, state="update", reason="worse", timestamp=1_500, peak_score=7.0)
    found = compare(LABELLED, [event("a", 500), worse])
    assert [(match.delay_ms, match.peak and match.peak.score) for match in found.matches] == [(500, 7.0), (None, None)]
    assert found.outside == []


def test_an_episode_of_another_series_counts_nowhere() -> None:
    found = compare(LABELLED, [event("a", 1_500, series="cache/hits")])
    assert (found.n_found, found.outside) == (0, [])


def test_an_event_that_was_sent_twice_counts_once() -> None:
    assert len(compare(LABELLED, [event("a", 10), event("a", 10)]).outside) == 1
