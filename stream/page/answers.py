"""AnswerSender of people: what the page's buttons publish to the control topic."""

from __future__ import annotations

import glob
import secrets
import time
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET

from stream.control.publisher import ControlPublisher
from stream.control.records import Ack, ControlRecord, Mute, Verdict
from stream.errors import DataError
from stream.events.episode_log import EpisodeSummary
from stream.events.episodes import EpisodeEvent
from stream.page.board import Board
from stream.settings.settings import Settings

MAX_MUTE_H: Final = 24 * 365

Opinion: TypeAlias = Literal["expected", "false", "real"]


class MuteRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Mute the series of a pattern for some minutes."""

    match: str
    minutes: float
    why: str = ""
    by: str = ""


class UnmuteRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Remove a mute."""

    id: str


class AckRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Acknowledge an episode, or take that back."""

    episode: str
    undo: bool = False
    why: str = ""
    by: str = ""


class VerdictRequest(msgspec.Struct, forbid_unknown_fields=True):
    """State what an episode was; None takes that back."""

    episode: str
    verdict: Opinion | None
    why: str = ""
    by: str = ""


AnswerRequest = MuteRequest | UnmuteRequest | AckRequest | VerdictRequest


class AnswerSender:
    """Publishes answers; blocking, so it runs beside the server's loop.

    Parameters
    ----------
    board : Board
        Knows the episodes that are answered.
    """

    def __init__(self, settings: Settings, board: Board) -> None:
        self._settings, self._board = settings, board

    def send(self, request: AnswerRequest, user: str) -> None:
        """Publish an answer and wait until Kafka has it.

        Raises
        ------
        DataError
            If the answer makes no sense; nothing is sent.
        StreamgaugeError
            If the broker does not take it.
        """
        record = self._record(request, user)
        with ControlPublisher(self._settings) as publisher:
            publisher.remove_expired(self._board.control)
            if isinstance(record, str):
                publisher.remove(record.encode())
            else:
                publisher.publish(record)

    def _record(self, request: AnswerRequest, user: str) -> ControlRecord | str:
        """Return the record to publish, or the key of the one to remove."""
        now_ms = time.time_ns() // 1_000_000
        match request:
            case UnmuteRequest(id=name):
                return f"mute/{name}"
            case MuteRequest(match=pattern, minutes=minutes, why=why, by=by):
                if not 0 < minutes <= 60 * MAX_MUTE_H:
                    raise DataError(f"expected a mute of at most a year, found {minutes:g} minutes")
                until_ms = now_ms + round(60_000 * minutes)
                name = secrets.token_hex(4)
                return Mute(id=name, match=pattern, until=until_ms, by=by or user, at=now_ms, why=why)
            case AckRequest(episode=episode, undo=True):
                return f"ack/{episode}"
            case AckRequest(episode=episode, why=why, by=by):
                series = self._episode(episode).latest.series
                return Ack(episode=episode, series=series, by=by or user, at=now_ms, why=why)
            case VerdictRequest(episode=episode, verdict=verdict, why=why, by=by):
                if verdict is None:
                    return f"verdict/{episode}"
                return verdict_on(self._episode(episode), verdict, by=by or user, at=now_ms, why=why)

    def _episode(self, name: str) -> EpisodeSummary:
        with self._board.lock:
            summary = self._board.episodes.get(name)
        if summary is None:
            raise DataError(f"expected an episode that the page knows, found {name!r}")
        return summary


def pattern_of(series: str) -> str:
    """Return the pattern that matches one series alone."""
    return glob.escape(series)


def verdict_on(summary: EpisodeSummary, verdict: Opinion, *, by: str, at: int, why: str) -> Verdict:
    """Return the record of a verdict: about the kind of anomaly with which the episode began.

    Raises
    ------
    DataError
        If it is a silence.
    """
    first, latest = summary.first, summary.latest
    if not isinstance(first, EpisodeEvent):
        raise DataError("expected an episode, found a silence: it can be acknowledged or muted")
    return Verdict(
        episode=latest.episode,
        series=latest.series,
        feature=None if latest.feature is UNSET else latest.feature,
        verdict=verdict,
        start=latest.start,
        end=latest.timestamp if latest.end is UNSET else latest.end,
        evidence=None if first.evidence is UNSET else first.evidence,
        direction=first.direction,
        by=by,
        at=at,
        why=why,
    )
