"""Ingest beside a worker: its end and its failures are the worker's."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, cast

import pytest
from aiokafka.errors import GroupAuthorizationFailedError, KafkaConnectionError
from click.testing import CliRunner, Result

from stream.cli.worker import command
from stream.errors import AuthenticationError, BrokerUnreachableError, SettingsError, StreamgaugeError, TopicError
from stream.ingest.loop import Ingest, explained
from stream.ingest.running import IngestThread


class Ending:
    """An ingest that ends by an error, or when it is told to."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error
        self.ended = threading.Event()

    async def run(self, stop: asyncio.Event) -> None:
        if self._error is not None:
            raise self._error
        await stop.wait()
        self.ended.set()


def failures(error: Exception) -> list[StreamgaugeError]:
    """Run an ingest that fails; return what the worker is told."""
    told: list[StreamgaugeError] = []
    done = threading.Event()

    def note(failure: StreamgaugeError) -> None:
        told.append(failure)
        done.set()

    with IngestThread(lambda: cast(Ingest, Ending(error)), note):
        assert done.wait(10)
    return told


def test_a_failure_reaches_the_worker_with_its_exit_code() -> None:
    assert [failure.exit_code for failure in failures(TopicError("gone"))] == [6]
    assert [failure.exit_code for failure in failures(BrokerUnreachableError("gone"))] == [3]


def test_an_error_nobody_foresaw_ends_the_worker_too() -> None:
    [failure] = failures(KeyError("a"))
    assert (failure.exit_code, str(failure)) == (1, "ingest failed: KeyError('a')")


def test_it_ends_when_the_worker_ends_and_that_is_no_failure() -> None:
    told: list[StreamgaugeError] = []
    ending = Ending(None)
    with IngestThread(lambda: cast(Ingest, ending), told.append):
        pass
    assert ending.ended.is_set()
    assert told == []


def test_a_right_that_is_missing_is_no_broker_that_is_away() -> None:
    assert isinstance(explained(GroupAuthorizationFailedError(), "gauge-ingest"), AuthenticationError)
    assert isinstance(explained(KafkaConnectionError(), "gauge-ingest"), BrokerUnreachableError)


def invoke(*arguments: Any) -> Result:
    return CliRunner().invoke(command, ["--brokers", "127.0.0.1:1", *arguments])


@pytest.mark.parametrize(
    ("topic", "sentence"),
    [("a=telegraf", "did you mean telegraf-json?"), ("metrics", "a topic that streamgauge itself")],
)
def test_a_worker_refuses_a_wrong_source_before_a_broker_is_asked(topic: str, sentence: str) -> None:
    result = invoke("--ingest", topic)
    assert isinstance(result.exception, SettingsError)
    assert sentence in str(result.exception)
