"""A fit starts from the model that ships: same weights, same outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stream.detection.arrays import N_INPUTS
from stream.errors import TrainingError
from stream.model import Bundle
from training.fit.comparison.shipped import start_from
from training.network.bundling import export
from training.network.network import Network

N_ROWS = 1_000


def test_the_start_gives_the_shipped_models_outputs() -> None:
    rng, shipped, network = np.random.default_rng(0), Bundle.default(), Network(seed=5)
    start_from(shipped, network)
    inputs = rng.normal(0, 2, (N_ROWS, N_INPUTS)).astype(np.float32)
    h, c = rng.uniform(-1, 1, (2, N_ROWS, 32)).astype(np.float32)
    pairs = zip(network.step(inputs, h, c), shipped.forecaster().step(inputs, h, c), strict=True)
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_a_graph_without_the_networks_weights_is_refused(tmp_path: Path) -> None:
    shipped, network = Bundle.default(), Network(seed=5)
    graph = export(network).replace(b"LSTM", b"GRUU")
    other = Bundle(tmp_path, graph, *(getattr(shipped, name) for name in list(Bundle.__slots__)[2:]))
    with pytest.raises(TrainingError, match="expected an LSTM and a dense layer"):
        start_from(other, network)
