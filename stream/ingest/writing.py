"""Write points and dead letters to their topics: all, or an error."""

from __future__ import annotations

from kafka import KafkaProducer
from kafka.errors import KafkaError
from kafka.producer.future import FutureRecordMetadata

from stream.errors import BrokerUnreachableError, StreamgaugeError, TopicError
from stream.events.dead_letter import dead_letter
from stream.ingest.batch_reader import IngestBatch
from stream.kafka.clients import producer_options
from stream.settings.settings import Settings

PATIENCE_S = 120.0


class Writing:
    """Writes what a batch of messages became.

    Keys are the names of the series, and the partitioner is that of the Java clients, so that a series is always in
    one partition, whatever partition its sender wrote to.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        options = producer_options(settings) | {"max_request_size": settings.max_dead_letter_bytes}
        self._producer = KafkaProducer(**options, compression_type="gzip")

    def write(self, batch: IngestBatch) -> None:
        """Send everything and wait until the broker has it.

        Raises
        ------
        BrokerUnreachableError, TopicError
            If it did not take all: nothing may be committed then.
        """
        try:
            sent = self._send(batch)
            self._producer.flush(PATIENCE_S)
            for future in sent:
                future.get(timeout=0)
        except KafkaError as error:
            kind: type[StreamgaugeError] = BrokerUnreachableError if error.retriable else TopicError
            raise kind(
                f"topics {self._settings.metrics_topic} and {self._settings.dead_letters} did not take everything: "
                f"{error}; the messages are read again at the next start"
            ) from error

    def _send(self, batch: IngestBatch) -> list[FutureRecordMetadata]:
        topic, letters = self._settings.metrics_topic, self._settings.dead_letters
        sent = [self._producer.send(topic, key=series.encode(), value=value) for series, value in batch.messages()]
        for record, bad in batch.refused:
            letter = dead_letter(bad, record, self._settings.max_dead_letter_bytes)
            sent.append(self._producer.send(letters, key=letter.key, value=letter.value, headers=letter.headers))
        return sent

    def close(self) -> None:
        """Close the connection; everything was sent."""
        self._producer.close(timeout=PATIENCE_S)
