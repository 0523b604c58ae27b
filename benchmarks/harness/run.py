"""One run of the benchmarks: the broker, how much is measured, and its progress."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console

PROGRESS = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Run:
    """What the questions of a run have in common.

    Attributes
    ----------
    brokers : str
    n_passes : int
        Medians are of so many.
    quick : bool
        Whether to measure little, to see that everything works.
    """

    brokers: str
    n_passes: int = 3
    quick: bool = False

    @property
    def passes_note(self) -> str:
        """How many passes a figure is of, for the note of a table."""
        return "one pass" if self.n_passes == 1 else f"medians of {self.n_passes} passes in turn"

    def less(self, usual: int, quick: int) -> int:
        """Choose the smaller amount for a quick run."""
        return quick if self.quick else usual

    def passes(self) -> Iterator[int]:
        """Yield the number of each pass, and report it."""
        for at in range(1, self.n_passes + 1):
            self.report(f"pass {at} of {self.n_passes}")
            yield at

    def report(self, text: str) -> None:
        """Print what is being measured."""
        PROGRESS.print(f"  {time.strftime('%H:%M:%S')} {text}", style="dim", highlight=False)
