"""A range of a topic is read from outside, on a broker inside this process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError

from stream.cli import main
from stream.errors import BrokerUnreachableError, DataError
from stream.formats.csv.columns import CsvFormat
from stream.formats.points import encode_points
from stream.history.topic import open_topic
from stream.kafka.clients import producer_options
from stream.kafka.embedded import EmbeddedBroker
from stream.kafka.topics import offset_range
from stream.settings.settings import Settings
from tests.integration.training.fit.make import START_MS, gather, quiet, wave
from training.fit import gathering
from training.fit.data.data import Account, read
from training.fit.data.point_store import PointWriter
from training.fit.gathering import Request
from training.fit.output_paths import OutputPaths
from training.fit.plan import FitPlan


@pytest.fixture
def settings() -> Iterator[Settings]:
    with EmbeddedBroker() as broker:
        yield broker.with_topics(Settings())


def publish(settings: Settings, messages: list[tuple[bytes, bytes]]) -> None:
    producer = KafkaProducer(**producer_options(settings))
    for key, value in messages:
        producer.send("metrics", value, key)
    producer.flush()
    producer.close()


def whole(settings: Settings) -> Request:
    return Request((), CsvFormat(), "metrics", ("beginning", "beginning"), ("latest", "latest"), settings)


def test_every_series_of_the_topic_is_read_to_its_end(settings: Settings, tmp_path: Path) -> None:
    times, values = wave()
    parts = [slice(start, start + 100) for start in range(0, len(values), 100)]
    names = [f"host-{number}" for number in range(6)]
    publish(
        settings,
        [(n.encode(), encode_points(n, times[part].tolist(), values[part].tolist())) for part in parts for n in names],
    )
    data = gather(whole(settings), tmp_path / "points")
    assert [found.series for found in data.audits] == names
    assert {found.n_points for found in data.audits} == {len(values)}
    assert data.series.points(3)[1].tolist() == values.tolist()


def test_bad_messages_are_counted_and_passed_over(settings: Settings, tmp_path: Path) -> None:
    good = encode_points("a", [START_MS], [1.0])
    publish(settings, [(b"a", good), (b"a", b"{}"), (b"b", good), (b"a", b'{"series":"a","timestamp":1,"value":"x"}')])
    with whole(settings).open(print) as (source,):
        account = read(source, PointWriter(tmp_path), lambda done, n_points: None)
    assert account == Account("topic metrics from beginning to latest", n_points=1, n_bad=3)


def test_each_feature_of_a_message_is_a_series(settings: Settings, tmp_path: Path) -> None:
    value = b'{"series":"a","timestamp":%d,"value":{"cpu":1,"mem":2}}' % START_MS
    publish(settings, [(b"a", value)])
    data = gather(whole(settings), tmp_path / "points")
    assert [found.series for found in data.audits] == ["a · cpu", "a · mem"]


def test_the_reader_is_in_no_group(settings: Settings) -> None:
    publish(settings, [(b"a", encode_points("a", [START_MS], [1.0]))])
    with open_topic(settings, "metrics", "beginning", "latest", print) as source:
        config = source.messages.consumer.config
        assert (config["group_id"], config["enable_auto_commit"]) == (None, False)


def test_what_comes_after_the_range_was_opened_is_left_out(settings: Settings, tmp_path: Path) -> None:
    publish(settings, [(b"a", encode_points("a", [START_MS], [1.0]))])
    with open_topic(settings, "metrics", "beginning", "latest", print) as source:
        publish(settings, [(b"a", encode_points("a", [START_MS + 1], [2.0]))])
        assert read(source, PointWriter(tmp_path), lambda done, n_points: None).n_points == 1


def test_an_empty_range_says_how_much_the_topic_holds(settings: Settings) -> None:
    publish(settings, [(b"a", encode_points("a", [START_MS], [1.0]))])
    with (
        pytest.raises(DataError, match=r"expected messages, found none in this range and 1 in the whole topic"),
        open_topic(settings, "metrics", "latest", "latest", print),
    ):
        pass


def test_a_broker_that_does_not_answer_is_exit_code_3(tmp_path: Path) -> None:
    places = ["--out", str(tmp_path / "out"), "--logdir", str(tmp_path / "logs")]
    options = ["--topic", "metrics", "--brokers", "127.0.0.1:1", *places]
    error = CliRunner().invoke(main, ["train", "fit", *options]).exception
    assert isinstance(error, BrokerUnreachableError)
    assert error.exit_code == 3


def test_a_broker_that_is_waited_for_is_told_of_each_try_before_tensorflow_is_loaded(
    tmp_path: Path, repository: Path
) -> None:
    places = ["--out", str(tmp_path / "out"), "--logdir", str(tmp_path / "logs")]
    options = ["--topic", "metrics", "--brokers", "127.0.0.1:1", "--wait", *places]
    command = [sys.executable, "-m", "stream", "train", "fit", *options]
    with subprocess.Popen(command, cwd=repository, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = [process.stderr.readline() for _ in range(2)]
        process.kill()
    assert [line.partition(":")[0] for line in said] == ["try 1", "try 2"]


def test_points_that_a_fit_without_a_checkpoint_left_are_read_anew(settings: Settings, tmp_path: Path) -> None:
    times, values = wave()
    paths = OutputPaths(tmp_path / "out", tmp_path / "logs", "mine", "1.0.0")
    publish(settings, [(b"a", encode_points("a", times[:-1].tolist(), values[:-1].tolist()))])
    gathering.gather(whole(settings), FitPlan(), paths, False, quiet())
    publish(settings, [(b"a", encode_points("a", times[-1:].tolist(), values[-1:].tolist()))])
    [found] = gathering.gather(whole(settings), FitPlan(), paths, False, quiet()).audits
    assert found.n_points == len(values)


def test_a_broker_that_goes_away_is_exit_code_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offset_range, "PATIENCE_S", 1.0)
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings())
        publish(settings, [(b"a", encode_points("a", [START_MS], [1.0]))])
        context = open_topic(settings, "metrics", "beginning", "latest", print)
        source = context.__enter__()
    with pytest.raises(BrokerUnreachableError, match="expected 1 more messages, the broker gave none"):
        read(source, PointWriter(tmp_path), lambda done, n_points: None)
    source.messages.consumer.close()


def test_an_error_of_the_client_is_a_broker_that_cannot_be_reached(settings: Settings) -> None:
    publish(settings, [(b"a", encode_points("a", [START_MS], [1.0]))])
    with (
        pytest.raises(BrokerUnreachableError, match=r"expected an answer of the broker, found KafkaTimeoutError"),
        open_topic(settings, "metrics", "beginning", "latest", print),
    ):
        raise KafkaTimeoutError
