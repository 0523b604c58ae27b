"""A notifier with all its receivers: those that behave as the real ones do, a mailbox and a real Alertmanager."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stream.control.publisher import ControlPublisher
from stream.control.records import Ack, Mute
from stream.events.episodes import EpisodeState
from stream.settings.settings import Settings
from tests.e2e.alertmanager_server import alertmanager, install
from tests.e2e.anomalies import Course
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.mailbox import PASSWORD, USER, Mailbox, mailbox
from tests.e2e.notify_process import NotifyProcess
from tests.e2e.ports import free_ports
from tests.e2e.receivers.hooks import TEAMS_PATH
from tests.e2e.receivers.received import Received
from tests.e2e.receivers.server import SECRETS, receivers
from tests.e2e.receivers.slack import CHANNEL, INCOMING_PATH
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
class NotifyService:
    """Everything around one notifier of a module.

    Attributes
    ----------
    notifier, second : NotifyProcess
        The first runs; the second is of the same group, and not started.
    """

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

    def publish_together(self, courses: Sequence[Course], state: EpisodeState) -> None:
        """Publish the next event of many episodes at once."""
        records = [(course.series.encode(), course.event(state)) for course in courses]
        produce(self.bootstrap, self.settings.anomalies_topic, records)

    def answer(self, record: Ack | Mute) -> None:
        """Publish the answer of a person."""
        with ControlPublisher(self.settings) as publisher:
            publisher.publish(record)

    def slack_of(self, series: str) -> list[dict[str, Any]]:
        """Return the messages in the channel, without threads, that are about a series."""
        messages = [body for body in self.received.slack.values() if "thread_ts" not in body]
        return [body for body in messages if series in body["text"]]

    def slack_message(self, series: str, begin: str) -> dict[str, Any]:
        """Wait for a message of a series whose text begins so."""

        def look() -> dict[str, Any] | None:
            return next((body for body in self.slack_of(series) if body["text"].startswith(begin)), None)

        return wait_for(look, f"a message of {series} that begins with {begin}")

    def hooks(self, course: Course) -> list[dict[str, Any]]:
        """Return the webhooks of an episode."""
        return [each for each in self.received.webhook if each["id"] == course.episode]

    def dead_letters(self, n: int) -> list[dict[str, str]]:
        """Return the headers of dead letters, by name."""
        records = consume(self.bootstrap, f"{self.settings.app_id}-notify.dlq", n)
        return [{name: value.decode() for name, value in record.headers} for record in records]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `streamgauge notify` with the settings and secrets of the notifier."""
        environment = self.notifier.environment
        return subprocess.run(
            [COMMAND, "notify", *arguments], env=environment, capture_output=True, text=True, check=False
        )

    def leaks(self) -> list[str]:
        """Return what the logs of both hold that no log may: secrets, and tracebacks."""
        files = [each.log for each in (self.notifier, self.second) if each.log.exists()]
        log = "".join(file.read_text() for file in files)
        return [text for text in ("not-for-the-log", "Traceback", *SECRETS.values()) if text in log]


@contextmanager
def notify_service(kafka: KafkaContainer, repository: Path, folder: Path) -> Iterator[NotifyService]:
    """Run a notifier of an application of its own."""
    unique = uuid.uuid4().hex[:12]
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
        first, second = (NotifyProcess(folder / f"notify-{n}.log", file, secrets, **names) for n in (1, 2))
        settings = Settings.model_validate(names)
        with first:
            yield NotifyService(kafka.bootstrap, settings, first, second, received, mail, alerts, url)
