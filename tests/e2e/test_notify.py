"""`streamgauge notify` against Kafka, receivers that behave as the real ones do, and a real Alertmanager."""

from __future__ import annotations

import json
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from stream.control.publisher import ControlPublisher
from stream.control.records import Ack, Mute
from stream.events.episodes import EpisodeState
from stream.settings.settings import Settings
from tests.e2e.alertmanager_server import active_alerts, alertmanager, install
from tests.e2e.anomalies import Course, score
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.mailbox import PASSWORD, USER, Mailbox, mailbox
from tests.e2e.notify_process import NotifyProcess
from tests.e2e.ports import free_ports
from tests.e2e.receivers import (
    CHANNEL,
    INCOMING_PATH,
    SECRETS,
    TEAMS_PATH,
    Received,
    broken,
    moved,
    receivers,
    too_many,
)
from tests.e2e.records import consume, produce
from tests.e2e.waiting import wait_for
from tests.e2e.worker_process import COMMAND

FILE = """
page_url = "https://gauge.example"
group_wait = "0s"
group_interval = "0s"
group_by = ["..."]
retry_for = "1h"
ca_file = "{ca_file}"

[[receivers]]
name = "slack"
type = "slack"
token = {{env = "SLACK_TOKEN"}}
channel = "{channel}"
api_url = "{url}/api"

[[receivers]]
name = "pagerduty"
type = "pagerduty"
routing_key = {{env = "PAGERDUTY_KEY"}}
api_url = "{url}"

[[receivers]]
name = "opsgenie"
type = "opsgenie"
api_key = {{env = "OPSGENIE_KEY"}}
api_url = "{url}"

[[receivers]]
name = "incoming"
type = "slack-webhook"
url = {{env = "INCOMING_URL"}}

[[receivers]]
name = "teams"
type = "teams"
url = {{env = "TEAMS_URL"}}

[[receivers]]
name = "hook"
type = "webhook"
url = "{url}/hook"
secret = {{env = "SIGNING_SECRET"}}

[[receivers]]
name = "mail"
type = "email"
host = "127.0.0.1"
port = {mail_port}
ca_file = "{ca_file}"
username = "{user}"
password = {{env = "MAIL_PASSWORD"}}
sender = "gauge@example.org"
to = ["sre@example.org"]

[[receivers]]
name = "alertmanager"
type = "alertmanager"
url = "{alertmanager}"
resolve_after = "6s"

[[routes]]
series = "slack/*"
receivers = ["slack"]

[[routes]]
series = "many/*"
receivers = ["slack"]
group_by = ["team"]
group_wait = "3s"

[[routes]]
series = "page/*"
severity = "critical"
receivers = ["pagerduty", "opsgenie"]

[[routes]]
series = "teams/*"
receivers = ["teams", "incoming"]

[[routes]]
series = "hook/*"
receivers = ["hook"]

[[routes]]
series = "mail/*"
receivers = ["mail"]

[[routes]]
series = "prometheus/*"
receivers = ["alertmanager"]
"""


@dataclass
class Service:
    """Everything around one notifier of the module."""

    bootstrap: str
    settings: Settings
    notifier: NotifyProcess
    second: NotifyProcess
    received: Received
    mail: Mailbox
    alertmanager: str
    url: str

    def course(self, series: str) -> Course:
        """Begin the course of an episode."""
        return Course(self.bootstrap, self.settings.anomalies_topic, series)

    def dead_letters(self, n: int) -> list[dict[str, str]]:
        """Return the headers of dead letters, by name."""
        records = consume(self.bootstrap, f"{self.settings.app_id}-notify.dlq", n)
        return [{name: value.decode() for name, value in record.headers} for record in records]


