"""ONNX files: reading, describing and running them."""
