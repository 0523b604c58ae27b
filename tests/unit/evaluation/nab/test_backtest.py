"""Files side by side through one gauge, in one process or many, are what each is alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from stream.detection.backtest import CHUNK
from stream.errors import StreamgaugeError
from stream.events.episodes import SEVERITIES, ScoredPoint
from stream.plot.chart import Bins
from tests.unit.evaluation.nab import made
from training.evaluation.nab.backtest import ScoredFile, fresh_rows, score_files
from training.evaluation.nab.corpus import File, perturbations
from training.evaluation.nab.measure import MeasuredModel, measure
from training.evaluation.nab.report.report import chart
from training.evaluation.nab.through_kafka import n_different, scored_file_of


def some_files() -> list[File]:
    lengths = (2 * CHUNK + 30, CHUNK, 150)
    return [made.file(n_rows, [(n_rows - 20, n_rows - 11)]) for n_rows in lengths]


@cache
def each_alone() -> list[ScoredFile]:
    return [alone(file) for file in some_files()]


@cache
def of_200() -> ScoredFile:
    return alone(made.file(200))


def alone(file: File) -> ScoredFile:
    (evaluated,) = score_files(
        MeasuredModel().build_detector(np.array([file.n_probation])), [file], lambda n_rows: None
    )
    return evaluated


def test_each_file_is_judged_as_if_it_were_alone() -> None:
    files = some_files()
    counted: list[int] = []
    together = score_files(
        MeasuredModel().build_detector(np.array([file.n_probation for file in files])), files, counted.append
    )
    assert [n_different(evaluated, found) for evaluated, found in zip(each_alone(), together, strict=True)] == [0, 0, 0]
    assert sum(counted) == sum(file.n_rows for file in files)


def test_each_file_has_scores_from_the_end_of_its_own_warm_up_on() -> None:
    files = some_files()
    together = score_files(MeasuredModel().build_detector(np.array([50, 70, 60])), files, lambda n_rows: None)
    assert [int(np.isnan(found.score).sum()) for found in together] == [50, 70, 60]


def test_a_window_of_values_never_seen_opens_an_episode_that_lasts_to_the_end_or_closes() -> None:
    found = alone(made.file(430, [(410, 419)]))
    assert found.opened.tolist()[-1] in range(410, 420)
    assert len(found.opened) == len(found.closed)
    assert (found.closed >= found.opened).all()


def test_an_episode_is_drawn_in_the_colour_of_its_published_severity() -> None:
    file = made.file(430, [(410, 419)])
    found = alone(file)
    n_episodes = len(found.opened)
    for severity in SEVERITIES:
        drawn = chart(file, replace(found, severities=(severity,) * n_episodes))
        assert [span.severity for span in drawn.episodes] == [severity] * n_episodes


def test_runs_in_other_processes_are_those_of_this_one() -> None:
    files = some_files()
    reported: list[int] = []
    first, second = measure(MeasuredModel(), files, perturbations(2), progress=reported.append)
    for evaluated, whole, later in zip(each_alone(), first, second, strict=True):
        assert whole.evaluated is not None
        assert later.evaluated is None
        assert n_different(evaluated, whole.evaluated) == 0
    assert reported[-1] == sum(2 * file.n_rows - 113 for file in files)


def test_a_row_whose_time_repeats_has_no_score_and_takes_none_from_others() -> None:
    file = made.file(200)
    times = np.insert(file.timestamps_ms, 150, file.timestamps_ms[149])
    doubled = replace(file, timestamps_ms=times, values=np.insert(file.values, 150, 1e6))
    found = alone(doubled)
    assert np.isnan(found.score[150])
    assert np.delete(found.score, 150).tobytes() == of_200().score.tobytes()
    assert fresh_rows(doubled).tolist() == [row for row in range(201) if row != 150]


def scores_of(file: File, evaluated: ScoredFile) -> list[ScoredPoint]:
    names = ("score", "expected", "lower", "upper")
    rows = fresh_rows(file).tolist()
    columns = {name: [None if np.isnan(it) else float(it) for it in getattr(evaluated, name)] for name in names}
    return [
        ScoredPoint(
            series=file.name,
            timestamp=int(file.timestamps_ms[row]),
            value=float(file.values[row]),
            state="normal",
            **{name: column[row] for name, column in columns.items()},
        )
        for row in rows
    ]


def test_scores_of_a_topic_come_back_into_their_rows() -> None:
    file = made.file(200)
    evaluated = of_200()
    back = scored_file_of(file, scores_of(file, evaluated), [])
    assert not back.severities
    none = {name: getattr(back, name) for name in ("opened", "closed", "severities", "paged")}
    assert n_different(replace(evaluated, **none), back) == 0


def test_one_bit_is_a_difference() -> None:
    evaluated = of_200()
    score = evaluated.score.copy()
    score[180] = np.nextafter(score[180], 2)
    assert n_different(evaluated, replace(evaluated, score=score)) == 1
    assert n_different(evaluated, replace(evaluated, opened=np.append(evaluated.opened, 7))) == 1


def test_scores_of_other_points_are_refused() -> None:
    file = made.file(200)
    scores = scores_of(file, of_200())
    with pytest.raises(StreamgaugeError, match=r"scores of 200 points in their order, found 199 of"):
        scored_file_of(file, scores[1:], [])


def test_an_envelope_of_few_columns_keeps_the_only_spike() -> None:
    values = np.zeros(22_695)
    values[12_345] = 9.0
    rows, line = Bins.of(len(values), 100).line(values)
    assert len(line) <= 200
    assert line.max() == 9.0
    assert abs(rows[int(line.argmax())] - 12_345) < 227


def test_no_line_is_drawn_across_a_hole() -> None:
    times = np.delete(np.arange(0, 300_000, 1_000), slice(100, 180))
    assert Bins.of(len(times)).holes(times).tolist() == [100]
