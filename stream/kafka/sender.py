"""Rows to messages at a rate, with delivery counts."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError
from kafka.producer.future import RecordMetadata

from stream.errors import BrokerUnreachableError, StreamgaugeError, TopicError
from stream.formats.csv.points import Row
from stream.formats.points import encode_points
from stream.kafka.clients import producer_options
from stream.settings.settings import Settings

PATIENCE_S = 30.0
"""A message that is not acknowledged by then has failed; kafka-python alone would try for two minutes, and with
idempotence for ever: it stops expiring messages while it waits for a new producer id."""

GIVING_UP = {
    "request_timeout_ms": 10_000,
    "delivery_timeout_ms": round(1000 * PATIENCE_S),
    "max_block_ms": round(1000 * PATIENCE_S),
}
"""The same in kafka-python's own terms, so that a broker that is gone is noticed while there are still rows."""

MIN_PAUSE_S = 0.002
"""Shorter pauses are saved up: the system sleeps some 0.1 ms longer than it is asked to."""


@dataclass(slots=True)
class Account:
    """Delivery counts; a point counts when acknowledged."""

    n_points: int = 0
    n_messages: int = 0
    n_failed: int = 0
    seconds: float = 0.0
    series: set[str] = field(default_factory=set)
    offsets: dict[int, tuple[int, int]] = field(default_factory=dict)
    """First and last offset of the messages, by partition."""


class Sender:
    """Sends rows to one topic, keyed by their series.

    Parameters
    ----------
    settings : Settings
    topic : str
    batch : int
        Points of a series that one message carries.
    rate : float or None
        Points a second, None for as many as possible.
    features : tuple of str
        Names of the values of a row; none where it has one value, which is then a plain number.
    headers : list of (str, bytes), optional
        Of every message.
    """

    def __init__(
        self,
        settings: Settings,
        topic: str,
        batch: int,
        rate: float | None,
        features: tuple[str, ...] = (),
        headers: list[tuple[str, bytes]] | None = None,
    ) -> None:
        self._producer = KafkaProducer(**producer_options(settings), **GIVING_UP)
        self._topic = topic
        self._batch = batch
        self._rate = rate
        self._features = features
        self._headers = headers
        self._waiting: dict[str, list[Row]] = {}
        self._error: KafkaError | None = None
        self._start_s = time.monotonic()
        self._account = Account()
        self.n_rows = 0

    def send(self, row: Row) -> None:
        """Add a row; send full messages, keep the rate.

        Raises
        ------
        StreamgaugeError
            If the broker has not taken an earlier message.
        """
        self.raise_failure()
        rows = self._waiting.setdefault(row.series, [])
        rows.append(row)
        self.n_rows += 1
        if len(rows) == self._batch:
            self._send_series(row.series)
        if self._rate is not None:
            pause_s = self._start_s + self.n_rows / self._rate - time.monotonic()
            if pause_s > MIN_PAUSE_S:
                time.sleep(pause_s)

    def finish(self) -> Account:
        """Send what is left, wait for acknowledgements, close."""
        for series in list(self._waiting):
            self._send_series(series)
        try:
            self._producer.flush(PATIENCE_S)
        except KafkaTimeoutError as error:
            self._failed(error)
        with contextlib.suppress(KafkaTimeoutError):  # closing waits once more, and raises what is known by now
            self._producer.close(timeout=0)
        self._account.n_failed = self.n_rows - self._account.n_points
        self._account.seconds = time.monotonic() - self._start_s
        return self._account

    def raise_failure(self) -> None:
        """Raise StreamgaugeError if a message was not accepted."""
        if self._error is None:
            return
        kind: type[StreamgaugeError] = BrokerUnreachableError if self._error.retriable else TopicError
        raise kind(f"topic {self._topic} did not take every point: {self._error}") from self._error

    def _send_series(self, series: str) -> None:
        rows = self._waiting.pop(series)
        values = [value for row in rows for value in row.values]
        message = encode_points(series, [row.timestamp_ms for row in rows], values, self._features)
        try:
            sent = self._producer.send(self._topic, value=message, key=series.encode(), headers=self._headers)
        except KafkaError as error:
            self._failed(error)
        else:
            sent.add_callback(self._acknowledged, series, len(rows))
            sent.add_errback(self._failed)

    def _acknowledged(self, series: str, n_points: int, metadata: RecordMetadata) -> None:
        self._account.n_points += n_points
        self._account.n_messages += 1
        self._account.series.add(series)
        offset = metadata.offset
        first, last = self._account.offsets.get(metadata.partition, (offset, offset))
        self._account.offsets[metadata.partition] = min(first, offset), max(last, offset)

    def _failed(self, error: KafkaError) -> None:
        self._error = self._error or error
