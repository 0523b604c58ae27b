"""The episodes of one key: what an alarm opens, what is said while it lasts, and what ends it."""

from dataclasses import dataclass, field

HOLD = 24
REPEAT_WITHIN = 500
CALM_BELOW = 0.5
SEVERE = (2, 4)
DAY_MS = 86_400_000


@dataclass
class Open:
    """An episode that is open."""

    start_ms: int
    told_ms: int
    peak: float
    hold: int
    calm: list[int] = field(default_factory=list)
    """Times of the records since the last one that was not back inside."""

    def is_over(self) -> bool:
        """Say whether it has been calm for long enough."""
        return is_long_enough(self.calm, self.hold)


@dataclass
class Passed:
    """An alarm that was let pass, as long as it lasts."""

    peak: float
    hold: int
    calm: list[int] = field(default_factory=list)


def is_long_enough(calm: list[int], hold: int) -> bool:
    """Say whether so many records, or a day and a fourth of them, are enough; after repeats of more days, too."""
    n_days = hold // HOLD
    return len(calm) >= hold or (4 * len(calm) >= hold and calm[-1] - calm[0] >= n_days * DAY_MS)


@dataclass
class Episodes:
    """Take one record after the other, and say what each changes."""

    update_interval_ms: int
    n: int = 0
    open: Open | None = None
    passed: Passed | None = None
    hold: int = HOLD
    closed_n: int | None = None

    def add(self, now_ms: int, score: float, alarm: bool, too_small: bool) -> str:
        """Return open, worse, again, lasting, close, held, or nothing."""
        self.n += 1
        if self.open is not None:
            return self._go_on(self.open, now_ms, score, alarm)
        if alarm or (self.passed is not None and score >= max(1, self.passed.peak)):
            return self._ask(now_ms, score, too_small)
        self._fade(now_ms, score)
        return ""

    def _go_on(self, episode: Open, now_ms: int, score: float, alarm: bool) -> str:
        n_calm = len(episode.calm)
        if score < CALM_BELOW:
            episode.calm.append(now_ms)
            if episode.is_over():
                self.open, self.closed_n = None, self.n
                return "close"
            return ""
        if score >= 1:
            episode.calm = []
        news = self._news(episode, now_ms, score, alarm, n_calm)
        episode.peak = max(episode.peak, score)
        if news:
            episode.told_ms = now_ms
        return news

    def _news(self, episode: Open, now_ms: int, score: float, alarm: bool, n_calm: int) -> str:
        if any(episode.peak < step <= score for step in SEVERE):
            return "worse"
        if alarm and 4 * n_calm >= HOLD:
            return "again"
        pause_ms = max(self.update_interval_ms, (now_ms - episode.start_ms) // 2)
        return "lasting" if now_ms - episode.told_ms >= pause_ms else ""

    def _ask(self, now_ms: int, score: float, too_small: bool) -> str:
        if not too_small:
            soon = self.closed_n is not None and self.n - self.closed_n <= REPEAT_WITHIN
            self.hold = min(3 * self.hold, 9 * HOLD) if soon else HOLD
            self.open, self.passed = Open(now_ms, now_ms, score, self.hold), None
            return "open"
        is_first = self.passed is None
        peak = 0.0 if self.passed is None else self.passed.peak
        self.passed = Passed(max(peak, score), self.hold)
        return "held" if is_first else ""

    def _fade(self, now_ms: int, score: float) -> None:
        if self.passed is None:
            return
        self.passed.peak = max(self.passed.peak, score)
        if score >= 1:
            self.passed.calm = []
        if score >= CALM_BELOW:
            return
        self.passed.calm.append(now_ms)
        if is_long_enough(self.passed.calm, self.passed.hold):
            self.passed = None
