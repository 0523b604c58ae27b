"""Peer: a Faust agent with a table and Keras `predict` per event, as tutorials write it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.on_faust.network import build
from benchmarks.peers.on_faust.windows import score_windows
from benchmarks.peers.stopwatch import Task


def main(task: Task) -> None:
    """Score a topic by the network in Keras."""
    network = build()

    def forecast(window: NDArray[np.float32]) -> float:
        return float(network.predict(window, verbose=0)[0, 0])

    score_windows(task, forecast)


if __name__ == "__main__":
    main(Task.parse())
