"""The forecaster of the worker: an LSTM over the records of a batch of keys, run by ONNX Runtime."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.model.onnx.sequence import over_time
from stream.model.onnx.session import open_session
from stream.model.stateful import N_OUTPUTS

Float32 = NDArray[np.float32]
OUTPUTS = ["parameters", "h_next", "c_next"]


class OnnxForecaster:
    """A `stateful-forecast` model that is ready to run.

    Parameters
    ----------
    model : bytes
        The step, as a bundle holds it. One thread keeps a key's result independent of its batch.

    Raises
    ------
    ModelError
        If ONNX Runtime refuses the graph.
    """

    def __init__(self, model: bytes) -> None:
        self._session = open_session(over_time(model, "inputs", {"h": "h_next", "c": "c_next"}, "parameters"))

    def run(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        """Forecast the next record after each of some records of each key.

        Parameters
        ----------
        inputs : float32, shape (records, batch, 26), C-contiguous
        h, c : float32, shape (batch, 32), C-contiguous
            The state that each key carries; zeros for a new key.

        Returns
        -------
        parameters : float32, shape (records, batch, 11)
            Three logits, three centres, three log scales of a mixture of logistics for the next record; centre and log
            width of one logistic for a far one.
        h, c : float32, shape (records, batch, 32)
            The state after each record, in new arrays. No number depends on other keys, or on how the records of a key
            are cut into calls.
        """
        if inputs.size == 0:  # ONNX Runtime 1.32 ends the process when an LSTM gets an empty batch
            widths = (N_OUTPUTS, h.shape[1], c.shape[1])
            parameters, h_next, c_next = (np.empty((*inputs.shape[:2], width), np.float32) for width in widths)
        else:
            parameters, h_next, c_next = self._session.run(OUTPUTS, {"inputs": inputs, "h": h, "c": c})
        return parameters, h_next, c_next

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        """Forecast after one record of each key: as `run`, without its first axis."""
        parameters, h_next, c_next = self.run(inputs[None], h, c)
        return parameters[0], h_next[0], c_next[0]
