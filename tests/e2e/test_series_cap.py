"""At the cap of series newcomers wait, and nobody who still speaks loses what was learned of it."""

from __future__ import annotations

import time
from itertools import count

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.quiet_series import publish, scored_series
from tests.e2e.truth import read_all, wait_drained
from tests.e2e.undisturbed import MakeWorker, Names
from tests.e2e.waiting import wait_for

WARM = 60


def tombstones(kafka: KafkaContainer, names: Names) -> list[bytes]:
    """Name the series that the changelog forgets."""
    records = read_all(kafka.bootstrap, names["app_id"] + "-state-changelog")
    return [record.key for record in records if record.value is None]


def test_newcomers_wait_and_the_others_are_scored(kafka: KafkaContainer, names: Names, make_worker: MakeWorker) -> None:
    first = [f"first-{n}" for n in range(20)]
    late = [f"late-{n}" for n in range(6)]
    with make_worker("full", max_keys="20", partitions="1") as worker:
        publish(kafka, names["metrics_topic"], 0, WARM, [*first, *late])
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        assert worker.metric("streamgauge_series") == 20
        assert worker.metric("streamgauge_waiting_points_total") == 6 * WARM
        (warning,) = worker.events("series wait for room")
        assert warning["max_keys"] == 20
        assert len(worker.events("nearly at the cap of series")) == 1
        assert scored_series(kafka, names["scores_topic"], WARM - 1) == dict.fromkeys(first, True)
        assert tombstones(kafka, names) == []

        quiet, rest = first[:6], first[6:]
        for first_minute, n in ((WARM, 20), (WARM + 20, 180)):
            publish(kafka, names["metrics_topic"], first_minute, n, rest)
            wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
            time.sleep(1)  # Who is idle is looked for once a second.
        minutes = count(WARM + 200)

        def all_have_room() -> int | None:
            minute = next(minutes)
            publish(kafka, names["metrics_topic"], minute, 1, [*rest, *late])
            wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
            return minute if len(scored_series(kafka, names["scores_topic"], minute)) == 20 else None

        minute = wait_for(all_have_room, "room for the newcomers")
    assert {key.decode() for key in tombstones(kafka, names)} == set(quiet)
    assert set(scored_series(kafka, names["scores_topic"], minute)) == {*rest, *late}


def test_a_worker_that_takes_over_more_series_than_its_cap_judges_them_all(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    series = [f"host-{n}" for n in range(30)]
    with make_worker("stays", max_keys="22") as stays:
        with make_worker("leaves", max_keys="22") as leaves:
            publish(kafka, names["metrics_topic"], 0, WARM, series)
            wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
            assert leaves.terminate()[0] == 0
        publish(kafka, names["metrics_topic"], WARM, 20, series)
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        assert stays.metric("streamgauge_series") == 30
    assert scored_series(kafka, names["scores_topic"], WARM + 19) == dict.fromkeys(series, True)
    assert tombstones(kafka, names) == []
