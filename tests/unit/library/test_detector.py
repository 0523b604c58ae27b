"""`AnomalyScorer` scores points one at a time, of any number of series, and says what it was given wrongly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

from stream import Bundle, Detector, Score, backtest

START_MS = 1_700_000_000_000
MINUTE_MS = 60_000
N = 200


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return Bundle.default()


@pytest.fixture
def detector(bundle: Bundle) -> Detector:
    return Detector(bundle, warmup=100)


def cpu(n_points: int = N, seed: int = 0) -> list[float]:
    values = 50.0 + (np.arange(n_points - 1) + seed) % 10
    return [*values.tolist(), 500.0]


def scored(detector: Detector, values: list[float], series: str = "cpu") -> list[Score]:
    return [detector.score(series, START_MS + MINUTE_MS * i, value) for i, value in enumerate(values)]


def test_a_series_warms_up_and_is_scored_from_then_on(detector: Detector) -> None:
    scores = scored(detector, cpu())
    assert [score.state for score in scores].index("normal") == 100
    assert all(np.isnan(score.score) for score in scores[:100])
    assert scores[160].lower < scores[160].expected < scores[160].upper


def test_a_value_never_seen_opens_an_episode_with_its_reason(detector: Detector) -> None:
    last = scored(detector, cpu())[-1]
    assert last.is_anomalous
    assert last.episode is not None
    assert (last.episode.state, last.episode.direction, last.episode.series) == ("open", "above", "cpu")
    assert last.episode.timestamp == datetime.fromtimestamp((START_MS + MINUTE_MS * (N - 1)) / 1000, UTC)
    assert last.episode.why.startswith("jumped from 58 to 500, far above the 50 to 59 seen so far")


def test_points_one_at_a_time_are_scored_as_the_whole_series(detector: Detector, bundle: Bundle) -> None:
    values = cpu()
    one_at_a_time = scored(detector, values, "series")
    whole = backtest(START_MS + MINUTE_MS * np.arange(N), values, model=bundle, warmup=100)
    assert np.array([score.score for score in one_at_a_time]).tobytes() == whole.scores.tobytes()
    assert np.array([score.upper for score in one_at_a_time]).tobytes() == whole.upper.tobytes()
    assert tuple(change for score in one_at_a_time for change in score.changes) == whole.episodes[0].changes


def test_many_series_do_not_notice_each_other(detector: Detector, bundle: Bundle) -> None:
    several = [cpu(seed=seed) for seed in range(3)]
    names = ["a", "b", "c"]
    found: dict[str, list[Score]] = {name: [] for name in names}
    for i in range(N):
        for name, score in zip(
            names, detector.score_many(names, [START_MS + MINUTE_MS * i] * 3, [one[i] for one in several]), strict=True
        ):
            found[name].append(score)
    alone = scored(Detector(bundle, warmup=100), several[1], "b")
    assert list(map(repr, found["b"])) == list(map(repr, alone))
    assert detector.series == ("a", "b", "c")


def test_more_series_than_there_was_room_for_are_taken(detector: Detector) -> None:
    names = [f"host-{i}" for i in range(3000)]
    detector.score_many(names, [START_MS] * 3000, np.arange(3000))
    detector.score_many(names, [START_MS + MINUTE_MS] * 3000, np.arange(3000))
    assert detector.score("host-2999", START_MS + 2 * MINUTE_MS, 2999.0).expected == pytest.approx(2999, rel=0.01)


def test_a_forgotten_series_begins_anew_and_others_stay(detector: Detector) -> None:
    scored(detector, cpu(), "a")
    scored(detector, cpu()[:160], "b")
    detector.forget("a")
    assert detector.series == ("b",)
    assert detector.score("a", START_MS, 1.0).state == "warming"
    assert detector.score("b", START_MS + MINUTE_MS * 160, 50.0).state == "normal"
    with pytest.raises(KeyError):
        detector.forget("c")


def test_an_episode_that_ends_says_when_and_keeps_its_id(detector: Detector) -> None:
    changes = [change for score in scored(detector, cpu() + [50.0] * 60) for change in score.changes]
    assert (changes[0].state, changes[-1].state) == ("open", "close")
    assert len({change.episode for change in changes}) == 1
    assert changes[-1].end is not None
    assert changes[0].start < changes[-1].end < changes[-1].timestamp


def test_a_point_that_is_not_later_than_the_last_is_late_or_a_duplicate(detector: Detector) -> None:
    scored(detector, cpu()[:3])
    assert detector.score("cpu", START_MS + 2 * MINUTE_MS, 1.0).state == "duplicate"
    assert detector.score("cpu", START_MS, 1.0).state == "late"


def test_a_rule_decides_for_the_series_that_match(bundle: Bundle) -> None:
    detector = Detector(bundle, warmup=100, rules=[{"match": "cpu*", "direction": "below"}])
    assert scored(detector, cpu(), "cpu-1")[-1].episode is None
    assert scored(detector, cpu(), "memory")[-1].episode is not None


@pytest.mark.parametrize(
    "timestamp",
    [
        datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        datetime.fromisoformat("2023-11-14T22:13:20"),
        datetime(2023, 11, 15, 0, 13, 20, tzinfo=timezone(timedelta(hours=2))),
        np.datetime64("2023-11-14T22:13:20"),
        "2023-11-14T22:13:20Z",
        "2023-11-14 22:13:20",
        START_MS,
        float(START_MS),
        np.int64(START_MS),
    ],
)
def test_a_time_may_be_written_in_many_ways(detector: Detector, timestamp: datetime) -> None:
    detector.score("cpu", START_MS, 1.0)
    assert detector.score("cpu", timestamp, 1.0).state == "duplicate"


@pytest.mark.parametrize(
    ("point", "kind", "text"),
    [
        (
            ("cpu", 1_700_000_000, 1.0),
            ValueError,
            r"timestamp: expected a time from 1971 to 9999, but .* check its unit",
        ),
        (("cpu", "yesterday", 1.0), ValueError, r"timestamp: expected a datetime, .* found 'yesterday'"),
        (("cpu", None, 1.0), TypeError, r"timestamp: expected a datetime, .* found None"),
        (("cpu", np.datetime64("NaT"), 1.0), TypeError, r"timestamp: expected a datetime"),
        (("cpu", START_MS, float("nan")), ValueError, r"value: expected a number, found nan: leave out points"),
        (("cpu", START_MS, float("inf")), ValueError, r"values\[0\]: expected at most 1e\+18 in magnitude, found inf"),
        (("cpu", START_MS, "7"), TypeError, r"values: expected numbers, found an array of <U1"),
        (("cpu", START_MS, {"load": 7.0}), ValueError, r"value: expected the features value, found load"),
        (("", START_MS, 1.0), ValueError, r"series: expected a name of 1 to 1024 characters, found 0"),
        ((b"cpu", START_MS, 1.0), TypeError, r"series: expected its name as a str, found b'cpu'"),
    ],
)
def test_what_is_no_point_is_refused_and_leaves_no_series(
    detector: Detector, point: tuple[str, int, float], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=text):
        detector.score(*point)
    assert detector.series == ()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"warmup": -1}, r"warmup: expected 0 or more points, found -1"),
        ({"false_alarms": "never"}, r"false_alarms: expected how many per time or points, .* found 'never'"),
        ({"level": 1.0}, r"level: expected a probability between 0 and 1, found 1.0"),
        (
            {"rules": [{"match": "a"}, {"match": "b", "min_deviaton": 3}]},
            r"rule 2, min_deviaton: .*known fields: match",
        ),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Detector(**options)
