"""`python -m tests.fuzz`: many inputs, counted, from a seed that is printed.

Input n of a run depends on the seed and n alone, so that a run can be resumed, and a failure repeated, by `--start`.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from random import Random, SystemRandom
from types import TracebackType

import click

from tests.fuzz.targets import Target, targets

REPORT_EVERY = 20_000


@dataclass
class Tally:
    """What came of the inputs."""

    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    n_failed: int = 0

    @property
    def n(self) -> int:
        """Return how many inputs were tried."""
        return self.accepted.total() + self.refused.total() + self.n_failed


def one_input(seed: int, n: int, chosen: list[Target]) -> tuple[Target, bytes]:
    """Make input n of a seed."""
    random = Random(f"{seed}/{n}")
    weights = list(accumulate(target.weight for target in chosen))
    target = random.choices(chosen, cum_weights=weights)[0]
    return target, target.next_input(random)


def attempt(tally: Tally, seed: int, n: int, chosen: list[Target]) -> None:
    """Decode one input and count it."""
    target, value = one_input(seed, n, chosen)
    try:
        counts = tally.accepted if target.accepts(value) else tally.refused
        counts[target.name] += 1
    except Exception as error:  # Whatever it is: nothing else than a refusal may come out.
        tally.n_failed += 1
        where = f"{target.name}: {type(error).__name__} at {_place(error.__traceback__)}"
        if where not in tally.failures:
            tally.failures[where] = f"--seed {seed} --start {n} --inputs 1\n  input {value[:400]!r}\n  {error!s:.300}"
            sys.stdout.write(f"FAILED {where}\n  {tally.failures[where]}\n")
            sys.stdout.flush()


def _place(trace: TracebackType | None) -> str:
    frame = traceback.extract_tb(trace)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


@click.command()
@click.option("--inputs", default=100_000, show_default=True, help="How many inputs to try.")
@click.option("--minutes", default=0.0, help="End after so many minutes, whatever is left.")
@click.option("--seed", type=int, help="Seed of the inputs; without it one is drawn and printed.")
@click.option("--start", default=0, help="Number of the first input: goes on where a run ended.")
@click.option("--target", "names", multiple=True, help="Only this target; may be given several times.")
def main(inputs: int, minutes: float, seed: int | None, start: int, names: tuple[str, ...]) -> None:
    """Try mutated inputs on everything that decodes bytes from outside.

    Nothing but a documented refusal may come of an input, and what is accepted must be valid for an independent
    reading: the standard library, a JSON Schema, or a checksum. Exit code 1 if that fails.
    """
    seed = SystemRandom().randrange(1 << 32) if seed is None else seed
    chosen = [each for each in targets() if not names or each.name in names]
    if not chosen:
        raise click.UsageError(f"no such target; there are {', '.join(each.name for each in targets())}")
    click.echo(f"seed {seed}, inputs {start:,} to {start + inputs:,}, {len(chosen)} targets")
    tally, began = Tally(), time.monotonic()
    for n in range(start, start + inputs):
        attempt(tally, seed, n, chosen)
        if tally.n % REPORT_EVERY == 0:
            took_s = time.monotonic() - began
            click.echo(f"{tally.n:>12,} inputs, {tally.n / took_s:,.0f} a second, {len(tally.failures)} failures")
            if minutes and took_s > 60 * minutes:
                break
    _report(tally, seed, start)
    sys.exit(1 if tally.failures else 0)


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
