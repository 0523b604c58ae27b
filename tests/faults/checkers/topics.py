"""What a campaign leaves on its topics, as plain records that the checkers compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import msgspec
from kafka.consumer.fetcher import ConsumerRecord

from stream.settings.settings import Settings
from tests.e2e.truth import events_by_id, final_states, read_all

Id: TypeAlias = tuple[int, int]
"""Partition and offset of a message."""

PointId: TypeAlias = tuple[str, str | None, int]
"""Series, feature and timestamp of a point."""


class DeadLetter(NamedTuple):
    """A dead letter: the message that it is of, and its reason."""

    message: Id
    reason: str


@dataclass(frozen=True)
class Outputs:
    """Everything that workers wrote.

    Attributes
    ----------
    scores : list of (PointId, bytes)
        In the order of each partition, repeats included.
    events : dict of str to set of bytes
        Bodies by CloudEvents id.
    dead_letters : list of DeadLetter
    states : dict of bytes to bytes
        The last record of each key in the changelog.
    """

    scores: list[tuple[PointId, bytes]]
    events: dict[str, set[bytes]]
    dead_letters: list[DeadLetter]
    states: dict[bytes, bytes]


def read_messages(settings: Settings) -> list[ConsumerRecord]:
    """Read the metrics topic; each partition in order."""
    return sorted(read_all(settings.brokers, settings.metrics_topic), key=lambda each: (each.partition, each.offset))


def read_outputs(settings: Settings) -> Outputs:
    """Read what workers wrote."""
    letters = read_all(settings.brokers, settings.dead_letters)
    scores = read_all(settings.brokers, settings.scores_topic or "")
    return Outputs(
        scores=[(point_id(record.value), record.value) for record in scores],
        events=events_by_id(settings.brokers, settings.anomalies_topic),
        dead_letters=[letter for record in letters if (letter := _dead_letter(record, settings)) is not None],
        states=final_states(settings.brokers, settings.changelog_topic),
    )


def point_id(score: bytes) -> PointId:
    """Return which point a score is of."""
    body = msgspec.json.decode(score)
    return body["series"], body.get("feature"), body["timestamp"]


def _dead_letter(record: ConsumerRecord, settings: Settings) -> DeadLetter | None:
    """Return a dead letter of the metrics topic; None for one of `ingest`."""
    headers = dict(record.headers)
    if headers["streamgauge.topic"].decode() != settings.metrics_topic:
        return None
    place = int(headers["streamgauge.partition"]), int(headers["streamgauge.offset"])
    return DeadLetter(place, headers["streamgauge.reason"].decode())
