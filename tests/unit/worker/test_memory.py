"""Memory that is provided before it is written to."""

from __future__ import annotations

import resource

import numpy as np

from stream.worker.observability.memory import populate_ahead

N_BYTES, PAGE = 16 << 20, 4096


def n_faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def test_pages_that_were_populated_ahead_are_there_when_they_are_written_to() -> None:
    array = np.zeros(N_BYTES, np.uint8)
    array[:PAGE] = 7
    populate_ahead([array, array[:1]]).result()
    before = n_faults()
    array[PAGE::PAGE] = 1
    assert n_faults() - before < 4
    assert array[:PAGE].tolist() == [7] * PAGE
