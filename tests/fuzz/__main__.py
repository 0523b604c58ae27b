"""`python -m tests.fuzz`: many inputs, counted, from a seed that is printed.

Input n of a run depends on the seed and n alone, so that a run can be resumed, and a failure repeated, by `--start`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from random import SystemRandom

import click

from tests.fuzz.tally import Tally, attempt_all, chosen_targets
from tests.fuzz.targets import targets

AT_ONCE = 5_000
"""Inputs that a process tries before it reports."""

REPORT_EVERY_S = 30.0


@click.command()
@click.option("--inputs", default=100_000, show_default=True, help="How many inputs to try.")
@click.option("--minutes", default=0.0, help="End after so many minutes, whatever is left.")
@click.option("--seed", type=int, help="Seed of the inputs; without it one is drawn and printed.")
@click.option("--start", default=0, help="Number of the first input: goes on where a run ended.")
@click.option("--target", "names", multiple=True, help="Only this target; may be given several times.")
@click.option("--processes", default=os.cpu_count(), show_default="one a core", help="Processes that share the work.")
def main(inputs: int, minutes: float, seed: int | None, start: int, names: tuple[str, ...], processes: int) -> None:
    """Try mutated inputs on everything that decodes bytes from outside.

    Nothing but a documented refusal may come of an input, and what is accepted must be valid for an independent
    reading: the standard library, a JSON Schema, or a checksum. Exit code 1 if that fails.
    """
    seed = SystemRandom().randrange(1 << 32) if seed is None else seed
    if not (chosen := chosen_targets(names)):
        raise click.UsageError(f"no such target; there are {', '.join(each.name for each in targets())}")
    click.echo(f"seed {seed}, inputs {start:,} to {start + inputs:,}, {len(chosen)} targets")
    tally, began, reported = Tally(), time.monotonic(), time.monotonic()
    chunks = (range(at, min(at + AT_ONCE, start + inputs)) for at in range(start, start + inputs, AT_ONCE))
    for part in tallies(seed, _until(chunks, minutes), names, processes):
        tally.add(part)
        if time.monotonic() - reported > REPORT_EVERY_S:
            reported = time.monotonic()
            rate = tally.n / (reported - began)
            click.echo(f"{tally.n:>12,} inputs, {rate:,.0f} a second, {len(tally.failures)} failures")
    _report(tally, seed, start)
    sys.exit(1 if tally.failures else 0)


def tallies(seed: int, chunks: Iterator[range], names: tuple[str, ...], n_processes: int) -> Iterator[Tally]:
    """Let processes take chunks in their order, and yield what came of each; one process is this one."""
    if n_processes == 1:
        yield from (attempt_all(seed, numbers, names) for numbers in chunks)
        return
    running: set[Future[Tally]] = set()
    with ProcessPoolExecutor(n_processes, get_context("spawn")) as pool:
        for numbers in chunks:
            running.add(pool.submit(attempt_all, seed, numbers, names))
            if len(running) > n_processes:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (each.result() for each in done)
        yield from (each.result() for each in running)


def _until(chunks: Iterator[range], minutes: float) -> Iterator[range]:
    """Yield chunks for so many minutes; 0 for all of them."""
    deadline = time.monotonic() + 60 * minutes
    for numbers in chunks:
        if minutes and time.monotonic() > deadline:
            return
        yield numbers


def _report(tally: Tally, seed: int, start: int) -> None:
    click.echo(f"{'target':26}{'accepted':>12}{'refused':>12}")
    for name in sorted({*tally.accepted, *tally.refused}):
        click.echo(f"{name:26}{tally.accepted[name]:>12,}{tally.refused[name]:>12,}")
    click.echo(
        f"{tally.n:,} inputs, {tally.n_failed:,} failed in {len(tally.failures)} ways; to go on: "
        f"--seed {seed} --start {start + tally.n}"
    )


if __name__ == "__main__":
    main()
