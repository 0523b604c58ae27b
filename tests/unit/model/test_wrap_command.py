"""`streamgauge model wrap`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from stream.cli.model.command import command
from stream.errors import DataError, ModelError
from stream.model import Bundle, WindowedForecast, WindowedReconstruction
from tests.unit.model.window_graphs import forecast_bundle, reconstruction_bundle, window_model

N_POINTS = 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with models of one and of two features, and data to calibrate them on."""
    rows = np.random.default_rng(4).normal([50, 4e9], [5, 1e8], (N_POINTS, 2)).tolist()
    lines = [f"{1_700_000_000 + 60 * i},{cpu!r},{mem!r}" for i, (cpu, mem) in enumerate(rows)]
    (tmp_path / "host.csv").write_text("\n".join(["timestamp,cpu,mem", *lines]))
    (tmp_path / "plain.csv").write_text("\n".join(line.rpartition(",")[0] for line in lines))
    (tmp_path / "Two Features.onnx").write_bytes(window_model(n_steps=1).SerializeToString())
    (tmp_path / "again.onnx").write_bytes(window_model().SerializeToString())
    (tmp_path / "one.onnx").write_bytes(window_model(n_steps=1, n_features=1).SerializeToString())
    return tmp_path


def call(folder: Path, *arguments: str) -> Result:
    """Run `model wrap` with paths inside a folder."""
    placed = [str(folder / word) if word.endswith((".onnx", ".csv", ".json")) else word for word in arguments]
    return CliRunner().invoke(command, ["wrap", *placed])


TWO = ("Two Features.onnx", "--kind", "forecast", "--features", "cpu,mem", "--calibrate", "host.csv")
AGAIN = ("again.onnx", "--kind", "reconstruct", "--features", "cpu,mem", "--calibrate", "host.csv")


def test_a_forecast_becomes_a_bundle_beside_its_model(folder: Path) -> None:
    result = call(folder, *TWO)
    assert "two-features 1.0.0, windowed-forecast, every check passed" in result.stdout
    bundle = Bundle.load(folder / "Two Features.bundle.onnx")
    assert isinstance(bundle.metadata, WindowedForecast)
    assert (bundle.name, bundle.version, bundle.metadata.features) == ("two-features", "1.0.0", ("cpu", "mem"))


def test_a_reconstruction_has_the_window_as_its_stride_unless_told_otherwise(folder: Path) -> None:
    for options, stride in (((), 12), (("--stride", "3"), 3)):
        assert call(folder, *AGAIN, *options).exit_code == 0
        metadata = Bundle.load(folder / "again.bundle.onnx").metadata
        assert isinstance(metadata, WindowedReconstruction)
        assert metadata.stride == stride


def test_plain_numbers_are_the_feature_value(folder: Path) -> None:
    assert call(folder, "one.onnx", "--kind", "forecast", "--calibrate", "plain.csv").exit_code == 0
    assert Bundle.load(folder / "one.bundle.onnx").metadata.features == ("value",)


def test_a_column_can_be_named(folder: Path) -> None:
    options = ("--columns", "timestamp=1,value=mem", "--name", "mem", "--version", "2.1.0", "--out", "m.onnx")
    assert call(folder, "one.onnx", "--kind", "forecast", "--calibrate", "host.csv", *options).exit_code == 0
    bundle = Bundle.load(folder / "m.onnx")
    assert (bundle.name, bundle.version) == ("mem", "2.1.0")
    assert isinstance(bundle.metadata, WindowedForecast)
    assert bundle.metadata.offset[0] > 3e9


def test_the_outcome_as_json_is_one_document(folder: Path) -> None:
    outcome = json.loads(call(folder, *AGAIN, "--quantile", "0.9", "--json").stdout)
    bundle = Bundle.load(folder / "again.bundle.onnx")
    assert (outcome["sha256"], outcome["n_windows"], outcome["stride"]) == (bundle.sha256, N_POINTS - 11, 12)
    assert outcome["cutoff"] > 0
    assert "spread" not in outcome