@pytest.fixture(scope="module")
def service(kafka: KafkaContainer, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a running notifier with all its receivers."""
    folder, unique = tmp_path_factory.mktemp("notify"), uuid.uuid4().hex[:12]
    topics = {f"{topic}_topic": f"{topic}-{unique}" for topic in ("metrics", "anomalies", "scores", "control")}
    names = {"brokers": kafka.bootstrap, "app_id": f"gauge-{unique}", **topics}
    install(repository)
    with (
        receivers() as (url, received),
        mailbox(folder, free_ports(1)[0]) as mail,
        alertmanager(folder) as alerts,
    ):
        file = folder / "notify.toml"
        file.write_text(
            FILE.format(
                url=url, channel=CHANNEL, mail_port=mail.port, ca_file=mail.ca_file, user=USER, alertmanager=alerts
            )
        )
        secrets = SECRETS | {
            "TEAMS_URL": url + TEAMS_PATH,
            "INCOMING_URL": url + INCOMING_PATH,
            "MAIL_PASSWORD": PASSWORD,
        }
        notifiers = [NotifyProcess(folder / f"notify-{n}.log", file, secrets, **names) for n in (1, 2)]
        settings = Settings.model_validate(names)
        with notifiers[0] as notifier:
            yield Service(kafka.bootstrap, settings, notifier, notifiers[1], received, mail, alerts, url)


def slack_of(service: Service, series: str) -> list[dict[str, Any]]:
    """Return the messages in the channel, without threads, that are about a series."""
    messages = [body for body in service.received.slack.values() if "thread_ts" not in body]
    return [body for body in messages if series in body["text"]]


def title(service: Service, series: str, begin: str) -> dict[str, Any]:
    """Wait for a message of a series whose text begins so."""

    def look() -> dict[str, Any] | None:
        return next((body for body in slack_of(service, series) if body["text"].startswith(begin)), None)

    return wait_for(look, f"a message of {series} that begins with {begin}")


def test_slack_has_one_message_of_an_episode_that_is_edited_and_a_picture_in_its_thread(service: Service) -> None:
    course = service.course("slack/cpu")
    points = [(course.series.encode(), score(course.series, course.start - 60_000 * n, 1.0 + n)) for n in range(30)]
    produce(service.bootstrap, str(service.settings.scores_topic), points)
    service.received.fail("/api/chat.postMessage", too_many(1), broken(503))

    opened = course.publish("open")
    message = title(service, course.series, "[MAJOR]")
    picture = wait_for(lambda: next(iter(service.received.slack_files.values()), None), "the picture")
    course.repeat(opened)
    course.publish("update", "critical", why="jumped to 12 & more")
    title(service, course.series, "[CRITICAL]")
    course.publish("close", "critical")
    title(service, course.series, "[RESOLVED]")

    assert len(slack_of(service, course.series)) == 1
    assert "https://gauge.example/?series=slack%2Fcpu" in json.dumps(message["attachments"])
    assert picture.startswith(b"\x89PNG")
    assert "&amp; more" in json.dumps(service.received.slack_edits)
    threads = [body for body in service.received.slack.values() if "thread_ts" in body]
    assert [body["text"].splitlines()[0] for body in threads] == ["[CRITICAL] slack/cpu"]


def test_pagers_have_one_incident_that_is_triggered_acknowledged_and_resolved(service: Service) -> None:
    course = service.course("page/errors")

    course.publish("open", "major")
    course.publish("update", "critical")
    wait_for(lambda: service.received.pagerduty or None, "a trigger")
    with_ack(service, Ack(episode=course.episode, series=course.series, by="ann", at=course.start))
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


def with_ack(service: Service, *records: Ack | Mute) -> None:
    """Publish answers of people."""
    with ControlPublisher(service.settings) as publisher:
        for record in records:
            publisher.publish(record)


def test_what_cannot_be_edited_is_posted_when_an_episode_opens_and_when_it_closes(service: Service) -> None:
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


def test_a_webhook_is_tried_again_in_order_and_a_refusal_becomes_a_dead_letter(service: Service) -> None:
    first, refused, redirected = (service.course(f"hook/{name}") for name in ("first", "refused", "redirected"))
    service.received.fail("/hook", broken(500), broken(502))

    first.publish("open")
    first.publish("close")
    wait_for(lambda: [each for each in hooks(service, first) if each["status"] == "resolved"] or None, "the end")
    service.received.fail("/hook", broken(410))
    refused.publish("open")
    wait_for(lambda: service.notifier.events("delivery given up") or None, "the refusal")
    service.received.fail("/hook", moved(f"{service.url}/elsewhere"))
    redirected.publish("open")
    letters = service.dead_letters(2)

    states = [each["status"] for each in hooks(service, first)]
    assert states == sorted(states)
    assert [letter["streamgauge.receiver"] for letter in letters] == ["hook", "hook"]
    assert letters[0]["streamgauge.detail"] == "HTTP 410: error 410"
    assert "redirect" in letters[1]["streamgauge.detail"]
    assert service.received.elsewhere == []


def hooks(service: Service, course: Course) -> list[dict[str, Any]]:
    """Return the webhooks of an episode."""
    return [each for each in service.received.webhook if each["id"] == course.episode]


def test_mails_of_an_episode_are_one_thread_sent_over_tls_with_a_login(service: Service) -> None:
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


def test_alertmanager_has_an_alert_as_long_as_the_episode_is_open(service: Service) -> None:
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


def severities(service: Service, course: Course) -> set[str]:
    """Return the severities with which an episode fires in Alertmanager."""
    return {alert["labels"]["severity"] for alert in active_alerts(service.alertmanager, course.series)}


def publish_together(service: Service, courses: list[Course], state: EpisodeState) -> None:
    """Publish the next event of many episodes at once."""
    records = [(course.series.encode(), course.event(state)) for course in courses]
    produce(service.bootstrap, service.settings.anomalies_topic, records)


def test_many_series_at_once_are_one_summary_that_ends_when_the_last_one_closes(service: Service) -> None:
    courses = [service.course(f'many/{n}{{team="web"}}') for n in range(8)]

    publish_together(service, courses, "open")
    title(service, "8 series", "[MAJOR] 8 series (team=web)")
    publish_together(service, courses[:7], "close")
    title(service, "8 series", "[MAJOR] 8 series, 1 open")
    courses[7].publish("close")
    title(service, "8 series", "[RESOLVED] 8 series")

    assert len(slack_of(service, "8 series")) == 1
    assert slack_of(service, "many/") == []


def test_a_muted_series_is_notified_when_the_mute_ends(service: Service) -> None:
    muted, other = service.course("slack/muted"), service.course("slack/other")
    mute = Mute(id="m1", match="slack/muted", until=muted.start + 6_000, by="ann", at=muted.start)
    with_ack(service, mute)
    time.sleep(1)  # In force everywhere within 2 s.

    muted.publish("open")
    other.publish("open")
    title(service, other.series, "[MAJOR]")
    before = slack_of(service, muted.series)
    title(service, muted.series, "[MAJOR]")

    assert before == []


def test_a_message_whose_answer_was_lost_in_a_crash_is_found_again(service: Service) -> None:
    course = service.course("slack/crash")
    service.received.lost_answers.add("/api/chat.postMessage")

    course.publish("open")
    title(service, course.series, "[MAJOR]")
    service.notifier.kill9()
    course.publish("update", "critical")
    service.notifier.start()
    service.notifier.wait_ready()
    title(service, course.series, "[CRITICAL]")

    assert len(slack_of(service, course.series)) == 1


def test_two_notifiers_share_the_work_and_one_takes_over_when_the_other_is_killed(service: Service) -> None:
    with service.second as second:
        wait_for(lambda: len(service.notifier.events("notifying")) > 1 or None, "the other share")
        courses = [service.course(f"hook/shared-{n}") for n in range(12)]
        publish_together(service, courses, "open")
        wait_for(lambda: all(hooks(service, course) for course in courses) or None, "all webhooks")
        both = (service.notifier, second)
        wait_for(lambda: all(each.events("notified") for each in both) or None, "a delivery of each notifier")
        second.kill9()
        publish_together(service, courses, "close")
        wait_for(lambda: all(len(hooks(service, course)) > 1 for course in courses) or None, "all ends")

    assert all([each["status"] for each in hooks(service, course)] == ["open", "resolved"] for course in courses)


def test_a_dry_run_prints_what_was_sent_and_sends_nothing(service: Service) -> None:
    course = service.course("mail/dry")
    course.publish("open", "critical", why="jumped to 99")
    wait_for(lambda: [mail for mail in service.mail.mails if "mail/dry" in mail["Subject"]] or None, "the mail")
    n_mails = len(service.mail.mails)

    dry = subprocess.run(
        [COMMAND, "notify", "--dry-run", "--since", "1h"],
        env=service.notifier.environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "mail, new: [CRITICAL] mail/dry\n    jumped to 99\n" in dry.stdout
    assert " notifications of " in dry.stdout.splitlines()[-1]
    assert len(service.mail.mails) == n_mails


def test_every_receiver_takes_the_test_notification(service: Service) -> None:
    file = service.notifier.environment["STREAMGAUGE_NOTIFY_FILE"]

    runs = {
        name: subprocess.run(
            [COMMAND, "notify", "test", file, name],
            env=service.notifier.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        for name in ("slack", "alertmanager")
    }

    assert {name: (run.returncode, run.stderr) for name, run in runs.items()} == dict.fromkeys(runs, (0, ""))


def test_sigterm_ends_a_notifier_in_order_and_no_log_holds_a_secret(service: Service) -> None:
    code, seconds = service.notifier.terminate()

    log = service.notifier.log.read_text() + service.second.log.read_text()
    assert code == 0
    assert seconds < 5
    assert "not-for-the-log" not in log
    assert "Traceback" not in log
    assert not [value for value in SECRETS.values() if value in log]
