"""Episodes on drawn timelines: the scores of one key above, what becomes of its episode below, a character a record."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.detection import episode
from stream.detection.episode import DAY_MS, HOLD, LONGEST_HOLD, MAX_REPEATS, PATIENCE, REPEATS_WITHIN, Seen, Terms
from stream.detection.state import State
from stream.detection.transition import Change, Held
from tests.plain.episode import Episodes

SCORES = {".": 0.1, "~": 0.7, "=": 1.2, "+": 1.2, "!": 1.2, "2": 2.5, "4": 5.0, "s": 1.2, "B": 2.5}
"""`.` inside, `~` half way, `=` and `+` at the boundary without an alarm; the others alarm, `2`, `4` and `B` severely.
What `s`, `B` and `=` are about is too small to matter."""

ALARMS = "!24sB"
SMALL = "s=B"

LETTERS = {
    Change.NONE: ".",
    Change.OPEN: "O",
    Change.WORSE: "W",
    Change.AGAIN: "A",
    Change.LASTING: "L",
    Change.CLOSE: "C",
}
START_MS = 1_700_000_000_000
MINUTE_MS = 60_000
QUIET = "." * HOLD


class Key:
    """One key's episodes."""

    def __init__(self, interval_ms: int = MINUTE_MS, update_interval_ms: int = 10**12) -> None:
        self.state = State(1)
        self._interval_ms = interval_ms
        self._terms = Terms(episode.CLOSES_BELOW, HOLD, update_interval_ms)
        self.closed_ms: list[int] = []

    @property
    def now_ms(self) -> int:
        """Event time of the next record."""
        return START_MS + int(self.state.t[0]) * self._interval_ms

    def play(self, drawn: str, above: bool = True) -> str:
        """Go through drawn scores; draw what becomes of the episode, `h` where an alarm is held back."""
        return "".join(self._record(sign, above) for sign in drawn)

    def _record(self, sign: str, above: bool) -> str:
        slots, now = np.array([0]), np.array([self.now_ms])
        self.state.t[0] += 1
        alarms = np.array([sign in ALARMS])
        if len(episode.moving(self.state, slots, alarms)) == 0:
            return "."
        held = np.array([Held.MIN_DEVIATION if sign in SMALL else Held.NONE], np.uint8)
        seen = Seen(slots, now, np.array([SCORES[sign]]), alarms, np.array([above]), held)
        moves = episode.advance(self.state, seen, self._terms)
        change = Change(moves.changes[0])
        if change == Change.CLOSE:
            self.closed_ms.append(int(self.state.episode_calm_ms[0]))
            episode.forget(self.state, slots)
        return "h" if moves.held[0] else LETTERS[change]


def test_nothing_happens_without_an_alarm() -> None:
    assert Key().play("..~=~..") == "......."


def test_an_episode_closes_after_it_has_been_calm_for_the_hold() -> None:
    assert Key().play("!=~" + QUIET) == "O.." + "." * (HOLD - 1) + "C"


def test_it_ends_with_the_first_of_the_calm_records_not_with_the_last() -> None:
    key = Key()
    key.play("!=~" + QUIET)
    assert key.closed_ms == [START_MS + 3 * MINUTE_MS]


def test_a_record_half_way_is_no_part_of_the_hold() -> None:
    assert Key().play("!" + QUIET[:-1] + "~" + QUIET[:1]) == "O" + "." * HOLD + "C"


def test_a_record_at_the_boundary_starts_the_hold_anew() -> None:
    assert Key().play("!" + QUIET[:-1] + "=" + QUIET) == "O" + "." * (2 * HOLD - 1) + "C"


def test_an_alarm_that_evidence_rises_to_slowly_comes_again() -> None:
    assert Key().play("!..........~~~!") == "O.............A"


def test_an_alarm_within_the_hold_is_told_as_an_update_of_the_same_episode() -> None:
    assert Key().play("!..........!" + QUIET) == "O..........A" + "." * (HOLD - 1) + "C"


def test_an_alarm_soon_after_the_last_bad_record_is_nothing_new() -> None:
    assert Key().play("!..!") == "O..."


def test_each_rise_of_the_severity_is_told_once() -> None:
    assert Key().play("!2=2~4==4") == "OW...W..."


def test_an_episode_that_opens_severe_has_no_rise_to_tell() -> None:
    assert Key().play("4244") == "O..."


