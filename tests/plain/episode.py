"""The episodes of one key: what an alarm opens, what is published while it lasts, and what ends it."""

from dataclasses import dataclass

HOLD = 10
FLAPPING_HOLD = 20
FLAP_WINDOW = 72
WORSE_AFTER = 6
CALM_BELOW = 0.5
NEW_NORMAL = 288
SIX_HOURS_MS = 21_600_000
HOUR_MS = 3_600_000
MINOR, CRITICAL = 0, 2


@dataclass
class Record:
    """What is known of one record."""

    now_ms: int
    score: float
    alarm: bool = False
    kind: str = "above"
    severity: int = 0
    too_small: bool = False
    """Whether a rule suppresses it."""
    off: bool = False
    back: bool = False
    nearer: bool = False
    """Where the value lies between what was expected and what opened the episode."""
    unusual: bool = True
    stays: bool = True
    """Whether the value itself is unusual, and whether it is still as it was where the episode opened."""


@dataclass
class Calm:
    """How long a key has been calm."""

    n: int = 0
    since_ms: int = 0
    n_off: int = 0
    """Ordinary scores in a row while the value stayed off."""

    def count(self, record: Record) -> None:
        """Take in a record."""
        ordinary = record.score < CALM_BELOW
        if record.back or (ordinary and not record.off):
            self.since_ms = self.since_ms if self.n else record.now_ms
            self.n += 1
        elif record.score >= 1 or record.off:
            self.n = 0
        self.n_off = self.n_off + 1 if record.off and ordinary else 0

    def is_over(self, record: Record, hold: int) -> bool:
        """Describe whether it has been calm for long enough, or off for so long that it is the new normal."""
        calm = record.back or (record.score < CALM_BELOW and not record.off)
        waited = record.now_ms - self.since_ms >= SIX_HOURS_MS * hold // HOLD and self.n >= 3
        return (calm and (self.n >= hold or waited)) or self.n_off >= NEW_NORMAL


@dataclass
class Open:
    """An episode that is open, or was and may reopen."""

    start_ms: int
    notified_ms: int
    kind: str
    severity: int
    calm: Calm
    hold: int = HOLD
    closed_n: int | None = None


@dataclass
class Pending:
    """An alarm that has to last."""

    start_ms: int
    kind: str
    severity: int
    calm: Calm
    n: int = 1
    n_off: int = 1


@dataclass
class Suppressed:
    """An alarm that a rule suppressed, as long as it lasts."""

    peak: float
    calm: Calm


class Episodes:
    """Take one record after the other, and say what each changes."""

    def __init__(self, interval_ms: int, update_interval_ms: int, lasting_ms: int = 0) -> None:
        self.interval_ms, self.update_interval_ms, self.lasting_ms = interval_ms, update_interval_ms, lasting_ms
        self.n = 0
        self.episode: Open | None = None
        self.pending: Pending | None = None
        self.suppressed: Suppressed | None = None

    def add(self, record: Record) -> str:
        """Return open, worse, again, different, lasting, close, pending, passed, suppressed, or nothing."""
        self.n += 1
        if self.pending is not None:
            return self._wait(self.pending, record)
        if self.episode is not None and self.episode.closed_n is None:
            return self._go_on(self.episode, record)
        return self._ask(record)

    def _go_on(self, episode: Open, record: Record) -> str:
        rested = 2 * episode.calm.n >= HOLD
        episode.calm.count(record)
        if episode.calm.is_over(record, episode.hold):
            episode.closed_n, episode.notified_ms = self.n, record.now_ms
            return "close"
        if record.back or (record.score < CALM_BELOW and not record.off):
            return ""
        news = self._news(episode, record, rested)
        if news:
            episode.notified_ms, episode.severity = record.now_ms, max(episode.severity, record.severity)
        if news == "different":
            episode.kind = record.kind
        return news

    def _news(self, episode: Open, record: Record, rested: bool) -> str:
        if record.score < 1:
            return ""
        recovers = record.nearer and record.kind != episode.kind
        alarmed = record.alarm and rested and not recovers
        if alarmed and record.kind != episode.kind:
            return "different"
        waited = record.now_ms - episode.notified_ms >= min(WORSE_AFTER * self.interval_ms, HOUR_MS)
        jumped = (episode.severity, record.severity) == (MINOR, CRITICAL)
        pause_ms = max(self.update_interval_ms, (record.now_ms - episode.start_ms) // 2)
        due = record.now_ms - episode.notified_ms >= pause_ms and (record.unusual or record.stays)
        if record.severity > episode.severity and ((waited or jumped) if record.unusual else due):
            return "worse"
        if alarmed:
            return "again"
        return "lasting" if due else ""

    def _ask(self, record: Record) -> str:
        closed = self.episode
        if closed is not None and closed.closed_n is not None:
            is_late = record.now_ms - closed.notified_ms > SIX_HOURS_MS or self.n - closed.closed_n > FLAP_WINDOW
            closed = self.episode = None if is_late else closed
        recovers = closed is not None and record.nearer
        alarm = record.alarm and not recovers
        real = record.score >= 1 and (record.unusual or record.off)
        relapse = closed is not None and record.kind == closed.kind and real and not recovers
        grown = self.suppressed is not None and record.score >= max(1, self.suppressed.peak)
        change = self._answer(record, closed) if alarm or relapse or grown else ""
        if self.suppressed is not None and change != "suppressed":
            self._fade(self.suppressed, record)
        return change

    def _answer(self, record: Record, closed: Open | None) -> str:
        if record.too_small:
            if self.suppressed is not None:
                return ""
            self.suppressed, self.episode = Suppressed(record.score, Calm()), None
            return "suppressed"
        self.suppressed = None
        if closed is not None and record.kind == closed.kind:
            closed.closed_n, closed.hold, closed.calm, closed.notified_ms = None, FLAPPING_HOLD, Calm(), record.now_ms
            closed.severity = max(closed.severity, record.severity)
            return "again"
        if self.lasting_ms:
            self.pending = Pending(record.now_ms, record.kind, record.severity, Calm())
            return "pending"
        self.episode = Open(record.now_ms, record.now_ms, record.kind, record.severity, Calm())
        return "open"

    def _wait(self, pending: Pending, record: Record) -> str:
        pending.calm.count(record)
        if pending.calm.is_over(record, HOLD):
            self.pending = None
            return "passed"
        off = not (record.back or (record.score < CALM_BELOW and not record.off))
        pending.n, pending.n_off = pending.n + 1, pending.n_off + off
        long = record.now_ms - pending.start_ms >= self.lasting_ms
        if not (off and long and 3 * pending.n_off >= 2 * pending.n):
            return ""
        self.pending = None
        severity = max(pending.severity, record.severity)
        self.episode = Open(pending.start_ms, record.now_ms, pending.kind, severity, pending.calm)
        return "open"

    def _fade(self, suppressed: Suppressed, record: Record) -> None:
        suppressed.peak = max(suppressed.peak, record.score)
        suppressed.calm.count(record)
        if suppressed.calm.is_over(record, HOLD):
            self.suppressed = None
