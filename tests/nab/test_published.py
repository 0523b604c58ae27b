"""The scorer gives the scores that NAB has published for other detectors."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from stream.detection.arrays import Float64
from training.evaluation.nab.corpus import File
from training.evaluation.nab.external_scores import at_threshold
from training.evaluation.nab.protocol import PROFILES
from training.evaluation.nab.published import Published, read_published
from training.evaluation.nab.scoring.sweep import best_clock

HERE = Path(__file__).parent
PUBLISHED = read_published(HERE)


def scores_of(detector: str, files: list[File]) -> list[Float64]:
    """Return the published score of each record that reaches a threshold, and 0 for the others."""
    scores = {file.name: np.zeros(file.n_rows) for file in files}
    with gzip.open(HERE / "published" / "detections.csv.gz", "rt", newline="") as text:
        for record in csv.DictReader(text):
            if record["detector"] == detector:
                scores[record["file"]][int(record["row"])] = float(record["anomaly_score"])
    return [scores[file.name] for file in files]


def test_the_corpus_is_whole(files: list[File]) -> None:
    n_windows = sum(len(each.windows) for each in files)
    assert (len(files), sum(each.n_rows for each in files), n_windows) == (58, 365_558, 116)


def test_four_detectors_are_looked_at() -> None:
    assert {each.name for each in PUBLISHED} == {"ARTime", "contextOSE", "numenta", "windowedGaussian"}


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda published: published.name)
def test_a_published_detector_has_its_published_score_in_every_profile(published: Published, files: list[File]) -> None:
    scores = scores_of(published.name, files)
    for profile in PROFILES:
        found = at_threshold(files, scores, published.thresholds[profile.name], profile)
        assert found.score == pytest.approx(published.scores[profile.name], abs=0.01), profile.name


def test_a_clock_finds_windows_by_chance(files: list[File]) -> None:
    found = {name: round(best.score) for name, best in best_clock(files).items()}
    assert found == {"standard": 25, "reward_low_FP_rate": -2, "reward_low_FN_rate": 43}
