"""Records of the control topic."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from msgspec import Meta, Struct

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""Text on one line that is part of a key."""

SEPARATOR: Final = "\x1f"
"""Between a series and its feature in a key, which is text: the byte between them in a key of state is in none."""

Series = Annotated[str, Meta(min_length=1)]
EpisodeId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$", description="Id of an episode, as on the anomalies topic.")]
Milliseconds = Annotated[int, Meta(ge=0, description="Milliseconds since the epoch.")]

DAY_MS: Final = 86_400_000

MUTE_KEPT_MS: Final = 7 * DAY_MS
"""After its end: people look for it then, and the clocks of two writers never differ by as much."""

ACK_KEPT_MS: Final = 90 * DAY_MS
"""As long as the anomalies topic keeps events unless its settings say otherwise. The same for every writer."""


class _Signed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every record has: by whom, when and why."""

    by: str
    """User and host, or what the person gave."""
    at: Milliseconds
    """When it was sent, in ms since the epoch."""
    why: str = ""


class ControlRule(_Signed, frozen=True, kw_only=True, tag="rule"):
    """A rule for series, as in the settings."""

    key_field: ClassVar[str] = "name"
    name: Name
    """A second rule of this name replaces the first."""
    order: int = 100
    """Rules with a smaller number come first; equal ones in the order of their names."""
    rule: dict[str, Any]
    """Fields of `[[rules]]` in the settings."""


class Mute(_Signed, frozen=True, kw_only=True, tag="mute"):
    """Pages of matching series are held back for a while."""

    key_field: ClassVar[str] = "id"
    id: Name
    match: Series
    """Pattern of the series' whole name, as in a rule."""
    until: Milliseconds
    """In ms since the epoch."""


class Ack(_Signed, frozen=True, kw_only=True, tag="ack"):
    """Somebody takes care of an episode."""

    key_field: ClassVar[str] = "episode"
    episode: EpisodeId
    series: Series


class Verdict(_Signed, frozen=True, kw_only=True, tag="verdict"):
    """What a person says an episode was."""

    key_field: ClassVar[str] = "episode"
    episode: EpisodeId
    series: Series
    feature: str | None = None
    verdict: Literal["expected", "false", "real"]
    start: Milliseconds
    end: Milliseconds
    """When the episode was, in ms since the epoch."""
    evidence: str | None = None
    """What kind of evidence it had, as on the anomalies topic."""
    direction: str
    """Which way it went."""


class Learn(_Signed, frozen=True, kw_only=True, tag="learn"):
    """The level of a series or feature from a moment on is the new normal."""

    key_field: ClassVar[str] = "subject"
    series: Series
    feature: str | None = None
    from_ms: Milliseconds

    @property
    def subject(self) -> str:
        """Series, and behind a separator its feature."""
        return self.series if self.feature is None else f"{self.series}{SEPARATOR}{self.feature}"


ControlRecord: TypeAlias = ControlRule | Mute | Ack | Verdict | Learn


def expired(records: Iterable[ControlRecord], now_ms: int) -> list[ControlRecord]:
    """Return the records that have expired; rules, verdicts and learn marks never do."""
    return [record for record in records if is_expired(record, now_ms)]


def is_expired(record: ControlRecord, now_ms: int) -> bool:
    """Check whether a record may be removed from the topic."""
    match record:
        case Mute():
            return now_ms >= record.until + MUTE_KEPT_MS
        case Ack():
            return now_ms >= record.at + ACK_KEPT_MS
        case _:
            return False
