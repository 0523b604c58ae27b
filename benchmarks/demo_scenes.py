"""Faults found and alarms not planted in the demo's scene, over many seeds.

    .venv/bin/python -m benchmarks.demo_scenes

Tells whether the shipped seed is typical. Detector, model and settings are the worker's defaults; the broker is left
out, and all scenes are scored side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

import click
import numpy as np
from msgspec import UNSET
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from stream.cli.demo.scene.results import DemoOutcome, FaultResult, match_faults
from stream.cli.demo.scene.scene import HOUR_MS, Scene, build
from stream.detection.backtest import Series, backtest
from stream.detection.episodes.transition import Transition
from stream.detectors import build_detector
from stream.events.episodes import EpisodeEvent, Input, Model, Shares, severity_name
from stream.model import Bundle
from stream.worker.messages.episodes import EPISODE_STATES, REASONS

NOWHERE = Input(topic="", partition=0, offset=0)


def play(scenes: Sequence[Scene]) -> list[list[EpisodeEvent]]:
    """Score scenes side by side; give the changes of the episodes of each, in the order of their time."""
    owners = [(i, series) for i, scene in enumerate(scenes) for series in scene.series]
    model = _model()
    with Progress(transient=True) as progress:
        task = progress.add_task("scoring", total=sum(len(series.values) for _, series in owners))
        points = [Series(np.array(series.timestamps_ms), np.array(series.values)) for _, series in owners]
        scored = backtest(build_detector(Bundle.default()), points, progress=lambda n: progress.advance(task, n))
    events: list[list[EpisodeEvent]] = [[] for _ in scenes]
    for (i, series), found in zip(owners, scored, strict=True):
        for transition in found.transitions:
            timestamp_ms, actual = int(series.timestamps_ms[transition.row]), float(series.values[transition.row])
            events[i].append(_event(series.name, timestamp_ms, actual, transition, model))
    return [sorted(of_scene, key=lambda event: event.timestamp) for of_scene in events]


def _model() -> Model:
    bundle = Bundle.default()
    return Model(name=bundle.name, version=bundle.version, sha256=bundle.sha256)


def _event(series: str, timestamp_ms: int, actual: float, transition: Transition, model: Model) -> EpisodeEvent:
    return EpisodeEvent(
        series=series,
        episode=f"{series} {transition.start_ms}",
        state=EPISODE_STATES.get(transition.change, "update"),
        reason=REASONS.get(transition.change, UNSET),
        start=transition.start_ms,
        timestamp=timestamp_ms,
        actual=actual,
        expected=transition.expected,
        lower=transition.lower,
        upper=transition.upper,
        level=0.99,
        score=transition.score,
        peak_score=transition.peak_score,
        severity=severity_name(transition.severity),
        direction="above" if transition.direction > 0 else "below",
        shares=Shares(*transition.shares),
        flags=[],
        model=model,
        input=NOWHERE,
    )


def table(outcomes: Sequence[DemoOutcome], first_seed: int) -> Table:
    """Draw one row a seed, and the sums; of each fault, hours until it was found and peak score."""
    drawn = Table(box=None, pad_edge=False, show_footer=True)
    n_planted = sum(len(one.findings) for one in outcomes)
    n_missed = sum(len(one.missed) for one in outcomes)
    n_other = [len(one.not_planted) for one in outcomes]
    drawn.add_column("seed")
    drawn.add_column("found", f"{n_planted - n_missed} of {n_planted}")
    drawn.add_column("not planted", f"median {np.median(n_other):g}, mean {np.mean(n_other):.1f}", max_width=11)
    for finding in outcomes[0].findings:
        drawn.add_column(finding.fault.kind, no_wrap=True)
    for seed, one in enumerate(outcomes, first_seed):
        n_found = len(one.findings) - len(one.missed)
        drawn.add_row(str(seed), str(n_found), str(len(one.not_planted)), *map(_cell, one.findings))
    return drawn


def _cell(finding: FaultResult) -> str:
    if finding.delay_ms is None or finding.peak is None:
        return "missed"
    return f"{finding.delay_ms / HOUR_MS:.2f} h {finding.peak.score:.2f}"


@click.command()
@click.option("--seeds", "n_seeds", default=20, show_default=True, help="Scenes to play.")
@click.option("--first", default=1, show_default=True, help="Seed of the first.")
def main(n_seeds: int, first: int) -> None:
    """Print what was found in each scene."""
    scenes = [build(seed) for seed in range(first, first + n_seeds)]
    events = play(scenes)
    Console(highlight=False).print(table([match_faults(*pair) for pair in zip(scenes, events, strict=True)], first))


if __name__ == "__main__":
    main()
