"""`streamgauge rules`: rules set while workers run."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

import click

from stream.cli.control.records import (
    IN_FORCE,
    assignments,
    by_option,
    fields,
    read_view,
    report,
    signature,
    signed,
    to_json,
    why_option,
)
from stream.cli.doctor.known_series import read_known
from stream.cli.echo import echo, suggest
from stream.cli.groups import SuggestingGroup
from stream.cli.options import as_json_option, with_settings
from stream.control.publisher import ControlPublisher
from stream.control.records import ControlRule
from stream.control.view import ControlView
from stream.detectors import misfit
from stream.errors import DataError, SettingsError
from stream.events.text import display_name
from stream.formats.state.key import split_key
from stream.model import Bundle
from stream.settings.rules import Rule, parse_rule
from stream.settings.settings import Settings

SET_EXAMPLES = """\b
Examples:
  streamgauge rules set quiet --match 'host-7/*' --sensitivity low
  streamgauge rules set totals --match '*_total' --transform rate --why 'counters'
  streamgauge rules set nightly --match 'db/*' --maintenance \\
      '[{"days": ["sun"], "from": "02:00", "to": "04:00"}]'
"""

TEST_EXAMPLES = """\b
Examples:
  streamgauge rules test 'host-7/*'
  streamgauge rules test '*' --json | jq '.[] | select(.policy == {})'
"""

MAINTENANCE: Final = "maintenance"

OPTIONS: Final = {name: field.alias or name for name, field in Rule.model_fields.items() if name != MAINTENANCE}
"""Fields of a rule that are one option each, and how they are written."""


@click.group(cls=SuggestingGroup)
def command() -> None:
    """List, set, remove or try rules for series, while the workers run.

    They say what [[rules]] in the settings can say, and come before those: for each field the first matching rule that
    gives it decides.
    """


def _rule_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add an option for each field of a rule."""
    text = "JSON array of windows, as in the settings: neither scored nor learned in them."
    function = click.option("--maintenance", metavar="JSON", help=text)(function)
    for name, written in reversed(OPTIONS.items()):
        flag = f"--{written.replace('_', '-')}"
        help_text = Rule.model_fields[name].description
        function = click.option(flag, written, metavar="VALUE", required=name == "match", help=help_text)(function)
    return function


@command.command("list", short_help="List the rules, in the order in which they are asked.")
@as_json_option
@with_settings("app_id", "control_topic")
def list_rules(settings: Settings, as_json: bool) -> None:
    """List the rules of the control topic and of the settings, in the order in which they are asked.

    Rules of the settings are those that this command finds with --config or in STREAMGAUGE_RULES: give it what the
    workers have.
    """
    view = read_view(settings)
    if as_json:
        ours = [{"source": "settings", "rule": fields(rule)} for rule in settings.rules]
        click.echo(json.dumps([*({"source": "control"} | to_json(rule) for rule in view.rules), *ours]))
        return
    for record in view.rules:
        rule = parse_rule(record.rule)
        echo(f"{record.name}  {_matched(rule)}: {assignments(fields(rule)) or 'decides nothing'}", indent=2)
        echo(f"  {signature(record)}", indent=2)
    for number, rule in enumerate(settings.rules, start=1):
        echo(
            f"rule {number} of the settings  {_matched(rule)}: {assignments(fields(rule))}",
            indent=2,
        )
    echo(f"{len(view.rules)} on the control topic, {len(settings.rules)} in the settings")


@command.command("set", epilog=SET_EXAMPLES, short_help="Set a rule, or replace it.")
@click.argument("name", metavar="NAME")
@_rule_options
@click.option("--order", type=int, default=100, show_default=True, help="Rules with a smaller number are asked first.")
@why_option
@by_option
@as_json_option
@with_settings("app_id", "control_topic", "model")
def set_rule(
    settings: Settings,
    name: str,
    order: int,
    why: str,
    by: str | None,
    as_json: bool,
    maintenance: str | None,
    **given: str | None,
) -> None:
    """Set the rule NAME, or replace it; no worker needs a restart.

    A field that is not given decides nothing. With another --transform a series begins anew, as after a restart with
    that rule. Exit code 2 if a value is wrong, or the --model does not know what the rule asks for.
    """
    written: dict[str, Any] = {field: value for field, value in given.items() if value is not None}
    if maintenance is not None:
        written[MAINTENANCE] = _windows(maintenance)
    rule = parse_rule(written)
    if settings.model is not None and (text := misfit(rule, Bundle.load(settings.model))) is not None:
        raise SettingsError(text)
    record = ControlRule(**signed(by, why), name=name, order=order, rule=fields(rule))
    with ControlPublisher(settings) as publisher:
        publisher.publish(record)
    report(to_json(record), f"rule {name} set for {_matched(rule)}; {IN_FORCE}", as_json)


