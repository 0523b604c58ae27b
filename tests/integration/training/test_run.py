"""A run learns, and goes on after it was killed as if it had not been."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stream.errors import TrainingError
from tests.integration.training.tiny import TINY, quiet
from training.loop import checkpoint
from training.loop.generator import generate
from training.loop.plan import Plan
from training.loop.run import TrainingRun
from training.loop.seed_run import SeedRun

ENDLESS = """
import sys
from pathlib import Path
from rich.console import Console
from tests.integration.training.tiny import TINY
if __name__ == "__main__":
    from training.loop.run import TrainingRun
    TrainingRun(TINY, Path(sys.argv[1])).finish(Console(stderr=True))
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> TrainingRun:
    run = TrainingRun(TINY, tmp_path_factory.mktemp("undisturbed"))
    run.finish(quiet())
    return run


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """The folder of a run that was killed with -9 at its third look; no process of it is left."""
    folder = tmp_path_factory.mktemp("killed")
    script = folder / "endless.py"
    script.write_text(ENDLESS)
    command = [sys.executable, str(script), str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for _ in range(3):
            _next_look(process.stderr)
        process.kill()
        process.stderr.read()  # Ends when no process holds it any more: the one that draws series has left too.
    return folder


def _next_look(lines: Iterator[str]) -> str:
    return next(line for line in lines if "held-out loss" in line)


def weights(run: TrainingRun) -> list[NDArray[np.float32]]:
    return [np.asarray(variable) for seed_run in run.seed_runs for variable in seed_run.variables]


def test_a_short_run_lowers_the_held_out_loss_of_every_seed(undisturbed: TrainingRun) -> None:
    for looks in undisturbed.progress.losses.values():
        assert looks[-1][1] < looks[0][1] - 0.05


def test_a_run_makes_the_updates_it_was_asked_for(undisturbed: TrainingRun) -> None:
    assert undisturbed.n_updates == TINY.n_updates
    assert all(looks[-1][0] == TINY.n_updates for looks in undisturbed.progress.losses.values())


def test_the_learning_rate_ends_at_its_final_share(undisturbed: TrainingRun) -> None:
    for seed_run in undisturbed.seed_runs:
        assert seed_run.learning_rate == pytest.approx(TINY.learning_rate * TINY.final_rate_share, rel=1e-4)


def test_a_killed_run_has_part_of_its_work_on_the_disk(killed: Path) -> None:
    seed_runs = [SeedRun(TINY, seed) for seed in TINY.seeds]
    assert 0 < checkpoint.restore(killed, TINY, seed_runs).n_rounds < TINY.n_rounds


def test_a_killed_run_taken_up_again_ends_like_an_undisturbed_one_to_the_bit(
    killed: Path, undisturbed: TrainingRun
) -> None:
    run = TrainingRun(TINY, killed)
    run.finish(quiet())
    assert run.progress.n_sittings == 2
    for ours, theirs in zip(weights(run), weights(undisturbed), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_checkpoint_of_another_plan_is_refused(undisturbed: TrainingRun) -> None:
    folder = undisturbed.folder
    with pytest.raises(TrainingError, match=r"n_updates 64, found 32.*--fresh"):
        TrainingRun(replace(TINY, n_updates=64), folder)


def test_a_discarded_checkpoint_starts_over(tmp_path: Path, undisturbed: TrainingRun) -> None:
    checkpoint.save(tmp_path, TINY, undisturbed.progress, undisturbed.seed_runs)
    checkpoint.discard(tmp_path)
    assert TrainingRun(TINY, tmp_path).n_updates == 0


def test_a_half_written_checkpoint_leaves_the_last_whole_one(tmp_path: Path, undisturbed: TrainingRun) -> None:
    checkpoint.save(tmp_path, TINY, undisturbed.progress, undisturbed.seed_runs)
    (tmp_path / f"{checkpoint.FILE}.part").write_bytes(b"cut off")
    assert TrainingRun(TINY, tmp_path).n_updates == TINY.n_updates


def test_a_block_is_the_same_series_whenever_it_is_drawn() -> None:
    with generate(TINY, first_block=0) as blocks:
        held_out, _, second = (next(blocks) for _ in range(3))
    with generate(TINY, first_block=1) as blocks:
        held_out_again, second_again = (next(blocks) for _ in range(2))
    np.testing.assert_array_equal(held_out.inputs, held_out_again.inputs)
    np.testing.assert_array_equal(second.targets, second_again.targets)


def test_the_death_of_the_drawing_process_is_said() -> None:
    broken = replace(TINY, n_held_out_series=-1)
    with generate(broken, first_block=0) as blocks, pytest.raises(TrainingError, match="ended early"):
        next(blocks)


@pytest.mark.parametrize(
    ("refused", "found"),
    [
        (lambda: replace(TINY, seeds=()), "seeds"),
        (lambda: replace(TINY, seeds=(1, 1)), "seeds"),
        (lambda: replace(TINY, n_updates=0), "update"),
        (lambda: replace(TINY, n_unrolled=100), "whole"),
    ],
)
def test_a_plan_that_cannot_be_trained_is_refused(refused: Callable[[], Plan], found: str) -> None:
    with pytest.raises(TrainingError, match=found):
        refused()
