"""What a model misses on calibration data, and the cut-off and spread that follow."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from stream.calibration import cutoff_at, errors, forecast_residuals, logistic_scale, reconstruction_errors
from stream.calibration.errors import LastValue, OwnMean
from stream.detection.forecast.windows import Scaling, sliding_windows, window_errors
from stream.errors import DataError, ModelError

Float32 = NDArray[np.float32]
ROWS = np.random.default_rng(2).normal(0, 1, (50, 2)).astype(np.float32)
SCALING = Scaling(np.array([10.0, 0.0]), np.array([2.0, 0.5]))


class Broken:
    """A model that gives no number."""

    def predict(self, windows: Float32) -> Float32:
        return windows * np.float32(np.nan)


@pytest.mark.parametrize("stride", [1, 3, 12])
def test_each_window_has_its_error(stride: int) -> None:
    windows = sliding_windows(ROWS, 12, stride)
    expected = window_errors(windows, OwnMean(12).predict(windows))
    np.testing.assert_array_equal(reconstruction_errors(OwnMean(12), ROWS, 12, stride), expected)


@pytest.mark.parametrize("stride", [1, 3, 12])
def test_blocks_change_nothing(stride: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = reconstruction_errors(OwnMean(12), ROWS, 12, stride)
    monkeypatch.setattr(errors, "BLOCK", 2)
    np.testing.assert_array_equal(reconstruction_errors(OwnMean(12), ROWS, 12, stride), whole)


def test_one_step_is_compared_with_the_last_row_of_the_window() -> None:
    found = reconstruction_errors(LastValue(), ROWS, 12)
    np.testing.assert_array_equal(found, np.zeros(39))


def test_a_series_shorter_than_a_window_has_no_error() -> None:
    assert len(reconstruction_errors(OwnMean(12), ROWS[:11], 12)) == 0
    assert len(forecast_residuals(LastValue(), SCALING, ROWS[:12].astype(float), 12)) == 0


@pytest.mark.parametrize("stride", [1, 5, 60])
def test_a_residual_is_the_point_after_the_window_less_its_forecast(stride: int) -> None:
    values = ROWS.astype(float) * [2.0, 0.5] + [10.0, 0.0]
    found = forecast_residuals(LastValue(), SCALING, values, 12, stride)
    np.testing.assert_allclose(found, (values[12:] - values[11:-1])[::stride], atol=1e-5)


def test_a_model_that_gives_no_number_is_refused() -> None:
    with pytest.raises(ModelError, match="expected finite numbers from the model, found NaN or infinity"):
        reconstruction_errors(Broken(), ROWS, 12)


def test_the_cut_off_is_the_quantile_of_the_errors() -> None:
    assert cutoff_at(np.arange(101.0), 0.99) == 99
    assert cutoff_at(np.array([1.0, 2.0]), 0.5) == 1.5


@pytest.mark.parametrize(
    ("found", "reason"), [([], "found none"), ([0.0, 0.0], "the 0.99 quantile of 2 window errors is 0")]
)
def test_a_cut_off_that_no_score_can_be_made_of_is_refused(found: list[float], reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        cutoff_at(np.array(found))


def test_the_scale_of_logistic_residuals_is_found() -> None:
    residuals = np.random.default_rng(3).logistic(0, [0.2, 30], (100_000, 2))
    np.testing.assert_allclose(logistic_scale(residuals), [0.2, 30], rtol=0.02)


def test_outliers_do_not_widen_the_scale() -> None:
    residuals = np.random.default_rng(3).logistic(0, 1, (10_000, 1))
    residuals[:50] = 1e9
    assert logistic_scale(residuals)[0] == pytest.approx(1, rel=0.05)


def test_a_scale_is_found_where_most_residuals_are_0() -> None:
    residuals = np.zeros((100, 2))
    residuals[:10, 0] = 5
    assert logistic_scale(residuals).tolist() == [0.5 / (2 * np.log(2)), 0]
