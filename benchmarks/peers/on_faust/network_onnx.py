"""Write the network as an ONNX model, in a process that ends before anything is measured."""

from __future__ import annotations

import sys
from pathlib import Path

import tensorflow as tf
import tf2onnx

from benchmarks.peers.on_faust.network import build
from benchmarks.peers.on_faust.windows import WINDOW

OPSET = 17


def export(path: Path) -> None:
    """Write it to a file."""
    signature = [tf.TensorSpec((None, WINDOW, 1), tf.float32, "window")]
    traced = tf.function(build(), autograph=False)
    model, _ = tf2onnx.convert.from_function(traced, input_signature=signature, opset=OPSET)
    path.write_bytes(model.SerializeToString())


if __name__ == "__main__":
    export(Path(sys.argv[1]))
