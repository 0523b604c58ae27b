"""Events of episodes, and scored points."""

from __future__ import annotations

import hashlib
from typing import Final, Literal

import msgspec

from stream.errors import DataError
from stream.events.cloud_event import event_headers
from stream.formats.rejections import UNREADABLE, excerpt

Severity = Literal["minor", "major", "critical"]
SEVERITIES: Final[tuple[Severity, ...]] = ("minor", "major", "critical")
"""From bad to worse."""

EpisodeState = Literal["open", "update", "close", "pending", "passed"]
UpdateReason = Literal["worse", "again", "different", "lasting"]
Direction = Literal["above", "below"]
ScoreState = Literal["warming", "filling", "normal", "anomalous", "reset", "maintenance", "suppressed"]
Evidence = Literal["value", "residual_3", "level", "residual_12", "pair", "moment", "quiet"]
TransformName = Literal["rate", "log"]


class Shares(msgspec.Struct, frozen=True, gc=False):
    """Share of each component in the score; sum 1.

    `value`: a value never seen; `residual_3`: three forecasts wrong in a row; `level`: a shifted level;
    `residual_12`: forecasts wrong for twelve records; `pair`: a value never seen at this level; `moment`: not what this
    time of the week shows; `quiet`: hardly a change where there always are some.
    """

    value: float
    residual_3: float
    level: float
    residual_12: float
    pair: float
    moment: float
    quiet: float


class Model(msgspec.Struct, frozen=True, gc=False):
    """Model that scored: name, version, SHA-256."""

    name: str
    version: str
    sha256: str


class Input(msgspec.Struct, frozen=True, gc=False):
    """The message that held the point."""

    topic: str
    partition: int
    offset: int


class EpisodeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of an episode, on the anomalies topic.

    Attributes
    ----------
    series : str
        Also the message's key.
    feature : str
        The one of the point's features that this is about; absent where a point is a plain number.
    episode : str
        Id from `episode_id`, 32 hexadecimal digits, the same in every event of the episode and after every replay.
    state : "open", "update", "close", "pending" or "passed"
        `pending` is an alarm that a rule asks to last before it opens an episode, `passed` one that did not last.
    reason : "worse", "again", "different" or "lasting"
        Of an `update` only: the severity has risen, there was another alarm after it had been calm, one of another
        kind, or it goes on. An `again` may follow a `close`: the episode is open once more.
    why : str
        What is unusual, in one line of plain words for people; absent in events of versions that had none.
    start, timestamp, end : int
        Event time in ms since the epoch: of the first alarm, of the point this event is about, and, in a `close`
        or a `passed`, of the first point that was back inside for good.
    window_start : int
        Event time of the first point of the window that `timestamp` ends; of a reconstruction model only.
    transform : "rate" or "log"
        What was scored instead of the value; absent where that was the value itself.
    value : float
        The value seen; only under `rate`, where it has another unit than what follows.
    actual : float
        The value seen; under `rate` what it grew by a second.
    evidence : str
        The kind of evidence that alarmed, one of the names in `shares`.
    observed : float
        What that compared: the value, or for `residual_3` and `level` the mean of the last 3 and 24 values.
    expected, lower, upper : float
        What it was compared with, and the range that was allowed; None where there is none, as always with a
        reconstruction model. In a `close` or `passed` the forecast and its band.
    level : float
        Probability of the forecast's band, 0.99 unless set otherwise.
    score, peak_score : float
        Score of this point and largest score of the episode so far; 1 is the alarm boundary.
    severity, peak_severity : "minor", "major" or "critical"
        Of this point, by size, rarity and duration, and the highest of the episode so far.
    direction : "above" or "below"
        On which side of what was expected the observed is.
    shares : Shares
        Absent where a reconstruction model scored: its score is one number for the window, of no parts.
    flags : list of str
        What to know before trusting it: `imputed`, `late`, `reset`, `maintenance`, `counter`.
    model : MeasuredModel
    input : Input
    """

    series: str
    feature: str | msgspec.UnsetType = msgspec.UNSET
    episode: str
    state: EpisodeState
    reason: UpdateReason | msgspec.UnsetType = msgspec.UNSET
    why: str | msgspec.UnsetType = msgspec.UNSET
    start: int
    window_start: int | msgspec.UnsetType = msgspec.UNSET
    timestamp: int
    end: int | msgspec.UnsetType = msgspec.UNSET
    transform: TransformName | msgspec.UnsetType = msgspec.UNSET
    value: float | msgspec.UnsetType = msgspec.UNSET
    actual: float
    evidence: Evidence | msgspec.UnsetType = msgspec.UNSET
    observed: float | msgspec.UnsetType = msgspec.UNSET
    expected: float | None
    lower: float | None
    upper: float | None
    level: float
    score: float
    peak_score: float
    severity: Severity
    peak_severity: Severity | msgspec.UnsetType = msgspec.UNSET
    direction: Direction
    shares: Shares | msgspec.UnsetType = msgspec.UNSET
    flags: list[str]
    model: Model
    input: Input


class ScoredPoint(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One scored point, on the scores topic.

    `feature` is absent where a point is a plain number. `timestamp` is ms since the epoch. `transform` is absent where
    the value itself was scored; `rate` is there under that transform alone, and is what `expected`, `lower` and
    `upper` are about; all four are None where there is none. `score` is None while the series is `warming`, at a
    `reset` of its counter and while the window of a reconstruction model is `filling`: not ready is not 0.
    """

    series: str
    feature: str | msgspec.UnsetType = msgspec.UNSET
    timestamp: int
    value: float
    transform: TransformName | msgspec.UnsetType = msgspec.UNSET
    rate: float | msgspec.UnsetType | None = msgspec.UNSET
    expected: float | None
    lower: float | None
    upper: float | None
    score: float | None
    state: ScoreState


