"""`streamgauge evaluate nab --through-kafka`: what two workers say of every record is what one process says."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.worker_process import COMMAND

EC2, RDS = "realAWSCloudwatch/ec2_cpu_utilization_24ae8d.csv", "realAWSCloudwatch/rds_cpu_utilization_cc0c53.csv"
N_RECORDS = 2 * 4_032 + 1


@pytest.fixture
def few(nab: Path, tmp_path: Path) -> Path:
    """Return a folder like NAB's with two of its files, the second with one record more that repeats the last time."""
    for name in (EC2, RDS):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(nab / "data" / name, tmp_path / "data" / name)
    with (tmp_path / "data" / RDS).open("r+") as file:
        file.write(file.readlines()[-1])
    shutil.copytree(nab / "labels", tmp_path / "labels")
    return tmp_path


def test_every_record_comes_back_the_same_to_the_bit_and_no_topic_is_left(kafka: KafkaContainer, few: Path) -> None:
    command = [str(COMMAND), "evaluate", "nab", str(few), "--through-kafka", "--brokers", kafka.bootstrap, "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["equal_through_kafka"] == found["records"] == N_RECORDS
    assert found["outcomes"][0]["warm_up"] == 300
    assert found["outcomes"][0]["families"]["all"]["windows_found"] > 0
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    assert not [topic for topic in admin.list_topics() if topic.startswith("streamgauge-nab")]
    admin.close()
