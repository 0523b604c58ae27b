"""The command `publish` as a process of its own, against a real broker."""

from __future__ import annotations

import json
import signal

import pytest
from kafka import KafkaAdminClient

from stream.formats.points import Decoder
from tests.e2e.commands import Commands
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume
from tests.e2e.waiting import PATIENCE_S

NOW_MS = 1_764_000_000_000
HEADER = "timestamp,value,series\n"
ROWS = [f"{1_404_172_800 + 60 * (i // 2)},{i / 4},{'ab'[i % 2]}\n" for i in range(100)]
"""Two series in turns, 50 points each."""


def points(kafka: KafkaContainer, topic: str, n_messages: int) -> dict[str, list[tuple[int, float]]]:
    """Read messages as the worker would, and sort their points by series."""
    found: dict[str, list[tuple[int, float]]] = {}
    for record in consume(kafka.bootstrap, topic, n_messages):
        decoded = Decoder(0).decode(record.key, record.value, NOW_MS)
        found.setdefault(record.key.decode(), []).extend(zip(decoded.timestamps_ms, decoded.values, strict=True))
    return found


def expected(rows: list[str]) -> dict[str, list[tuple[int, float]]]:
    """Describe which points rows are."""
    found: dict[str, list[tuple[int, float]]] = {}
    for timestamp, value, series in (row.strip().split(",") for row in rows):
        found.setdefault(series, []).append((int(timestamp) * 1000, float(value)))
    return found


@pytest.mark.parametrize(("batch", "n_messages"), [(1, 100), (20, 6)])
def test_every_row_arrives_under_its_series_in_its_order(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str], batch: int, n_messages: int
) -> None:
    result = commands.run("publish", "csv", "--json", "--batch", str(batch), "-", lines=HEADER + "".join(ROWS))
    assert points(kafka, names["metrics_topic"], n_messages) == expected(ROWS)
    summary = json.loads(result.stdout)
    assert (summary["points"], summary["series"], summary["messages"], summary["failed"]) == (100, 2, n_messages, 0)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_bad_row_ends_the_command_after_the_rows_before_it_were_sent(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str]
) -> None:
    result = commands.run("publish", "csv", "-", lines=HEADER + "".join(ROWS[:10]) + "noon,1,a\n" + ROWS[10])
    assert result.returncode == 8
    assert "error: standard input, line 12: expected a timestamp of the form of the first row" in result.stderr
    assert "points 10, series 2, messages 10;" in result.stdout
    assert points(kafka, names["metrics_topic"], 10) == expected(ROWS[:10])


def test_a_file_that_holds_no_points_is_answered_with_the_error_alone(commands: Commands) -> None:
    result = commands.run("publish", "csv", "/etc/passwd")
    assert (result.returncode, result.stdout) == (8, "")
    assert result.stderr.startswith("error: /etc/passwd: expected columns timestamp and value, found root:x:0")
    assert result.stderr.count("\n") == 1


def test_bad_rows_are_left_out_and_reported_where_that_is_asked_for(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str]
) -> None:
    lines = HEADER + "".join(ROWS[:10]) + "noon,1,a\n" + ROWS[10]
    result = commands.run("publish", "csv", "--skip-bad", "-", lines=lines)
    assert (result.returncode, result.stderr) == (0, "")
    assert "points 11, series 2, messages 11;" in result.stdout
    assert "no points, left out: 1, the first: standard input, line 12: expected a timestamp" in result.stdout
    assert points(kafka, names["metrics_topic"], 11) == expected(ROWS[:11])


def test_a_file_of_bad_rows_alone_ends_with_8_even_where_they_are_left_out(commands: Commands) -> None:
    result = commands.run("publish", "csv", "--skip-bad", "--json", "-", lines=HEADER + "noon,1,a\n" * 3)
    assert result.returncode == 8
    assert {"points": 0, "bad": 3}.items() <= json.loads(result.stdout).items()
    assert "expected at least one row that is a point, found none; the first: standard input, line 2" in result.stderr


def test_ctrl_c_sends_what_was_read(commands: Commands, kafka: KafkaContainer, names: dict[str, str]) -> None:
    process = commands.start("publish", "csv", "--json", "--batch", "50", "--series", "a", "-")
    assert process.stdin is not None
    process.stdin.write("".join(f"{1_404_172_800 + i},{i}\n" for i in range(60)))
    process.stdin.flush()
    consume(kafka.bootstrap, names["metrics_topic"], 1)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert {"points": 60, "messages": 2, "interrupted": True}.items() <= json.loads(output).items()
    assert len(points(kafka, names["metrics_topic"], 2)["a"]) == 60


def test_the_rate_is_kept(commands: Commands) -> None:
    result = commands.run("publish", "csv", "--json", "--rate", "100", "-", lines=HEADER + "".join(ROWS))
    assert json.loads(result.stdout)["seconds"] > 0.99


def test_a_topic_that_is_not_there_is_an_error_of_its_own(commands: Commands) -> None:
    result = commands.run("publish", "csv", "--metrics-topic", "nothing-here", "-", lines=ROWS[0])
    assert result.returncode == 6
    expected = "error: topic nothing-here is not there: `streamgauge topics create` with the same settings creates it\n"
    assert result.stderr == expected


def test_a_message_that_the_broker_refuses_is_an_error(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str]
) -> None:
    topic = f"small-{names['metrics_topic']}"
    small = {"num_partitions": 1, "replication_factor": 1, "configs": {"max.message.bytes": "1000"}}
    with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
        admin.create_topics({topic: small})
    arguments = ("publish", "csv", "--json", "--metrics-topic", topic, "--series", "s" * 2000, "-")
    result = commands.run(*arguments, lines=HEADER + ROWS[0])
    assert json.loads(result.stdout)["failed"] == 1
    assert result.returncode == 6
    assert f"error: topic {topic} did not take every point: " in result.stderr