@command.command("remove", short_help="Remove a rule.")
@click.argument("name", metavar="NAME")
@as_json_option
@with_settings("app_id", "control_topic")
def remove(settings: Settings, name: str, as_json: bool) -> None:
    """Remove the rule NAME from the control topic.

    Exit code 8 if there is none of that name.
    """
    names = [rule.name for rule in read_view(settings).rules]
    if name not in names:
        advice = suggest(name, names, "`streamgauge rules list` shows their names", 1)
        raise DataError(f"expected the name of a rule on the control topic, found {name!r}; {advice}")
    with ControlPublisher(settings) as publisher:
        publisher.remove(f"rule/{name}".encode())
    report({"name": name, "removed": True}, f"rule {name} removed; {IN_FORCE}", as_json)


@command.command("test", epilog=TEST_EXAMPLES, short_help="Show which rules decide on series.")
@click.argument("pattern", metavar="PATTERN")
@as_json_option
@with_settings("app_id", "control_topic")
def test(settings: Settings, pattern: str, as_json: bool) -> None:
    """Show which of the series that workers know match PATTERN, and what the rules decide for each of them.

    Behind each field stands the rule that decides it. Exit code 8 if no series matches.
    """
    view, known = read_view(settings), sorted(map(split_key, read_known(settings)[0]))
    matching = [(series, feature) for series, feature in known if fnmatchcase(series, pattern)]
    if not matching:
        raise DataError(no_match(pattern, {series for series, _ in known}))
    rules = _ordered(view, settings)
    found = [(series, feature, decisions(rules, series, feature)) for series, feature in matching]
    if as_json:
        click.echo(json.dumps([_to_json(*each) for each in found]))
        return
    for series, feature, decided in found:
        text = ", ".join(f"{field} = {value} ({name})" for field, (value, name) in decided.items())
        echo(f"{display_name(series, feature)}: {text or 'the defaults'}", indent=2)
    echo(f"{len(found):,} of {len(known):,} series match {pattern}")


def decisions(rules: Sequence[tuple[str, Rule]], series: str, feature: str | None) -> dict[str, tuple[object, str]]:
    """Return each field that rules decide, with the rule's name."""
    decided: dict[str, tuple[object, str]] = {}
    for name, rule in rules:
        if rule.matches(series, feature):
            for field, value in fields(rule).items():
                if field not in ("match", "feature"):
                    decided.setdefault(field, (value, name))
    return decided


def no_match(pattern: str, names: set[str]) -> str:
    """Describe that no known series matches, and the nearest."""
    advice = suggest(pattern, names, "`streamgauge series list` shows their names")
    return f"expected the name or pattern of a series, found none of {len(names):,} that matches {pattern!r}; {advice}"


def _ordered(view: ControlView, settings: Settings) -> list[tuple[str, Rule]]:
    control = [(record.name, parse_rule(record.rule)) for record in view.rules]
    return [*control, *((f"rule {n} of the settings", rule) for n, rule in enumerate(settings.rules, start=1))]


def _to_json(series: str, feature: str | None, decided: dict[str, tuple[object, str]]) -> dict[str, object]:
    return {
        "series": series,
        **({} if feature is None else {"feature": feature}),
        "policy": {field: value for field, (value, _) in decided.items()},
        "decided_by": {field: name for field, (_, name) in decided.items()},
    }


def _matched(rule: Rule) -> str:
    return display_name(rule.match, rule.feature)


def _windows(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.BadParameter(
            f"expected a JSON array of windows, found {error}", param_hint="--maintenance"
        ) from error
