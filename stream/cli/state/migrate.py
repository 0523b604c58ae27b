"""`streamgauge state migrate`: carry state over to this version's layout."""

from __future__ import annotations

import json
from functools import partial

import click

from stream.changelog.layouts.known import KnownLayouts, why_refused
from stream.changelog.migration import Migration, MigrationPlan
from stream.changelog.topic import open_writer, read_batches
from stream.cli.echo import echo, progress
from stream.cli.options import with_settings, yes_option
from stream.cli.state.stored import known_layouts, read_inventory, without_workers
from stream.errors import StateError
from stream.formats.state.key import split_key
from stream.kafka import group
from stream.kafka.topics.identity import identify
from stream.settings.settings import Settings

EXAMPLES = """\b
Examples:
  streamgauge state migrate --dry-run
  streamgauge state migrate --yes
  streamgauge state migrate --forget-unreadable --yes
"""

WAYS_OUT = "\n".join(
    (
        "Choose one of these ways to go on:",
        "- `streamgauge reset`: every series learns again from the points that the metrics topic holds.",
        "- `streamgauge state migrate --forget-unreadable`: those series alone warm up again, from their next points, "
        "or from history by `streamgauge backfill`.",
        "- Stay on the version that wrote them.",
    )
)


@click.command("migrate", epilog=EXAMPLES, short_help="Carry state of an earlier version over to this one.")
@with_settings("app_id", "metrics_topic", "model", "session_timeout_s")
@click.option("--dry-run", is_flag=True, help="Count what would be written, and write nothing.")
@click.option("--forget-unreadable", is_flag=True, help="Forget series whose state cannot be carried over.")
@yes_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else; asks nothing.")
def migrate(settings: Settings, dry_run: bool, forget_unreadable: bool, yes: bool, as_json: bool) -> None:
    """Carry the state that an earlier version wrote over to this version's layout, so that no series warms up again.

    For workers that end with exit code 11 and name the layout after an upgrade. Stop all workers first, and give the
    settings of the workers (--app, --model).

    Each record of an earlier layout is written again in the present one, behind the old one in the same partition.
    What was learned, open episodes and offsets are kept. If the command is interrupted, run it again: it goes on with
    the records that are left.

    Exit code 11 if some state cannot be carried over; nothing is written then, and the text says why and what to do.
    Exit code 12 while a worker is in the consumer group.
    """
    layouts = known_layouts(settings)
    with without_workers(settings) as admin:
        mark = identify(admin, settings.metrics_topic).mark
        plan = MigrationPlan.of(read_inventory(settings, layouts, mark), layouts.present)
        if plan.unreadable and not forget_unreadable and not dry_run:
            raise StateError(_unreadable(plan, settings))
        n_changed = len(plan.migrated) + (len(plan.unreadable) if forget_unreadable else 0)
        if n_changed and not dry_run:
            if not (yes or as_json):
                click.confirm(_question(plan, settings, forget_unreadable), abort=True, err=True)
            group.require_idle(admin, settings)
            _write(settings, plan, layouts, forget_unreadable=forget_unreadable)
    _report(settings, plan, dry_run=dry_run, forgotten=forget_unreadable, as_json=as_json)
    if plan.unreadable and not forget_unreadable:
        raise StateError(_unreadable(plan, settings))


def _write(settings: Settings, plan: MigrationPlan, layouts: KnownLayouts, *, forget_unreadable: bool) -> None:
    with progress(f"writing {settings.changelog_topic}") as report, open_writer(settings) as writer:
        migration = Migration(plan, layouts, writer)
        if plan.migrated:
            for records in read_batches(settings, report, partial(echo, err=True)):
                migration.carry_over(records)
        if forget_unreadable:
            migration.forget_unreadable()


def _question(plan: MigrationPlan, settings: Settings, forget_unreadable: bool) -> str:
    forgotten = f", and {len(plan.unreadable):,} be forgotten" if forget_unreadable and plan.unreadable else ""
    return (
        f"Shall {len(plan.migrated):,} state records of app id {settings.app_id} be carried over{forgotten}? Earlier "
        "versions cannot read them afterwards."
    )


def _unreadable(plan: MigrationPlan, settings: Settings) -> str:
    (partition, key), n_bytes = next(iter(plan.unreadable.items()))
    return (
        f"{len(plan.unreadable):,} state records in {settings.changelog_topic} cannot be carried over, such as that of "
        f"{split_key(key)[0]} in partition {partition}, with {n_bytes:,} bytes: {why_refused(n_bytes)}. Nothing was "
        f"written. {WAYS_OUT}"
    )


def _report(settings: Settings, plan: MigrationPlan, *, dry_run: bool, forgotten: bool, as_json: bool) -> None:
    n_forgotten = len(plan.unreadable) if forgotten else 0
    if as_json:
        facts = {
            "app_id": settings.app_id,
            "dry_run": dry_run,
            "migrated": len(plan.migrated),
            "by_layout": {str(version): n for version, n in sorted(plan.by_version.items())},
            "unchanged": plan.n_present,
            "unreadable": len(plan.unreadable),
            "forgotten": n_forgotten,
            "damaged": plan.n_damaged,
        }
        click.echo(json.dumps(facts))
        return
    verb = "would be carried over" if dry_run else "carried over"
    layouts = ", ".join(f"{n:,} of layout {version}" for version, n in sorted(plan.by_version.items()))
    echo(f"{len(plan.migrated):,} state records {verb}{': ' + layouts if layouts else ''}")
    echo(f"{plan.n_present:,} have the present layout already")
    if plan.unreadable and forgotten:
        echo(f"{n_forgotten:,} {'would be forgotten' if dry_run else 'forgotten'}: their series warm up again")
    if plan.n_damaged:
        echo(f"{plan.n_damaged:,} are damaged: a worker drops them, and their series warm up again")
