"""Kinds of bundle by name."""

from __future__ import annotations

from stream.model.stateful import StatefulForecast
from stream.model.windowed import WindowedForecast, WindowedReconstruction

Kind = StatefulForecast | WindowedForecast | WindowedReconstruction

KINDS: dict[str, type[Kind]] = {
    "stateful-forecast": StatefulForecast,
    "windowed-forecast": WindowedForecast,
    "windowed-reconstruction": WindowedReconstruction,
}
