"""What PyTorch exports, with its recommended exporter and with the older one, becomes a bundle."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from stream.calibration import forecast_residuals
from stream.cli.model.command import command
from stream.detection.forecast.windows import Scaling
from stream.model import Bundle, WindowedForecast
from tests.unit.model.pytorch.series import FEATURES, OFFSET, SCALE, WINDOW, series

HERE = Path(__file__).parent


def wrapped(model: str, folder: Path) -> Bundle:
    """Wrap an exported model as its README says."""
    rows = [f"{1_700_000_000 + 60 * i},{cpu!r},{mem!r}" for i, (cpu, mem) in enumerate(series(600, seed=7).tolist())]
    (folder / "host.csv").write_text("\n".join(["timestamp,cpu,mem", *rows]))
    (folder / "scaling.json").write_text(json.dumps({"offset": OFFSET, "scale": SCALE}))
    options = ["--kind", "forecast", "--features", ",".join(FEATURES), "--calibrate", str(folder / "host.csv")]
    options += ["--scaling", str(folder / "scaling.json"), "--out", str(folder / "bundle.onnx")]
    result = CliRunner().invoke(command, ["wrap", str(HERE / model), *options], catch_exceptions=False)
    assert result.exit_code == 0
    return Bundle.load(folder / "bundle.onnx")


@pytest.mark.parametrize("model", ["forecast.onnx", "forecast-torchscript.onnx"])
def test_a_forecaster_of_pytorch_is_wrapped_as_it_was_exported(model: str, tmp_path: Path) -> None:
    metadata = wrapped(model, tmp_path).metadata
    assert isinstance(metadata, WindowedForecast)
    assert (metadata.input, metadata.output) == ("windows", "forecast")
    assert (metadata.window, metadata.n_steps, metadata.features) == (WINDOW, 1, FEATURES)


@pytest.mark.parametrize("model", ["forecast.onnx", "forecast-torchscript.onnx"])
def test_it_forecasts_what_it_was_never_shown(model: str, tmp_path: Path) -> None:
    bundle, unseen = wrapped(model, tmp_path), series(500, seed=8)
    scaling = Scaling(np.array(OFFSET), np.array(SCALE))
    missed = forecast_residuals(bundle.window_model(), scaling, unseen, WINDOW)
    assert (missed.std(axis=0) < np.diff(unseen, axis=0).std(axis=0) / 1.5).all()


@pytest.mark.parametrize("model", ["forecast.onnx", "forecast-torchscript.onnx"])
def test_its_rows_do_not_depend_on_their_batch(model: str, tmp_path: Path) -> None:
    bundle = wrapped(model, tmp_path)
    windows = np.random.default_rng(1).uniform(0, 1, (100, WINDOW, 2)).astype(np.float32)
    alone = np.concatenate([bundle.window_model().predict(windows[i : i + 1]) for i in range(100)])
    assert bundle.n_together == 32
    assert np.array_equal(bundle.window_model().predict(windows), alone)
