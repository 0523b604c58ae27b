"""Plan of a campaign: which fault comes when, for how long and to whom, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

FIRST_AT_S = 8.0
GAP_S = (2.0, 8.0)
"""Seconds between the end of one fault and the next: short enough that some hit a worker that is starting."""

LAST_BEFORE_S = 5.0
"""Seconds before the end of the load in which no fault begins."""


@dataclass(frozen=True)
class Fault:
    """A fault that a plan may have.

    Attributes
    ----------
    inflict : callable
        Does it to a deployment: takes that, the number of a worker and seconds, and returns when it is over.
    seconds : (float, float)
        Range from which its length is drawn; of one that is over at once, (0, 0).
    weight : int
        How often it comes in a round of all.
    """

    inflict: Callable[[Any, int, float], None]
    seconds: tuple[float, float] = (0.0, 0.0)
    weight: int = 1


@dataclass(frozen=True)
class Step:
    """One fault of a plan.

    Attributes
    ----------
    at_s : float
        Seconds from the beginning of the load; later if the fault before it takes longer than planned.
    fault : str
        Its name.
    member : int
        Number of the worker that it happens to, where it is about one.
    seconds : float
        How long it lasts, where it lasts.
    """

    at_s: float
    fault: str
    member: int
    seconds: float

    def describe(self) -> str:
        """Name the fault, with worker and length."""
        length = f", {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.fault} (worker {self.member}{length})"


@dataclass(frozen=True)
class Plan:
    """All that a seed decides, but for the load.

    Attributes
    ----------
    seed : int
    is_static : bool
        Whether workers are static members of their group.
    steps : tuple of Step
    """

    seed: int
    is_static: bool
    steps: tuple[Step, ...]


def make_plan(seed: int, minutes: float, faults: Mapping[str, Fault]) -> Plan:
    """Draw a plan: every fault once in a random order before any comes again.

    Parameters
    ----------
    seed : int
    minutes : float
        Of load.
    faults : mapping of str to Fault
        By name.
    """
    rng = random.Random(f"plan {seed}")
    is_static = rng.random() < 0.5
    steps: list[Step] = []
    at_s, end_s = FIRST_AT_S, 60 * minutes - LAST_BEFORE_S
    waiting: list[str] = []
    while at_s < end_s:
        waiting = waiting or _shuffled(faults, rng)
        name = waiting.pop()
        seconds = rng.uniform(*faults[name].seconds)
        steps.append(Step(at_s, name, rng.randrange(2), seconds))
        at_s += seconds + rng.uniform(*GAP_S)
    return Plan(seed, is_static, tuple(steps))


def _shuffled(faults: Mapping[str, Fault], rng: random.Random) -> list[str]:
    """Return each fault as often as it weighs, in a random order."""
    names = [name for name, fault in faults.items() for _ in range(fault.weight)]
    rng.shuffle(names)
    return names
