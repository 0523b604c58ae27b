"""Faults: what each does to a deployment, and how it ends; after each everything is as before."""

from __future__ import annotations

import time
from collections.abc import Mapping

from stream.control.publisher import ControlPublisher
from stream.control.records import ControlRule
from stream.errors import StreamgaugeError
from stream.settings.settings import Settings
from tests.faults.deployment import SESSION_S, Deployment
from tests.faults.plan import Fault

PULSE_S = 0.3
FLOOD, BURST = 5_000, 500
DELAY_S = 0.15
PUBLISHED_WITHIN_S = 60.0


def kill(deployment: Deployment, member: int, _seconds: float) -> None:
    """End a worker with SIGKILL, F1."""
    deployment.workers[member].kill()


def terminate(deployment: Deployment, member: int, _seconds: float) -> None:
    """End a worker in order in the middle of its work, F2."""
    deployment.workers[member].terminate()


def make_zombie(deployment: Deployment, member: int, seconds: float) -> None:
    """Stop a worker until another has taken over and the changelog was compacted, then let it go on, F3."""
    with_frozen(deployment, member, SESSION_S + seconds)


def with_frozen(deployment: Deployment, member: int, seconds: float) -> None:
    """Stop a worker for a while."""
    deployment.workers[member].freeze()
    time.sleep(seconds)
    deployment.workers[member].thaw()


def slow_down(deployment: Deployment, member: int, seconds: float) -> None:
    """Let a worker run half of the time, F9."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        with_frozen(deployment, member, PULSE_S)
        time.sleep(PULSE_S)


def restart_broker(deployment: Deployment, _member: int, seconds: float) -> None:
    """End the broker in order and start it again, F4."""
    deployment.broker.shut_down()
    time.sleep(seconds)
    deployment.broker.start_again()


def kill_broker(deployment: Deployment, _member: int, seconds: float) -> None:
    """End the broker with SIGKILL and start it again, F4; of three, the one that leads the metrics topic."""
    deployment.broker.kill()
    time.sleep(seconds)
    deployment.broker.start_again()


def pause_broker(deployment: Deployment, _member: int, seconds: float) -> None:
    """Let the broker answer nothing for a while, F4."""
    deployment.broker.pause()
    time.sleep(seconds)
    deployment.broker.resume()


def scale(deployment: Deployment, member: int, seconds: float) -> None:
    """Go from two workers to three, to one, and back to two, F7."""
    first, second, third = deployment.workers
    leaving = (first, second)[member]
    third.up()
    time.sleep(seconds)
    third.down()
    leaving.down()
    time.sleep(seconds)
    leaving.up()


def roll(deployment: Deployment, _member: int, seconds: float) -> None:
    """Restart the workers one after the other, F8."""
    for worker in deployment.workers[:2]:
        worker.terminate()
        time.sleep(seconds)


def delay(deployment: Deployment, _member: int, seconds: float) -> None:
    """Let all data of the first worker arrive late, F24."""
    deployment.proxy.delay_s = DELAY_S
    time.sleep(seconds)
    deployment.proxy.delay_s = 0.0


def partition(deployment: Deployment, _member: int, seconds: float) -> None:
    """Lose every packet of the first worker for a while, and keep its connections, F24."""
    deployment.proxy.pause()
    time.sleep(seconds)
    deployment.proxy.resume()


def cut(deployment: Deployment, _member: int, _seconds: float) -> None:
    """End all connections of the first worker, F24."""
    deployment.proxy.cut()


def flood(deployment: Deployment, _member: int, _seconds: float) -> None:
    """Send messages that cannot be read at full rate, F11."""
    deployment.sender.send_at_once(deployment.load.flood(FLOOD))


def burst(deployment: Deployment, _member: int, _seconds: float) -> None:
    """Send the first points of many new series at once, F21."""
    deployment.sender.send_at_once(deployment.load.burst(BURST))


def change_rules(deployment: Deployment, member: int, seconds: float) -> None:
    """Change a rule on the control topic under load, and kill a worker at about the time it comes into force."""
    rule = {"match": "host-00*", "sensitivity": ("low", "high")[deployment.n_rule_changes % 2]}
    deployment.n_rule_changes += 1
    _publish(deployment.settings, ControlRule(by="campaign", at=0, name="sensitivity", rule=rule))
    time.sleep(seconds)
    deployment.workers[member].kill()


def _publish(settings: Settings, rule: ControlRule) -> None:
    """Publish a rule as an operator does: again, where a broker has just been killed."""
    deadline = time.monotonic() + PUBLISHED_WITHIN_S
    while True:
        try:
            with ControlPublisher(settings) as publisher:
                publisher.publish(rule)
            return
        except StreamgaugeError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def kill_ingest(deployment: Deployment, _member: int, _seconds: float) -> None:
    """End `streamgauge ingest` with SIGKILL."""
    deployment.ingest.kill()


ON_WORKERS: Mapping[str, Fault] = {
    "kill": Fault(kill, weight=3),
    "terminate": Fault(terminate),
    "zombie": Fault(make_zombie, (1.0, 4.0), weight=2),
    "slow worker": Fault(slow_down, (5.0, 10.0)),
    "2-3-1-2 workers": Fault(scale, (3.0, 8.0)),
    "rolling restart": Fault(roll, (2.0, 6.0)),
    "poison flood": Fault(flood),
    "burst of new series": Fault(burst),
    "change of rules": Fault(change_rules, (0.0, 2.0)),
    "kill of ingest": Fault(kill_ingest),
}
FAULTS: Mapping[str, Fault] = {
    **ON_WORKERS,
    "broker restart": Fault(restart_broker, (0.0, 3.0)),
    "broker kill": Fault(kill_broker, (0.0, 6.0)),
    "broker pause": Fault(pause_broker, (1.0, 9.0)),
    "network delay": Fault(delay, (5.0, 12.0)),
    "network partition": Fault(partition, (2.0, 10.0)),
    "connections cut": Fault(cut),
}
"""With one broker."""

CLUSTER_FAULTS: Mapping[str, Fault] = {**ON_WORKERS, "leader kill": Fault(kill_broker, (2.0, 10.0), weight=4)}
"""With three brokers."""

ALL_FAULTS: Mapping[str, Fault] = {**FAULTS, **CLUSTER_FAULTS}
