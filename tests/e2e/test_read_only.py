"""A worker whose whole file system is read-only, as `docker run --read-only` gives it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from testcontainers.core.container import DockerContainer

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.quiet_series import publish
from tests.e2e.truth import wait_drained
from tests.e2e.undisturbed import Names
from tests.e2e.worker_process import COMMAND


def places() -> set[Path]:
    """Name the directories that this interpreter and the packages lie in."""
    found = {Path(entry).resolve() for entry in (*sys.path, sys.prefix, sys.base_prefix) if Path(entry).is_dir()}
    found |= {Path("/usr"), Path(sys.prefix), COMMAND.parent.parent, Path(__file__).parents[2]}
    return {place for place in found if not any(other in place.parents for other in found)}


def test_a_worker_on_a_read_only_file_system_scores(kafka: KafkaContainer, names: Names) -> None:
    settings = {"brokers": kafka.bootstrap, "health_port": "0", "log_format": "json", **names}
    worker = DockerContainer(os.environ.get("KAFKA_IMAGE", "apache/kafka:4.1.0"))
    worker.with_kwargs(read_only=True, network_mode="host", user="0", entrypoint=[str(COMMAND), "worker"])
    worker.with_envs(**{f"STREAMGAUGE_{name.upper()}": value for name, value in settings.items()})
    for place in places():
        worker.with_volume_mapping(str(place), str(place), "ro")
    with worker:
        kafka.create_topic(names["metrics_topic"], partitions=1)
        publish(kafka, names["metrics_topic"], 0, 20, ["host-0"])
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        code = worker.get_wrapped_container().exec_run(["true"]).exit_code
    assert code == 0