_encode = msgspec.json.Encoder().encode
_episodes = msgspec.json.Decoder(EpisodeEvent)
_scores = msgspec.json.Decoder(ScoredPoint)


def severity_name(severity: int) -> Severity:
    """Name a `stream.detection.episodes.transition.Severity`."""
    return SEVERITIES[severity]


def direction(residual: float) -> Direction:
    """Return the direction of a residual, actual minus expected."""
    return "below" if residual < 0 else "above"


def episode_id(series: str, start_ms: int, model_sha256: str, feature: str | None = None) -> str:
    """Return an episode's id, the same after a replay.

    Returns
    -------
    str
        The first 128 bits of a SHA-256, as 32 hexadecimal digits.
    """
    # The series comes late: it may contain the slash, but like every text in UTF-8 not the byte before the feature.
    name = f"{model_sha256}/{start_ms}/{series}".encode()
    if feature is not None:
        name += b"\xff" + feature.encode()
    return hashlib.sha256(name).hexdigest()[:32]


def encode_episode(episode: EpisodeEvent) -> bytes:
    """Encode an episode event as JSON; non-finite becomes null."""
    return _encode(episode)


def decode_episode(value: bytes) -> EpisodeEvent:
    """Decode an episode event; ignore unknown fields.

    Raises
    ------
    DataError
        If it is no episode; the text names the place.
    """
    try:
        return _episodes.decode(value.decode())  # msgspec does not look at the bytes of a text that it passes over.
    except UNREADABLE as error:
        raise DataError(f"not an event of an episode: {excerpt(str(error), 200)}") from error


def encode_score(score: ScoredPoint) -> bytes:
    """Encode a scored point as JSON; non-finite becomes null."""
    return _encode(score)


def decode_score(value: bytes) -> ScoredPoint:
    """Decode a scored point; ignore unknown fields.

    Raises
    ------
    DataError
        If it is none; the text says where it differs.
    """
    try:
        return _scores.decode(value.decode())
    except UNREADABLE as error:
        raise DataError(f"not a scored point: {excerpt(str(error), 200)}") from error


def episode_headers(episode: EpisodeEvent) -> list[tuple[str, bytes]]:
    """Return an episode event's headers; `ce_time` is the event time."""
    return event_headers(episode, "episode", episode.input.topic)
