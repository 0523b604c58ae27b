"""The benchmark: NAB's folder in, the outcome out, with what others have published beside it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from stream.errors import StreamgaugeError
from stream.model import Bundle
from stream.settings.settings import Settings
from training.evaluation.nab.backtest import ScoredFile
from training.evaluation.nab.corpus import File, Perturbation, read_corpus
from training.evaluation.nab.measure import Measured, MeasuredModel, measure
from training.evaluation.nab.outcome import BenchmarkOutcome
from training.evaluation.nab.published import Published, read_published
from training.evaluation.nab.scoring.sweep import Best, best_clock
from training.evaluation.nab.through_kafka import n_different, score_through_kafka
from training.evaluation.shared import counting


@dataclass(frozen=True, slots=True)
class Corpus:
    """NAB's folder, read."""

    files: list[File]
    published: list[Published]
    """The best first."""
    null: Mapping[str, Best]
    """What a clock scores, by profile."""

    @classmethod
    def read(cls, directory: Path) -> Corpus:
        """Read NAB's folder.

        Raises
        ------
        DataError
        """
        files, published = read_corpus(directory), read_published(directory)
        return cls(files, published, best_clock(files))

    @property
    def n_rows(self) -> int:
        """Count the rows of all files."""
        return sum(file.n_rows for file in self.files)


@dataclass(frozen=True, slots=True)
class Results:
    """What a benchmark found."""

    bundle: Bundle
    corpus: Corpus
    outcomes: list[BenchmarkOutcome]
    """One a warm-up that was asked for."""
    evaluated: list[ScoredFile]
    """Row by row, the scores of the first run of the first warm-up."""
    duration_s: float
    n_equal: int | None = None
    """Rows, all of them, that workers behind Kafka scored as this process did, to the bit; None without Kafka."""

    def to_json(self) -> dict[str, object]:
        """Return the results as plain JSON."""
        null = {name: {"score": best.score, "period": best.threshold} for name, best in self.corpus.null.items()}
        return {
            "model": {
                "name": self.bundle.name,
                "version": self.bundle.version,
                "sha256": self.bundle.sha256,
            },
            "files": len(self.corpus.files),
            "records": self.corpus.n_rows,
            "outcomes": [outcome.to_json() for outcome in self.outcomes],
            "null": null,
            "published": {each.name: dict(each.scores) for each in self.corpus.published},
            "equal_through_kafka": self.n_equal,
            "duration_s": self.duration_s,
        }


def run_benchmark(
    directory: Path,
    model: MeasuredModel,
    perturbations: Sequence[Perturbation],
    warmups: Sequence[int | None],
    console: Console,
) -> Results:
    """Read the folder and score every file in every run.

    Parameters
    ----------
    warmups : sequence of int or None
        Each is measured by itself; None is the probation of each file.
    console : rich.console.Console
        Shows the progress, on a terminal.

    Raises
    ------
    DataError, ModelError
    """
    start_s = time.monotonic()
    bundle, corpus = model.bundle(), Corpus.read(directory)
    outcomes: list[BenchmarkOutcome] = []
    evaluated: list[ScoredFile] = []
    for warmup in warmups:
        measured = _measure(corpus, model, perturbations, warmup, console)
        outcomes.append(BenchmarkOutcome.of(corpus.files, perturbations, measured, warmup))
        evaluated = evaluated or [each.evaluated for each in measured[0] if each.evaluated is not None]
    return Results(bundle, corpus, outcomes, evaluated, time.monotonic() - start_s)


def run_through_kafka(
    directory: Path, model: MeasuredModel, perturbation: Perturbation, warmup: int, settings: Settings, console: Console
) -> Results:
    """Let workers behind a real broker score every file, and compare their scores with this process's.

    Parameters
    ----------
    model : MeasuredModel
        With bands, as workers give them with the scores.
    warmup : int
        Of every series.
    settings : Settings
        Of the connection and of the workers.

    Raises
    ------
    DataError, ModelError
    StreamgaugeError
        If the broker cannot be used, or the two differ.
    """
    start_s = time.monotonic()
    bundle, corpus = model.bundle(), Corpus.read(directory)
    files = [perturbation.apply(file) for file in corpus.files]
    evaluated = score_through_kafka(settings, files, warmup, console)
    here = [
        each.evaluated
        for each in _measure(corpus, model, [perturbation], warmup, console)[0]
        if each.evaluated is not None
    ]
    different = {file.name: n_different(*both) for file, *both in zip(files, evaluated, here, strict=True)}
    if any(different.values()):
        worst = max(different, key=different.__getitem__)
        raise StreamgaugeError(
            f"expected the same of {corpus.n_rows:,} records through Kafka and in one process, found "
            f"{sum(different.values()):,} that differ, most of them in {worst}"
        )
    measured = [[Measured.of(file, found) for file, found in zip(files, evaluated, strict=True)]]
    outcome = BenchmarkOutcome.of(corpus.files, [perturbation], measured, warmup)
    n_equal = sum(file.n_rows for file in files)
    return Results(bundle, corpus, [outcome], evaluated, time.monotonic() - start_s, n_equal)


def _measure(
    corpus: Corpus, model: MeasuredModel, perturbations: Sequence[Perturbation], warmup: int | None, console: Console
) -> list[list[Measured]]:
    total = sum(file.n_rows - perturbation.n_dropped for file in corpus.files for perturbation in perturbations)
    with counting(console, "scoring", total) as progress:
        return measure(model, corpus.files, perturbations, warmup, progress)
