"""API of the page: series, points, episodes and answers as JSON."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any, Final

import msgspec
from aiohttp import web
from msgspec import UNSET

from stream import __version__
from stream.errors import DataError, StreamgaugeError
from stream.events.episode_log import EpisodeSummary
from stream.events.episodes import SEVERITIES
from stream.formats.rejections import UNREADABLE
from stream.page import excerpt
from stream.page.answers import (
    AckRequest,
    AnswerRequest,
    AnswerSender,
    MuteRequest,
    UnmuteRequest,
    VerdictRequest,
    pattern_of,
)
from stream.page.auth import Auth
from stream.page.board import Board, key_of
from stream.page.points import PointColumns
from stream.page.series_table import RANKS, SPARKLINE, SeriesRow, matching
from stream.settings.settings import Settings

MAX_ROWS: Final = 200
"""Rows of one answer; the list asks for those that it shows."""

MAX_OPEN: Final = 100
"""Open episodes in the bar; more are counted."""

MAX_OF_SERIES: Final = 50
MAX_BODY: Final = 10_000
SPANS_MS: Final = [60_000 * minutes for minutes in (15, 60, 360, 1_440, 10_080)]
"""Spans that the page offers; the first with enough points is shown first."""

ENOUGH: Final = 150

_encode = msgspec.json.Encoder().encode


class Api:
    """Handlers of the JSON routes."""

    def __init__(self, settings: Settings, board: Board, auth: Auth) -> None:
        self._settings, self._board, self._auth = settings, board, auth
        self._answers = AnswerSender(settings, board)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the API."""
        posts: dict[str, type[AnswerRequest]] = {
            "mute": MuteRequest, "unmute": UnmuteRequest, "ack": AckRequest, "verdict": VerdictRequest
        }  # fmt: skip
        return [
            web.get("/api/session", self._session),
            web.get("/api/series", self._series),
            web.get("/api/points", self._points),
            *(web.post(f"/api/{name}", self._answer(kind)) for name, kind in posts.items()),
        ]

    def summary(self) -> dict[str, Any]:
        """Return what the top of the page shows; a whole picture each time, so that none may be missed."""
        board, now_ms = self._board, time.time_ns() // 1_000_000
        with board.lock:
            going_on = [each for each in board.episodes if each.phase in ("open", "silent")]
            going_on.sort(key=_worst_first)
            states = Counter(row.state for row in board.series)
            return {
                "now": now_ms,
                "vitals": board.vitals,
                "n_points": board.n_points,
                "n_series": len(board.series),
                "states": {state: states[state] for state in RANKS},
                "open": [self._episode(each, now_ms) for each in going_on[:MAX_OPEN]],
                "n_open": len(going_on),
                "has_caught_up": board.has_caught_up,
                "problem": board.vitals.problem or board.problem,
                "control_invalid": board.control.n_invalid,
            }

    async def _session(self, request: web.Request) -> web.Response:
        settings = self._settings
        user = self._auth.user(request)
        return _json(
            {
                "csrf": self._auth.csrf_token(request),
                "user": user,
                "version": __version__,
                "brokers": settings.brokers,
                "anomalies_topic": settings.anomalies_topic,
                "scores_topic": settings.scores_topic,
                "days": settings.page_days,
            }
        )

    async def _series(self, request: web.Request) -> web.Response:
        first, n_rows = _number(request, "offset", 0), _number(request, "limit", 50)
        with self._board.lock:
            rows = matching(
                self._board.series.worst_first(), request.query.get("q", "")[:500], request.query.get("state", "")
            )
            shown = rows[max(0, first) : max(0, first) + min(n_rows, MAX_ROWS)]
            return _json({"total": len(rows), "offset": first, "rows": [_row(row) for row in shown]})

    async def _points(self, request: web.Request) -> web.Response:
        key = request.query.get("series", ""), request.query.get("feature", "")
        with self._board.lock:
            row = self._board.series.get(key)
        if row is None:
            raise web.HTTPNotFound(text="no such series here, or not yet")
        stamp = self._stamp(row)
        if request.query.get("stamp") == stamp:
            return web.Response(status=204)
        return _json({"stamp": stamp} | await asyncio.to_thread(self._picture, row, request))

    def _stamp(self, row: SeriesRow) -> str:
        """Return a text that changes whenever a chart of the series does."""
        with self._board.lock:
            n_events = sum(each.n_events for each in row.episodes.values())
            return f"{row.tail.last_ms}-{n_events}-{len(row.episodes)}-{self._board.n_control_changes}"

    def _picture(self, row: SeriesRow, request: web.Request) -> dict[str, Any]:
        """Read and thin what a chart shows of a series; blocking."""
        last_ms = row.tail.last_ms or time.time_ns() // 1_000_000
        interval_ms = excerpt.interval_ms(row.tail.points())
        span_ms = _number(request, "span", 0) or _fitting_span(interval_ms)
        end_ms = _number(request, "to", 0) or last_ms
        start_ms = _number(request, "from", 0) or end_ms - span_ms
        found = excerpt.with_holes(excerpt.thin(self._board.points(row.key, start_ms, end_ms)))
        answer = {
            **_row(row),
            "from": start_ms,
            "to": end_ms,
            "last": last_ms,
            "interval": interval_ms,
            **excerpt.columns(found),
            "episodes": self._episodes_of(row, start_ms, end_ms),
            "mute": self._mute(row.key[0]),
            "pattern": pattern_of(row.key[0]),
        }
        if request.query.get("compare") == "week":
            answer["week_before"] = self._week_before(row, found, start_ms, end_ms)
        return answer

    def _week_before(self, row: SeriesRow, found: PointColumns, start_ms: int, end_ms: int) -> list[float]:
        earlier = excerpt.thin(self._board.points(row.key, start_ms - excerpt.WEEK_MS, end_ms - excerpt.WEEK_MS))
        shifted: list[float] = excerpt.shifted(earlier, found.times_ms, excerpt.WEEK_MS).tolist()
        return shifted

    def _episodes_of(self, row: SeriesRow, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
        """Return the episodes of a series, those in range first, the newest before older ones."""
        now_ms = time.time_ns() // 1_000_000
        with self._board.lock:
            own = [self._episode(each, now_ms) for each in self._board.episodes if _is_of(each, row)]
        own.sort(key=lambda each: (not (each["start"] <= end_ms and each["until"] >= start_ms), -each["start"]))
        return own[:MAX_OF_SERIES]

    def _episode(self, summary: EpisodeSummary, now_ms: int) -> dict[str, Any]:
        latest, control = summary.latest, self._board.control
        ack, verdict = control.ack_of(latest.episode), control.verdict_of(latest.episode)
        lasts_ms = self._lasts_ms(summary, now_ms)
        return {
            "episode": latest.episode,
            "series": latest.series,
            "feature": "" if latest.feature is UNSET else latest.feature,
            "phase": summary.phase,
            "severity": summary.severity,
            "score": summary.peak_score,
            "start": latest.start,
            "until": latest.start + lasts_ms,
            "lasts": lasts_ms,
            "is_over": summary.is_over,
            "why": summary.why,
            "n_events": summary.n_events,
            "ack": ack and {"by": ack.by, "at": ack.at},
            "verdict": verdict and {"verdict": verdict.verdict, "by": verdict.by, "at": verdict.at},
            "mute": self._mute(latest.series),
        }

    def _lasts_ms(self, summary: EpisodeSummary, now_ms: int) -> int:
        """Return how long an episode lasts: what goes on, at least until the newest point of its series."""
        lasts_ms = summary.lasts_ms(now_ms)
        row = None if summary.is_over else self._board.series.get(key_of(summary.latest))
        last_ms = None if row is None or summary.phase == "silent" else row.tail.last_ms
        return lasts_ms if last_ms is None else max(lasts_ms, last_ms - summary.latest.start)

    def _mute(self, series: str) -> dict[str, Any] | None:
        mute = self._board.control.muted(series, time.time_ns() // 1_000_000)
        return (
            None
            if mute is None
            else {"id": mute.id, "by": mute.by, "until": mute.until, "match": mute.match, "why": mute.why}
        )

    def _answer(self, kind: type[AnswerRequest]) -> Any:
        decoder = msgspec.json.Decoder(kind)

        async def answer(request: web.Request) -> web.Response:
            try:
                wanted = decoder.decode(await request.read())
                user = self._auth.user(request) or "page"
                await asyncio.to_thread(self._answers.send, wanted, user)
            except (*UNREADABLE, DataError) as error:
                raise web.HTTPBadRequest(text=str(error)) from error
            except StreamgaugeError as error:
                raise web.HTTPServiceUnavailable(text=str(error)) from error
            return _json({"sent": True})

        return answer


def _row(row: SeriesRow) -> dict[str, Any]:
    return {
        "series": row.key[0],
        "feature": row.key[1],
        "name": row.name,
        "state": row.state,
        "severity": row.severity,
        "value": row.tail.latest_value(),
        "score": row.tail.latest_score(),
        "spark": row.tail.last_values(SPARKLINE),
    }


def _is_of(summary: EpisodeSummary, row: SeriesRow) -> bool:
    return key_of(summary.latest) == row.key


def _worst_first(summary: EpisodeSummary) -> tuple[int, int]:
    severity = summary.severity
    return (1 if severity is None else -SEVERITIES.index(severity), -summary.latest.start)


def _fitting_span(interval_ms: int | None) -> int:
    return next((span for span in SPANS_MS if interval_ms and span >= ENOUGH * interval_ms), SPANS_MS[-1])


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    try:
        return int(text) if text else default
    except ValueError as error:
        raise web.HTTPBadRequest(text=f"{name}: expected a whole number, found {text[:50]!r}") from error


def _json(answer: object) -> web.Response:
    return web.Response(body=_encode(answer), content_type="application/json")
