"""One campaign: load, faults as planned, and at the end the four checkers."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.kafka_cluster import KafkaCluster
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.proxy import Proxy
from tests.e2e.truth import read_all
from tests.faults.checkers.ledger import check_ingest, check_ledger, expect
from tests.faults.checkers.oracle import check_oracle
from tests.faults.checkers.order import check_scores_in_order
from tests.faults.checkers.state import check_state
from tests.faults.checkers.topics import read_messages, read_outputs
from tests.faults.checkers.undisturbed import run_undisturbed
from tests.faults.deployment import Deployment, metrics_topic
from tests.faults.inflict import ALL_FAULTS, CLUSTER_FAULTS, FAULTS
from tests.faults.load.rounds import POISON_MESSAGES
from tests.faults.plan import Plan, make_plan
from tests.faults.processes.broker import Broker, Leader
from tests.faults.result import Result
from tests.faults.timeline import Timeline

Report = Callable[[str], None]
"""Receives each line of the timeline as it comes."""


@dataclass(frozen=True)
class Options:
    """What a campaign is, beside its plan.

    Attributes
    ----------
    minutes : float
        Of load.
    rate : float
        Messages a second.
    directory : Path
        Takes the logs.
    report : callable
    """

    minutes: float
    rate: float
    directory: Path
    report: Report


def run_on_one(kafka: KafkaContainer, seed: int, options: Options) -> Result:
    """Run a campaign on one running broker, the first worker behind a proxy."""
    with Proxy(kafka.proxy_target, int(kafka.proxied_bootstrap.rpartition(":")[2])) as proxy:
        return _run(kafka, proxy, make_plan(seed, options.minutes, FAULTS), options)


def run_on_three(cluster: KafkaCluster, seed: int, options: Options) -> Result:
    """Run a campaign on three running brokers, of which the leader of the metrics topic is hit."""
    leader = Leader(cluster, metrics_topic(seed))
    return _run(leader, None, make_plan(seed, options.minutes, CLUSTER_FAULTS), options)


def _run(broker: Broker, proxy: Proxy | None, plan: Plan, options: Options) -> Result:
    timeline = Timeline(options.report)
    workers = "static members" if plan.is_static else "members without instance ids"
    timeline.add(f"seed {plan.seed}: {len(plan.steps)} faults in {options.minutes:g} minutes, workers are {workers}")
    with Deployment(broker, proxy, options.directory, plan, options.rate, timeline) as deployment:
        timeline.add("two workers and ingest are ready, the load begins")
        inflicted = _inflict(deployment, plan, 60 * options.minutes)
        timeline.add(f"{len(deployment.sender):,} messages sent; waiting until everything is scored")
        ends = deployment.finish()
    timeline.add("everything is scored and all processes have ended; comparing with an undisturbed process")
    result = _check(deployment, plan, options.minutes, inflicted, ends)
    timeline.add(f"{len(result.findings)} findings")
    return result


def _inflict(deployment: Deployment, plan: Plan, end_s: float) -> Counter[str]:
    """Inflict the faults one after the other, each at its time or once the one before it is over."""
    start_s, inflicted = time.monotonic(), Counter[str]()
    for number, step in enumerate(plan.steps, start=1):
        now_s = time.monotonic() - start_s
        if now_s >= end_s:
            break
        time.sleep(max(0.0, step.at_s - now_s))
        deployment.timeline.add(f"{number}/{len(plan.steps)} {step.describe()}")
        ALL_FAULTS[step.fault].inflict(deployment, step.member, step.seconds)
        inflicted[step.fault] += 1
    time.sleep(max(0.0, start_s + end_s - time.monotonic()))
    return inflicted


def _check(deployment: Deployment, plan: Plan, minutes: float, inflicted: Counter[str], ends: list[str]) -> Result:
    """Read everything that is on the topics, and let the checkers compare it."""
    settings, follower = deployment.settings, deployment.follower
    messages, outputs = read_messages(settings), read_outputs(settings)
    expected = expect(messages, {value for _, value in POISON_MESSAGES})
    raw = [record.value for record in read_all(settings.brokers, deployment.raw_topic)]
    undisturbed = run_undisturbed(settings, messages, follower.rule_changes)
    findings = [
        *ends,
        *check_ledger(deployment.sender.sent[settings.metrics_topic], expected, outputs.scores, outputs.dead_letters),
        *check_ingest(raw, expected),
        *check_oracle(outputs, undisturbed),
        *check_state(outputs.states, undisturbed.states),
        *follower.order.findings,
        *check_scores_in_order(outputs.scores),
    ]
    return Result(
        seed=plan.seed,
        minutes=minutes,
        n_brokers=settings.replication_factor,
        is_static=plan.is_static,
        faults=dict(inflicted),
        n_messages=len(messages),
        n_points=len(expected.scored),
        n_dead=len(expected.dead),
        n_counted=expected.n_counted,
        n_repeats=len(outputs.scores) - len(expected.scored),
        n_events=len(undisturbed.events),
        n_states=len(undisturbed.states),
        n_changelog=follower.order.n_records,
        n_left=len(read_all(settings.brokers, settings.changelog_topic)),
        exit_codes=deployment.exit_codes(),
        findings=findings,
    )
