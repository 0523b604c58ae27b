"""Detectors built from model bundles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from stream.detection.detector import ForecastDetector
from stream.detection.episodes.verdict import Policy
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.forecast.windowed import WindowedForecaster
from stream.detection.forecast.windows import Scaling, fingerprint
from stream.detection.reconstruction import Autoencoder, ReconstructionDetector
from stream.errors import ModelError
from stream.model import Bundle
from stream.model.windowed import WindowedForecast, WindowedMetadata, WindowedReconstruction
from stream.settings.rules import Rule

AnyDetector = ForecastDetector | ReconstructionDetector

MAX_STATE_BYTES = 1_000_000
"""Largest state of a key: a record of the changelog, and Kafka takes no message above 1,048,588 unless told so."""


def chosen_bundle(path: Path | None) -> Bundle:
    """Load the bundle of a setting `model`; None is the shipped one.

    Raises
    ------
    ModelError
        If it cannot be read, or is none.
    """
    return Bundle.default() if path is None else Bundle.load(path)


def build_detector(bundle: Bundle, policy: Policy | None = None) -> AnyDetector:
    """Make the detector for a bundle of any kind.

    Parameters
    ----------
    policy : Policy, optional
        A windowed forecaster warms up for at least its window, at first and after a hole that is not filled.

    Raises
    ------
    ModelError
        If the state of one key would not fit a message of the changelog.
    """
    detector = _build(bundle, policy or Policy())
    n_bytes = detector.n_slots * detector.state.layout.itemsize
    if n_bytes > MAX_STATE_BYTES:
        raise ModelError(
            f"model {bundle.path}: expected at most {MAX_STATE_BYTES:,} bytes of state for a series, "
            f"found {n_bytes:,}: export it with a shorter window, or split its features over several models"
        )
    return detector


def misfit(rule: Rule, bundle: Bundle) -> str | None:
    """Describe what a rule asks that a model cannot do; None if nothing."""
    if not isinstance(bundle.metadata, WindowedReconstruction) or rule.transform in (None, "none"):
        return None
    return (
        "transform: expected none, since the model is a reconstruction model, which judges windows of values in the "
        f"unit that it was trained on; found {rule.transform!r}"
    )


def scaling_of(facts: WindowedMetadata) -> Scaling:
    """Return the scaling of a windowed bundle."""
    return Scaling(np.array(facts.offset), np.array(facts.scale))


def _build(bundle: Bundle, policy: Policy) -> AnyDetector:
    facts = bundle.metadata
    if isinstance(facts, WindowedReconstruction):
        mark = fingerprint(bundle.kind, facts.window, facts.features)
        model, scaling = bundle.window_model(), scaling_of(facts)
        return ReconstructionDetector(
            Autoencoder(model, scaling, facts.window, facts.stride, facts.cutoff, mark), policy
        )
    if isinstance(facts, WindowedForecast):
        mark = fingerprint(bundle.kind, facts.window, facts.features)
        model, scaling = bundle.window_model(), scaling_of(facts)
        forecaster = WindowedForecaster(model, scaling, np.array(facts.spread), facts.window, mark)
        longer = replace(
            policy,
            warmup=np.maximum(policy.warmup, facts.window),
            slow_warmup=np.maximum(policy.slow_warmup, facts.window),
            rewarm=max(policy.rewarm, facts.window),
        )
        return ForecastDetector(forecaster, longer, len(facts.features))
    return ForecastDetector(RecurrentForecaster(bundle.forecaster()), policy)
