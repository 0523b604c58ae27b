"""What each channel makes of a notification; the sending is tested end to end."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from stream.formats.limits import to_iso
from stream.notify.channels.alertmanager import alerts_of
from stream.notify.channels.channel import Earlier
from stream.notify.channels.chat_webhook import teams_message
from stream.notify.channels.email import compose
from stream.notify.channels.http import HttpSender, retry_after
from stream.notify.channels.opsgenie import OpsgenieChannel, opsgenie_alert
from stream.notify.channels.pagerduty import pagerduty_event
from stream.notify.channels.slack import MAX_BLOCK, slack_content
from stream.notify.channels.webhook import signed_headers, signing_key
from stream.notify.config.receivers import EmailReceiver
from stream.notify.messages.notification import Notification
from tests.unit.notify.make import Played, episode, notification_of

MAIL = EmailReceiver(name="mail", type="email", host="mail", sender="gauge@example.org", to=("sre@example.org",))


def resolved() -> Notification:
    """Make the notification of an end."""
    played = Played()
    played.read(episode())
    played.after(10)
    played.read(episode("close", at_s=30))
    return played.after(60)[0]


def storm() -> Notification:
    """Make a summary of more series than any message holds."""
    return notification_of(*(episode(series=f"host-{n}/{'x' * 100}", why="y" * 400) for n in range(200)))


def test_the_signature_is_that_of_the_standard_s_example() -> None:
    key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_message_of_slack_escapes_names_and_keeps_its_limits() -> None:
    content = slack_content(notification_of(episode(series="<!channel> & co")))
    text = slack_content(storm())["attachments"][0]["blocks"][0]["text"]["text"]

    assert content["text"] == "[MINOR] &lt;!channel&gt; &amp; co"
    assert len(text) <= MAX_BLOCK
    assert text.endswith("|open the page>")


def test_a_card_of_teams_escapes_markdown_and_fits_into_28_kb() -> None:
    card = teams_message(notification_of(episode(series="a_b*c")))["attachments"][0]["content"]

    assert card["body"][0]["items"][0]["text"] == "\\[MINOR\\] a\\_b\\*c"
    assert len(json.dumps(teams_message(storm()))) < 28_000


def test_pagerduty_is_triggered_acknowledged_and_resolved_by_the_episode() -> None:
    opened = notification_of(episode(severity="major"))
    events = [pagerduty_event(each) for each in (opened, replace(opened, kind="update", acked_by="ann"), resolved())]

    assert [event["event_action"] for event in events] == ["trigger", "acknowledge", "resolve"]
    assert {event["dedup_key"] for event in events} == {episode().episode}
    assert events[0]["payload"]["severity"] == "error"
    assert events[0]["payload"]["timestamp"] == "2023-11-14T22:13:20.000Z"
    assert len(pagerduty_event(storm())["payload"]["summary"]) <= 1_024


def test_an_alert_of_opsgenie_keeps_its_limits() -> None:
    alert = opsgenie_alert(storm())

    assert (len(alert["message"]) <= 130, len(alert["description"]) <= 15_000) == (True, True)
    assert opsgenie_alert(notification_of(episode(severity="critical")))["priority"] == "P1"


class RecordingSender(HttpSender):
    """Keeps the ends of the addresses that it would ask."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def send(self, method: str, url: str, **options: object) -> httpx.Response:
        """Take a request."""
        self.asked.append(f"{method} {url.rpartition('/')[2]}")
        return httpx.Response(202)


def test_an_alert_of_opsgenie_that_got_worse_has_another_priority() -> None:
    played, sender = Played(), RecordingSender()
    played.read(episode())
    played.after(10)
    played.read(episode("update", severity="critical", at_s=30))
    worse = played.after(60)[0]

    asyncio.run(OpsgenieChannel(sender, "key", api_url="https://api.example").send(worse, Earlier()))

    assert sender.asked == ["POST alerts", "PUT message", "PUT description", "PUT priority"]


def test_alerts_have_the_labels_of_the_series_and_an_end_in_the_future_while_open() -> None:
    opened = notification_of(episode(series='disk{team="db",a.b="c",severity="x"}'))
    alert = next(alerts_of(opened, 300_000, "https://gauge.example"))

    assert alert["labels"] == {
        "alertname": "StreamgaugeAnomaly",
        "severity": "minor",
        "team": "db",
        "a_b": "c",
        "metric": "disk",
        "series": 'disk{team="db",a.b="c",severity="x"}',
        "episode": opened.id,
    }
    assert alert["endsAt"] == to_iso(opened.at_ms + 300_000)
    assert [each["endsAt"] for each in alerts_of(resolved(), 300_000, None)] == [to_iso(resolved().at_ms)]


def test_an_alert_that_got_worse_ends_at_its_lower_severity() -> None:
    played = Played()
    played.read(episode(), episode("update", severity="critical", at_s=5, reason="worse"))
    notification = played.after(10)[0]

    found = {alert["labels"]["severity"]: alert["endsAt"] for alert in alerts_of(notification, 300_000, None)}

    assert found == {"critical": to_iso(notification.at_ms + 300_000), "minor": to_iso(notification.at_ms)}


def test_a_mail_cannot_be_given_headers_by_a_series() -> None:
    mail = compose(notification_of(episode(series="a\r\nBcc: x@example.org")), MAIL, first="")

    assert mail["Bcc"] is None
    assert mail["Subject"] == "[MINOR] a\ufffd\ufffdBcc: x@example.org"


def test_mails_of_a_notification_are_one_thread_with_a_picture() -> None:
    first = compose(notification_of(episode()), MAIL, first="", picture=b"png")
    second = compose(resolved(), MAIL, first=first["Message-ID"])

    assert second["References"] == first["Message-ID"]
    assert second["Message-ID"] != first["Message-ID"]
    assert [part.get_content_type() for part in first.iter_attachments()] == ["image/png"]


def test_a_receiver_that_asks_to_wait_is_believed_for_an_hour() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30))

    assert retry_after({"Retry-After": "7"}) == 7.0
    assert retry_after({"Retry-After": soon}) == pytest.approx(30, abs=2)
    assert retry_after({"Retry-After": "99999999"}) == 3_600.0
    assert retry_after({"Retry-After": "soon"}) is None
    assert retry_after({}) is None


def test_secrets_are_masked_in_errors() -> None:
    sender = HttpSender(("https://hooks.example/T0/secret",))

    assert sender.masked("no route to https://hooks.example/T0/secret") == "no route to **********"
