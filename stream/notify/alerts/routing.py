"""Routing: the groups that an event belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import UNSET

from stream.events.anomalies import AnyEvent
from stream.events.episodes import SEVERITIES, Severity
from stream.notify.alerts.incident import UNNOTIFIED, kind_of, severity_of
from stream.notify.alerts.labels import labels_of
from stream.notify.config.file import NotifyConfig
from stream.notify.config.routes import EACH, Route


class RoutedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way to one group, as it is on the groups topic.

    Attributes
    ----------
    route : str
        Key of the route.
    labels : dict of str to str
        What the group's incidents have in common.
    joins : bool
        Whether it may open an incident in the group. Without that it is applied to one that is there: an episode that
        has become critical, and is routed elsewhere now, is closed where it was notified as minor.
    event : bytes
        JSON of the event.
    """

    route: str
    labels: dict[str, str]
    joins: bool
    event: msgspec.Raw

    @property
    def group(self) -> str:
        """Key of the group."""
        return group_key(self.route, self.labels)


_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(RoutedEvent).decode


def group_key(route: str, labels: Mapping[str, str]) -> str:
    """Return a group's key; control characters are escaped in it."""
    return _encode([route, dict(labels)]).decode()


def encode_routed(routed: RoutedEvent) -> bytes:
    """Encode a routed event as JSON."""
    return _encode(routed)


def decode_routed(value: bytes) -> RoutedEvent:
    """Decode what `encode_routed` writes."""
    return _decode(value)


def route_event(event: AnyEvent, value: bytes, config: NotifyConfig) -> Iterator[RoutedEvent]:
    """Yield the groups that an event belongs to.

    An episode stays in every route that it matched at a lower severity; nothing is remembered for that, since each
    event has the highest severity so far.
    """
    if event.state in UNNOTIFIED:
        return
    feature, kind = None if event.feature is UNSET else event.feature, kind_of(event)
    labels = labels_of(event.series, feature, kind)
    matching = [route for route in config.routes if route.matches(event.series, feature, kind, labels)]
    severity = severity_of(event, config.silence_severity)
    joined = first_matches(matching, severity)
    for route in {each.key: each for level in _up_to(severity) for each in first_matches(matching, level)}.values():
        common = _common(route.grouping(config).group_by, labels, event.episode)
        yield RoutedEvent(route=route.key, labels=common, joins=route in joined, event=msgspec.Raw(value))


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
