"""Ledger: every message that was produced ends exactly once in scored, dead-lettered or counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from tests.faults.checkers.topics import DeadLetter, Id, PointId


class ProducedMessage(Protocol):
    """A message as it lies on the metrics topic."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


@dataclass
class Expected:
    """Where each message belongs, by a rule that shares no code with the product.

    A message of the poison list is dead-lettered. Of the others, a point that is later than all before it of its series
    is scored, and every other one is only counted.

    Attributes
    ----------
    messages : set of Id
    points : set of PointId
        Of all messages that can be read.
    dead : set of Id
    scored : set of PointId
    n_counted : int
        Repeated and late points.
    """

    messages: set[Id] = field(default_factory=set)
    points: set[PointId] = field(default_factory=set)
    dead: set[Id] = field(default_factory=set)
    scored: set[PointId] = field(default_factory=set)
    n_counted: int = 0


def expect(messages: Iterable[ProducedMessage], poison: Collection[bytes | None]) -> Expected:
    """Apply the rule to all messages, each partition in order."""
    expected = Expected()
    newest_ms: dict[tuple[str, str | None], int] = defaultdict(lambda: -1)
    for message in messages:
        place = message.partition, message.offset
        expected.messages.add(place)
        if message.value in poison:
            expected.dead.add(place)
            continue
        for point in _points(message.value or b""):
            expected.points.add(point)
            series, feature, timestamp_ms = point
            if timestamp_ms > newest_ms[series, feature]:
                newest_ms[series, feature] = timestamp_ms
                expected.scored.add(point)
            else:
                expected.n_counted += 1
    return expected


def _points(value: bytes) -> Iterator[PointId]:
    body = msgspec.json.decode(value)
    series = body["series"]
    for timestamp_ms, number in body.get("points") or [(body["timestamp"], body["value"])]:
        for feature in number if isinstance(number, dict) else (None,):
            yield series, feature, timestamp_ms


def check_ledger(
    sent: Collection[Id], expected: Expected, scores: Iterable[tuple[PointId, bytes]], letters: Iterable[DeadLetter]
) -> list[str]:
    """Return what is lost, doubled or in the wrong place.

    Parameters
    ----------
    sent : collection of Id
        Messages that the broker acknowledged to the sender.
    expected : Expected
    scores, letters : iterable
        A repeat is the same record once more, as a crash leaves it; another record for the same point is a finding.
    """
    bodies: defaultdict[PointId, set[bytes]] = defaultdict(set)
    for point, body in scores:
        bodies[point].add(body)
    dead = Counter(set(letters))
    dead_ids = Counter(letter.message for letter in dead)
    return [
        *_each("acknowledged to the sender, not on the topic", set(sent) - expected.messages),
        *_each("lost: neither scored nor dead-lettered nor a repeat", expected.scored - bodies.keys()),
        *_each("scored, but it is a repeat, late or never sent", bodies.keys() - expected.scored),
        *_each("scored twice, and not alike", {point for point, found in bodies.items() if len(found) > 1}),
        *_each("poison that is no dead letter", expected.dead - dead_ids.keys()),
        *_each("a dead letter, but it can be read", dead_ids.keys() - expected.dead),
        *_each("dead-lettered for two reasons", {place for place, n in dead_ids.items() if n > 1}),
    ]


def check_ingest(raw: Iterable[bytes], expected: Expected) -> list[str]:
    """Return the source messages of `streamgauge ingest` whose points never came to the metrics topic."""
    wanted = set()
    for value in raw:
        body = msgspec.json.decode(value)
        wanted.add((f'{body["name"]}_n{{host="{body["tags"]["host"]}"}}', None, 1000 * body["timestamp"]))
    return _each("lost by ingest", wanted - expected.points)


def _each(what: str, found: Collection[object]) -> list[str]:
    if not found:
        return []
    return [f"ledger: {what}: {len(found)}, such as {sorted(found, key=str)[:3]}"]
