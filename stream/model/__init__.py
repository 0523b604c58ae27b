"""The model bundle: one ONNX file that carries its own metadata; sealing, loading, checking, running."""

from stream.model.bundle import CHECKS, Bundle, RefusedError
from stream.model.forecaster import OnnxForecaster
from stream.model.graph import Description, describe
from stream.model.kinds import Golden
from stream.model.metadata import digest
from stream.model.sealing import seal

__all__ = ["CHECKS", "Bundle", "Description", "Golden", "OnnxForecaster", "RefusedError", "describe", "digest", "seal"]
