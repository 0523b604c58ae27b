"""The points of a fit, read and audited, or those that a killed fit had read; TensorFlow is not loaded before that."""

from __future__ import annotations

from training.fit.data.data import Data, discard
from training.fit.output_paths import OutputPaths
from training.fit.plan import DataPlan
from training.fit.report.screen import Screen
from training.fit.request import Request
from training.loop import checkpoint

NOT_COMPARED = {"n_epochs", "patience"}
"""Numbers of the plan that may differ when a killed fit is taken up again."""


def gather(request: Request, plan: DataPlan, paths: OutputPaths, fresh: bool, screen: Screen) -> Data:
    """Read and audit the points, or take those that a killed fit of the same request had read.

    Points of a topic, which moves on, are taken only together with a checkpoint.

    Parameters
    ----------
    paths : OutputPaths
        Claimed.
    fresh : bool
        Forget what a killed fit left.

    Raises
    ------
    TrainingError
        If the checkpoint is of another fit; it and its points stay as they are.
    StreamgaugeError
        If the points cannot be read, with the reason.
    """
    if fresh:
        forget(paths)
    identity = identify(plan, request)
    has_begun = checkpoint.read(paths.logdir, identity) is not None
    data = Data.load(paths.points, identity) if has_begun or request.topic is None else None
    if data is None:
        data = _read(request, plan, paths, identity, screen)
    else:
        screen.message(f"going on with the points that were read before, in {paths.points}")
    screen.show_data(data.accounts, data.audits)
    return data


def _read(request: Request, plan: DataPlan, paths: OutputPaths, identity: dict[str, object], screen: Screen) -> Data:
    """Read and audit, and keep the points if something can be learned from them."""
    discard(paths.points)
    paths.points.mkdir(parents=True)
    try:
        with request.open(screen.message) as sources, screen.reading() as watch:
            data = Data.gather(sources, paths.points, plan, identity, watch)
    except BaseException:
        discard(paths.points)
        raise
    if data.n_usable:
        data.save(paths.points)
    else:
        discard(paths.points)
    return data


def identify(plan: DataPlan, request: Request) -> dict[str, object]:
    """Identify a fit by its request and plan."""
    settings = {name: value for name, value in plan.to_json().items() if name not in NOT_COMPARED}
    return {**settings, **request.to_json()}


def forget(paths: OutputPaths) -> None:
    """Remove what a fit leaves for the one that goes on from it."""
    checkpoint.discard(paths.logdir)
    discard(paths.points)
