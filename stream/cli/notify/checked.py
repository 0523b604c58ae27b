"""What `streamgauge notify check` prints."""

from __future__ import annotations

from collections.abc import Iterator

from stream.events.episodes import SEVERITIES, Severity
from stream.events.text import format_duration
from stream.notify.alerts.incident import IncidentKind
from stream.notify.alerts.labels import labels_of
from stream.notify.alerts.routing import first_matches
from stream.notify.config.file import NotifyConfig


def overview(config: NotifyConfig) -> Iterator[str]:
    """Yield a line for each receiver and each route."""
    for receiver in config.receivers:
        secrets = ", ".join(str(secret) for secret in receiver.secrets())
        yield f"receiver {receiver.name}: {receiver.type}{f', secret in {secrets}' if secrets else ''}"
    for route in config.routes:
        grouping = route.grouping(config)
        labels = ", ".join(grouping.group_by) or "all together"
        wait, interval, repeat = (
            format_duration(span) for span in (grouping.group_wait, grouping.group_interval, grouping.repeat_interval)
        )
        yield (
            f"route {route.key} to {', '.join(route.receivers)}{', and on' if route.continue_ else ''}: "
            f"by {labels}; wait {wait}, interval {interval}, repeat {repeat}"
        )
    yield f"good: {len(config.receivers)} receivers, {len(config.routes)} routes, all secrets are there"


def receivers_of(config: NotifyConfig, series: str, feature: str | None) -> Iterator[str]:
    """Yield to whom a series goes, at each severity and when silent."""
    for severity in SEVERITIES:
        yield f"{severity}: {_receivers(config, series, feature, 'anomaly', severity)}"
    yield f"silent: {_receivers(config, series, feature, 'silence', config.silence_severity)}"


def _receivers(config: NotifyConfig, series: str, feature: str | None, kind: IncidentKind, severity: Severity) -> str:
    labels = labels_of(series, feature, kind)
    matching = [route for route in config.routes if route.matches(series, feature, kind, labels)]
    routes = first_matches(matching, severity)
    return "; ".join(f"{', '.join(route.receivers)} (route {route.key})" for route in routes) or "nobody"
