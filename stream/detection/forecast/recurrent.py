"""Recurrent forecaster: one record per step, state carried along."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np

from stream.detection.arrays import N_INPUTS, N_OUTPUTS, N_PARAMETERS, N_UNITS, Float32, Int64, Records
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
        n_keys = len(shown.slots)
        if len(shown.rows) == n_keys:
            inputs, (h, c) = np.empty((1, n_keys, N_INPUTS), np.float32), np.empty((2, n_keys, N_UNITS), np.float32)
            gather(state.records, shown.slots, shown.rows, shown.inputs, inputs, h, c)
            self._advance(inputs, shown.rows[None], h, c, forecasts)
            return
        longest = np.argsort(-shown.lengths, kind="stable")
        lengths, firsts = shown.lengths[longest], (np.cumsum(shown.lengths) - shown.lengths)[longest]
        h, c = state.h[shown.slots[longest]], state.c[shown.slots[longest]]
        n_done = 0
        for length in np.unique(lengths):
            n_keys = int(np.searchsorted(-lengths, -length, "right"))
            rows = shown.rows[firsts[:n_keys] + np.arange(n_done, length)[:, None]]
            inputs = shown.inputs.take(rows, axis=0)
            n_usable, h, c = self._advance(inputs, rows, h[:n_keys], c[:n_keys], forecasts)
            if n_usable < len(rows):
                return  # What follows was made of numbers that cannot be used, and is asked for again.
            n_done = int(length)

    def _advance(
        self, inputs: Float32, rows: Int64, h: Float32, c: Float32, forecasts: Records
    ) -> tuple[int, Float32, Float32]:
        """Run the model; return how many records can be used, and its state.

        Parameters
        ----------
        inputs : float32, shape (records, keys, 26)
        rows : int64, shape (records, keys)
            Where they stand in the batch.
        """
        parameters, h, c = (np.ascontiguousarray(array, np.float32) for array in self._run(inputs, h, c))
        if store_answers(forecasts, rows, parameters, h, c):
            parameters, h, c = reset_invalid(parameters, h, c)
            store_answers(forecasts, rows, parameters, h, c)
            forecasts["is_known"][rows[len(parameters) :]] = False
        return len(parameters), h[-1], c[-1]


@entry_point
def gather(keys: Records, slots: Int64, rows: Int64, batch: Float32, inputs: Float32, h: Float32, c: Float32) -> None:
    """Gather what the model is shown of one record of each key.

    Parameters
    ----------
    keys : structured array of `RECORD`, shape (capacity,)
    slots, rows : int64, shape (keys,)
    batch : float32, shape (points, 26)
    inputs : float32, shape (1, keys, 26)
        Set to the inputs.
    h, c : float32, shape (keys, 32)
        Set to the state.
    """
    for place in range(len(slots)):
        key = keys[slots[place]]
        for at in range(N_INPUTS):
            inputs[0, place, at] = batch[rows[place], at]
        for unit in range(N_UNITS):
            h[place, unit], c[place, unit] = key.h[unit], key.c[unit]


@entry_point
def store_answers(forecasts: Records, rows: Int64, parameters: Float32, h: Float32, c: Float32) -> int:
    """Store the model's answers in a batch's forecasts; count the invalid ones.

    Parameters
    ----------
    forecasts : structured array of `FORECAST`
    rows : int64, shape (records or more, keys)
        Where the answer to each record of each key belongs.
    parameters, h, c : float32, shape (records, keys, n)
        The parameters of a far forecast may be missing, and are NaN then.
    """
    n_records, n_keys, n_parameters = parameters.shape
    n_invalid = 0
    for record in range(n_records):
        for key in range(n_keys):
            forecast, is_sound = forecasts[rows[record, key]], True
            for place in range(N_OUTPUTS):
                forecast.parameters[place] = parameters[record, key, place] if place < n_parameters else np.nan
                is_sound &= place >= N_PARAMETERS or abs(forecast.parameters[place]) < SOUND
            for unit in range(N_UNITS):
                forecast.h[unit], forecast.c[unit] = h[record, key, unit], c[record, key, unit]
                is_sound &= abs(forecast.h[unit]) < SOUND and abs(forecast.c[unit]) < SOUND
            forecast.is_known = True
            n_invalid += 0 if is_sound else 1
    return n_invalid


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
