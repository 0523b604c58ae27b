from __future__ import annotations

from stream.events.anomalies import AnyEvent
from stream.events.episodes import EpisodeEvent, encode_episode
from stream.events.silences import encode_silence
from stream.notify.alerts.routing import RoutedEvent, decode_routed, encode_routed, route_event
from tests.unit.notify.make import config_of, episode, silence

ROUTES = """
[[receivers]]
name = "chat"
type = "webhook"
url = "https://chat.example"

[[receivers]]
name = "pager"
type = "webhook"
url = "https://pager.example"

[[routes]]
name = "page"
series = "host-*"
severity = "critical"
receivers = ["pager"]

[[routes]]
name = "db"
labels = {team = "db*"}
receivers = ["chat"]
group_by = ["team", "name"]
continue = true

[[routes]]
name = "rest"
kind = "anomaly"
receivers = ["chat"]
group_by = ["..."]
"""


def routed(event: AnyEvent) -> list[RoutedEvent]:
    """Route an event by the routes above."""
    value = encode_episode(event) if isinstance(event, EpisodeEvent) else encode_silence(event)
    return list(route_event(event, value, config_of(ROUTES)))


def where(event: AnyEvent) -> list[tuple[str, bool]]:
    """Give the routes of an event, and whether it may open an incident there."""
    return [(each.route, each.joins) for each in routed(event)]


def test_the_first_route_that_matches_decides() -> None:
    assert where(episode(series="host-1", severity="major")) == [("rest", True)]
    assert where(episode(series="other", severity="critical")) == [("rest", True)]


def test_a_route_that_goes_on_lets_later_routes_match_too() -> None:
    assert where(episode(series='disk{team="db-1"}')) == [("db", True), ("rest", True)]


def test_an_episode_that_gets_worse_stays_in_the_route_of_its_lower_severity() -> None:
    assert where(episode("update", series="host-1", severity="critical", reason="worse")) == [
        ("rest", False),
        ("page", True),
    ]


def test_a_silence_goes_to_routes_for_silences_alone() -> None:
    assert where(silence(series='disk{team="db-1"}')) == [("db", True)]
    assert where(silence(series="host-1")) == []


def test_an_alarm_that_has_yet_to_last_is_routed_nowhere() -> None:
    assert where(episode("pending")) == where(episode("passed")) == []


def test_a_group_is_made_of_the_labels_that_the_route_names() -> None:
    first, second = (routed(episode(series=f'disk{{host="{host}",team="db"}}'))[0] for host in ("a", "b"))

    assert first.labels == {"team": "db", "name": "disk"}
    assert first.group == second.group


def test_a_group_of_dots_is_one_episode() -> None:
    event = episode(series="other")

    assert routed(event)[0].labels == {"episode": event.episode}


def test_a_routed_event_survives_its_topic() -> None:
    event = routed(episode())[0]

    assert decode_routed(encode_routed(event)) == event
