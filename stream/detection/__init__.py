"""The detector: how new is what a series does? numpy and compiled Python, no clock, no model of its own.

No I/O beside that of `stream.detection.compiled`, which keeps machine code in a folder of the user's cache.
"""

from stream.detection.detector import Detector
from stream.detection.forecast import Forecaster
from stream.detection.model_inputs import ModelInputs, model_inputs
from stream.detection.record import N_INPUTS, N_OUTPUTS, N_PARAMETERS, N_UNITS, RECORD, STATISTICS
from stream.detection.recurrent import Recurrent
from stream.detection.scores import Scores
from stream.detection.state import State

__all__ = [
    "N_INPUTS",
    "N_OUTPUTS",
    "N_PARAMETERS",
    "N_UNITS",
    "RECORD",
    "STATISTICS",
    "Detector",
    "Forecaster",
    "ModelInputs",
    "Recurrent",
    "Scores",
    "State",
    "model_inputs",
]
