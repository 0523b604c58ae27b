"""Offline: synthetic series, the Keras model, its export to ONNX. The only importer of TensorFlow."""
