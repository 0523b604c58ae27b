"""The log of dead letters: the first of each reason at once, then a line a minute with how many and why."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

import structlog

from stream.events.refusal import Refusal
from stream.formats.refused import advise
from stream.formats.rejections import BadMessageError

EVERY_S = 60.0
"""How long dead letters are counted before a line says how many there were."""

log = structlog.get_logger()


class SentDeadLetter(Protocol):
    """A dead letter, with or without its topic."""

    @property
    def value(self) -> bytes | None:
        """What was received."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """Reason and place among them."""


class Example(NamedTuple):
    """One message that was dead-lettered: where it is and what to do about its kind."""

    refusal: Refusal
    looks_like: str | None
    advice: str

    @classmethod
    def of(cls, letter: SentDeadLetter) -> Example:
        """Look at a dead letter."""
        refusal = Refusal.read(letter.headers)
        if refusal is None:
            raise ValueError(f"expected the headers of a dead letter, found {[name for name, _ in letter.headers]}")
        return cls(refusal, *advise(refusal.reason, letter.value))

    def text(self) -> str:
        """Write what it looks like and what to do."""
        return self.advice if self.looks_like is None else f"looks like {self.looks_like}: {self.advice}"

    def facts(self) -> dict[str, str]:
        """Return the fields of a line of the log."""
        looks_like = {} if self.looks_like is None else {"looks_like": str(self.looks_like)}
        return {"example": str(self.refusal.place), **looks_like, "text": self.text()}


class DeadLetterLog:
    """Count what is dead-lettered, and log it; nothing is logged while nothing is dead-lettered.

    `add` and `report` may be called from different threads.

    Parameters
    ----------
    clock_s : callable, optional
        Monotonic seconds.
    """

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._known: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, Example] = {}
        self._n_unreported = 0
        self._since_s = 0.0
        self._lock = threading.Lock()

    def add(self, refused: Iterable[tuple[BadMessageError, SentDeadLetter]]) -> None:
        """Count dead letters; the first of a reason has a line of its own."""
        with self._lock:
            for bad, letter in refused:
                self._add(bad.reason, letter)

    def _add(self, reason: str, letter: SentDeadLetter) -> None:
        if not self._counts:
            self._since_s = self._clock_s()
        self._counts[reason] += 1
        if reason not in self._examples:
            self._examples[reason] = Example.of(letter)
        if reason in self._known:
            self._n_unreported += 1
        else:
            self._known.add(reason)
            _log_first(self._examples[reason])

    def report(self, *, at_once: bool = False) -> None:
        """Log how many there were once a minute is over, or at once; called every second or so."""
        with self._lock:
            seconds = self._clock_s() - self._since_s
            if not self._counts or (seconds < EVERY_S and not at_once):
                return
            if self._n_unreported:
                _log_counts(self._counts, self._examples, seconds)
            self._counts, self._examples, self._n_unreported = Counter(), {}, 0


def _log_first(example: Example) -> None:
    refusal = example.refusal
    log.warning("message dead-lettered", reason=refusal.reason, detail=refusal.detail, **example.facts())


def _log_counts(counts: Counter[str], examples: dict[str, Example], seconds: float) -> None:
    n, (most, n_most) = counts.total(), counts.most_common(1)[0]
    example = examples[most]
    facts = example.facts()
    what = "message" if n == 1 else "messages"
    summary = f"{n:,} {what} dead-lettered in {seconds:.0f} s; {100 * n_most / n:.0f} % {most}, e.g. {facts['example']}"
    log.warning(
        "messages dead-lettered",
        n=n,
        seconds=round(seconds),
        reasons=dict(counts.most_common()),
        **facts | {"text": f"{summary}; {example.text()}"},
    )
