"""What a person sees of a measurement: tables on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from training.evaluation.nab.benchmark import Results
from training.evaluation.nab.external_scores import ExternalScores
from training.evaluation.nab.protocol import PROFILES
from training.evaluation.nab.report.tables import (
    family_header,
    family_rows,
    profile_header,
    profile_rows,
    warmup_name,
)
from training.evaluation.tables import draw_table

N_PUBLISHED = 5
"""Detectors shown; the report has all."""


def show(results: Results | ExternalScores, console: Console) -> None:
    """Print what was found."""
    if isinstance(results, ExternalScores):
        _show_others(results, console)
    else:
        _show_results(results, console)


def _show_results(results: Results, console: Console) -> None:
    corpus, bundle = results.corpus, results.bundle
    console.print(
        f"{len(corpus.files)} files, {corpus.n_rows:,} records; model {bundle.name} {bundle.version}, "
        f"{results.duration_s:,.0f} s"
    )
    if results.n_equal is not None:
        console.print(f"through Kafka: all of {results.n_equal:,} records as in one process, to the bit")
    rows = profile_rows(results.outcomes, corpus.null, corpus.published[:N_PUBLISHED])
    console.print(draw_table(profile_header(), rows))
    for outcome in results.outcomes:
        console.print(
            f"Warm-up: {warmup_name(outcome)}. Windows found, false alarms, alarms per 10,000 records: whole files, "
            "boundary 1.0.\nScores: mean of the runs at 1.0 / at the family's own best threshold."
        )
        console.print(draw_table(family_header(), family_rows(outcome)))
        console.print(
            f"Published events are those that call a person: open, worse, again. {outcome.unlabelled} of "
            f"{outcome.episodes} episodes of the whole files touch no labelled window."
        )


def _show_others(others: ExternalScores, console: Console) -> None:
    rows = [
        _other_row("best threshold for these files", [f"{others.best[it.name].score:.2f}" for it in PROFILES]),
        _other_row("  which is", [f"{others.best[it.name].threshold:.4g}" for it in PROFILES]),
    ]
    if others.published is not None:
        rows.append(_other_row("published", [f"{others.published.scores[it.name]:.2f}" for it in PROFILES]))
    if others.at_published:
        rows.append(
            _other_row("at the published thresholds", [f"{others.at_published[it.name].score:.2f}" for it in PROFILES])
        )
    console.print(draw_table(profile_header(), rows))


def _other_row(name: str, cells: Sequence[str]) -> list[str]:
    return [name, *cells]
