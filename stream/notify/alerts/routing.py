"""Routing: the groups that an event belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from stream.errors import DataError
from stream.events.anomalies import AnyEvent
from stream.events.episodes import SEVERITIES, Severity
from stream.formats.rejections import UNREADABLE
from stream.notify.alerts.incident import UNNOTIFIED, IncidentKind, kind_of, severity_of
from stream.notify.config.file import NotifyConfig
from stream.notify.config.routes import EACH, Route

_PAIR = re.compile(r'\s*([A-Za-z_][A-Za-z0-9_.:-]*)="((?:[^"\\]|\\.)*)"\s*(,|$)')
_ESCAPED = re.compile(r"\\(.)")
_UNESCAPED: Mapping[str, str] = {"n": "\n"}

_encode = msgspec.json.Encoder(order="sorted").encode


def parse_series(series: str) -> tuple[str, dict[str, str]]:
    """Split a series' name into metric name and labels.

    A name of another form is a metric name without labels.
    """
    name, brace, rest = series.partition("{")
    if not brace or not rest.endswith("}"):
        return series, {}
    text, at, labels = rest[:-1], 0, {}
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None:
            return series, {}
        labels[pair[1]] = _ESCAPED.sub(lambda found: _UNESCAPED.get(found[1], found[1]), pair[2])
        at = pair.end()
    return name, labels


def labels_of(series: str, feature: str | None, kind: str) -> dict[str, str]:
    """Return the labels that routes and groups go by.

    Those of the series' name, and `series`, `name`, `kind` and, where there is one, `feature`; these four win.
    """
    name, labels = parse_series(series)
    return {**labels, "series": series, "name": name, "kind": kind} | ({} if feature is None else {"feature": feature})


class RoutedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way to one group, as it is on the groups topic."""

    route: str
    """Key of the route."""
    labels: dict[str, str]
    """What the group's incidents have in common."""
    joins: bool
    """Whether it may open an incident in the group. Without that it is applied to one that is there: an episode that
    has become critical, and is routed elsewhere now, is closed where it was notified as minor."""
    event: msgspec.Raw
    """JSON of the event."""

    @property
    def group(self) -> str:
        """Key of the group."""
        return group_key(self.route, self.labels)


class RouteSource(NamedTuple):
    """What routes and groups go by, beside the severity."""

    series: str
    feature: str | None
    kind: IncidentKind
    episode: str


class Target(NamedTuple):
    """A group: its route and labels, and whether an episode may join it now."""

    route: str
    labels: dict[str, str]
    joins: bool


_decode = msgspec.json.Decoder(RoutedEvent).decode


def group_key(route: str, labels: Mapping[str, str]) -> str:
    """Return a group's key; control characters are escaped in it."""
    return _encode([route, dict(labels)]).decode()


def encode_routed(routed: RoutedEvent) -> bytes:
    """Encode a routed event as JSON."""
    return _encode(routed)


def decode_routed(value: bytes) -> RoutedEvent:
    """Decode what `encode_routed` writes.

    Raises
    ------
    DataError
        If it is something else.
    """
    try:
        return _decode(value)
    except UNREADABLE as error:
        raise DataError(f"no routed event: {error}") from error


def route_event(event: AnyEvent, value: bytes, config: NotifyConfig) -> Iterator[RoutedEvent]:
    """Yield an event for each group that it belongs to."""
    if event.state in UNNOTIFIED:
        return
    feature = None if event.feature is UNSET else event.feature
    source = RouteSource(event.series, feature, kind_of(event), event.episode)
    severity = severity_of(event, config.silence_severity)
    for route, labels, joins in targets(source, severity, config):
        yield RoutedEvent(route=route, labels=labels, joins=joins, event=msgspec.Raw(value))


def targets(source: RouteSource, severity: Severity, config: NotifyConfig) -> Iterator[Target]:
    """Yield where an episode belongs that has reached a severity.

    It stays in every route that it matched at a lower severity; nothing is remembered for that, since each event has
    the highest severity so far.
    """
    labels = labels_of(source.series, source.feature, source.kind)
    matching = [route for route in config.routes if route.matches(source.series, source.feature, source.kind, labels)]
    joined = first_matches(matching, severity)
    for route in {each.key: each for level in _up_to(severity) for each in first_matches(matching, level)}.values():
        common = _common(route.grouping(config).group_by, labels, source.episode)
        yield Target(route.key, common, route in joined)


def _up_to(severity: Severity) -> Sequence[Severity]:
    return SEVERITIES[: SEVERITIES.index(severity) + 1]


def first_matches(routes: Sequence[Route], severity: Severity) -> list[Route]:
    """Return the first route that takes a severity, and those after routes that go on."""
    found = []
    for route in routes:
        if route.takes(severity):
            found.append(route)
            if not route.continue_:
                break
    return found


def _common(group_by: Sequence[str], labels: Mapping[str, str], episode: str) -> dict[str, str]:
    if EACH in group_by:
        return {"episode": episode}
    return {name: labels.get(name, "") for name in group_by}
