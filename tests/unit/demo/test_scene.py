"""The scene as a whole."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from stream.cli.demo.scene.scene import HOUR_MS, INTERVAL_MS, METRICS, N_DAYS, START_MS, Scene, build

LONGEST_SILENCE_H = 75 * INTERVAL_MS / HOUR_MS
"""An alarm keeps a long-known series from the next one for 75 points, unless that is far stronger."""


@pytest.fixture(scope="module")
def scene() -> Scene:
    return build(1)


def test_the_same_seed_makes_the_same_scene(scene: Scene) -> None:
    assert build(1) == scene


def test_another_seed_makes_other_values_and_the_same_faults(scene: Scene) -> None:
    other = build(2)
    assert all(one.values != another.values for one, another in zip(scene.series, other.series, strict=True))
    assert other.faults == scene.faults


def test_every_series_has_a_finite_value_each_quarter_of_an_hour_for_three_weeks(scene: Scene) -> None:
    for _, timestamps_ms, values in scene.series:
        assert timestamps_ms == [START_MS + i * INTERVAL_MS for i in range(N_DAYS * 96)]
        assert len(values) == len(timestamps_ms)
        assert np.isfinite(values).all()


def test_all_faults_are_in_one_series_and_the_others_are_as_if_nothing_happened(scene: Scene) -> None:
    hours = np.arange(N_DAYS * 96) / 4.0
    undisturbed = [metric.play(hours, np.random.default_rng([1, i])).round(3) for i, metric in enumerate(METRICS)]
    changed = [
        series.name for series, values in zip(scene.series, undisturbed, strict=True) if series.values != [*values]
    ]
    assert changed == ["shop/requests"] == sorted({fault.series for fault in scene.faults})


def test_every_kind_of_fault_is_planted_once(scene: Scene) -> None:
    assert [fault.kind for fault in scene.faults] == ["spike", "missing peak", "flat line", "level shift"]


def test_the_series_is_known_for_two_weeks_before_the_first_fault(scene: Scene) -> None:
    assert min(fault.start_h for fault in scene.faults) >= 14 * 24


def test_faults_are_further_apart_than_an_alarm_silences_a_series(scene: Scene) -> None:
    for earlier, later in pairwise(scene.faults):
        assert later.start_h - earlier.end_h > LONGEST_SILENCE_H


def test_the_spike_stays_within_what_the_day_shows_anyway(scene: Scene) -> None:
    spike, values = scene.faults[0], np.array(scene.series[0].values)
    first, end = round(spike.start_h * 4), round(spike.end_h * 4)
    assert values[first:end].max() < values[:first].max()
