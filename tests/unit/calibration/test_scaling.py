"""Scaling fitted to data or read from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stream.calibration import fit_scaling, read_scaling
from stream.errors import DataError

VALUES = np.array([[1.0, 300.0], [3.0, 100.0], [2.0, 200.0]])
FEATURES = ("cpu", "mem")


def test_the_minimum_and_the_range_scale_to_0_and_1() -> None:
    scaling = fit_scaling(VALUES, FEATURES)
    np.testing.assert_array_equal(scaling.scaled(VALUES), [[0, 1], [1, 0], [0.5, 0.5]])


def test_the_standard_scaling_has_mean_0_and_deviation_1() -> None:
    scaled = fit_scaling(VALUES, FEATURES, "standard").scaled(VALUES)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-7)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-7)


def test_no_scaling_leaves_the_values_as_they_are() -> None:
    np.testing.assert_array_equal(fit_scaling(VALUES, FEATURES, "none").scaled(VALUES), VALUES)


@pytest.mark.parametrize("method", ["minmax", "standard"])
@pytest.mark.parametrize("constant", [7.0, 0.1])
def test_a_constant_feature_is_named(method: str, constant: float) -> None:
    with pytest.raises(DataError, match=f"feature mem is constant, always {constant:g}: "):
        fit_scaling(np.array([[1.0, constant], [2.0, constant], [4.0, constant]]), FEATURES, method)


def test_a_constant_feature_may_stay_unscaled() -> None:
    assert fit_scaling(np.ones((3, 2)), FEATURES, "none").scale.tolist() == [1, 1]


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a method out of minmax, standard, none, found robust"):
        fit_scaling(VALUES, FEATURES, "robust")


def test_a_scaling_is_read_as_the_training_run_left_it(tmp_path: Path) -> None:
    (tmp_path / "scaling.json").write_text('{"offset": [0, -1.5], "scale": [100, 1e9]}')
    scaling = read_scaling(tmp_path / "scaling.json", FEATURES)
    assert (scaling.offset.tolist(), scaling.scale.tolist()) == ([0, -1.5], [100, 1e9])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "expected a scaling"),
        ('{"offset": [0, 0]}', "missing required field `scale`"),
        ('{"offset": [0, 0], "scale": [1, 0]}', r"Expected `float` > 0.0 - at `\$.scale\[1\]`"),
        ('{"offset": [0, 0], "scale": [1]}', r"expected one `scale` for each feature \(cpu, mem\), found 1"),
        ('{"offset": [0, NaN], "scale": [1, 1]}', "expected a scaling"),
    ],
    ids=["empty", "field", "zero", "number", "NaN"],
)
def test_a_file_that_holds_no_scaling_is_refused(content: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "scaling.json").write_text(content)
    with pytest.raises(DataError, match=reason):
        read_scaling(tmp_path / "scaling.json", FEATURES)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.json.*No such file"):
        read_scaling(tmp_path / "none.json", FEATURES)
