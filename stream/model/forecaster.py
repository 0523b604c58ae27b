"""Forecaster of the worker: batched LSTM steps on ONNX Runtime."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.model.onnx.session import Session
from stream.model.stateful import N_OUTPUTS

Float32 = NDArray[np.float32]
OUTPUTS = ["parameters", "h_next", "c_next"]


class OnnxForecaster:
    """A `stateful-forecast` model that is ready to step.

    Parameters
    ----------
    session : Session
        Made by `stream.model.onnx.session.open_session`, whose one thread keeps a key's result independent of its
        batch.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        """Forecast the next record of each key.

        Parameters
        ----------
        inputs : float32, shape (batch, 26), C-contiguous
        h, c : float32, shape (batch, 32), C-contiguous
            The state that each key carries; zeros for a new key.

        Returns
        -------
        parameters : float32, shape (batch, 11)
            Three logits, three centres, three log scales of a mixture of logistics for the next record; centre and log
            width of one logistic for a far one.
        h, c : float32, shape (batch, 32)
            The state to carry on, in new arrays.
        """
        if len(inputs) == 0:  # ONNX Runtime 1.32 ends the process when an LSTM gets an empty batch
            return np.empty((0, N_OUTPUTS), np.float32), h.copy(), c.copy()
        parameters, h_next, c_next = self._session.run(OUTPUTS, {"inputs": inputs, "h": h, "c": c})
        return parameters, h_next, c_next
