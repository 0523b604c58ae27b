"""What a disturbed worker left behind against what an undisturbed one makes of the same points."""

from __future__ import annotations

from collections.abc import Callable

from stream.detection.arrays import Layout
from stream.detection.state.record import RECORD
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.truth import events_by_id, final_states, wait_drained
from tests.e2e.worker_process import WorkerProcess

Names = dict[str, str]
MakeWorker = Callable[..., WorkerProcess]


def compare_with_undisturbed(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker, n_states: int, layout: Layout = RECORD, **model: str
) -> None:
    """Run an undisturbed worker over the same points and hold the other's states and events against its own.

    Parameters
    ----------
    n_states : int
        State records that there must be.
    layout : Layout
        Of one slot of them.
    **model : str
        Settings of both workers, if they run another model than the default.
    """
    calm = {"app_id": names["app_id"] + "-calm", "anomalies_topic": names["anomalies_topic"] + "-calm"}
    with make_worker("calm", **calm, **model):
        wait_drained(kafka.bootstrap, names["metrics_topic"], calm["app_id"])
    expected = final_states(kafka.bootstrap, calm["app_id"] + "-state-changelog", layout)
    found = final_states(kafka.bootstrap, names["app_id"] + "-state-changelog", layout)
    assert len(expected) == n_states
    assert [key for key in expected if found.get(key) != expected[key]] == []
    events = events_by_id(kafka.bootstrap, calm["anomalies_topic"])
    repeats = events_by_id(kafka.bootstrap, names["anomalies_topic"])
    assert len(events) > 20
    assert repeats == events
