"""Results of the library: scores, changes, whole series."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import Bool, Float64
from stream.events.episodes import Direction, EpisodeState, Severity, UpdateReason

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

PointState: TypeAlias = Literal[
    "warming", "normal", "anomalous", "filling", "reset", "maintenance", "suppressed", "duplicate", "late", "missing"
]
"""What became of a point. `warming`: too few points so far; `filling`: it ends no window of a model of windows;
`reset`: a counter began anew; `maintenance`: in a maintenance window; `suppressed`: its alarm was suppressed by a
rule; `duplicate`, `late`: its time had been seen or had passed; `missing`: it has no value."""

STATES: Final = get_args(PointState)
"""By `Outcome`; the last, `missing`, is of points that were not handed to the detector."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_datetime(timestamp_ms: int) -> datetime:
    """Convert ms since the epoch to a UTC datetime."""
    return _EPOCH + timedelta(milliseconds=timestamp_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeChange:
    """A change of an episode, as a worker's event.

    Attributes
    ----------
    episode : str
        Id, the same in all changes of an episode.
    series : str
    feature : str or None
        The one it is about, of a model with several.
    state : "open", "update" or "close"
    reason : "worse", "again", "lasting" or None
        Of an update.
    why : str
        What is unusual, in one line.
    start, timestamp : datetime
        Event time at which the episode opened, and of the point that changed it; in UTC.
    end : datetime or None
        Of a closed one: event time of the first point that was back inside for good.
    actual, expected, lower, upper : float
        The value that was scored, the forecast made before it came, and its band; NaN where there is none.
    score, peak_score : float
        Of this point, and the highest so far; 1.0 is the threshold.
    severity : "minor", "major" or "critical"
    direction : "above" or "below"
    """

    episode: str
    series: str
    feature: str | None
    state: EpisodeState
    reason: UpdateReason | None
    why: str
    start: datetime
    timestamp: datetime
    end: datetime | None
    actual: float
    expected: float
    lower: float
    upper: float
    score: float
    peak_score: float
    severity: Severity
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The score of one point.

    Attributes
    ----------
    state : str
        What became of the point: `normal` and `anomalous` were scored; see `PointState` for the others.
    score : float
        1.0 is the threshold; NaN where the point was not scored.
    actual, expected, lower, upper : float
        What was scored (the value, or its rate), the forecast made before it came, and its band; NaN without one.
    feature : str or None
        The one with the highest score, of a model with several.
    changes : tuple of EpisodeChange
        Of the episodes that this point opened, updated or closed: at most one for each feature.
    """

    state: PointState
    score: float
    actual: float
    expected: float
    lower: float
    upper: float
    feature: str | None = None
    changes: tuple[EpisodeChange, ...] = ()

    @property
    def is_anomalous(self) -> bool:
        """Whether the point is anomalous, or in an active episode."""
        return self.state == "anomalous"

    @property
    def episode(self) -> EpisodeChange | None:
        """The first change of an episode, None without one."""
        return self.changes[0] if self.changes else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An episode: from its first alarm until it recovered.

    Attributes
    ----------
    id : str
    series : str
    feature : str or None
    start : datetime
    end : datetime or None
        None if it was still open at the last point.
    first, last : int
        Index of the point that opened it, and of the last one before its end.
    peak_score : float
    severity : "minor", "major" or "critical"
    direction : "above" or "below"
    why : str
        Of the change with the highest score, without reminders and closes.
    changes : tuple of EpisodeChange
    """

    id: str
    series: str
    feature: str | None
    start: datetime
    end: datetime | None
    first: int
    last: int
    peak_score: float
    severity: Severity
    direction: Direction
    why: str
    changes: tuple[EpisodeChange, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """A whole series, scored as a worker would.

    The arrays have shape (points,), or (points, features) where several features are scored one by one.

    Attributes
    ----------
    series : str
    features : tuple of str
        Of the model, in the order of the second axis.
    timestamps : datetime64[ms], shape (points,)
        In UTC.
    values : float64
        As given.
    actual : float64
        What was scored: the values, or their rates where a rule asks for `rate`; NaN where there is none.
    expected, lower, upper : float64
        The forecast made before each point came, and its band; NaN without one.
    scores : float64
        1.0 is the threshold; NaN where a point was not scored.
    states : str
        A `PointState` each.
    episodes : tuple of EpisodeEvent
        In the order in which they opened.
    """

    series: str
    features: tuple[str, ...]
    timestamps: NDArray[np.datetime64]
    values: Float64
    actual: Float64
    expected: Float64
    lower: Float64
    upper: Float64
    scores: Float64
    states: NDArray[np.str_]
    episodes: tuple[Episode, ...] = field(repr=False)

    @property
    def is_anomalous(self) -> Bool:
        """Mark the anomalous points; the shape of `scores`."""
        marked: Bool = self.states == "anomalous"
        return marked

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays as table columns."""
        n_features = self.scores.shape[1] if self.scores.ndim > 1 else 1
        table: dict[str, NDArray[np.generic]] = {"timestamp": np.repeat(self.timestamps, n_features)}
        if n_features > 1:
            table["feature"] = np.tile(np.array(self.features), len(self.timestamps))
        values = self.values if self.values.ndim == self.scores.ndim else self.actual
        named = {"value": values, "actual": self.actual, "expected": self.expected, "lower": self.lower,
                 "upper": self.upper, "score": self.scores, "state": self.states}  # fmt: skip
        return table | {name: column.ravel() for name, column in named.items()}

    def to_polars(self) -> pl.DataFrame:
        """Return a polars DataFrame; NaN becomes null.

        Raises
        ------
        ImportError
            If polars is not installed.
        """
        _require("polars")
        polars = import_module("polars")
        frame: pl.DataFrame = polars.DataFrame(self.columns(), nan_to_null=True)
        return frame

    def to_pandas(self) -> pd.DataFrame:
        """Return a pandas DataFrame indexed by timestamp.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        _require("pandas")
        pandas = import_module("pandas")
        frame: pd.DataFrame = pandas.DataFrame(self.columns()).set_index("timestamp")
        return frame


def _require(package: str) -> None:
    if find_spec(package) is None:
        raise ImportError(f"to_{package}() needs {package}, which is not installed: pip install {package}")
