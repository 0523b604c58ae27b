"""The log: our events always, a library's complaint once a minute."""

from __future__ import annotations

import logging

from stream.worker.observability.log import RepeatFilter


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