def test_that_it_lasts_is_told_ever_more_rarely() -> None:
    drawn = Key(update_interval_ms=2 * MINUTE_MS).play("!" + "~" * 30)
    assert [at for at, letter in enumerate(drawn) if letter == "L"] == [2, 4, 8, 16]


def test_that_it_lasts_is_not_told_while_it_is_calm() -> None:
    assert Key(update_interval_ms=MINUTE_MS).play("!....~") == "O....L"


def test_the_next_episode_soon_after_is_held_three_times_as_long_and_the_third_nine_times() -> None:
    key = Key()
    for repeat in range(4):
        hold = HOLD * PATIENCE ** min(repeat, MAX_REPEATS)
        assert key.play("!" + "." * hold) == "O" + "." * (hold - 1) + "C"


def test_an_episode_long_after_the_last_one_is_no_repeat() -> None:
    key = Key()
    key.play("!" + QUIET + "." * REPEATS_WITHIN)
    assert key.play("!" + QUIET) == "O" + "." * (HOLD - 1) + "C"


def test_a_day_of_fewer_records_is_calm_enough_too() -> None:
    assert Key(interval_ms=DAY_MS).play("!......") == "O.....C"
    assert Key(interval_ms=DAY_MS // 8).play("!.........") == "O........C"


def test_the_longest_hold_fits_its_counter() -> None:
    assert np.iinfo(State(1).episode_calm.dtype).max >= LONGEST_HOLD


def test_an_alarm_that_is_held_back_opens_nothing_and_is_counted_once() -> None:
    assert Key().play("ss==s") == "h...."


def test_an_alarm_held_back_opens_an_episode_when_it_has_grown() -> None:
    key = Key()
    assert key.play("s==") == "h.."
    assert key.play("2") == "O"


def test_what_grows_without_another_alarm_opens_as_well() -> None:
    assert Key().play("s=+") == "h.O"


def test_what_was_held_back_and_fades_opens_nothing_on_its_way_back() -> None:
    assert Key().play("B++") == "h.."


def test_an_alarm_held_back_is_over_after_the_hold_and_the_next_counts_again() -> None:
    assert Key().play("s" + QUIET + "s") == "h" + "." * HOLD + "h"


@pytest.mark.parametrize("above", [True, False])
def test_the_direction_is_that_of_what_opened_it(above: bool) -> None:
    key = Key()
    key.play("!", above=above)
    key.play("2", above=not above)
    assert key.state.episode_direction[0] == (1 if above else -1)


timelines = st.lists(st.sampled_from(["!", "2~", "=~", "s=", "B~+", "." * 5, "." * HOLD, "." * 80])).map("".join)
"""With stretches of calm as long as rules look at."""

drawn = st.text(st.sampled_from("....~=+!24sB"), max_size=200) | timelines


@settings(deadline=None)
@given(drawn, st.integers(0, 200))
def test_states_never_interleave_and_a_prefix_has_the_same_events(timeline: str, cut: int) -> None:
    whole = Key().play(timeline)
    told = whole.replace(".", "").replace("h", "")
    assert all(part.startswith("O") and "O" not in part[1:] for part in told.split("C") if part)
    assert Key().play(timeline[:cut]) == whole[:cut]


@settings(deadline=None)
@given(drawn, st.integers(0, 200))
def test_a_restart_in_the_middle_changes_nothing(timeline: str, cut: int) -> None:
    first, second = Key(), Key()
    before = first.play(timeline[:cut])
    second.state.unpack(np.array([0]), first.state.pack(np.array([0])))
    assert before + second.play(timeline[cut:]) == Key().play(timeline)


SAID = {"": ".", "open": "O", "worse": "W", "again": "A", "lasting": "L", "close": "C", "held": "h"}


@settings(deadline=None)
@given(drawn, st.sampled_from([MINUTE_MS, DAY_MS // 8, DAY_MS]))
def test_the_plain_episodes_agree(timeline: str, interval_ms: int) -> None:
    plain = Episodes(update_interval_ms=5 * MINUTE_MS)
    said = [
        SAID[plain.add(START_MS + n * interval_ms, SCORES[sign], sign in ALARMS, sign in SMALL)]
        for n, sign in enumerate(timeline)
    ]
    assert Key(interval_ms, 5 * MINUTE_MS).play(timeline) == "".join(said)
