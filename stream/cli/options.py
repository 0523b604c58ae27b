"""Shared command-line options; flags win over environment and file."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from stream.formats.timestamps import from_iso
from stream.kafka.topics.offset_range import Moment
from stream.settings.settings import Settings

R = TypeVar("R")

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")

CONNECTION = (
    "brokers",
    "security_protocol",
    "sasl_mechanism",
    "sasl_username",
    "sasl_password_file",
    "sasl_token_url",
    "sasl_token_scope",
    "sasl_token_extensions",
    "sasl_token_cafile",
    "sasl_aws_region",
    "sasl_kerberos_service",
    "allow_sasl_without_tls",
    "ssl_cafile",
    "ssl_certfile",
    "ssl_keyfile",
    "ssl_key_password_file",
    "broker_wait",
)
"""Settings that are flags of every command that speaks to a broker."""

_SPELLING = {"broker_wait": "--wait", "notify_file": "--file"}
"""Flags that are not called like their setting."""

_SHORTER = {"app_id": "--app"}
"""Second, shorter names of flags."""

SECONDS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def with_settings(*fields: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Add `--config`, connection flags, and a flag per setting.

    The command's function receives the loaded settings as keyword argument `settings`.

    Parameters
    ----------
    fields : str
        Names of `Settings` fields beyond the connection's, in the order in which `--help` lists them.
    """
    names = (*CONNECTION, *fields)

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        @functools.wraps(function)
        def load_and_call(config: Path | None, **options: object) -> R:
            flags = {name: options.pop(name) for name in names}
            return function(settings=Settings.load(config, **flags), **options)

        command: Callable[..., R] = load_and_call
        for name in reversed(names):
            command = setting_option(name)(command)
        return config_option(command)

    return decorate


def config_option(command: Callable[..., R]) -> Callable[..., R]:
    """Add `--config`, the TOML file of settings."""
    text = "TOML file of settings; STREAMGAUGE_* variables and flags win over it."
    return click.option("--config", type=click.Path(path_type=Path), help=text)(command)


def setting_option(name: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Create the flag of a setting, checked by `Settings`."""
    field = Settings.model_fields[name]
    flag = _SPELLING.get(name, f"--{name.replace('_', '-')}")
    if field.annotation is bool:
        both = f"{flag}/--no-{flag.removeprefix('--')}" if field.default else flag
        return click.option(both, name, default=None, is_flag=True, help=field.description)
    flags = [flag, *filter(None, [_SHORTER.get(name)])]
    default = "" if field.default is None else f"  [default: {field.default}]"
    metavar = "INTEGER" if field.annotation is int else "NUMBER" if field.annotation is float else "TEXT"
    return click.option(*flags, name, metavar=metavar, help=f"{field.description}{default}")


def parse_moment(_context: click.Context, _option: click.Parameter, text: str) -> Moment:
    """Parse `beginning`, `latest`, an age such as 30d, or ISO 8601."""
    if text == "beginning":
        return "beginning"
    if text == "latest":
        return "latest"
    span = re.fullmatch(r"(\d{1,6})([mhdw])", text)
    if span is not None:
        return max(0, round(1000 * (time.time() - int(span[1]) * SECONDS[span[2]])))
    try:
        return from_iso(text)
    except ValueError as error:
        expected = "beginning, latest, a span before now such as 90m, 12h, 30d or 4w, or an ISO 8601 time"
        raise click.BadParameter(f"expected {expected}, found '{text}'") from error


def parse_duration(_context: click.Context, _parameter: click.Parameter, text: str) -> int:
    """Parse a duration into milliseconds.

    Raises
    ------
    click.BadParameter
        If it is none.
    """
    found = re.fullmatch(r"([1-9]\d{0,4})([smhdw])", text)
    if found is None:
        raise click.BadParameter(f"expected a time such as 45m, 2h, 3d or 1w, found '{text}'")
    return 1_000 * int(found[1]) * ({"s": 1} | SECONDS)[found[2]]
