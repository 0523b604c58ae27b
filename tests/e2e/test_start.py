"""What a worker meets at its start: a broker that has just gone, a changelog that somebody else wrote to."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume, produce
from tests.e2e.worker_process import WorkerProcess


def test_a_changelog_key_that_is_no_utf8_ends_the_worker_with_11_and_names_it(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    worker = WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, **names)
    changelog = names["app_id"] + "-state-changelog"
    with worker:
        produce(
            kafka.bootstrap, names["metrics_topic"], [(b"cpu", b'{"series":"cpu","timestamp":1700000000000,"value":1}')]
        )
        (state,) = consume(kafka.bootstrap, changelog, 1)
        assert worker.terminate()[0] == 0
    produce(kafka.bootstrap, changelog, [(b"\xfe\xfd", state.value)])
    worker.start()
    assert worker.process.wait(60) == 11
    text = worker.log.read_text()
    assert "xfe" in text
    assert "expected a series name in UTF-8" in text
