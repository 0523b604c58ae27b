"""The recurrent forecaster: a model that is shown one record at a time and carries what it remembers."""

from __future__ import annotations

from typing import Protocol

from stream.detection.described import Described
from stream.detection.record import Float32, Float64, Int64
from stream.detection.state import State


class RecurrentModel(Protocol):
    """One step of a recurrent model for many keys at once."""

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        """Take one record of every key.

        Parameters
        ----------
        inputs : float32, shape (batch, 26), C-contiguous
            As `stream.detection.inputs` makes them.
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
    """A forecaster that steps a recurrent model, whose memory lies in the state.

    Parameters
    ----------
    model : RecurrentModel
    """

    n_history = model = 0

    def __init__(self, model: RecurrentModel) -> None:
        self._step = model.step

    def outputs(self, state: State, slots: Int64, record: Described, _values: Float64) -> Float32:
        """Step the model with one record of every key; see `Forecaster.outputs`."""
        h, c = state.h.take(slots, axis=0), state.c.take(slots, axis=0)
        parameters, state.h[slots], state.c[slots] = self._step(record.inputs, h, c)
        return parameters
