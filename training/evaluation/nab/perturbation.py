"""Luck: the same files begun a little later and measured in other units, since where a grid starts is chance.

The same records count in every run: a key that begins later warms up for fewer records.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from training.evaluation.nab.corpus import File

FURTHEST = 113
"""Rows that the last run drops; a prime, so that no day or hour of a file's interval is a multiple of the drops."""


class Perturbation(NamedTuple):
    """What one run does to every file before the detector sees it.

    Attributes
    ----------
    n_dropped : int
        Rows left out at the start.
    factor : float
        Of all values, 1 to 2.
    offset : float
        Added to all values, in standard deviations of the file.
    """

    n_dropped: int
    factor: float = 1.0
    offset: float = 0.0

    def apply(self, file: File) -> File:
        """Change a file."""
        kept = file.without_first(self.n_dropped)
        values = kept.values * self.factor + self.offset * self.factor * float(np.std(kept.values))
        return replace(kept, values=values)


def perturbations(n_runs: int, n_dropped: int = 0) -> list[Perturbation]:
    """Make the runs: the first with whole files as they are, the others further and further in, in units of their own.

    Parameters
    ----------
    n_dropped : int
        Rows that every run drops.
    """
    drops = np.rint(np.linspace(0, FURTHEST, n_runs)).astype(int).tolist()
    random = np.random.default_rng(FURTHEST)
    others = [Perturbation(n_dropped + drop, *random.uniform((1, -1), (2, 1)).tolist()) for drop in drops[1:]]
    return [Perturbation(n_dropped), *others]
