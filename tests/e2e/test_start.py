"""What a worker meets at its start: a broker that has just gone, a changelog that somebody else wrote to."""

from __future__ import annotations

import re
from pathlib import Path

from kafka.consumer.fetcher import ConsumerRecord

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.proxy import Proxy
from tests.e2e.records import produce
from tests.e2e.truth import read_all
from tests.e2e.waiting import wait_for
from tests.e2e.worker_process import WorkerProcess


def test_a_broker_that_goes_away_between_check_and_start_ends_the_worker_with_75(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    with Proxy(kafka.bootstrap) as proxy:
        worker = WorkerProcess(tmp_path / "worker.log", brokers=proxy.address, **names)
        worker.start()
        wait_for(lambda: [line for line in worker.lines() if line["event"] == "topics ready"] or None, "the check")
        proxy.close()
        assert worker.exit_code() == 75
    (told,) = [line for line in worker.lines() if line["event"] == "giving up"]
    assert told["why"] == "the broker went away during the start"


def states_of(kafka: KafkaContainer, changelog: str, key: bytes) -> list[ConsumerRecord]:
    return [record for record in read_all(kafka.bootstrap, changelog) if record.key == key]


def test_a_changelog_key_that_is_no_utf8_ends_the_worker_with_11_and_names_it(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    worker = WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, **names)
    changelog = names["app_id"] + "-state-changelog"
    with worker:
        produce(
            kafka.bootstrap, names["metrics_topic"], [(b"cpu", b'{"series":"cpu","timestamp":1700000000000,"value":1}')]
        )
        (state,) = wait_for(lambda: states_of(kafka, changelog, b"cpu") or None, "the state of the series")
        assert worker.terminate()[0] == 0
    produce(kafka.bootstrap, changelog, [(b"\xfe\xfd", state.value)])
    worker.start()
    assert worker.exit_code() == 11
    text = worker.log.read_text()
    assert "xfe" in text
    assert "expected a series name in UTF-8" in text


def test_a_worker_that_is_ready_holds_little_of_the_library_that_linked_its_code(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    with WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, **names) as worker:
        mappings = Path(f"/proc/{worker.process.pid}/smaps").read_text()
    resident_kb = re.findall(r"^[0-9a-f]+-.*/libllvmlite.*\n(?:\w+: .*\n)*?Rss: +(\d+) kB$", mappings, re.MULTILINE)
    assert 0 < sum(map(int, resident_kb)) < 10_000  # Relocations stay; to link took 47,000.