@pytest.mark.parametrize("scaling", ["minmax", "standard", "none", "trained.json"])
def test_the_scaling_is_fitted_or_read(scaling: str, folder: Path) -> None:
    (folder / "trained.json").write_text('{"offset": [50, 4e9], "scale": [5, 1e8]}')
    outcome = json.loads(call(folder, *TWO, "--scaling", scaling, "--json").stdout)
    expected = {"minmax": 36, "standard": 50, "none": 0, "trained.json": 50}[scaling]
    assert outcome["offset"][0] == pytest.approx(expected, abs=3)


def test_a_model_that_has_learned_nothing_is_told_so(folder: Path) -> None:
    assert "no better than that: is --scaling the one it was trained with" in call(folder, *AGAIN).stdout


@pytest.mark.parametrize(
    ("arguments", "error", "reason"),
    [
        ((*TWO, "--window", "24"), ModelError, "Features.onnx: expected `values` of shape (free, 24, 2), found (free"),
        ((*TWO, "--features", "cpu"), ModelError, "expected `values` of shape (free, 12, 1), found (free, 12, 2)"),
        ((*TWO, "--features", "cpu,disk"), DataError, "expected a column disk"),
        ((*TWO, "--calibrate", "none.csv"), DataError, "none.csv: expected a CSV file that can be read"),
        ((*TWO, "--name", "Big"), ModelError, "`$.name`"),
        (("host.csv", *TWO[1:]), ModelError, "host.csv: expected a whole ONNX model"),
        (("none.onnx", *TWO[1:]), ModelError, "none.onnx: expected a file that can be read: No such file"),
    ],
)
def test_what_cannot_be_wrapped_is_refused_and_leaves_no_file(
    arguments: tuple[str, ...], error: type[Exception], reason: str, folder: Path
) -> None:
    before = sorted(folder.iterdir())
    result = call(folder, *arguments)
    assert isinstance(result.exception, error)
    assert reason in str(result.exception)
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((*TWO, "--stride", "3"), "--stride is for --kind reconstruct"),
        ((*AGAIN, "--stride", "13"), "and at most the window"),
        ((*TWO, "--columns", "value=cpu"), "exclude each other"),
        ((*TWO, "--scaling", "robust"), "expected minmax, standard, none or a .json file, found 'robust'"),
        ((*TWO, "--out", "Two Features.onnx"), "is the model itself: name another file"),
    ],
)
def test_a_command_line_that_cannot_be_is_explained(arguments: tuple[str, ...], reason: str, folder: Path) -> None:
    result = call(folder, *arguments)
    assert result.exit_code == 2
    assert reason in " ".join(result.output.split())


def test_a_series_that_is_too_short_ends_the_command_with_code_8(folder: Path, repository: Path) -> None:
    (folder / "short.csv").write_text("\n".join((folder / "host.csv").read_text().splitlines()[:50]))
    arguments = ["--kind", "forecast", "--features", "cpu,mem", "--calibrate", str(folder / "short.csv")]
    program = [sys.executable, "-m", "stream", "model", "wrap", str(folder / "again.onnx"), *arguments]
    ended = subprocess.run(program, cwd=repository, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (8, "")
    assert "expected at least 100 forecasts, that is 112 points of one series for a window of 12" in ended.stderr


def test_show_tells_what_a_windowed_bundle_is(folder: Path) -> None:
    (folder / "f.onnx").write_bytes(forecast_bundle())
    (folder / "r.onnx").write_bytes(reconstruction_bundle())
    forecast, reconstruction = (
        CliRunner().invoke(command, ["show", str(folder / name)]).stdout for name in ("f.onnx", "r.onnx")
    )
    for fact in ("12 points in, 1 out", "mem: (x - 100) / 50", "cpu: 0.1", "up to 16 windows at once"):
        assert fact in forecast
    for fact in ("12 points in, 12 out", "1.5, window error of score 1", "every 4 points"):
        assert fact in reconstruction


def test_show_as_json_holds_every_fact_of_a_windowed_bundle(folder: Path) -> None:
    (folder / "r.onnx").write_bytes(reconstruction_bundle())
    facts = json.loads(CliRunner().invoke(command, ["show", str(folder / "r.onnx"), "--json"]).stdout)
    assert (facts["window"], facts["n_steps"], facts["cutoff"], facts["stride"]) == (12, 12, 1.5, 4)
    assert (facts["offset"], facts["scale"], facts["n_together"]) == ([0, 100], [1, 50], 16)
