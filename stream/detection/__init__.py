"""Anomaly detection on many series, in compiled Python.

No I/O beside that of `stream.detection.compiler`, which keeps machine code in a folder of the user's cache, and finds
it when the first function is called.
"""
