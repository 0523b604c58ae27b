"""Anomaly detection on many series: numpy and compiled Python, no clock, no model of its own.

No I/O beside that of `stream.detection.compiler`, which keeps machine code in a folder of the user's cache.
"""
