"""Windowed model of the worker, on ONNX Runtime."""

from __future__ import annotations

import numpy as np

from stream.model.document import Float32
from stream.model.onnx.session import REFUSALS, Session
from stream.model.windowed import WindowedMetadata


class OnnxWindowModel:
    """A windowed model that is ready to predict.

    Parameters
    ----------
    session : Session
        Made by `stream.model.onnx.session.open_session`.
    n_together : int
        Most windows in one run of the graph, found by `stream.model.checks.checklist.largest_batch`.
    """

    def __init__(self, session: Session, metadata: WindowedMetadata, n_together: int) -> None:
        self._session = session
        self._input = metadata.input
        self._outputs = [metadata.output]
        self._n_features = len(metadata.features)
        self.n_steps = metadata.n_steps
        self.n_together = n_together

    def predict(self, windows: Float32) -> Float32:
        """Forecast or reconstruct windows.

        Parameters
        ----------
        windows : float32, shape (batch, window, features), C-contiguous
            Scaled. A batch of any size; it is run in parts of at most `n_together`.

        Returns
        -------
        float32, shape (batch, n_steps, features)
            Scaled too, a new array; NaN where the graph fails on a window, as a lookup out of its table does. No row
            depends on another row, to the bit.
        """
        predicted = np.empty((len(windows), self.n_steps, self._n_features), np.float32)
        for start in range(0, len(windows), self.n_together):
            part = slice(start, start + self.n_together)
            predicted[part] = self._run(windows[part])
        return predicted

    def _run(self, windows: Float32) -> Float32:
        """Run the graph; replace invalid rows by NaN."""
        try:
            (predicted,) = self._session.run(self._outputs, {self._input: windows})
        except REFUSALS:
            if len(windows) == 1:
                return np.full((1, self.n_steps, self._n_features), np.nan, np.float32)
            return np.concatenate([self._run(window[None]) for window in windows])
        return predicted
