"""Messages that fit the limits only compressed, names that are no text, and a dead-letter topic that is gone."""

from __future__ import annotations

import json
import time
from pathlib import Path

from confluent_kafka import Producer
from kafka import KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume, produce
from tests.e2e.waiting import PATIENCE_S, wait_for
from tests.e2e.worker_process import WorkerProcess

HUGE = {"message.max.bytes": 50_000_000, "compression.type": "gzip"}


class NoUtf8(str):
    """A header name as librdkafka's C interface and the broker let it through."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        return b"\xff\xfename"


def point(at: int) -> tuple[bytes, bytes]:
    body = {"series": "cpu", "timestamp": 1_700_000_000_000 + at * 60_000, "value": 100.0 + at % 5}
    return b"cpu", json.dumps(body).encode()


def make_worker(kafka: KafkaContainer, names: dict[str, str], tmp_path: Path) -> WorkerProcess:
    return WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, partitions=1, **names)


def dead_letters(
    kafka: KafkaContainer, names: dict[str, str], worker: WorkerProcess, n_letters: int
) -> list[ConsumerRecord]:
    """Wait for the dead letters, and for the score of the good point behind them."""
    letters = consume(kafka.bootstrap, names["dead_letter_topic"], n_letters)
    (score,) = consume(kafka.bootstrap, names["scores_topic"], 1)
    assert json.loads(score.value)["series"] == "cpu"
    assert worker.terminate()[0] == 0
    return letters


OVERSIZED: dict[str, tuple[bytes, bytes, list[tuple[str, str | bytes | None]]]] = {
    "value": (b"cpu", b" " * 3_000_000, [("sent-by", b"a test")]),
    "headers": (b"cpu", b"{}", [(f"n{n}", b"x" * 1000) for n in range(3_000)]),
    "key": (b" " * 3_000_000, b"{}", []),
}
"""What is cut of a message, and its key, value and headers."""


def test_a_message_that_unpacks_beyond_the_limits_is_cut_into_a_dead_letter_and_the_next_one_is_scored(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    producer = Producer({"bootstrap.servers": kafka.bootstrap, **HUGE})
    with make_worker(kafka, names, tmp_path) as worker:
        for key, value, headers in OVERSIZED.values():
            producer.produce(names["metrics_topic"], key=key, value=value, headers=headers)
            assert producer.flush(PATIENCE_S) == 0
        produce(kafka.bootstrap, names["metrics_topic"], [point(0)])
        letters = dead_letters(kafka, names, worker, len(OVERSIZED))
    for offset, (letter, (cut, (key, value, headers))) in enumerate(zip(letters, OVERSIZED.items(), strict=True)):
        found = dict(letter.headers)
        assert found["streamgauge.cut"].decode() == cut
        assert found["streamgauge.original"].decode() == f"key={len(key)} value={len(value)} headers={len(headers)}"
        assert (found["streamgauge.partition"], int(found["streamgauge.offset"])) == (b"0", offset)
        assert key.startswith(letter.key)
        assert value.startswith(letter.value)
        assert letter.key
        assert letter.value


def test_a_header_name_that_is_no_utf8_makes_a_dead_letter_and_the_next_message_is_scored(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    with make_worker(kafka, names, tmp_path) as worker:
        with KafkaProducer(bootstrap_servers=kafka.bootstrap, linger_ms=200) as producer:
            key, value = point(0)
            producer.send(names["metrics_topic"], key=key, value=value, headers=[(NoUtf8("name"), b"x")])
            producer.send(names["metrics_topic"], key=key, value=value)
        (letter,) = dead_letters(kafka, names, worker, 1)
    found = dict(letter.headers)
    assert (letter.key, letter.value) == point(0)
    assert found["streamgauge.reason"] == b"header_not_utf8"
    assert found["\\xff\\xfename"] == b"x"


def tells_of_the_hang(worker: WorkerProcess, names: dict[str, str]) -> bool:
    waiting_for = json.loads(worker.get("/readyz")[1])["waiting_for"] or ""
    return names["dead_letter_topic"] in waiting_for and 'lag{partition="0"} 101.0' in worker.get("/metrics")[1]


def test_a_dead_letter_topic_that_is_gone_ends_the_worker_within_seconds_with_its_name(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    worker = make_worker(kafka, names, tmp_path)
    with worker:
        with kafka.admin() as admin:
            admin.delete_topics([names["dead_letter_topic"]])
        produce(kafka.bootstrap, names["metrics_topic"], [(b"cpu", b"no JSON")])
        time.sleep(1)
        produce(kafka.bootstrap, names["metrics_topic"], [point(at) for at in range(100)])
        wait_for(
            lambda: tells_of_the_hang(worker, names) or None, "a /readyz with the topic, and a lag that goes on", 15
        )
        assert worker.exit_code(30) == 75
        (told,) = [line for line in worker.lines() if line["event"] == "giving up"]
    assert told["topic"] == names["dead_letter_topic"]
    assert "not on the broker" in told["cause"]
    with worker:
        (letter,) = consume(kafka.bootstrap, names["dead_letter_topic"], 1)
        assert letter.value == b"no JSON"
        consume(kafka.bootstrap, names["scores_topic"], 100)
