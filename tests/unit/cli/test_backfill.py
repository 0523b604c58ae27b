"""The report of a backfill, and how its options are read."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from kafka.consumer.fetcher import ConsumerRecord

from stream.cli import main
from stream.cli.backfill.report import Report, SeriesPlan
from stream.kafka.topics.records import Records
from stream.settings.settings import Settings
from stream.terminal import wrap
from tests.unit.worker.scoring import NOW_MS, START_MS, STEP_MS, applied, jump, make_scorer
from tests.unit.worker.test_backfill import BACKFILL, as_history, lasting_jump


def plan(series: str, n: int = 400, n_late: int = 0) -> SeriesPlan:
    times = START_MS + STEP_MS * np.arange(n)
    return SeriesPlan(series, (), times, np.ones((n, 1)), n_late, 0, 0)


def received(messages: list[bytes | None]) -> list[ConsumerRecord]:
    """Return the events as they come from the topic."""
    blank = dict.fromkeys(ConsumerRecord._fields)
    return [ConsumerRecord(**{**blank, "value": value}) for value in messages]


def reported(report: Report) -> list[str]:
    return list(report.series_lines())


def events_of(records: Records) -> list[ConsumerRecord]:
    processor, _ = make_scorer()
    sink = applied(processor, as_history(records))
    return received([message.value for message in sink.messages if message.topic == BACKFILL])


def test_each_series_is_listed_with_the_pages_that_there_would_have_been() -> None:
    report = Report([plan("cpu"), plan("young", 120)], Settings(), NOW_MS, 0, 0)
    for record in events_of(jump()):
        report.add(record, {0: (0, 1000)})
    cpu, page, young, total = reported(report)
    assert cpu.endswith("; warm; pages withheld: 1")
    assert "jumped from 104 to 500" in page
    assert young.endswith("; warming up (120 of 300 points); pages withheld: 0")
    assert total == "series: 2; pages withheld: 1"


def test_an_episode_that_goes_on_is_listed_as_open() -> None:
    report = Report([plan("cpu")], Settings(), NOW_MS, 0, 0)
    for record in events_of(lasting_jump()):
        report.add(record, {0: (0, 1000)})
    assert "still open" in reported(report)[1]
    assert json.loads(json.dumps(report.to_json()))["series"][0]["pages"][0]["end"] is None


def test_events_of_other_messages_and_repeats_change_nothing() -> None:
    records = events_of(jump())
    report = Report([plan("cpu")], Settings(), NOW_MS, 0, 0)
    for record in records:
        report.add(record, {0: (5000, 6000)})
        report.add(record, {1: (0, 1000)})
    assert reported(report)[-1] == "series: 1; pages withheld: 0"
    for record in records + records:
        report.add(record, {0: (0, 1000)})
    assert reported(report)[-1] == "series: 1; pages withheld: 1"


def test_an_alarm_that_did_not_last_as_its_rule_asks_is_no_page() -> None:
    report = Report([plan("cpu")], Settings(), NOW_MS, 0, 0)
    for record in events_of(jump()):
        for state in ("pending", "passed"):
            event = json.loads(record.value) | {"state": state}
            report.add(record._replace(value=json.dumps(event).encode()), {0: (0, 1000)})
    assert reported(report)[-1] == "series: 1; pages withheld: 0"


def test_points_that_would_be_late_are_announced() -> None:
    report = Report([plan("cpu", n_late=30)], Settings(), NOW_MS, 2, 1)
    text = "\n".join(report.before())
    assert "cpu: 30 points would be late" in text
    assert "rows without a value: 2" in text


def test_the_report_fits_a_terminal_of_eighty_columns() -> None:
    report = Report([plan("host-7/cpu"), plan("cpu")], Settings(), NOW_MS, 0, 0)
    for record in events_of(jump()):
        report.add(record, {0: (0, 1000)})
    lines = wrap("\n".join(reported(report)), 80, 6).split("\n")
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["topic", "metrics"], "expected another topic than metrics"),
        (["topic", "old", "--page-from", "latest"], "expected now"),
        (["prometheus", "http://localhost:1", "up", "--from", "beginning"], "expected --from before --to"),
        (["prometheus", "http://localhost:1", "up", "--step", "0"], "expected a span"),
        (["prometheus", "http://ann:pw@localhost:1", "up"], "neither a login"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(arguments: list[str], text: str) -> None:
    result = CliRunner().invoke(main, ["backfill", *arguments])
    assert result.exit_code == 2 or getattr(result.exception, "exit_code", None) == 2
    assert text in " ".join((result.output + str(result.exception)).split())
