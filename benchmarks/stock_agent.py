"""The peer: a stock Faust agent that does nothing, the fastest thing Faust runs as it comes."""

from __future__ import annotations

import sys
import tempfile
import time

import click
import faust


def run(brokers: str, topic: str, app_id: str, n_messages: int) -> None:
    """Consume `n_messages` and print the seconds and CPU seconds from the first to the last."""
    app = faust.App(
        app_id,
        broker=f"kafka://{brokers}",
        web_enabled=False,
        topic_disable_leader=True,
        table_standby_replicas=1,
        datadir=tempfile.mkdtemp(),
    )
    source = app.topic(topic, key_type=bytes, value_type=bytes, value_serializer="raw", key_serializer="raw")

    @app.agent(source)
    async def consume(stream: faust.StreamT[bytes]) -> None:
        n_seen, started, cpu_started = 0, 0.0, 0.0
        async for _ in stream:
            if n_seen == 0:
                started, cpu_started = time.perf_counter(), time.process_time()
            n_seen += 1
            if n_seen == n_messages:
                seconds, cpu = time.perf_counter() - started, time.process_time() - cpu_started
                click.echo(f"{seconds} {cpu}")

    faust.Worker(app, loglevel="INFO", logfile="/dev/null", redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
