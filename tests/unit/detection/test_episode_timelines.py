"""What holds of an episode on every timeline: order of its events, prefixes, restarts, and the plain algorithm."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.detection.episodes.timing import RESOLVE_AFTER
from stream.detection.policy.policy import SeriesPolicy
from tests.plain.episode import Episodes, Record
from tests.unit.detection.drawn_episode import (
    ALARMS,
    AS_USUAL,
    BACK,
    DAY_MS,
    FIVE_MINUTES,
    HOUR_MS,
    MINUTE_MS,
    SCORES,
    SEVERITIES,
    SMALL,
    START_MS,
    Key,
)

timelines = st.lists(
    st.sampled_from(
        [
            "!",
            "2~",
            "=~",
            "s=",
            "B~+",
            "v~",
            "r=",
            "b" * 5,
            "o" * 8,
            "u" * 4,
            "e" * 4,
            "." * 5,
            "." * RESOLVE_AFTER,
            "." * 80,
        ]
    )
).map("".join)
"""With stretches of calm as long as rules look at."""

drawn = st.text(st.sampled_from("....~=+!24sBvrboue"), max_size=200) | timelines
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
        unusual=sign not in AS_USUAL,
        stays=sign not in BACK,
    )


@settings(deadline=None, max_examples=50)
@given(drawn, st.sampled_from([MINUTE_MS, HOUR_MS, DAY_MS]), series_policies)
def test_the_plain_episodes_agree(timeline: str, interval_ms: int, series_policy: SeriesPolicy) -> None:
    plain = Episodes(interval_ms, update_interval_ms=5 * MINUTE_MS, lasting_ms=series_policy.lasting.ms)
    change = [CHANGES[plain.add(record(n, sign, interval_ms))] for n, sign in enumerate(timeline)]
    assert Key(interval_ms, 5 * MINUTE_MS, series_policy).play(timeline) == "".join(change)
