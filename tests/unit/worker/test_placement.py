"""Whether series arrive in the partition of their key."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka.partitioner import DefaultPartitioner
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from stream.detection.detector import ForecastDetector
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.kafka.partitioner import partition_of
from stream.worker.keys.key_table import KeyTable
from stream.worker.keys.placement import Placement
from stream.worker.observability.metrics import Metrics
from tests.unit.worker.scoring import LastValue

N_PARTITIONS = 8
SERIES = b"host-7/cpu"
RIGHT = partition_of(SERIES, N_PARTITIONS)
WRONG = (RIGHT + 1) % N_PARTITIONS


class Worker:
    """What of a worker looks at placements."""

    def __init__(self) -> None:
        self.metrics, self.now_s = Metrics(), 1_000.0
        detector = ForecastDetector(RecurrentForecaster(LastValue()))
        self.keys = KeyTable(detector.state, 100)
        self._placement = Placement(N_PARTITIONS, self.metrics, lambda: self.now_s)

    def take(self, partition: int, *series: bytes) -> list[Any]:
        self.keys.find(partition, list(series))
        with capture_logs() as lines:
            self._placement.check(partition, self.keys)
        return lines

    def counted(self, name: str) -> float:
        lines = generate_latest(self.metrics.registry).decode().splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(f"streamgauge_{name}_total "))


@pytest.mark.parametrize("key", [b"host-7/cpu", b"nyc_taxi", "café".encode(), b""])
def test_a_key_belongs_where_other_clients_of_the_default_partitioner_put_it(key: bytes) -> None:
    partitions = list(range(N_PARTITIONS))
    assert partition_of(key, N_PARTITIONS) == DefaultPartitioner()(key, partitions, partitions)


def test_a_series_in_its_own_partition_is_not_worth_a_line() -> None:
    worker = Worker()
    assert worker.take(RIGHT, SERIES, SERIES + b"\xffcpu") == []
    assert (worker.counted("misplaced_series"), worker.counted("split_series")) == (0, 0)


def test_the_first_series_in_another_partition_is_logged_with_the_setting_that_cures_it_and_others_are_counted() -> (
    None
):
    worker = Worker()
    (line,) = worker.take(WRONG, SERIES)
    assert (line["event"], line["partition"], line["expected"]) == ("series in another partition", WRONG, RIGHT)
    assert "partitioner=murmur2_random" in line["text"]
    others = [b"host-%d" % n for n in range(50)]
    elsewhere = [each for each in others if partition_of(each, N_PARTITIONS) != WRONG]
    assert worker.take(WRONG, *others) == []
    assert worker.counted("misplaced_series") == 1 + len(elsewhere)


def test_a_series_is_compared_once_and_not_with_each_message() -> None:
    worker = Worker()
    worker.take(WRONG, SERIES)
    worker.take(WRONG, SERIES)
    assert worker.counted("misplaced_series") == 1


def test_a_series_in_two_partitions_is_logged_once_with_both() -> None:
    worker = Worker()
    worker.take(RIGHT, SERIES)
    lines = worker.take(WRONG, SERIES)
    (line,) = [line for line in lines if line["event"] == "series in two partitions"]
    assert (line["series"], line["partitions"]) == ("host-7/cpu", sorted([RIGHT, WRONG]))
    assert "partitioner=murmur2_random" in line["text"]
    assert worker.take(WRONG, SERIES) == worker.take(RIGHT, SERIES) == []
    assert worker.counted("split_series") == 1


def test_many_series_in_two_partitions_are_a_line_a_minute() -> None:
    worker, series = Worker(), [b"host-%d" % n for n in range(5)]
    for each in series:
        worker.take(partition_of(each, N_PARTITIONS), each)
    elsewhere = [(partition_of(each, N_PARTITIONS) + 1) % N_PARTITIONS for each in series]
    lines = [worker.take(partition, each) for each, partition in zip(series[:4], elsewhere, strict=False)]
    assert [sum(line["event"] == "series in two partitions" for line in each) for each in lines] == [1, 0, 0, 0]
    worker.now_s += 60
    (line,) = worker.take(elsewhere[4], series[4])
    assert line["n_series"] == 4
