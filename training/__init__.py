"""Offline: synthetic series, the Keras model, its export to ONNX. The only importer of TensorFlow."""

import os

# TensorFlow reads this when it is first imported: without it a page of notes on GPUs hides the progress.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
