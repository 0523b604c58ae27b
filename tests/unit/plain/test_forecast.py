"""The forecast of the plain detector, which the recordings hold and so do not check."""

from math import sinh

import numpy as np
import pytest
from numpy import float32

from tests.plain.forecast import LstmForecast
from tests.plain.hull import Hull
from tests.plain.moments import Moments
from tests.plain.single import Vector, zeros

MOMENTS = Moments(mean=float32(10), scale=float32(2))
WIDE = Hull(current=(float32(-1000), float32(1000)))


def forecaster(logits: list[float], centres: list[float]) -> LstmForecast:
    """Forecast the same mixture at every step; h counts the steps in tenths, c stays."""
    parameters = np.array([*logits, *centres, 0, 0, 0], float32)
    return LstmForecast(lambda inputs, h, c: (parameters, h + float32(0.1), c))


def inputs(now: float) -> Vector:
    """Inputs of a record that lies `now` scales from the mean, the rest 0."""
    vector = zeros(26)
    vector[0] = now
    return vector


def test_equal_weights_forecast_the_mean_of_the_centres() -> None:
    forecast = forecaster([1, 1, 1], [0, 1, 2]).after(inputs(0.5), MOMENTS, WIDE).value
    assert forecast == pytest.approx(10 + 2 * sinh(1 + 0.5))


def test_the_heaviest_component_decides_the_forecast() -> None:
    forecast = forecaster([0, 100, 0], [5, -1, 5]).after(inputs(0), MOMENTS, WIDE).value
    assert forecast == pytest.approx(10 + 2 * sinh(-1))


def test_a_forecast_is_at_most_nine_scales_away_on_the_model_s_axis() -> None:
    endless = Hull(current=(float32(-1e9), float32(1e9)))
    forecast = forecaster([0, 0, 0], [50, 50, 50]).after(inputs(0), MOMENTS, endless).value
    assert forecast == pytest.approx(10 + 2 * sinh(9))


def test_a_forecast_leaves_the_hull_by_a_tenth_of_its_width_at_most() -> None:
    narrow = Hull(current=(float32(0), float32(20)), previous=(float32(0), float32(0)))
    assert forecaster([0, 0, 0], [9, 9, 9]).after(inputs(0), MOMENTS, narrow).value == 22
    assert forecaster([0, 0, 0], [-9, -9, -9]).after(inputs(0), MOMENTS, narrow).value == -2


def test_the_state_of_the_lstm_is_carried_from_record_to_record() -> None:
    forecast = forecaster([0, 0, 0], [0, 0, 0])
    forecast.after(inputs(0), MOMENTS, WIDE)
    forecast.after(inputs(0), MOMENTS, WIDE)
    assert forecast.h[0] == float32(0.1) + float32(0.1)


def test_a_step_that_gives_no_numbers_is_forgotten_and_the_last_value_goes_on() -> None:
    forecast = LstmForecast(lambda inputs, h, c: (np.full(11, np.nan, float32), np.full_like(h, np.nan), c))
    ahead = forecast.after(inputs(0.5), MOMENTS, WIDE)
    assert ahead.value == pytest.approx(10 + 2 * sinh(0.5))
    assert ahead.far is not None
    assert np.isnan(ahead.far).all()
    assert not forecast.h.any()
