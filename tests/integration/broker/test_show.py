"""`streamgauge show` against a broker: what was published of one series is drawn, the feature that was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from kafka import KafkaProducer
from msgspec.structs import replace

from stream.cli import main
from stream.events.episodes import encode_episode, encode_score
from stream.kafka.clients import producer_options
from stream.kafka.embedded import EmbeddedBroker
from stream.settings.settings import Settings
from stream.settings.sources import to_environment
from tests.unit.formats.make import OPEN, SCORE

MINUTE_MS = 60_000
HOST = "host-7"
"""A series of two features; that of `SCORE` is a plain number."""


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """Return the settings of a broker with an hour of scores, and an episode of one feature."""
    with EmbeddedBroker() as broker:
        chosen = broker.with_topics(Settings(scores_topic="scores"))
        with KafkaProducer(**producer_options(chosen)) as producer:
            for n in range(60):
                at = SCORE.timestamp + n * MINUTE_MS
                for point in (
                    replace(SCORE, timestamp=at),
                    replace(SCORE, series=HOST, feature="mem", timestamp=at, value=5.0),
                    replace(SCORE, series=HOST, feature="cpu", timestamp=at, value=70.0 + n),
                ):
                    producer.send("scores", key=point.series.encode(), value=encode_score(point))
            opened = replace(OPEN, series=HOST, feature="cpu", why="jumped from 70 to 99")
            producer.send(chosen.anomalies_topic, key=HOST.encode(), value=encode_episode(opened))
        yield chosen


def show(settings: Settings, *arguments: str) -> Result:
    """Draw what is on the topics from their beginning."""
    environment = to_environment(settings) | {"COLUMNS": "80"}
    return CliRunner().invoke(main, ["show", *arguments, "--at", "beginning"], env=environment)


def test_a_series_is_drawn_in_80_columns_with_its_time_and_its_legend(settings: Settings) -> None:
    lines = show(settings, SCORE.series).stdout.splitlines()
    assert lines[0] == SCORE.series
    assert any("2014-07-01 00:00 to 2014-07-01 00:59 UTC" in line for line in lines)
    assert "threshold 1.0" in lines[-1]
    assert max(map(len, lines)) <= 80


def test_the_feature_that_is_drawn_is_named_with_its_episode_and_the_others(settings: Settings) -> None:
    cpu, first = show(settings, HOST, "--feature", "cpu"), show(settings, HOST)
    assert cpu.stdout.splitlines()[0] == f"{HOST} · cpu"
    assert "jumped from 70 to 99" in cpu.stdout
    assert "--feature draws another one: mem" in cpu.stderr
    assert first.stdout.splitlines()[0] == f"{HOST} · mem"
    assert "jumped" not in first.stdout


def test_a_feature_or_series_that_is_not_there_is_an_error_that_names_what_is(settings: Settings) -> None:
    feature, series = show(settings, HOST, "--feature", "disk"), show(settings, "host-8")
    assert str(feature.exception) == f"expected a feature of {HOST}, one of cpu, mem; found disk"
    assert str(series.exception).startswith("expected scores of host-8 published in this range, found none")


def test_the_same_picture_is_written_as_a_file(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "series.png"
    assert show(settings, SCORE.series, "--png", str(path)).exit_code == 0
    assert path.read_bytes().startswith(b"\x89PNG")
