"""The doctor's findings about messages that were dead-lettered: how many, why, and whose clock is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from kafka.consumer.fetcher import ConsumerRecord

from stream.cli.dlq.inventory import Chosen, Inventory, read_letter
from stream.cli.doctor.finding import Finding
from stream.cli.echo import echo, progress
from stream.errors import StreamgaugeError, UnscoredMessagesError
from stream.events.text import format_time
from stream.formats.refused import ADVICE
from stream.formats.rejections import Reason, excerpt
from stream.kafka.topics.offset_range import Moment, NoMessagesError, open_range
from stream.settings.settings import Settings

ABOUT, CLOCKS = "dlq", "clocks"

MOST_READ = 20_000
"""Dead letters that are looked at, the newest: where everything is refused there are millions."""

N_NAMED = 3
"""Reasons, and series with a wrong clock, that are named."""


def examine_dead_letters(settings: Settings, start: Moment) -> Iterator[Finding]:
    """Return what was dead-lettered since `start` and has not been replayed."""
    findings, is_all = DeadLetters(), True
    try:
        with (
            open_range(settings, settings.dead_letters, start, "latest", partial(echo, err=True)) as messages,
            progress(f"reading {settings.dead_letters}") as report,
        ):
            newest = messages.newest(MOST_READ)
            is_all = newest.size == messages.size
            for records, n_left in newest.batches():
                findings.add(records)
                report(1 - n_left / newest.size)
    except NoMessagesError:
        pass
    except StreamgaugeError as error:
        yield Finding(ABOUT, "fail", str(error), error.exit_code)
        return
    yield findings.overall(f"since {format_time(start)} UTC" if isinstance(start, int) else "ever", is_all=is_all)
    yield from findings.clocks()


class DeadLetters:
    """What was found on the dead-letter topic."""

    def __init__(self) -> None:
        self._inventory = Inventory(Chosen())
        self._ahead: Counter[str] = Counter()
        self._detail = ""

    def add(self, records: Sequence[ConsumerRecord]) -> None:
        """Take in records, in the order of each partition."""
        self._inventory.add(records)
        for letter in filter(None, map(read_letter, records)):
            if letter.refusal.reason == Reason.TIMESTAMP_FUTURE:
                self._ahead[(letter.record.key or b"").decode(errors="replace")] += 1
                self._detail = letter.refusal.detail

    def overall(self, since: str, *, is_all: bool) -> Finding:
        """Count the messages dead-lettered `since`, by reason; where not all were read, the shares of the newest."""
        left = {reason: n for reason, group in self._inventory.by_size() if (n := group.n - group.n_replayed)}
        if not left:
            return Finding(ABOUT, "ok", f"no message was dead-lettered {since}, or all were replayed")
        n, most = sum(left.values()), max(left, key=lambda reason: left[reason])
        reasons = ", ".join(f"{left[reason] / n:.0%} {reason}" for reason in list(left)[:N_NAMED])
        more, were = "" if is_all else "more than ", "message was" if n == 1 else "messages were"
        count = f"{more}{n:,} {were} dead-lettered {since}"
        example = self._inventory.groups[most].example
        text = (
            f"{count}, not scored: {reasons}; e.g. {example.refusal.place}; {example.advice()}; `streamgauge dlq list` "
            "has more"
        )
        return Finding(ABOUT, "fail", text, UnscoredMessagesError.exit_code)

    def clocks(self) -> Iterator[Finding]:
        """Describe whose clock is ahead."""
        group = self._inventory.groups.get(Reason.TIMESTAMP_FUTURE)
        if group is None or group.n == group.n_replayed:
            return
        named = ", ".join(excerpt(series, 60) for series, _ in self._ahead.most_common(N_NAMED))
        text = f"ahead of the worker's clock: {len(self._ahead):,} series, {named}; {self._detail}"
        yield Finding(CLOCKS, "warn", f"{text}; {ADVICE[Reason.TIMESTAMP_FUTURE]}")
