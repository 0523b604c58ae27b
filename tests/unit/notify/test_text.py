from __future__ import annotations

from dataclasses import replace

from msgspec import UNSET

from stream.notify.messages.text import body_lines, body_of, headline
from tests.unit.notify.make import ONE_ROUTE, Played, episode, notification_of, silence


def test_an_open_episode_reads_well() -> None:
    notification = notification_of(episode(severity="critical", feature="idle"))

    assert headline(notification) == "[CRITICAL] host-7/cpu \N{MIDDLE DOT} idle"
    assert body_lines(notification) == [
        "jumped from 1 to 9, above the 0 to 2 seen in 4 weeks",
        "critical since 14 Nov 22:13 UTC, 10s ago, score 3",
    ]


def test_the_link_leads_to_the_feature_that_it_is_about() -> None:
    plain, feature = (notification_of(episode(series="host 7/cpu", feature=each)) for each in (UNSET, "idle"))

    assert plain.link == "https://gauge.example/?series=host%207%2Fcpu&at=1700000000000"
    assert feature.link == "https://gauge.example/?series=host%207%2Fcpu&feature=idle&at=1700000000000"


def test_an_end_says_how_long_it_lasted() -> None:
    played = Played()
    played.read(episode())
    played.after(10)
    played.read(episode("close", at_s=600))
    resolved = played.after(60)[0]

    assert headline(resolved) == "[RESOLVED] host-7/cpu"
    assert body_lines(resolved)[1] == "from 14 Nov 22:13 UTC for 10m00s; over"


def test_a_silence_says_since_when() -> None:
    notification = notification_of(silence())

    assert headline(notification) == "[MINOR] host-7/cpu"
    assert body_lines(notification)[0] == "no points since 14 Nov 22:13 UTC, one every 1m00s is usual"


def test_a_summary_lists_the_worst_and_counts_the_rest() -> None:
    events = [episode(series=f'disk{{host="{n}",team="db"}}', severity="minor") for n in range(30)]
    events[20] = episode(series='disk{host="20",team="db"}', severity="critical")
    notification = notification_of(*events, text=ONE_ROUTE + 'group_by = ["team"]\n')

    lines = body_lines(notification)

    assert headline(notification) == "[CRITICAL] 30 series (team=db)"
    assert lines[0] == "open: 1 critical, 29 minor"
    assert lines[1].startswith('critical disk{host="20",team="db"}: jumped')
    assert (len(lines), lines[-1]) == (12, "and 20 more")


def test_a_reminder_and_who_acknowledged_are_said() -> None:
    notification = replace(notification_of(episode()), kind="reminder", acked_by="ann")

    assert headline(notification) == "[MINOR, still open] host-7/cpu"
    assert body_lines(notification)[-1] == "acknowledged by ann"


def test_control_characters_of_a_name_are_not_passed_on() -> None:
    assert headline(notification_of(episode(series="a\x1b[31m\nb"))) == "[MINOR] a\ufffd[31m\ufffdb"


def test_the_json_has_what_a_program_needs() -> None:
    body = body_of(notification_of(episode()), "https://gauge.example")

    assert (body["status"], body["severity"], body["kind"], body["n_open"]) == ("open", "minor", "new", 1)
    assert body["id"] == body["incidents"][0]["episode"] == episode().episode
    assert body["link"] == "https://gauge.example/?series=host-7%2Fcpu&at=1700000000000"
    assert body["incidents"][0]["expected"] == 1.0
