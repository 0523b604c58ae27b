"""Peer: the same agent and table, the same network run by ONNX Runtime."""

from __future__ import annotations

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from benchmarks.peers.on_faust.windows import score_windows
from benchmarks.peers.stopwatch import Task


def main(task: Task) -> None:
    """Score a topic by the network in ONNX Runtime, on one thread: more of them cost CPU and save no time."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(task.model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def forecast(window: NDArray[np.float32]) -> float:
        return float(session.run(None, {name: window})[0][0, 0])

    score_windows(task, forecast)


if __name__ == "__main__":
    main(Task.parse())
