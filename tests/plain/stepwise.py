"""A recurrent model that is written for one record of every key."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from stream.detection.arrays import Float32


class Stepwise:
    """Runs over several records a step at a time; a model says what a step is."""

    @abstractmethod
    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        """Take one record of every key: inputs (keys, 26), h and c (keys, 32); parameters and the next h and c."""

    def run(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        """Take some records of every key; see `stream.detection.forecast.recurrent.RecurrentModel`."""
        steps = []
        for record in inputs:
            parameters, h, c = self.step(record, h, c)
            steps.append((parameters, h, c))
        given = [np.array(each, np.float32) for each in zip(*steps, strict=True)]
        return given[0], given[1], given[2]
