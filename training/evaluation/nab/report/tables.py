"""The tables: what came out, for the terminal and, with the same words, for the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from training.evaluation.nab.outcome import ALL, BenchmarkOutcome, Standing
from training.evaluation.nab.protocol import PROFILES
from training.evaluation.nab.published import Published
from training.evaluation.nab.scoring.sweep import Best

SHORT = {"standard": "standard", "reward_low_FP_rate": "low FP", "reward_low_FN_rate": "low FN"}
NOTHING = "-"
"""Where nothing is labelled there is no score."""

Row = list[str]


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
