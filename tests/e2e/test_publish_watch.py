"""The commands `publish` and `watch` as processes of their own, against a real broker."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest
from kafka import KafkaAdminClient, KafkaProducer

from stream.events.episodes import EpisodeEvent, encode_episode, episode_headers
from stream.formats.points import Decoder
from stream.kafka.connection import connect
from stream.kafka.topics import creation
from stream.settings.settings import Settings
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume, produce
from tests.e2e.waiting import PATIENCE_S, wait_for
from tests.e2e.worker_process import COMMAND
from tests.unit.formats.make import episode

NOW_MS = 1_764_000_000_000
HEADER = "timestamp,value,series\n"
ROWS = [f"{1_404_172_800 + 60 * (i // 2)},{i / 4},{'ab'[i % 2]}\n" for i in range(100)]
"""Two series in turns, 50 points each."""


class Commands:
    """The command line with the settings of one test."""

    def __init__(self, bootstrap: str, names: dict[str, str]) -> None:
        settings = {"brokers": bootstrap, "partitions": "3", **names}
        inherited = {name: text for name, text in os.environ.items() if not name.startswith("STREAMGAUGE_")}
        self.environment = inherited | {f"STREAMGAUGE_{name.upper()}": text for name, text in settings.items()}

    def run(self, *arguments: str, lines: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; `lines` are its standard input."""
        command = [str(COMMAND), *arguments]
        return subprocess.run(
            command,
            env=self.environment,
            input=lines,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command whose input and output are pipes."""
        return subprocess.Popen(
            [str(COMMAND), *arguments],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def commands(kafka: KafkaContainer, names: dict[str, str]) -> Commands:
    create_topics(kafka, partitions="3", **names)
    return Commands(kafka.bootstrap, names)


def create_topics(kafka: KafkaContainer, **settings: str) -> None:
    """Create them as `streamgauge topics create` does, without the start of another process."""
    chosen = Settings.load(None, brokers=kafka.bootstrap, **settings)
    with connect(chosen) as admin:
        creation.create(admin, chosen)


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


def events(n_episodes: int) -> list[EpisodeEvent]:
    """Open and close episodes of as many series."""
    opened = [episode(series=f"host-{i}/cpu", episode=f"{i:032x}") for i in range(n_episodes)]
    closed = [episode(series=e.series, episode=e.episode, state="close", end=e.timestamp) for e in opened]
    return [event for pair in zip(opened, closed, strict=True) for event in pair]


def publish(kafka: KafkaContainer, topic: str, published: list[EpisodeEvent], partition: int | None = None) -> None:
    """Send events as the worker does."""
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for event in published:
            producer.send(
                topic,
                value=encode_episode(event),
                key=event.series.encode(),
                headers=episode_headers(event),
                partition=partition,
            )
        producer.flush()


def test_json_is_every_event_as_it_is_on_the_topic_repeats_included(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str]
) -> None:
    published = events(3) + events(1)
    publish(kafka, names["anomalies_topic"], published)
    result = commands.run("watch", "--json", "--from", "beginning", "--max", "8")
    assert sorted(result.stdout.splitlines()) == sorted(encode_episode(event).decode() for event in published)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_table_has_every_episode_once(commands: Commands, kafka: KafkaContainer, names: dict[str, str]) -> None:
    publish(kafka, names["anomalies_topic"], events(3) + events(1))
    result = commands.run("watch", "--from", "beginning", "--for", "5")
    rows = [line for line in result.stdout.splitlines() if line.endswith("/cpu")]
    assert sorted(row.split()[-1] for row in rows) == [f"host-{i}/cpu" for i in range(3)]
    assert "3 episodes, 0 open, 2 repeated events left out" in result.stdout


def test_a_pattern_chooses_series_and_what_is_no_event_is_counted(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str]
) -> None:
    produce(kafka.bootstrap, names["anomalies_topic"], [(b"host-1/cpu", b"{}"), (b"host-1/cpu", None)])
    publish(kafka, names["anomalies_topic"], events(12))
    result = commands.run("watch", "--json", "--from", "beginning", "--series", "host-1?/*", "--for", "5")
    series = [json.loads(line)["series"] for line in result.stdout.splitlines()]
    assert sorted(series) == ["host-10/cpu"] * 2 + ["host-11/cpu"] * 2
    assert result.stderr == "skipped 2 records that are no events of streamgauge\n"


@pytest.mark.parametrize("start", ["latest", "2100-01-01T00:00:00+01:00"])
def test_from_latest_or_a_later_time_passes_over_what_was_there(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str], start: str
) -> None:
    topic = names["anomalies_topic"]
    publish(kafka, topic, events(2))
    process = commands.start("watch", "--json", "--from", start, "--max", "1")

    def ended() -> int | None:
        publish(kafka, topic, [episode(series="new")])
        return process.poll()

    wait_for(ended, "the end of a command that has seen an event")
    assert json.loads(process.communicate()[0])["series"] == "new"


def test_from_a_time_begins_with_what_was_published_since(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str]
) -> None:
    publish(kafka, names["anomalies_topic"], events(2))
    result = commands.run("watch", "--json", "--from", "2020-01-01", "--max", "4")
    assert len(result.stdout.splitlines()) == 4


def test_a_partition_that_is_added_is_followed_and_no_group_is_joined(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str]
) -> None:
    topic = names["anomalies_topic"]
    process = commands.start("watch", "--json", "--from", "beginning", "--max", "2")
    publish(kafka, topic, [episode(series="old")])
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["series"] == "old"
    with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
        groups = admin.list_groups()
        admin.create_partitions({topic: 4})
        admin.wait_for_topics([topic])
    publish(kafka, topic, [episode(series="new")], partition=3)
    assert json.loads(process.communicate(timeout=PATIENCE_S)[0])["series"] == "new"
    assert not any(group["group_id"] == names["app_id"] for group in groups)
