"""What comes of inputs: each is made from its number, decoded and counted."""

from __future__ import annotations

import traceback
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from types import TracebackType

import click

from tests.fuzz.targets import Target, targets


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

    def add(self, other: Tally) -> None:
        """Add what came of other inputs, and print failures that are new."""
        self.accepted += other.accepted
        self.refused += other.refused
        self.n_failed += other.n_failed
        for where, failure in other.failures.items():
            if where not in self.failures:
                click.echo(f"FAILED {where}\n  {failure}")
            self.failures.setdefault(where, failure)


@cache
def chosen_targets(names: tuple[str, ...]) -> list[Target]:
    """Return the targets of these names, all without any."""
    return [each for each in targets() if not names or each.name in names]


def one_input(seed: int, n: int, chosen: list[Target]) -> tuple[Target, bytes]:
    """Make input n of a seed."""
    random = Random(f"{seed}/{n}")
    weights = list(accumulate(target.weight for target in chosen))
    target = random.choices(chosen, cum_weights=weights)[0]
    return target, target.next_input(random)


def attempt_all(seed: int, numbers: range, names: tuple[str, ...]) -> Tally:
    """Decode the inputs of these numbers."""
    tally = Tally()
    for n in numbers:
        attempt(tally, seed, n, chosen_targets(names))
    return tally


def attempt(tally: Tally, seed: int, n: int, chosen: list[Target]) -> None:
    """Decode one input and count it."""
    target, value = one_input(seed, n, chosen)
    try:
        counts = tally.accepted if target.accepts(value) else tally.refused
        counts[target.name] += 1
    except Exception as error:  # Whatever it is: nothing else than a refusal may come out.
        tally.n_failed += 1
        where = f"{target.name}: {type(error).__name__} at {_place(error.__traceback__)}"
        failure = f"--seed {seed} --start {n} --inputs 1\n  input {value[:400]!r}\n  {error!s:.300}"
        tally.failures.setdefault(where, failure)


def _place(trace: TracebackType | None) -> str:
    frame = traceback.extract_tb(trace)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"
