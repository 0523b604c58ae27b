"""`streamgauge size`: memory, CPU, network and disk of a load."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from stream.cli.options import as_json_option, config_option
from stream.kafka.topics.plan import BROKER_DEFAULT
from stream.settings.settings import Settings
from stream.sizing import MEASURED, Estimate, Load, estimate

EXAMPLES = """\b
Examples:
  streamgauge size --series 50000 --interval 60
  streamgauge size --series 200000 --interval 10 --workers 4 --json
"""


@click.command(epilog=EXAMPLES)
@config_option
@click.option("--series", "n_series", type=click.IntRange(1), required=True,
              help="Number of series; each feature of a series counts as one.")  # fmt: skip
@click.option("--interval", "interval_s", type=click.FloatRange(0, min_open=True), required=True, metavar="SECONDS",
              help="Seconds between two points of a series.")  # fmt: skip
@click.option("--workers", "n_workers", type=click.IntRange(1), default=1, show_default=True,
              help="Workers that share the series.")  # fmt: skip
@as_json_option
def command(config: Path | None, n_series: int, interval_s: float, n_workers: int, as_json: bool) -> None:
    """Estimate memory, CPU, network and disk for a number of series.

    Computed from constants that `python -m benchmarks series` measured on one machine, and from your settings:
    partitions, replication, retention, checkpoint interval. No broker is asked. Points are assumed to arrive as
    messages of one point each; messages with many points need less CPU.
    """
    settings = Settings.load(config)
    load = Load(
        n_series=n_series,
        interval_s=interval_s,
        n_workers=n_workers,
        n_partitions=settings.partitions,
        n_replicas=max(1, settings.replication_factor),
        retention_h=settings.metrics_retention_h,
        checkpoint_s=settings.checkpoint_interval_s,
        compaction_lag_s=settings.changelog_compaction_lag_s,
    )
    needs = estimate(load)
    if settings.replication_factor == BROKER_DEFAULT:
        click.echo("note: disk of 1 replica; set STREAMGAUGE_REPLICATION_FACTOR for more", err=True)
    if n_series / n_workers > settings.max_keys:
        text = f"a worker keeps {settings.max_keys:,} series and would have {n_series / n_workers:,.0f}"
        click.echo(f"warning: {text}; use more workers, or raise STREAMGAUGE_MAX_KEYS", err=True)
    if as_json:
        click.echo(json.dumps({"load": asdict(load), "needs": asdict(needs), "measured": MEASURED._asdict()}))
        return
    for name, value in lines(load, needs):
        click.echo(f"{name:22}{value}")


def lines(load: Load, needs: Estimate) -> list[tuple[str, str]]:
    """Format an estimate for people, one line per resource."""
    metrics = "grows for ever" if needs.metrics_disk_mib is None else f"{_bytes(needs.metrics_disk_mib)}"
    return [
        ("points", f"{needs.points_per_s:,.0f} per second"),
        ("memory per worker", f"{needs.worker_memory_mib:,} MiB; limit {needs.worker_memory_limit_mib:,} MiB"),
        ("CPU, all workers", f"{needs.cpu_cores:.2f} cores like those that were measured"),
        ("changelog, written", f"{needs.changelog_bytes_per_s / 1e6:,.1f} MB/s before replication"),
        ("changelog, disk", f"up to {_bytes(needs.changelog_disk_mib)}, {load.n_replicas} replica(s)"),
        ("metrics topic, disk", f"{metrics}, retention {load.retention_h} h, {load.n_replicas} replica(s)"),
        ("restart of a worker", f"up to {needs.recovery_s:,.0f} s to read its state back"),
    ]


def _bytes(mib: int) -> str:
    """Format a size in MiB or GiB."""
    return f"{mib:,} MiB" if mib < 10_240 else f"{mib / 1024:,.0f} GiB"
