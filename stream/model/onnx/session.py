"""ONNX Runtime session: CPU, one thread, no telemetry."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stream.errors import ModelError

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read once, when onnxruntime is loaded

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as native

Float32 = NDArray[np.float32]

# ONNX Runtime's exceptions have no base of their own.
REFUSALS = (
    native.Fail,
    native.InvalidArgument,
    native.InvalidGraph,
    native.InvalidProtobuf,
    native.NotImplemented,
    native.RuntimeException,
)


class Session(Protocol):
    """The one method of `onnxruntime.InferenceSession` that is used."""

    def run(self, output_names: list[str], input_feed: Mapping[str, Float32]) -> list[Float32]:
        """Run the graph once; outputs in the order asked."""
        ...


def open_session(model: bytes) -> Session:
    """Create a session with batch-independent bits.

    One intra-op thread, one inter-op thread, operators in sequence, CPU provider only: with these the LSTM step was
    bit-identical for batches of 1 to 1,024 in any order (onnxruntime 1.32, x86-64), and two threads were slower at
    every size.

    Parameters
    ----------
    model : bytes
        A serialised ONNX model without external data.

    Raises
    ------
    ModelError
        If ONNX Runtime refuses the graph; the text carries its reason.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4  # its errors are raised as well, and then logged once
    options.add_session_config_entry("session.load_model_format", "ONNX")
    try:
        session: Session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except REFUSALS as error:
        raise ModelError(f"ONNX Runtime {onnxruntime.__version__} cannot use the graph: {_reason(error)}") from error
    return session


def run(session: Session, outputs: list[str], inputs: Mapping[str, Float32]) -> dict[str, Float32]:
    """Run a session and return its outputs by name.

    Raises
    ------
    ModelError
        If ONNX Runtime fails while it runs.
    """
    try:
        values = session.run(outputs, inputs)
    except REFUSALS as error:
        raise ModelError(f"ONNX Runtime {onnxruntime.__version__} cannot run the graph: {_reason(error)}") from error
    return dict(zip(outputs, values, strict=True))


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())
