"""The log: our events always, a library's complaint once a minute."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka.errors import GroupCoordinatorNotAvailableError

from stream.worker.observability.log import CoordinatorFilter, RepeatFilter


def line(name: str, text: str) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, "file", 1, text, None, None)


def test_a_library_that_repeats_itself_is_heard_once() -> None:
    once = RepeatFilter()
    heard = [once.filter(line("aiokafka", "Marking the coordinator dead")) for _ in range(3)]
    assert heard == [True, False, False]


def test_a_library_that_says_something_else_is_heard() -> None:
    once = RepeatFilter()
    assert once.filter(line("aiokafka", "Heartbeat failed"))
    assert once.filter(line("aiokafka", "Marking the coordinator dead"))


def test_our_own_events_are_always_heard() -> None:
    once = RepeatFilter()
    assert [once.filter(line("stream.worker.observability.lifecycle", "partitions assigned")) for _ in range(3)] == [
        True
    ] * 3


def test_a_coordinator_that_is_not_there_yet_is_no_error() -> None:
    record = logging.LogRecord(
        "aiokafka.consumer.group_coordinator",
        logging.ERROR,
        "file",
        1,
        "Group Coordinator Request failed: %s",
        (GroupCoordinatorNotAvailableError(),),
        None,
    )
    assert CoordinatorFilter().filter(record)
    assert record.levelname == "INFO"


def test_an_uncaught_error_is_one_line_of_a_json_log(tmp_path: Path) -> None:
    code = (
        "import warnings; from stream.worker.observability.log import configure; configure('json'); "
        "warnings.warn('careful'); raise ValueError('unforeseen')"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, stderr=subprocess.PIPE, text=True, check=False)
    warning, crash = (json.loads(line) for line in run.stderr.splitlines())
    assert warning["level"] == "warning"
    assert (crash["event"], crash["level"]) == ("crashed", "critical")
    assert crash["exception"].endswith("ValueError: unforeseen")
    assert run.returncode == 1


@pytest.mark.parametrize(
    ("log_format", "line"), [("json", '"text": "no file", "exit_code": 2, "event": "cannot run"'), ("console", "")]
)
def test_an_error_that_ends_a_service_is_a_line_of_a_json_log_alone(log_format: str, line: str) -> None:
    code = (
        "from stream.errors import SettingsError, StreamgaugeError; "
        "from stream.worker.observability.log import service_log\n"
        f"try:\n    with service_log('{log_format}'): raise SettingsError('no file')\n"
        "except StreamgaugeError as error: raise SystemExit(error.exit_code)"
    )
    run = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode == 2
    assert line in run.stderr
    assert len(run.stderr.splitlines()) == bool(line)
