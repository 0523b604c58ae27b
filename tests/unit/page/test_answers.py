"""Answers that the page's buttons publish."""

from __future__ import annotations

import pytest

from stream.errors import DataError
from stream.events.episode_log import EpisodeLog
from stream.page.answers import verdict_on
from tests.unit.formats.make import OPEN, episode
from tests.unit.notify.make import silence


def test_a_verdict_is_about_what_opened_the_episode_and_lasts_to_its_end() -> None:
    log, end = EpisodeLog(), OPEN.start + 60_000
    log.add(OPEN, OPEN.start)
    log.add(episode(state="update", timestamp=OPEN.start + 1, direction="below", evidence="quiet", score=9.0), end)
    log.add(episode(state="close", timestamp=end + 1, end=end, direction="below"), end)
    (summary,) = log

    verdict = verdict_on(summary, "expected", by="ann", at=7, why="backup")

    assert (verdict.direction, verdict.evidence) == ("above", "value")
    assert (verdict.start, verdict.end) == (OPEN.start, end)


def test_a_silence_has_no_verdict() -> None:
    log = EpisodeLog()
    log.add(silence(), 0)
    (summary,) = log

    with pytest.raises(DataError, match="found a silence: it can be acknowledged or muted"):
        verdict_on(summary, "false", by="ann", at=7, why="")
