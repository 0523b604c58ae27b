"""`streamgauge train fit`, from files to a bundle that runs, a report, and on after a kill."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from stream.cli import main
from stream.detection.arrays import Float32
from stream.detectors import build_detector
from stream.errors import TrainingError
from stream.model import Bundle
from tests.integration.training.fit.make import wave, write_csv
from training.fit.comparison.shipped import start_from
from training.loop import checkpoint
from training.network.network import Network

EPOCHS = ["--epochs", "15", "--patience", "15"]
"""Enough for a kill to come in between."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("files")
    return [str(write_csv(folder / f"{name}.csv", *wave(seed=seed))) for seed, name in enumerate(["one", "two"])]


def fit(folder: Path, *arguments: str) -> Result:
    """Run the command in this process."""
    places = ["--out", str(folder / "out"), "--logdir", str(folder / "logs")]
    return CliRunner().invoke(main, ["train", "fit", *arguments, *places], catch_exceptions=False)


def weights(folder: Path) -> list[Float32]:
    """Read the weights out of the bundle of a fit."""
    network = Network(seed=0)
    start_from(Bundle.load(folder / "out" / "mine.onnx"), network)
    return [np.asarray(weight) for weight in network.weights]


@pytest.fixture(scope="module")
def undisturbed(files: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a fit that nothing disturbed; what it printed is in printed.txt."""
    folder = tmp_path_factory.mktemp("undisturbed")
    result = fit(folder, *files, *EPOCHS)
    (folder / "printed.txt").write_text(result.stdout)
    return folder


@pytest.fixture(scope="module")
def record(undisturbed: Path) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads((undisturbed / "out" / "mine.json").read_text())
    return stored


def test_the_bundle_is_one_that_a_worker_runs(undisturbed: Path, record: dict[str, Any]) -> None:
    bundle = Bundle.load(undisturbed / "out" / "mine.onnx")
    assert (bundle.name, bundle.version, bundle.kind) == ("mine", "1.0.0", "stateful-forecast")
    assert record["model"]["sha256"] == bundle.sha256
    times, values = wave(50)
    assert np.isfinite(build_detector(bundle).score(np.zeros(50, np.int64), times, values).expected[1:]).all()


def test_learning_lowered_the_validation_loss_from_the_shipped_models(record: dict[str, Any]) -> None:
    losses = record["validation_loss"]
    assert losses["best"] < losses["start"] - 0.1
    assert record["epochs"][0]["validation_loss"] == losses["start"]
    assert record["epochs"][record["best_epoch"]]["validation_loss"] == losses["best"]


def test_a_fit_ends_when_the_validation_loss_has_not_fallen_for_its_patience(tmp_path: Path) -> None:
    times, _ = wave()
    noise = write_csv(tmp_path / "noise.csv", times, np.random.default_rng(0).normal(50, 1, len(times)))
    record = json.loads(fit(tmp_path, str(noise), "--epochs", "500", "--patience", "2", "--json").stdout)
    assert len(record["epochs"]) - 1 == record["best_epoch"] + 2 < 500


def test_the_record_tells_data_settings_versions_and_comparison(record: dict[str, Any]) -> None:
    assert record["data"]["n_points"] == {"learned": 840, "validation": 280, "held_out": 280}
    assert re.fullmatch("[0-9a-f]{64}", record["data"]["sha256"])
    assert record["plan"]["seed"] == 1
    assert {"tensorflow", "onnxruntime", "numpy", "python"} <= set(record["versions"])
    assert record["comparison"]["verdict"] in ("better", "mixed", "no better", "worse")
    assert record["comparison"]["total"]["n_points"] == 280
    assert len(record["disagreements"]) <= 10


def test_the_terminal_shows_audit_comparison_and_advice(undisturbed: Path, record: dict[str, Any]) -> None:
    printed = (undisturbed / "printed.txt").read_text()
    assert "audit: 2 of 2 series can be used" in printed
    assert "alarms" in printed
    for sentence in record["advice"]:
        assert sentence in printed


def test_the_page_needs_no_other_file(undisturbed: Path) -> None:
    html = (undisturbed / "out" / "mine.html").read_text()
    assert html.count('src="data:image/png;base64,') == 2
    assert not re.search(r'(src|href)="(?!data:)', html)
    for picture in ("mine-disagreements.png", "mine-losses.png"):
        assert (undisturbed / "out" / picture).read_bytes().startswith(b"\x89PNG")


def test_tensorboard_finds_losses_of_both_parts_and_the_graph(undisturbed: Path) -> None:
    events = {
        part: b"".join(file.read_bytes() for file in (undisturbed / "logs" / part).glob("events.out.tfevents.*"))
        for part in ("training", "validation")
    }
    assert b"loss" in events["training"]
    assert b"BlockLSTM" in events["training"]
    assert b"loss" in events["validation"]


def test_a_finished_fit_leaves_neither_points_nor_checkpoint(undisturbed: Path) -> None:
    assert sorted(path.name for path in (undisturbed / "logs").iterdir()) == ["training", "validation"]


@pytest.fixture(scope="module")
def killed(files: list[str], tmp_path_factory: pytest.TempPathFactory, repository: Path) -> tuple[Path, int]:
    """The folder of a fit that was killed with -9, and the last epoch that it had shown."""
    folder = tmp_path_factory.mktemp("killed")
    places = ["--out", str(folder / "out"), "--logdir", str(folder / "logs")]
    command = [sys.executable, "-m", "stream", "train", "fit", *files, *EPOCHS, *places]
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stderr is not None
        next(line for line in run.stderr if line.startswith("epoch 3:"))
        run.kill()
        shown = [3, *(int(line.split()[1][:-1]) for line in run.stderr if line.startswith("epoch "))]
    return folder, shown[-1]


def test_a_killed_fit_lost_no_epoch_that_it_had_shown(killed: tuple[Path, int]) -> None:
    folder, n_shown = killed
    with np.load(folder / "logs" / checkpoint.FILE) as stored:
        progress = json.loads(str(stored["document"]))["progress"]
    assert n_shown <= len(progress["losses"]) - 1 < 15


def test_a_killed_fit_is_not_taken_up_with_other_settings(killed: tuple[Path, int], files: list[str]) -> None:
    with pytest.raises(TrainingError, match=r"seed 2, found 1.*--fresh"):
        fit(killed[0], *files, *EPOCHS, "--seed", "2")


def test_a_killed_fit_is_left_as_it_is_by_a_fit_of_other_files(killed: tuple[Path, int], files: list[str]) -> None:
    held = {path: path.read_bytes() for path in (killed[0] / "logs").rglob("*") if path.is_file()}
    with pytest.raises(TrainingError, match=r"files .*--fresh"):
        fit(killed[0], files[0], *EPOCHS)
    assert {path: path.read_bytes() for path in (killed[0] / "logs").rglob("*") if path.is_file()} == held


def test_a_killed_fit_taken_up_again_ends_like_an_undisturbed_one_to_the_bit(
    killed: tuple[Path, int], undisturbed: Path, files: list[str], record: dict[str, Any]
) -> None:
    folder, _ = killed
    result = fit(folder, *files, *EPOCHS, "--json")
    again = json.loads(result.stdout)
    assert "going on after epoch" in result.stderr
    assert again["n_sittings"] == 2
    assert again["epochs"] == record["epochs"]
    for ours, theirs in zip(weights(folder), weights(undisturbed), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def first_rows(path: Path, n_rows: int, folder: Path) -> str:
    """Copy the first rows of a file."""
    lines = path.read_text().splitlines(keepends=True)[: n_rows + 1]
    copy = folder / path.name
    copy.write_text("".join(lines))
    return str(copy)


def test_two_series_of_nab_from_scratch(nab: Path, tmp_path: Path) -> None:
    names = ["ec2_cpu_utilization_24ae8d", "rds_cpu_utilization_cc0c53"]
    files = [first_rows(nab / "data" / "realAWSCloudwatch" / f"{name}.csv", 1_200, tmp_path) for name in names]
    result = fit(tmp_path, *files, "--from-scratch", "--epochs", "2", "--json")
    record = json.loads(result.stdout)
    assert record["start"] == "from scratch"
    assert record["comparison"]["verdict"] == "worse"
    assert record["advice"][-1].startswith("Keep the shipped model")
    assert record["model"]["sha256"] == sha256((tmp_path / "out" / "mine.onnx").read_bytes()).hexdigest()
