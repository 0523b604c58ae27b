"""The command line as processes of their own, with the settings of one test."""

from __future__ import annotations

import os
import subprocess

from stream.kafka.connection import connect
from stream.kafka.topics import creation
from stream.settings.settings import Settings
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.waiting import PATIENCE_S
from tests.e2e.worker_process import COMMAND


class Commands:
    """The command line with the settings of one test."""

    def __init__(self, bootstrap: str, names: dict[str, str]) -> None:
        settings = {"brokers": bootstrap, "partitions": "3", **names}
        inherited = {name: text for name, text in os.environ.items() if not name.startswith("STREAMGAUGE_")}
        self.environment = inherited | {f"STREAMGAUGE_{name.upper()}": text for name, text in settings.items()}

    def run(self, *arguments: str, lines: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; `lines` are its standard input."""
        command = [str(COMMAND), *arguments]
        return subprocess.run(
            command,
            env=self.environment,
            input=lines,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command whose input and output are pipes."""
        return subprocess.Popen(
            [str(COMMAND), *arguments],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def create_topics(kafka: KafkaContainer, **settings: str) -> None:
    """Create them as `streamgauge topics create` does, without the start of another process."""
    chosen = Settings.load(None, brokers=kafka.bootstrap, **settings)
    with connect(chosen) as admin:
        creation.create(admin, chosen)
