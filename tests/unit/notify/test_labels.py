from __future__ import annotations

import pytest

from stream.ingest.samples.series_names import SeriesNames
from stream.notify.alerts.routing import labels_of, parse_series


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ("host-7/cpu", ("host-7/cpu", {})),
        ('cpu{host="a",team="db"}', ("cpu", {"host": "a", "team": "db"})),
        (r'cpu{path="C:\\temp",quote="\"",line="a\nb"}', ("cpu", {"path": "C:\\temp", "quote": '"', "line": "a\nb"})),
        ('cpu{host="a, b}"}', ("cpu", {"host": "a, b}"})),
        ("cpu{}", ("cpu", {})),
        ("cpu{host}", ("cpu{host}", {})),
        ('cpu{host="a"', ('cpu{host="a"', {})),
    ],
)
def test_a_name_is_split_into_metric_and_labels(series: str, expected: tuple[str, dict[str, str]]) -> None:
    assert parse_series(series) == expected


def test_the_names_that_ingest_writes_are_read_back() -> None:
    labels = {"path": 'C:\\a "b"\n', "host": "a"}

    series = SeriesNames().name("cpu", labels)

    assert parse_series(series) == ("cpu", labels)


def test_the_series_wins_over_a_label_of_the_same_name() -> None:
    labels = labels_of('cpu{series="x",team="db"}', "idle", "anomaly")

    assert labels == {
        "series": 'cpu{series="x",team="db"}',
        "name": "cpu",
        "kind": "anomaly",
        "feature": "idle",
        "team": "db",
    }
