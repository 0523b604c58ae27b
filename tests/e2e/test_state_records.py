"""State records that are not as they were written: found, told, and of no harm to other series."""

from __future__ import annotations

from kafka import KafkaProducer

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.quiet_series import publish, scored_series
from tests.e2e.truth import read_all, wait_drained
from tests.e2e.undisturbed import MakeWorker, Names
from tests.e2e.waiting import PATIENCE_S

SERIES = [f"host-{n}" for n in range(6)]
WARM = 60


def test_a_flipped_bit_is_found_and_only_its_series_starts_afresh(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    changelog = names["app_id"] + "-state-changelog"
    worker = make_worker("owner")
    with worker:
        publish(kafka, names["metrics_topic"], 0, WARM, SERIES)
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        assert worker.terminate()[0] == 0
    last = [record for record in read_all(kafka.bootstrap, changelog) if record.key == b"host-3"][-1]
    flipped = bytearray(last.value)
    flipped[1000] ^= 0x10
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        producer.send(changelog, key=last.key, value=bytes(flipped), partition=last.partition).get(timeout=PATIENCE_S)
    with worker:
        publish(kafka, names["metrics_topic"], WARM, 5, SERIES)
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        assert worker.metric("streamgauge_damaged_state_records_total") == 1
        (line,) = worker.events("state record damaged")
        assert (line["key"], line["partition"]) == ("host-3", last.partition)
    expected = dict.fromkeys(SERIES, True) | {"host-3": False}
    assert scored_series(kafka, names["scores_topic"], WARM + 4) == expected
