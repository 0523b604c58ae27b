"""Episodes on drawn timelines: the scores of one key above, what becomes of its episode below, a character a record."""

from __future__ import annotations

import numpy as np

from stream.detection.episodes import episode
from stream.detection.episodes.calm import is_moving
from stream.detection.episodes.changes import ENDS
from stream.detection.episodes.comparison import AnomalyKind
from stream.detection.episodes.timing import CLOSES_BELOW, RESOLVE_AFTER, EpisodeConfig, EpisodeInput, RecoveryState
from stream.detection.episodes.transition import Change
from stream.detection.policy.policy import MinDuration, SeriesPolicy
from stream.detection.policy.suppression import Suppression
from stream.detection.state.detector_state import DetectorState
from tests.unit.detection.by_hand import key_of, policy_of

SCORES = {
    ".": 0.1,
    "~": 0.7,
    "2": 2.5,
    "4": 5.0,
    "B": 2.5,
    "b": 1.2,
    "o": 0.1,
    "r": 1.2,
    "u": 2.5,
    "e": 2.5,
} | dict.fromkeys("=+!sv", 1.2)
"""`.` inside, `~` half way, `=` and `+` at the boundary without an alarm; `!`, `2`, `4`, `s`, `B`, `v` and `r` alarm.
What `s`, `B` and `=` are about is too small to matter. `v` goes the other way; `r` does so too, and the value is nearer
to what was expected. Of `o` and `b` the value is still off and back, whatever the score. `u` and `e` are as severe as
`2` without an alarm, by evidence that remembers: of `u` the value is off but not unusual, of `e` it is neither."""

ALARMS = "!24sBvr"
SMALL = "s=B"
AS_USUAL = "uebr"
BACK = "ebr"
SEVERITIES = {"2": 1, "B": 1, "u": 1, "e": 1, "4": 2}

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
FIVE_MINUTES = SeriesPolicy(lasting=MinDuration(ms=5 * MINUTE_MS))


class Key:
    """One key's episodes."""

    def __init__(
        self, interval_ms: int = MINUTE_MS, update_interval_ms: int = 10**12, series_policy: SeriesPolicy = NO_RULE
    ) -> None:
        self.state = DetectorState(1)
        self.state.set_policies(np.array([0]), [series_policy])
        self.state.interval_s[0] = interval_ms / 1000
        self._interval_ms = interval_ms
        self._config = EpisodeConfig(CLOSES_BELOW, RESOLVE_AFTER, update_interval_ms)
        self.closed_ms: list[int] = []

    @property
    def now_ms(self) -> int:
        """Event time of the next record."""
        return START_MS + int(self.state.t[0]) * self._interval_ms

    def play(self, drawn: str) -> str:
        """Go through drawn scores; draw what becomes of the episode, `h` where an alarm is suppressed."""
        return "".join(map(self._record, drawn))

    def _record(self, sign: str) -> str:
        key, now_ms = key_of(self.state), self.now_ms
        self.state.t[0] += 1
        alarm, score = sign in ALARMS, SCORES[sign]
        if not is_moving(key, alarm, score):
            return "."
        seen = EpisodeInput(
            now_ms,
            score,
            alarm,
            above=sign not in "vr",
            kind=int(AnomalyKind.BELOW if sign in "vr" else AnomalyKind.ABOVE),
            suppression=int(Suppression.MIN_DEVIATION if sign in SMALL else Suppression.NONE),
            severity=SEVERITIES.get(sign, 0),
            is_unusual=sign not in AS_USUAL,
            recovery=RecoveryState(sign == "o", sign == "b", sign in "br", sign not in BACK),
            is_learned=sign == "l",
        )
        moved = episode.advance(key, policy_of(self.state), seen, self._config)
        change = Change(moved.change)
        if change in ENDS:
            self.closed_ms.append(int(self.state.episode_calm_ms[0]))
            episode.record_closed(key)
        return "h" if moved.suppression else LETTERS[change]
