"""A process of its own that draws series, so that drawing and learning share the work of two cores."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import numpy as np

from stream.errors import TrainingError
from training.loop.plan import Plan
from training.synthetic.examples import Examples


@contextmanager
def generate(plan: Plan, first_block: int) -> Iterator[Iterator[Examples]]:
    """Start drawing in a spawned process; it ends with the context, or when this process is killed.

    A pipe and not a queue: it blocks the drawing process with one block finished and no more in memory, and breaks when
    this process dies, so that kill -9 leaves no orphan behind.

    Parameters
    ----------
    first_block : int
        Number of the first block to learn from; block k is the same series whenever it is drawn.

    Yields
    ------
    iterator of Examples
        The held-out examples, then block `first_block`, the next one, and so on without end. It raises TrainingError
        when the drawing process has died.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_draw_blocks, args=(sender, plan, first_block), daemon=True)
    process.start()
    sender.close()
    try:
        yield _received(receiver)
    finally:
        receiver.close()
        process.terminate()
        process.join()


def _draw_blocks(sender: Connection, plan: Plan, first_block: int) -> None:
    """Send blocks until nobody listens; Ctrl-C is the business of the process that learns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        sender.send(
            Examples.draw(
                np.random.default_rng(plan.held_out_seed), plan.n_held_out_series, plan.n_steps, plan.n_skipped
            )
        )
        block = first_block
        while True:
            rng = np.random.default_rng([plan.series_seed, block])
            sender.send(Examples.draw(rng, plan.n_block_series, plan.n_steps, plan.n_skipped))
            block += 1
    except BrokenPipeError:
        return


def _received(receiver: Connection) -> Iterator[Examples]:
    while True:
        try:
            examples: Examples = receiver.recv()
        except EOFError as error:
            raise TrainingError(
                "the process that draws the series ended early (see its message above; most often too little memory): "
                "run the same command again to continue"
            ) from error
        yield examples
