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
from training.evaluation.nab.backtest import Judged
from training.evaluation.nab.corpus import File, read_corpus
from training.evaluation.nab.kafka.through_kafka import score_through_kafka
from training.evaluation.nab.kafka.topics import n_different
from training.evaluation.nab.measure import Measured, measure
from training.evaluation.nab.model import Model
from training.evaluation.nab.outcome import Outcome
from training.evaluation.nab.perturbation import Luck
from training.evaluation.nab.published import Published, read_published
from training.evaluation.nab.scoring.counting import counting
from training.evaluation.nab.scoring.null_baseline import best_clock
from training.evaluation.nab.scoring.sweep import Best


@dataclass(frozen=True, slots=True)
class Corpus:
    """NAB's folder, read.

    Attributes
    ----------
    files : list of File
    published : list of Published
        The best first.
    null : dict of str to Best
        What a clock scores, by profile.
    """

    files: list[File]
    published: list[Published]
    null: Mapping[str, Best]

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
    """What a benchmark found.

    Attributes
    ----------
    bundle : Bundle
    corpus : Corpus
    outcomes : list of Outcome
        One a warm-up that was asked for.
    judged : list of Judged
        Row by row what the first run of the first warm-up said of each file.
    duration_s : float
    n_equal : int or None
        Rows, all of them, of which workers behind Kafka said the same as this process, to the bit; None without Kafka.
    """

    bundle: Bundle
    corpus: Corpus
    outcomes: list[Outcome]
    judged: list[Judged]
    duration_s: float
    n_equal: int | None = None

    def to_json(self) -> dict[str, object]:
        """Tell it in plain JSON."""
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
    directory: Path, model: Model, lucks: Sequence[Luck], warmups: Sequence[int | None], console: Console
) -> Results:
    """Read the folder and score every file in every run.

    Parameters
    ----------
    directory : Path
    model : Model
    lucks : sequence of Luck
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
    outcomes: list[Outcome] = []
    judged: list[Judged] = []
    for warmup in warmups:
        measured = _measure(corpus, model, lucks, warmup, console)
        outcomes.append(Outcome.of(corpus.files, lucks, measured, warmup))
        judged = judged or [each.judged for each in measured[0] if each.judged is not None]
    return Results(bundle, corpus, outcomes, judged, time.monotonic() - start_s)


def run_through_kafka(
    directory: Path, model: Model, luck: Luck, warmup: int, settings: Settings, console: Console
) -> Results:
    """Let workers behind a real broker score every file, and hold what they say against this process.

    Parameters
    ----------
    directory : Path
    model : Model
        With bands, as workers give them with the scores.
    luck : Luck
    warmup : int
        Of every series.
    settings : Settings
        Of the connection and of the workers.
    console : rich.console.Console

    Raises
    ------
    DataError, ModelError
    StreamgaugeError
        If the broker cannot be used, or the two differ.
    """
    start_s = time.monotonic()
    bundle, corpus = model.bundle(), Corpus.read(directory)
    files = [luck.apply(file) for file in corpus.files]
    judged = score_through_kafka(settings, files, warmup, console)
    here = [each.judged for each in _measure(corpus, model, [luck], warmup, console)[0] if each.judged is not None]
    different = {file.name: n_different(*both) for file, *both in zip(files, judged, here, strict=True)}
    if any(different.values()):
        worst = max(different, key=different.__getitem__)
        raise StreamgaugeError(
            f"expected the same of {corpus.n_rows:,} records through Kafka and in one process, found "
            f"{sum(different.values()):,} that differ, most of them in {worst}"
        )
    measured = [[Measured.of(file, found) for file, found in zip(files, judged, strict=True)]]
    outcome = Outcome.of(corpus.files, [luck], measured, warmup)
    n_equal = sum(file.n_rows for file in files)
    return Results(bundle, corpus, [outcome], judged, time.monotonic() - start_s, n_equal)


def _measure(
    corpus: Corpus, model: Model, lucks: Sequence[Luck], warmup: int | None, console: Console
) -> list[list[Measured]]:
    total = sum(file.n_rows - luck.n_dropped for file in corpus.files for luck in lucks)
    with counting(console, "scoring", total) as progress:
        return measure(model, corpus.files, lucks, warmup, progress)
