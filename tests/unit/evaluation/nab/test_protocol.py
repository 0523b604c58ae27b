"""What alarms are worth by NAB's protocol."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.arrays import Float64
from tests.unit.evaluation.nab import made
from training.evaluation.nab.corpus import File
from training.evaluation.nab.protocol import PROFILES, Profile, probation, sigma
from training.evaluation.nab.scoring.confusion import Confusion, LabelWeights
from training.evaluation.nab.scoring.sweep import best, every_threshold

STANDARD = PROFILES[0]


def tally(file: File, *rows: int) -> Confusion:
    return Confusion.of(LabelWeights.of(file), np.array(rows, np.int64), np.ones((1, len(rows)), np.bool_))


def standard(file: File, *rows: int) -> float:
    return float(tally(file, *rows).score(STANDARD)[0])


def test_the_probation_is_a_share_of_the_file_and_at_most_750_rows() -> None:
    assert [probation(n_rows) for n_rows in (9, 1_127, 4_032, 22_695)] == [1, 169, 604, 750]


def test_worth_falls_from_one_at_the_start_of_a_window_through_nothing_at_its_end() -> None:
    assert sigma(np.array([-1.0, 0.0, 1.0, 3.0, 3.01])) == pytest.approx([0.98661, 0, -0.98661, -1, -1], abs=1e-5)


@pytest.mark.parametrize("profile", PROFILES)
def test_silence_is_0_and_the_first_row_of_each_window_alone_is_100(profile: Profile) -> None:
    file = made.file(400, [(150, 169), (300, 339)])
    assert tally(file).score(profile)[0] == 0
    assert tally(file, 150, 300).score(profile)[0] == pytest.approx(100)


def test_only_the_earliest_alarm_of_a_window_counts() -> None:
    file = made.file(400, [(150, 169)])
    assert standard(file, 155, 160, 169) == standard(file, 155)
    assert standard(file, 155) < standard(file, 151)


def test_every_false_alarm_costs_and_less_so_right_behind_a_window() -> None:
    file = made.file(400, [(150, 169)])
    near, far = standard(file, 150, 171), standard(file, 150, 390)
    assert far == pytest.approx(100 - 100 * 0.11 / 2)
    assert far < near < 100
    assert standard(file, 150, 390, 391) == pytest.approx(100 - 2 * 100 * 0.11 / 2)


def test_a_false_alarm_before_any_window_costs_all_of_its_weight() -> None:
    file = made.file(400, [(150, 169)])
    assert tally(file, 149).lost[0] == 1.0


def test_alarms_of_the_probation_count_for_nothing_and_no_window_in_it_is_asked_for() -> None:
    file = made.file(400, [(10, 20), (150, 169)])
    found = tally(file, 5, 15, 59)
    assert (found.n_windows, int(found.n_alarms[0]), int(found.n_found[0]), int(found.n_false[0])) == (1, 0, 0, 0)


def test_where_nothing_is_labelled_there_is_no_score() -> None:
    found = tally(made.file(400), 300)
    assert np.isnan(found.score(STANDARD)).all()
    assert found.n_false[0] == 1


def test_a_sweep_counts_at_each_score_what_is_counted_there_alone() -> None:
    files = [made.file(300, [(100, 130), (220, 240)]), made.file(200)]
    markings = [LabelWeights.of(file) for file in files]
    scores = [np.round(np.random.default_rng(number).random(file.n_rows), 2) for number, file in enumerate(files)]
    thresholds, swept = every_threshold(markings, scores)
    for number in range(0, len(thresholds), 7):
        alone = Confusion.sum(
            _at(weights, of_file, thresholds[number]) for weights, of_file in zip(markings, scores, strict=True)
        )
        assert (swept.n_alarms[number], swept.n_found[number]) == (alone.n_alarms[0], alone.n_found[0])
        assert swept.score(STANDARD)[number] == pytest.approx(alone.score(STANDARD)[0], abs=1e-9)


def _at(weights: LabelWeights, scores: Float64, threshold: float) -> Confusion:
    return Confusion.of(weights, np.arange(len(scores)), (scores >= threshold)[None])


def test_of_thresholds_that_score_the_same_the_highest_is_the_best() -> None:
    file = made.file(400, [(150, 169)])
    alarms = np.zeros((3, 400), np.bool_)
    alarms[:2, 150] = True
    found = best(np.array([0.5, 0.7, 0.9]), Confusion.of(LabelWeights.of(file), np.arange(400), alarms), STANDARD)
    assert (found.threshold, round(found.score, 6), int(found.tally.n_found[0])) == (0.7, 100.0, 1)
