"""All questions about speed and cost, one table each.

    make kafka-start
    .venv/bin/python -m benchmarks peers
    make bench

Tables are printed; with `--write` they also replace those of docs/performance.md and docs/sizing.md.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple, cast

import click
from rich.console import Console

from benchmarks.harness.machine import describe
from benchmarks.harness.page import write
from benchmarks.harness.run import PROGRESS, Run
from benchmarks.harness.table import Table


class Question(NamedTuple):
    """A question and who answers it.

    Attributes
    ----------
    module : str
        Has `measure_tables`; loaded when it is asked.
    text : str
    """

    module: str
    text: str

    def answer(self, run: Run) -> Iterator[tuple[str, Table]]:
        """Measure, and yield each table with its name."""
        measure = cast("Callable[[Run], Iterator[tuple[str, Table]]]", import_module(self.module).measure_tables)
        return measure(run)


QUESTIONS = {
    "peers": Question("benchmarks.peers.question", "the worker beside what people would build instead"),
    "throughput": Question("benchmarks.throughput", "points a second, by the kind of messages"),
    "latency": Question("benchmarks.latency.worker", "from a point at its sender to its episode at a reader"),
    "series": Question("benchmarks.scale.series", "1,000 to 1,000,000 series on one worker, and what they cost"),
    "workers": Question("benchmarks.scale.workers", "one worker and two"),
    "partitions": Question("benchmarks.scale.partitions", "4 to 64 partitions"),
    "new-series": Question("benchmarks.scale.new_series", "10,000 new series in one second"),
    "hot-series": Question("benchmarks.scale.hot_series", "one series with 90 % of the points"),
    "large-message": Question("benchmarks.scale.large_message", "a message with a million points"),
    "detector": Question("benchmarks.detector", "the detector alone, by series and points of a call"),
    "stages": Question("benchmarks.stages", "where the CPU of a worker goes"),
    "start": Question("benchmarks.scale.start", "the first start of a worker, and later ones"),
    "memory": Question("benchmarks.scale.memory", "memory over ten million points"),
}
EPILOG = "\b\nQuestions:\n" + "\n".join(f"  {name:15}{question.text}" for name, question in QUESTIONS.items())


@click.command(epilog=EPILOG)
@click.argument("questions", nargs=-1, type=click.Choice(list(QUESTIONS)))
@click.option("--brokers", default="127.0.0.1:9092", show_default=True, help="A Kafka; topics are made and deleted.")
@click.option("--passes", default=3, show_default=True, type=click.IntRange(1), help="Passes; medians are printed.")
@click.option("--quick", is_flag=True, help="Measure little, once: to see that everything works.")
@click.option("--write", "writes", is_flag=True, help="Also write the tables into the pages under docs/.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(questions: tuple[str, ...], brokers: str, passes: int, quick: bool, writes: bool, as_json: bool) -> None:
    """Answer questions about speed and cost; without arguments, all of them."""
    if quick and writes:
        raise click.UsageError("--quick measures too little for the docs: leave --write out")
    run = Run(brokers, 1 if quick else passes, quick)
    answers: dict[str, dict[str, object]] = {}
    for name in questions or QUESTIONS:
        started, machine = time.monotonic(), describe()
        PROGRESS.print(f"{name}: {QUESTIONS[name].text}", highlight=False)
        for title, table in QUESTIONS[name].answer(run):
            answers[title] = table._asdict() | {"machine": machine}
            if writes:
                write(title, table, machine)
            if not as_json:
                Console().print(table.terminal())
                click.echo(f"{table.note} {machine}.\n")
        PROGRESS.print(f"  {time.monotonic() - started:,.0f} s", style="dim", highlight=False)
    if as_json:
        click.echo(json.dumps(answers))


if __name__ == "__main__":
    main()
