"""Which episode belongs to which fault."""

from __future__ import annotations

import pytest

from stream.cli.demo.scene.results import TOLERANCE_MS, match_faults
from stream.cli.demo.scene.scene import HOUR_MS, START_MS, Fault, Scene
from stream.cli.demo.scene.series import DemoSeries
from tests.unit.demo.episodes import event

SPIKE = Fault("spike", "shop/requests", 10, 11, "a crawler")
SCENE = Scene((DemoSeries("shop/requests", [], []), DemoSeries("cache/hits", [], [])), (SPIKE,))
START, END = START_MS + 10 * HOUR_MS, START_MS + 11 * HOUR_MS


@pytest.mark.parametrize("start", [START, END - 1, END, END + TOLERANCE_MS - 1])
def test_an_episode_that_opens_in_a_faults_time_or_within_the_tolerance_belongs_to_it(start: int) -> None:
    outcome = match_faults(SCENE, [event("a", start)])
    assert (outcome.missed, outcome.not_planted) == ([], [])
    assert outcome.findings[0].delay_ms == start - START


@pytest.mark.parametrize("start", [START - 1, END + TOLERANCE_MS])
def test_an_episode_before_or_long_after_a_fault_was_not_planted(start: int) -> None:
    outcome = match_faults(SCENE, [event("a", start)])
    assert outcome.missed == [SPIKE]
    assert [episode.episode for episode in outcome.not_planted] == ["a"]


@pytest.mark.parametrize(("reason", "is_found"), [("again", True), ("worse", True), ("lasting", False)])
def test_an_alarm_finds_a_fault_even_if_its_episode_was_open_before(reason: str, is_found: bool) -> None:
    update = event("a", START - 1, state="update", reason=reason, timestamp=START + 7)
    outcome = match_faults(SCENE, [event("a", START - 1), update])
    assert (outcome.findings[0].delay_ms == 7) == is_found
    assert len(outcome.not_planted) == (not is_found)


def test_an_episode_of_another_series_finds_nothing() -> None:
    outcome = match_faults(SCENE, [event("a", START, series="cache/hits")])
    assert outcome.missed == [SPIKE]
    assert len(outcome.not_planted) == 1


def test_the_first_of_several_episodes_finds_a_fault_and_none_of_them_is_a_false_alarm() -> None:
    outcome = match_faults(SCENE, [event("late", START + 2), event("early", START + 1)])
    found = outcome.findings[0].episode
    assert found is not None
    assert found.episode == "early"
    assert outcome.not_planted == []


def test_the_peak_is_the_highest_of_all_events_of_the_episode() -> None:
    events = [event("a", START), event("a", START, state="update", peak_score=4.0, severity="major")]
    events.append(event("b", START, peak_score=9.0, severity="critical"))
    assert match_faults(SCENE, events).findings[0].peak == (4.0, "major")


def test_an_event_that_was_sent_twice_counts_once() -> None:
    assert len(match_faults(SCENE, [event("a", START - 1), event("a", START - 1)]).not_planted) == 1


def test_episodes_of_the_users_own_series_are_kept_apart() -> None:
    outcome = match_faults(SCENE, [event("a", START - 1, series="taxi")])
    assert [episode.series for episode in outcome.own] == ["taxi"]
    assert outcome.not_planted == []
