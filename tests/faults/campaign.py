"""Command line of the fault campaign: `make chaos SEED=.. MINUTES=..`."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import click

from tests.e2e.kafka_cluster import KafkaCluster
from tests.e2e.kafka_container import IMAGE, KafkaContainer
from tests.faults.inflict import CLUSTER_FAULTS, FAULTS
from tests.faults.result import Result, append
from tests.faults.run import Options, run_on_one, run_on_three

FOUND: Final = 1
"""Exit code where a checker has found something."""

RunOne: TypeAlias = Callable[[int, Options], Result]
"""Runs the campaign of a seed."""


@click.command(
    context_settings={"max_content_width": 100},
    epilog="Faults on one broker: " + ", ".join(FAULTS) + ". On three: " + ", ".join(CLUSTER_FAULTS) + ".",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Decides load and faults of the first.")
@click.option("--runs", type=click.IntRange(1), default=1, show_default=True, help="Campaigns, with the next seeds.")
@click.option("--minutes", type=click.FloatRange(0.5), default=2.0, show_default=True, help="Load of each campaign.")
@click.option("--brokers", type=click.Choice(["1", "3"]), default="1", show_default=True, help="Kafka nodes.")
@click.option("--rate", type=click.FloatRange(1), default=400.0, show_default=True, help="Messages a second.")
@click.option("--results", type=click.Path(path_type=Path), help="File of JSON lines to add each result to.")
@click.option("--logs", type=click.Path(path_type=Path), help="Folder for the logs; a temporary one by default.")
def main(
    seed: int, runs: int, minutes: float, brokers: str, rate: float, results: Path | None, logs: Path | None
) -> None:
    """Run real workers on a real Kafka through random faults, and check what they left behind.

    Two workers and `streamgauge ingest` score a random load while faults come in a random order. At the end four
    checkers compare all topics with an undisturbed process: ledger (every message is scored, dead-lettered or counted
    exactly once), oracle (scores and episodes), state (last changelog record of each series) and order (source offsets
    of a series never go back). The same seed makes the same plan and the same load. Findings are printed
    below the timeline of the faults, with their seed, and the exit code is 1.
    """
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # Its warnings are what the faults are meant to bring.
    folder = logs or Path(tempfile.mkdtemp(prefix="streamgauge-chaos-"))
    with _broker(brokers, folder) as run_one:
        found = [_run_and_describe(run_one, each, minutes, rate, folder, results) for each in range(seed, seed + runs)]
    if any(found):
        raise SystemExit(FOUND)


def _run_and_describe(
    run_one: RunOne, seed: int, minutes: float, rate: float, folder: Path, results: Path | None
) -> list[str]:
    """Run the campaign of a seed, keep its result, and return its findings."""
    directory = folder / f"seed-{seed}"
    directory.mkdir(parents=True, exist_ok=True)
    result = run_one(seed, Options(minutes, rate, directory, click.echo))
    if results is not None:
        append(results, result)
    describe(result)
    if result.findings:
        click.echo(f"seed {seed} again: make chaos SEED={seed} MINUTES={minutes:g}; logs: {directory}", err=True)
    return result.findings


@contextmanager
def _broker(n_brokers: str, folder: Path) -> Iterator[RunOne]:
    """Start the broker or brokers for all campaigns."""
    folder.mkdir(parents=True, exist_ok=True)
    click.echo(f"starting {n_brokers} Kafka node{'s' if n_brokers == '3' else ''}")
    if n_brokers == "1":
        with KafkaContainer(IMAGE, folder) as kafka:
            yield partial(run_on_one, kafka)
    else:
        with KafkaCluster(IMAGE) as cluster:
            yield partial(run_on_three, cluster)


def describe(result: Result) -> None:
    """Print what a campaign did and found."""
    click.echo(
        f"seed {result.seed}: {sum(result.faults.values())} faults; {result.n_messages:,} messages, "
        f"{result.n_points:,} points scored, {result.n_repeats:,} of them again and alike, "
        f"{result.n_dead:,} dead letters, {result.n_counted:,} repeated or late points counted; "
        f"{result.n_events:,} events and {result.n_states:,} states compared; compaction left {result.n_left:,} of "
        f"{result.n_changelog:,} changelog records; exit codes {result.exit_codes}"
    )
    for finding in result.findings:
        click.echo(f"FINDING {finding}", err=True)
    if not result.findings:
        click.echo("all four checkers are content")


if __name__ == "__main__":
    main()
