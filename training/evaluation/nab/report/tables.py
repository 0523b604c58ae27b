"""The tables: what came out, for the terminal and, with the same words, for the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.console import Console

from training.evaluation.nab.benchmark import Results
from training.evaluation.nab.external_scores import ExternalScores
from training.evaluation.nab.outcome import ALL, BenchmarkOutcome, Standing
from training.evaluation.nab.protocol import PROFILES
from training.evaluation.nab.published import Published
from training.evaluation.nab.scoring.sweep import Best
from training.evaluation.tables import draw_table

SHORT = {"standard": "standard", "reward_low_FP_rate": "low FP", "reward_low_FN_rate": "low FN"}
NOTHING = "-"
"""Where nothing is labelled there is no score."""

Row = list[str]

N_PUBLISHED = 5
"""Detectors shown; the report has all."""


def profile_header() -> Row:
    """Name the columns of `profile_rows`."""
    return ["", *(SHORT[profile.name] for profile in PROFILES)]


def profile_rows(
    outcomes: Sequence[BenchmarkOutcome], null: Mapping[str, Best], published: Sequence[Published]
) -> list[Row]:
    """Put our scores above those of others and of a clock."""
    rows = [row for outcome in outcomes for row in _ours(outcome)]
    rows += [
        [f"{each.name}, published", *(f"{each.scores[profile.name]:.1f}" for profile in PROFILES)] for each in published
    ]
    clock = [f"{null[profile.name].score:.1f}" for profile in PROFILES]
    return [*rows, ["a clock, blind to the data", *clock]]


def warmup_name(outcome: BenchmarkOutcome) -> str:
    """Return how long keys warmed up."""
    return "NAB's probation" if outcome.warmup is None else f"{outcome.warmup:,} records"


def _ours(outcome: BenchmarkOutcome) -> list[Row]:
    standings = [outcome.standing(profile) for profile in PROFILES]
    warmup = f"warm-up {warmup_name(outcome)}"
    rows = [[f"boundary 1.0, {warmup}", *_each(standings, lambda it: f"{it.whole:.1f}")]]
    n_runs = len(outcome.perturbations)
    if n_runs > 1:
        rows.append([f"  mean of {n_runs} runs", *_each(standings, lambda it: f"{it.mean:.1f}")])
        rows.append(["  their standard deviation", *_each(standings, lambda it: f"{it.deviation:.1f}")])
    published = [f"{outcome.published(profile).mean():.1f}" for profile in PROFILES]
    rows.append(["  published events" + (", mean" if n_runs > 1 else ""), *published])
    rows.append(["  best threshold for them", *_each(standings, lambda it: f"{it.best:.1f}")])
    rows.append(["  which is", *_each(standings, lambda it: f"{it.best_threshold:.2f}")])
    return rows


def _each(standings: Sequence[Standing | None], text: Callable[[Standing], str]) -> Row:
    return [NOTHING if standing is None else text(standing) for standing in standings]


def family_header() -> Row:
    """Name the columns of `family_rows`."""
    return ["family", "found", "false", "per 10,000", *(SHORT[profile.name] for profile in PROFILES)]


def family_rows(outcome: BenchmarkOutcome) -> list[Row]:
    """Return a row for each family and one for all: counts of the first run, scores of the mean run."""
    families = [*(family for family in outcome.tallies if family != ALL), ALL]
    return [_family_row(outcome, family) for family in families]


def _family_row(outcome: BenchmarkOutcome, family: str) -> Row:
    tally = outcome.counts(family)
    standings = [outcome.standing(profile, family) for profile in PROFILES]
    return [
        family,
        f"{int(tally.n_found[0])} of {tally.n_windows}" if tally.n_windows else NOTHING,
        f"{int(tally.n_false[0])}",
        f"{tally.per_10000:.1f}",
        *_each(standings, lambda it: f"{it.mean:.1f} / {it.best:.1f}"),
    ]


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
        ["best threshold for these files", *(f"{others.best[it.name].score:.2f}" for it in PROFILES)],
        ["  which is", *(f"{others.best[it.name].threshold:.4g}" for it in PROFILES)],
    ]
    if others.published is not None:
        rows.append(["published", *(f"{others.published.scores[it.name]:.2f}" for it in PROFILES)])
    if others.at_published:
        at_published = (f"{others.at_published[it.name].score:.2f}" for it in PROFILES)
        rows.append(["at the published thresholds", *at_published])
    console.print(draw_table(profile_header(), rows))
