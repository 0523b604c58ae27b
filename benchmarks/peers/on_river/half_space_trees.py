"""The model of the three peers with river: half-space trees for each series, scaled as river's documentation says."""

from __future__ import annotations

from river import anomaly, compose, preprocessing


class Models:
    """A model for each series, in the memory of the process: a restart loses them."""

    def __init__(self) -> None:
        self._models: dict[str, compose.Pipeline] = {}

    def score(self, series: str, value: float) -> float:
        """Score a value, and learn it."""
        model = self._models.get(series)
        if model is None:
            model = self._models[series] = new_model()
        return score_and_learn(model, value)


def new_model() -> compose.Pipeline:
    """Make the model of a new series."""
    return compose.Pipeline(preprocessing.MinMaxScaler(), anomaly.HalfSpaceTrees(seed=42))


def score_and_learn(model: compose.Pipeline, value: float) -> float:
    """Score a value by what came before it, and learn it."""
    features = {"value": value}
    score = model.score_one(features)
    model.learn_one(features)
    return float(score)
