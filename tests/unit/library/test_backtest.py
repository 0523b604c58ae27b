"""`backtest` takes series as their users have them, and returns arrays and episodes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import stream
from stream import Backtest, Bundle, backtest
from stream.detection.arrays import Float64
from stream.events.episodes import SEVERITIES

N, SPIKE = 220, 150
TIMES = np.datetime64("2026-01-01", "ms") + np.arange(N) * np.timedelta64(60_000, "ms")


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return Bundle.default()


@pytest.fixture(scope="module")
def values() -> Float64:
    values = np.array(50.0 + np.arange(N) % 10, np.float64)
    values[SPIKE : SPIKE + 3] = 500.0
    return values


@pytest.fixture(scope="module")
def result(bundle: Bundle, values: Float64) -> Backtest:
    return backtest(TIMES, values, model=bundle, warmup=100)


def test_each_point_has_a_state_a_score_and_a_band(result: Backtest) -> None:
    assert result.states[:100].tolist() == ["warming"] * 100
    assert np.isnan(result.scores[:100]).all()
    assert np.isfinite(result.scores[100:]).all()
    assert (result.lower[1:] <= result.upper[1:]).all()
    assert result.is_anomalous[SPIKE]


def test_an_episode_says_where_it_begins_and_ends(result: Backtest, values: Float64) -> None:
    (episode,) = result.episodes
    assert episode.first == SPIKE
    assert str(result.timestamps[episode.first]) == f"{episode.start:%Y-%m-%dT%H:%M:%S}.000"
    assert episode.end is not None
    assert str(result.timestamps[episode.last + 1]) == f"{episode.end:%Y-%m-%dT%H:%M:%S}.000"
    assert episode.peak_score == np.nanmax(result.scores[episode.first : episode.last + 1])
    assert SEVERITIES.index(episode.severity) == max(SEVERITIES.index(each.severity) for each in episode.changes)
    assert [change.state for change in episode.changes][:: len(episode.changes) - 1] == ["open", "close"]


@pytest.mark.parametrize(
    "times",
    [
        TIMES.astype("datetime64[s]"),
        TIMES.astype("datetime64[ns]"),
        TIMES.astype(np.int64),
        TIMES.astype(np.int64).astype(np.float64),
        [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=i) for i in range(N)],
        [str(time) for time in TIMES],
        pd.DatetimeIndex(TIMES),
        pd.Series(pd.DatetimeIndex(TIMES).tz_localize("UTC").tz_convert("Europe/Berlin")),
        pl.Series(TIMES),
        pl.Series(TIMES).dt.replace_time_zone("UTC"),
    ],
    ids=["s", "ns", "int", "float", "datetimes", "texts", "pandas index", "pandas zone", "polars", "polars zone"],
)
def test_times_may_come_in_many_kinds(times: Any, bundle: Bundle, values: Float64, result: Backtest) -> None:
    found = backtest(times, values, model=bundle, warmup=100)
    assert (found.timestamps == result.timestamps).all()
    assert found.scores.tobytes() == result.scores.tobytes()


@pytest.mark.parametrize("of", [list, tuple, pd.Series, pl.Series, np.ma.MaskedArray], ids=lambda of: of.__name__)
def test_values_may_come_in_many_kinds(of: Any, bundle: Bundle, values: Float64, result: Backtest) -> None:
    given = of(values.tolist())
    assert backtest(TIMES, given, model=bundle, warmup=100).scores.tobytes() == result.scores.tobytes()


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_points_without_a_value_are_missing_and_change_no_other(
    missing: float | None, bundle: Bundle, values: Float64
) -> None:
    without = np.delete(np.arange(N), [30, 31])
    given = [value if i in without else missing for i, value in enumerate(values.tolist())]
    found = backtest(TIMES, given, model=bundle, warmup=100)
    expected = backtest(TIMES[without], values[without], model=bundle, warmup=100)
    assert found.states[[30, 31]].tolist() == ["missing", "missing"]
    assert found.scores[without].tobytes() == expected.scores.tobytes()
    assert [episode.first for episode in found.episodes] == [SPIKE]


def test_many_series_by_name_are_each_what_they_are_alone(bundle: Bundle, values: Float64, result: Backtest) -> None:
    found = backtest({"a": (TIMES, values), "b": (TIMES[:130], values[:130])}, model=bundle, warmup=100)
    assert found["a"].scores.tobytes() == result.scores.tobytes()
    assert found["b"].scores.tobytes() == result.scores[:130].tobytes()
    assert [episode.series for episode in found["a"].episodes] == ["a"]


def test_a_rule_for_a_counter_scores_its_rate(bundle: Bundle, values: Float64) -> None:
    counter = np.cumsum(values)
    rules = [{"match": "*_total", "transform": "rate"}]
    found = backtest(TIMES, counter, series="requests_total", model=bundle, warmup=100, rules=rules)
    assert found.values.tolist() == counter.tolist()
    assert found.actual[1:] == pytest.approx(values[1:] / 60)
    assert [episode.first for episode in found.episodes] == [SPIKE]
    assert "8.33333 a second, far above the" in found.episodes[0].why


def test_frames_have_one_row_a_point(result: Backtest) -> None:
    polars, pandas = result.to_polars(), result.to_pandas()
    assert polars.columns == ["timestamp", "value", "actual", "expected", "lower", "upper", "score", "state"]
    assert polars["score"].null_count() == 100
    assert polars.filter(pl.col("state") == "anomalous")["timestamp"][0] == datetime.fromisoformat(
        "2026-01-01T02:30:00"
    )
    assert pandas.index.equals(pd.DatetimeIndex(result.timestamps, name="timestamp"))
    assert pandas["score"].to_numpy().tobytes() == result.scores.tobytes()


def test_progress_ends_with_all_points(bundle: Bundle, values: Float64) -> None:
    seen: list[tuple[int, int]] = []
    backtest(TIMES, values, model=bundle, progress=lambda done, n_all: seen.append((done, n_all)))
    assert seen[-1] == (N, N)


@pytest.mark.parametrize(
    ("times", "numbers", "kind", "text"),
    [
        (
            TIMES,
            np.ones(N - 1),
            ValueError,
            rf"values: expected shape \({N},\), one for each timestamp, found \({N - 1},",
        ),
        (TIMES, ["high"] * N, TypeError, r"values: expected numbers, found an array of <U4"),
        (TIMES, [object()] * N, TypeError, r"values: expected numbers, but "),
        (TIMES, np.full(N, 1e19), ValueError, r"values\[0\]: expected at most 1e\+18 in magnitude, found 1e\+19"),
        (np.arange(N), np.ones(N), ValueError, r"timestamps\[0\]: expected a time from 1971 .* check its unit"),
        ([*TIMES.astype(str).tolist()[:-1], "now"], np.ones(N), ValueError, rf"timestamps\[{N - 1}\]: expected a date"),
        (np.append(TIMES[1:], np.datetime64("NaT")), np.ones(N), ValueError, rf"timestamps\[{N - 1}\]: .*found NaT"),
        (TIMES.reshape(2, -1), np.ones(N), ValueError, r"timestamps: expected one dimension, found .* \(2, 110\)"),
        (np.ones(N, bool), np.ones(N), TypeError, r"timestamps: expected a datetime, .*found an array of bool"),
        (TIMES, None, TypeError, r"values: expected numbers, one for each timestamp, found none"),
    ],
)
def test_what_is_no_series_is_refused_with_its_place(
    times: Any, numbers: Any, kind: type[Exception], text: str, bundle: Bundle
) -> None:
    with pytest.raises(kind, match=text):
        backtest(times, numbers, model=bundle)


def test_an_unknown_name_is_no_part_of_the_library() -> None:
    name = "Gauge"
    with pytest.raises(AttributeError, match="module 'stream' has no attribute 'Gauge'"):
        getattr(stream, name)
    assert set(stream.__all__) <= set(dir(stream))
