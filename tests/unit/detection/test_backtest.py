"""Stored series are scored side by side as each would be alone, however they are cut into chunks."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.backtest import ScoredSeries, Series, backtest, replay
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.transition import Change
from stream.detection.episodes.verdict import Policy
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.policy.policy import Direction, SeriesPolicy
from tests.unit.detection.streams import Echo

MINUTE_MS = 60_000
COLUMNS = ("point", "outcome", "score", "actual", "expected", "lower", "upper")


def detector(n_features: int = 1) -> ForecastDetector:
    return ForecastDetector(RecurrentForecaster(Echo()), Policy(warmup=100, bands=True), n_features)


def series(n_points: int, spike: int | None = None, seed: int = 0) -> Series:
    values = np.array(50.0 + (np.arange(n_points) + seed) % 10, np.float64)
    if spike is not None:
        values[spike : spike + 3] = 500.0
    return Series(1_700_000_000_000 + MINUTE_MS * np.arange(n_points), values)


def same(found: ScoredSeries, expected: ScoredSeries) -> bool:
    columns = all(getattr(found, name).tobytes() == getattr(expected, name).tobytes() for name in COLUMNS)
    return columns and found.transitions == expected.transitions


@pytest.fixture(scope="module")
def three() -> list[Series]:
    return [series(250, spike=200), series(170, seed=1), series(310, spike=300, seed=2)]


@pytest.fixture(scope="module")
def together(three: list[Series]) -> list[ScoredSeries]:
    return backtest(detector(), three)


def test_series_side_by_side_are_scored_as_each_alone(three: list[Series], together: list[ScoredSeries]) -> None:
    alone = [backtest(detector(), [one])[0] for one in three]
    assert [same(found, expected) for found, expected in zip(together, alone, strict=True)] == [True] * 3


@pytest.mark.parametrize("chunk", [1, 7, 100, 1000])
def test_the_size_of_a_chunk_changes_no_bit(three: list[Series], together: list[ScoredSeries], chunk: int) -> None:
    cut = backtest(detector(), three, chunk=chunk)
    assert [same(found, expected) for found, expected in zip(cut, together, strict=True)] == [True] * 3


def test_every_point_has_its_verdict_in_its_place(three: list[Series]) -> None:
    for found, given in zip(backtest(detector(), three, chunk=13), three, strict=True):
        assert found.point.tolist() == list(range(len(given.values)))
        assert found.actual.tolist() == given.values.tolist()


def test_a_transition_names_the_verdict_that_caused_it(three: list[Series]) -> None:
    first, quiet, third = backtest(detector(), three, chunk=9)
    assert first.points_of(Change.OPEN).tolist() == [200]
    assert quiet.points_of(Change.OPEN).tolist() == []
    assert third.points_of(Change.OPEN).tolist() == [300]
    assert all(found.score[each.row] == each.score for found in (first, third) for each in found.transitions)


def test_an_episode_holds_its_transitions_from_open_to_close() -> None:
    (found,) = backtest(detector(), [series(500, spike=200)])
    episode = found.episodes()[0]
    assert [episode[0].change, episode[-1].change] == [Change.OPEN, Change.CLOSE]
    assert sum(len(each) for each in found.episodes()) == len(found.transitions)


def test_two_features_of_a_point_have_a_verdict_and_episodes_each() -> None:
    one, other = series(250, spike=200), series(250, spike=220, seed=4)
    (found,) = backtest(detector(2), [Series(one.timestamps_ms, np.stack([one.values, other.values], axis=1))])
    assert found.point.tolist() == np.repeat(np.arange(250), 2).tolist()
    opened = [(int(found.point[each[0].row]), int(found.feature[each[0].row])) for each in found.episodes()]
    assert opened == [(200, 0), (220, 1)]


def test_a_treatment_is_that_of_its_series() -> None:
    given = [series(250, spike=247), series(250, spike=247)]
    below = SeriesPolicy(direction=Direction.BELOW)
    suppressed, alarmed = backtest(detector(), given, series_policies=[below, SeriesPolicy()])
    assert (len(suppressed.episodes()), len(alarmed.episodes())) == (0, 1)


def test_progress_counts_the_points(three: list[Series]) -> None:
    counted: list[int] = []
    backtest(detector(), three, chunk=50, progress=counted.append)
    assert sum(counted) == 250 + 170 + 310
    assert len(counted) == 7


def test_series_without_a_point_have_no_verdict() -> None:
    empty, whole = backtest(detector(), [series(0), series(80)])
    assert (len(empty.score), len(whole.score), empty.episodes()) == (0, 80, [])
    assert backtest(detector(), []) == []


def test_the_next_points_of_all_series_come_together(three: list[Series]) -> None:
    chunks = list(replay(detector(), three, chunk=100))
    assert [np.bincount(chunk.series, minlength=3).tolist() for chunk in chunks] == [
        [100, 100, 100],
        [100, 70, 100],
        [50, 0, 100],
        [0, 0, 10],
    ]
    assert chunks[1].rows[:2].tolist() == [100, 101]
