"""Evaluation: how good the detector is, on benchmarks that nothing was trained on; without TensorFlow."""
