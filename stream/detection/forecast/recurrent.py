"""Recurrent forecaster: one record per step, state carried along."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np

from stream.detection.arrays import N_OUTPUTS, N_PARAMETERS, N_UNITS, Float32, Int64, Records
from stream.detection.compiler.entry_point import entry_point
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
        if len(shown.rows) == len(shown.slots):
            self._advance(shown.inputs, shown.rows[None], state.h[shown.slots], state.c[shown.slots], forecasts)
            return
        longest = np.argsort(-shown.lengths, kind="stable")
        lengths, firsts = shown.lengths[longest], (np.cumsum(shown.lengths) - shown.lengths)[longest]
        h, c = state.h[shown.slots[longest]], state.c[shown.slots[longest]]
        n_done = 0
        for length in np.unique(lengths):
            n_keys = int(np.searchsorted(-lengths, -length, "right"))
            rows = shown.rows[firsts[:n_keys] + np.arange(n_done, length)[:, None]]
            n_usable, h, c = self._advance(shown.inputs, rows, h[:n_keys], c[:n_keys], forecasts)
            if n_usable < len(rows):
                return  # What follows was made of numbers that cannot be used, and is asked for again.
            n_done = int(length)

    def _advance(
        self, inputs: Float32, rows: Int64, h: Float32, c: Float32, forecasts: Records
    ) -> tuple[int, Float32, Float32]:
        """Run the model over rows of shape (records, keys); return how many records can be used, and its state."""
        given = self._run(inputs.take(rows, axis=0), h, c)
        # The sum of all squares is one pass without a temporary; it may suspect a batch for nothing.
        if any(not np.vdot(array, array) < SOUND**2 for array in given):
            given = reset_invalid(*given)
        store_answers(forecasts, rows, *(np.ascontiguousarray(array, np.float32) for array in given))
        return len(given[0]), given[1][-1], given[2][-1]


@entry_point
def store_answers(forecasts: Records, rows: Int64, parameters: Float32, h: Float32, c: Float32) -> None:
    """Store the model's answers in a batch's forecasts.

    Parameters
    ----------
    forecasts : structured array of `FORECAST`
    rows : int64, shape (records or more, keys)
        Where the answer to each record of each key belongs.
    parameters, h, c : float32, shape (records, keys, n)
        The parameters of a far forecast may be missing, and are NaN then.
    """
    n_records, n_keys, n_parameters = parameters.shape
    for record in range(n_records):
        for key in range(n_keys):
            forecast = forecasts[rows[record, key]]
            for place in range(N_OUTPUTS):
                forecast.parameters[place] = parameters[record, key, place] if place < n_parameters else np.nan
            for unit in range(N_UNITS):
                forecast.h[unit], forecast.c[unit] = h[record, key, unit], c[record, key, unit]
            forecast.is_known = True


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
