"""Episodes on drawn timelines: the scores of one key above, what becomes of its episode below, a character a record."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.detection.episodes import episode
from stream.detection.episodes.calm import is_moving
from stream.detection.episodes.changes import ENDS
from stream.detection.episodes.comparison import AnomalyKind
from stream.detection.episodes.episode import (
    FLAP_WINDOW,
    FLAPPING_RESOLVE_AFTER,
    MAX_RESOLVE_AFTER,
    NEW_NORMAL,
    RESOLVE_AFTER,
    EpisodeConfig,
    EpisodeInput,
)
from stream.detection.episodes.transition import Change, Suppression
from stream.detection.policy.policy import MinDuration, SeriesPolicy
from stream.detection.state.detector_state import DetectorState
from tests.plain.episode import Episodes, Record
from tests.unit.detection.by_hand import key_of

SCORES = {".": 0.1, "~": 0.7, "2": 2.5, "4": 5.0, "B": 2.5, "b": 1.2, "o": 0.1, "r": 1.2} | dict.fromkeys("=+!sv", 1.2)
"""`.` inside, `~` half way, `=` and `+` at the boundary without an alarm; `!`, `2`, `4`, `s`, `B`, `v` and `r` alarm.
What `s`, `B` and `=` are about is too small to matter. `v` goes the other way; `r` does so too, and the value is nearer
to what was expected. Of `o` and `b` the value is still off and back, whatever the score."""

ALARMS = "!24sBvr"
SMALL = "s=B"
SEVERITIES = {"2": 1, "B": 1, "4": 2}

LETTERS = {
    Change.NONE: ".",
    Change.OPEN: "O",
    Change.ESCALATED: "W",
    Change.REALERTED: "A",
    Change.DIFFERENT: "D",
    Change.REMINDER: "L",
    Change.CLOSE: "C",
    Change.PENDING: "p",
    Change.PASSED: "x",
}
START_MS = 1_700_000_000_000
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
QUIET = "." * RESOLVE_AFTER
CLOSING = "." * (RESOLVE_AFTER - 1) + "C"


NO_RULE = SeriesPolicy()


class Key:
    """One key's episodes."""

    def __init__(
        self, interval_ms: int = MINUTE_MS, update_interval_ms: int = 10**12, series_policy: SeriesPolicy = NO_RULE
    ) -> None:
        self.state = DetectorState(1)
        self.state.set_policies(np.array([0]), [series_policy])
        self.state.interval_s[0] = interval_ms / 1000
        self._interval_ms = interval_ms
        self._config = EpisodeConfig(episode.CLOSES_BELOW, RESOLVE_AFTER, update_interval_ms)
        self.closed_ms: list[int] = []

    @property
    def now_ms(self) -> int:
        """Event time of the next record."""
        return START_MS + int(self.state.t[0]) * self._interval_ms

    def play(self, drawn: str) -> str:
        """Go through drawn scores; draw what becomes of the episode, `h` where an alarm is suppressed."""
        return "".join(map(self._record, drawn))

    def _record(self, sign: str) -> str:
        slots, now = np.array([0]), np.array([self.now_ms])
        self.state.t[0] += 1
        alarms, scores = np.array([sign in ALARMS]), np.array([SCORES[sign]])
        if not is_moving(key_of(self.state), bool(alarms[0]), float(scores[0])):
            return "."
        other = sign in "vr"
        seen = EpisodeInput(
            *(slots, now, scores, alarms, np.array([not other])),
            kinds=np.array([AnomalyKind.BELOW if other else AnomalyKind.ABOVE], np.uint8),
            suppressions=np.array([Suppression.MIN_DEVIATION if sign in SMALL else Suppression.NONE], np.uint8),
            severities=np.array([SEVERITIES.get(sign, 0)], np.uint8),
            is_deviating=np.array([sign == "o"]),
            is_recovered=np.array([sign == "b"]),
            is_recovering=np.array([sign in "br"]),
            is_learned=np.array([sign == "l"]),
        )
        moves = episode.advance(self.state, seen, self._config)
        change = Change(moves.changes[0])
        if change in ENDS:
            self.closed_ms.append(int(self.state.episode_calm_ms[0]))
            episode.record_closed(self.state, slots)
        return "h" if moves.suppressions[0] else LETTERS[change]


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


