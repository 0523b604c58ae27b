"""Recurrent forecaster: one record per step, state carried along."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np

from stream.detection.forecast.described import Described
from stream.detection.state.detector_state import State
from stream.detection.state.layout import N_PARAMETERS, Float32, Float64, Int64

SOUND: Final = 6e4
"""Largest magnitude of a number that a model may give: far beyond all that a sound one does."""


class RecurrentModel(Protocol):
    """One step of a recurrent model for many keys."""

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        """Take one record of every key.

        Parameters
        ----------
        inputs : float32, shape (batch, 26), C-contiguous
            As `stream.detection.scoring.features` makes them.
        h, c : float32, shape (batch, 32), C-contiguous
            The state that the last step of each key returned; zeros at first.

        Returns
        -------
        parameters : float32, shape (batch, 11)
            The forecasts of `Forecaster.outputs`.
        h, c : float32, shape (batch, 32)
            The new state. No row may depend on another row.
        """
        ...


class Recurrent:
    """Forecaster on a recurrent model, with state per key.

    A key for which a step gives no usable numbers is forecast by its last value and begins anew: NaN would otherwise
    stay in its state for good.

    Parameters
    ----------
    model : RecurrentModel
    """

    n_history = model = 0

    def __init__(self, model: RecurrentModel) -> None:
        self._step = model.step

    def outputs(self, state: State, slots: Int64, record: Described, _values: Float64) -> Float32:
        """Step the model by one record per key; see `Forecaster.outputs`."""
        h, c = state.h[slots], state.c[slots]
        given = self._step(record.inputs, h, c)
        # The sum of all squares is one pass without a temporary; it may suspect a batch for nothing, never miss one.
        suspect = any(not np.vdot(array, array) < SOUND**2 for array in given)
        parameters, state.h[slots], state.c[slots] = mended(*given) if suspect else given
        return parameters


def mended(parameters: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
    """Reset keys whose step gave invalid numbers.

    They have no memory, the last value as forecast, and no far one.

    Far forecasts alone that are NaN are left to `outlook.put`.
    """
    sound = np.ones((len(h), 1), np.bool_)
    for array in (parameters[:, :N_PARAMETERS], h, c):
        sound[:, 0] &= (np.abs(array) < SOUND).all(axis=1)
    instead = np.zeros(parameters.shape[1], np.float32)
    instead[N_PARAMETERS:] = np.nan
    return np.where(sound, parameters, instead), np.where(sound, h, 0), np.where(sound, c, 0)
