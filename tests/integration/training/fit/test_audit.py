"""What is wrong with the data is said, repaired where it can be, and what cannot be used is ruled out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from stream.cli import main
from stream.detection.arrays import Float64, Int64
from stream.errors import UnusableDataError
from tests.integration.training.fit.make import INTERVAL_MS, N_POINTS, gather, request, wave, write_csv
from training.fit.data.audit import Audit, audit, clean

N_LEAST = 640


def look(timestamps_ms: Int64, values: Float64, n_missing: int = 0) -> Audit:
    """Clean and audit one series that is read in two pieces."""
    half = len(values) // 2
    pieces = [(timestamps_ms[part], values[part]) for part in (slice(half), slice(half, None))]
    return audit("s", clean(pieces, n_most=100_000), n_missing, N_LEAST)


def test_a_sound_series_has_no_remarks_and_its_span_and_interval() -> None:
    times, values = wave()
    found = look(times, values)
    assert (found.remarks, found.ruled_out) == ([], None)
    assert (found.n_points, found.start_ms, found.end_ms, found.interval_s) == (N_POINTS, times[0], times[-1], 300.0)


def test_points_out_of_order_are_counted_and_sorted() -> None:
    times, values = wave()
    order = np.arange(N_POINTS)
    order[[10, 11]], order[[500, 501]] = [11, 10], [501, 500]
    found = look(times[order], values[order])
    assert found.remarks == ["2 out of order, sorted"]
    np.testing.assert_array_equal(clean([(times[order], values[order])], 10**6).values, values)


def test_of_repeated_times_the_first_that_was_read_stays() -> None:
    times, values = wave()
    again, others = np.append(times, times[:3]), np.append(values, [7.0, 8.0, 9.0])
    found = look(again, others)
    assert found.remarks == ["3 out of order, sorted", "3 repeated times, the first kept"]
    np.testing.assert_array_equal(clean([(again, others)], 10**6).values, values)


def test_a_series_that_is_too_short_is_ruled_out_with_both_numbers() -> None:
    assert look(*wave(639)).ruled_out == "too short: 639 points, 640 are needed"
    assert look(*wave(640)).ruled_out is None


def test_a_constant_series_is_ruled_out() -> None:
    times, values = wave()
    assert look(times, np.full_like(values, 3.0)).ruled_out == "constant: there is nothing to learn"


def test_missing_values_are_told_as_a_share_and_too_many_rule_out() -> None:
    times, values = wave()
    assert look(times, values, n_missing=300).remarks == ["300 without a value (30.0%), left out"]
    assert look(times, values, n_missing=701).ruled_out == "50.0% of its points have no value, at most 50% may"


def test_irregular_intervals_are_told() -> None:
    times, values = wave()
    times[350:] += INTERVAL_MS
    times[::7] += 60_000
    assert any("intervals irregular" in remark for remark in look(times, values).remarks)


def test_only_the_newest_points_of_a_long_series_are_used() -> None:
    times, values = wave(1_000)
    cleaned = clean([(times[:500], values[:500]), (times[500:], values[500:])], n_most=700)
    np.testing.assert_array_equal(cleaned.timestamps_ms, times[-700:])
    assert audit("s", cleaned, 0, N_LEAST).remarks == ["300 older points left out"]


def test_a_series_without_any_value_is_in_the_audit(tmp_path: Path) -> None:
    times, values = wave()
    empty = write_csv(tmp_path / "gone.csv", times, np.full_like(values, np.nan))
    data = gather(request(write_csv(tmp_path / "here.csv", times, values), empty), tmp_path / "points")
    gone, here = data.audits
    assert (gone.series, gone.n_missing, gone.ruled_out is None) == ("gone", N_POINTS, False)
    assert here.ruled_out is None


def test_points_without_a_value_rule_out_the_series_of_a_csv_file_that_they_belong_to(tmp_path: Path) -> None:
    times, values = wave()
    rows = [
        f"{t},whole,{v}\n{t},half,{v if i < 300 else ''}\n" for i, (t, v) in enumerate(zip(times, values, strict=True))
    ]
    (tmp_path / "two.csv").write_text("timestamp,series,value\n" + "".join(rows))
    half, whole = gather(request(tmp_path / "two.csv"), tmp_path / "points").audits
    assert (half.n_missing, half.ruled_out) == (400, "57.1% of its points have no value, at most 50% may")
    assert (whole.n_missing, whole.ruled_out) == (0, None)


def test_nothing_usable_is_exit_code_2_with_the_reason_and_the_audit_as_json(tmp_path: Path) -> None:
    times, values = wave(100)
    flat = write_csv(tmp_path / "flat.csv", *(wave()[0], np.ones(N_POINTS)))
    files = [str(write_csv(tmp_path / "short.csv", times, values)), str(flat)]
    places = ["--out", str(tmp_path / "out"), "--logdir", str(tmp_path / "logs")]
    result = CliRunner().invoke(main, ["train", "fit", *files, "--json", *places])
    assert isinstance(result.exception, UnusableDataError)
    assert result.exception.exit_code == 2
    assert "flat: constant" in str(result.exception)
    assert "short: too short: 100 points" in str(result.exception)
    assert [found["series"] for found in json.loads(result.stdout)["audit"]] == ["flat", "short"]
    assert list((tmp_path / "logs").iterdir()) == []


def test_no_points_at_all_is_exit_code_2_with_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("timestamp,value\n")
    places = ["--out", str(tmp_path / "out"), "--logdir", str(tmp_path / "logs")]
    result = CliRunner().invoke(main, ["train", "fit", str(tmp_path / "empty.csv"), *places])
    assert isinstance(result.exception, UnusableDataError)
    assert "expected points, found none" in str(result.exception)


@pytest.mark.parametrize("shares", [("0.5", "0.4"), ("0", "0.2"), ("nan", "0.2")])
def test_shares_that_leave_nothing_are_refused(tmp_path: Path, shares: tuple[str, str]) -> None:
    file = write_csv(tmp_path / "a.csv", *wave())
    options = ["--validation", shares[0], "--held-out", shares[1], "--logdir", str(tmp_path / "logs")]
    error = CliRunner().invoke(main, ["train", "fit", str(file), *options]).exception
    assert getattr(error, "exit_code", None) == 2
    assert "expected shares" in str(error)
