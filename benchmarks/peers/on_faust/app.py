"""Stock Faust, as the three peers on it start it."""

from __future__ import annotations

import tempfile

import faust

from benchmarks.peers.stopwatch import Task

N_PARTITIONS = 4


def make_app(task: Task) -> faust.App:
    """Create an application with Faust's own settings, its data in a folder of its own."""
    return faust.App(
        task.group,
        broker=f"kafka://{task.brokers}",
        web_enabled=False,
        topic_disable_leader=True,
        topic_partitions=N_PARTITIONS,
        datadir=tempfile.mkdtemp(),
    )


def run(app: faust.App) -> None:
    """Run the application until it is killed."""
    faust.Worker(app, loglevel="INFO", logfile="/dev/null", redirect_stdouts=False).execute_from_commandline()
