"""The plain detector is right: it agrees with the oracle at every stage of every record."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.unit.plain.replay import Replay

SERIES = [
    "nab_ambient_temperature_system_failure",
    "nab_art_daily_jumpsup",
    "nab_art_daily_nojump",
    "nab_ec2_cpu_utilization_24ae8d",
    "nab_nyc_taxi",
    "nab_rogue_agent_key_hold",
    "syn_5s_time_rotation",
    "syn_counter_resets",
    "syn_outlier_rotation_shrink",
    "syn_sparse_irregular",
]
STATISTICS = ["x", "r3", "level", "a12"]
IN_UNITS_OF_X = ["x_rel", "r3", "level", "a12", "half_m24", "d_x", "d_r3", "d_level", "d_a12", "d_pair"]
DIMENSIONLESS = ["rho_x", "rho_r3", "rho_level", "rho_a12", "rho_pair", "z", "score"]

# The oracle's own bound: float64 arithmetic differs from it by at most 2.4e-3.
TOLERANCE = 5e-3
INPUT_TOLERANCE = 1e-3
# Of the largest value of the series; a few units in the last place of single precision.
ROUNDING = 1e-6


@pytest.fixture(scope="module", params=SERIES)
def replay(request: pytest.FixtureRequest, oracle: Path) -> Replay:
    """One series, run once for all tests of this file."""
    return Replay.of(oracle, request.param)


def test_every_series_of_the_oracle_is_replayed(oracle: Path) -> None:
    assert sorted(json.loads((oracle / "final_state.json").read_text())) == SERIES


def test_the_gate_replaces_the_same_values(replay: Replay) -> None:
    plain, oracle = replay.pair("absurd")
    np.testing.assert_array_equal(plain, oracle)


@pytest.mark.parametrize("column", IN_UNITS_OF_X)
def test_statistics_and_distances_agree_to_single_precision(replay: Replay, column: str) -> None:
    plain, oracle = replay.pair(column)
    largest = np.abs(replay.pair("x_rel")[1]).max()
    np.testing.assert_allclose(plain, oracle, rtol=0, atol=ROUNDING * largest)


@pytest.mark.parametrize("column", DIMENSIONLESS)
def test_surprise_evidence_and_score_agree(replay: Replay, column: str) -> None:
    plain, oracle = replay.pair(column)
    np.testing.assert_allclose(plain, oracle, rtol=0, atol=TOLERANCE)


def test_the_same_alarms_are_published(replay: Replay) -> None:
    plain, oracle = replay.pair("alarm")
    np.testing.assert_array_equal(plain, oracle)
    assert np.flatnonzero(plain).tolist() == replay.oracle_state["alarms"]


def test_the_inputs_of_the_model_agree(replay: Replay) -> None:
    np.testing.assert_allclose(replay.plain_inputs[:, :17], replay.oracle_inputs[:, :17], rtol=0, atol=INPUT_TOLERANCE)


def test_the_centre_and_the_scale_of_the_inputs_agree(replay: Replay) -> None:
    largest = np.abs(replay.pair("x_rel")[1]).max()
    np.testing.assert_allclose(
        replay.plain_inputs[:, 17:], replay.oracle_inputs[:, 17:], rtol=ROUNDING, atol=ROUNDING * largest
    )


@pytest.mark.parametrize("statistic", STATISTICS)
def test_a_map_ends_with_the_same_bins(replay: Replay, statistic: str) -> None:
    plain, oracle = replay.detector.maps.single[STATISTICS.index(statistic)], replay.oracle_state[statistic]
    assert (plain.grid.exponent, plain.grid.base) == (oracle["exponent"], oracle["base"])
    assert (len(plain.current), len(plain.previous)) == (oracle["bits_current"], oracle["bits_previous"])
    assert len(plain.current | plain.previous) == oracle["occupied"]


@pytest.mark.parametrize("statistic", STATISTICS)
def test_a_hull_ends_with_the_same_range(replay: Replay, statistic: str) -> None:
    plain, oracle = replay.detector.maps.single[STATISTICS.index(statistic)].hull, replay.oracle_state[statistic]
    assert [*plain.current, *plain.previous] == [*oracle["hull_current"], *oracle["hull_previous"]]


def test_the_pair_map_ends_with_the_same_cells(replay: Replay) -> None:
    plain, oracle = replay.detector.maps.pair, replay.oracle_state["pair"]
    assert (plain.columns.exponent, plain.columns.base) == (oracle["exponent"], oracle["base_x"])
    assert (plain.rows.exponent, plain.rows.base) == (oracle["exponent"], oracle["base_y"])
    assert (len(plain.current), len(plain.previous)) == (oracle["bits_current"], oracle["bits_previous"])


def test_the_energies_end_equal(replay: Replay) -> None:
    oracle = [replay.oracle_state[statistic]["energy"] for statistic in [*STATISTICS, "pair"]]
    np.testing.assert_allclose(replay.detector.surprise.energy, oracle, rtol=1e-5)


def test_the_gate_and_the_slow_mean_end_equal(replay: Replay) -> None:
    gate, oracle = replay.detector.gate, replay.oracle_state
    assert gate.n_absurd == oracle["absurd_run"]
    assert gate.largest == pytest.approx(oracle["max_abs"], rel=ROUNDING)
    assert replay.detector.window.slow_mean == oracle["L"]


def test_the_last_rotation_and_the_interval_end_equal(replay: Replay) -> None:
    maps, oracle = replay.detector.maps, replay.oracle_state
    assert (maps.rotation_t, maps.rotation_s) == (oracle["rotation_t"], oracle["rotation_s"])
    assert replay.detector.inputs.interval_s == pytest.approx(oracle["interval_s"], rel=ROUNDING)
