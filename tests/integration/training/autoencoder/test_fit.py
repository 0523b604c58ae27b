"""`streamgauge train fit --kind reconstruct`: from a user's file to a bundle that a worker runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from click.testing import CliRunner, Result

from stream import Bundle, backtest
from stream.calibration import reconstruction_errors
from stream.cli import main
from stream.detection.arrays import Float64
from stream.detectors import scaling_of
from stream.errors import UnusableDataError
from stream.model import WindowedReconstruction
from tests.integration.training.fit.make import INTERVAL_MS, START_MS

WINDOW, N_POINTS = 12, 900
SMALL = ["--kind", "reconstruct", "--window", str(WINDOW), "--units", "12", "--epochs", "12"]


def host(seed: int) -> Float64:
    """Make the load of a host: cpu and mem move together, an hour's wave with noise; shape (points, 2)."""
    phase = 2 * np.pi * np.arange(N_POINTS) / 12
    noise = np.random.default_rng(seed).normal(size=(N_POINTS, 2))
    return np.column_stack([50 + 20 * np.sin(phase), 30 + 10 * np.sin(phase)]) + noise


class Done(NamedTuple):
    """A finished fit."""

    folder: Path
    printed: str
    record: dict[str, Any]

    @property
    def bundle(self) -> Bundle:
        return Bundle.load(self.folder / "out" / "mine.onnx")


def fit(folder: Path, *arguments: str) -> Result:
    """Run the command in this process."""
    places = ["--out", str(folder / "out"), "--logdir", str(folder / "logs")]
    return CliRunner().invoke(main, ["train", "fit", *SMALL, *arguments, *places], catch_exceptions=False)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("autoencoder")
    rows = [
        f"{START_MS + INTERVAL_MS * i},{name},{cpu},{mem}\n"
        for seed, name in enumerate(["a", "b"])
        for i, (cpu, mem) in enumerate(host(seed).tolist())
    ]
    (folder / "hosts.csv").write_text("timestamp,series,cpu,mem\n" + "".join(rows))
    result = fit(folder, str(folder / "hosts.csv"), "--features", "cpu,mem")
    assert result.exit_code == 0, result.output
    return Done(folder, result.stdout, json.loads((folder / "out" / "mine.json").read_text()))


def test_the_bundle_reconstructs_windows_of_both_features(done: Done) -> None:
    made = done.bundle.metadata
    assert isinstance(made, WindowedReconstruction)
    assert (made.features, made.window, made.stride) == (("cpu", "mem"), WINDOW, 3)


def test_the_scaling_comes_from_the_training_part_alone(done: Done) -> None:
    made = done.bundle.metadata
    assert isinstance(made, WindowedReconstruction)
    learned = np.concatenate([host(seed)[: N_POINTS * 6 // 10] for seed in (0, 1)])
    np.testing.assert_array_equal(made.offset, learned.min(axis=0))


def test_one_validation_window_in_a_hundred_lies_above_the_threshold(done: Done) -> None:
    made = done.bundle.metadata
    assert isinstance(made, WindowedReconstruction)
    parts = [scaling_of(made).scaled(host(seed)[N_POINTS * 6 // 10 : N_POINTS * 8 // 10]) for seed in (0, 1)]
    model = done.bundle.window_model()
    errors = np.concatenate([reconstruction_errors(model, part, WINDOW) for part in parts])
    assert made.cutoff == pytest.approx(np.quantile(errors, 0.99), rel=1e-12)


def test_the_record_tells_how_it_did_on_the_held_out_points(done: Done) -> None:
    for result in done.record["held_out"]:
        assert result["n_points"] == N_POINTS * 2 // 10
        assert result["rms"] < result["baseline_rms"]
        assert 0 < result["n_windows"] <= (result["n_points"] - WINDOW) // 3 + 1
    losses = [epoch["validation_loss"] for epoch in done.record["epochs"]]
    assert min(losses) == losses[done.record["best_epoch"]] < losses[0]


def test_a_window_that_is_unlike_the_others_scores_above_all_of_them(done: Done) -> None:
    """Each value is an ordinary one: only together they are not."""
    values = host(7)
    values[700:712, 1] = values[706:718, 1]
    result = backtest(START_MS + INTERVAL_MS * np.arange(N_POINTS), values, model=done.bundle)
    assert 700 <= int(np.nanargmax(result.scores)) < 724
    assert np.nanmax(result.scores) > 1


def test_the_terminal_says_how_to_run_it(done: Done) -> None:
    assert f"STREAMGAUGE_MODEL={done.folder / 'out' / 'mine.onnx'} streamgauge worker" in done.printed
    assert "held-out windows" in done.printed


def test_the_page_needs_no_other_file(done: Done) -> None:
    html = (done.folder / "out" / "mine.html").read_text()
    assert html.count('src="data:image/png;base64,') == 3
    assert not re.search(r'(src|href)="(?!data:)', html)


def test_a_finished_fit_leaves_no_points_behind(done: Done) -> None:
    assert [path.name for path in (done.folder / "logs").iterdir()] == ["autoencoder"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--from-scratch"], "--from-scratch is for --kind forecast"),
        (["--stride", "13"], "--stride: expected at most the window of 12, found 13"),
        (["--kind", "forecast"], "--window, --stride and --units are for --kind reconstruct"),
    ],
)
def test_options_that_do_not_fit_the_kind_are_wrong_usage(tmp_path: Path, arguments: list[str], found: str) -> None:
    (tmp_path / "a.csv").write_text("timestamp,value\n")
    result = fit(tmp_path, str(tmp_path / "a.csv"), *arguments)
    assert result.exit_code == 2
    assert found in result.output


def test_a_series_that_is_too_short_is_ruled_out_with_the_points_it_needs(tmp_path: Path) -> None:
    rows = "".join(f"{START_MS + INTERVAL_MS * i},{value}\n" for i, value in enumerate(host(0)[:400, 0].tolist()))
    (tmp_path / "short.csv").write_text("timestamp,value\n" + rows)
    with pytest.raises(UnusableDataError, match="too short: 400 points, 553 are needed"):
        fit(tmp_path, str(tmp_path / "short.csv"))
