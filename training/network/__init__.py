"""The Keras network: layers, loss, export to ONNX."""
