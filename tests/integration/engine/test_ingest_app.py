"""The app of ingest, not started: what it takes over, what it commits, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NoReturn

import pytest
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError
from faust.types import TP
from prometheus_client import CollectorRegistry

from stream.errors import TopicError
from stream.ingest.batch_reader import IngestBatch
from stream.ingest.converter import Converter
from stream.ingest.progress import Progress
from stream.ingest.sources import Sources
from stream.settings.settings import Settings
from stream.worker.engine.process import Process
from stream.worker.engine.reading.batch import FetchedBatch
from stream.worker.ingest.app import IngestApp, source_messages
from stream.worker.ingest.application import build_app
from stream.worker.ingest.observer import IngestObserver
from stream.worker.observability.health import Health
from tests.integration.engine.surviving import GaveUpError, Surviving

SOURCE = TP("telegraf", 0)
SETTINGS = Settings(brokers="127.0.0.1:1")


class SurvivingIngest(IngestApp):
    """Raises where the real one ends the process."""

    def abort(self, why: str, *, exit_code: int = 75, **facts: Any) -> NoReturn:
        raise GaveUpError(why, exit_code)


async def stream_of(*batches: FetchedBatch) -> AsyncIterator[dict[TP, FetchedBatch]]:
    """Yield what an agent receives: a batch of one partition at a time."""
    for batch in batches:
        yield {SOURCE: batch}


def make(*topics: str) -> SurvivingIngest:
    sources, progress_log = Sources.of(topics, []), Progress(CollectorRegistry())
    return SurvivingIngest(
        SETTINGS,
        sources,
        converter=Converter(SETTINGS, sources),
        progress_log=progress_log,
        observer=IngestObserver(Health(), progress_log),
        finish_s=0.05,
        broker="kafka://127.0.0.1:1",
        datadir=".",
    )


@pytest.fixture
def app() -> SurvivingIngest:
    """Return an app whose only partition is read from 10 on."""
    app = make("telegraf=telegraf-json")
    app.batches.starts = {SOURCE: 10}
    app.batches.first_ends = {SOURCE: 10}
    return app


def fetched(start: int, *offsets: int, value: bytes = b"{}") -> FetchedBatch:
    records: list[Any] = [ConsumerRecord(*SOURCE, offset, 1_000, 0, None, value, None, 0, 2, ()) for offset in offsets]
    return FetchedBatch(start, records)


def test_its_group_and_its_topics_are_those_of_the_command() -> None:
    app = build_app(SETTINGS, Sources.of(["telegraf", "otlp"], []), CollectorRegistry(), Health(), 1.0)
    assert app.conf.id == f"{SETTINGS.app_id}-ingest"
    assert (tuple(app.source.topics), app.source.pattern) == (("telegraf", "otlp"), None)
    assert (app.conf.producer_compression_type, app.conf.broker_client_id) == ("zstd", SETTINGS.app_id)


def test_a_pattern_matches_the_topics_of_the_command_and_none_that_is_our_own() -> None:
    pattern = make("*").source.pattern
    assert pattern is not None
    assert pattern.match("telegraf")
    assert not pattern.match(SETTINGS.metrics_topic)


def test_batches_are_taken_over_whole_and_offsets_without_records_are_passed_over(app: SurvivingIngest) -> None:
    asyncio.run(app.consume(stream_of(fetched(10, 11, 12), fetched(13, 20))))
    assert app.progress == {SOURCE: 21}
    assert [message.record.offset for message in app._buffer.take([])] == [11, 12, 20]


def test_a_batch_that_did_not_reach_the_agent_ends_the_process(app: SurvivingIngest) -> None:
    with pytest.raises(GaveUpError) as ended:
        asyncio.run(app.consume(stream_of(fetched(10, 10), fetched(15, 15))))
    assert ended.value.args == ("records are missing", 75)


def test_a_topic_that_was_created_anew_is_read_from_its_beginning_and_committed(app: SurvivingIngest) -> None:
    app.batches._committed_offset[SOURCE] = 10
    assert not app.batches._should_commit(SOURCE, 3)
    asyncio.run(app.consume(stream_of(fetched(0, 0, 1, 2))))
    assert app.progress == {SOURCE: 3}
    assert app.batches._should_commit(SOURCE, 3)


@pytest.fixture
def happened(app: SurvivingIngest, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Note what is written and committed, in its order."""
    happened: list[object] = []

    async def write(batch: IngestBatch) -> list[Any]:
        happened.append(("write", len(batch.refused)))
        return []

    async def commit() -> bool:
        happened.append(("commit", dict(app.batches.positions)))
        return True

    monkeypatch.setattr(app._writer, "write", write)
    monkeypatch.setattr(app.batches, "force_commit", commit)
    return happened


def test_offsets_are_committed_after_the_points_before_them_were_acknowledged(
    app: SurvivingIngest, happened: list[object]
) -> None:
    asyncio.run(app.consume(stream_of(fetched(10, 10, 11, value=b"?"))))
    asyncio.run(app._write(app._buffer.take([])))
    assert happened == [("write", 2), ("commit", {SOURCE: 12})]


def test_nothing_is_committed_where_the_broker_does_not_take_the_points(
    app: SurvivingIngest, happened: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(batch: IngestBatch) -> NoReturn:
        raise TopicError("gone")

    monkeypatch.setattr(app._writer, "write", refuse)
    asyncio.run(app.consume(stream_of(fetched(10, 10))))
    with pytest.raises(TopicError):
        asyncio.run(app._write(app._buffer.take([])))
    assert happened == []


def test_a_rebalance_waits_for_messages_in_hand_and_forgets_what_waits(
    app: SurvivingIngest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.batches, "assignment", set)
    app._buffer.add(SOURCE, source_messages(SOURCE, fetched(10, 10).records))

    async def rebalance() -> list[int]:
        """Return the next offset to commit before and after the messages in hand are done."""
        async with app._in_hand:
            revoked = asyncio.ensure_future(app._on_partitions_revoked({SOURCE}))
            await asyncio.sleep(0.01)
            before = app._buffer.next_offsets({SOURCE: 11})[SOURCE]
        await revoked
        return [before, app._buffer.next_offsets({SOURCE: 11})[SOURCE]]

    assert asyncio.run(rebalance()) == [10, 11]
    assert app.batches.starts == {}


def ended_by(app: SurvivingIngest, error: Exception) -> tuple[str, int]:
    with pytest.raises(GaveUpError) as ended, app._abort_on_failure():
        raise error
    why, exit_code = ended.value.args
    return why, exit_code


def test_a_failure_ends_the_process_with_its_exit_code(app: SurvivingIngest) -> None:
    assert ended_by(app, TopicError("gone")) == ("gone", 6)
    assert ended_by(app, KeyError("a")) == ("ingest failed: KeyError('a')", 1)


@pytest.mark.parametrize(
    ("error", "exit_code"), [(KafkaConnectionError(), 3), (TopicAuthorizationFailedError("telegraf"), 4)]
)
def test_a_right_that_is_missing_is_no_broker_that_is_away(
    app: SurvivingIngest, error: Exception, exit_code: int
) -> None:
    with pytest.raises(GaveUpError) as ended:
        app._crash(error)
    assert ended.value.args[1] == exit_code


def test_beside_a_worker_it_starts_after_it_and_stops_before_it(engine: Surviving, app: SurvivingIngest) -> None:
    async def order() -> list[object]:
        return list(Process(engine, app).on_init_dependencies())

    assert asyncio.run(order()) == [engine, app]
