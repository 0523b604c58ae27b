"""The log of episodes and silences: a line for each, a summary of a storm."""

from __future__ import annotations

from structlog.testing import capture_logs

from stream.worker.observability.anomaly_log import EVERY_S, MAX_LINES, AnomalyLog
from tests.unit.formats.make import OPEN
from tests.unit.worker.scoring import applied, jump, make_scorer
from tests.unit.worker.test_backfill import as_history
from tests.unit.worker.test_silences import KNOWN, SERIES, Worker


def test_an_episode_has_a_line_when_it_opens_and_one_when_it_closes() -> None:
    processor, _ = make_scorer()
    with capture_logs() as lines:
        opened, _ = applied(processor, jump()).episodes()
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("episode opened", "info"),
        ("episode closed", "info"),
    ]
    assert {line["series"] for line in lines} == {"cpu"}
    assert {line["severity"] for line in lines} == {"critical"}
    assert lines[0]["why"] == opened["why"]
    assert lines[0]["episode"] == lines[1]["episode"] == opened["episode"]


def test_an_episode_of_history_has_no_line() -> None:
    processor, _ = make_scorer()
    with capture_logs() as lines:
        applied(processor, as_history(jump()))
    assert lines == []


def test_a_storm_is_a_few_lines_and_a_count_after_a_minute() -> None:
    now_s = [0.0]
    anomaly_log = AnomalyLog(lambda: now_s[0])
    with capture_logs() as lines:
        for _ in range(MAX_LINES + 30):
            anomaly_log.add_episode(OPEN)
        anomaly_log.report()
        assert len(lines) == MAX_LINES
        now_s[0] = EVERY_S
        anomaly_log.report()
        anomaly_log.report()
    assert len(lines) == MAX_LINES + 1
    assert (lines[-1]["event"], lines[-1]["n"]) == ("more episodes and silences", 30)
    assert lines[-1]["of"] == {"episode opened": 30}


def test_a_silence_has_a_line_and_so_has_its_end() -> None:
    worker = Worker()
    worker.run(KNOWN, *SERIES)
    with capture_logs() as lines:
        worker.run(20, "cpu", "mem")
        worker.run(1, *SERIES)
    assert [(line["event"], line["series"]) for line in lines] == [("series silent", "net"), ("series back", "net")]
