"""Recurrent forecaster: one record per step, state carried along."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np

from stream.detection.arrays import N_PARAMETERS, Float32, Int64, Records
from stream.detection.forecast.shown import Shown
from stream.detection.state.detector_state import DetectorState

SOUND: Final = 6e4
"""Largest magnitude of a number that a model may give: far beyond all that a sound one does."""


class RecurrentModel(Protocol):
    """A recurrent model that takes consecutive records of many keys at once."""

    def run(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        """Take some records of every key.

        Parameters
        ----------
        inputs : float32, shape (records, keys, 26), C-contiguous
            As `stream.detection.scoring.features` makes them.
        h, c : float32, shape (keys, 32), C-contiguous
            The state after the record before; zeros at first.

        Returns
        -------
        parameters : float32, shape (records, keys, 9) or (records, keys, 11)
            The forecasts of `Forecaster.forecast`, without or with the far one.
        h, c : float32, shape (records, keys, 32)
            The state after each record. Nothing may depend on other keys, or on how the records of a key are cut into
            calls.
        """
        ...


class RecurrentForecaster:
    """A forecaster that runs a recurrent model, whose memory lies in the state.

    A key for which a step gives no usable numbers is forecast by its last value and begins anew: NaN would otherwise
    stay in its state for good.

    Parameters
    ----------
    model : RecurrentModel
    """

    n_history = model = 0
    looks_ahead = True

    def __init__(self, model: RecurrentModel) -> None:
        self._run = model.run

    def forecast(self, state: DetectorState, shown: Shown, forecasts: Records) -> None:
        """Run the model over the records; see `Forecaster.forecast`.

        The keys with the most records come first, so that those which have more than n are the first so many.
        """
        longest = np.argsort(-shown.lengths, kind="stable")
        lengths, firsts = shown.lengths[longest], (np.cumsum(shown.lengths) - shown.lengths)[longest]
        h, c = state.h[shown.slots[longest]], state.c[shown.slots[longest]]
        n_done = 0
        for length in np.unique(lengths):
            n_keys = int(np.searchsorted(-lengths, -length, "right"))
            rows = shown.rows[firsts[:n_keys] + np.arange(n_done, length)[:, None]]
            given = self._run(shown.inputs[rows], h[:n_keys], c[:n_keys])
            # The sum of all squares is one pass without a temporary; it may suspect a batch for nothing.
            if any(not np.vdot(array, array) < SOUND**2 for array in given):
                given = reset_invalid(*given)
            n_usable = len(given[0])
            _keep(forecasts, rows[:n_usable], *given)
            if n_usable < len(rows):
                return  # What follows was made of numbers that cannot be used, and is asked for again.
            h, c, n_done = given[1][-1], given[2][-1], int(length)


def _keep(forecasts: Records, rows: Int64, parameters: Float32, h: Float32, c: Float32) -> None:
    n_parameters = parameters.shape[-1]
    forecasts["parameters"][rows, :n_parameters] = parameters
    forecasts["parameters"][rows, n_parameters:] = np.nan
    forecasts["h"][rows], forecasts["c"][rows], forecasts["is_known"][rows] = h, c, True


def reset_invalid(parameters: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
    """Reset keys whose step gave invalid numbers.

    They have no memory, the last value as forecast, and no far one.

    What comes after the first such record of any key is left out. Far forecasts alone that are NaN are left to
    `horizon.push`.

    Parameters
    ----------
    parameters, h, c : float32, shape (records, keys, n)

    Returns
    -------
    parameters, h, c : float32, shape (records up to there, keys, n)
    """
    sound = np.ones(h.shape[:2], np.bool_)
    for array in (parameters[..., :N_PARAMETERS], h, c):
        sound &= (np.abs(array) < SOUND).all(axis=2)
    n_usable = int(np.argmin(np.append(sound.all(axis=1), False))) + 1
    usable, at = slice(0, n_usable), sound[:n_usable, :, None]
    instead = np.zeros(parameters.shape[-1], np.float32)
    instead[N_PARAMETERS:] = np.nan
    return (
        np.where(at, parameters[usable], instead),
        np.where(at, h[usable], np.float32(0)),
        np.where(at, c[usable], np.float32(0)),
    )
