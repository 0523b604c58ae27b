"""Seconds from `docker compose up` to the first anomaly on the page, with images that are there.

    export KAFKA_IMAGE=$(deploy/kafka/image.sh)
    .venv/bin/python -m benchmarks.first_anomaly

The stack is the shipped one with its demo fleet. Its first fault is a spike of one of 50 series. The page has it when
it gives the series' episode to a browser.
"""

from __future__ import annotations

import statistics
import time

import click

from tests.e2e.compose_stack import ComposeStack, stack
from tests.e2e.test_compose import FAULTY, episodes, token
from tests.e2e.waiting import wait_for


@click.command()
@click.option("--runs", default=3, show_default=True, help="Stacks, each brought up from nothing; prints the median.")
def main(runs: int) -> None:
    """Measure how long a newcomer waits for the first anomaly."""
    seconds = []
    for _ in range(runs):
        with stack() as compose:
            seconds.append(first_anomaly_s(compose))
        click.echo(f"{FAULTY} on the page after {seconds[-1]:.0f} s")
    click.echo(f"median of {runs}: {statistics.median(seconds):.0f} s")


def first_anomaly_s(compose: ComposeStack) -> float:
    """Bring the stack up, and count the seconds until the page has the first fault."""
    begin_s = time.monotonic()
    compose.run("--profile", "demo", "up", "-d")
    up_s = time.monotonic()
    click.echo(f"`up` returned after {up_s - begin_s:.0f} s")
    secret = token(compose)
    wait_for(lambda: episodes(compose, secret), "the first fault on the page")
    return time.monotonic() - begin_s


if __name__ == "__main__":
    main()
