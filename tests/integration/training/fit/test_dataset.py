"""What a fit learns from is what the worker's gauge feeds its model, to the bit; and nothing of the held-out part."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from stream.detection.arrays import N_INPUTS, N_PARAMETERS, OUTLOOK, Int64
from stream.detection.detector import ForecastDetector
from stream.detection.forecast.recurrent import RecurrentForecaster
from tests.integration.training.fit.make import gather, request, wave, write_csv
from tests.plain.stepwise import Stepwise
from training.fit.dataset import N_TARGETS, Dataset
from training.fit.fitting import _sample
from training.fit.plan import N_STRETCH, FitPlan, Split, least_points
from training.synthetic.examples import FAR

Float32: TypeAlias = NDArray[np.float32]


class Recorder(Stepwise):
    """A model that forecasts nothing and keeps what it was fed."""

    def __init__(self) -> None:
        self.seen: list[Float32] = []

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        self.seen.append(inputs.copy())
        return np.zeros((len(inputs), N_PARAMETERS), np.float32), h, c


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files of different lengths, with repeated times and a point out of order."""
    folder = tmp_path_factory.mktemp("dataset")
    times, values = wave(900, seed=1)
    order = np.r_[0:5, 4, 3, 5:900]
    write_csv(folder / "a.csv", times[order], values[order] + np.r_[np.zeros(5), 50, 50, np.zeros(895)])
    write_csv(folder / "b.csv", *wave(700, seed=2))
    return folder


@pytest.fixture(scope="module")
def dataset(folder: Path) -> Dataset:
    data = gather(request(folder / "a.csv", folder / "b.csv"), folder / "points")
    splits = [Split.of(int(count), 0.2, 0.2) for count in data.series.counts]
    return Dataset.make(data.series, splits, folder / "dataset.bin", lambda n_made: None)


def fed(times: Int64, values: NDArray[np.float64], order: Int64) -> Float32:
    """Return what the worker's gauge feeds its model when points come in an order, in calls of 64 points."""
    recorder = Recorder()
    detector = ForecastDetector(RecurrentForecaster(recorder))
    for start in range(0, len(order), 64):
        rows = order[start : start + 64]
        detector.score(np.zeros(len(rows), np.int64), times[rows], values[rows])
    return np.concatenate(recorder.seen)


@pytest.mark.parametrize(("number", "n_points", "seed"), [(0, 900, 1), (1, 700, 2)])
def test_inputs_are_the_running_gauges_to_the_bit(dataset: Dataset, number: int, n_points: int, seed: int) -> None:
    times, values = wave(n_points, seed)
    seen = fed(times, values, np.r_[0:5, 4, 3, 5:n_points])  # The gauge drops what is repeated or late by itself.
    n_records = int(dataset.lengths[number])
    pairs = np.array([(number, k) for k in range(-(-n_records // N_STRETCH))])
    inputs = dataset.read(pairs)[0].reshape(-1, N_INPUTS)[:n_records]
    np.testing.assert_array_equal(inputs, seen[:n_records])


def test_lessons_end_where_the_held_out_part_begins(dataset: Dataset) -> None:
    assert dataset.lengths.tolist() == [720 - 1, 560 - 1]


def test_no_far_target_lies_beyond_the_end_of_a_series(dataset: Dataset) -> None:
    for number, n_records in enumerate(map(int, dataset.lengths)):
        pairs = np.array([(number, k) for k in range(-(-n_records // N_STRETCH))])
        far = dataset.read(pairs)[1].reshape(-1, N_TARGETS)[:n_records, FAR]
        assert np.isnan(far[1 - OUTLOOK :]).all()
        assert np.isfinite(far[-2 * OUTLOOK : -OUTLOOK]).all()


def test_windows_are_whole_stretches_of_the_first_part_without_the_first(dataset: Dataset) -> None:
    assert dataset.windows.tolist() == [[0, 1], [1, 1]]
    assert Split(n_learned=4 * N_STRETCH + 1, n_validation=100, n_held_out=100).n_windows == 3


def test_the_parts_follow_each_other_in_time_and_are_the_whole_series() -> None:
    split = Split.of(1_001, 0.2, 0.3)
    assert (split.n_learned, split.n_validation, split.n_held_out) == (501, 200, 300)


def test_a_series_of_the_least_length_has_one_window() -> None:
    least = least_points(0.2, 0.2)
    assert [Split.of(n, 0.2, 0.2).n_windows for n in (least - 1, least)] == [0, 1]


def test_of_too_many_windows_the_seed_chooses_a_bounded_number() -> None:
    windows = np.stack([np.zeros(50, np.int64), np.arange(50)], axis=1)
    chosen = _sample(windows, FitPlan(seed=3, n_most_windows=10))
    assert len(chosen) == 10
    assert (np.diff(chosen[:, 1]) > 0).all()
    np.testing.assert_array_equal(chosen, _sample(windows, FitPlan(seed=3, n_most_windows=10)))
