"""An output topic that refuses what a worker writes: nothing is committed past it, and nothing is lost once mended."""

from __future__ import annotations

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.quiet_series import minutes
from tests.e2e.records import produce
from tests.e2e.supervisor import Supervised
from tests.e2e.truth import read_all, wait_drained
from tests.e2e.undisturbed import MakeWorker, Names
from tests.e2e.waiting import wait_for

SERIES = [f"host-{n}" for n in range(4)]


def limit_messages(kafka: KafkaContainer, topic: str, n_bytes: int) -> None:
    limit = ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": str(n_bytes)})
    with kafka.admin() as admin:
        admin.alter_configs([limit])


@pytest.mark.parametrize("output", ["anomalies_topic", "changelog"])
def test_an_output_that_is_refused_is_named_and_written_once_the_topic_takes_it(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker, output: str
) -> None:
    topic = names.get(output, names["app_id"] + "-state-changelog")
    points = minutes(0, 60, SERIES) + minutes(60, 5, SERIES, value=900.0) + minutes(65, 40, SERIES)
    with Supervised(make_worker("owner")) as supervised:
        limit_messages(kafka, topic, 200)
        produce(kafka.bootstrap, names["metrics_topic"], points)
        wait_for(lambda: supervised.exit_codes or None, "a worker that gives up")
        limit_messages(kafka, topic, 2_000_000)
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        assert set(supervised.exit_codes) == {75}
        text = supervised.worker.log.read_text()
    assert f'"topic": "{topic}"' in text
    assert "too large" in text.lower() or "MessageSizeTooLarge" in text
    assert len({score.value for score in read_all(kafka.bootstrap, names["scores_topic"])}) == len(points)
    assert len(read_all(kafka.bootstrap, names["anomalies_topic"])) >= len(SERIES)
