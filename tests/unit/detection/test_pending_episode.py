"""Alarms that rules suppress, and alarms that have to last before they are an episode."""

from __future__ import annotations

from stream.detection.episodes.timing import RESOLVE_AFTER
from stream.detection.policy.policy import MinDuration, SeriesPolicy
from tests.unit.detection.drawn_episode import FIVE_MINUTES, QUIET, Key


def test_an_alarm_that_is_suppressed_opens_nothing_and_is_counted_once() -> None:
    assert Key().play("ss==s") == "h...."


def test_a_suppressed_alarm_opens_an_episode_when_it_has_grown() -> None:
    key = Key()
    assert key.play("s==") == "h.."
    assert key.play("2") == "O"


def test_what_grows_without_another_alarm_opens_as_well() -> None:
    assert Key().play("s=+") == "h.O"


def test_what_was_suppressed_and_fades_opens_nothing_on_its_way_back() -> None:
    assert Key().play("B++") == "h.."


def test_a_suppressed_alarm_is_over_after_the_hold_and_the_next_counts_again() -> None:
    assert Key().play("s" + QUIET + "s") == "h" + "." * RESOLVE_AFTER + "h"


def test_an_alarm_that_has_to_last_is_pending_and_opens_when_it_has() -> None:
    assert Key(series_policy=FIVE_MINUTES).play("!=o~oo") == "p....O"
    assert Key(series_policy=SeriesPolicy(lasting=MinDuration(points=3))).play("!==") == "p.O"


def test_an_alarm_that_does_not_last_passes_without_an_episode() -> None:
    assert Key(series_policy=FIVE_MINUTES).play("!" + QUIET + "!") == "p" + "." * (RESOLVE_AFTER - 1) + "xp"


def test_two_thirds_of_the_records_of_a_pending_episode_have_to_be_off() -> None:
    assert Key(series_policy=FIVE_MINUTES).play("!=..==") == "p....O"
    assert Key(series_policy=FIVE_MINUTES).play("!...==") == "p....."
