"""A training run of seconds: the same code on few, short series."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from training.loop.plan import Plan

TINY = Plan(
    seeds=(1, 2),
    n_updates=32,
    n_round_series=16,
    n_steps=256,
    n_unrolled=64,
    n_skipped=128,
    n_block_series=32,
    n_held_out_series=64,
    held_out_every=1,
    checkpoint_interval_s=0.0,
)


def quiet() -> Console:
    """Return a console that nobody sees."""
    return Console(file=StringIO())