FIVE_MINUTES = SeriesPolicy(lasting=MinDuration(ms=5 * MINUTE_MS))


def test_an_alarm_that_has_to_last_is_pending_and_opens_when_it_has() -> None:
    assert Key(series_policy=FIVE_MINUTES).play("!=o~oo") == "p....O"
    assert Key(series_policy=SeriesPolicy(lasting=MinDuration(points=3))).play("!==") == "p.O"


def test_an_alarm_that_does_not_last_passes_without_an_episode() -> None:
    assert Key(series_policy=FIVE_MINUTES).play("!" + QUIET + "!") == "p" + "." * (RESOLVE_AFTER - 1) + "xp"


def test_two_thirds_of_the_records_of_a_pending_episode_have_to_be_off() -> None:
    assert Key(series_policy=FIVE_MINUTES).play("!=..==") == "p....O"
    assert Key(series_policy=FIVE_MINUTES).play("!...==") == "p....."


@pytest.mark.parametrize(("sign", "direction"), [("!", 1), ("v", -1)])
def test_the_direction_is_that_of_what_opened_it(sign: str, direction: int) -> None:
    key = Key()
    key.play(sign + "2")
    assert key.state.episode_direction[0] == direction


timelines = st.lists(
    st.sampled_from(
        ["!", "2~", "=~", "s=", "B~+", "v~", "r=", "b" * 5, "o" * 8, "." * 5, "." * RESOLVE_AFTER, "." * 80]
    )
).map("".join)
"""With stretches of calm as long as rules look at."""

drawn = st.text(st.sampled_from("....~=+!24sBvrbo"), max_size=200) | timelines
series_policies = st.sampled_from([SeriesPolicy(), FIVE_MINUTES])


@settings(deadline=None, max_examples=50)
@given(drawn, st.integers(0, 200), series_policies)
def test_states_never_interleave_and_a_prefix_has_the_same_events(
    timeline: str, cut: int, series_policy: SeriesPolicy
) -> None:
    whole = Key(series_policy=series_policy).play(timeline)
    news = whole.replace(".", "").replace("h", "").replace("px", "").replace("pO", "O").rstrip("p")
    parts = news.split("C")
    assert all(part[0] in "OA" and "O" not in part[1:] for part in parts if part)
    assert Key(series_policy=series_policy).play(timeline[:cut]) == whole[:cut]


@settings(deadline=None, max_examples=50)
@given(drawn, st.integers(0, 200), series_policies)
def test_a_restart_in_the_middle_changes_nothing(timeline: str, cut: int, series_policy: SeriesPolicy) -> None:
    first, second = Key(series_policy=series_policy), Key(series_policy=series_policy)
    before = first.play(timeline[:cut])
    second.state.unpack(np.array([0]), first.state.pack(np.array([0])))
    assert before + second.play(timeline[cut:]) == Key(series_policy=series_policy).play(timeline)


CHANGES = {
    "": ".",
    "open": "O",
    "worse": "W",
    "again": "A",
    "different": "D",
    "lasting": "L",
    "close": "C",
    "pending": "p",
    "passed": "x",
    "suppressed": "h",
}


def record(n: int, sign: str, interval_ms: int) -> Record:
    return Record(
        START_MS + n * interval_ms,
        SCORES[sign],
        sign in ALARMS,
        "below" if sign in "vr" else "above",
        SEVERITIES.get(sign, 0),
        too_small=sign in SMALL,
        off=sign == "o",
        back=sign == "b",
        nearer=sign in "br",
    )


@settings(deadline=None, max_examples=50)
@given(drawn, st.sampled_from([MINUTE_MS, HOUR_MS, DAY_MS]), series_policies)
def test_the_plain_episodes_agree(timeline: str, interval_ms: int, series_policy: SeriesPolicy) -> None:
    plain = Episodes(interval_ms, update_interval_ms=5 * MINUTE_MS, lasting_ms=series_policy.lasting.ms)
    change = [CHANGES[plain.add(record(n, sign, interval_ms))] for n, sign in enumerate(timeline)]
    assert Key(interval_ms, 5 * MINUTE_MS, series_policy).play(timeline) == "".join(change)
