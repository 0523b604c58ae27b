"""Others: a detector known by its scores alone, every record at or above a threshold an alarm, as NAB takes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stream.detection.arrays import Float64
from training.evaluation.nab.benchmark import Corpus
from training.evaluation.nab.corpus import File
from training.evaluation.nab.protocol import PROFILES, Profile
from training.evaluation.nab.published import Published, read_scores
from training.evaluation.nab.scoring.confusion import Confusion, LabelWeights
from training.evaluation.nab.scoring.sweep import Best, best, every_threshold


@dataclass(frozen=True, slots=True)
class ExternalScores:
    """What a detector's scores are worth."""

    path: Path
    best: dict[str, Best]
    """By profile, with the threshold that scores best on these files."""
    at_published: dict[str, Best]
    """By profile, with the threshold that was published; empty where none was."""
    published: Published | None
    """The scores published under the name of the file."""

    def to_json(self) -> dict[str, object]:
        """Return the results as plain JSON."""
        return {
            "file": str(self.path),
            "best": {name: _json(each) for name, each in self.best.items()},
            "at_published_thresholds": {name: _json(each) for name, each in self.at_published.items()},
            "published": None if self.published is None else dict(self.published.scores),
        }


def evaluate_external(directory: Path, path: Path) -> ExternalScores:
    """Score a detector's records.

    Parameters
    ----------
    directory : Path
        NAB's folder.
    path : Path
        See `read_scores`; its name up to the first dot is the detector's.

    Raises
    ------
    DataError
    """
    corpus = Corpus.read(directory)
    scores = read_scores(path, corpus.files)
    thresholds, tally = every_threshold([LabelWeights.of(file) for file in corpus.files], scores)
    name = path.name.partition(".")[0]
    published = next((each for each in corpus.published if each.name == name), None)
    known = {} if published is None else published.thresholds
    return ExternalScores(
        path,
        {profile.name: best(thresholds, tally, profile) for profile in PROFILES},
        {
            each.name: at_threshold(corpus.files, scores, known[each.name], each)
            for each in PROFILES
            if each.name in known
        },
        published,
    )


def at_threshold(files: list[File], scores: list[Float64], threshold: float, profile: Profile) -> Best:
    """Score the records at or above one threshold."""
    tally = Confusion.sum(
        Confusion.of(LabelWeights.of(file), np.arange(file.n_rows), (of_file >= threshold)[None])
        for file, of_file in zip(files, scores, strict=True)
    )
    return Best(threshold, float(tally.score(profile)[0]), tally)


def _json(found: Best) -> dict[str, object]:
    tally = found.tally
    return {
        "threshold": found.threshold,
        "score": found.score,
        "windows_found": int(tally.n_found[0]),
        "false_positives": int(tally.n_false[0]),
        "alarms_per_10000": tally.per_10000,
    }
