"""State belongs to one topic of one cluster: another one ends the worker until the state is adopted for it."""

from __future__ import annotations

import subprocess

from kafka import KafkaProducer, TopicPartition
from kafka.errors import UnknownTopicOrPartitionError, for_code

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.quiet_series import publish, scored_series
from tests.e2e.supervisor import Supervised
from tests.e2e.truth import read_all, wait_drained
from tests.e2e.undisturbed import MakeWorker, Names
from tests.e2e.waiting import PATIENCE_S, wait_for
from tests.e2e.worker_process import COMMAND, WorkerProcess

SERIES = [f"host-{n}" for n in range(12)]
LEARNED = 60
"""Minutes after which every series is warm."""


def learn(kafka: KafkaContainer, names: Names, worker: WorkerProcess) -> None:
    """Let a worker learn the series, and end it."""
    with worker:
        publish(kafka, names["metrics_topic"], 0, LEARNED, SERIES)
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        assert worker.terminate()[0] == 0


def make_anew(kafka: KafkaContainer, topic: str) -> None:
    """Delete a topic and create it again."""
    with kafka.admin() as admin:
        admin.delete_topics([topic])
        wait_for(
            lambda: for_code(admin.describe_topics([topic])[0]["error_code"]) is UnknownTopicOrPartitionError or None,
            f"{topic} to be gone",
        )
    kafka.create_topic(topic, partitions=4)


def adopt(worker: WorkerProcess) -> subprocess.CompletedProcess[str]:
    """Run `streamgauge state adopt` with the worker's settings."""
    command = [str(COMMAND), "state", "adopt", "--yes"]
    return subprocess.run(
        command, env=worker.environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def refuses(worker: WorkerProcess, topic: str) -> None:
    """Start a worker that must end with 11, name the topic and the way to go on, and commit nothing."""
    worker.start()
    assert worker.exit_code() == 11
    (line,) = worker.events("giving up")
    assert topic in line["why"]
    assert "streamgauge state adopt" in line["why"]


def goes_on(kafka: KafkaContainer, names: Names, worker: WorkerProcess, topic: str) -> None:
    """Adopt, start, and see every series scored at once, with what it had learned."""
    done = adopt(worker)
    assert done.returncode == 0, done.stderr
    with worker:
        wait_drained(kafka.bootstrap, topic, worker.environment["STREAMGAUGE_APP_ID"])
        assert worker.metric("streamgauge_replayed_messages_total") == 0
    assert scored_series(kafka, names["scores_topic"], LEARNED + 4) == dict.fromkeys(SERIES, True)


def test_a_topic_made_anew_ends_the_worker_and_once_adopted_nothing_learned_is_lost(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    worker = make_worker("owner")
    learn(kafka, names, worker)
    make_anew(kafka, names["metrics_topic"])
    publish(kafka, names["metrics_topic"], LEARNED, 5, SERIES)
    refuses(worker, names["metrics_topic"])
    goes_on(kafka, names, worker, names["metrics_topic"])


def test_a_topic_made_anew_under_a_running_worker_ends_it(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    worker = make_worker("owner")
    with Supervised(worker) as supervised:
        publish(kafka, names["metrics_topic"], 0, LEARNED, SERIES)
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        make_anew(kafka, names["metrics_topic"])
        publish(kafka, names["metrics_topic"], LEARNED, 5, SERIES)
        wait_for(lambda: 11 in supervised.exit_codes or None, "a worker that ends with 11")
        assert set(supervised.exit_codes) <= {75, 11}
    goes_on(kafka, names, worker, names["metrics_topic"])


def test_a_copy_with_other_offsets_is_refused_and_once_adopted_goes_on(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    """As MirrorMaker moves an application: topic and changelog copied, the oldest points left behind."""
    learn(kafka, names, make_worker("owner"))
    moved = {name: f"{value}-moved" for name, value in names.items() if name in ("app_id", "metrics_topic")}
    copy(kafka, names["metrics_topic"], moved["metrics_topic"], n_left_behind=100)
    copy(kafka, names["app_id"] + "-state-changelog", moved["app_id"] + "-state-changelog", n_left_behind=0)
    publish(kafka, moved["metrics_topic"], LEARNED, 5, SERIES)
    worker = make_worker("mover", **moved)
    refuses(worker, moved["metrics_topic"])
    goes_on(kafka, names, worker, moved["metrics_topic"])


def test_adopting_is_refused_while_a_worker_runs(kafka: KafkaContainer, names: Names, make_worker: MakeWorker) -> None:
    with make_worker("owner") as worker:
        done = adopt(worker)
    assert done.returncode == 12
    assert "Stop" in done.stderr


def copy(kafka: KafkaContainer, source: str, target: str, n_left_behind: int) -> None:
    """Copy a topic partition by partition, without its first records."""
    policy = "compact" if source.endswith("changelog") else "delete"
    kafka.create_topic(target, partitions=4, cleanup_policy=policy)
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for record in read_all(kafka.bootstrap, source):
            if record.offset >= n_left_behind:
                place = TopicPartition(target, record.partition)
                producer.send(place.topic, key=record.key, value=record.value, partition=place.partition)
