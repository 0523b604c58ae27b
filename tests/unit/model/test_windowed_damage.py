"""A windowed bundle that lost its end or had any one bit turned over is refused, wherever the damage lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stream.model import Bundle, RefusedError
from tests.unit.model.graphs import flipped
from tests.unit.model.window_graphs import forecast_bundle, reconstruction_bundle

N_FLIPS = 600
BUNDLES = {"forecast": forecast_bundle(), "reconstruction": reconstruction_bundle()}


def refuse(content: bytes) -> None:
    with pytest.raises(RefusedError):
        Bundle.from_bytes(content, Path("damaged"))


@pytest.mark.parametrize("kind", BUNDLES)
def test_a_flipped_bit_is_refused(kind: str) -> None:
    bundle = BUNDLES[kind]
    for bit in np.random.default_rng(12).permutation(len(bundle) * 8)[:N_FLIPS]:
        refuse(flipped(bundle, int(bit)))


@pytest.mark.parametrize("kind", BUNDLES)
def test_a_file_that_ends_early_is_refused(kind: str) -> None:
    bundle = BUNDLES[kind]
    for n_bytes in np.linspace(0, len(bundle) - 1, 60, dtype=int):
        refuse(bundle[:n_bytes])
