"""Each channel of `streamgauge notify`, from events on Kafka to what its receiver has got.

The last test ends the notifier of the module.
"""

from __future__ import annotations

import json
import time
from email.message import EmailMessage

from stream.control.records import Ack
from tests.e2e.alertmanager_server import active_alerts
from tests.e2e.anomalies import Course, score
from tests.e2e.notify_service import NotifyService
from tests.e2e.receivers.received import broken, moved, too_many
from tests.e2e.records import produce
from tests.e2e.waiting import wait_for


def test_slack_has_one_message_of_an_episode_that_is_edited_and_a_picture_in_its_thread(service: NotifyService) -> None:
    course = service.course("slack/cpu")
    points = [(course.series.encode(), score(course.series, course.start - 60_000 * n, 1.0 + n)) for n in range(30)]
    produce(service.bootstrap, str(service.settings.scores_topic), points)
    service.received.fail("/api/chat.postMessage", too_many(1), broken(503))

    opened = course.publish("open")
    message = service.slack_message(course.series, "[MAJOR]")
    picture = wait_for(lambda: next(iter(service.received.slack_files.values()), None), "the picture")
    course.repeat(opened)
    course.publish("update", "critical", why="jumped to 12 & more")
    service.slack_message(course.series, "[CRITICAL]")
    course.publish("close", "critical")
    service.slack_message(course.series, "[RESOLVED]")

    assert len(service.slack_of(course.series)) == 1
    assert "https://gauge.example/?series=slack%2Fcpu" in json.dumps(message["attachments"])
    assert picture.startswith(b"\x89PNG")
    assert "&amp; more" in json.dumps(service.received.slack_edits)
    threads = [body for body in service.received.slack.values() if "thread_ts" in body]
    assert [body["text"].splitlines()[0] for body in threads] == ["[CRITICAL] slack/cpu"]


def test_pagers_have_one_incident_that_is_triggered_acknowledged_and_resolved(service: NotifyService) -> None:
    course = service.course("page/errors")

    course.publish("open", "major")
    course.publish("update", "critical")
    wait_for(lambda: service.received.pagerduty or None, "a trigger")
    service.answer(Ack(episode=course.episode, series=course.series, by="ann", at=course.start))
    wait_for(lambda: len(service.received.pagerduty) > 1 or None, "the acknowledgement")
    course.publish("close", "critical")
    wait_for(lambda: len(service.received.pagerduty) > 2 or None, "the end")
    wait_for(lambda: service.received.opsgenie[-1][1].endswith("/close") or None, "the end")

    assert [event["event_action"] for event in service.received.pagerduty] == ["trigger", "acknowledge", "resolve"]
    assert {event["dedup_key"] for event in service.received.pagerduty} == {course.episode}
    assert service.received.pagerduty[0]["payload"]["severity"] == "critical"
    created = service.received.opsgenie[0]
    assert (created[0], created[2]["alias"], created[2]["priority"]) == ("POST", course.episode, "P1")
    assert [rest for _, rest, _ in service.received.opsgenie[-2:]] == [
        f"/{course.episode}/acknowledge",
        f"/{course.episode}/close",
    ]


def test_what_cannot_be_edited_is_posted_when_an_episode_opens_and_when_it_closes(service: NotifyService) -> None:
    course = service.course("teams/queue")

    course.publish("open")
    wait_for(lambda: service.received.teams or None, "a card")
    wait_for(lambda: service.received.incoming or None, "a message")
    course.publish("update", why="still 9")
    course.publish("close")
    wait_for(lambda: len(service.received.teams) > 1 or None, "the second card")
    wait_for(lambda: len(service.received.incoming) > 1 or None, "the second message")

    titles = [card["body"][0]["items"][0]["text"] for card in service.received.teams]
    assert [body["text"] for body in service.received.incoming] == ["[MAJOR] teams/queue", "[RESOLVED] teams/queue"]
    assert titles == ["\\[MAJOR\\] teams/queue", "\\[RESOLVED\\] teams/queue"]
    assert service.received.teams[0]["actions"][0]["url"].startswith("https://gauge.example/")


def test_a_webhook_is_tried_again_in_order_and_a_refusal_becomes_a_dead_letter(service: NotifyService) -> None:
    first, refused, redirected = (service.course(f"hook/{name}") for name in ("first", "refused", "redirected"))
    service.received.fail("/hook", broken(500), broken(502))

    first.publish("open")
    first.publish("close")
    wait_for(lambda: [each for each in service.hooks(first) if each["status"] == "resolved"] or None, "the end")
    service.received.fail("/hook", broken(410))
    refused.publish("open")
    wait_for(lambda: service.notifier.events("delivery given up") or None, "the refusal")
    service.received.fail("/hook", moved(f"{service.url}/elsewhere"))
    redirected.publish("open")
    letters = service.dead_letters(2)

    states = [each["status"] for each in service.hooks(first)]
    assert states == sorted(states)
    assert [letter["streamgauge.receiver"] for letter in letters] == ["hook", "hook"]
    assert letters[0]["streamgauge.detail"] == "HTTP 410: error 410"
    assert "redirect" in letters[1]["streamgauge.detail"]
    assert service.received.elsewhere == []


def test_mails_of_an_episode_are_one_thread_sent_over_tls_with_a_login(service: NotifyService) -> None:
    course = service.course("mail/disk")
    service.mail.refusals.append("451 try again later")

    course.publish("open")
    wait_for(lambda: service.mail.mails or None, "a mail")
    course.publish("close")
    mails = wait_for(lambda: service.mail.mails if len(service.mail.mails) > 1 else None, "the second mail")

    assert [mail["Subject"] for mail in mails] == ["[MAJOR] mail/disk", "[RESOLVED] mail/disk"]
    assert mails[1]["In-Reply-To"] == mails[0]["Message-ID"]
    assert "jumped to 9" in text_of(mails[0])


def text_of(mail: EmailMessage) -> str:
    """Return the text of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_alertmanager_has_an_alert_as_long_as_the_episode_is_open(service: NotifyService) -> None:
    course = service.course('prometheus/latency{team="db"}')

    course.publish("open", "minor")
    first = wait_for(lambda: active_alerts(service.alertmanager, course.series) or None, "an alert")
    course.publish("update", "critical")
    wait_for(lambda: severities(service, course) == {"critical"} or None, "the alert of the new severity")
    time.sleep(7)  # Longer than an alert is valid that is not sent again.
    kept = active_alerts(service.alertmanager, course.series)
    course.publish("close", "critical")
    wait_for(lambda: not severities(service, course) or None, "no alert")

    assert first[0]["labels"]["team"] == "db"
    assert first[0]["generatorURL"].startswith("https://gauge.example/")
    assert [alert["labels"]["severity"] for alert in kept] == ["critical"]


def severities(service: NotifyService, course: Course) -> set[str]:
    """Return the severities with which an episode fires in Alertmanager."""
    return {alert["labels"]["severity"] for alert in active_alerts(service.alertmanager, course.series)}


def test_every_receiver_takes_the_test_notification(service: NotifyService) -> None:
    file = service.notifier.environment["STREAMGAUGE_NOTIFY_FILE"]

    runs = {name: service.run("test", file, name) for name in ("slack", "alertmanager")}

    assert {name: (run.returncode, run.stderr) for name, run in runs.items()} == dict.fromkeys(runs, (0, ""))


def test_sigterm_ends_a_notifier_in_order_and_no_log_holds_a_secret(service: NotifyService) -> None:
    code, seconds = service.notifier.terminate()

    assert code == 0
    assert seconds < 5
    assert service.leaks() == []
