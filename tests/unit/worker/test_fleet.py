"""What the metrics show of the series: open episodes, silences, the share of anomalous points."""

from __future__ import annotations

from prometheus_client import generate_latest

from stream.worker.fleet.exporter import RATE_OVER_S, FleetExporter
from stream.worker.fleet.open_episodes import OpenEpisodes
from stream.worker.observability.metrics import Metrics
from stream.worker.processor import PartitionProcessor
from tests.unit.worker.scoring import JUMP_AT, applied, jump, make_scorer, point, restarted
from tests.unit.worker.test_backfill import as_history

OPEN = jump()[: JUMP_AT + 1]


def fleet_lines(processor: PartitionProcessor, metrics: Metrics, max_open: int = 10) -> list[str]:
    """Export once; return the lines about open episodes."""
    FleetExporter(metrics, OpenEpisodes(processor.keys, processor.detector.state), max_open).update()
    lines = generate_latest(metrics.registry).decode().splitlines()
    return [line for line in lines if line.startswith("streamgauge_open_episode")]


def test_an_open_episode_is_counted_by_severity_and_named_with_its_series() -> None:
    processor, metrics = make_scorer()
    applied(processor, OPEN)
    lines = fleet_lines(processor, metrics)
    assert lines[:3] == [
        'streamgauge_open_episodes{severity="minor"} 0.0',
        'streamgauge_open_episodes{severity="major"} 0.0',
        'streamgauge_open_episodes{severity="critical"} 1.0',
    ]
    (peak,) = lines[3:]
    assert peak.startswith('streamgauge_open_episode_peak_score{feature="",series="cpu",severity="critical"} ')


def test_a_restarted_worker_shows_the_same_open_episodes_before_the_first_point() -> None:
    processor, metrics = make_scorer()
    applied(processor, OPEN)
    before = fleet_lines(processor, metrics)
    fresh, fresh_metrics = make_scorer()
    assert fleet_lines(restarted(processor, fresh), fresh_metrics) == before


def test_a_closed_episode_leaves_the_metrics() -> None:
    processor, metrics = make_scorer()
    exporter = FleetExporter(
        metrics, OpenEpisodes(processor.keys, processor.detector.state), 10, iter([0, 0, 9, 18]).__next__
    )
    applied(processor, OPEN)
    exporter.update()
    applied(processor, jump()[JUMP_AT + 1 :])
    exporter.update()
    assert "open_episode_peak_score{" not in generate_latest(metrics.registry).decode()
    assert metrics.open_episodes.labels("critical")._value.get() == 0


def test_an_episode_of_history_is_not_open_for_anybody() -> None:
    processor, metrics = make_scorer()
    applied(processor, as_history(OPEN))
    assert fleet_lines(processor, metrics)[2] == 'streamgauge_open_episodes{severity="critical"} 0.0'


def test_no_more_series_are_named_than_allowed_and_all_are_counted() -> None:
    processor, metrics = make_scorer()
    for series in ("a", "b", "c"):
        records = [point(at, at, 500.0 if at == JUMP_AT else 100.0 + at % 5, series) for at in range(JUMP_AT + 1)]
        applied(processor, records)
    lines = fleet_lines(processor, metrics, max_open=2)
    assert lines[2] == 'streamgauge_open_episodes{severity="critical"} 3.0'
    assert len(lines) == 5


def test_the_anomaly_rate_is_that_of_the_last_minutes() -> None:
    processor, metrics = make_scorer()
    now_s = [0.0]
    exporter = FleetExporter(metrics, OpenEpisodes(processor.keys, processor.detector.state), 0, lambda: now_s[0])
    metrics.scored.inc(200)
    metrics.anomalous.inc(10)
    exporter.update()
    assert metrics.anomaly_rate._value.get() == 0.05
    now_s[0] = RATE_OVER_S + 60
    metrics.scored.inc(100)
    exporter.update()
    assert metrics.anomaly_rate._value.get() == 0.0
