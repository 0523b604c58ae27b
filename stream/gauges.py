"""Gauges: what judges points, made of the model in a bundle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stream.detection import Recurrent
from stream.detection.gauge import Gauge
from stream.detection.reconstruction import Autoencoder, ReconstructionGauge
from stream.detection.verdict import Policy
from stream.detection.windowed import Windowed
from stream.detection.windows import Scaling
from stream.model import Bundle
from stream.model.windowed import WindowedForecast, WindowedReconstruction

AnyGauge = Gauge | ReconstructionGauge


def make_gauge(bundle: Bundle, policy: Policy | None = None) -> AnyGauge:
    """Make the gauge for a bundle of any kind.

    Parameters
    ----------
    bundle : Bundle
    policy : Policy, optional
        A windowed forecaster warms up for at least its window.
    """
    facts, policy = bundle.metadata, policy or Policy()
    if isinstance(facts, WindowedReconstruction):
        scaling = Scaling(np.array(facts.offset), np.array(facts.scale))
        autoencoder = Autoencoder(bundle.window_model(), scaling, facts.window, facts.stride, facts.cutoff)
        return ReconstructionGauge(autoencoder, policy)
    if isinstance(facts, WindowedForecast):
        scaling = Scaling(np.array(facts.offset), np.array(facts.scale))
        forecaster = Windowed(bundle.window_model(), scaling, np.array(facts.spread), facts.window)
        return Gauge(forecaster, replace(policy, warmup=max(policy.warmup, facts.window)), len(facts.features))
    return Gauge(Recurrent(bundle.forecaster()), policy)
