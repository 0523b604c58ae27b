"""What a load needs, computed from what one series costs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.scale.cost import constants_table
from stream.cli.size import command
from stream.detection.state.record import RECORD
from stream.sizing import MEASURED, MIB, SEGMENT_BYTES, SEGMENT_S, Constants, Load, estimate

COSTS = Constants(
    base_mib=200,
    series_bytes=5_000,
    restarted_series_bytes=MIB,
    base_cpu_cores=0.05,
    point_cpu_us=50.0,
    message_bytes=100,
    state_record_bytes=4_000,
    recovered_record_us=20.0,
)
LOAD = Load(n_series=600, interval_s=60.0)


def test_memory_is_that_of_a_worker_and_of_its_series_after_a_restart() -> None:
    assert estimate(LOAD, COSTS).worker_memory_mib == 800
    assert estimate(replace(LOAD, n_workers=3), COSTS).worker_memory_mib == 400
    assert estimate(LOAD, COSTS).worker_memory_limit_mib == 1_000


def test_cpu_and_changelog_go_by_the_points() -> None:
    needs = estimate(LOAD, COSTS)
    assert needs.points_per_s == 10
    assert needs.cpu_cores == pytest.approx(0.05 + 500e-6)
    assert needs.changelog_bytes_per_s == 40_000


def test_a_series_has_one_state_record_per_checkpoint_however_many_points_it_has() -> None:
    needs = estimate(replace(LOAD, interval_s=0.1, checkpoint_s=1.0), COSTS)
    assert (needs.points_per_s, needs.changelog_bytes_per_s) == (6_000, 600 * 4_000)


def test_the_newest_segment_of_a_partition_is_never_compacted_and_never_larger_than_its_limit() -> None:
    small = estimate(replace(LOAD, interval_s=86_400, compaction_lag_s=0), COSTS)
    assert small.changelog_disk_mib == round((2 * 600 + 600 / 86_400 * SEGMENT_S) * 4_000 / MIB)
    large = estimate(Load(1_000_000, 1.0, n_partitions=4, compaction_lag_s=0), COSTS)
    assert large.changelog_disk_mib == round((2_000_000 * 4_000 + 4 * SEGMENT_BYTES) / MIB)


def test_every_replica_takes_its_own_disk() -> None:
    one, three = (estimate(replace(LOAD, n_replicas=n), COSTS) for n in (1, 3))
    assert three.changelog_disk_mib == pytest.approx(3 * one.changelog_disk_mib, abs=3)
    assert one.metrics_disk_mib is not None
    assert three.metrics_disk_mib == pytest.approx(3 * one.metrics_disk_mib, abs=3)


def test_a_topic_that_keeps_its_points_for_ever_has_no_largest_size() -> None:
    assert estimate(replace(LOAD, retention_h=-1), COSTS).metrics_disk_mib is None


def test_the_measured_constants_are_of_this_layout_of_the_state() -> None:
    assert 0.1 * RECORD.itemsize < MEASURED.state_record_bytes < 1.1 * RECORD.itemsize
    assert MEASURED.series_bytes >= RECORD.itemsize


def test_the_command_prints_an_estimate_for_people() -> None:
    printed = CliRunner().invoke(command, ["--series", "50000", "--interval", "60"])
    assert printed.exit_code == 0
    assert "833 per second" in printed.output
    assert all(len(line) <= 80 for line in printed.output.splitlines())


def test_the_command_takes_partitions_and_retention_from_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "gauge.toml"
    file.write_text("partitions = 32\nreplication_factor = 3\nmetrics_retention_h = -1\n")
    asked = ["--series", "9", "--interval", "1", "--json", "--config", str(file)]
    printed = CliRunner().invoke(command, asked)
    document = json.loads(printed.output)
    assert (document["load"]["n_partitions"], document["load"]["n_replicas"]) == (32, 3)
    assert document["needs"]["metrics_disk_mib"] is None


def test_more_series_than_a_worker_keeps_are_warned_about() -> None:
    printed = CliRunner().invoke(command, ["--series", "250000", "--interval", "60", "--workers", "2"])
    assert "STREAMGAUGE_MAX_KEYS" in printed.stderr
    assert "125,000" in printed.stderr


@pytest.mark.parametrize("arguments", [["--series", "0", "--interval", "1"], ["--series", "1", "--interval", "0"]])
def test_a_load_of_nothing_is_refused(arguments: list[str]) -> None:
    assert CliRunner().invoke(command, arguments).exit_code == 2


def test_the_page_shows_the_constants_that_the_command_computes_with(repository: Path) -> None:
    page = (repository / "docs" / "sizing.md").read_text()
    for name, in_use, _measured in constants_table(MEASURED, "").rows:
        assert f"| {name} | {in_use} |" in page
