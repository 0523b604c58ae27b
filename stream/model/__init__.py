"""Model bundle: one ONNX file with its metadata."""

from stream.model.bundle import Bundle
from stream.model.checks.checklist import CHECKS, RefusedError
from stream.model.forecaster import OnnxForecaster
from stream.model.metadata import digest
from stream.model.onnx.graph import Description, describe
from stream.model.sealing import seal, seal_windowed
from stream.model.stateful import Golden, StatefulForecast
from stream.model.window_model import OnnxWindowModel
from stream.model.windowed import WindowedForecast, WindowedMetadata, WindowedReconstruction

__all__ = [
    "CHECKS",
    "Bundle",
    "Description",
    "Golden",
    "OnnxForecaster",
    "OnnxWindowModel",
    "RefusedError",
    "StatefulForecast",
    "WindowedForecast",
    "WindowedMetadata",
    "WindowedReconstruction",
    "describe",
    "digest",
    "seal",
    "seal_windowed",
]
