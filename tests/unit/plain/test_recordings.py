"""The plain detector makes of the recorded series what it has always made: only who means to change it may."""

from __future__ import annotations

import numpy as np
import pytest

from tests.plain.recorded import recorded_series
from tests.plain.recording import FOLDER, RECORD, Recording, record

NAMES = sorted(recorded_series())
REMAKE = "if this change of the algorithm is meant, `make recordings` makes the recordings anew"

# Of the largest value of the series; a few units in the last place of single precision.
ROUNDING = 1e-6
TOLERANCE = 1e-4


def test_every_series_is_recorded_and_nothing_else() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == NAMES, REMAKE


def test_the_recordings_hold_alarms_absurd_values_and_far_distances() -> None:
    for name in NAMES:
        records = Recording.load(name).records
        assert (records["surprise"] > 1).any(), name
    assert sum(Recording.load(name).records["alarm"].any() for name in NAMES) >= len(NAMES) - 2
    assert sum(Recording.load(name).records["absurd"].any() for name in NAMES) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_played_again_is_the_same_at_every_stage(name: str) -> None:
    recording = Recording.load(name)
    again = recording.again()
    rounding = ROUNDING * np.ptp(recording.records["value"])
    for stage in RECORD.names or ():
        tolerance = rounding if stage in ("statistics", "distances") else TOLERANCE
        found, expected = (np.asarray(it.records[stage], np.float64) for it in (again, recording))
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance, err_msg=f"{stage}: {REMAKE}")
    np.testing.assert_allclose(again.inputs, recording.inputs, rtol=0, atol=TOLERANCE, err_msg=REMAKE)


def test_a_recording_made_anew_is_the_one_that_is_kept() -> None:
    name = "sparse_and_irregular"
    made, kept = record(recorded_series()[name]), Recording.load(name)
    assert made.warmup == kept.warmup
    np.testing.assert_array_equal(made.records["value"], kept.records["value"], err_msg=REMAKE)
    np.testing.assert_allclose(made.records["forecast"], kept.records["forecast"], rtol=0, atol=1e-4, err_msg=REMAKE)
