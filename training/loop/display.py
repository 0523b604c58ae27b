"""What a person sees of a run: a bar with loss and time left per seed, and a line for each look at held-out series."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from training.loop.plan import Plan

SPEED_PERIOD_S = 120.0
"""The time left is read off this long: several blocks, since learning waits now and then for the next one."""


class Display:
    """A live display on a terminal; elsewhere only the lines.

    Parameters
    ----------
    n_updates : int
        Updates done in earlier sessions.
    """

    def __init__(self, plan: Plan, n_updates: int, console: Console) -> None:
        self._total = plan.n_rounds * plan.n_round_updates
        self._console = console
        self._progress = Progress(
            TextColumn("seed {task.fields[seed]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]}"),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            speed_estimate_period=SPEED_PERIOD_S,
        )
        self._tasks = {
            seed: self._progress.add_task("", total=self._total, completed=n_updates, seed=seed, loss="-")
            for seed in plan.seeds
        }

    def __enter__(self) -> Display:
        """Show the bars."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the bars as they stand."""
        self._progress.stop()

    def learned(self, n_updates: int, losses: dict[int, float]) -> None:
        """Show a finished round: each seed's mean loss over it."""
        for seed, task in self._tasks.items():
            self._progress.update(task, completed=n_updates, loss=f"{losses[seed]:.3f}")

    def evaluated(self, n_updates: int, losses: dict[int, float], duration_s: float) -> None:
        """Write a line on the held-out losses."""
        shown = ", ".join(f"{loss:.4f} (seed {seed})" for seed, loss in losses.items())
        done = f"{n_updates:,} of {self._total:,} updates"
        self._console.print(f"{done} in {duration_s:,.0f} s: held-out loss {shown}", highlight=False, soft_wrap=True)
