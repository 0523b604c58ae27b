"""How far the processes of a measurement are, and whether they are to go on."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.context import SpawnContext
from types import TracebackType
from typing import Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

R = TypeVar("R")

POLL_S = 0.2
"""How often the parent looks how far they are."""


class Shared:
    """A count of what is done and a flag, seen by all processes; leaving it by an error stops the others."""

    def __init__(self, context: SpawnContext) -> None:
        self._n_done = context.Value("q")
        self._stopped = context.Event()

    def __enter__(self) -> Self:
        """Return the reader itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the others where this one was stopped."""
        if error is not None:
            self._stopped.set()

    @property
    def n_done(self) -> int:
        """Count what is done by all."""
        return int(self._n_done.value)

    def add(self, n_done: int) -> None:
        """Note what is done.

        Raises
        ------
        InterruptedError
            If this process is to stop.
        """
        if self._stopped.is_set():
            raise InterruptedError("the measurement was stopped")
        with self._n_done.get_lock():
            self._n_done.value += n_done


_lent: list[Shared] = []


def lend(shared: Shared) -> None:
    """Let this process use what its parent made; a Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _lent[:] = [shared]


def shared() -> Shared:
    """Return what was lent to this process."""
    return _lent[0]


def in_processes(tasks: Sequence[Callable[[], R]], progress: Callable[[int], None]) -> list[R]:
    """Run tasks in a process each, as many at once as there are cores; the first that fails ends them all.

    Parameters
    ----------
    tasks : sequence of callable
        Sent to the processes, where `shared` is what they share.
    progress : callable
        Told again and again how much of all tasks is done.
    """
    context = get_context("spawn")
    counts = Shared(context)
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), context, lend, (counts,)) as pool, counts:
        futures = [pool.submit(task) for task in tasks]
        pending = set(futures)
        while pending:
            done, pending = wait(pending, POLL_S, FIRST_COMPLETED)
            for future in done:
                future.result()
            progress(counts.n_done)
    return [future.result() for future in futures]


@contextmanager
def counting(console: Console, what: str, total: int, unit: str = "records") -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal.

    Yields
    ------
    callable
        Called with the number that is done.
    """
    bar = Progress(
        TextColumn(what),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} " + unit),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)
