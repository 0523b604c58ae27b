"""History of one series, read from the topics once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from msgspec import UNSET

from stream.events.anomalies import decode_event
from stream.events.episode_log import EpisodeLog, EpisodeSummary
from stream.events.episodes import decode_score
from stream.kafka.partitioner import partition_of
from stream.kafka.topics.offset_range import Moment, NoMessagesError, open_range
from stream.page.points import PointColumns, Tail
from stream.settings.settings import Settings

Log = Callable[[str], None]


@dataclass(slots=True)
class TopicHistory:
    """Points and episodes of one series, or of one of its features."""

    points: PointColumns
    feature: str = ""
    """The one that was read; empty of plain numbers."""
    episodes: list[EpisodeSummary] = field(default_factory=list)
    """In the order of their starts."""
    features: set[str] = field(default_factory=set)
    """Features that were seen; empty of plain numbers."""
    names: set[str] = field(default_factory=set)
    """Other series of the same partition, to suggest one."""


def read_history(
    settings: Settings, series: str, feature: str | None, since: Moment, log: Log, progress: Log
) -> TopicHistory:
    """Read what was published of a series since a time.

    Parameters
    ----------
    settings : Settings
        With a scores topic.
    feature : str or None
        None takes the first that is found.
    log, progress : callable
        Called with a sentence: at each try while no broker answers, and with how much is left to read.

    Raises
    ------
    StreamgaugeError
        If there is no connection or no such topic.
    """
    tail, found = Tail(), TopicHistory(PointColumns.joined([]))
    for key, value, _ in _records(settings, settings.scores_topic or "", series, since, log, progress):
        if key != series:
            found.names.add(key)
            continue
        point = decode_score(value)
        own = "" if point.feature is UNSET else point.feature
        found.features |= {own} if own else set()
        feature = own if feature is None else feature
        if own == feature:
            tail.append(point)
    found.points, found.feature = tail.points(), feature or ""
    found.episodes = _episodes(settings, series, found.feature, since, log)
    return found


def _episodes(settings: Settings, series: str, feature: str, since: Moment, log: Log) -> list[EpisodeSummary]:
    episodes = EpisodeLog()
    for key, value, published_ms in _records(settings, settings.anomalies_topic, series, since, log, lambda text: None):
        if key == series:
            event = decode_event(value)
            if ("" if event.feature is UNSET else event.feature) == feature:
                episodes.add(event, published_ms)
    return sorted(episodes, key=lambda each: each.latest.start)


def _records(
    settings: Settings, topic: str, series: str, since: Moment, log: Log, progress: Log
) -> Iterator[tuple[str, bytes, int]]:
    """Yield key, value and time of publication of the partition that a series is in."""
    try:
        with open_range(settings, topic, since, "latest", log) as whole:
            n_partitions = len(whole.consumer.partitions_for_topic(topic))
            number = partition_of(series.encode(), n_partitions)
            for records, n_left in whole.of_partition(number).batches():
                progress(f"{topic}: {n_left:,} messages left to read")
                for record in records:
                    yield (record.key or b"").decode(errors="replace"), record.value or b"", record.timestamp
    except NoMessagesError:
        return
