"""Gauges made of bundles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stream.detection.detector import ForecastDetector
from stream.detection.episodes.verdict import Outcome, Policy
from stream.detection.reconstruction import ReconstructionDetector
from stream.detectors import build_detector
from stream.errors import ModelError
from stream.model import Bundle
from tests.unit.model.window_graphs import FORECAST, RECONSTRUCTION, WINDOW, sealed, window_model, windows

STEP_MS = 60_000


def bundle(content: bytes) -> Bundle:
    return Bundle.from_bytes(content, Path("model.onnx"))


def test_each_kind_has_its_gauge() -> None:
    assert isinstance(build_detector(Bundle.default()), ForecastDetector)
    assert isinstance(build_detector(bundle(sealed(window_model(n_steps=1), FORECAST))), ForecastDetector)
    assert isinstance(build_detector(bundle(sealed(window_model(), RECONSTRUCTION))), ReconstructionDetector)


def test_a_windowed_forecaster_warms_up_for_its_window_at_first_and_after_a_hole() -> None:
    detector = build_detector(bundle(sealed(window_model(n_steps=1), FORECAST)), Policy(warmup=3, rewarm=2))
    at = np.concatenate([np.arange(100), np.arange(120, 160)])
    values = np.random.default_rng(0).uniform(0, 1, (len(at), 2)) * [1, 50] + [0, 100]
    outcome = detector.score(np.zeros(len(at), np.int64), 10**12 + STEP_MS * at, values).outcome.reshape(-1, 2)
    warming = (outcome == Outcome.WARMING).all(axis=1)
    assert np.flatnonzero(warming).tolist() == [*range(WINDOW), *range(100, 100 + WINDOW)]


def test_a_model_whose_state_would_not_fit_the_changelog_is_refused() -> None:
    n_features = 32
    names = tuple(f"feature-{n}" for n in range(n_features))
    facts = RECONSTRUCTION | {
        "features": names,
        "window": 4000,
        "offset": [0.0] * n_features,
        "scale": [1.0] * n_features,
    }
    model = window_model(4000, 4000, n_features)
    made = bundle(sealed(model, facts, windows(1, 4000, n_features)))
    with pytest.raises(ModelError, match="bytes of state for a series, found 1,0"):
        build_detector(made)
