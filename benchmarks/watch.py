"""CPU of `streamgauge watch` on a terminal of 80 columns, with 20 open episodes.

    export KAFKA_IMAGE=$(deploy/kafka/image.sh)
    .venv/bin/python -m benchmarks.watch

CPU time is counted, so that a busy machine changes little.
"""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from benchmarks.harness.process import cpu_seconds
from stream.kafka.connection import connect
from stream.kafka.topics.creation import create
from stream.settings.settings import Settings
from stream.settings.sources import to_environment
from tests.e2e.anomalies import Course
from tests.e2e.kafka_container import IMAGE, KafkaContainer
from tests.e2e.worker_process import COMMAND

N_EPISODES = 20
SETTLED_S = 5.0
"""Time for the start, which is not measured."""

AN_HOUR_MS = 3_600_000
HEADER = ("20 open episodes", "CPU, % of a core")


@contextmanager
def watching(settings: Settings) -> Iterator[int]:
    """Run `watch` on a terminal; yield its process id."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = os.environ | to_environment(settings) | {"TERM": "xterm-256color"}
    process = subprocess.Popen(
        [COMMAND, "watch", "--from", "beginning"], env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    reader = threading.Thread(target=_drain, args=(ours,), daemon=True)
    reader.start()
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()
        reader.join()
        os.close(ours)


def _drain(terminal: int) -> None:
    """Read what is drawn; Linux reports the other side's end as an error."""
    with suppress(OSError):
        while os.read(terminal, 65_536):
            pass


def open_episodes(bootstrap: str, topic: str, n: int, age_ms: int) -> Course:
    """Open episodes that began some time ago; return the last."""
    for number in range(n):
        course = Course(bootstrap, topic, f"host-{number}-{age_ms}/latency_ms")
        course.start -= age_ms
        course.publish("open")
    return course


def share(pid: int, seconds: float, course: Course | None = None) -> float:
    """Measure the share of a core; with a course an event a second is published."""
    before, begun = cpu_seconds(pid), time.monotonic()
    for _ in range(round(seconds)):
        if course is not None:
            course.publish("update")
        time.sleep(1.0)
    return (cpu_seconds(pid) - before) / (time.monotonic() - begun)


@click.command()
@click.option("--seconds", default=30.0, show_default=True, help="How long each row is measured.")
def main(seconds: float) -> None:
    """Print a row for old episodes, one for new ones, and one with an event a second."""
    with tempfile.TemporaryDirectory() as folder, KafkaContainer(IMAGE, Path(folder)) as kafka:
        settings = Settings.load(None, brokers=kafka.bootstrap)
        with connect(settings) as admin:
            create(admin, settings)
        click.echo(f"| {' | '.join(HEADER)} |\n|{' --- |' * len(HEADER)}")
        with watching(settings) as pid:
            course = open_episodes(kafka.bootstrap, settings.anomalies_topic, N_EPISODES, AN_HOUR_MS)
            time.sleep(SETTLED_S)
            click.echo(f"| open for an hour | {100 * share(pid, seconds):.2f} |")
            click.echo(f"| open for an hour, an event a second | {100 * share(pid, seconds, course):.2f} |")
            open_episodes(kafka.bootstrap, settings.anomalies_topic, N_EPISODES, 0)
            click.echo(f"| 20 more, whose durations change every second | {100 * share(pid, seconds):.2f} |")


if __name__ == "__main__":
    main()
