"""What a killed training run needs to go on as if nothing had happened, in one file that is whole or not there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from stream.errors import TrainingError
from training.loop.plan import Plan

if TYPE_CHECKING:
    from training.loop.seed_run import SeedRun

Array: TypeAlias = NDArray[Any]

FILE = "checkpoint.npz"


@dataclass(slots=True)
class Progress:
    """How far a run has come."""

    n_rounds: int = 0
    """Rounds learned; the next series to draw follow from it."""
    duration_s: float = 0.0
    """Seconds of all sessions up to the last finished round: drawing included, lost work not."""
    n_sittings: int = 0
    """Times that the run was started or taken up again with something left to learn."""
    losses: dict[int, list[tuple[int, float]]] = field(default_factory=dict)
    """Held-out loss of each seed: (updates, nats a record)."""


def save(folder: Path, plan: Plan, progress: Progress, seed_runs: list[SeedRun]) -> None:
    """Write the state of a run on synthetic series."""
    arrays = {f"{seed_run.seed}/{i}": np.asarray(v) for seed_run in seed_runs for i, v in enumerate(seed_run.variables)}
    write(folder, {"plan": plan.to_json(), "progress": asdict(progress)}, arrays)


def restore(folder: Path, plan: Plan, seed_runs: list[SeedRun]) -> Progress:
    """Bring the networks back to the last checkpoint.

    Parameters
    ----------
    folder : Path
        Where `save` wrote; without a checkpoint they stay as they are.
    plan : Plan
        Must be the plan of the checkpoint.

    Returns
    -------
    Progress
        Nothing done yet where there is no checkpoint.

    Raises
    ------
    TrainingError
        If the checkpoint is of another plan.
    """
    found = read(folder, plan.to_json())
    if found is None:
        return Progress()
    stored, arrays = found
    for seed_run in seed_runs:
        for i, variable in enumerate(seed_run.variables):
            variable.assign(arrays[f"{seed_run.seed}/{i}"])
    losses = {int(seed): [(int(n), float(loss)) for n, loss in curve] for seed, curve in stored["losses"].items()}
    return Progress(stored["n_rounds"], stored["duration_s"], stored["n_sittings"], losses)


def write(folder: Path, document: dict[str, object], arrays: Mapping[str, Array]) -> None:
    """Write a checkpoint to the disk, then give it its name: a reader finds the old one or the new one.

    Parameters
    ----------
    document : dict
        Plain JSON: `plan`, which identifies the run, and `progress`.
    arrays : dict of str to array
    """
    unfinished = folder / f"{FILE}.part"
    with unfinished.open("wb") as file:
        np.savez(file, allow_pickle=False, document=np.array(json.dumps(document)), **arrays)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / FILE)


def read(folder: Path, plan: dict[str, object]) -> tuple[dict[str, Any], dict[str, Array]] | None:
    """Read what `write` wrote: the progress and the arrays; None without a checkpoint.

    Raises
    ------
    TrainingError
        If the checkpoint is of another plan.
    """
    path = folder / FILE
    if not path.exists():
        return None
    with np.load(path) as stored:
        arrays = dict(stored)
    document = json.loads(str(arrays.pop("document")))
    _check_plan(path, document["plan"], plan)
    return document["progress"], arrays


def discard(folder: Path) -> None:
    """Forget the last checkpoint, if there is one."""
    (folder / FILE).unlink(missing_ok=True)


def _check_plan(path: Path, stored: dict[str, object], asked: dict[str, object]) -> None:
    different = [name for name in asked if stored.get(name) != asked[name]]
    if different:
        name = different[0]
        raise TrainingError(
            f"expected {path} to be of a run with {name} {asked[name]}, found {stored.get(name)}: "
            "give the same options as before, another --logdir, or --fresh to start over"
        )
