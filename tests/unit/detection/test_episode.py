"""When an episode opens, is published again, closes and reopens."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.episodes.timing import (
    FLAP_WINDOW,
    FLAPPING_RESOLVE_AFTER,
    MAX_RESOLVE_AFTER,
    NEW_NORMAL,
    RESOLVE_AFTER,
)
from stream.detection.state.detector_state import DetectorState
from tests.unit.detection.drawn_episode import CLOSING, DAY_MS, HOUR_MS, MINUTE_MS, QUIET, START_MS, Key


def test_nothing_happens_without_an_alarm() -> None:
    assert Key().play("..~=~..") == "......."


def test_an_episode_closes_after_it_has_been_calm_for_the_hold() -> None:
    assert Key().play("!=~" + QUIET) == "O.." + CLOSING


def test_it_ends_with_the_first_of_the_calm_records_not_with_the_last() -> None:
    key = Key()
    key.play("!=~" + QUIET)
    assert key.closed_ms == [START_MS + 3 * MINUTE_MS]


def test_a_record_half_way_is_no_part_of_the_hold() -> None:
    assert Key().play("!" + QUIET[:-1] + "~" + QUIET[:1]) == "O" + "." * RESOLVE_AFTER + "C"


def test_a_record_at_the_boundary_starts_the_hold_anew() -> None:
    assert Key().play("!" + QUIET[:-1] + "=" + QUIET) == "O" + "." * (2 * RESOLVE_AFTER - 1) + "C"


def test_an_alarm_that_evidence_rises_to_slowly_comes_again() -> None:
    assert Key().play("!......~~~!") == "O.........A"


def test_an_alarm_within_the_hold_is_an_update_of_the_same_episode() -> None:
    assert Key().play("!......!" + QUIET) == "O......A" + CLOSING


def test_an_alarm_soon_after_the_last_bad_record_is_nothing_new() -> None:
    assert Key().play("!..!") == "O..."


def test_an_alarm_of_another_kind_is_another_fault() -> None:
    assert Key().play("!......v......v") == "O......D......A"


def test_a_value_that_is_back_is_calm_whatever_its_score() -> None:
    assert Key().play("!==" + "b" * RESOLVE_AFTER) == "O.." + CLOSING


def test_the_recovery_of_an_episode_is_no_fault_even_when_it_alarms() -> None:
    assert Key().play("!......r...") == "O.........."
    assert Key().play("!" + QUIET + "r..") == "O" + CLOSING + "..."


def test_a_value_that_stays_off_keeps_its_episode_open_until_it_is_the_new_normal() -> None:
    assert Key().play("!" + "o" * NEW_NORMAL) == "O" + "." * (NEW_NORMAL - 1) + "C"
    assert Key().play("!" + "o" * (NEW_NORMAL - 1) + QUIET) == "O" + "." * (NEW_NORMAL - 1) + CLOSING


def test_each_rise_of_the_severity_is_published_once() -> None:
    assert Key().play("!=====2=2~==4=====4==4") == "O.....W.....W........."


def test_a_rise_of_the_severity_soon_after_an_event_waits_for_six_intervals_or_an_hour() -> None:
    assert Key().play("!2=2=22") == "O.....W"
    assert Key().play("!=2====") == "O......"
    assert Key(interval_ms=HOUR_MS).play("!2") == "OW"


def test_a_minor_episode_that_is_critical_is_published_at_once() -> None:
    assert Key().play("!4") == "OW"


def test_a_rise_of_the_severity_waits_for_the_next_reminder_while_the_value_is_not_unusual() -> None:
    assert Key(update_interval_ms=20 * MINUTE_MS).play("!" + "u" * 20) == "O" + "." * 19 + "W"
    assert Key(update_interval_ms=20 * MINUTE_MS).play("!" + "u" * 10 + "2") == "O" + "." * 10 + "W"


def test_a_value_that_is_as_usual_again_gets_no_worse_and_does_not_last() -> None:
    assert Key(update_interval_ms=5 * MINUTE_MS).play("!" + "e" * 20 + "+") == "O" + "." * 20 + "L"


def test_an_episode_that_opens_severe_has_no_rise_to_publish() -> None:
    assert Key().play("4244") == "O..."


def test_that_it_lasts_is_published_ever_more_rarely() -> None:
    drawn = Key(update_interval_ms=2 * MINUTE_MS).play("!" + "+" * 30)
    assert [at for at, letter in enumerate(drawn) if letter == "L"] == [2, 4, 8, 16]


def test_that_it_lasts_is_published_only_at_the_boundary() -> None:
    assert Key(update_interval_ms=MINUTE_MS).play("!....~o+") == "O......L"


def test_a_relapse_within_the_flap_window_reopens_the_same_episode_without_an_alarm() -> None:
    key = Key()
    assert key.play("!" + QUIET + "." * (FLAP_WINDOW - 1) + "+") == "O" + CLOSING + "." * (FLAP_WINDOW - 1) + "A"
    assert key.state.episode_start_ms[0] == START_MS


def test_evidence_that_remembers_is_no_relapse_and_an_alarm_is_one() -> None:
    assert Key().play("!" + QUIET + "ueu!") == "O" + CLOSING + "...A"


def test_an_episode_that_has_reopened_is_held_longer() -> None:
    key = Key()
    key.play("!" + QUIET + "+")
    assert key.play("." * MAX_RESOLVE_AFTER) == "." * (FLAPPING_RESOLVE_AFTER * RESOLVE_AFTER - 1) + "C"


def test_an_alarm_of_another_kind_after_the_close_opens_another_episode() -> None:
    key = Key()
    assert key.play("!" + QUIET + ".v") == "O" + CLOSING + ".O"
    assert key.state.episode_start_ms[0] > START_MS


def test_an_alarm_long_after_the_close_opens_another_episode() -> None:
    key = Key()
    key.play("!" + QUIET + "." * FLAP_WINDOW)
    assert key.play("+!" + QUIET) == ".O" + CLOSING


def test_an_alarm_of_an_hourly_series_more_than_six_hours_after_the_close_opens_another_episode() -> None:
    assert Key(interval_ms=HOUR_MS).play("!......." + "." * 5 + "!") == "O......C" + "." * 5 + "A"
    assert Key(interval_ms=HOUR_MS).play("!......." + "." * 6 + "!") == "O......C" + "." * 6 + "O"


def test_a_daily_series_is_closed_after_three_records_and_an_hourly_one_after_six_hours() -> None:
    assert Key(interval_ms=DAY_MS).play("!...") == "O..C"
    assert Key(interval_ms=HOUR_MS).play("!.......") == "O......C"


def test_the_longest_hold_fits_its_counter() -> None:
    assert np.iinfo(DetectorState(1).episode_calm.dtype).max >= MAX_RESOLVE_AFTER


@pytest.mark.parametrize(("sign", "direction"), [("!", 1), ("v", -1)])
def test_the_direction_is_that_of_what_opened_it(sign: str, direction: int) -> None:
    key = Key()
    key.play(sign + "2")
    assert key.state.episode_direction[0] == direction
