"""`streamgauge train default`, from its options to the bundle and its record."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from stream.errors import INTERRUPTED_EXIT_CODE, TrainingError
from stream.model import Bundle
from tests.integration.training.tiny import TINY, quiet
from training.cli.train import command
from training.default import VERSION, train_default
from training.loop.checkpoint import Progress
from training.loop.record import best_seed
from training.network.bundling import check_parity, golden_rows
from training.network.network import Network
from training.synthetic.examples import Examples

ON_SHORT_SERIES = """
from dataclasses import asdict
from functools import partialmethod
from stream.cli import run
from tests.integration.training.tiny import TINY
from training.loop.plan import Plan
sizes = asdict(TINY)
del sizes["seeds"], sizes["n_updates"]
Plan.__init__ = partialmethod(Plan.__init__, **sizes)
if __name__ == "__main__":
    run()
"""
"""The whole command, but that the series it draws are few and short."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished tiny model."""
    folder = tmp_path_factory.mktemp("trained")
    train_default(TINY, folder, folder / "logs", fresh=False, console=quiet())
    return folder


def test_the_bundle_passes_every_check_and_says_what_it_is(trained: Path) -> None:
    bundle = Bundle.load(trained / "default.onnx")
    assert (bundle.name, bundle.version, bundle.kind) == ("default", VERSION, "stateful-forecast")


def test_the_record_beside_the_model_names_its_hash(trained: Path) -> None:
    record = json.loads((trained / "default.json").read_text())
    assert record["model"]["sha256"] == sha256((trained / "default.onnx").read_bytes()).hexdigest()


def test_the_record_holds_seeds_losses_updates_versions_and_duration(trained: Path) -> None:
    record = json.loads((trained / "default.json").read_text())
    assert set(record["seeds"]) == {"1", "2"}
    assert all(seed["held_out_losses"][-1] == [32, seed["held_out_loss"]] for seed in record["seeds"].values())
    assert record["n_updates"] == 32
    assert {"tensorflow", "keras", "tf2onnx", "onnx", "numpy"} <= set(record["versions"])
    assert record["duration_s"] > 0


def test_the_bundle_carries_its_record(trained: Path) -> None:
    record = json.loads((trained / "default.json").read_text())
    del record["model"]
    assert Bundle.load(trained / "default.onnx").metadata.trained == record


def test_tensorboard_finds_events_of_every_seed(trained: Path) -> None:
    for seed in TINY.seeds:
        assert list((trained / "logs" / f"seed-{seed}").glob("events.out.tfevents.*"))


def test_a_finished_run_is_exported_again_without_learning(trained: Path, tmp_path: Path) -> None:
    record = train_default(TINY, tmp_path, trained / "logs", fresh=False, console=quiet())
    assert record["n_updates"] == 32
    assert json.loads((trained / "default.json").read_text())["seeds"] == record["seeds"]


def test_the_seed_with_the_lowest_last_held_out_loss_is_chosen() -> None:
    progress = Progress(losses={1: [(0, 0.1), (9, 0.5)], 2: [(0, 1.5), (9, 0.4)], 3: [(0, 0.2), (9, 0.6)]})
    assert best_seed(progress) == 2


def test_a_bundle_of_other_weights_does_not_pass_the_comparison(trained: Path) -> None:
    network = Network(seed=9)
    golden = golden_rows(network, Examples.draw(np.random.default_rng(0), 4, 40).inputs)
    with pytest.raises(TrainingError, match="within 1e-05 of Keras"):
        check_parity((trained / "default.onnx").read_bytes(), network, golden)


def test_a_missing_tensorflow_is_one_sentence_with_the_command_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    error = CliRunner().invoke(command, ["default"]).exception
    assert isinstance(error, TrainingError)
    assert error.exit_code == 9
    assert "Install the training extra from a clone of streamgauge's repository: pip install -e" in str(error)


def test_seeds_that_are_no_numbers_are_refused() -> None:
    result = CliRunner().invoke(command, ["default", "--seeds", "1,two"])
    assert result.exit_code == 2
    assert "whole numbers" in result.output


def test_ctrl_c_says_how_to_go_on(tmp_path: Path, repository: Path) -> None:
    script = tmp_path / "short.py"
    script.write_text(ON_SHORT_SERIES)
    arguments = ["train", "default", "--seeds", "1", "--out", str(tmp_path), "--logdir", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    with subprocess.Popen(
        [sys.executable, str(script), *arguments], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if "held-out loss" in line)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == INTERRUPTED_EXIT_CODE
    assert rest.splitlines()[-1].startswith("stopped; the same command goes on from")
