"""State exactly once, events at least once with stable ids: through kill -9, joins and leaves, and a broker's crash."""

from __future__ import annotations

import random
import time

from tests.e2e.crowd import Crowd, Publisher
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.supervisor import Supervised
from tests.e2e.truth import wait_drained
from tests.e2e.undisturbed import MakeWorker, Names, compare_with_undisturbed

RATE = 3_000.0
"""Points a second: the crowd takes 20 s, long enough for every fault to hit a worker at work."""

CROWD = Crowd(n_keys=500, n_points=120)


def publish(kafka: KafkaContainer, names: Names) -> Publisher:
    return Publisher(CROWD.messages(), kafka.bootstrap, names["metrics_topic"], RATE)


def test_four_kills_at_random_moments_change_no_state_and_lose_no_episode(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    moments = random.Random(4)
    with make_worker("victim") as worker:
        publisher = publish(kafka, names)
        for _ in range(4):
            time.sleep(moments.uniform(0.5, 2.5))
            worker.kill9()
            worker.start()
            worker.wait_ready()
        publisher.wait()
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
    compare_with_undisturbed(kafka, names, make_worker, CROWD.n_keys)


def test_two_workers_joining_and_leaving_change_no_state_and_lose_no_episode(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    with Supervised(make_worker("stays")):
        publisher = publish(kafka, names)
        for name in ("first guest", "second guest"):
            with make_worker(name.replace(" ", "-")) as guest:
                time.sleep(2)
                code, _ = guest.terminate()
                assert code == 0
        publisher.wait()
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
    compare_with_undisturbed(kafka, names, make_worker, CROWD.n_keys)


def test_a_broker_that_crashes_and_comes_back_changes_no_state_and_loses_no_episode(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    with Supervised(make_worker("patient")) as supervised:
        publisher = publish(kafka, names)
        time.sleep(3)
        kafka.restart_after_kill()
        publisher.wait()
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        assert set(supervised.exit_codes) <= {75}
    compare_with_undisturbed(kafka, names, make_worker, CROWD.n_keys)
